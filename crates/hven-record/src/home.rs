//! Creates, opens and closes a home.

use std::{
    collections::HashSet,
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
};

use hven_app::ports::{
    StoreResult,
    record::{Head, ReadSoFar},
};
use hven_core::{
    ActorId, Digest, Fact, HomeId,
    fact::{Batch, HomeCreated},
};

use crate::{
    errors::OpenError,
    facts,
    layout::{check_format, format_file, make_folders, now, write_format},
    lineage::Graphs,
    lock::HomeLock,
    objects::ObjectStore,
    readers::Readers,
    rebuild::{self, Comparison, Progress},
    reserve::Reserve,
    settings::Settings,
    sql::{Database, Purpose, SqlError},
    writer::{self, Command, Prepared, Shared, WriterHandle},
};

/// How many queries may run at once.
const READERS: usize = 3;

/// An opened home. Clones share it.
#[derive(Clone)]
pub struct Home {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) path: PathBuf,
    pub(crate) settings: Settings,
    pub(crate) id: HomeId,
    pub(crate) writer: WriterHandle,
    pub(crate) shared: Arc<Shared>,
    pub(crate) readers: Readers,
    pub(crate) objects: ObjectStore,
    /// Objects of parts that were sealed again with other content; they are removed when no fact names them any more.
    pub(crate) replaced: Mutex<HashSet<Digest>>,
    pub(crate) graphs: Graphs,
    /// The progress of a verification that reads objects.
    pub(crate) verifying: Mutex<Option<ReadSoFar>>,
    /// The resources that end when the home is closed.
    open: Mutex<Option<Open>>,
}

struct Open {
    lock: HomeLock,
    writer_thread: JoinHandle<()>,
}

impl fmt::Debug for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Home").field("path", &self.inner.path).finish_non_exhaustive()
    }
}
impl Home {
    /// Opens the home in this folder; creates it if the folder is empty or missing.
    ///
    /// # Errors
    /// When the home cannot be created, opened or locked.
    pub fn create_or_open(path: &Path, settings: Settings) -> Result<Self, OpenError> {
        Self::create_or_open_telling(path, settings, &mut |_| ())
    }

