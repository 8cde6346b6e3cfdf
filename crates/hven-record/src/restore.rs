//! A backup is read: by a restore, which makes a home of it, and by an export, which makes plain files of it.
//!
//! The reader checks what can be checked without a place to put it: the names in the archive, the chain of facts, that
//! it ends where its label says. Who takes the pieces checks the rest.

use std::{
    fs, io,
    io::Read,
    path::{Component, Path},
};

use hven_app::ports::record::Head;
use hven_core::{AttemptId, Digest, Fact, HomeId, RunId, envelope::Envelope, stream::Stream};
use serde::{Deserialize, Serialize};

use crate::{
    backup::BackedUp,
    errors::OpenError,
    facts::{self, Reader},
    home::{self, Home, Settings},
    lock::HomeLock,
    objects::ObjectStore,
    series::StreamId,
    sql::{Connection, Purpose, SqlError},
    writer,
};

pub(crate) const FORMAT: u32 = 1;
pub(crate) const FACTS_AT_ONCE: usize = 2000;

/// What a backup says of itself: its first file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Label {
    pub(crate) format: u32,
    pub(crate) home: HomeId,
    pub(crate) head_seq: u64,
    pub(crate) head_hash: Digest,
}

/// Why a backup, or an export, could not be taken in.
#[derive(Debug)]
pub(crate) enum Refused {
    Open(OpenError),
    /// It could not be read.
    Read(io::Error),
    Damaged(String),
}

impl From<OpenError> for Refused {
    fn from(e: OpenError) -> Self {
        Self::Open(e)
    }
}

impl From<Refused> for OpenError {
    fn from(e: Refused) -> Self {
        match e {
            Refused::Open(e) => e,
            Refused::Read(e) => Self::Backup { why: e.to_string() },
            Refused::Damaged(why) => Self::Backup { why },
        }
    }
}

/// Takes the pieces of a backup, in the order in which they stand in it: facts, unsealed streams, objects.
pub(crate) trait Taker {
    fn label(&mut self, _label: &Label) -> Result<(), Refused> {
        Ok(())
    }
    /// Facts that follow those before; their links were checked.
    fn facts(&mut self, envelopes: &[Envelope]) -> Result<(), Refused>;
    fn object(&mut self, digest: Digest, bytes: &mut dyn Read) -> Result<(), Refused>;
    /// The bytes of a stream from a place on.
    fn segment(&mut self, stream: StreamId, from: u64, bytes: &mut dyn Read) -> Result<(), Refused>;
}

/// Reads a backup to its end and hands on what is in it.
pub(crate) fn read(backup: impl Read, taker: &mut dyn Taker) -> Result<BackedUp, Refused> {
    let damaged = |why: &str| Refused::Damaged(why.to_owned());
    let mut label: Option<Label> = None;
    let mut found = BackedUp { head: Head { seq: 0, hash: Digest::ZERO }, objects: 0, segments: 0 };
    let mut tar = tar::Archive::new(backup);
    for entry in tar.entries().map_err(Refused::Read)? {
        // What the archive reader cannot make sense of, before anything of a backup was read, is something else.
        let is_something_else = |e: &io::Error| matches!(e.kind(), io::ErrorKind::Other | io::ErrorKind::InvalidData);
        let mut entry = entry.map_err(|e| match &label {
            None if is_something_else(&e) => damaged("it does not begin as a backup does"),
            _ => Refused::Read(e),
        })?;
        let name = entry.path().map_err(Refused::Read)?.into_owned();
        let parts: Vec<&str> = name
            .components()
            .map(|part| match part {
                Component::Normal(part) => part.to_str(),
                _ => None,
            })
            .collect::<Option<_>>()
            .ok_or_else(|| damaged("it names a place outside of a home"))?;
        match parts.as_slice() {
            ["hven-backup.json"] => {
                let mut text = Vec::new();
                entry.read_to_end(&mut text).map_err(Refused::Read)?;
                let read: Label = serde_json::from_slice(&text).map_err(|e| Refused::Damaged(e.to_string()))?;
                if read.format != FORMAT {
                    return Err(Refused::Damaged(format!("it has the format {}, which is not known", read.format)));
                }
                taker.label(&read)?;
                label = Some(read);
            }
            ["facts", _] => {
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes).map_err(Refused::Read)?;
                take_facts(&bytes, &mut found.head, taker)?;
            }
            ["objects", digest] => {
                let digest = digest.parse().map_err(|_| damaged("an object has no digest for a name"))?;
                taker.object(digest, &mut entry)?;
                found.objects += 1;
            }
            ["segments", run, segment] => {
                let (stream, from) = stream_named(run, segment).ok_or_else(|| damaged("a segment has no name"))?;
                taker.segment(stream, from, &mut entry)?;
                found.segments += 1;
            }
            _ => return Err(Refused::Damaged(format!("it has a file of unknown meaning: {}", name.display()))),
        }
    }
    // To the very end: whoever writes a backup tells there whether it is whole.
    io::copy(&mut tar.into_inner(), &mut io::sink()).map_err(Refused::Read)?;
    let label = label.ok_or_else(|| damaged("it has no label"))?;
    let Head { seq, hash } = found.head;
    if (seq, hash) != (label.head_seq, label.head_hash) {
        return Err(Refused::Damaged(format!("it ends at fact {seq}, but should at {}", label.head_seq)));
    }
    Ok(found)
}

