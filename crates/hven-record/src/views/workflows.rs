//! Workflows, and the progress of their steps.

use std::collections::HashMap;

use async_trait::async_trait;
use hven_app::ports::{
    StoreResult, Workflows as Port,
    views::{ListQuery, Page},
    workflows::{ClosedWorkflow, StepProgress, SubmittedRun, WorkflowView},
};
use hven_core::{
    Fact, RunId,
    envelope::Envelope,
    fact::kind,
    workflow::{End, Started, State, WorkflowId},
};

use super::{
    Changes, Seen, Table, View,
    conditions::{Conditions, newest_first},
    kinds,
};
use crate::{
    facts,
    home::Home,
    sql::{
        ColumnKind::{Bytes, Int, Text},
        Connection, Row, SqlResult, Value, keys,
    },
};

pub(crate) struct Workflows;

const TABLES: &[Table] = &[
    Table {
        name: "workflows",
        columns: &[
            ("id", Bytes),
            ("seq", Int),
            ("number", Int),
            ("project", Text),
            ("search", Text),
            ("state", Int),
            ("closed_seq", Int),
        ],
        definition: "PRIMARY KEY (id)) {by key}",
        indexes: &[
            "workflows_seq ON workflows (seq)",
            "workflows_number ON workflows (number)",
            "workflows_state ON workflows (state, seq)",
        ],
        key_columns: 1,
    },
    Table {
        name: "workflow_steps",
        columns: &[
            ("workflow", Bytes),
            ("step", Int),
            // The run that the step submitted last, and the fact about it.
            ("run", Bytes),
            ("submitted_seq", Int),
            ("ended_seq", Int),
            ("is_well", Int),
        ],
        definition: "PRIMARY KEY (workflow, step)) {by key}",
        indexes: &["workflow_steps_run ON workflow_steps (run)"],
        key_columns: 2,
    },
];

const fn state_to_int(state: State) -> i64 {
    match state {
        State::Running => 0,
        State::Done => 1,
        State::Incomplete => 2,
        State::Stopped => 3,
        State::Cancelled => 4,
    }
}

impl View for Workflows {
    fn name(&self) -> &'static str {
        "workflows"
    }
    fn version(&self) -> u32 {
        1
    }
    fn tables(&self) -> &'static [Table] {
        TABLES
    }
    fn kinds(&self) -> &'static [&'static str] {
        kinds![WorkflowStarted, WorkflowStepSubmitted, WorkflowStepEnded, WorkflowEnded, WorkflowCancelled]
    }

    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
        match (seen.header.kind.as_str(), seen.fact) {
            (_, Some(Fact::WorkflowStarted(started))) => {
                let Started { workflow, number, project, folder, .. } = started;
                let search = format!("workflow/{number} {project} {folder}").to_lowercase();
                let insert = "INSERT INTO workflows (id, seq, number, project, search, state, closed_seq) \
                              VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL) ON CONFLICT (id) DO NOTHING";
                changes
                    .sql
                    .execute(
                        insert,
                        &[
                            (&workflow.to_bytes()).into(),
                            seen.seq().into(),
                            (*number).into(),
                            project.as_str().into(),
                            (&search).into(),
                            state_to_int(State::Running).into(),
                        ],
                    )
                    .map(drop)
            }
            (_, Some(Fact::WorkflowStepSubmitted(submitted))) => {
                let upsert = "INSERT INTO workflow_steps (workflow, step, run, submitted_seq, ended_seq, is_well) \
                              VALUES (?1, ?2, ?3, ?4, NULL, 0) ON CONFLICT (workflow, step) DO UPDATE SET \
                              run = excluded.run, submitted_seq = excluded.submitted_seq";
                changes
                    .sql
                    .execute(
                        upsert,
                        &[
                            (&submitted.workflow.to_bytes()).into(),
                            submitted.step.into(),
                            (&submitted.run.to_bytes()).into(),
                            seen.seq().into(),
                        ],
                    )
                    .map(drop)
            }
            (_, Some(Fact::WorkflowStepEnded(ended))) => {
                // The first end counts.
                let upsert = "INSERT INTO workflow_steps (workflow, step, run, submitted_seq, ended_seq, is_well) \
                              VALUES (?1, ?2, NULL, NULL, ?3, ?4) ON CONFLICT (workflow, step) DO UPDATE SET \
                              ended_seq = excluded.ended_seq, is_well = excluded.is_well \
                              WHERE workflow_steps.ended_seq IS NULL";
                changes
                    .sql
                    .execute(
                        upsert,
                        &[
                            (&ended.workflow.to_bytes()).into(),
                            ended.step.into(),
                            seen.seq().into(),
                            i64::from(ended.result.end.is_well()).into(),
                        ],
                    )
                    .map(drop)
            }
            (kind::WorkflowCancelled, _) => close(seen, State::Cancelled, changes),
            (kind::WorkflowEnded, Some(Fact::WorkflowEnded(ended))) => close(seen, ended.end.into(), changes),
            // The kind of the end was erased.
            (kind::WorkflowEnded, _) => close(seen, End::Stopped.into(), changes),
            _ => Ok(()),
        }
    }
}

