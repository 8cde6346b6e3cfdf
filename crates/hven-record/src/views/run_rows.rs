//! The rows of runs and attempts while a transaction changes them.
//!
//! Several facts of a run are often in one transaction: a task of a few milliseconds is submitted, started and finished
//! within it. Therefore this module keeps the rows in memory and writes them once, at the end of the transaction.

use std::collections::hash_map::Entry;

use hven_core::RunId;

use super::{
    Changes, attempt_use::Reserved, changed_run::ChangedRun, pending::PendingChanges, run_state::state_from_int,
};
use crate::sql::{Connection, SqlResult};

/// The state of a run, to be changed and written at the end of the transaction. `None`: the run is unknown.
pub(super) fn touched<'a>(
    run: RunId,
    sql: &mut Connection,
    pending: &'a mut PendingChanges,
) -> SqlResult<Option<&'a mut ChangedRun>> {
    let changed_run = match pending.changed_runs.entry(run) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(unknown) => match load(run, sql)? {
            Some(changed_run) => unknown.insert(changed_run),
            None => return Ok(None),
        },
    };
    if !changed_run.is_touched {
        changed_run.is_touched = true;
        pending.touched.push(run);
    }
    Ok(Some(changed_run))
}

/// Adds the row of a run. If an unwritten row has the same id, it is another run: Hven never submits a run twice, but a
/// record from another program may contain such facts, and the view shows them as they are.
pub(super) fn submitted(run: RunId, mut changed_run: ChangedRun, changes: &mut Changes<'_>) -> SqlResult<()> {
    if changes.pending.changed_runs.get(&run).is_some_and(|other| other.is_touched) {
        write(changes)?;
    }
    changed_run.is_touched = true;
    changes.pending.changed_runs.insert(run, changed_run);
    changes.pending.touched.push(run);
    Ok(())
}

fn load(run: RunId, sql: &mut Connection) -> SqlResult<Option<ChangedRun>> {
    let find = "SELECT seq, project, state, attempts, runner, started, software_seq, own_kind, archived, \
                earlier_wall_s, earlier_cpu_s, cpus, memory_bytes, named, files_added, deleted_seq FROM runs WHERE id = ?1";
    sql.first(find, &[(&run.to_bytes()).into()], |row| {
        Ok(ChangedRun {
            seq: row.int(0)?,
            project: row.text(1)?,
            state: state_from_int(row.int(2)?)?,
            attempts: row.int(3)? as u32,
            runner: row.array_or_null(4)?,
            started: row.int_or_null(5)?,
            software_seq: row.int_or_null(6)?,
            is_own: row.text_or_null(7)?.is_some(),
            archived: row.int(8)? == 1,
            deleted_seq: row.int_or_null(15)?,
            is_deletion_written: row.int_or_null(15)?.is_some(),
            files_added: row.uint(14)?,
            earlier_wall_s: row.real_or_null(9)?.unwrap_or(0.0),
            earlier_cpu_s: row.real_or_null(10)?.unwrap_or(0.0),
            reserved: Reserved { cpus: row.int(11)? as u32, memory_bytes: row.uint(12)?, named: row.text_or_null(13)? },
            end: None,
            new: None,
            started_attempts: Vec::new(),
            uncounted: Vec::new(),
            is_touched: false,
        })
    })
}

/// Writes all changed rows, in the order of their changes.
pub(super) fn write(changes: &mut Changes<'_>) -> SqlResult<()> {
    let Changes { sql, pending } = changes;
    for run in std::mem::take(&mut pending.touched) {
        let Some(changed_run) = pending.changed_runs.get_mut(&run) else { continue };
        changed_run.write(run, sql)?;
        for used in changed_run.uncounted.drain(..) {
            pending.use_changes.add(&used);
        }
        // Few facts follow the end of a run, so its state need not stay in memory.
        if changed_run.state.is_final() {
            pending.changed_runs.remove(&run);
        }
    }
    Ok(())
}
