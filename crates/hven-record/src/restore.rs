//! Reads a backup, for a restore, which creates a home from it, and for an export, which writes plain files.
//!
//! The reader checks everything: the names in the archive, the chain of facts and its end, the digest of every object, and the
//! presence of every object that the facts and the folder listings name.

use std::{
    collections::{HashMap, HashSet},
    fmt, fs,
    io::{self, Read},
    path::{Component, Path},
};

use hven_app::ports::record::{DamagedObject, Head};
use hven_core::{
    AttemptId, Digest, Fact, RunId,
    envelope::Envelope,
    references::{References, Shape, read_content},
    stream::Stream,
};

use crate::{
    backup_format::{BackedUp, DIGITS_IN_HEADER, FACTS_AT_ONCE, FORMAT, Label, Missing},
    errors::OpenError,
    facts::{self, Reader},
    home::Home,
    kept_traces, layout,
    lock::HomeLock,
    objects::{LISTING_BYTES_MAX, ObjectStore},
    series::StreamId,
    settings::Settings,
    sql::{Connection, Purpose, SqlError},
    writer,
};

/// The treatment of a backup with undeclared missing objects: it was truncated, or an old Hven wrote it without checking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gaps {
    #[default]
    Refuse,
    Accept,
}

/// Why a backup or an export was refused.
#[derive(Debug)]
pub(crate) enum Refused {
    Open(OpenError),
    /// It could not be read.
    Read(io::Error),
    Damaged(String),
    /// Objects are missing without being declared.
    Incomplete(Vec<DamagedObject>),
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
            Refused::Incomplete(missing) => {
                let first = missing.first().map(|object| match &object.what {
                    Some(what) => format!("{what} ({})", object.digest),
                    None => object.digest.to_string(),
                });
                Self::BackupIncomplete { missing: missing.len(), first: first.unwrap_or_default() }
            }
        }
    }
}

/// Receives the content of a backup in its order: facts, unsealed streams, objects.
pub(crate) trait BackupVisitor {
    fn label(&mut self, _label: &Label) -> Result<(), Refused> {
        Ok(())
    }
    /// Facts that follow the previous ones; their links were checked.
    fn facts(&mut self, envelopes: &[Envelope]) -> Result<(), Refused>;
    /// The reader checks the digest of the bytes.
    fn object(&mut self, digest: Digest, bytes: &mut dyn Read) -> Result<(), Refused>;
    /// The bytes of a stream from a position on.
    fn segment(&mut self, stream: StreamId, from: u64, bytes: &mut dyn Read) -> Result<(), Refused>;
}

