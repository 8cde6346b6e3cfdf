//! The rows of runs whose work is done elsewhere.

use hven_core::{Fact, RunId, run::State};

use super::{
    Changes, Seen,
    attempt_use::Reserved,
    changed_run::{ChangedRun, End, New},
    run_columns::{ERASED_PROJECT, command_line, count, handle_of, search_text},
    run_rows,
};
use crate::sql::SqlResult;

/// Adds the row of a run. It is running, and its metrics belong to its first attempt, which no runner has.
pub(super) fn opened(run: RunId, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
    let fact = match seen.fact {
        Some(Fact::RunOpened(fact)) => Some(fact),
        _ => None,
    };
    let handle = handle_of(fact.map(|fact| fact.handle), seen, changes)?;
    let project = fact.map_or(ERASED_PROJECT, |fact| fact.project.as_str());
    let command = fact.map(|fact| command_line(&fact.external.words())).unwrap_or_default();
    let name = fact.and_then(|fact| fact.name.as_deref());
    count(&mut changes.pending, project, State::Running, 1);
    let new = New {
        handle,
        name: name.map(str::to_owned),
        search: fact.map(|_| search_text(handle, name, &command, project)).unwrap_or_default(),
        command,
        submitted_by: seen.header.actor.to_bytes(),
        submitted: seen.header.time.micros(),
        cache_key: None,
        own_kind: None,
        question: None,
        recipe: None,
        task: None,
    };
    let row = ChangedRun::submitted(seen.seq(), project.to_owned(), Reserved::default(), new);
    let started = fact.map(|fact| fact.external.started.micros());
    run_rows::submitted(run, ChangedRun { state: State::Running, attempts: 1, started, ..row }, changes)
}

/// Ends the row of a run as its reporter said.
pub(super) fn closed(fact: Option<&Fact>, row: &mut ChangedRun, seen: &Seen<'_>) {
    let closed = match fact {
        Some(Fact::RunClosed(closed)) => Some(closed),
        _ => None,
    };
    row.state = closed.map_or(State::Lost, |closed| closed.end.state());
    let at = closed.map_or(seen.header.time, |closed| closed.ended).micros();
    // The clocks of two machines may disagree: then the duration is not known.
    let micros = row.started.and_then(|started| at.checked_sub(started)).filter(|micros| *micros >= 0);
    row.end = Some(Box::new(End {
        at,
        seq: seen.seq(),
        wall_s: micros.filter(|_| closed.is_some()).map(|micros| micros as f64 / 1e6),
        outcome: closed.map(|closed| closed.end.recorded().to_string()),
        outputs: 0,
        cpu_s: None,
        memory_max_bytes: None,
    }));
}