/// The stream whose bytes a file holds, `RUN/ATTEMPT.STREAM@FROM`, and from which byte on.
pub(crate) fn stream_named(run: &str, file: &str) -> Option<(StreamId, u64)> {
    let run: RunId = run.parse().ok()?;
    let (name, from) = file.rsplit_once('@')?;
    let (number, stream) = name.split_once('.')?;
    let attempt = AttemptId { run, number: number.parse().ok()? };
    Some(((attempt, Stream::parse(stream)?), from.parse().ok()?))
}

fn take_facts(bytes: &[u8], head: &mut Head, taker: &mut dyn Taker) -> Result<(), Refused> {
    let mut reader = Reader(bytes);
    while !reader.0.is_empty() {
        let mut envelopes: Vec<Envelope> = Vec::with_capacity(FACTS_AT_ONCE);
        while !reader.0.is_empty() && envelopes.len() < FACTS_AT_ONCE {
            let envelope = facts::read_envelope(&mut reader).map_err(|e| Refused::Damaged(e.to_string()))?;
            follow(&envelope, head)?;
            envelopes.push(envelope);
        }
        taker.facts(&envelopes)?;
    }
    Ok(())
}

/// Checks that a fact follows the head, and moves the head to it.
pub(crate) fn follow(envelope: &Envelope, head: &mut Head) -> Result<(), Refused> {
    let Envelope { header, hash, .. } = envelope;
    envelope.verify(&head.hash, head.seq).map_err(|e| Refused::Damaged(format!("fact {}: {e}", head.seq + 1)))?;
    *head = Head { seq: header.seq, hash: *hash };
    Ok(())
}

/// A home in the making: an empty record, and places for objects and segments.
pub(crate) struct Making<'a> {
    path: &'a Path,
    pub(crate) sql: Connection,
    pub(crate) objects: ObjectStore,
}

impl<'a> Making<'a> {
    /// Lays the tables out; refuses a database that holds facts.
    pub(crate) fn begin(path: &'a Path, settings: &Settings) -> Result<Self, OpenError> {
        let store = |e: SqlError| OpenError::store(path, e.into());
        let mut sql = settings.database.connect(path, Purpose::Write).map_err(store)?;
        facts::create_tables(&mut sql).map_err(store)?;
        if facts::head(&mut sql).map_err(store)?.0 != 0 {
            return Err(OpenError::Occupied { path: path.to_owned() });
        }
        crate::rebuild::bring_up_to_date(&mut sql, &mut |_| ()).map_err(store)?;
        Ok(Self { path, sql, objects: ObjectStore::new(path.join("objects")) })
    }