/// Reads a backup to its end and passes its content to `visitor`.
pub(crate) fn read(backup: impl Read, gaps: Gaps, visitor: &mut dyn BackupVisitor) -> Result<BackedUp, Refused> {
    let damaged = |why: &str| Refused::Damaged(why.to_owned());
    let mut label: Option<Label> = None;
    let head = Head { seq: 0, hash: Digest::ZERO };
    let mut found = BackedUp { head, objects: 0, segments: 0, missing: Vec::new() };
    let mut content = BackupContent::default();
    let mut tar = tar::Archive::new(backup);
    for entry in tar.entries().map_err(Refused::Read)? {
        // If the archive reader fails before the first entry, the file is not a backup.
        let is_something_else = |e: &io::Error| matches!(e.kind(), io::ErrorKind::Other | io::ErrorKind::InvalidData);
        let mut entry = entry.map_err(|e| match &label {
            None if is_something_else(&e) => damaged("it does not start like a backup"),
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
            .ok_or_else(|| damaged("it contains a path outside a home"))?;
        let digits = digits_of(entry.header());
        match parts.as_slice() {
            ["hven-backup.json"] => {
                let mut text = Vec::new();
                entry.read_to_end(&mut text).map_err(Refused::Read)?;
                check_digits(digits.as_deref(), &Digest::of(&text), &name)?;
                let read: Label = serde_json::from_slice(&text).map_err(|e| Refused::Damaged(e.to_string()))?;
                if read.format != FORMAT {
                    return Err(Refused::Damaged(format!("it has the unknown format {}", read.format)));
                }
                visitor.label(&read)?;
                label = Some(read);
            }
            ["facts", _] => {
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes).map_err(Refused::Read)?;
                take_facts(&bytes, &mut found.head, &mut content.references, visitor)?;
            }
            ["objects", digest] => {
                let digest = digest.parse().map_err(|_| damaged("the name of an object is not a digest"))?;
                content.object(digest, &mut entry, visitor)?;
                found.objects += 1;
            }
            ["missing.json"] => {
                let mut text = Vec::new();
                entry.read_to_end(&mut text).map_err(Refused::Read)?;
                check_digits(digits.as_deref(), &Digest::of(&text), &name)?;
                let listed: Missing = serde_json::from_slice(&text).map_err(|e| Refused::Damaged(e.to_string()))?;
                found.missing.extend(listed.objects.into_iter().map(|one| DamagedObject {
                    digest: one.digest,
                    why: one.why,
                    what: one.what,
                }));
            }
            ["segments", run, segment] => {
                let (stream, from) = stream_named(run, segment).ok_or_else(|| damaged("a segment has no name"))?;
                let mut passing = HashingReader { bytes: &mut entry, hasher: blake3::Hasher::new(), kept: None };
                visitor.segment(stream, from, &mut passing)?;
                io::copy(&mut passing, &mut io::sink()).map_err(Refused::Read)?;
                check_digits(digits.as_deref(), &passing.hasher.finalize().into(), &name)?;
                found.segments += 1;
            }
            _ => return Err(Refused::Damaged(format!("it has a file of unknown meaning: {}", name.display()))),
        }
    }
    // Read to the end of the file, because the transfer may report there whether it is complete.
    io::copy(&mut tar.into_inner(), &mut io::sink()).map_err(Refused::Read)?;
    let label = label.ok_or_else(|| damaged("it has no label"))?;
    let Head { seq, hash } = found.head;
    if (seq, hash) != (label.head_seq, label.head_hash) {
        return Err(Refused::Damaged(format!("it ends at fact {seq}, but should end at {}", label.head_seq)));
    }
    let not_said = content.missing_from(&found.missing);
    if !not_said.is_empty() && gaps == Gaps::Refuse {
        return Err(Refused::Incomplete(not_said));
    }
    found.missing.extend(not_said);
    Ok(found)
}

/// The first digits of the digest of a file that is not named by it; older backups have none.
fn digits_of(header: &tar::Header) -> Option<String> {
    let digits = header.username().ok().flatten()?;
    (digits.len() == DIGITS_IN_HEADER).then(|| digits.to_owned())
}

fn check_digits(digits: Option<&str>, found: &Digest, name: &Path) -> Result<(), Refused> {
    match digits {
        Some(digits) if !found.to_string().starts_with(digits) => {
            Err(Refused::Damaged(format!("{} has changed since it was written", name.display())))
        }
        _ => Ok(()),
    }
}

/// Reads a backup to its end and checks everything in it, without storing anything.
///
/// # Errors
/// [`OpenError::Backup`], or when it cannot be read.
pub fn check_backup(backup: impl Read) -> Result<BackedUp, OpenError> {
    struct CheckOnly;
    impl BackupVisitor for CheckOnly {
        fn facts(&mut self, _: &[Envelope]) -> Result<(), Refused> {
            Ok(())
        }
        fn object(&mut self, _: Digest, _: &mut dyn Read) -> Result<(), Refused> {
            Ok(())
        }
        fn segment(&mut self, _: StreamId, _: u64, _: &mut dyn Read) -> Result<(), Refused> {
            Ok(())
        }
    }
    Ok(read(backup, Gaps::Refuse, &mut CheckOnly)?)
}

/// The content of a backup so far, and the objects that it should contain.
#[derive(Default)]
struct BackupContent {
    references: References,
    objects: HashSet<Digest>,
    /// The parsed objects that refer to others.
    contents: HashMap<Digest, hven_core::references::Content>,
}

impl BackupContent {
    /// Passes an object on and checks its bytes.
    fn object(&mut self, digest: Digest, bytes: &mut dyn Read, visitor: &mut dyn BackupVisitor) -> Result<(), Refused> {
        let shape = self.references.shape(&digest);
        let kept = (shape != Shape::Bytes).then(Vec::new);
        let mut passing = HashingReader { bytes, hasher: blake3::Hasher::new(), kept };
        visitor.object(digest, &mut passing)?;
        io::copy(&mut passing, &mut io::sink()).map_err(Refused::Read)?;
        let found: Digest = passing.hasher.finalize().into();
        if found != digest {
            return Err(Refused::Damaged(format!("the object {digest} has other bytes: those of {found}")));
        }
        self.objects.insert(digest);
        if let Some(bytes) = passing.kept {
            self.contents.insert(digest, read_content(shape, &bytes).unwrap_or_default());
        }
        Ok(())
    }

    /// The objects that facts and folder listings name, and that are neither present nor declared as missing.
    fn missing_from(self, listed: &[DamagedObject]) -> Vec<DamagedObject> {
        let Self { references, objects, mut contents } = self;
        let listed: HashSet<Digest> = listed.iter().map(|object| object.digest).collect();
        let reachable = references.follow(&mut |digest, _| Ok(contents.remove(digest)));
        let lacks = |digest: &&Digest| !objects.contains(*digest) && !listed.contains(*digest);
        let needed = reachable.objects.keys().filter(|digest| reachable.is_required(digest)).filter(lacks);
        needed
            .map(|digest| DamagedObject {
                digest: *digest,
                why: "it is not in the backup".to_owned(),
                what: reachable.name(digest),
            })
            .collect()
    }
}

/// Hashes the bytes that are read through it, and optionally keeps them.
struct HashingReader<'a> {
    bytes: &'a mut dyn Read,
    hasher: blake3::Hasher,
    kept: Option<Vec<u8>>,
}

