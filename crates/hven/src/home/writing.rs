//! Makes the folder of a home, and says why nothing can be written to one.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use hven_client::Failure;
use hven_core::disk::is_full;

use super::permissions;

/// Makes the home's folder, for its owner only, when it is not there.
pub fn ensure(home: &Path) -> anyhow::Result<()> {
    permissions::make_private(home).map_err(|error| {
        Failure::new(unwritten(&error), format!("the home {} cannot be made: {error}", home.display()))
            .hint("name another place with --home or HVEN_HOME")
            .into()
    })
}

/// The code of an error of writing to a home, or to where it would be made.
pub fn unwritten(error: &io::Error) -> &'static str {
    if is_full(error.kind()) { "store.full" } else { "home.read_only" }
}

/// Why nothing can be written to a home; `None` when it can. It is tried with a file without a name: of a full quota, and of
/// a disk that the system made read-only, what the disk has free says nothing.
pub fn refuses_writes(home: &Path) -> Option<io::Error> {
    const BYTES: usize = 64 << 10;
    let write = |mut file: fs::File| file.write_all(&vec![0; BYTES]).and_then(|()| file.sync_data());
    tempfile::tempfile_in(home).and_then(write).err()
}