    /// Adds facts whose links were checked, within the transaction of the caller.
    pub(crate) fn add(&mut self, envelopes: &[Envelope]) -> Result<(), OpenError> {
        if let Some(e) = envelopes.iter().find(|e| !Fact::is_known(&e.header.kind, e.header.version)) {
            let (kind, version) = (e.header.kind.clone(), e.header.version);
            return Err(OpenError::UnknownKind { path: self.path.to_owned(), kind, version });
        }
        writer::add(&mut self.sql, envelopes).map_err(|e| OpenError::store(self.path, e.into()))
    }

    /// Runs something in a transaction.
    pub(crate) fn in_transaction(
        &mut self,
        act: impl FnOnce(&mut Self) -> Result<(), OpenError>,
    ) -> Result<(), OpenError> {
        let path = self.path;
        let store = |e: SqlError| OpenError::store(path, e.into());
        self.sql.begin().map_err(store)?;
        act(self)?;
        self.sql.commit().map_err(store)
    }

    /// Keeps an object. It is durable only after [`settle`](Self::settle).
    pub(crate) fn object(&mut self, wanted: Digest, bytes: &mut dyn Read) -> Result<u64, Refused> {
        let io = |e| Refused::Open(OpenError::io(self.path, e));
        let (digest, size) = self.objects.take_in(bytes).map_err(io)?;
        if digest == wanted {
            Ok(size)
        } else {
            Err(Refused::Damaged(format!("the object {wanted} has other bytes: those of {digest}")))
        }
    }

    pub(crate) fn segment(&self, (attempt, stream): StreamId, from: u64, bytes: &mut dyn Read) -> Result<(), Refused> {
        let io = |e| Refused::Open(OpenError::io(self.path, e));
        let folder = self.path.join("segments").join(attempt.run.to_string());
        fs::create_dir_all(&folder).map_err(io)?;
        let mut file = fs::File::create(folder.join(format!("{}.{stream}", attempt.number))).map_err(io)?;
        io::Seek::seek(&mut file, io::SeekFrom::Start(from)).map_err(io)?;
        io::copy(bytes, &mut file).and_then(|_| file.sync_all()).map_err(io)
    }

    /// Makes everything durable that was put into the folder.
    pub(crate) fn settle(&self) -> Result<(), OpenError> {
        crate::objects::sync_all_below(self.path).map_err(|e| OpenError::io(self.path, e))
    }
}

impl Taker for Making<'_> {
    fn facts(&mut self, envelopes: &[Envelope]) -> Result<(), Refused> {
        Ok(self.in_transaction(|making| making.add(envelopes))?)
    }
    fn object(&mut self, digest: Digest, bytes: &mut dyn Read) -> Result<(), Refused> {
        Making::object(self, digest, bytes).map(drop)
    }
    fn segment(&mut self, stream: StreamId, from: u64, bytes: &mut dyn Read) -> Result<(), Refused> {
        Making::segment(self, stream, from, bytes)
    }
}

/// Makes a home in an empty folder from a backup and opens it. When the backup is refused, nothing of it
/// stays in the folder.
pub fn restore(backup: impl Read, path: &Path, settings: Settings) -> Result<Home, OpenError> {
    if path.join("FORMAT").exists() {
        return Err(OpenError::Occupied { path: path.to_owned() });
    }
    home::make_folders(path)?;
    let lock = HomeLock::take(path, home::now(), settings.take_over)?;
    let made = fill(backup, path, &settings);
    lock.release();
    if let Err(refused) = made {
        home::take_away(path);
        return Err(refused);
    }
    Home::open(path, settings)
}

fn fill(backup: impl Read, path: &Path, settings: &Settings) -> Result<(), OpenError> {
    let mut making = Making::begin(path, settings)?;
    read(backup, &mut making)?;
    making.settle()?;
    drop(making);
    home::write_format(path, settings)
}
