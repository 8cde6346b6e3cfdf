//! The tables of runs and their attempts. Long and rarely used data (the spec, results, the environment) stays in the facts;
//! rows contain the numbers of these facts.

use hven_core::{Fact, RunId, Time, catalogue::Purpose, envelope::Header, fact::kind, question::Question, run::State};

use super::{
    Changes, Edges, Partition, Seen, Table, View, added_files,
    attempt_use::{AttemptUse, Reserved},
    changed_run::{ChangedRun, End, New},
    external_runs, kinds,
    run_columns::{ERASED_PROJECT, command_line, count, handle_of, search_text},
    run_edges::EDGES,
    run_rows,
    run_state::state_from_int,
    use_changes,
};
use crate::sql::{
    ColumnKind::{Bytes, Int, Real, Text},
    Connection, SqlResult,
};

pub(crate) struct Runs;

const TABLES: &[Table] = &[
    Table {
        name: "runs",
        columns: &[
            ("seq", Int),
            ("id", Bytes),
            ("handle", Int),
            ("project", Text),
            ("name", Text),
            ("command", Text),
            ("search", Text),
            ("submitted_by", Bytes),
            ("submitted", Int),
            ("cache_key", Bytes),
            ("state", Int),
            ("attempts", Int),
            ("runner", Bytes),
            ("started", Int),
            ("ended", Int),
            ("ended_seq", Int),
            ("wall_s", Real),
            ("outcome", Text),
            ("outputs", Int),
            ("cpu_s", Real),
            ("memory_max_bytes", Int),
            ("software_seq", Int),
            // Set for a run that Hven started for its own check.
            ("own_kind", Text),
            // The question of the run; none for a run that checks another run.
            ("question", Text),
            // The name of its recipe; none for a command.
            ("recipe", Text),
            // 1 if lists omit the run, 2 if it was deleted.
            ("archived", Int),
            // The cores that it reserves. The last columns are the memory and the named resources.
            ("cpus", Int),
            // The time and the processor time of the attempts before its last one.
            ("earlier_wall_s", Real),
            ("earlier_cpu_s", Real),
            // The number of the task in its array; none for a run by itself.
            ("task", Int),
            ("memory_bytes", Int),
            // As a JSON object; none without named resources.
            ("named", Text),
            // The number of files that were added before its end, by path, in addition to the outputs of its result.
            ("files_added", Int),
            ("deleted_seq", Int),
        ],
        definition: "PRIMARY KEY (seq))",
        indexes: &[
            "runs_id ON runs (id)",
            "runs_handle ON runs (handle)",
            "runs_cache_key ON runs (cache_key) WHERE cache_key IS NOT NULL",
            "runs_unfinished ON runs (seq) WHERE ended_seq IS NULL",
            "runs_ended ON runs (state, seq) WHERE ended_seq IS NOT NULL",
            "runs_step ON runs (project, name, seq) WHERE name IS NOT NULL",
            "runs_question ON runs (project, question, seq) WHERE question IS NOT NULL",
            "runs_archived ON runs (seq) WHERE archived = 1",
            "runs_alone ON runs (seq) WHERE task IS NULL",
            "runs_with_process ON runs (seq) WHERE started IS NOT NULL AND ended_seq IS NULL",
        ],
        key_columns: 1,
    },
    Table {
        name: "attempts",
        columns: &[
            ("run", Bytes),
            ("number", Int),
            ("runner", Bytes),
            ("started", Int),
            ("started_seq", Int),
            ("ended", Int),
            ("ended_seq", Int),
            // When it had a process, what it reserved in this time, and the processor time; none if it had no process.
            ("used_from", Int),
            ("used_until", Int),
            ("cpus", Int),
            ("memory_bytes", Int),
            ("named", Text),
            ("cpu_s", Real),
            // While its process runs: the named units that it has, as JSON.
            ("units", Text),
        ],
        definition: "PRIMARY KEY (run, number)) {by key}",
        indexes: &[],
        key_columns: 2,
    },
    Table {
        name: "run_counts",
        columns: &[("project", Text), ("state", Int), ("runs", Int)],
        definition: "PRIMARY KEY (project, state)) {by key}",
        indexes: &[],
        key_columns: 2,
    },
    use_changes::TABLE,
    added_files::TABLE,
];

