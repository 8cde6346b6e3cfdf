//! Flushes the journal: on a separate thread while the writer executes the group, or on the writer's thread if the group is
//! tiny.

use std::{
    fs::File,
    io,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

pub(super) struct Flusher {
    work: mpsc::SyncSender<Arc<File>>,
    done: mpsc::Receiver<io::Result<Duration>>,
    slower_by: Duration,
}

impl Flusher {
    pub(super) fn start(slower_by: Duration) -> io::Result<Self> {
        let (work, files) = mpsc::sync_channel::<Arc<File>>(1);
        let (outcome, done) = mpsc::sync_channel(1);
        thread::Builder::new().name("record-flush".to_owned()).spawn(move || {
            while let Ok(file) = files.recv() {
                if outcome.send(flush(&file, slower_by)).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { work, done, slower_by })
    }

    pub(super) fn begin(&self, file: Arc<File>) {
        // The thread ends only after this sender; if it died, `wait` reports it.
        let _ = self.work.send(file);
    }

    /// Waits for the flush and returns its duration.
    pub(super) fn wait(&self) -> io::Result<Duration> {
        self.done.recv().unwrap_or_else(|_| Err(io::Error::other("the flushing thread has ended")))
    }

    /// Flushes on this thread and returns the duration.
    pub(super) fn here(&self, file: &File) -> io::Result<Duration> {
        flush(file, self.slower_by)
    }
}

/// Makes the content of a file durable, with an additional delay for measurements; returns the duration.
pub(crate) fn flush(file: &File, slower_by: Duration) -> io::Result<Duration> {
    let start = Instant::now();
    file.sync_data()?;
    if !slower_by.is_zero() {
        thread::sleep(slower_by);
    }
    Ok(start.elapsed())
}
