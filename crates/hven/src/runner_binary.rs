//! The runner program: embedded in this binary, or, after a plain `cargo build`, a file next to it. Before its start it
//! is copied to `bin/<digest>` in the home, because the runner may run longer than this binary exists.
//!
//! Before each start the copy is read and compared. The opened file is started, not the file that is at its path later.

use std::{
    env,
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::Context;
use hven_client::Failure;
use hven_compute::local::Program;

use crate::home::permissions::make_private;

const NAME: &str = "hven-runner";

/// The bytes of the program, and their digest in hexadecimal.
struct Embedded {
    bytes: &'static [u8],
    digest: &'static str,
}

#[cfg(runner_embedded)]
static EMBEDDED: Option<Embedded> =
    Some(Embedded { bytes: include_bytes!(env!("HVEN_RUNNER_FILE")), digest: env!("HVEN_RUNNER_DIGEST") });
#[cfg(not(runner_embedded))]
static EMBEDDED: Option<Embedded> = None;

/// Makes sure that the home has the runner of this binary, byte for byte, and opens it for a start.
pub fn program(home: &Path) -> anyhow::Result<Program> {
    match &EMBEDDED {
        Some(Embedded { bytes, digest }) => {
            let digest = blake3::Hash::from_hex(digest).context("the digest of the embedded runner")?;
            unpacked(home, bytes, digest)
        }
        None => {
            let path = next_to_binary()?;
            let bytes = fs::read(&path).with_context(|| format!("the runner {} cannot be read", path.display()))?;
            unpacked(home, &bytes, blake3::hash(&bytes))
        }
    }
}

/// The source of the runner, for people.
pub fn source() -> anyhow::Result<String> {
    match &EMBEDDED {
        Some(embedded) => Ok(format!("embedded, {} bytes", embedded.bytes.len())),
        None => next_to_binary().map(|path| path.display().to_string()),
    }
}

fn next_to_binary() -> anyhow::Result<PathBuf> {
    let binary = env::current_exe().context("this program does not know where it lies")?;
    let binary = fs::canonicalize(&binary).unwrap_or(binary);
    // Test programs are in `deps`, one folder below the binaries.
    let folders = binary.ancestors().skip(1).take(2);
    let candidates: Vec<PathBuf> = folders.map(|folder| folder.join(NAME)).collect();
    candidates.iter().find(|path| path.is_file()).cloned().ok_or_else(|| {
        Failure::new("runner.missing", format!("{NAME} is neither in this binary nor at {}", candidates[0].display()))
            .hint("`cargo build -p hven-runner` puts it next to the binary; `make build` puts it in")
            .into()
    })
}

fn unpacked(home: &Path, bytes: &[u8], digest: blake3::Hash) -> anyhow::Result<Program> {
    let folder = home.join("bin").join(digest.to_hex().as_str());
    let path = folder.join(NAME);
    if let Some(file) = checked(&path, digest) {
        return Ok(Program { path, checked: Some(file) });
    }
    make_private(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    // The program is written under another name and renamed, so that an incomplete program is never started.
    let partial = folder.join(format!("{NAME}.{}", std::process::id()));
    let write = || -> io::Result<()> {
        // A file with the temporary name is not ours.
        match fs::remove_file(&partial) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o700).open(&partial)?;
        file.write_all(bytes)?;
        file.set_permissions(fs::Permissions::from_mode(0o700))?;
        file.sync_all()?;
        drop(file);
        fs::rename(&partial, &path)
    };
    write()
        .inspect_err(|_| drop(fs::remove_file(&partial)))
        .with_context(|| format!("the runner cannot be written to {}", path.display()))?;
    let file = checked(&path, digest).ok_or_else(|| {
        Failure::new("runner.missing", format!("the runner at {} is not what was written there", path.display()))
            .hint("does another program change it, or is the disk damaged?")
    })?;
    Ok(Program { path, checked: Some(file) })
}

/// The open file, if it is the expected program and other users cannot write to it. A check of the length or of the
/// path would not be enough: the file could be replaced in between.
fn checked(path: &Path, digest: blake3::Hash) -> Option<File> {
    let no_link = rustix::fs::OFlags::NOFOLLOW.bits() as i32;
    let mut file = File::options().read(true).custom_flags(no_link).open(path).ok()?;
    let found = file.metadata().ok()?;
    let is_ours = found.is_file() && found.uid() == rustix::process::geteuid().as_raw();
    // On a file system without modes all files look alike, and its use was accepted when the home was chosen.
    let is_closed = found.mode() & 0o022 == 0 || !is_closed_at_all(path);
    if !is_ours || !is_closed || found.mode() & 0o100 == 0 {
        return None;
    }
    let mut hasher = blake3::Hasher::new();
    io::copy(&mut file, &mut hasher).ok()?;
    (hasher.finalize() == digest).then_some(file)
}

/// Whether the folder of the file shows that the file system keeps modes: the folder was created with access for its
/// owner only.
fn is_closed_at_all(path: &Path) -> bool {
    path.parent().and_then(|folder| fs::metadata(folder).ok()).is_none_or(|found| found.mode() & 0o022 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path_of(home: &Path, bytes: &[u8]) -> PathBuf {
        unpacked(home, bytes, blake3::hash(bytes)).expect("unpacks").path
    }

    #[test]
    fn unpacking_twice_gives_the_same_program() {
        let home = tempfile::tempdir().expect("a folder");
        let first = path_of(home.path(), b"#!/bin/sh\n");
        assert_eq!(path_of(home.path(), b"#!/bin/sh\n"), first);
        assert_eq!(fs::metadata(&first).expect("is there").permissions().mode() & 0o777, 0o700);
        assert_ne!(path_of(home.path(), b"#!/bin/bash\n"), first);
    }

    #[test]
    fn a_replaced_program_is_detected() {
        let home = tempfile::tempdir().expect("a folder");
        let ours = b"#!/bin/sh\necho ours\n";
        let path = path_of(home.path(), ours);
        let check = |what: &str| {
            let program = unpacked(home.path(), ours, blake3::hash(ours)).expect("unpacked again");
            assert_eq!(fs::read(&program.path).expect("read"), ours, "{what}");
            let mut text = String::new();
            let mut file = program.checked.expect("it is open");
            io::Seek::rewind(&mut file).expect("a file");
            io::Read::read_to_string(&mut file, &mut text).expect("read");
            assert_eq!(text.as_bytes(), ours, "{what}");
        };
        // The same length and mode: an earlier version compared only these.
        fs::write(&path, b"#!/bin/sh\necho evil\n").expect("written");
        check("other bytes");
        fs::remove_file(&path).expect("removed");
        let evil = home.path().join("evil");
        fs::write(&evil, ours).expect("written");
        fs::set_permissions(&evil, fs::Permissions::from_mode(0o700)).expect("executable");
        std::os::unix::fs::symlink(&evil, &path).expect("linked");
        check("a link");
        assert!(!fs::symlink_metadata(&path).expect("is there").is_symlink());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o722)).expect("chmod");
        check("one that others can write");
        assert_eq!(fs::metadata(&path).expect("is there").mode() & 0o777, 0o700);
    }
}
