//! Operations on a home that no server uses. They take the lock of the home themselves.

use std::{
    fs::File,
    io::{self, BufReader, Read, Write},
    path::Path,
    sync::mpsc,
    time::Duration,
};

use anyhow::Context;
use hven_api::facts::Audit;
use hven_app::ports::{
    Backup, Catalogue, Objects, Record,
    page::{ListFilter, ListQuery},
    record::{DamagedObject, ReadSoFar},
};
use hven_client::Failure;
use hven_core::access::Scope;
use hven_record::{BackedUp, ExportError, Exported, Gaps, Healing, Home, Imported, Settings, Step};
use hven_terminal::{Check, formats};

use super::{
    open::{database_setting, write_privately},
    record_errors::{export_failure, failure},
};
use crate::{home::permissions, recorded_units::OldUnits};

/// Opens an existing home, calls `act`, and closes the home in any case.
fn with_home<T>(path: &Path, database: &str, act: impl FnOnce(&Home) -> anyhow::Result<T>) -> anyhow::Result<T> {
    write_privately();
    let settings = Settings { database: database_setting(database), ..Settings::default() };
    let home = Home::open(path, settings).map_err(|error| failure(&error))?;
    let done = act(&home);
    let closed = home.close().context("the home could not be closed");
    let done = done?;
    closed.map(|()| done)
}

const REPORT_EVERY: Duration = Duration::from_millis(200);

/// Takes the home's lock and verifies the record and the objects. `report` receives the progress.
pub fn verify(path: &Path, database: &str, report: &mut dyn FnMut(ReadSoFar)) -> anyhow::Result<Audit> {
    with_home(path, database, |home| {
        let (done, found) = mpsc::channel();
        let verifying = std::thread::spawn({
            let home = home.clone();
            move || -> anyhow::Result<()> {
                let runtime = tokio::runtime::Builder::new_current_thread().build()?;
                done.send(runtime.block_on(home.verify(true))).context("the receiver of the result is gone")
            }
        });
        loop {
            match found.recv_timeout(REPORT_EVERY) {
                Ok(found) => return Ok(hven_server::audit(found?)),
                Err(mpsc::RecvTimeoutError::Timeout) => home.verifying().into_iter().for_each(&mut *report),
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    let ended = verifying.join().map_err(|_| anyhow::anyhow!("the verification ended badly"))?;
                    return Err(ended.err().unwrap_or_else(|| anyhow::anyhow!("the verification returned no result")));
                }
            }
        }
    })
}

/// Takes the home's lock and restores missing or damaged objects. `from` is a further source: a backup, an export or
/// another home.
pub fn heal(path: &Path, database: &str, from: Option<&Path>) -> anyhow::Result<Healing> {
    with_home(path, database, |home| Ok(home.heal(from)?))
}

