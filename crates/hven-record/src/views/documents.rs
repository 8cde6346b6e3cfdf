//! The documents of doors: which fact wrote each one last.

use async_trait::async_trait;
use hven_app::ports::{
    Documents as Port, StoreResult,
    documents::{DocumentQuery, DocumentView},
};
use hven_core::{Fact, document::DocumentName, name::Name};

use super::{
    Changes, Seen, Table, View,
    conditions::{Conditions, Owned},
    kinds,
};
use crate::{
    facts,
    home::Home,
    sql::{
        ColumnKind::{Int, Text},
        Connection, SqlResult, Value,
    },
};

pub(crate) struct Documents;

const TABLES: &[Table] = &[Table {
    name: "documents",
    columns: &[("door", Text), ("collection", Text), ("id", Text), ("project", Text), ("seq", Int)],
    definition: "PRIMARY KEY (door, collection, id)) {by key}",
    indexes: &["documents_project ON documents (door, collection, project)"],
    key_columns: 3,
}];

impl View for Documents {
    fn name(&self) -> &'static str {
        "documents"
    }
    fn version(&self) -> u32 {
        1
    }
    fn tables(&self) -> &'static [Table] {
        TABLES
    }
    fn kinds(&self) -> &'static [&'static str] {
        kinds![DocumentKept, DocumentRemoved]
    }

    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
        match seen.fact {
            Some(Fact::DocumentKept(kept)) => {
                let upsert = "INSERT INTO documents (door, collection, id, project, seq) VALUES (?1, ?2, ?3, ?4, ?5) \
                              ON CONFLICT (door, collection, id) DO UPDATE SET project = excluded.project, \
                              seq = excluded.seq";
                let [door, collection, id] = key(&kept.document);
                let values = [door, collection, id, kept.project.as_str().into(), seen.seq().into()];
                changes.sql.execute(upsert, &values).map(drop)
            }
            Some(Fact::DocumentRemoved(removed)) => {
                let delete = "DELETE FROM documents WHERE door = ?1 AND collection = ?2 AND id = ?3";
                changes.sql.execute(delete, &key(&removed.document)).map(drop)
            }
            _ => Ok(()),
        }
    }
}

fn key(document: &DocumentName) -> [Value<'_>; 3] {
    [document.door.as_str().into(), document.collection.as_str().into(), document.id.as_str().into()]
}

/// The documents that these facts wrote, in this order. An erased one is left out.
fn of_facts(seqs: Vec<u64>, sql: &mut Connection) -> SqlResult<Vec<DocumentView>> {
    let mut facts = facts::many(sql, &seqs)?;
    let mut found = Vec::with_capacity(seqs.len());
    for envelope in seqs.into_iter().filter_map(|seq| facts.remove(&seq)) {
        let (time, by) = (envelope.header.time, envelope.header.actor);
        if let Some(Fact::DocumentKept(kept)) = envelope.readable_fact()? {
            found.push(DocumentView { kept, time, by });
        }
    }
    Ok(found)
}

fn selected(sql: &mut Connection, query: &DocumentQuery) -> SqlResult<Vec<DocumentView>> {
    let mut conditions = Conditions::default();
    conditions.scopes(&query.scopes);
    for (column, value) in [("door", &query.door), ("collection", &query.collection)] {
        let value = conditions.place(Owned::Text(value.to_string()));
        conditions.texts.push(format!("{column} = {value}"));
    }
    if let Some(projects) = &query.projects {
        let places: Vec<String> =
            projects.iter().map(|project| conditions.place(Owned::Text(project.to_string()))).collect();
        conditions.texts.push(if places.is_empty() {
            "1 = 0".to_owned()
        } else {
            format!("project IN ({})", places.join(", "))
        });
    }
    if let Some(prefix) = &query.prefix {
        let from = conditions.place(Owned::Text(prefix.clone()));
        let length = conditions.place(Owned::Int(prefix.chars().count() as i64));
        conditions.texts.push(format!("SUBSTR(id, 1, CAST({length} AS INTEGER)) = {from}"));
    }
    let find = format!("SELECT seq FROM documents {} ORDER BY id", conditions.text());
    let seqs = sql.query(&find, &conditions.values(), |row| row.uint(0))?;
    of_facts(seqs, sql)
}

#[async_trait]
impl Port for Home {
    async fn documents_named(&self, door: &Name, collection: &Name, ids: &[String]) -> StoreResult<Vec<DocumentView>> {
        let (door, collection, ids) = (door.clone(), collection.clone(), ids.to_vec());
        let read = move |sql: &mut Connection| {
            let ids: Vec<Value<'_>> = ids.iter().map(|id| id.as_str().into()).collect();
            let find = "SELECT seq FROM documents WHERE door = ?1 AND collection = ?2 AND id IN ({keys})";
            let of = [door.as_str().into(), collection.as_str().into()];
            Ok(of_facts(sql.query_in(find, &of, &ids, |row| row.uint(0))?, sql)?)
        };
        self.inner.readers.read(read).await
    }

    async fn documents(&self, query: &DocumentQuery) -> StoreResult<Vec<DocumentView>> {
        let query = query.clone();
        self.inner.readers.read(move |sql| Ok(selected(sql, &query)?)).await
    }
}
