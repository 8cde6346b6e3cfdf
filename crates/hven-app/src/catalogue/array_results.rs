//! The follower that gathers the results of arrays: values, metrics and outputs of the tasks become a table, which is imported as a
//! dataset. The dataset rests on the runs of the tasks, so it is suspect when one of them is retracted.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};

use async_trait::async_trait;
use bytes::Bytes;
use hven_core::{
    ActorId, AttemptId, Fact, RunId, Time,
    array::{ArrayId, FilesFound, Gathered, NotGathered, OtherFiles, Submitted, value_text, values_of},
    fact::kind,
    nearest::suggestion,
    object::{FileKind, FileRef},
};
use serde_json::{Map, Value};

use crate::{
    catalogue::{
        floor::Catalogue,
        imports::{self, ImportOptions, TableImport},
    },
    kernel::{
        callers::Caller,
        error::AppResult,
        follower::{Executor, Follower, Obstacle, Resumed},
    },
    ports::{
        arrays::{ArrayView, TaskQuery, TaskState},
        record::Recorded,
        run::RunView,
    },
    work::arrays::{other_files::sentences_of, value_tables::ValueTables},
};

/// Decides which arrays are gathered.
#[derive(Debug)]
pub struct GatherFollower;

/// Gather the results of this array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GatherResults(pub ArrayId);

impl Follower for GatherFollower {
    /// Nothing: an array itself says whether it gathers.
    type State = ();
    type Intent = GatherResults;

    fn on_fact((): &mut (), recorded: &Recorded, _now: Time) -> Vec<GatherResults> {
        let is_due = matches!(recorded.header.kind.as_str(), kind::ArrayEnded | kind::ArrayGatherRequested);
        let subject = recorded.header.subject.filter(|_| is_due);
        subject.map(|subject| GatherResults(ArrayId::from_u128(subject))).into_iter().collect()
    }
}

/// Gathers results.
#[derive(Debug)]
pub struct GatherExecutor(pub Arc<Catalogue>);

#[async_trait]
impl Executor for GatherExecutor {
    type Follower = GatherFollower;

    async fn resume(&self) -> AppResult<Resumed<GatherFollower>> {
        let due = self.0.ports.views.arrays_to_gather().await?;
        Ok(Resumed { state: (), due: due.into_iter().map(GatherResults).collect() })
    }

    async fn carry_out(&self, GatherResults(array): &GatherResults) -> AppResult<()> {
        let catalogue = &self.0;
        let Some(array) = catalogue.ports.views.array(*array).await? else { return Ok(()) };
        let is_due = array.ended.is_some() && array.gathered_by.is_none() && array.not_gathered.is_none();
        if !is_due || array.gather.is_none() {
            return Ok(());
        }
        match gather(catalogue, &array).await {
            Err(error) if Obstacle::of(&error) == Obstacle::Stays => {
                not_gathered(catalogue, &array.submitted, error.to_string()).await
            }
            gathered => gathered,
        }
    }
}

/// The most runs that one fact names.
const RUNS_IN_FACT: usize = 10_000;
const PAGE: usize = 1000;

async fn not_gathered(catalogue: &Catalogue, submitted: &Submitted, because: String) -> AppResult<()> {
    let fact = NotGathered { array: submitted.array, number: submitted.number, because };
    catalogue.record(ActorId::SYSTEM, None, vec![fact.into()]).await.map(drop)
}

async fn gather(catalogue: &Catalogue, array: &ArrayView) -> AppResult<()> {
    let submitted = &array.submitted;
    let Some(gather) = &array.gather else { return Ok(()) };
    let results = read(catalogue, array).await?;
    if results.rows.is_empty() {
        return not_gathered(catalogue, submitted, "no task has succeeded".to_owned()).await;
    }
    let columns = results.columns();
    if let Some(name) = gather.units.keys().find(|name| !columns.contains(&name.as_str())) {
        let near = suggestion(name, columns.iter().copied());
        let near = near.unwrap_or_else(|| format!("there are {}", columns.join(", ")));
        let why = format!("the unit of {name} is given, and no task has a value or a metric of this name: {near}");
        return not_gathered(catalogue, submitted, why).await;
    }
    let text = Bytes::from(results.text(&columns));
    let path = format!("array-{}.csv", submitted.number);
    let size = text.len() as u64;
    let digest = catalogue.ports.objects.put(text).await?;
    let caller = Caller::user(catalogue.ports.views.as_ref(), array.by).await?;
    let setting = |name: &str, value: &str| (name.to_owned(), Value::from(value));
    let import = TableImport {
        project: submitted.project.clone(),
        name: gather.dataset.clone(),
        source: FileRef { path, digest, size, kind: FileKind::File },
        options: ImportOptions {
            types: results.texts().map(|name| (name, "text".to_owned())).collect(),
            units: gather.units.clone(),
            // Only an empty cell has no value: a metric that was NaN at last is not one that was never logged.
            nulls: Some(vec![String::new()]),
            source_settings: Map::from_iter([setting("delimiter", ","), setting("decimal", ".")]),
            ..ImportOptions::default()
        },
        license: None,
        description: Some(results.description(submitted.number)),
        memory_limit_bytes: None,
        fresh: false,
    };
    let key = key_of(array);
    let run = imports::add(catalogue, &caller, Some(key), import).await?.of.run.id;
    let runs: Vec<RunId> = results.runs.into_iter().collect();
    // Together: after a kill in between, the dataset would rest on some of the runs only.
    let fact = |tasks: &[RunId]| -> Fact {
        Gathered { array: submitted.array, number: submitted.number, run, tasks: tasks.to_vec() }.into()
    };
    let facts = runs.chunks(RUNS_IN_FACT).map(fact).collect();
    catalogue.record(ActorId::SYSTEM, None, facts).await.map(drop)
}

