//! The runner: embedded in this binary, or lying beside it after a plain `cargo build`. Before it is started it is
//! copied to `bin/<digest>` in the home, because it outlives this binary and whatever replaces it.

use std::{
    env, fs,
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::Context;

use crate::failure::Failure;

const NAME: &str = "hven-runner";

#[cfg(runner_embedded)]
static EMBEDDED: Option<&[u8]> = Some(include_bytes!(env!("HVEN_RUNNER_FILE")));
#[cfg(not(runner_embedded))]
static EMBEDDED: Option<&[u8]> = None;

/// Makes sure that the home has this binary's runner; answers where.
pub fn unpack(home: &Path) -> anyhow::Result<PathBuf> {
    match EMBEDDED {
        Some(bytes) => unpack_bytes(home, bytes),
        None => {
            let beside = beside()?;
            let bytes = fs::read(&beside).with_context(|| format!("the runner {} cannot be read", beside.display()))?;
            unpack_bytes(home, &bytes)
        }
    }
}

/// Where the runner comes from, for people.
pub fn source() -> anyhow::Result<String> {
    match EMBEDDED {
        Some(bytes) => Ok(format!("embedded, {} bytes", bytes.len())),
        None => beside().map(|path| path.display().to_string()),
    }
}

fn beside() -> anyhow::Result<PathBuf> {
    let binary = env::current_exe().context("this program does not know where it lies")?;
    let binary = fs::canonicalize(&binary).unwrap_or(binary);
    // Test programs lie in `deps`, one folder below the binaries.
    let folders = binary.ancestors().skip(1).take(2);
    let candidates: Vec<PathBuf> = folders.map(|folder| folder.join(NAME)).collect();
    candidates.iter().find(|path| path.is_file()).cloned().ok_or_else(|| {
        Failure::new("runner.missing", format!("{NAME} is neither in this binary nor at {}", candidates[0].display()))
            .hint("`cargo build -p hven-runner` puts it beside the binary; `make build` puts it in")
            .into()
    })
}

fn unpack_bytes(home: &Path, bytes: &[u8]) -> anyhow::Result<PathBuf> {
    let digest = blake3::hash(bytes).to_hex();
    let folder = home.join("bin").join(digest.as_str());
    let path = folder.join(NAME);
    if fs::metadata(&path).is_ok_and(|m| m.len() == bytes.len() as u64 && m.permissions().mode() & 0o700 == 0o700) {
        return Ok(path);
    }
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    // Written under another name and renamed, so that nobody ever starts half a program.
    let partial = folder.join(format!("{NAME}.{}", std::process::id()));
    let write = || -> std::io::Result<()> {
        let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o700).open(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&partial, &path)
    };
    write()
        .inspect_err(|_| drop(fs::remove_file(&partial)))
        .with_context(|| format!("the runner cannot be written to {}", path.display()))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unpacking_twice_gives_the_same_program() {
        let home = tempfile::tempdir().expect("a folder");
        let first = unpack_bytes(home.path(), b"#!/bin/sh\n").expect("unpacks");
        assert_eq!(unpack_bytes(home.path(), b"#!/bin/sh\n").expect("unpacks"), first);
        assert_eq!(fs::metadata(&first).expect("is there").permissions().mode() & 0o777, 0o700);
        assert_ne!(unpack_bytes(home.path(), b"#!/bin/bash\n").expect("unpacks"), first);
    }
}
