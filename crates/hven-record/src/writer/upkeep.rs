//! Background work for the writer: making the journal's next file, retiring full ones, and copying SQLite's WAL back. It
//! has a thread of its own, so that no append waits for it.

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
/// Above this the WAL is copied back; twice as much, and the writer begins it anew.
const WAL_BYTES_MAX: u64 = 32 << 20;
/// With more files than this, all files of the disk are flushed at once.
const SYNC_ONE_BY_ONE_MAX: usize = 32;

pub(super) enum Task {
    /// A next file of this size will be wanted.
    Spare(u64),
    /// The journal's files up to this one are full; these segments were written to meanwhile.
    Filled(u64, HashSet<(AttemptId, Stream)>),
    CopyWal,
    /// Answers when everything before it is done.
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
        let vital = worker.shared.death.of_thread(NAME);
        let thread = thread::Builder::new().name(NAME.to_owned()).spawn(move || {
            while let Ok(task) = work.recv() {
                worker.work(task);
            }
            vital.ends_well();
        })?;
        Ok(Self { home, tasks: Some(tasks), thread: Some(thread), copying })
    }

    pub(super) fn spare(&self, size: u64) {
        // When the thread is busy the next group asks again; without a spare the file is made on the spot.
        let _ = self.tasks.as_ref().map(|tasks| tasks.try_send(Task::Spare(size)));
    }

    pub(super) fn filled(&self, number: u64, segments: HashSet<(AttemptId, Stream)>) {
        // Waits when 64 files wait to be retired: then the disk does not keep up, and callers must not get ahead of it.
        let _ = self.tasks.as_ref().map(|tasks| tasks.send(Task::Filled(number, segments)));
    }

    pub(super) fn copy_wal(&self) {
        if !self.copying.swap(true, Ordering::Relaxed) {
            let _ = self.tasks.as_ref().map(|tasks| tasks.try_send(Task::CopyWal));
        }
    }

    /// Waits until what was asked for is done.
    pub(super) fn settle(&self) {
        let (reply, answer) = mpsc::sync_channel(1);
        if self.tasks.as_ref().is_some_and(|tasks| tasks.send(Task::Settle(reply)).is_ok()) {
            let _ = answer.recv();
        }
    }

    pub(super) fn home(&self) -> &Path {
        &self.home
    }

    /// Finishes what was begun and ends the thread.
    pub(super) fn stop(&mut self) {
        self.tasks = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the upkeep of the record ended badly");
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
            // Nothing is lost: the journal stays longer than it must.
            tracing::warn!(error = %e, "the journal could not be tidied up");
        }
    }

    fn retire(&mut self, number: u64, segments: &HashSet<(AttemptId, Stream)>) -> io::Result<()> {
        sync_segments(&self.shared, segments)?;
        if self.database == Database::Sqlite {
            // What is committed lies in the database or in the WAL; a copy from one to the other flushes both.
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
            // Not `Read`: copying the WAL is a write.
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

/// Makes the bytes of segments durable, and the folders that name them.
pub(super) fn sync_segments(shared: &Shared, segments: &HashSet<(AttemptId, Stream)>) -> io::Result<()> {
    let gone_is_fine = |e: io::Error| if e.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(e) };
    if segments.is_empty() {
        return Ok(());
    }
    if segments.len() > SYNC_ONE_BY_ONE_MAX {
        let folder = File::open(shared.lives.folder())?;
        return Ok(rustix::fs::syncfs(&folder)?);
    }
    for id in segments {
        File::open(shared.lives.path(*id)).and_then(|file| file.sync_data()).or_else(gone_is_fine)?;
        File::open(shared.lives.run_folder(id.0.run)).and_then(|folder| folder.sync_all()).or_else(gone_is_fine)?;
    }
    File::open(shared.lives.folder())?.sync_all()
}

pub(super) fn wal_path(home: &Path) -> PathBuf {
    home.join("record.db-wal")
}