/// The key of the import: one for each end of the array, and for each request to gather.
fn key_of(array: &ArrayView) -> String {
    let ended = array.ended.as_ref().map(|(time, _)| time.micros()).unwrap_or_default();
    let requested = array.gather_requested.map(|time| format!(" {}", time.micros())).unwrap_or_default();
    format!("array-gather {} {ended}{requested}", array.submitted.array)
}

/// The results of the tasks that succeeded.
#[derive(Debug, Default)]
struct Results {
    rows: Vec<BTreeMap<String, Value>>,
    columns: ColumnNames,
    runs: BTreeSet<RunId>,
    files: OtherFiles,
}

/// The names of the columns. Values keep their names, which may be those of any table; a name that is taken gets a prefix.
#[derive(Debug, Default)]
struct ColumnNames {
    /// The columns that every gathered table has: the number of the task, and its run.
    task: String,
    run: String,
    values: Vec<String>,
    /// By metric, and (below) by output.
    metrics: BTreeMap<String, String>,
    outputs: BTreeMap<String, String>,
    taken: HashSet<String>,
}

impl ColumnNames {
    fn new(values: Vec<String>) -> Self {
        let mut names = Self { taken: values.iter().cloned().collect(), values, ..Self::default() };
        names.task = names.free("hven.", "task".to_owned());
        names.run = names.free("hven.", "run".to_owned());
        names
    }

    /// The name, with this prefix as often as it is taken.
    fn free(&mut self, prefix: &str, mut name: String) -> String {
        while !self.taken.insert(name.clone()) {
            name.insert_str(0, prefix);
        }
        name
    }

    fn metric(&mut self, key: &str) -> String {
        if let Some(known) = self.metrics.get(key) {
            return known.clone();
        }
        let name = self.free("metric.", key.to_owned());
        self.metrics.insert(key.to_owned(), name.clone());
        name
    }

    fn output(&mut self, template: &str) -> String {
        if let Some(known) = self.outputs.get(template) {
            return known.clone();
        }
        let name = self.free("output.", format!("output.{template}"));
        self.outputs.insert(template.to_owned(), name.clone());
        name
    }
}

impl Results {
    /// Task, run, values, metrics, outputs.
    fn columns(&self) -> Vec<&str> {
        let ColumnNames { task, run, values, metrics, outputs, .. } = &self.columns;
        let mut metrics: Vec<&String> = metrics.values().collect();
        metrics.sort_unstable();
        [task, run].into_iter().chain(values).chain(metrics).chain(outputs.values()).map(String::as_str).collect()
    }

