//! Claims with their current statements, their judgements, and choices among the candidates of laws.

use std::collections::{BTreeSet, HashMap};

use hven_app::ports::{
    StoreResult,
    claims::{ChoiceView, ClaimView, JudgementView, StepDone, Tries},
    views::{ListQuery, NamedRun, Page, RunView},
};
use hven_core::{
    ClaimId, Fact, RunId, envelope::Envelope, fact::kind, handle::Handle, name::Name, project::ProjectPath,
    question::Question, run::State, trace::Trace,
};

use super::{
    Changes, Edges, Seen, Table, View,
    conditions::{Conditions, newest_first},
    kinds,
    lineage::{add_edge, add_node, number_of, remove_edges_to},
    read_back::project,
    run_state::state_to_int,
    run_views::load_runs,
};
use crate::{
    facts,
    sql::{
        ColumnKind::{Bytes, Int, Text},
        Connection, Row, SqlResult, Value, keys,
    },
};

pub(crate) struct Claims;

const TABLES: &[Table] = &[
    Table {
        name: "claims",
        columns: &[
            ("id", Bytes),
            ("seq", Int),
            ("project", Text),
            ("name", Text),
            ("revision", Int),
            ("search", Text),
            // For the current statement.
            ("judged_seq", Int),
        ],
        definition: "PRIMARY KEY (id)) {by key}",
        indexes: &["claims_name ON claims (name, project)", "claims_seq ON claims (seq)"],
        key_columns: 1,
    },
    Table {
        name: "judgements",
        columns: &[("claim", Bytes), ("seq", Int)],
        definition: "PRIMARY KEY (claim, seq)) {by key}",
        indexes: &[],
        key_columns: 2,
    },
    Table {
        name: "judgement_evidence",
        columns: &[("run", Bytes), ("claim", Bytes), ("seq", Int)],
        definition: "PRIMARY KEY (run, claim, seq)) {by key}",
        indexes: &[],
        key_columns: 3,
    },
    Table {
        name: "law_choices",
        columns: &[("run", Bytes), ("seq", Int)],
        definition: "PRIMARY KEY (run, seq)) {by key}",
        indexes: &[],
        key_columns: 2,
    },
];

impl View for Claims {
    fn name(&self) -> &'static str {
        "claims"
    }
    fn version(&self) -> u32 {
        2
    }
    fn tables(&self) -> &'static [Table] {
        TABLES
    }
    fn kinds(&self) -> &'static [&'static str] {
        kinds![ClaimStated, ClaimJudged, LawCandidateChosen]
    }
    fn edges(&self) -> Option<&'static Edges> {
        Some(&EDGES)
    }

    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
        let sql = &mut *changes.sql;
        if seen.header.kind == kind::ClaimJudged {
            return judged(sql, seen);
        }
        match seen.fact {
            Some(Fact::ClaimStated(stated)) => {
                let search = format!("{} {} {}", stated.name, stated.project, stated.statement).to_lowercase();
                sql.execute(
                    "INSERT INTO claims (id, seq, project, name, revision, search, judged_seq) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL) ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, \
                     project = excluded.project, name = excluded.name, revision = excluded.revision, \
                     search = excluded.search, judged_seq = NULL",
                    &[
                        (&stated.claim.to_bytes()).into(),
                        seen.seq().into(),
                        stated.project.as_str().into(),
                        stated.name.as_str().into(),
                        stated.revision.into(),
                        (&search).into(),
                    ],
                )
                .map(drop)
            }
            Some(Fact::LawCandidateChosen(chosen)) => sql
                .execute(
                    "INSERT INTO law_choices (run, seq) VALUES (?1, ?2)",
                    &[(&chosen.run.to_bytes()).into(), seen.seq().into()],
                )
                .map(drop),
            _ => Ok(()),
        }
    }
}

/// An erased judgement replaces the earlier ones, too: its verdict is unknown, and theirs no longer counts.
fn judged(sql: &mut Connection, seen: &Seen<'_>) -> SqlResult<()> {
    let (Some(claim), Some(trace)) = (seen.header.subject.map(u128::to_be_bytes), seen.trace()) else { return Ok(()) };
    sql.execute("INSERT INTO judgements (claim, seq) VALUES (?1, ?2)", &[(&claim).into(), seen.seq().into()])?;
    for run in &trace.rests_on {
        sql.execute(
            "INSERT INTO judgement_evidence (run, claim, seq) VALUES (?1, ?2, ?3) \
             ON CONFLICT (run, claim, seq) DO NOTHING",
            &[(&run.id().to_be_bytes()).into(), (&claim).into(), seen.seq().into()],
        )?;
    }
    sql.execute(
        "UPDATE claims SET judged_seq = ?2 WHERE id = ?1 AND revision = ?3",
        &[(&claim).into(), seen.seq().into(), trace.revision.into()],
    )
    .map(drop)
}