impl View for Runs {
    fn name(&self) -> &'static str {
        "runs"
    }
    fn version(&self) -> u32 {
        12
    }
    fn tables(&self) -> &'static [Table] {
        TABLES
    }
    fn kinds(&self) -> &'static [&'static str] {
        kinds![
            RunSubmitted,
            RunStarted,
            RunProcessStarted,
            RunAttemptEnded,
            RunCancelRequested,
            RunFinished,
            RunSoftwareCaptured,
            RunArchived,
            RunOpened,
            RunFilesAdded,
            RunFellSilent,
            RunHeardAgain,
            RunClosed,
            RunDeleted
        ]
    }
    fn edges(&self) -> Option<&'static Edges> {
        Some(&EDGES)
    }
    fn partition(&self) -> Partition {
        Partition::ByRun
    }

    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
        let Some(run) = seen.run() else { return Ok(()) };
        if seen.header.kind == kind::RunSubmitted {
            return submitted(run, seen, changes);
        }
        if seen.header.kind == kind::RunOpened {
            return external_runs::opened(run, seen, changes);
        }
        let Changes { sql, pending } = changes;
        let Some(changed_run) = run_rows::touched(run, sql, pending)? else { return Ok(()) };
        let (before, was_listed) = (changed_run.state, changed_run.is_listed());
        let time = seen.header.time.micros();
        match (seen.header.kind.as_str(), seen.fact) {
            (kind::RunStarted, fact) => {
                let (number, runner) = match fact {
                    Some(Fact::RunStarted(started)) => (started.attempt.number, Some(started.runner.to_bytes())),
                    _ => (changed_run.attempts.saturating_add(1), None),
                };
                changed_run.attempts = changed_run.attempts.max(number);
                changed_run.runner = runner;
                // The run waits in the runner until it has a process.
                changed_run.started = None;
                changed_run.begin_attempt(number, runner, time, seen.seq());
            }
            (kind::RunProcessStarted, fact) if !changed_run.state.is_final() => {
                let started = match fact {
                    Some(Fact::RunProcessStarted(started)) => Some(started),
                    _ => None,
                };
                if let Some(started) = started.filter(|started| !started.units.is_empty()) {
                    changed_run.set_units(run, started.attempt.number, &started.units, sql)?;
                }
                changed_run.started = Some(started.map_or(time, |started| started.at.micros()));
                if changed_run.state == State::Waiting {
                    changed_run.state = State::Running;
                }
            }
            (kind::RunAttemptEnded, fact) => {
                let (number, result) = match fact {
                    Some(Fact::RunAttemptEnded(ended)) => {
                        changed_run.add_use(&ended.result);
                        (ended.attempt.number, Some(&ended.result))
                    }
                    _ => (changed_run.attempts, None),
                };
                let at = result.and_then(|result| result.ended).map_or(time, Time::micros);
                let used = AttemptUse::new(changed_run.started, at, result, &changed_run.reserved);
                changed_run.started = None;
                if changed_run.state == State::Running {
                    changed_run.state = State::Waiting;
                }
                changed_run.end_attempt(run, number, (at, seen.seq()), used, sql)?;
            }
            (kind::RunCancelRequested, _) if !changed_run.state.is_final() => changed_run.state = State::Stopping,
            (kind::RunFinished, fact) => finished(run, fact, changed_run, seen, sql)?,
            (kind::RunFellSilent, _) if changed_run.state == State::Running => changed_run.state = State::Unknown,
            (kind::RunHeardAgain, _) if changed_run.state == State::Unknown => changed_run.state = State::Running,
            (kind::RunClosed, fact) => external_runs::closed(fact, changed_run, seen),
            (kind::RunFilesAdded, Some(Fact::RunFilesAdded(added))) => {
                changed_run.files_added += added_files::add(&added.files, run, seen.seq(), sql)?;
            }
            (kind::RunSoftwareCaptured, _) => changed_run.software_seq = Some(seen.seq()),
            (kind::RunArchived, Some(Fact::RunArchived(archived))) => changed_run.archived = archived.archived,
            (kind::RunDeleted, Some(Fact::RunDeleted(deleted))) => {
                changed_run.deleted_seq = Some(seen.seq());
                changed_run.state = deleted.state;
            }
            _ => {}
        }
        let (project, is_own) = (changed_run.project.clone(), changed_run.is_own);
        let (after, is_listed) = (changed_run.state, changed_run.is_listed());
        if let Some(Fact::RunDeleted(deleted)) = seen.fact {
            changed_run.project = deleted.project.to_string();
        }
        if !is_own && (after, is_listed) != (before, was_listed) {
            if was_listed {
                count(pending, &project, before, -1);
            }
            if is_listed {
                count(pending, &project, after, 1);
            }
        }
        Ok(())
    }

    fn forget(&self, run: RunId, _: &[(Header, Option<Fact>)], changes: &mut Changes<'_>) -> SqlResult<()> {
        run_rows::write(changes)?;
        changes.pending.changed_runs.remove(&run);
        let id = run.to_bytes();
        let find = "SELECT project, state FROM runs WHERE id = ?1 AND own_kind IS NULL AND archived = 0";
        let found = changes.sql.first(find, &[(&id).into()], |row| Ok((row.text(0)?, state_from_int(row.int(1)?)?)))?;
        if let Some((project, state)) = found {
            count(&mut changes.pending, &project, state, -1);
        }
        use_changes::forget(&id, changes)?;
        added_files::forget(&id, changes.sql)?;
        changes.sql.execute("DELETE FROM runs WHERE id = ?1", &[(&id).into()])?;
        changes.sql.execute("DELETE FROM attempts WHERE run = ?1", &[(&id).into()]).map(drop)
    }
}

