//! Conditions of queries, and pages of rows that correspond to facts.

use std::collections::BTreeSet;

use hven_app::ports::{
    StoreResult,
    views::{ListQuery, Page},
};
use hven_core::{ActorId, ClaimId, Malformed, RunId, Time, access::Scope, labels::Tag, project::ProjectPath};

use crate::sql::{Connection, SqlResult, Value};

/// Excludes runs that Hven started for its own checks.
pub(super) const NOT_OWN: &str = "own_kind IS NULL";
/// Excludes runs that are tasks of arrays.
pub(super) const NO_TASK: &str = "task IS NULL";
/// Excludes archived and deleted runs.
pub(super) const NOT_ARCHIVED: &str = "archived = 0";
/// Excludes deleted runs.
pub(super) const NOT_DELETED: &str = "archived < 2";
pub(crate) const PAGE_MAX: usize = 1000;

/// The bytes of the ids of runs, as keys of a query.
pub(super) fn ids(runs: &[RunId]) -> Vec<[u8; 16]> {
    runs.iter().map(|run| run.to_bytes()).collect()
}

/// The text and values of a condition.
#[derive(Default)]
pub(crate) struct Conditions {
    pub(crate) texts: Vec<String>,
    pub(super) values: Vec<Owned>,
}

pub(crate) enum Owned {
    Int(i64),
    Real(f64),
    Text(String),
    Id([u8; 16]),
}

impl Conditions {
    pub(super) fn place(&mut self, value: Owned) -> String {
        self.values.push(value);
        format!("?{}", self.values.len())
    }

    pub(crate) fn values(&self) -> Vec<Value<'_>> {
        let borrow = |value| match value {
            &Owned::Int(value) => Value::Int(value),
            &Owned::Real(value) => Value::Real(value),
            Owned::Text(value) => Value::Text(value),
            Owned::Id(value) => Value::Bytes(value),
        };
        self.values.iter().map(borrow).collect()
    }

    fn within(&mut self, column: &str, project: &str) -> String {
        let exact = self.place(Owned::Text(project.to_owned()));
        // Every path below `a` starts with `a/`, and '0' is the character after '/'.
        let from = self.place(Owned::Text(format!("{project}/")));
        let to = self.place(Owned::Text(format!("{project}0")));
        format!("({column} = {exact} OR ({column} >= {from} AND {column} < {to}))")
    }

    pub(super) fn scopes(&mut self, scopes: &[Scope]) {
        if scopes.contains(&Scope::Home) {
            return;
        }
        let mut any = vec!["1 = 0".to_owned()];
        for scope in scopes {
            if let Scope::Project(path) = scope {
                let text = self.within("project", path.as_str());
                any.push(text);
            }
        }
        self.texts.push(format!("({})", any.join(" OR ")));
    }

    /// Selects rows that belong to the project or to a project below it.
    pub(super) fn within_project(&mut self, project: &ProjectPath) {
        let text = self.within("project", project.as_str());
        self.texts.push(text);
    }

    /// Selects runs with exactly this name.
    pub(crate) fn named(&mut self, name: &str) {
        let place = self.place(Owned::Text(name.to_owned()));
        self.texts.push(format!("name = {place}"));
    }

    /// Selects runs that were submitted at this time or later.
    pub(crate) fn since(&mut self, time: Time) {
        let place = self.place(Owned::Int(time.micros()));
        self.texts.push(format!("submitted >= {place}"));
    }

    /// Selects runs that this user submitted.
    pub(crate) fn submitted_by(&mut self, user: ActorId) {
        let place = self.place(Owned::Id(user.to_bytes()));
        self.texts.push(format!("submitted_by = {place}"));
    }

    /// Selects rows whose column `search` contains all the words.
    pub(super) fn words(&mut self, words: &[String]) {
        for word in words {
            let escaped = word.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            let place = self.place(Owned::Text(format!("%{escaped}%")));
            self.texts.push(format!("search LIKE {place} ESCAPE '\\'"));
        }
    }

    /// Selects runs that have all the tags.
    pub(super) fn tags(&mut self, tags: &BTreeSet<Tag>) {
        for tag in tags {
            let place = self.place(Owned::Text(tag.to_string()));
            self.texts.push(format!("id IN (SELECT run FROM run_tags WHERE tag = {place})"));
        }
    }

    /// Selects tags after this one.
    pub(super) fn after_tag(&mut self, tag: &Tag) {
        let place = self.place(Owned::Text(tag.to_string()));
        self.texts.push(format!("tag > {place}"));
    }

    /// Selects publications that contain the claim.
    pub(super) fn of_claim(&mut self, claim: ClaimId) {
        let place = self.place(Owned::Id(claim.to_bytes()));
        self.texts.push(format!("id IN (SELECT publication FROM publication_claims WHERE claim = {place})"));
    }

    /// Selects rows of facts before this one.
    pub(super) fn before(&mut self, seq: i64) {
        let place = self.place(Owned::Int(seq));
        self.texts.push(format!("seq < {place}"));
    }

    pub(crate) fn text(&self) -> String {
        if self.texts.is_empty() { String::new() } else { format!("WHERE {}", self.texts.join(" AND ")) }
    }
}

/// A page of a table whose rows correspond to facts, newest first. `load` loads the rows that match a condition, without
/// erased ones, which still count for the start of the next page.
pub(crate) fn newest_first<T>(
    sql: &mut Connection,
    table: &str,
    ListQuery { scopes, filter }: &ListQuery,
    mut conditions: Conditions,
    load: impl Fn(&mut Connection, &str, &[Value<'_>]) -> SqlResult<Vec<T>>,
) -> StoreResult<Page<T>> {
    let limit = filter.limit.clamp(1, PAGE_MAX);
    conditions.scopes(scopes);
    if let Some(project) = &filter.project {
        conditions.within_project(project);
    }
    conditions.words(&filter.words);
    if let Some(cursor) = &filter.cursor {
        conditions.before(read_seq_cursor(cursor)?);
    }
    let condition = format!("{} ORDER BY seq DESC LIMIT {}", conditions.text(), limit + 1);
    let values = conditions.values();
    let seqs = sql.query(&format!("SELECT seq FROM {table} {condition}"), &values, |row| row.int(0))?;
    let mut items = load(sql, &condition, &values)?;
    items.truncate(limit);
    let next = (seqs.len() > limit).then(|| format!("{:x}", seqs[limit - 1]));
    Ok(Page { items, next })
}

pub(super) fn foreign_cursor(cursor: &str) -> Malformed {
    Malformed::Text { noun: "cursor", text: cursor.to_owned(), why: "this list did not return it".to_owned() }
}

/// Parses the cursor of a list that is ordered only by facts.
pub(super) fn read_seq_cursor(cursor: &str) -> Result<i64, Malformed> {
    i64::from_str_radix(cursor, 16).map_err(|_| foreign_cursor(cursor))
}
