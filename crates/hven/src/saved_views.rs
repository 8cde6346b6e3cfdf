//! Finds saved views by their names, and reads the state of the list of runs that one holds.

use std::collections::BTreeMap;

use hven_api::{
    compared_runs::RunColumns,
    page::Page,
    saved_views::{SaveView, SavedView},
};
use hven_client::{Client, Failure};
use hven_core::expression::name_in_source;
use serde_json::Value;

/// All views of a project and of those below it.
pub fn all(client: &Client, project: Option<&str>) -> hven_client::Result<Page<SavedView>> {
    let mut found = client.views(project, None)?;
    while let Some(cursor) = found.next.take() {
        let more = client.views(project, Some(&cursor))?;
        found.items.extend(more.items);
        found.next = more.next;
    }
    Ok(found)
}

/// The view with this name, or with this project and name: `astro:Best runs`.
pub fn find(client: &Client, name: &str) -> anyhow::Result<SavedView> {
    let mut named: Vec<SavedView> =
        all(client, None)?.items.into_iter().filter(|view| view.id == name || view.name == name).collect();
    if let Some(place) = named.iter().position(|view| view.id == name) {
        return Ok(named.swap_remove(place));
    }
    match named.len() {
        1 => Ok(named.swap_remove(0)),
        0 => {
            let failure = Failure::new("not_found", format!("there is no view {name:?}"));
            Err(failure.hint("`hven view ls` lists the views that you may see").into())
        }
        count => {
            let ids: Vec<String> = named.into_iter().map(|view| view.id).collect();
            let failure = Failure::new("run.ambiguous", format!("{count} views have the name {name:?}"));
            Err(failure.hint(format!("give the project, too: {}", ids.join(", "))).into())
        }
    }
}

/// The list of runs that a view shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedRuns {
    pub words: Vec<String>,
    pub condition: Option<String>,
    pub states: Vec<String>,
    pub project: Option<String>,
    pub tags: Vec<String>,
    /// `with` archived runs, or `only` them.
    pub archived: Option<&'static str>,
    pub all_kinds: bool,
    pub sort: Option<String>,
    /// Columns that the table of runs does not have, as expressions.
    pub columns: Vec<String>,
    /// Parts of the view that only the page shows.
    pub page_only: Vec<&'static str>,
}

impl ListedRuns {
    /// Fails for a view of another page.
    pub fn of(view: &SavedView) -> anyhow::Result<Self> {
        if view.page != "runs" {
            let failure = Failure::new("usage", format!("the view {:?} is one of a comparison", view.id));
            return Err(failure.hint(format!("`hven view show {:?}` has the address of its page", view.id)).into());
        }
        let text = |name: &str| match view.state.get(name) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => Some(other.to_string()),
            None => None,
        };
        let list = |name: &str| -> Vec<String> {
            let all = text(name).unwrap_or_default();
            all.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        let page_only = [("group", "groups"), ("pins", "pinned runs"), ("colours", "colours")];
        Ok(Self {
            words: text("q").iter().flat_map(|words| words.split_whitespace()).map(str::to_owned).collect(),
            condition: text("where"),
            states: list("state"),
            project: text("project"),
            tags: list("tag"),
            archived: text("archived").and_then(|word| ["with", "only"].into_iter().find(|known| *known == word)),
            all_kinds: text("kinds").as_deref() == Some("all"),
            sort: text("sort"),
            columns: list("cols").iter().filter_map(|name| column(&unescaped(name))).collect(),
            page_only: page_only
                .into_iter()
                .filter(|(name, _)| view.state.contains_key(*name))
                .map(|(_, of)| of)
                .collect(),
        })
    }
}

/// Saves a list of runs as a view of a project.
pub fn save(
    client: &Client,
    name: &str,
    project: &str,
    replace: bool,
    listed: ListedRuns,
) -> anyhow::Result<SavedView> {
    let known = if listed.columns.is_empty() { None } else { Some(client.run_columns(listed.project.as_deref())?) };
    let view = SaveView {
        project: project.to_owned(),
        name: name.to_owned(),
        page: "runs".to_owned(),
        state: listed.state(known.as_ref())?,
        replace,
    };
    match client.save_view(&view) {
        Err(hven_client::Error::Api(error)) if error.code == "conflict" && !replace => {
            Err(Failure::new("conflict", error.message).hint("--replace overwrites it").into())
        }
        answer => Ok(answer?),
    }
}

/// The columns that the page has without a choice.
const USUAL_COLUMNS: [&str; 8] = ["handle", "state", "name", "command", "tags", "project", "submitted", "duration"];
/// Fields of runs that are columns of the page, by the names of both.
const FIELD_COLUMNS: [(&str, &str); 3] =
    [("outputs", "run.outputs"), ("cpu", "run.cpu_s"), ("memory", "run.memory_max_bytes")];

impl ListedRuns {
    /// The parameters in the address of the page that shows this list.
    fn state(self, known: Option<&RunColumns>) -> anyhow::Result<BTreeMap<String, Value>> {
        let mut columns: Vec<String> = USUAL_COLUMNS.map(str::to_owned).to_vec();
        for column in &self.columns {
            columns.push(escaped(&page_column(column, known)?));
        }
        let joined = |list: &[String], by: &str| (!list.is_empty()).then(|| list.join(by));
        let fields = [
            ("q", joined(&self.words, " ")),
            ("where", self.condition),
            ("state", joined(&self.states, ",")),
            ("project", self.project),
            ("tag", joined(&self.tags, ",")),
            ("archived", self.archived.map(str::to_owned)),
            ("kinds", self.all_kinds.then(|| "all".to_owned())),
            ("sort", self.sort),
            ("cols", (!self.columns.is_empty()).then(|| columns.join(","))),
        ];
        let set = |(name, value): (&str, Option<String>)| Some((name.to_owned(), Value::String(value?)));
        Ok(fields.into_iter().filter_map(set).collect())
    }
}

