//! Opens a file of a folder without leaving the folder: no part of the path below the folder may be a link, even if another
//! process creates one at this moment. Opening never waits, unlike a plain open of a pipe without a writer.

use std::{
    fs::File,
    io,
    os::fd::OwnedFd,
    path::{Component, Path},
};

use rustix::fs::{CWD, Mode, OFlags, openat};

/// Opens a regular file. `relative` consists of names only, without `..`.
pub fn open(root: &Path, relative: &Path) -> io::Result<File> {
    let within = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let mut folder: OwnedFd = openat(CWD, root, OFlags::RDONLY | OFlags::CLOEXEC | OFlags::DIRECTORY, Mode::empty())?;
    let mut parts = relative.components().peekable();
    while let Some(part) = parts.next() {
        let Component::Normal(name) = part else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the path leads out of its folder"));
        };
        if parts.peek().is_some() {
            folder = openat(&folder, name, within | OFlags::DIRECTORY, Mode::empty())?;
            continue;
        }
        let file = File::from(openat(&folder, name, within | OFlags::NONBLOCK | OFlags::NOCTTY, Mode::empty())?);
        if !file.metadata()?.is_file() {
            break;
        }
        return Ok(file);
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"))
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    #[test]
    fn nothing_is_opened_through_a_link() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("root");
        fs::create_dir_all(root.join("sub")).expect("made");
        fs::create_dir(folder.path().join("out")).expect("made");
        fs::write(root.join("sub/a"), "a").expect("written");
        fs::write(folder.path().join("out/a"), "secret").expect("written");
        symlink("../out", root.join("link")).expect("linked");
        symlink("../../out/a", root.join("sub/b")).expect("linked");
        rustix::fs::mknodat(CWD, root.join("pipe"), rustix::fs::FileType::Fifo, Mode::from_raw_mode(0o600), 0)
            .expect("a pipe");
        assert!(open(&root, Path::new("sub/a")).is_ok());
        for path in ["link/a", "sub/b", "pipe", "sub", "../out/a", "none", ""] {
            assert!(open(&root, Path::new(path)).is_err(), "{path}");
        }
    }
}
