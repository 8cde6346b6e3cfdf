//! Creates a home from an export: imports facts, objects and unsealed streams, and checks all other files.
//!
//! The home grows next to its final path, as `.NAME.importing`, and is renamed when it is complete: a killed process leaves
//! no home. The rest of an earlier import is removed first. With PostgreSQL, one transaction contains the facts, and is
//! committed last.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, Read},
    os::unix::fs::MetadataExt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Component, Path, PathBuf},
};

use hven_app::ports::record::Head;
use hven_core::{Digest, envelope::Envelope};

use super::{
    ExportError, FACTS, FORMAT, MANIFEST, Manifest, SCHEMA, SUMS, Step, facts::FactRows, folder::is_unfinished,
};
use crate::{
    backup_format::FACTS_AT_ONCE,
    errors::OpenError,
    layout,
    lock::HomeLock,
    objects::hash,
    restore::{self, NewHome, Refused},
    series::PartError,
    settings::Settings,
    sql::SqlError,
};

/// The result of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Imported {
    pub head: Head,
    pub objects: u64,
    /// Objects that the home had lost before the export.
    pub objects_missing: u64,
    pub bytes: u64,
}

/// The maximum size of the manifest and of the list of files: a line for each of ten million files.
const MANIFEST_BYTES_MAX: u64 = 1 << 30;

/// Creates a home at `home`, which must not exist or be empty, from the export in `folder`.
pub fn import(
    folder: &Path,
    home: &Path,
    settings: &Settings,
    progress: &mut dyn FnMut(Step),
) -> Result<Imported, ExportError> {
    let export = Export::open(folder)?;
    let target = Target::take(home)?;
    if target.is_whole_but_for_its_name() && export.is_in(&target.growing, settings)? {
        // An earlier import was killed between the last commit and the renaming.
        let found = export.imported(export.manifest.bytes);
        return target.settle().map(|()| found);
    }
    target.clear()?;
    layout::make_folders(&target.growing)?;
    let lock = HomeLock::take(&target.growing, layout::now(), settings.take_over)?;
    let outcome = export.take_into(&target.growing, settings, progress);
    let found = match outcome {
        Ok(found) => found,
        Err(e) => {
            drop(lock);
            target.give_up();
            return Err(match e {
                ExportError::Open(OpenError::Occupied { .. }) => ExportError::DatabaseTaken { path: home.to_owned() },
                other => other,
            });
        }
    };
    lock.release();
    target.settle()?;
    Ok(found)
}

/// The final path of the home, and the path where it grows.
struct Target {
    home: PathBuf,
    growing: PathBuf,
}

impl Target {
    fn take(home: &Path) -> Result<Self, ExportError> {
        let occupied = || ExportError::NotEmpty { path: home.to_owned() };
        match fs::read_dir(home) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) if e.kind() == io::ErrorKind::NotADirectory => return Err(occupied()),
            Err(e) => return Err(ExportError::io(home, e)),
            Ok(mut entries) => {
                if entries.next().is_some() {
                    return Err(occupied());
                }
            }
        }
        let name = home.file_name().ok_or_else(occupied)?.to_string_lossy().into_owned();
        let growing = home.with_file_name(format!(".{name}.importing"));
        Ok(Self { home: home.to_owned(), growing })
    }

    fn is_whole_but_for_its_name(&self) -> bool {
        self.growing.join("FORMAT").exists()
    }

    /// Removes the rest of an earlier import, unless that import is still running.
    fn clear(&self) -> Result<(), ExportError> {
        let io = |e| ExportError::io(&self.growing, e);
        if let Some(parent) = self.growing.parent() {
            fs::create_dir_all(parent).map_err(|e| ExportError::io(parent, e))?;
        }
        if !self.growing.exists() {
            return Ok(());
        }
        let lock = HomeLock::take(&self.growing, layout::now(), true)?;
        fs::remove_dir_all(&self.growing).map_err(io)?;
        drop(lock);
        Ok(())
    }

    fn give_up(&self) {
        if let Err(e) = fs::remove_dir_all(&self.growing) {
            tracing::warn!(path = %self.growing.display(), error = %e, "the unfinished import could not be removed");
        }
    }

    fn settle(&self) -> Result<(), ExportError> {
        let io = |e| ExportError::io(&self.home, e);
        fs::rename(&self.growing, &self.home).map_err(io)?;
        let parent = self.home.parent().filter(|parent| !parent.as_os_str().is_empty());
        File::open(parent.unwrap_or(Path::new("."))).and_then(|parent| parent.sync_all()).map_err(io)
    }
}

/// An export with its manifest.
struct Export<'a> {
    root: &'a Path,
    manifest: Manifest,
    sums: Vec<(String, Digest)>,
}

