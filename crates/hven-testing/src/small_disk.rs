//! A small file system of a test's own, which the test can fill.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use rustix::fs::FallocateFlags;

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

    /// How many bytes can still be written.
    pub fn free_bytes(&self) -> u64 {
        let free = rustix::fs::statvfs(self.path()).expect("a file system");
        free.f_bavail * free.f_frsize
    }

    /// Takes all space but so many bytes.
    pub fn fill_but(&self, left: u64) -> Filler {
        let path = self.path().join("filler");
        let file = File::create(&path).expect("a file");
        let mut filler = Filler { path, file, bytes: 0 };
        // Others may take space at this very moment: then what was there is not there any more.
        for _ in 0..1000 {
            if self.free_bytes() <= left {
                return filler;
            }
            filler.grow_by(self.free_bytes().saturating_sub(left));
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
pub struct Filler {
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl Filler {
    /// Takes so many bytes more, or as many as there are.
    fn grow_by(&mut self, bytes: u64) {
        let takes_all =
            |bytes: u64| rustix::fs::fallocate(&self.file, FallocateFlags::empty(), self.bytes, bytes).is_ok();
        if bytes > 0 && takes_all(bytes) {
            self.bytes += bytes;
        }
    }

    /// Takes what became free meanwhile, but for so many bytes.
    pub fn follow(&mut self, disk: &SmallDisk, left: u64) {
        self.grow_by(disk.free_bytes().saturating_sub(left));
    }
}

impl Drop for Filler {
    fn drop(&mut self) {
        fs::remove_file(&self.path).expect("it is there");
    }
}