    /// The same; `progress` gets the progress of views that must be rebuilt.
    ///
    /// # Errors
    /// As for [`Self::create_or_open`].
    pub fn create_or_open_telling(
        path: &Path,
        settings: Settings,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Self, OpenError> {
        if !format_file(path).exists() {
            make_folders(path)?;
            write_format(path, &settings)?;
        }
        open(path, settings, progress)
    }

    /// Opens an existing home.
    ///
    /// # Errors
    /// [`OpenError::Absent`], or when the home cannot be opened or locked.
    pub fn open(path: &Path, settings: Settings) -> Result<Self, OpenError> {
        if !format_file(path).exists() {
            return Err(OpenError::Absent { path: path.to_owned() });
        }
        open(path, settings, &mut |_| ())
    }

    /// How many statements the readers have run since the home was opened. A list needs as many for a thousand rows as for ten.
    pub fn statements(&self) -> u64 {
        self.inner.readers.statements()
    }

    pub fn path(&self) -> &Path {
        &self.inner.path
    }
    pub fn id(&self) -> HomeId {
        self.inner.id
    }
    pub fn head(&self) -> Head {
        self.inner.shared.head()
    }

    /// Waits until the record cannot continue, because one of its threads has died or its journal cannot be trusted any more, and
    /// returns the reason. The caller should end its process then; a new process reads everything that is durable.
    pub async fn died(&self) -> String {
        self.inner.shared.death.wait().await
    }

    /// Calls `act`, and frees space from the reserve as long as `act` fails on a full disk.
    ///
    /// # Errors
    /// Those of `act`.
    pub fn with_reserve<T>(&self, act: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        self.inner.shared.reserve.with(act)
    }

    /// Builds all views a second time and compares every column of every row with the present ones. It blocks.
    ///
    /// # Errors
    /// When the database fails.
    pub fn check_views(&self, progress: &mut dyn FnMut(Progress)) -> StoreResult<Comparison> {
        let connect = |purpose| self.inner.settings.database.connect(&self.inner.path, purpose);
        self.inner.writer.show_blocking(&self.inner.shared)?;
        let (mut shadow, mut present) = (connect(Purpose::Shadow)?, connect(Purpose::Read)?);
        Ok(rebuild::compare(&mut shadow, &mut present, progress)?)
    }

    /// Rebuilds all views. Appends wait until it is done. It blocks.
    ///
    /// # Errors
    /// When the database fails.
    pub fn rebuild_views(&self, progress: Box<dyn FnMut(Progress) + Send>) -> StoreResult<()> {
        self.inner.writer.ask_blocking(|reply| Command::Rebuild { progress, reply })
    }

    /// Makes everything durable in its final place and releases the home. Later calls on clones fail. It blocks, so an event
    /// loop must call it where blocking is allowed.
    ///
    /// # Errors
    /// When the writer cannot make everything durable.
    pub fn close(&self) -> StoreResult<()> {
        let Some(open) = self.inner.open.lock().unwrap_or_else(PoisonError::into_inner).take() else { return Ok(()) };
        let outcome = self.inner.writer.ask_blocking(|reply| Command::Close { reply });
        if open.writer_thread.join().is_err() {
            tracing::error!("the writer of the record panicked");
        }
        if outcome.is_ok() {
            open.lock.release();
        }
        outcome
    }
}

impl Drop for Inner {
    /// A home that is dropped without `close` is in the same state as after a crash: complete, but with a journal to replay.
    fn drop(&mut self) {
        if self.open.get_mut().unwrap_or_else(PoisonError::into_inner).is_some() {
            tracing::debug!(path = %self.path.display(), "the home was dropped without being closed");
        }
    }
}

fn open(path: &Path, settings: Settings, progress: &mut dyn FnMut(Progress)) -> Result<Home, OpenError> {
    let path = fs::canonicalize(path).map_err(|e| OpenError::io(path, e))?;
    let lock = HomeLock::take(&path, now(), settings.take_over)?;
    check_format(&path, &settings)?;
    let reserve = Arc::new(Reserve::open(&path));
    let started = loop {
        match writer::start(&path, &settings, &reserve, progress) {
            // A home on a full disk must open, so that the user can make room. The retry continues what the first try started.
            Err(OpenError::Full { .. }) if reserve.give() => {}
            other => break other?,
        }
    };
    let id = match home_id(&path, &settings.database)? {
        Some(id) => id,
        None => create_record(&path, &started.handle)?,
    };
    let (readers, _threads) =
        Readers::start(&path, &settings.database, READERS, started.handle.clone(), Arc::clone(&started.shared))
            .map_err(|e| OpenError::io(&path, e))?;
    let objects = ObjectStore::new(path.join("objects"));
    Ok(Home {
        inner: Arc::new(Inner {
            path,
            settings,
            id,
            writer: started.handle,
            shared: started.shared,
            readers,
            objects,
            replaced: Mutex::default(),
            graphs: Graphs::default(),
            verifying: Mutex::default(),
            open: Mutex::new(Some(Open { lock, writer_thread: started.thread })),
        }),
    })
}

/// The home's id in the first fact.
fn home_id(path: &Path, database: &Database) -> Result<Option<HomeId>, OpenError> {
    let store = |e: SqlError| OpenError::store(path, e.into());
    let mut sql = database.connect(path, Purpose::Read).map_err(store)?;
    let first = facts::one(&mut sql, 1).map_err(store)?;
    // The subject of the first fact is the home; it remains even if the payload is erased.
    Ok(first.and_then(|envelope| envelope.header.subject).map(HomeId::from_u128))
}

fn create_record(path: &Path, writer: &WriterHandle) -> Result<HomeId, OpenError> {
    let mut random = [0; 10];
    getrandom::fill(&mut random).map_err(|e| OpenError::io(path, e.into()))?;
    let home = HomeId::mint(now(), random);
    let created = Fact::from(HomeCreated { home, hven_version: env!("CARGO_PKG_VERSION").to_owned() });
    let store = |e| OpenError::store(path, e);
    let batch = Box::new(Prepared::new(Batch::new(now(), ActorId::SYSTEM, vec![created])).map_err(store)?);
    writer.ask_blocking(|reply| Command::Append { batch, reply }).map_err(store)?;
    Ok(home)
}