/// The first end counts.
fn close(seen: &Seen<'_>, state: State, changes: &mut Changes<'_>) -> SqlResult<()> {
    let Some(workflow) = seen.header.subject.map(u128::to_be_bytes) else { return Ok(()) };
    let close = "UPDATE workflows SET state = ?2, closed_seq = ?3 WHERE id = ?1 AND closed_seq IS NULL";
    changes.sql.execute(close, &[(&workflow).into(), state_to_int(state).into(), seen.seq().into()]).map(drop)
}

/// A row of the table: the numbers of the facts of start and end, and the state.
type WorkflowRow = (u64, Option<u64>, i64);

fn workflow_row(row: &Row<'_>) -> SqlResult<WorkflowRow> {
    Ok((row.uint(0)?, row.int_or_null(1)?.map(|seq| seq as u64), row.int(2)?))
}

fn load(sql: &mut Connection, condition: &str, values: &[Value<'_>]) -> SqlResult<Vec<WorkflowView>> {
    let select = format!("SELECT seq, closed_seq, state FROM workflows {condition}");
    let rows = sql.query(&select, values, workflow_row)?;
    let seqs: Vec<u64> = rows.iter().flat_map(|(seq, closed, _)| [Some(*seq), *closed]).flatten().collect();
    let facts = facts::many(sql, &seqs)?;
    let mut workflows = Vec::with_capacity(rows.len());
    for (seq, closed, state) in rows {
        let Some(envelope) = facts.get(&seq) else { continue };
        let Some(Fact::WorkflowStarted(started)) = envelope.readable_fact()? else { continue };
        let state = State::ALL.into_iter().find(|known| state_to_int(*known) == state).unwrap_or(State::Stopped);
        let closed = match closed.and_then(|seq| facts.get(&seq)) {
            Some(envelope) => Some(closed_by(envelope, state)?),
            None => None,
        };
        let (time, by) = (envelope.header.time, envelope.header.actor);
        workflows.push(WorkflowView { started, time, by, closed, steps_ended: 0, steps_not_well: 0 });
    }
    count_steps(sql, &mut workflows)?;
    Ok(workflows)
}

fn closed_by(envelope: &Envelope, state: State) -> SqlResult<ClosedWorkflow> {
    let ended = match envelope.readable_fact()? {
        Some(Fact::WorkflowEnded(ended)) => Some(ended),
        _ => None,
    };
    let header = &envelope.header;
    Ok(ClosedWorkflow { state, time: header.time, by: header.actor, ended })
}

fn count_steps(sql: &mut Connection, workflows: &mut [WorkflowView]) -> SqlResult<()> {
    let ids: Vec<[u8; 16]> = workflows.iter().map(|workflow| workflow.started.workflow.to_bytes()).collect();
    let count = "SELECT workflow, COUNT(*), CAST(SUM(is_well) AS BIGINT) FROM workflow_steps \
                 WHERE workflow IN ({keys}) AND ended_seq IS NOT NULL GROUP BY workflow";
    let rows = sql
        .query_in(count, &[], &keys(&ids), |row| Ok((u128::from_be_bytes(row.array(0)?), row.int(1)?, row.int(2)?)))?;
    let counts: HashMap<u128, (i64, i64)> = rows.into_iter().map(|(id, ended, well)| (id, (ended, well))).collect();
    for workflow in workflows {
        let counted = counts.get(&workflow.started.workflow.as_u128());
        let (ended, well) = counted.copied().unwrap_or_default();
        (workflow.steps_ended, workflow.steps_not_well) = (ended as u32, (ended - well) as u32);
    }
    Ok(())
}

fn steps(sql: &mut Connection, workflow: WorkflowId, count: usize) -> SqlResult<Vec<StepProgress>> {
    let select = "SELECT step, submitted_seq, ended_seq FROM workflow_steps WHERE workflow = ?1 ORDER BY step";
    let rows = sql.query(select, &[(&workflow.to_bytes()).into()], |row| {
        Ok((row.uint(0)?, [row.int_or_null(1)?, row.int_or_null(2)?]))
    })?;
    let seqs: Vec<u64> = rows.iter().flat_map(|(_, seqs)| seqs).flatten().map(|seq| *seq as u64).collect();
    let facts = facts::many(sql, &seqs)?;
    let mut steps = vec![StepProgress::default(); count];
    for (step, seqs) in rows {
        let Some(progress) = steps.get_mut(step as usize) else { continue };
        for envelope in seqs.into_iter().flatten().filter_map(|seq| facts.get(&(seq as u64))) {
            match envelope.readable_fact()? {
                Some(Fact::WorkflowStepSubmitted(submitted)) => {
                    progress.run = Some(submitted.run);
                    progress.because = submitted.because;
                }
                Some(Fact::WorkflowStepEnded(ended)) => progress.result = Some(ended.result),
                _ => {}
            }
        }
    }
    Ok(steps)
}

fn runs_unfinished(sql: &mut Connection) -> SqlResult<Vec<SubmittedRun>> {
    let select = "SELECT workflow_steps.workflow, workflow_steps.run, workflows.state FROM workflow_steps \
                  JOIN runs ON runs.id = workflow_steps.run JOIN workflows ON workflows.id = workflow_steps.workflow \
                  WHERE runs.ended_seq IS NULL ORDER BY workflow_steps.submitted_seq";
    sql.query(select, &[], |row| {
        Ok(SubmittedRun {
            workflow: WorkflowId::from_bytes(row.array(0)?),
            run: RunId::from_bytes(row.array(1)?),
            is_cancelled: row.int(2)? == state_to_int(State::Cancelled),
        })
    })
}

#[async_trait]
impl Port for Home {
    async fn workflow(&self, workflow: WorkflowId) -> StoreResult<Option<WorkflowView>> {
        let find = move |sql: &mut Connection| load(sql, "WHERE id = ?1", &[(&workflow.to_bytes()).into()]);
        self.inner.readers.read(move |sql| Ok(find(sql)?.pop())).await
    }
    async fn workflow_numbered(&self, number: u32) -> StoreResult<Option<WorkflowView>> {
        let find = move |sql: &mut Connection| load(sql, "WHERE number = ?1 ORDER BY seq LIMIT 1", &[number.into()]);
        self.inner.readers.read(move |sql| Ok(find(sql)?.pop())).await
    }
    async fn workflow_number_last(&self) -> StoreResult<u32> {
        let last = |sql: &mut Connection| sql.first("SELECT MAX(number) FROM workflows", &[], |row| row.int_or_null(0));
        self.inner.readers.read(move |sql| Ok(last(sql)?.flatten().unwrap_or(0) as u32)).await
    }
    async fn workflow_steps(&self, workflow: &Started) -> StoreResult<Vec<StepProgress>> {
        let (id, count) = (workflow.workflow, workflow.steps.len());
        self.inner.readers.read(move |sql| Ok(steps(sql, id, count)?)).await
    }
    async fn workflows_open(&self) -> StoreResult<Vec<WorkflowView>> {
        let open =
            |sql: &mut Connection| load(sql, "WHERE state = ?1 ORDER BY seq", &[state_to_int(State::Running).into()]);
        self.inner.readers.read(move |sql| Ok(open(sql)?)).await
    }
    async fn workflow_page(&self, query: &ListQuery, is_open: bool) -> StoreResult<Page<WorkflowView>> {
        let query = query.clone();
        let mut conditions = Conditions::default();
        if is_open {
            conditions.texts.push(format!("state = {}", state_to_int(State::Running)));
        }
        self.inner.readers.read(move |sql| newest_first(sql, "workflows", &query, conditions, load)).await
    }
    async fn workflow_runs_unfinished(&self) -> StoreResult<Vec<SubmittedRun>> {
        self.inner.readers.read(|sql| Ok(runs_unfinished(sql)?)).await
    }
}
