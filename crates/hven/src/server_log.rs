//! The log of a background server: up to five files of ten megabytes. The oldest file is removed first.
//!
//! An error of the log never causes another failure. A line that cannot be written is dropped and counted. Before the
//! next line that can be written, the log gets the count and the last error.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use hven_terminal::ServerLines;
use tracing_subscriber::fmt::MakeWriter;

use crate::home::permissions;

const FILE_BYTES_MAX: u64 = 10 * 1000 * 1000;
const FILES: u32 = 5;
/// How long no write is tried after a lost line, so that short lines do not fill up a full disk.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// Writes to `server.log`. A full file is renamed to `server.log.1` … `.4`.
#[derive(Debug)]
pub struct ServerLog {
    path: PathBuf,
    /// `None` when the file could not be opened, or is being rotated.
    file: Option<File>,
    bytes: u64,
}

impl ServerLog {
    /// Opens the log. A file that cannot be opened now is opened later.
    pub fn open(folder: &Path) -> Self {
        let mut log = Self { path: folder.join("server.log"), file: None, bytes: 0 };
        // If this fails, the next line tries again, and is counted if it is lost.
        let _ = log.file();
        log
    }

    /// Rotates a full file once: there may be no space for a new file yet.
    fn make_room(&mut self) -> io::Result<()> {
        if self.bytes >= FILE_BYTES_MAX {
            self.file = None;
            rotate(&self.path)?;
            self.bytes = 0;
        }
        Ok(())
    }

    fn file(&mut self) -> io::Result<&mut File> {
        self.make_room()?;
        match &mut self.file {
            Some(file) => Ok(file),
            none => {
                let open = || OpenOptions::new().create(true).append(true).mode(0o600).open(&self.path);
                let file = match open() {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {
                        permissions::make_private(self.path.parent().unwrap_or(&self.path))?;
                        open()?
                    }
                    other => other?,
                };
                self.bytes = file.metadata()?.len();
                Ok(none.insert(file))
            }
        }
    }
}

/// Renames each file to the next age, up to the first free age. A rotation that stops half way and is repeated loses
/// nothing.
fn rotate(path: &Path) -> io::Result<()> {
    let free = (1..FILES).find(|&age| !aged(path, age).exists()).unwrap_or(FILES - 1);
    for age in (1..=free).rev() {
        let younger = if age == 1 { path.to_owned() } else { aged(path, age - 1) };
        match fs::rename(&younger, aged(path, age)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn aged(path: &Path, age: u32) -> PathBuf {
    path.with_extension(format!("log.{age}"))
}

/// A target of log lines. Each line is written completely or not at all.
pub trait Lines: Send + 'static {
    fn line(&mut self, line: &[u8]) -> io::Result<()>;
}

impl Lines for ServerLog {
    fn line(&mut self, line: &[u8]) -> io::Result<()> {
        let file = self.file()?;
        let outcome = file.write_all(line);
        match (outcome, self.bytes) {
            (Ok(()), _) => {
                self.bytes += line.len() as u64;
                Ok(())
            }
            (Err(error), before) => {
                // The incomplete line is removed. Truncating needs no space.
                let _ = self.file.as_ref().map(|file| file.set_len(before));
                Err(error)
            }
        }
    }
}

impl Lines for ServerLines {
    fn line(&mut self, line: &[u8]) -> io::Result<()> {
        self.write_all(line)
    }
}

/// A log that returns no errors: it counts the lines that cannot be written.
#[derive(Debug)]
pub struct CountingLog<L> {
    to: L,
    lost: u64,
    /// When the last line was lost; `why` has the error.
    failed: Option<Instant>,
    why: String,
}

impl<L: Lines> CountingLog<L> {
    fn line(&mut self, line: &[u8]) {
        if self.failed.is_some_and(|failed| failed.elapsed() < RETRY_AFTER) {
            self.lost += 1;
        } else if let Err(error) = self.write(line) {
            self.lost += 1;
            (self.failed, self.why) = (Some(Instant::now()), error.to_string());
        }
    }

    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        if self.lost > 0 {
            let count = if self.lost == 1 { "1 line was".to_owned() } else { format!("{} lines were", self.lost) };
            self.to.line(format!("{count} lost: {}\n", self.why).as_bytes())?;
            self.lost = 0;
        }
        self.to.line(line)?;
        self.failed = None;
        Ok(())
    }
}

/// The same for many threads. A panic of one thread during a line does not affect the others.
#[derive(Debug)]
pub struct SharedLog<L>(Mutex<CountingLog<L>>);

impl<L: Lines> SharedLog<L> {
    pub fn new(to: L) -> Self {
        Self(Mutex::new(CountingLog { to, lost: 0, failed: None, why: String::new() }))
    }
}

/// Exclusive access of one thread to the log, for one line.
#[derive(Debug)]
pub struct LogGuard<'a, L>(MutexGuard<'a, CountingLog<L>>);