/// The column of the page for a name of `hven ps --columns`.
fn page_column(column: &str, known: Option<&RunColumns>) -> anyhow::Result<String> {
    let text = column.trim();
    if let Some((name, _)) = FIELD_COLUMNS.iter().find(|(_, field)| text == *field || format!("run.{text}") == *field) {
        return Ok((*name).to_owned());
    }
    for found in known.iter().flat_map(|known| &known.columns) {
        let prefix = match found.of.as_str() {
            "metric" => "metrics",
            "tag" => "tags",
            _ => "params",
        };
        let whole = format!("{prefix}.{}", name_in_source(&found.name));
        if text == found.expression || text == whole {
            return Ok(format!("{prefix}.{}", found.name));
        }
    }
    let failure = Failure::new("usage", format!("{text:?} is no metric, parameter or tag of these runs"));
    Err(failure.hint("a view has columns with names; `hven ps --columns` also shows expressions").into())
}

fn escaped(name: &str) -> String {
    name.replace('%', "%25").replace(',', "%2C")
}

/// The page escapes commas in the names of columns.
fn unescaped(name: &str) -> String {
    name.replace("%2C", ",").replace("%25", "%")
}

/// The expression of a column of the page; `None` for columns that the table has anyway, and for those without an expression.
fn column(name: &str) -> Option<String> {
    for prefix in ["metrics", "params", "tags"] {
        if let Some(key) = name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('.')) {
            return Some(format!("{prefix}.{}", name_in_source(key)));
        }
    }
    FIELD_COLUMNS.iter().find(|(column, _)| *column == name).map(|(_, field)| (*field).to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn view(page: &str, state: &serde_json::Value) -> SavedView {
        let view = json!({
            "id": "home:best", "project": "home", "name": "best", "page": page, "state": state,
            "saved": "2026-05-01T00:00:00Z", "saved_by": { "id": "me", "kind": "user", "name": null },
        });
        serde_json::from_value(view).expect("a view")
    }

    #[test]
    fn a_list_of_the_terminal_is_a_view_of_the_page() {
        let column = |name: &str, of: &str, expression: &str| json!({ "name": name, "of": of, "expression": expression, "kind": "number", "runs": 1, "low": null, "high": null });
        let known = json!({ "schema": "hven.run_columns/1", "runs": 1, "truncated": false, "fields": [], "columns": [
            column("loss", "metric", "loss"),
            column("a,b", "parameter", "`a,b`"),
            column("mlflow.user", "tag", "tags.mlflow.user"),
        ] });
        let known: RunColumns = serde_json::from_value(known).expect("columns");
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let listed = ListedRuns {
            words: texts(&["fit", "again"]),
            condition: Some("loss < 1".to_owned()),
            states: texts(&["done", "failed"]),
            tags: texts(&["good"]),
            archived: Some("only"),
            all_kinds: true,
            sort: Some("-acc".to_owned()),
            columns: texts(&["metrics.loss", "params.`a,b`", "tags.mlflow.user", "run.cpu_s"]),
            ..ListedRuns::default()
        };
        let state = listed.clone().state(Some(&known)).expect("a state");
        assert_eq!(ListedRuns::of(&view("runs", &json!(state))).expect("a list"), listed);
        let short = ListedRuns { columns: texts(&["loss", "`a,b`", "cpu_s"]), ..ListedRuns::default() };
        let state = short.state(Some(&known)).expect("a state");
        let columns = state["cols"].as_str().expect("a text");
        assert!(columns.ends_with(",duration,metrics.loss,params.a%2Cb,cpu"), "{columns}");
        let unknown = ListedRuns { columns: texts(&["loss / 2"]), ..ListedRuns::default() };
        assert!(unknown.state(Some(&known)).is_err());
    }

    #[test]
    fn a_view_of_the_page_is_a_list_of_the_terminal() {
        let state = json!({
            "q": "fit  again", "where": "loss < 1", "state": "done,failed", "tag": "good", "archived": "with",
            "kinds": "all", "sort": "-acc", "cols": "handle,state,metrics.loss,params.a%2Cb,tags.mlflow.user,cpu",
            "group": "params.lr",
        });
        let found = ListedRuns::of(&view("runs", &state)).expect("a list");
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let expect = ListedRuns {
            words: texts(&["fit", "again"]),
            condition: Some("loss < 1".to_owned()),
            states: texts(&["done", "failed"]),
            project: None,
            tags: texts(&["good"]),
            archived: Some("with"),
            all_kinds: true,
            sort: Some("-acc".to_owned()),
            columns: texts(&["metrics.loss", "params.`a,b`", "tags.mlflow.user", "run.cpu_s"]),
            page_only: vec!["groups"],
        };
        assert_eq!(found, expect);
        assert_eq!(ListedRuns::of(&view("runs", &json!({}))).expect("a list"), ListedRuns::default());
        assert!(ListedRuns::of(&view("compare", &json!({}))).is_err());
    }
}
