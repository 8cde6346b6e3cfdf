//! A file that only grows, made (and its folder with it) when the first bytes come. A write that fails (a full disk) leaves no torn end.

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
    /// Space that is kept for what comes next, and up to where there is some.
    ahead_bytes: u64,
    reserved_to: u64,
}

impl Appender {
    /// Goes on at the end of a file that is there.
    pub(crate) fn new(path: PathBuf) -> Self {
        let bytes = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
        Self { path, file: None, bytes, ahead_bytes: 0, reserved_to: 0 }
    }

    /// Keeps space on the disk for so many bytes that come later: where there was space for the first, there is for them.
    pub(crate) const fn keeping_ahead(mut self, bytes: u64) -> Self {
        self.ahead_bytes = bytes;
        self
    }

    /// For a file that cannot be there yet.
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
            // Cutting off what was written of it needs no room. When even that fails, the next write goes over it.
            let _ = file.set_len(self.bytes);
            // With what was written, what was reserved is gone.
            self.reserved_to = 0;
            return Err(error);
        }
        self.bytes += bytes.len() as u64;
        if self.bytes + ahead_bytes / 2 > reserved_to {
            // Where it cannot be, the next one that is written tries again.
            let wanted = self.bytes + ahead_bytes;
            if ahead_bytes > 0 && kernel::reserve(file.as_fd(), wanted).is_ok() {
                self.reserved_to = wanted;
            }
        }
        Ok(())
    }
}