impl<'a> Export<'a> {
    fn open(root: &'a Path) -> Result<Self, ExportError> {
        let damaged = |why: String| ExportError::Damaged { path: root.to_owned(), why };
        let io = |e| ExportError::io(root, e);
        let text = match File::open(root.join(MANIFEST)) {
            Ok(file) => read_text(file).map_err(|e| damaged(format!("{MANIFEST}: {e}")))?,
            Err(e) if e.kind() == io::ErrorKind::NotFound && is_unfinished(root) => {
                return Err(ExportError::Unfinished { path: root.to_owned() });
            }
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Err(ExportError::Absent { path: root.to_owned() });
            }
            Err(e) => return Err(io(e)),
        };
        // Read only the number of the format, because the rest of a newer manifest may differ.
        let format: serde_json::Value =
            serde_json::from_str(&text).map_err(|e| damaged(format!("{MANIFEST} cannot be read: {e}")))?;
        if let Some(found) = format["format"].as_u64().filter(|&found| found > u64::from(FORMAT)) {
            let found = u32::try_from(found).unwrap_or(u32::MAX);
            return Err(ExportError::Newer { path: root.to_owned(), found, known: FORMAT });
        }
        let manifest: Manifest =
            serde_json::from_value(format).map_err(|e| damaged(format!("{MANIFEST} cannot be read: {e}")))?;
        if manifest.schema != SCHEMA || manifest.format == 0 {
            return Err(damaged(format!("{MANIFEST} is that of something else: {}", manifest.schema)));
        }
        let sums = File::open(root.join(SUMS)).and_then(read_text).map_err(|e| damaged(format!("{SUMS}: {e}")))?;
        if Digest::of(sums.as_bytes()) != manifest.sums {
            return Err(damaged(format!("{SUMS} is not the list that {MANIFEST} names")));
        }
        let sums: Vec<(String, Digest)> = sums
            .lines()
            .map(|line| {
                let (digest, path) = line.split_once("  ")?;
                Some((path.to_owned(), digest.parse().ok()?))
            })
            .collect::<Option<_>>()
            .ok_or_else(|| damaged(format!("{SUMS} cannot be read")))?;
        Ok(Self { root, manifest, sums })
    }

    fn imported(&self, bytes: u64) -> Imported {
        let Manifest { objects, objects_missing, .. } = &self.manifest;
        Imported { head: self.head(), objects: *objects, objects_missing: objects_missing.len() as u64, bytes }
    }

    fn head(&self) -> Head {
        Head { seq: self.manifest.head_seq, hash: self.manifest.head_hash }
    }

    fn damaged(&self, why: impl Into<String>) -> ExportError {
        ExportError::Damaged { path: self.root.to_owned(), why: why.into() }
    }

    /// Whether the unfinished import in a folder contains exactly this record.
    fn is_in(&self, growing: &Path, settings: &Settings) -> Result<bool, ExportError> {
        let store = |e: SqlError| ExportError::store(growing, e);
        let mut sql = settings.database.connect(growing, crate::sql::Purpose::Write).map_err(store)?;
        crate::facts::create_tables(&mut sql).map_err(store)?;
        let (seq, hash) = crate::facts::head(&mut sql).map_err(store)?;
        Ok(Head { seq, hash } == self.head())
    }

    fn take_into(
        &self,
        growing: &Path,
        settings: &Settings,
        progress: &mut dyn FnMut(Step),
    ) -> Result<Imported, ExportError> {
        let mut new_home = NewHome::begin(growing, settings)?;
        let store = |e: SqlError| ExportError::store(growing, e);
        new_home.sql.begin().map_err(store)?;
        self.take_facts(&mut new_home, progress)?;
        new_home.use_kept_traces()?;
        let bytes = self.take_files(&mut new_home, progress)?;
        new_home.settle()?;
        layout::write_format(growing, settings)?;
        new_home.sql.commit().map_err(store)?;
        drop(new_home);
        crate::objects::sync_all_below(growing).map_err(|e| ExportError::io(growing, e))?;
        Ok(self.imported(bytes))
    }

    /// Imports the facts; an error names the first invalid fact.
    fn take_facts(&self, new_home: &mut NewHome<'_>, progress: &mut dyn FnMut(Step)) -> Result<(), ExportError> {
        let of = Some(self.manifest.head_seq);
        let mut head = Head { seq: 0, hash: Digest::ZERO };
        let unreadable = |seq: u64, why: &str| self.damaged(format!("fact {} cannot be read: {why}", seq + 1));
        let mut rows = guarded(|| FactRows::open(self.open_file(FACTS)?))
            .map_err(|why| self.damaged(format!("{FACTS} cannot be read: {why}")))?;
        loop {
            let next = guarded(|| rows.next()).map_err(|why| unreadable(head.seq, &why))?;
            let Some(group) = next else { break };
            let envelopes = group.map_err(|row| unreadable(head.seq + row as u64, "a cell has another type"))?;
            for some in envelopes.chunks(FACTS_AT_ONCE) {
                self.follow(some, &mut head)?;
                new_home.add(some)?;
                progress(Step { what: "facts", done: head.seq, of });
            }
        }
        if head == self.head() {
            Ok(())
        } else {
            Err(self.damaged(format!("it ends at fact {}, but should at {}", head.seq, self.manifest.head_seq)))
        }
    }

    fn follow(&self, envelopes: &[Envelope], head: &mut Head) -> Result<(), ExportError> {
        envelopes.iter().try_for_each(|envelope| restore::follow(envelope, head).map(drop)).map_err(|e| self.refused(e))
    }

    fn refused(&self, e: Refused) -> ExportError {
        match e {
            Refused::Open(e) => ExportError::Open(e),
            Refused::Read(e) => self.damaged(e.to_string()),
            Refused::Damaged(why) => self.damaged(why),
            incomplete @ Refused::Incomplete(_) => ExportError::Open(incomplete.into()),
        }
    }

    /// Checks every listed file, and imports those that belong to a home.
    fn take_files(&self, new_home: &mut NewHome<'_>, progress: &mut dyn FnMut(Step)) -> Result<u64, ExportError> {
        let of = Some(self.sums.len() as u64);
        // Hard links to checked files need no second check.
        let mut checked: HashMap<(u64, u64), Digest> = HashMap::new();
        let mut objects = 0;
        let mut bytes = 0;
        let (first, rest): (Vec<_>, Vec<_>) = self.sums.iter().partition(|(path, _)| path.starts_with("objects/"));
        for (done, (path, digest)) in first.into_iter().chain(rest).enumerate() {
            progress(Step { what: "files", done: done as u64, of });
            let mut file = self.open_file(path).map_err(|e| self.damaged(describe_error(path, &e.into())))?;
            let found = file.metadata().map_err(|e| ExportError::io(self.root.join(path), e))?;
            let target = (found.dev(), found.ino());
            if checked.get(&target) == Some(digest) {
                continue;
            }
            let parts: Vec<&str> = path.split('/').collect();
            match parts.as_slice() {
                ["objects", _, name] => {
                    let wanted: Digest =
                        name.parse().map_err(|_| self.damaged(format!("{path} has no digest for a name")))?;
                    bytes += new_home.object(wanted, &mut file).map_err(|e| self.refused(e))?;
                    objects += 1;
                }
                ["unsealed", run, name] => {
                    let (stream, from) = restore::stream_named(run, name)
                        .ok_or_else(|| self.damaged(format!("{path} has no stream for a name")))?;
                    self.check(path, digest, &mut file)?;
                    let mut again = self.open_file(path).map_err(|e| self.damaged(describe_error(path, &e.into())))?;
                    new_home.segment(stream, from, &mut again).map_err(|e| self.refused(e))?;
                }
                _ => self.check(path, digest, &mut file)?,
            }
            checked.insert(target, *digest);
        }
        if objects == self.manifest.objects {
            Ok(bytes)
        } else {
            Err(self.damaged(format!("it lists {objects} objects, but should {}", self.manifest.objects)))
        }
    }

    fn check(&self, path: &str, wanted: &Digest, file: &mut dyn Read) -> Result<(), ExportError> {
        match hash(file) {
            Ok((found, _)) if found == *wanted => Ok(()),
            Ok(_) => Err(self.damaged(format!("{path} has other bytes than were exported"))),
            Err(e) => Err(self.damaged(describe_error(path, &e))),
        }
    }

    /// Opens a regular file inside the export.
    fn open_file(&self, path: &str) -> Result<File, PartError> {
        let refuse = |why: &str| PartError::Parquet(why.to_owned());
        let below = Path::new(path);
        if !below.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(refuse("it is outside the export"));
        }
        let path = self.root.join(below);
        if !fs::symlink_metadata(&path)?.is_file() {
            return Err(refuse("it is no file"));
        }
        Ok(File::open(path)?)
    }
}

fn describe_error(path: &str, e: &io::Error) -> String {
    if e.kind() == io::ErrorKind::NotFound {
        format!("{path} is missing")
    } else {
        format!("{path} cannot be read: {e}")
    }
}

fn read_text(file: File) -> io::Result<String> {
    let mut text = String::new();
    file.take(MANIFEST_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}

/// Reads a Parquet file from an untrusted source. The Parquet library can panic on some invalid files; a panic means that
/// the file is unreadable.
fn guarded<T>(read: impl FnOnce() -> Result<T, PartError>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(read) => read.map_err(|e| e.to_string()),
        Err(_) => Err("it is not a readable Parquet file".to_owned()),
    }
}
