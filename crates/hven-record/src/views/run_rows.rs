//! The rows of runs and attempts while a transaction changes them.
//!
//! A run's facts often come together: a task that takes milliseconds is submitted, started and finished within one
//! transaction. So its rows are kept here, changed by one fact after the other, and written once, at the transaction's end.

use std::collections::hash_map::Entry;

use hven_core::RunId;

use super::{Changes, gathered::Gathered, run_state::state_from_int, standing::Standing};
use crate::sql::{Connection, SqlResult};

/// A run's standing, to be changed and written at the transaction's end. `None`: the run is not known.
pub(super) fn touched<'a>(
    run: RunId,
    sql: &mut Connection,
    gathered: &'a mut Gathered,
) -> SqlResult<Option<&'a mut Standing>> {
    let standing = match gathered.standing.entry(run) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(unknown) => match load(run, sql)? {
            Some(standing) => unknown.insert(standing),
            None => return Ok(None),
        },
    };
    if !standing.is_touched {
        standing.is_touched = true;
        gathered.touched.push(run);
    }
    Ok(Some(standing))
}

/// Begins the row of a run. A row of the same name that is not written yet is another's: no run is submitted twice, but what
/// somebody else's record holds is shown as it is.
pub(super) fn submitted(run: RunId, mut standing: Standing, changes: &mut Changes<'_>) -> SqlResult<()> {
    if changes.gathered.standing.get(&run).is_some_and(|other| other.is_touched) {
        write(changes)?;
    }
    standing.is_touched = true;
    changes.gathered.standing.insert(run, standing);
    changes.gathered.touched.push(run);
    Ok(())
}

fn load(run: RunId, sql: &mut Connection) -> SqlResult<Option<Standing>> {
    let find = "SELECT seq, project, state, attempts, runner, started, software_seq, own_kind, archived FROM runs \
                WHERE id = ?1";
    sql.first(find, &[(&run.to_bytes()).into()], |row| {
        Ok(Standing {
            seq: row.int(0)?,
            project: row.text(1)?,
            state: state_from_int(row.int(2)?)?,
            attempts: row.int(3)? as u32,
            runner: row.array_or_null(4)?,
            started: row.int_or_null(5)?,
            software_seq: row.int_or_null(6)?,
            is_own: row.text_or_null(7)?.is_some(),
            archived: row.int(8)? != 0,
            end: None,
            new: None,
            begun: Vec::new(),
            is_touched: false,
        })
    })
}

/// Writes all rows that were changed, in the order in which they were.
pub(super) fn write(changes: &mut Changes<'_>) -> SqlResult<()> {
    let Changes { sql, gathered } = changes;
    for run in std::mem::take(&mut gathered.touched) {
        let Some(standing) = gathered.standing.get_mut(&run) else { continue };
        standing.write(run, sql)?;
        // What has ended is hardly spoken of again: it need not be remembered.
        if standing.state.is_final() {
            gathered.standing.remove(&run);
        }
    }
    Ok(())
}
