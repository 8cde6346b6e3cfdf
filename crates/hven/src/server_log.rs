//! The log of a server that nobody watches: files of ten megabytes, five of them, the oldest gives way.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use crate::home::permissions;

const FILE_BYTES_MAX: u64 = 10 * 1000 * 1000;
const FILES: u32 = 5;

/// Writes to `server.log` and moves it aside to `server.log.1` … `.4` when it is full.
#[derive(Debug)]
pub struct ServerLog {
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl ServerLog {
    pub fn open(folder: &Path) -> io::Result<Self> {
        permissions::make_private(folder)?;
        let path = folder.join("server.log");
        let file = open(&path)?;
        let bytes = file.metadata()?.len();
        Ok(Self { path, file, bytes })
    }

    fn turn_over(&mut self) -> io::Result<()> {
        for age in (1..FILES).rev() {
            let younger = if age == 1 { self.path.clone() } else { aged(&self.path, age - 1) };
            match fs::rename(&younger, aged(&self.path, age)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        self.file = open(&self.path)?;
        self.bytes = 0;
        Ok(())
    }
}

fn aged(path: &Path, age: u32) -> PathBuf {
    path.with_extension(format!("log.{age}"))
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

impl Write for ServerLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes >= FILE_BYTES_MAX {
            self.turn_over()?;
        }
        let written = self.file.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_gives_way() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut log = ServerLog::open(folder.path()).expect("a log");
        let megabyte = vec![b'x'; 1 << 20];
        for _ in 0..70 {
            log.write_all(&megabyte).expect("written");
        }
        let mut sizes: Vec<u64> = fs::read_dir(folder.path())
            .expect("listed")
            .map(|entry| entry.and_then(|entry| entry.metadata()).expect("looked at").len())
            .collect();
        sizes.sort_unstable();
        assert_eq!(sizes.len(), 5);
        assert!(sizes.iter().all(|&bytes| bytes < FILE_BYTES_MAX + (1 << 20)), "{sizes:?}");
    }
}
