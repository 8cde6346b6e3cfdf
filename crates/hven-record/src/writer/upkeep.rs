//! Background work of the writer: creates the next file of the journal, retires full files, and copies the WAL of SQLite.
//! It has a thread of its own, so that no append waits for it.

use std::{
    collections::HashSet,
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread::{self, JoinHandle},
};

use hven_core::{AttemptId, stream::Stream};

use super::Shared;
use crate::{
    journal::{Folder, Spare},
    sql::{Connection, Database, Purpose},
};

const NAME: &str = "record-upkeep";
/// At this length the WAL is copied into the database; at twice this length the writer restarts it.
const WAL_BYTES_MAX: u64 = 32 << 20;
/// For more files than this, one call flushes all files of the disk.
const SYNC_ONE_BY_ONE_MAX: usize = 32;

pub(super) enum Task {
    /// Create a spare file of this size.
    Spare(u64),
    /// The files of the journal up to this number are full; these segments were written since.
    Filled(u64, HashSet<(AttemptId, Stream)>),
    CopyWal,
    /// Replies when all earlier tasks are done.
    Settle(mpsc::SyncSender<()>),
}

pub(super) struct Upkeep {
    home: PathBuf,
    tasks: Option<mpsc::SyncSender<Task>>,
    thread: Option<JoinHandle<()>>,
    copying: Arc<AtomicBool>,
}

struct Worker {
    home: PathBuf,
    database: Database,
    shared: Arc<Shared>,
    folder: Folder,
    spare: Arc<Mutex<Spare>>,
    sql: Option<Connection>,
    copying: Arc<AtomicBool>,
}

impl Upkeep {
    pub(super) fn start(
        home: PathBuf,
        database: Database,
        shared: Arc<Shared>,
        folder: Folder,
        spare: Arc<Mutex<Spare>>,
    ) -> io::Result<Self> {
        let (tasks, work) = mpsc::sync_channel(64);
        let copying = Arc::new(AtomicBool::new(false));
        let mut worker =
            Worker { home: home.clone(), database, shared, folder, spare, sql: None, copying: Arc::clone(&copying) };
        let essential_thread = worker.shared.death.of_thread(NAME);
        let thread = thread::Builder::new().name(NAME.to_owned()).spawn(move || {
            while let Ok(task) = work.recv() {
                worker.work(task);
            }
            essential_thread.finish_intended();
        })?;
        Ok(Self { home, tasks: Some(tasks), thread: Some(thread), copying })
    }

    pub(super) fn spare(&self, size: u64) {
        // If the thread is busy, the next group repeats the request; without a spare, the writer creates the file itself.
        let _ = self.tasks.as_ref().map(|tasks| tasks.try_send(Task::Spare(size)));
    }

    pub(super) fn filled(&self, number: u64, segments: HashSet<(AttemptId, Stream)>) {
        // This waits while 64 files wait for retirement: the disk is too slow, and callers must wait for it.
        let _ = self.tasks.as_ref().map(|tasks| tasks.send(Task::Filled(number, segments)));
    }

    pub(super) fn copy_wal(&self) {
        if !self.copying.swap(true, Ordering::Relaxed) {
            let _ = self.tasks.as_ref().map(|tasks| tasks.try_send(Task::CopyWal));
        }
    }

    /// Waits until all earlier tasks are done.
    pub(super) fn settle(&self) {
        let (reply, answer) = mpsc::sync_channel(1);
        if self.tasks.as_ref().is_some_and(|tasks| tasks.send(Task::Settle(reply)).is_ok()) {
            let _ = answer.recv();
        }
    }

    pub(super) fn home(&self) -> &Path {
        &self.home
    }

    /// Finishes the pending tasks and ends the thread.
    pub(super) fn stop(&mut self) {
        self.tasks = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the background worker of the record panicked");
        }
    }
}

impl Worker {
    fn work(&mut self, task: Task) {
        let outcome = match task {
            Task::Spare(size) => self.folder.prepare_spare(size, &self.spare),
            Task::Filled(number, segments) => self.retire(number, &segments),
            Task::CopyWal => self.copy_wal(),
            Task::Settle(reply) => {
                let _ = reply.send(());
                Ok(())
            }
        };
        if let Err(e) = outcome {
            // No content is lost: the files of the journal remain longer than necessary.
            tracing::warn!(error = %e, "the journal could not be cleaned up");
        }
    }

    fn retire(&mut self, number: u64, segments: &HashSet<(AttemptId, Stream)>) -> io::Result<()> {
        sync_segments(&self.shared, segments)?;
        if self.database == Database::Sqlite {
            // A commit is in the database file or in the WAL; copying the WAL flushes both.
            File::open(wal_path(&self.home))?.sync_data()?;
        }
        self.folder.retire_up_to(number, &self.spare)
    }

    fn copy_wal(&mut self) -> io::Result<()> {
        self.copying.store(false, Ordering::Relaxed);
        let size = std::fs::metadata(wal_path(&self.home)).map_or(0, |found| found.len());
        if size < WAL_BYTES_MAX {
            return Ok(());
        }
        if self.sql.is_none() {
            // Use `Shadow`, because copying the WAL is a write, which `Read` refuses.
            self.sql = Some(self.database.connect(&self.home, Purpose::Shadow).map_err(io::Error::other)?);
        }
        if let Some(Connection::Sqlite(sqlite)) = &mut self.sql {
            let copied = sqlite.copy_wal("PASSIVE").map_err(io::Error::other)?;
            tracing::debug!(?copied, "copied the WAL");
            if size > 2 * WAL_BYTES_MAX {
                self.shared.wal_is_long.store(true, Ordering::Relaxed);
            }
        }
        Ok(())
    }
}

/// Makes the bytes of segments and the entries of their folders durable.
pub(super) fn sync_segments(shared: &Shared, segments: &HashSet<(AttemptId, Stream)>) -> io::Result<()> {
    let gone_is_fine = |e: io::Error| if e.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(e) };
    if segments.is_empty() {
        return Ok(());
    }
    if segments.len() > SYNC_ONE_BY_ONE_MAX {
        let folder = File::open(shared.live_streams.folder())?;
        return Ok(rustix::fs::syncfs(&folder)?);
    }
    for id in segments {
        File::open(shared.live_streams.path(*id)).and_then(|file| file.sync_data()).or_else(gone_is_fine)?;
        File::open(shared.live_streams.run_folder(id.0.run))
            .and_then(|folder| folder.sync_all())
            .or_else(gone_is_fine)?;
    }
    File::open(shared.live_streams.folder())?.sync_all()
}

pub(super) fn wal_path(home: &Path) -> PathBuf {
    home.join("record.db-wal")
}
