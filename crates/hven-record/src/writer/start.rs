//! The start of the writer: creates tables, rebuilds views of another version, and adds the facts that only the journal has.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::Path,
    sync::{Arc, Mutex},
    thread::JoinHandle,
    time::Duration,
};

use hven_app::ports::{StoreError, record::Head};
use hven_core::{Fact, envelope::Envelope};
use tokio::sync::mpsc;

use super::{QUEUE_MAX, Shared, Writer, WriterHandle, flusher::Flusher, open::Open, scrub_schedule::Scrub, upkeep};
use crate::{
    errors::OpenError,
    facts::{self, Reader},
    journal::{self, Folder, Group, Journal, JournalError, Kind, Spare},
    rebuild::{self, Progress},
    reserve::Reserve,
    series::{LiveStreams, PlannedWrite, StreamId, read_piece},
    settings::Settings,
    sql::{Connection, Database, Purpose, SqlError, SqlResult, record_db},
    views::{self, Changes, Seen},
};

pub(crate) struct Started {
    pub(crate) handle: WriterHandle,
    pub(crate) shared: Arc<Shared>,
    pub(crate) thread: JoinHandle<()>,
}

const NAME: &str = "record-writer";
/// Facts from the journal are added in batches of this size.
const FACTS_AT_ONCE: usize = 2000;

pub(crate) fn start(
    home: &Path,
    settings: &Settings,
    reserve: &Arc<Reserve>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Started, OpenError> {
    let database = &settings.database;
    let io = |path: &Path, e| OpenError::io(path, e);
    let sql_error = |e: SqlError| OpenError::store(home, StoreError::from(e));
    let in_use = || OpenError::DatabaseInUse { path: record_db(home) };
    let connected = database.connect(home, Purpose::Write);
    let mut sql = connected.map_err(|e| if e.is_in_use() { in_use() } else { sql_error(e) })?;
    facts::create_tables(&mut sql).map_err(sql_error)?;
    let kinds: HashSet<(String, u16)> = facts::kinds(&mut sql).map_err(sql_error)?.into_iter().collect();
    if let Some((kind, version)) = kinds.iter().find(|(kind, version)| !Fact::is_known(kind, *version)) {
        return Err(OpenError::UnknownKind { path: home.to_owned(), kind: kind.clone(), version: *version });
    }
    rebuild::bring_up_to_date(&mut sql, progress).map_err(sql_error)?;

    let live_streams = LiveStreams::new(home.join("segments"));
    let journal_folder = home.join("journal");
    let mut recovery = Recovery {
        facts_in_journal: *database == Database::Sqlite,
        sql: &mut sql,
        live_streams: &live_streams,
        waiting: Vec::new(),
        sealed_to: HashMap::new(),
        ends: HashMap::new(),
    };
    let end = journal::replay(&journal_folder, &mut |entry| recovery.entry(entry.kind, entry.payload))
        .and_then(|end| recovery.finish().map(|()| end))
        .map_err(|e| match e {
            JournalError::Io(e) => io(&journal_folder, e),
            JournalError::Damaged { .. } => OpenError::Damaged { path: home.to_owned(), why: e.to_string() },
            JournalError::Refused(why) => OpenError::Damaged { path: journal_folder.clone(), why },
            JournalError::Store(e) => OpenError::store(home, e),
        })?;
    let unsynced = recovery.ends.keys().copied().collect();
    bring_into_database(&mut sql);
    live_streams.load(&mut sql).map_err(|e| OpenError::store(home, e))?;

    let folder = Folder::new(journal_folder.clone());
    let spare = Arc::new(Mutex::new(Spare::find(&folder)));
    let journal =
        Journal::resume(journal_folder.clone(), &end, Arc::clone(&spare)).map_err(|e| io(&journal_folder, e))?;
    let (seq, hash) = facts::head(&mut sql).map_err(sql_error)?;
    let head = Head { seq, hash };
    let shared = Arc::new(Shared::new(head, live_streams, Arc::clone(reserve)));
    let upkeep = upkeep::Upkeep::start(home.to_owned(), database.clone(), Arc::clone(&shared), folder, spare)
        .map_err(|e| io(home, e))?;
    let writer = Writer {
        sql,
        journal,
        facts_in_journal: *database == Database::Sqlite,
        shared: Arc::clone(&shared),
        head,
        kinds,
        changed_runs: HashMap::new(),
        flusher: Flusher::start(settings.slower_by).map_err(|e| io(home, e))?,
        upkeep,
        unsynced,
        frames: Group::default(),
        open: Open::default(),
        callers: 0,
        flush_took: Duration::ZERO,
        wal_bytes: 0,
        scrub: Scrub::find(home, &shared),
        pending_revocation: None,
        broken: None,
    };
    let (queue, commands) = mpsc::channel(QUEUE_MAX);
    let thread = std::thread::Builder::new()
        .name(NAME.to_owned())
        .spawn({
            let essential_thread = shared.death.of_thread(NAME);
            move || {
                writer.run(commands);
                essential_thread.finish_intended();
            }
        })
        .map_err(|e| io(home, e))?;
    Ok(Started { handle: WriterHandle { queue }, shared, thread })
}

/// Copies the WAL into the database file, so that the file gets the space that its pages need. Pages that are only in the
/// WAL would need that space when the disk is full, because SQLite can restart the WAL only when all its pages are in the
/// database file. The tables of a new home are larger than the reserve of a small disk.
fn bring_into_database(sql: &mut Connection) {
    let Connection::Sqlite(sqlite) = sql else { return };
    if let Err(error) = sqlite.copy_wal("PASSIVE") {
        tracing::debug!(%error, "the WAL could not be copied");
    }
}

/// Executes the entries of the journal that the database or the segments may not contain.
struct Recovery<'a> {
    facts_in_journal: bool,
    sql: &'a mut Connection,
    live_streams: &'a LiveStreams,
    waiting: Vec<Envelope>,
    sealed_to: HashMap<StreamId, u64>,
    /// The ends of the streams according to the journal.
    ends: HashMap<StreamId, u64>,
}

