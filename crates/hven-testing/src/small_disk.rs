//! A small file system for one test, which the test can fill.

use std::{
    fs::{self, File},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};

use rustix::fs::FallocateFlags;

use crate::left_out::{is_root, left_out};

/// The file system is unmounted when this value is dropped.
#[derive(Debug)]
pub struct SmallDisk {
    folder: tempfile::TempDir,
    /// The file with its content, if the content is in a file.
    _image: Option<tempfile::NamedTempFile>,
}

impl SmallDisk {
    /// Mounts a tmpfs; `None` if this is impossible: then the case is skipped.
    pub fn mount(case: &str, megabytes: u32) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let options = format!("size={megabytes}m");
        let mount =
            || Command::new("mount").args(["-t", "tmpfs", "-o", &options, "hven-test"]).arg(folder.path()).status();
        if !is_root() || !mount().is_ok_and(|status| status.success()) {
            left_out(case, 1, "a small tmpfs cannot be mounted");
            return None;
        }
        Some(Self { folder, _image: None })
    }

    /// Does the same with a file system that becomes read-only when it finds an error.
    pub fn mount_ext4(case: &str, megabytes: u32) -> Option<Self> {
        let (folder, image) = (tempfile::tempdir().expect("a folder"), tempfile::NamedTempFile::new().expect("a file"));
        image.as_file().set_len(u64::from(megabytes) << 20).expect("it may have holes");
        let does = |command: &mut Command| command.status().is_ok_and(|status| status.success());
        let made = || does(Command::new("mkfs.ext4").arg("-q").arg(image.path()));
        let options = ["-o", "loop,errors=remount-ro"];
        let mounted = || does(Command::new("mount").args(options).arg(image.path()).arg(folder.path()));
        if !is_root() || !made() || !mounted() {
            left_out(case, 1, "a small ext4 cannot be mounted");
            return None;
        }
        Some(Self { folder, _image: Some(image) })
    }

    /// Lets ext4 find an error. From then on, all writes fail, even to open files.
    pub fn find_an_error(&self) {
        let device = fs::metadata(self.path()).expect("it is mounted").dev();
        let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
        let device = fs::read_link(format!("/sys/dev/block/{major}:{minor}")).expect("the system knows it");
        let control = Path::new("/sys/fs/ext4").join(device.file_name().expect("a name"));
        fs::write(control.join("trigger_fs_error"), "1").expect("root may do so");
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Makes the file system read-only.
    pub fn make_read_only(&self) {
        let done = Command::new("mount").args(["-o", "remount,ro"]).arg(self.path()).status().expect("mount runs");
        assert!(done.success());
    }

    /// How many bytes can still be written.
    pub fn free_bytes(&self) -> u64 {
        let free = rustix::fs::statvfs(self.path()).expect("a file system");
        free.f_bavail * free.f_frsize
    }

    /// Fills the disk until only `left` bytes are free.
    pub fn fill_but(&self, left: u64) -> Filler {
        self.wait_until_steady();
        let path = self.path().join("filler");
        let file = File::create(&path).expect("a file");
        let mut filler = Filler { path, file, bytes: 0 };
        // Other processes may write at the same time, so repeat until the space is used.
        for _ in 0..1000 {
            if self.free_bytes() <= left {
                return filler;
            }
            filler.grow_by(self.free_bytes().saturating_sub(left));
        }
        panic!("the disk could not be filled");
    }

    /// Waits until the free space stays the same for a moment: a home removes old files of its journal in the background.
    fn wait_until_steady(&self) {
        let (mut free, mut same) = (self.free_bytes(), 0);
        for _ in 0..500 {
            thread::sleep(Duration::from_millis(10));
            let now = self.free_bytes();
            same = if now == free { same + 1 } else { 0 };
            free = now;
            if same == 10 {
                return;
            }
        }
    }
}
impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Unmount lazily, because its users may end a moment later.
        let unmounted = Command::new("umount").arg("-l").arg(self.path()).status();
        assert!(unmounted.is_ok_and(|status| status.success()) || std::thread::panicking());
    }
}

/// A file that occupies the space; the space is free again when this value is dropped.
#[derive(Debug)]
pub struct Filler {
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl Filler {
    /// Occupies this number of further bytes, or all that are free.
    fn grow_by(&mut self, bytes: u64) {
        let takes_all =
            |bytes: u64| rustix::fs::fallocate(&self.file, FallocateFlags::empty(), self.bytes, bytes).is_ok();
        if bytes > 0 && takes_all(bytes) {
            self.bytes += bytes;
        }
    }

    /// Occupies the space that became free, except `left` bytes.
    pub fn follow(&mut self, disk: &SmallDisk, left: u64) {
        self.grow_by(disk.free_bytes().saturating_sub(left));
    }
}
impl Drop for Filler {
    fn drop(&mut self) {
        fs::remove_file(&self.path).expect("it is there");
    }
}