    /// The columns that hold texts.
    fn texts(&self) -> impl Iterator<Item = String> + '_ {
        // A metric is a number, and also where JSON has only a word for it.
        let is_text = |name: &str| self.rows.iter().filter_map(|row| row.get(name)).any(Value::is_string);
        let metrics: HashSet<&str> = self.metrics().collect();
        let names = self.columns().into_iter();
        names.filter(move |name| !metrics.contains(name) && is_text(name)).map(str::to_owned)
    }

    fn metrics(&self) -> impl Iterator<Item = &str> {
        self.columns.metrics.values().map(String::as_str)
    }

    /// As CSV (RFC 4180).
    fn text(&self, columns: &[&str]) -> String {
        let mut text = String::new();
        let line = |cells: &mut dyn Iterator<Item = String>, text: &mut String| {
            for (place, cell) in cells.enumerate() {
                if place > 0 {
                    text.push(',');
                }
                text.push_str(&cell);
            }
            text.push_str("\r\n");
        };
        let metrics: HashSet<&str> = self.metrics().collect();
        line(&mut columns.iter().map(|name| quoted(name)), &mut text);
        for row in &self.rows {
            let cell = |name: &&str| match row.get(*name) {
                Some(Value::String(text)) if !metrics.contains(name) => quoted(text),
                Some(value) => value_text(value),
                None => String::new(),
            };
            line(&mut columns.iter().map(cell), &mut text);
        }
        text
    }

    /// The description of the dataset. It also says when tasks did not run what the array recorded.
    fn description(&self, number: u32) -> String {
        let name = format!("array/{number}");
        let said = sentences_of(&self.files, &name, self.rows.len() as u64);
        let rows = format!("Results of {name}: a row for each task that succeeded");
        let said = said.into_iter().map(|(_, _, sentence)| sentence.text);
        std::iter::once(rows).chain(said).collect::<Vec<_>>().join("; ")
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

async fn read(catalogue: &Catalogue, array: &ArrayView) -> AppResult<Results> {
    let submitted = &array.submitted;
    let tables = ValueTables::read(catalogue, &submitted.axes).await?;
    let values = submitted.axes.iter().flat_map(|axis| axis.names()).map(str::to_owned);
    let names = ColumnNames::new(values.chain(submitted.params.keys().cloned()).collect());
    let mut results = Results { columns: names, ..Results::default() };
    let mut from = 1;
    loop {
        let query = TaskQuery { state: Some(TaskState::Done), from, limit: PAGE };
        let tasks = catalogue.ports.views.array_tasks(submitted.array, &query).await?;
        let is_last = tasks.len() < PAGE;
        from = tasks.last().map_or(from, |task| task.task + 1);
        let ids: Vec<RunId> = tasks.iter().filter_map(|task| task.run.as_ref().map(|run| run.id)).collect();
        let runs = catalogue.ports.views.runs_by_id(&ids).await?;
        let runs: BTreeMap<RunId, RunView> = runs.into_iter().map(|run| (run.id, run)).collect();
        let attempts: Vec<AttemptId> = runs.values().map(RunView::last_attempt).collect();
        let metrics = catalogue.ports.series.summaries_of(&attempts).await?;
        for task in tasks {
            let Some(run) = task.run.as_ref().and_then(|row| runs.get(&row.id)) else { continue };
            let mut row = values_of(&submitted.axes, task.task, &tables);
            row.extend(submitted.params.clone());
            row.insert(results.columns.task.clone(), Value::from(task.task));
            row.insert(results.columns.run.clone(), Value::from(run.handle.to_string()));
            for summary in metrics.get(&run.last_attempt()).into_iter().flatten() {
                let name = results.columns.metric(&summary.key);
                row.insert(name, serde_json::to_value(summary.last).unwrap_or_default());
            }
            let declared = submitted.spec.outputs.iter().zip(run.spec().into_iter().flat_map(|spec| &spec.outputs));
            for (template, path) in declared {
                let kept = run.outputs().find(|output| output.path == *path);
                if let Some(output) = kept {
                    row.insert(results.columns.output(template), Value::from(output.digest.to_string()));
                }
            }
            let found = run.result.as_ref().map(|result| FilesFound::of(&result.changed)).unwrap_or_default();
            results.files.add(found, 1, task.task);
            results.runs.insert(run.id);
            results.rows.push(row);
        }
        if is_last {
            return Ok(results);
        }
    }
}

#[cfg(test)]
mod tests {
    use hven_core::capture::Note;
    use serde_json::json;

    use super::*;

    #[test]
    fn results_are_a_table() {
        let row = |task: u64, x: Value, loss: Value| {
            BTreeMap::from([
                ("task".to_owned(), json!(task)),
                ("run".to_owned(), json!("7Q2M")),
                ("x".to_owned(), x),
                ("loss".to_owned(), loss),
            ])
        };
        let mut columns = ColumnNames::new(vec!["x".to_owned()]);
        assert_eq!((columns.metric("loss").as_str(), columns.metric("time").as_str()), ("loss", "time"));
        let rows = vec![row(1, json!("a, \"b\""), json!(0.5)), row(2, json!("007"), json!("NaN"))];
        let results = Results { rows, columns, ..Results::default() };
        let columns = results.columns();
        assert_eq!(columns, ["task", "run", "x", "loss", "time"]);
        let text = "\"task\",\"run\",\"x\",\"loss\",\"time\"\r\n1,\"7Q2M\",\"a, \"\"b\"\"\",0.5,\r\n2,\"7Q2M\",\"007\",NaN,\r\n";
        assert_eq!(results.text(&columns), text);
        assert_eq!(results.texts().collect::<Vec<_>>(), ["run", "x"]);
        assert_eq!(results.description(3), "Results of array/3: a row for each task that succeeded");
    }

    #[test]
    fn values_keep_their_names() {
        let values = ["task", "loss", "metric.loss", "output.o", "hven.run"];
        let mut names = ColumnNames::new(values.map(str::to_owned).to_vec());
        assert_eq!((names.task.as_str(), names.run.as_str()), ("hven.task", "run"));
        assert_eq!(
            (names.metric("loss"), names.metric("run")),
            ("metric.metric.loss".to_owned(), "metric.run".to_owned())
        );
        assert_eq!(
            (names.output("o"), names.metric("loss")),
            ("output.output.o".to_owned(), "metric.metric.loss".to_owned())
        );
    }

    #[test]
    fn the_description_says_what_did_not_run_as_recorded() {
        let mut results = Results { rows: vec![BTreeMap::new(); 5], ..Results::default() };
        results.files.add(FilesFound::of(&[Note::CodeChanged { path: "sim.py".to_owned() }]), 1, 4);
        assert_eq!(
            results.description(3),
            "Results of array/3: a row for each task that succeeded; 1 of 5 tasks ran with other code than the array recorded \
             (first: array/3:4)"
        );
    }
}