impl Read for HashingReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.bytes.read(buffer)?;
        self.hasher.update(&buffer[..n]);
        if let Some(kept) = &mut self.kept {
            if (kept.len() + n) as u64 > LISTING_BYTES_MAX {
                self.kept = None;
            } else {
                kept.extend_from_slice(&buffer[..n]);
            }
        }
        Ok(n)
    }
}

/// Parses the name of a segment file, `RUN/ATTEMPT.STREAM@FROM`: the stream and its first byte.
pub(crate) fn stream_named(run: &str, file: &str) -> Option<(StreamId, u64)> {
    let run: RunId = run.parse().ok()?;
    let (name, from) = file.rsplit_once('@')?;
    let (number, stream) = name.split_once('.')?;
    let attempt = AttemptId { run, number: number.parse().ok()? };
    Some(((attempt, Stream::parse(stream)?), from.parse().ok()?))
}

fn take_facts(
    bytes: &[u8],
    head: &mut Head,
    references: &mut References,
    visitor: &mut dyn BackupVisitor,
) -> Result<(), Refused> {
    let mut reader = Reader(bytes);
    while !reader.0.is_empty() {
        let mut envelopes: Vec<Envelope> = Vec::with_capacity(FACTS_AT_ONCE);
        while !reader.0.is_empty() && envelopes.len() < FACTS_AT_ONCE {
            let envelope = facts::read_envelope(&mut reader).map_err(|e| Refused::Damaged(e.to_string()))?;
            if let Some(fact) = follow(&envelope, head)? {
                references.add_fact(&fact);
            }
            envelopes.push(envelope);
        }
        visitor.facts(&envelopes)?;
    }
    Ok(())
}

/// Checks that a fact follows the head and matches its header, and moves the head to it. Returns the fact if it exists and can be
/// parsed. The caller refuses unknown kinds.
pub(crate) fn follow(envelope: &Envelope, head: &mut Head) -> Result<Option<Fact>, Refused> {
    let Envelope { header, hash, .. } = envelope;
    let damaged = |why: &dyn fmt::Display| Refused::Damaged(format!("fact {}: {why}", head.seq + 1));
    envelope.verify(&head.hash, head.seq).map_err(|e| damaged(&e))?;
    let fact = envelope.fact().ok().flatten();
    if fact.as_ref().is_some_and(|fact| fact.subject_bits() != header.subject) {
        return Err(damaged(&"its header names another subject than its payload"));
    }
    *head = Head { seq: header.seq, hash: *hash };
    Ok(fact)
}

/// A home that is being created: an empty record, and folders for objects and segments.
pub(crate) struct NewHome<'a> {
    path: &'a Path,
    pub(crate) sql: Connection,
    pub(crate) objects: ObjectStore,
}

impl<'a> NewHome<'a> {
    /// Creates the tables; refuses a database with facts.
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

    /// Adds facts with checked links, within the caller's transaction.
    pub(crate) fn add(&mut self, envelopes: &[Envelope]) -> Result<(), OpenError> {
        if let Some(e) = envelopes.iter().find(|e| !Fact::is_known(&e.header.kind, e.header.version)) {
            let (kind, version) = (e.header.kind.clone(), e.header.version);
            return Err(OpenError::UnknownKind { path: self.path.to_owned(), kind, version });
        }
        writer::add(&mut self.sql, envelopes).map_err(|e| OpenError::store(self.path, e.into()))
    }