fn submitted(run: RunId, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
    let fact = match seen.fact {
        Some(Fact::RunSubmitted(fact)) => Some(fact),
        _ => None,
    };
    let handle = handle_of(fact.map(|fact| fact.handle), seen, changes)?;
    let project = fact.map_or(ERASED_PROJECT, |fact| fact.project.as_str());
    let command = fact.map(|fact| command_line(&fact.spec.words())).unwrap_or_default();
    let name = fact.and_then(|fact| fact.name.as_deref());
    let search = fact.map(|_| search_text(handle, name, &command, project)).unwrap_or_default();
    let own_kind = fact.and_then(|fact| fact.purpose.as_ref()).and_then(Purpose::own_kind);
    if own_kind.is_none() {
        count(&mut changes.pending, project, State::Waiting, 1);
    }
    let new = New {
        handle,
        name: name.map(str::to_owned),
        command,
        search,
        submitted_by: seen.header.actor.to_bytes(),
        submitted: seen.header.time.micros(),
        cache_key: fact.and_then(|fact| fact.cache_key).map(|key| *key.as_bytes()),
        own_kind,
        question: fact
            .filter(|_| own_kind.is_none())
            .and_then(|fact| Question::of(&fact.spec))
            .map(|asked| asked.key()),
        recipe: fact.and_then(|fact| fact.spec.recipe.as_ref()).map(|recipe| recipe.name.clone()),
        task: fact.and_then(|fact| fact.task.as_ref()).map(|of| of.task),
    };
    let reserved = fact.map(|fact| Reserved::of(&fact.spec.resources)).unwrap_or_default();
    run_rows::submitted(run, ChangedRun::submitted(seen.seq(), project.to_owned(), reserved, new), changes)
}

fn finished(
    run: RunId,
    fact: Option<&Fact>,
    changed_run: &mut ChangedRun,
    seen: &Seen<'_>,
    sql: &mut Connection,
) -> SqlResult<()> {
    let finished = match fact {
        Some(Fact::RunFinished(finished)) => Some(finished),
        _ => None,
    };
    let result = finished.map(|f| &f.result);
    changed_run.state = result.map_or(State::Lost, |r| r.outcome.state());
    // Without a process there is no measurement; zero would be a measurement.
    let measured = result.filter(|r| r.started.is_some());
    // If a process ended at once, and in older records, only the end contains the time of the start.
    if changed_run.started.is_none() && finished.is_some_and(|f| f.attempt.is_some()) {
        changed_run.started = measured.and_then(|r| r.started).map(Time::micros);
    }
    // Use the clock of the runner's machine, because the server may record the end much later.
    let at = result.and_then(|r| r.ended).unwrap_or(seen.header.time).micros();
    let used = AttemptUse::new(changed_run.started, at, result, &changed_run.reserved);
    if let Some(result) = result.filter(|_| changed_run.files_added > 0) {
        changed_run.files_added -= added_files::replaced(&result.outputs, run, sql)?;
    }
    changed_run.end = Some(Box::new(End {
        at,
        seq: seen.seq(),
        wall_s: measured.map(|r| r.wall_s).filter(|s| s.is_finite()),
        outcome: result.map(|r| r.outcome.to_string()),
        outputs: result.map_or(0, |r| r.outputs.len() as i64),
        cpu_s: measured.map(|r| r.usage.cpu_user_s + r.usage.cpu_system_s).filter(|s| s.is_finite()),
        memory_max_bytes: measured.map(|r| r.usage.memory_max_bytes),
    }));
    let number = match finished {
        Some(finished) => finished.attempt,
        None => Some(changed_run.attempts),
    };
    number.map_or(Ok(()), |number| changed_run.end_attempt(run, number, (at, seen.seq()), used, sql))
}

pub(super) fn write_counts(changes: &mut Changes<'_>) -> SqlResult<()> {
    for ((project, state), by) in std::mem::take(&mut changes.pending.run_counts) {
        if by == 0 {
            continue;
        }
        changes.sql.execute(
            "INSERT INTO run_counts (project, state, runs) VALUES (?1, ?2, ?3) \
             ON CONFLICT (project, state) DO UPDATE SET runs = run_counts.runs + excluded.runs",
            &[(&project).into(), state.into(), by.into()],
        )?;
        if by < 0 {
            changes.sql.execute(
                "DELETE FROM run_counts WHERE project = ?1 AND state = ?2 AND runs = 0",
                &[(&project).into(), state.into()],
            )?;
        }
    }
    Ok(())
}
