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
    array::{ArrayId, Gathered, NotGathered, Submitted, value_text, values_of},
    fact::kind,
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
    work::arrays::value_tables::ValueTables,
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
        let subject = recorded.header.subject.filter(|_| recorded.header.kind == kind::ArrayEnded);
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
        if !is_due || array.submitted.gather.is_none() {
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
    let Some(gather) = &submitted.gather else { return Ok(()) };
    let results = read(catalogue, array).await?;
    if results.rows.is_empty() {
        return not_gathered(catalogue, submitted, "no task has succeeded".to_owned()).await;
    }
    let columns = results.columns();
    let unknown = gather.units.keys().find(|name| !columns.contains(name));
    if let Some(name) = unknown {
        let why = format!("the unit of {name} is given, and no task has a value or a metric of this name");
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
            source_settings: Map::from_iter([setting("delimiter", ","), setting("decimal", ".")]),
            ..ImportOptions::default()
        },
        license: None,
        description: Some(format!("Results of array/{}: a row for each task that succeeded", submitted.number)),
        memory_limit_bytes: None,
        fresh: false,
    };
    let ended = array.ended.as_ref().map(|(time, _)| time.micros()).unwrap_or_default();
    let key = format!("array-gather {} {ended}", submitted.array);
    let run = imports::add(catalogue, &caller, Some(key), import).await?.of.run.id;
    let runs: Vec<RunId> = results.runs.into_iter().collect();
    // Together: after a kill in between, the dataset would rest on some of the runs only.
    let fact = |tasks: &[RunId]| -> Fact {
        Gathered { array: submitted.array, number: submitted.number, run, tasks: tasks.to_vec() }.into()
    };
    let facts = runs.chunks(RUNS_IN_FACT).map(fact).collect();
    catalogue.record(ActorId::SYSTEM, None, facts).await.map(drop)
}

/// The results of the tasks that succeeded.
#[derive(Debug, Default)]
struct Results {
    rows: Vec<BTreeMap<String, Value>>,
    /// Names of values, and (below) of metrics and of outputs.
    values: Vec<String>,
    metrics: BTreeSet<String>,
    outputs: BTreeSet<String>,
    runs: BTreeSet<RunId>,
}

/// The columns that every gathered table has.
const TASK: &str = "task";
const RUN: &str = "run";

impl Results {
    /// Task, run, values, metrics, outputs; each name once.
    fn columns(&self) -> Vec<&String> {
        let mut seen = HashSet::new();
        let first: Vec<&String> = self.rows.first().into_iter().flat_map(|row| row.keys()).collect();
        let fixed = [TASK, RUN].into_iter().filter_map(|name| first.iter().copied().find(|known| *known == name));
        let named = fixed.chain(&self.values).chain(&self.metrics).chain(&self.outputs);
        named.filter(|name| seen.insert(name.as_str())).collect()
    }

    /// The columns that hold texts.
    fn texts(&self) -> impl Iterator<Item = String> + '_ {
        // A metric is a number, and also where JSON has only a word for it.
        let is_text = |name: &&String| {
            !self.metrics.contains(*name)
                && self.rows.iter().filter_map(|row| row.get(*name)).any(|value| matches!(value, Value::String(_)))
        };
        self.columns().into_iter().filter(move |name| is_text(name)).cloned()
    }

    /// As CSV (RFC 4180).
    fn text(&self, columns: &[&String]) -> String {
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
        line(&mut columns.iter().map(|name| quoted(name)), &mut text);
        for row in &self.rows {
            let cell = |name: &&String| match row.get(*name) {
                Some(Value::String(text)) if !self.metrics.contains(*name) => quoted(text),
                Some(value) => value_text(value),
                None => String::new(),
            };
            line(&mut columns.iter().map(cell), &mut text);
        }
        text
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

async fn read(catalogue: &Catalogue, array: &ArrayView) -> AppResult<Results> {
    let submitted = &array.submitted;
    let tables = ValueTables::read(catalogue, &submitted.axes).await?;
    let values = submitted.axes.iter().flat_map(|axis| axis.names()).map(str::to_owned);
    let mut results =
        Results { values: values.chain(submitted.params.keys().cloned()).collect(), ..Results::default() };
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
            row.entry(TASK.to_owned()).or_insert_with(|| Value::from(task.task));
            row.entry(RUN.to_owned()).or_insert_with(|| Value::from(run.handle.to_string()));
            for summary in metrics.get(&run.last_attempt()).into_iter().flatten() {
                // A value and a metric of the same name are two columns.
                let is_taken = results.values.contains(&summary.key) || [TASK, RUN].contains(&summary.key.as_str());
                let name = if is_taken { format!("metric.{}", summary.key) } else { summary.key.clone() };
                row.insert(name.clone(), serde_json::to_value(summary.last).unwrap_or_default());
                results.metrics.insert(name);
            }
            let declared = submitted.spec.outputs.iter().zip(run.spec().into_iter().flat_map(|spec| &spec.outputs));
            for (template, path) in declared {
                let kept = run.outputs().find(|output| output.path == *path);
                if let Some(output) = kept {
                    let name = format!("output.{template}");
                    row.insert(name.clone(), Value::from(output.digest.to_string()));
                    results.outputs.insert(name);
                }
            }
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
        let results = Results {
            rows: vec![row(1, json!("a, \"b\""), json!(0.5)), row(2, json!("007"), json!("NaN"))],
            values: vec!["x".to_owned()],
            metrics: BTreeSet::from(["loss".to_owned(), "time".to_owned()]),
            outputs: BTreeSet::new(),
            runs: BTreeSet::new(),
        };
        let columns = results.columns();
        assert_eq!(columns, ["task", "run", "x", "loss", "time"]);
        let text = "\"task\",\"run\",\"x\",\"loss\",\"time\"\r\n1,\"7Q2M\",\"a, \"\"b\"\"\",0.5,\r\n2,\"7Q2M\",\"007\",NaN,\r\n";
        assert_eq!(results.text(&columns), text);
        assert_eq!(results.texts().collect::<Vec<_>>(), ["run", "x"]);
    }
}