const EDGES: Edges = Edges { kinds: kinds![ClaimStated, ClaimJudged], draw };

fn draw(seen: &Seen<'_>, sql: &mut Connection) -> SqlResult<()> {
    let Some(claim) = seen.header.subject.map(ClaimId::from_u128) else { return Ok(()) };
    if seen.header.kind == kind::ClaimStated {
        return claim_stated(sql, claim, seen);
    }
    match seen.trace() {
        Some(trace) => claim_judged(sql, claim, &trace, seen.seq()),
        None => Ok(()),
    }
}

fn claim_stated(sql: &mut Connection, claim: ClaimId, seen: &Seen<'_>) -> SqlResult<()> {
    let number = add_node(sql, claim.into(), seen.seq(), None)?;
    let revision = seen.trace().and_then(|trace| trace.revision);
    let Some(revision) = revision.filter(|_| number != seen.seq()) else { return Ok(()) };
    // The judgement was about the earlier statement.
    sql.execute(
        "UPDATE lineage_nodes SET revision = ?2 WHERE id = ?1",
        &[(&claim.to_bytes()).into(), revision.into()],
    )?;
    remove_edges_to(sql, number, seen.seq())
}

fn claim_judged(sql: &mut Connection, claim: ClaimId, trace: &Trace, seq: i64) -> SqlResult<()> {
    let find = "SELECT number FROM lineage_nodes WHERE id = ?1 AND revision = ?2";
    let id = claim.to_bytes();
    let current = [(&id).into(), trace.revision.into()];
    let Some(claim) = sql.first(find, &current, |row| row.int(0))? else { return Ok(()) };
    remove_edges_to(sql, claim, seq)?;
    for run in &trace.rests_on {
        if let Some(run) = number_of(sql, *run)? {
            add_edge(sql, run, claim, seq)?;
        }
    }
    Ok(())
}