impl<'a, L: Lines> MakeWriter<'a> for SharedLog<L> {
    type Writer = LogGuard<'a, L>;

    fn make_writer(&'a self) -> Self::Writer {
        LogGuard(self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<L: Lines> Write for LogGuard<'_, L> {
    /// Receives one complete line, as the subscriber writes it.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.line(line);
        Ok(line.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_file_is_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut log = ServerLog::open(folder.path());
        let megabyte = vec![b'x'; 1 << 20];
        for _ in 0..70 {
            log.line(&megabyte).expect("written");
        }
        let mut sizes: Vec<u64> = fs::read_dir(folder.path())
            .expect("listed")
            .map(|entry| entry.and_then(|entry| entry.metadata()).expect("looked at").len())
            .collect();
        sizes.sort_unstable();
        assert_eq!(sizes.len(), 5);
        assert!(sizes.iter().all(|&bytes| bytes < FILE_BYTES_MAX + (1 << 20)), "{sizes:?}");
    }

    #[test]
    fn old_files_survive_when_no_new_file_can_be_created() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("server.log");
        let mut log = ServerLog::open(folder.path());
        log.line(b"the newest\n").expect("written");
        for age in 1..FILES {
            fs::write(aged(&path, age), format!("{age}")).expect("written");
        }
        log.bytes = FILE_BYTES_MAX;
        // On a full disk a file can be renamed, but no new file can be created: each line tries again.
        for _ in 0..3 {
            log.make_room().expect("moved");
        }
        let now = |age| fs::read_to_string(aged(&path, age)).expect("it is there");
        assert_eq!([now(1), now(2), now(3), now(4)], ["the newest\n", "1", "2", "3"]);
        // The same when the rotation stops half way.
        fs::remove_file(aged(&path, 1)).expect("removed");
        rotate(&path).expect("moved");
        assert_eq!([now(2), now(3), now(4)], ["1", "2", "3"]);
    }

    /// Refuses the given number of lines.
    struct Refusing(u32, Vec<u8>);

    impl Lines for Refusing {
        fn line(&mut self, line: &[u8]) -> io::Result<()> {
            if self.0 > 0 {
                self.0 -= 1;
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.1.extend_from_slice(line);
            Ok(())
        }
    }

    #[test]
    fn lost_lines_are_counted_and_writing_returns_no_error() {
        let log = SharedLog::new(Refusing(1, Vec::new()));
        let write = |line: &str| log.make_writer().write_all(line.as_bytes()).expect("it never fails");
        write("one\n");
        write("too soon\n");
        log.0.lock().expect("no panic").failed = Instant::now().checked_sub(RETRY_AFTER);
        write("three\n");
        write("four\n");
        let written = String::from_utf8(log.0.lock().expect("no panic").to.1.clone()).expect("text");
        let why = io::Error::from(io::ErrorKind::StorageFull);
        assert_eq!(written, format!("2 lines were lost: {why}\nthree\nfour\n"));
    }

    #[test]
    fn a_panic_during_a_line_does_not_block_other_threads() {
        let log = SharedLog::new(Refusing(0, Vec::new()));
        std::thread::scope(|scope| {
            let held = scope.spawn(|| {
                let _held = log.make_writer();
                panic!("on purpose");
            });
            assert!(held.join().is_err());
        });
        log.make_writer().write_all(b"on\n").expect("it never fails");
        assert_eq!(log.0.lock().unwrap_or_else(PoisonError::into_inner).to.1, b"on\n");
    }
}
