//! The documents of an export: JSON for data that is too nested for a table.

use std::io;

use hven_app::ports::{claims::JudgementView, record::FactQuery};
use hven_core::Fact;
use serde_json::{Value, json};

use super::{
    WriteResult,
    folder::Folder,
    names::{self, Names},
    tables,
};
use crate::{
    facts,
    sql::{Connection, SqlError, SqlResult},
    views::{projects, users},
};

/// Documents that list events, one entry for each fact of these kinds, with descriptions.
const HAPPENED: &[(&str, &str, &str)] = &[
    ("reproductions", "run.reproduced", "reproductions of runs, with comparisons of their results"),
    ("soundness", "soundness.", "retractions, independences, overridden suspicions, repairs"),
    ("laws", "law.", "candidates of laws that a user preferred"),
    ("publications", "publication.", "publications"),
    ("roles", "role.", "granted and revoked roles"),
];

const OTHERS: &[(&str, &str)] = &[
    ("claims", "claims with their current statements and all judgements, newest first"),
    ("projects", "projects"),
    ("people", "users by name"),
];
const FACTS_AT_ONCE: usize = 1000;

/// Every document that this version writes: its file and its description.
pub(super) fn all() -> Vec<(String, &'static str)> {
    let happened = HAPPENED.iter().filter(|(_, kinds, _)| kinds_of(kinds).next().is_some());
    let happened = happened.map(|(name, _, what)| (*name, *what));
    OTHERS.iter().copied().chain(happened).map(|(name, what)| (file(name), what)).collect()
}

fn file(name: &str) -> String {
    format!("tables/{name}.json")
}

fn kinds_of(beginning: &str) -> impl Iterator<Item = &'static str> {
    Fact::KINDS.iter().map(|(kind, _)| *kind).filter(move |kind| kind.starts_with(beginning))
}

pub(super) fn write(folder: &mut Folder, sql: &mut Connection, names: &Names) -> WriteResult<()> {
    let claims = claims(sql, names)?;
    put(folder, "claims", &claims)?;
    let projects = projects::load(sql)?.into_iter().map(|project| json!({ "project": project.path.as_str() }));
    put(folder, "projects", &projects.collect::<Vec<_>>())?;
    let users = users::load(sql, None)?.into_iter().map(|user| {
        json!({ "id": user.id.to_string(), "name": user.name, "email": user.email, "added": user.added.to_string() })
    });
    put(folder, "people", &users.collect::<Vec<_>>())?;
    for (name, beginning, _) in HAPPENED {
        let mut found = Vec::new();
        for kind in kinds_of(beginning) {
            happened(sql, names, kind, &mut found)?;
        }
        if kinds_of(beginning).next().is_some() {
            found.sort_by_key(|entry| entry["seq"].as_u64());
            put(folder, name, &found)?;
        }
    }
    Ok(())
}

fn put(folder: &mut Folder, name: &str, items: &[Value]) -> WriteResult<()> {
    let document = json!({ "schema": format!("hven.export.{name}/1"), "items": items });
    let text = serde_json::to_vec_pretty(&document).map_err(io::Error::from)?;
    Ok(folder.write(&file(name), &text)?)
}

fn claims(sql: &mut Connection, names: &Names) -> SqlResult<Vec<Value>> {
    let mut items = Vec::new();
    for id in names::all_claims(sql)? {
        let Some(claim) = tables::claim(sql, id)? else { continue };
        let all = tables::judgements(sql, id)?;
        let judgements: Vec<Value> =
            all.iter().map(|judgement| judged(judgement, names, sql)).collect::<SqlResult<_>>()?;
        let stated = claim.stated;
        items.push(json!({
            "id": id.to_string(),
            "project": stated.project.as_str(),
            "name": stated.name.as_str(),
            "statement": stated.statement,
            "test": stated.test,
            "evidence": stated.evidence.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "revision": stated.revision,
            "stated_at": claim.time.to_string(),
            "stated_by": names.of(claim.by),
            "soundness": names.soundness(id.into()),
            // The judgement of the current statement.
            "verdict": claim.judgement.map(|judgement| judgement.judged.verdict.as_str()),
            "judgements": judgements,
        }));
    }
    Ok(items)
}

fn judged(JudgementView { judged, time, by }: &JudgementView, names: &Names, sql: &mut Connection) -> SqlResult<Value> {
    let handles: Vec<Option<String>> =
        judged.evidence.iter().map(|run| names::handle_of(sql, *run)).collect::<SqlResult<_>>()?;
    let mut value = serde_json::to_value(judged).map_err(|e| SqlError::Row(e.to_string()))?;
    value["judged_at"] = time.to_string().into();
    value["judged_by"] = names.of(*by).into();
    value["evidence_handles"] = handles.into();
    Ok(value)
}

/// Adds the facts of a kind; an erased fact becomes an entry without content.
fn happened(sql: &mut Connection, names: &Names, kind: &str, into: &mut Vec<Value>) -> SqlResult<()> {
    let mut after = 0;
    loop {
        let query = FactQuery { kind: Some(kind.to_owned()), after, limit: FACTS_AT_ONCE, ..FactQuery::default() };
        let found = facts::matching(sql, &query)?;
        let Some(last) = found.last() else { return Ok(()) };
        after = last.header.seq;
        for envelope in &found {
            let payload = envelope.payload.as_ref();
            let payload: Option<Value> = payload.and_then(|payload| serde_json::from_slice(&payload.bytes).ok());
            into.push(json!({
                "seq": envelope.header.seq,
                "kind": kind,
                "version": envelope.header.version,
                "time": envelope.header.time.to_string(),
                "by": names.of(envelope.header.actor),
                "what": payload,
            }));
        }
    }
}