impl Recovery<'_> {
    fn entry(&mut self, kind: Kind, payload: &[u8]) -> Result<(), JournalError> {
        let unreadable = || JournalError::Refused("a frame is complete, but its content cannot be read".to_owned());
        match kind {
            Kind::Facts if self.facts_in_journal => {
                self.waiting.extend(facts::read_batch(&mut Reader(payload)).map_err(|_| unreadable())?);
                if self.waiting.len() >= FACTS_AT_ONCE { self.add_facts() } else { Ok(()) }
            }
            Kind::Piece => self.add_piece(read_piece(payload).ok_or_else(unreadable)?),
            Kind::Facts | Kind::Void => Ok(()),
        }
    }

    fn add_facts(&mut self) -> Result<(), JournalError> {
        let store = |e: SqlError| JournalError::Store(e.into());
        let (mut seq, mut hash) = facts::head(self.sql).map_err(store)?;
        let mut new = std::mem::take(&mut self.waiting);
        new.retain(|envelope| envelope.header.seq > seq);
        for envelope in &new {
            envelope.verify(&hash, seq).map_err(|e| {
                JournalError::Refused(format!("fact {} does not follow the record: {e}", envelope.header.seq))
            })?;
            (seq, hash) = (envelope.header.seq, envelope.hash);
        }
        if new.is_empty() {
            return Ok(());
        }
        tracing::info!(facts = new.len(), "added facts from the journal");
        self.sql.begin().and_then(|()| add(self.sql, &new)).and_then(|()| self.sql.commit()).map_err(store)
    }

    fn add_piece(&mut self, mut plan: PlannedWrite) -> Result<(), JournalError> {
        let sealed_to = match self.sealed_to.get(&plan.stream) {
            Some(to) => *to,
            None => {
                let (attempt, stream) = plan.stream;
                let to =
                    views::sealed_to(self.sql, attempt, stream.as_str()).map_err(|e| JournalError::Store(e.into()))?;
                self.sealed_to.insert(plan.stream, to);
                to
            }
        };
        let end = plan.end();
        if end <= sealed_to {
            return Ok(());
        }
        if plan.at < sealed_to {
            plan.bytes = plan.bytes.slice((sealed_to - plan.at) as usize..);
            plan.at = sealed_to;
        }
        self.live_streams.write(&plan)?;
        let known = self.ends.entry(plan.stream).or_default();
        *known = end.max(*known);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), JournalError> {
        self.add_facts()?;
        // A power failure can leave bytes after the last acknowledged byte.
        for (stream, end) in &self.ends {
            let path = self.live_streams.path(*stream);
            let file = fs::File::options().write(true).open(path)?;
            if file.metadata()?.len() > *end {
                file.set_len(*end)?;
            }
        }
        Ok(())
    }
}

/// Adds facts with positions, and applies them to the views.
pub(crate) fn add(sql: &mut Connection, envelopes: &[Envelope]) -> SqlResult<()> {
    facts::insert(sql, envelopes)?;
    let mut kinds = HashSet::new();
    for Envelope { header, .. } in envelopes {
        if kinds.insert((header.kind.as_str(), header.version)) {
            facts::add_kind(sql, &header.kind, header.version)?;
        }
    }
    let mut changes = Changes::new(sql);
    for envelope in envelopes {
        let fact = envelope.readable_fact()?;
        views::apply(&Seen::new(&envelope.header, fact.as_ref()), &mut changes)?;
    }
    changes.finish()
}