/// Takes the home's lock and checks the record. `rebuild`: also recompute every view, compare, and replace the views if
/// they differ.
pub fn examine(path: &Path, database: &str, rebuild: bool) -> anyhow::Result<Vec<Check>> {
    let audit = verify(path, database, &mut |_| ())?;
    let mut checks = vec![match &audit.broken {
        None => Check::ok("record", format!("{} facts, every link holds", audit.facts)),
        Some(broken) => Check::problem(
            "record",
            format!("fact {}: {}", broken.seq, broken.why),
            "keep this home as it is and restore a backup into another folder: `hven restore`",
        ),
    }];
    // Most homes have no unreadable payloads, and need no check for them.
    if let Some(first) = audit.unreadable.first() {
        let found = format!(
            "{} cannot be read, first {} ({}): {}",
            formats::counted(audit.unreadable_total, "payload", "payloads"),
            first.seq,
            first.kind,
            first.why
        );
        let erase = format!("what it says is lost; `hven redact --fact {} --because …` erases it", first.seq);
        checks.push(Check::problem("facts", found, erase));
    }
    checks.push(match audit.objects_damaged.first() {
        None => Check::ok("objects", formats::objects_read(&audit)),
        Some(first) => {
            let what =
                first.what.as_ref().map_or_else(|| first.digest.clone(), |what| format!("{what} ({})", first.digest));
            let lost = formats::counted(audit.objects_damaged.len() as u64, "object is", "objects are");
            Check::problem(
                "objects",
                format!("{lost} missing or damaged, first {what}: {}; {}", first.why, formats::objects_read(&audit)),
                "`hven doctor --heal --from BACKUP` takes them from a backup, an export or another home",
            )
        }
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
        return Ok(Check::ok(
            "views",
            format!("{rows} rows of {tables} tables rebuilt from {} facts: equal", comparison.facts),
        ));
    };
    let found = format!("{} {}: {} instead of {}", first.table, first.place, first.present, first.rebuilt);
    home.rebuild_views(Box::new(|_| ()))?;
    Ok(Check::problem("views", found, "the views were rebuilt from the facts; please report this as a bug"))
}

/// Takes the home's lock and finds datasets whose recorded unit new input would not say.
pub fn old_units(path: &Path, database: &str) -> anyhow::Result<Vec<OldUnits>> {
    /// A longer report has no readable schema in its beginning, and its dataset is left out.
    const REPORT_BYTES_MAX: usize = 64 << 20;
    const PAGE: usize = 200;
    with_home(path, database, |home| {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        runtime.block_on(async {
            let mut found = Vec::new();
            let mut filter = ListFilter { limit: PAGE, ..ListFilter::default() };
            loop {
                let page = home.datasets(&ListQuery { scopes: vec![Scope::Home], filter: filter.clone() }).await?;
                let names: Vec<_> = page.items.into_iter().map(|one| (one.version.project, one.version.name)).collect();
                for dataset in home.dataset_versions(&names).await? {
                    let report = Objects::head(home, dataset.version.report, REPORT_BYTES_MAX).await?;
                    let report = report.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
                    found.extend(OldUnits::of(dataset.reference(), &report));
                }
                filter.cursor = page.next;
                if filter.cursor.is_none() {
                    return anyhow::Ok(found);
                }
            }
        })
    })
}

/// Takes the home's lock and writes a backup. Returns its size in bytes.
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

/// Reads a backup and checks its whole content.
pub fn check_backup(backup: impl Read) -> anyhow::Result<BackedUp> {
    hven_record::check_backup(backup).map_err(|error| failure(&error))
}

/// Creates a home in `folder` from a backup, with a record in SQLite, and verifies it. Returns the number of facts, and
/// the objects that the backup lacks.
pub fn restore(file: &Path, folder: &Path, incomplete: bool) -> anyhow::Result<(u64, Vec<DamagedObject>)> {
    let archive = File::open(file).map_err(|e| {
        Failure::new("file.missing", format!("the backup {} cannot be read: {e}", file.display()))
            .hint("look at the path")
    })?;
    write_privately();
    permissions::close_if_empty(folder)?;
    let gaps = if incomplete { Gaps::Accept } else { Gaps::Refuse };
    let restored = hven_record::restore_with(BufReader::new(archive), folder, Settings::default(), gaps);
    let (home, found) = restored.map_err(|error| failure(&error))?;
    let facts = home.head().seq;
    home.close()?;
    Ok((facts, found.missing))
}

/// Exports a home as plain files. The input is a backup of the home.
pub fn export(backup: impl Read, folder: &Path, report: &mut dyn FnMut(Step)) -> anyhow::Result<Exported> {
    write_privately();
    hven_record::export(backup, folder, report).map_err(|error| export_failure(&error))
}

/// Creates a home from an export. The home must not exist yet.
pub fn import(folder: &Path, home: &Path, database: &str, report: &mut dyn FnMut(Step)) -> anyhow::Result<Imported> {
    write_privately();
    permissions::close_if_empty(home)?;
    let settings = Settings { database: database_setting(database), ..Settings::default() };
    hven_record::import(folder, home, &settings, report).map_err(|error| match error {
        ExportError::NotEmpty { .. } => Failure::new("home.exists", error.to_string()).hint(error.hint()).into(),
        other => export_failure(&other),
    })
}
