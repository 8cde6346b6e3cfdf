//! A small file system of a test's own, which the test can fill.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{is_root, left_out};

/// Unmounted with this value.
#[derive(Debug)]
pub struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    /// `None` where none can be mounted: the case is left out then.
    pub fn mount(case: &str, megabytes: u32) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let options = format!("size={megabytes}m");
        let mount =
            || Command::new("mount").args(["-t", "tmpfs", "-o", &options, "hven-test"]).arg(folder.path()).status();
        if !is_root() || !mount().is_ok_and(|status| status.success()) {
            left_out(case, 1, "a small tmpfs cannot be mounted");
            return None;
        }
        Some(Self { folder })
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// From now on nothing can be written to it.
    pub fn make_read_only(&self) {
        let done = Command::new("mount").args(["-o", "remount,ro"]).arg(self.path()).status().expect("mount runs");
        assert!(done.success());
    }

    /// Takes all space but so many bytes.
    pub fn fill_but(&self, left: u64) -> Filler {
        let path = self.path().join("filler");
        // Others may take space at this very moment: then what was there is not there any more.
        for _ in 0..100 {
            let free = rustix::fs::statvfs(self.path()).expect("a file system");
            let free = free.f_bavail * free.f_frsize;
            let mut file = File::create(&path).expect("a file");
            if file.write_all(&vec![1; free.saturating_sub(left) as usize]).is_ok() {
                return Filler(path);
            }
            drop(file);
            fs::remove_file(&path).expect("it is there");
        }
        panic!("the disk could not be filled");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: who used it may end a moment later.
        let unmounted = Command::new("umount").arg("-l").arg(self.path()).status();
        assert!(unmounted.is_ok_and(|status| status.success()) || std::thread::panicking());
    }
}

/// What takes the space; it is free again with the end of this value.
#[derive(Debug)]
pub struct Filler(PathBuf);

impl Drop for Filler {
    fn drop(&mut self) {
        fs::remove_file(&self.0).expect("it is there");
    }
}
