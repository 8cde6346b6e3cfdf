//! An append-only file. The first write creates the file and its folder. A failed write (on a full disk) leaves no
//! partial bytes.

use std::{
    fs::{File, OpenOptions},
    io,
    os::fd::AsFd as _,
    os::unix::fs::{FileExt as _, OpenOptionsExt as _},
    path::PathBuf,
};

use crate::{folder, kernel};

#[derive(Debug)]
pub(crate) struct Appender {
    path: PathBuf,
    file: Option<File>,
    bytes: u64,
    /// How many bytes are allocated in advance.
    ahead_bytes: u64,
    /// The file's blocks are allocated up to this offset.
    reserved_to: u64,
}

impl Appender {
    /// Opens a file for appending; the file may exist already.
    pub(crate) fn new(path: PathBuf) -> Self {
        let bytes = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
        Self { path, file: None, bytes, ahead_bytes: 0, reserved_to: 0 }
    }

    /// Allocates disk space for this many bytes in advance, so that later writes succeed on a full disk.
    pub(crate) const fn keeping_ahead(mut self, bytes: u64) -> Self {
        self.ahead_bytes = bytes;
        self
    }

    /// For a file that cannot exist yet.
    pub(crate) const fn fresh(path: PathBuf) -> Self {
        Self { path, file: None, bytes: 0, ahead_bytes: 0, reserved_to: 0 }
    }

    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let (ahead_bytes, reserved_to) = (self.ahead_bytes, self.reserved_to);
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                let mut options = OpenOptions::new();
                options.write(true).create(true).truncate(false).mode(0o600);
                let folder = self.path.parent().unwrap_or(&self.path);
                none.insert(folder::within(folder, || options.open(&self.path))?)
            }
        };
        if let Err(error) = file.write_all_at(bytes, self.bytes) {
            // Truncating needs no space. If even that fails, the next write overwrites the partial bytes.
            let _ = file.set_len(self.bytes);
            // Truncating also freed the allocated blocks.
            self.reserved_to = 0;
            return Err(error);
        }
        self.bytes += bytes.len() as u64;
        if self.bytes + ahead_bytes / 2 > reserved_to {
            // If the allocation fails, the next append tries again.
            let wanted = self.bytes + ahead_bytes;
            if ahead_bytes > 0 && kernel::reserve(file.as_fd(), wanted).is_ok() {
                self.reserved_to = wanted;
            }
        }
        Ok(())
    }
}
