//! Flushing the journal: on a thread that does nothing else, while the writer carries out what is being flushed; or on the
//! writer's own, when there is too little to carry out.

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
        // The thread ends only after this sender; if it died all the same, `wait` says so.
        let _ = self.work.send(file);
    }

    /// How long the flush that was begun took.
    pub(super) fn wait(&self) -> io::Result<Duration> {
        self.done.recv().unwrap_or_else(|_| Err(io::Error::other("the flushing thread is gone")))
    }

    /// Flushes at once; answers how long it took.
    pub(super) fn here(&self, file: &File) -> io::Result<Duration> {
        flush(file, self.slower_by)
    }
}

/// Makes what was written to a file durable, as on a disk that takes so much longer; answers how long it took.
pub(crate) fn flush(file: &File, slower_by: Duration) -> io::Result<Duration> {
    let begun = Instant::now();
    file.sync_data()?;
    if !slower_by.is_zero() {
        thread::sleep(slower_by);
    }
    Ok(begun.elapsed())
}