    /// Draws the lineage again if payloads were erased, when all facts are there, within the caller's transaction.
    pub(crate) fn use_kept_traces(&mut self) -> Result<(), OpenError> {
        let store = |e: SqlError| OpenError::store(self.path, e.into());
        if kept_traces::all(&mut self.sql).map_err(store)?.is_empty() {
            return Ok(());
        }
        crate::rebuild::refill(&kept_traces::READERS, &mut self.sql).map_err(store)
    }

    /// Calls `act` in a transaction.
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

    /// Stores an object. It is durable only after [`settle`](Self::settle).
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

    /// Makes the content of the folder durable.
    pub(crate) fn settle(&self) -> Result<(), OpenError> {
        crate::objects::sync_all_below(self.path).map_err(|e| OpenError::io(self.path, e))
    }
}
impl BackupVisitor for NewHome<'_> {
    fn facts(&mut self, envelopes: &[Envelope]) -> Result<(), Refused> {
        Ok(self.in_transaction(|new_home| new_home.add(envelopes))?)
    }
    fn object(&mut self, digest: Digest, bytes: &mut dyn Read) -> Result<(), Refused> {
        NewHome::object(self, digest, bytes).map(drop)
    }
    fn segment(&mut self, stream: StreamId, from: u64, bytes: &mut dyn Read) -> Result<(), Refused> {
        NewHome::segment(self, stream, from, bytes)
    }
}

/// Creates a home in an empty folder from a backup and opens it. If the backup is refused, the folder stays empty. A backup
/// with undeclared missing objects is refused.
///
/// # Errors
/// [`OpenError`] when the backup is refused or the home cannot be created.
pub fn restore(backup: impl Read, path: &Path, settings: Settings) -> Result<Home, OpenError> {
    restore_with(backup, path, settings, Gaps::Refuse).map(|(home, _)| home)
}

/// The same with a choice about missing objects; also returns the content of the backup.
///
/// # Errors
/// As for [`restore`].
pub fn restore_with(
    backup: impl Read,
    path: &Path,
    settings: Settings,
    gaps: Gaps,
) -> Result<(Home, BackedUp), OpenError> {
    if path.join("FORMAT").exists() {
        return Err(OpenError::Occupied { path: path.to_owned() });
    }
    layout::make_folders(path)?;
    let lock = HomeLock::take(path, layout::now(), settings.take_over)?;
    let made = fill(backup, path, &settings, gaps);
    lock.release();
    match made {
        Ok(found) => Ok((Home::open(path, settings)?, found)),
        Err(refused) => {
            layout::take_away(path);
            Err(refused)
        }
    }
}

fn fill(backup: impl Read, path: &Path, settings: &Settings, gaps: Gaps) -> Result<BackedUp, OpenError> {
    let mut new_home = NewHome::begin(path, settings)?;
    let found = read(backup, gaps, &mut new_home)?;
    new_home.in_transaction(NewHome::use_kept_traces)?;
    new_home.settle()?;
    drop(new_home);
    layout::write_format(path, settings)?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use hven_core::{
        ActorId, FactId, Time,
        envelope::{Header, Payload},
        run::CancelRequested,
    };

    use super::*;

    /// The chain alone does not ensure this, because the writer of a backup can construct a valid chain.
    #[test]
    fn a_fact_matches_its_header() {
        let fact = Fact::from(CancelRequested { run: RunId::from_u128(1) });
        let about = |subject| {
            let header = Header {
                seq: 1,
                id: FactId::from_u128(1),
                kind: fact.kind().to_owned(),
                version: fact.version(),
                time: Time::from_micros(1),
                actor: ActorId::SYSTEM,
                subject,
                key: None,
            };
            let bytes = fact.encode().expect("facts encode");
            Envelope::seal(&Digest::ZERO, header, Payload { salt: [1; 16], bytes })
        };
        let start = Head { seq: 0, hash: Digest::ZERO };
        let mut head = start;
        assert_eq!(follow(&about(fact.subject_bits()), &mut head).expect("it follows").as_ref(), Some(&fact));
        assert_eq!(head.seq, 1);
        for other in [Some(2), None] {
            let mut head = start;
            let refused = follow(&about(other), &mut head);
            assert!(matches!(&refused, Err(Refused::Damaged(why)) if why.contains("another subject")), "{refused:?}");
            assert_eq!(head, start);
        }
        let erased = Envelope { payload: None, ..about(Some(2)) };
        let mut head = start;
        assert!(follow(&erased, &mut head).is_ok_and(|fact| fact.is_none()), "only its header is left");
    }
}
