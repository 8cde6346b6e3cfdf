//! What is done to a home that no server has open: these take its lock themselves.

use std::{
    fs::File,
    io::{self, BufReader, Read, Write},
    path::Path,
};

use anyhow::Context;
use hven_api::facts::{Audit, BrokenFact, DamagedObject, UnreadableFact};
use hven_app::ports::{Backup, Record};
use hven_record::{ExportError, Exported, Home, Imported, Settings, Step};

use super::{database_setting, export_failure, failure};
use crate::{
    failure::Failure,
    output::{Check, words},
};

/// Opens a home that is there, does something with it, and closes it in any case.
fn with_home<T>(path: &Path, database: &str, act: impl FnOnce(&Home) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let settings = Settings { database: database_setting(database), ..Settings::default() };
    let home = Home::open(path, settings).map_err(|error| failure(&error))?;
    let done = act(&home);
    let closed = home.close().context("the home could not be closed");
    let done = done?;
    closed.map(|()| done)
}

/// Takes the home's lock and verifies record and objects.
pub fn verify(path: &Path, database: &str) -> anyhow::Result<Audit> {
    with_home(path, database, |home| {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let found = runtime.block_on(home.verify(true))?;
        Ok(Audit {
            schema: "hven.audit/1".to_owned(),
            sound: found.is_sound(),
            facts: found.facts,
            erased: found.erased,
            head: found.head.to_string(),
            broken: found.broken.map(|(seq, why)| BrokenFact { seq, why }),
            objects_checked: found.objects_checked,
            objects_damaged: found
                .objects_damaged
                .into_iter()
                .map(|(digest, why)| DamagedObject { digest: digest.to_string(), why })
                .collect(),
            unreadable: found
                .unreadable
                .into_iter()
                .map(|one| UnreadableFact { seq: one.seq, kind: one.kind, why: one.why })
                .collect(),
            unreadable_total: found.unreadable_total,
        })
    })
}

/// Takes the home's lock and looks at the record; `rebuild`: computes every view anew, compares, and puts the new ones
/// in place when they differ.
pub fn examine(path: &Path, database: &str, rebuild: bool) -> anyhow::Result<Vec<Check>> {
    let audit = verify(path, database)?;
    let mut checks = vec![match &audit.broken {
        None => Check::well("record", format!("{} facts, every link holds", audit.facts)),
        Some(broken) => Check::ill(
            "record",
            format!("fact {}: {}", broken.seq, broken.why),
            "keep this home as it is and restore a backup into another folder: `hven restore`",
        ),
    }];
    // Most homes have none of them, and then there is nothing to say.
    if let Some(first) = audit.unreadable.first() {
        let found = format!(
            "{} cannot be read, first {} ({}): {}",
            words::counted(audit.unreadable_total, "payload", "payloads"),
            first.seq,
            first.kind,
            first.why
        );
        let erase = format!("what it says is lost; `hven redact --fact {} --because …` erases it", first.seq);
        checks.push(Check::ill("facts", found, erase));
    }
    checks.push(match audit.objects_damaged.first() {
        None => Check::well("objects", format!("{} read, all as their digests say", audit.objects_checked)),
        Some(first) => Check::ill(
            "objects",
            format!(
                "{} of {}, first {}: {}",
                audit.objects_damaged.len(),
                audit.objects_checked,
                first.digest,
                first.why
            ),
            "take these objects from a backup",
        ),
    });
    if rebuild {
        checks.push(with_home(path, database, examine_views)?);
    }
    Ok(checks)
}

fn examine_views(home: &Home) -> anyhow::Result<Check> {
    let comparison = home.check_views(&mut |_| ())?;
    let rows: u64 = comparison.rows.iter().map(|(_, rows)| rows).sum();
    let Some(first) = comparison.differences.first() else {
        let tables = comparison.rows.len();
        return Ok(Check::well(
            "views",
            format!("{rows} rows of {tables} tables built anew from {} facts: equal", comparison.facts),
        ));
    };
    let found = format!("{} {}: {} instead of {}", first.table, first.place, first.present, first.rebuilt);
    home.rebuild_views(Box::new(|_| ()))?;
    Ok(Check::ill("views", found, "the views were built anew from the facts; please tell us how this came about"))
}

/// Takes the home's lock and writes a backup; answers how many bytes.
pub fn backup(path: &Path, database: &str, sink: &mut dyn Write) -> anyhow::Result<u64> {
    with_home(path, database, |home| {
        let mut counted = Counted { sink, bytes: 0 };
        Backup::write(home, &mut counted)?;
        Ok(counted.bytes)
    })
}

struct Counted<'s> {
    sink: &'s mut dyn Write,
    bytes: u64,
}

impl Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.sink.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

/// Makes a home in `folder` from a backup, its record in SQLite, verified; answers how many facts it has.
pub fn restore(file: &Path, folder: &Path) -> anyhow::Result<u64> {
    let archive = File::open(file).map_err(|e| {
        Failure::new("file.missing", format!("the backup {} cannot be read: {e}", file.display()))
            .hint("look at the path")
    })?;
    let home =
        hven_record::restore(BufReader::new(archive), folder, Settings::default()).map_err(|error| failure(&error))?;
    let facts = home.head().seq;
    home.close()?;
    Ok(facts)
}

/// Writes plain files of a home, which comes as its backup.
pub fn export(backup: impl Read, folder: &Path, tell: &mut dyn FnMut(Step)) -> anyhow::Result<Exported> {
    hven_record::export(backup, folder, tell).map_err(|error| export_failure(&error))
}

/// Makes a home of an export. The home must not be there yet.
pub fn import(folder: &Path, home: &Path, database: &str, tell: &mut dyn FnMut(Step)) -> anyhow::Result<Imported> {
    let settings = Settings { database: database_setting(database), ..Settings::default() };
    hven_record::import(folder, home, &settings, tell).map_err(|error| match error {
        ExportError::NotEmpty { .. } => Failure::new("home.exists", error.to_string()).hint(error.hint()).into(),
        other => export_failure(&other),
    })
}
