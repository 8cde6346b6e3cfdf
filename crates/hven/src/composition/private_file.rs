//! The files of a home that only its owner may read: the key from which tokens are derived, the owner's token, and the
//! address of the server.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::Context;
use hven_client::Failure;

const KEY_BYTES: usize = 32;

/// The home's key. It is created when there is none.
pub fn key(home: &Path) -> anyhow::Result<[u8; KEY_BYTES]> {
    let path = home.join("key");
    match fs::read(&path) {
        Ok(bytes) => bytes.try_into().map_err(|_| {
            Failure::new("home.damaged", format!("{} does not have 32 bytes", path.display()))
                .hint("move it away: the server makes a new one; running tasks continue")
                .into()
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut key = [0; KEY_BYTES];
            getrandom::fill(&mut key)
                .map_err(|e| anyhow::anyhow!("the operating system gives no random bytes: {e}"))?;
            write(&path, &key)?;
            Ok(key)
        }
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

/// The owner's token, if there is one.
pub fn token(home: &Path) -> Option<String> {
    fs::read_to_string(token_path(home)).ok().map(|token| token.trim().to_owned())
}

pub fn write_token(home: &Path, token: &str) -> anyhow::Result<()> {
    write(&token_path(home), token.as_bytes())
}

fn token_path(home: &Path) -> PathBuf {
    home.join("token")
}

/// Writes a file with access for its owner only. The file is complete, or does not exist.
pub fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    try_write(path, bytes).with_context(|| format!("{} cannot be written", path.display()))
}

/// The same, with the error of the file system.
pub fn try_write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("new");
    let write = || -> io::Result<()> {
        let mut file = fs::OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    };
    write().inspect_err(|_| drop(fs::remove_file(&temporary)))
}