fn load(sql: &mut Connection, condition: &str, values: &[Value<'_>]) -> SqlResult<Vec<ClaimView>> {
    let rows = sql.query(&format!("SELECT {COLUMNS} FROM claims {condition}"), values, found)?;
    complete(sql, rows)
}

const COLUMNS: &str = "seq, judged_seq";

fn found(row: &Row<'_>) -> SqlResult<(u64, Option<u64>)> {
    Ok((row.uint(0)?, row.int_or_null(1)?.map(|seq| seq as u64)))
}

/// Loads the statements and judgements of claims.
fn complete(sql: &mut Connection, rows: Vec<(u64, Option<u64>)>) -> SqlResult<Vec<ClaimView>> {
    let seqs: Vec<u64> = rows.iter().flat_map(|(seq, judged_seq)| [Some(*seq), *judged_seq]).flatten().collect();
    let facts = facts::many(sql, &seqs)?;
    let mut claims = Vec::with_capacity(rows.len());
    for (seq, judged_seq) in rows {
        let Some(envelope) = facts.get(&seq) else { continue };
        let Some(Fact::ClaimStated(stated)) = envelope.readable_fact()? else { continue };
        let judged = judged_seq.and_then(|seq| facts.get(&seq));
        let judgement = judged.map(judgement).transpose()?.flatten();
        claims.push(ClaimView { stated, time: envelope.header.time, by: envelope.header.actor, judgement });
    }
    Ok(claims)
}

fn judgement(envelope: &Envelope) -> SqlResult<Option<JudgementView>> {
    Ok(match envelope.readable_fact()? {
        Some(Fact::ClaimJudged(judged)) => {
            Some(JudgementView { judged, time: envelope.header.time, by: envelope.header.actor })
        }
        _ => None,
    })
}

/// The claims with these ids.
pub(crate) fn many(sql: &mut Connection, claims: &[ClaimId]) -> SqlResult<Vec<ClaimView>> {
    let ids: Vec<[u8; 16]> = claims.iter().map(|claim| claim.to_bytes()).collect();
    let find = format!("SELECT {COLUMNS} FROM claims WHERE id IN ({{keys}}) ORDER BY seq");
    let rows = sql.query_in(&find, &[], &keys(&ids), found)?;
    complete(sql, rows)
}

pub(crate) fn one(sql: &mut Connection, claim: ClaimId) -> SqlResult<Option<ClaimView>> {
    Ok(load(sql, "WHERE id = ?1", &[(&claim.to_bytes()).into()])?.pop())
}

pub(crate) fn named(sql: &mut Connection, name: &Name) -> SqlResult<Vec<ClaimView>> {
    load(sql, "WHERE name = ?1 ORDER BY project", &[name.as_str().into()])
}

pub(crate) fn page(sql: &mut Connection, query: &ListQuery) -> StoreResult<Page<ClaimView>> {
    newest_first(sql, "claims", query, Conditions::default(), load)
}

pub(crate) fn judgements(sql: &mut Connection, claim: ClaimId) -> SqlResult<Vec<JudgementView>> {
    let find = "SELECT seq FROM judgements WHERE claim = ?1 ORDER BY seq DESC";
    facts::load_mapped(sql, find, &[(&claim.to_bytes()).into()], |fact, time, by| match fact {
        Fact::ClaimJudged(judged) => Some(JudgementView { judged, time, by }),
        _ => None,
    })
}

pub(crate) fn resting_on(sql: &mut Connection, run: RunId) -> SqlResult<Vec<ClaimView>> {
    let condition = "WHERE judged_seq IN (SELECT judgement_evidence.seq FROM judgement_evidence \
                     WHERE judgement_evidence.run = ?1) ORDER BY seq";
    load(sql, condition, &[(&run.to_bytes()).into()])
}

pub(crate) fn law_choice(sql: &mut Connection, run: RunId) -> SqlResult<Option<ChoiceView>> {
    let find = "SELECT seq FROM law_choices WHERE run = ?1 ORDER BY seq DESC LIMIT 1";
    let chosen = facts::load_mapped(sql, find, &[(&run.to_bytes()).into()], |fact, time, by| match fact {
        Fact::LawCandidateChosen(chosen) => Some(ChoiceView { chosen, time, by }),
        _ => None,
    })?;
    Ok(chosen.into_iter().next())
}

/// The newest successful run of each of the steps.
pub(crate) fn steps_done(sql: &mut Connection, steps: &[(ProjectPath, Name)]) -> SqlResult<Vec<StepDone>> {
    let names: BTreeSet<&str> = steps.iter().map(|(_, step)| step.as_str()).collect();
    let names: Vec<Value<'_>> = names.into_iter().map(Value::from).collect();
    let find = "SELECT id, handle, project, name FROM runs WHERE seq IN (SELECT MAX(seq) FROM runs WHERE state = ?1 \
                AND name IN ({keys}) GROUP BY project, name)";
    let found = sql.query_in(find, &[state_to_int(State::Done).into()], &names, |row| {
        let run = NamedRun {
            id: RunId::from_bytes(row.array(0)?),
            handle: Handle { count: row.uint(1)? },
            project: project(&row.text(2)?)?,
        };
        Ok((run, row.text(3)?))
    })?;
    let wanted: HashMap<(&ProjectPath, &str), &Name> =
        steps.iter().map(|(project, step)| ((project, step.as_str()), step)).collect();
    let done = found.into_iter().filter_map(|(run, name)| {
        let step = (*wanted.get(&(&run.project, name.as_str()))?).clone();
        Some(StepDone { run, step })
    });
    Ok(done.collect())
}

pub(crate) fn last_named(sql: &mut Connection, project: &ProjectPath, name: &str) -> SqlResult<Option<RunView>> {
    let condition = "WHERE project = ?1 AND name = ?2 ORDER BY seq DESC LIMIT 1";
    Ok(load_runs(sql, condition, &[project.as_str().into(), name.into()])?.pop())
}

pub(crate) fn tries(sql: &mut Connection, project: &ProjectPath, question: &Question) -> SqlResult<Tries> {
    let key = question.key();
    let asked = [project.as_str().into(), (&key).into()];
    let runs = "FROM runs WHERE project = ?1 AND question = ?2 AND ended_seq IS NOT NULL";
    let ended = sql.first(&format!("SELECT COUNT(*) {runs}"), &asked, |row| row.uint(0))?.unwrap_or(0);
    let newest = format!("SELECT id {runs} ORDER BY seq DESC LIMIT 1");
    let newest = sql.first(&newest, &asked, |row| Ok(RunId::from_bytes(row.array(0)?)))?;
    Ok(Tries { ended, newest })
}
