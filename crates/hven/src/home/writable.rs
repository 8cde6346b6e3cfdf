//! Creates the folder of a home, and finds out why a home cannot be written to.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use hven_client::Failure;
use hven_core::disk::is_full;

use super::permissions;

/// Creates the home's folder, with access for its owner only, when it does not exist.
pub fn ensure(home: &Path) -> anyhow::Result<()> {
    permissions::make_private(home).map_err(|error| {
        Failure::new(unwritten(&error), format!("the home {} cannot be made: {error}", home.display()))
            .hint("name another place with --home or HVEN_HOME")
            .into()
    })
}

/// The code of an error of writing to a home or creating it.
pub fn unwritten(error: &io::Error) -> &'static str {
    if is_full(error.kind()) { "store.full" } else { "home.read_only" }
}

/// The error of a test write to the home; `None` when it succeeds. The test file has no name. Free bytes alone do not
/// show a full quota or a disk that is read-only.
pub fn refuses_writes(home: &Path) -> Option<io::Error> {
    const BYTES: usize = 64 << 10;
    let write = |mut file: fs::File| file.write_all(&vec![0; BYTES]).and_then(|()| file.sync_data());
    tempfile::tempfile_in(home).and_then(write).err()
}
