//! Runs: submits, lists, follows and cancels them, and reads their logs.

use std::{collections::BTreeMap, io};

use hven_api::{
    compared_runs::{ComparedRuns, RunColumns, RunList},
    labels::{ChangeLabels, RunLabels, TagUse},
    logs::{FoundInLogs, LogMatches, LogPage},
    metrics::{Curve, LogMetrics, Metrics, MetricsLogged, NewPoint, ResourceCurves},
    page::Page,
    queueing::{ChangeQueue, RunQueueing, UsageReport},
    reproductions::{Reproduce, Reproducing, Reproductions},
    runs::{
        BatchCreated, CountedTasks, DeleteRuns, DeletedRuns, Explanation, LogParams, LookedUp, ParamsLogged,
        RunCreated, RunDetail, RunFiles, RunSummary, Software, SubmitBatch, SubmitRun, Why,
    },
};
use serde::de::IgnoredAny;
use ureq::http::Method;

use crate::{
    Client, Result,
    query::{Query, escape},
    transport::{Call, LONG_READ_TIMEOUT, copy, encode},
};

/// The filter and size of a list of runs.
#[derive(Clone, Debug, Default)]
pub struct RunQuery {
    pub project: Option<String>,
    /// Any of these states; empty: all.
    pub states: Vec<String>,
    /// Whether the list includes runs that Hven started for its own checks.
    pub all_kinds: bool,
    /// Whether the list includes tasks of arrays.
    pub with_tasks: bool,
    /// Tags that the run must have, all of them.
    pub tags: Vec<String>,
    /// `with` archived runs, or `only` them; by default without them.
    pub archived: Option<&'static str>,
    /// Words that must all occur in the handle, name, command or project.
    pub words: Option<String>,
    /// A condition that must hold, as an expression over the quantities of runs.
    pub condition: Option<String>,
    /// `newest`, `oldest`, `longest`, or a quantity: `loss`, `-loss`.
    pub sort: Option<String>,
    /// Names or expressions whose values the list has.
    pub columns: Vec<String>,
    pub limit: Option<usize>,
    pub cursor: Option<String>,
}

/// Selects tasks of arrays.
#[derive(Clone, Copy, Debug)]
pub struct TaskQuery<'a> {
    /// Conditions of a list of runs.
    pub runs: &'a RunQuery,
    /// The whole name of the run.
    pub name: Option<&'a str>,
    /// Submitted at this time or later.
    pub since: Option<&'a str>,
    /// Only those of the caller.
    pub own: bool,
}

/// Selects a log.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogOf<'a> {
    /// The attempt; by default the last one.
    pub attempt: Option<u32>,
    /// Selects the output on `stdout` or `stderr`, or the notes of `hven`.
    pub source: Option<&'a str>,
}

impl LogOf<'_> {
    fn add_to<'q>(&self, query: &'q mut Query) -> &'q mut Query {
        query.add_some("attempt", self.attempt).add_some("source", self.source)
    }
}

/// The text or the regular expression of a search.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogPattern<'a> {
    pub text: &'a str,
    pub is_expression: bool,
    /// Of a regular expression; a text is always found whatever the case of its letters is.
    pub ignores_case: bool,
}

impl LogPattern<'_> {
    fn add_to<'q>(&self, query: &'q mut Query) -> &'q mut Query {
        let set = |is_set: bool| is_set.then_some("true");
        query.add("q", self.text).add_some("regex", set(self.is_expression));
        query.add_some("ignore_case", set(self.ignores_case))
    }
}

/// A search of the logs of all runs.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogsSearch<'a> {
    pub pattern: LogPattern<'a>,
    pub project: Option<&'a str>,
    /// An expression that must hold for a run.
    pub condition: Option<&'a str>,
    /// Lines before and after each match.
    pub context: usize,
    /// About how many matches an answer has at most.
    pub limit: usize,
}

impl Client {
    pub fn submit(&self, run: &SubmitRun) -> Result<RunCreated> {
        self.post("/runs", run)
    }

    /// Returns the effect of a submission, with the reason.
    pub fn look_up(&self, run: &SubmitRun) -> Result<LookedUp> {
        self.post("/runs/lookup", run)
    }

    pub fn submit_batch(&self, batch: &SubmitBatch) -> Result<BatchCreated> {
        self.post("/runs/batch", batch)
    }

    pub fn runs(&self, wanted: &RunQuery) -> Result<RunList> {
        let mut query = Query::default();
        query.add_some("project", wanted.project.as_ref());
        query.add_some("state", (!wanted.states.is_empty()).then(|| wanted.states.join(",")));
        query.add_some("all_kinds", wanted.all_kinds.then_some(true));
        query.add_some("with_tasks", wanted.with_tasks.then_some(true));
        query.add_some("tag", (!wanted.tags.is_empty()).then(|| wanted.tags.join(",")));
        query.add_some("archived", wanted.archived);
        query.add_some("q", wanted.words.as_ref());
        query.add_some("where", wanted.condition.as_ref());
        query.add_some("sort", wanted.sort.as_ref());
        query.add_some("columns", (!wanted.columns.is_empty()).then(|| wanted.columns.join(",")));
        query.add_some("limit", wanted.limit);
        query.add_some("cursor", wanted.cursor.as_ref());
        self.get(query.below("/runs"))
    }

    /// The names of the quantities of runs.
    pub fn run_columns(&self, project: Option<&str>) -> Result<RunColumns> {
        let mut query = Query::default();
        query.add_some("project", project);
        self.get(query.below("/runs/columns"))
    }

    /// The differences between runs, and how their parameters are related to a metric.
    pub fn compare_runs(&self, runs: &[String], metric: Option<&str>) -> Result<ComparedRuns> {
        let mut query = Query::default();
        query.add("runs", runs.join(",")).add_some("metric", metric);
        self.get(query.below("/runs/compare"))
    }

    /// Counts the tasks of arrays that meet the conditions of a list of runs, which leaves them out.
    pub fn count_tasks(&self, wanted: &TaskQuery<'_>) -> Result<CountedTasks> {
        let TaskQuery { runs, name, since, own } = wanted;
        let mut query = Query::default();
        query.add_some("project", runs.project.as_ref());
        query.add_some("state", (!runs.states.is_empty()).then(|| runs.states.join(",")));
        query.add_some("tag", (!runs.tags.is_empty()).then(|| runs.tags.join(",")));
        query.add_some("archived", runs.archived);
        query.add_some("q", runs.words.as_ref());
        query.add_some("name", *name);
        query.add_some("since", *since);
        query.add_some("own", own.then_some(true));
        self.get(query.below("/tasks"))
    }

    pub fn run(&self, run: &str) -> Result<RunDetail> {
        self.get(of(run, ""))
    }

    pub fn cancel(&self, run: &str) -> Result<RunSummary> {
        self.post(of(run, "/cancel"), &serde_json::Value::Null)
    }

    /// Changes the tags of a run, its note, or whether it is archived.
    pub fn change_labels(&self, run: &str, wanted: &ChangeLabels) -> Result<RunLabels> {
        self.post(of(run, "/labels"), wanted)
    }

    /// Changes how a run waits: its priority, or whether it is held.
    pub fn change_queue(&self, run: &str, wanted: &ChangeQueue) -> Result<RunQueueing> {
        self.post(of(run, "/queue"), wanted)
    }

    /// The use of the runners by ended runs, by user and project.
    pub fn usage(&self, project: Option<&str>, since: Option<&str>, until: Option<&str>) -> Result<UsageReport> {
        let mut query = Query::default();
        query.add_some("project", project).add_some("since", since).add_some("until", until);
        self.get(query.below("/usage"))
    }

    /// The tags of runs, by name.
    pub fn tags(&self, limit: usize) -> Result<Page<TagUse>> {
        let mut query = Query::default();
        query.add("limit", limit);
        self.get(query.below("/tags"))
    }

    /// Repeats a run from the record for a comparison.
    pub fn reproduce(&self, run: &str, wanted: &Reproduce) -> Result<Reproducing> {
        self.post(of(run, "/reproductions"), wanted)
    }

    /// The results of reproductions, newest first.
    pub fn reproductions(&self, run: &str) -> Result<Reproductions> {
        self.get(of(run, "/reproductions"))
    }

    pub fn put_software(&self, run: &str, software: &Software) -> Result<()> {
        self.send::<IgnoredAny>(Method::PUT, of(run, "/software"), software).map(|_| ())
    }

    /// Logs parameters; returns whether the run had ended, so that they count as added later.
    pub fn log_params(&self, run: &str, params: BTreeMap<String, serde_json::Value>) -> Result<bool> {
        let logged: Option<ParamsLogged> = self.post(of(run, "/params"), &LogParams { params })?;
        Ok(logged.is_some_and(|logged| logged.added_later))
    }

    pub fn log_metrics(&self, run: &str, points: Vec<NewPoint>) -> Result<MetricsLogged> {
        self.post(of(run, "/metrics"), &LogMetrics { points })
    }

    pub fn metrics(&self, run: &str) -> Result<Metrics> {
        self.get(of(run, "/metrics"))
    }

    pub fn curve(&self, run: &str, attempt: Option<u32>, key: &str, points_max: usize) -> Result<Curve> {
        let mut query = Query::default();
        query.add("key", key).add("max_points", points_max).add_some("attempt", attempt);
        self.get(query.below(&of(run, "/metrics/points")))
    }

    pub fn resources(&self, run: &str) -> Result<ResourceCurves> {
        self.get(of(run, "/resources"))
    }

    /// A part of the log, from byte `from` of its stream, about `limit` bytes.
    pub fn log(&self, run: &str, attempt: Option<u32>, from: u64, limit: Option<u64>) -> Result<LogPage> {
        let mut query = Query::default();
        query.add_some("attempt", attempt).add("from", from).add_some("limit", limit);
        self.get(query.below(&of(run, "/log")))
    }

    /// Writes the exact output of the run to `sink`, with or without the notes of Hven.
    pub fn log_raw(&self, run: &str, log: LogOf<'_>, notes: bool, sink: &mut dyn io::Write) -> Result<u64> {
        let mut query = Query::default();
        log.add_to(&mut query).add_some("notes", (!notes).then_some(false));
        let (response, url) = self.request(&Call::new(Method::GET, query.below(&of(run, "/log/raw"))))?;
        copy(response, url, sink)
    }

    /// The matches of a text in the log.
    pub fn log_search(
        &self,
        run: &str,
        log: LogOf<'_>,
        pattern: LogPattern<'_>,
        limit: Option<usize>,
    ) -> Result<LogMatches> {
        let mut query = Query::default();
        log.add_to(pattern.add_to(&mut query)).add_some("limit", limit);
        self.get(query.below(&of(run, "/log/search")))
    }

    /// Searches the logs of all runs, from the cursor of an earlier answer.
    pub fn logs_search(&self, wanted: &LogsSearch<'_>, cursor: Option<&str>) -> Result<FoundInLogs> {
        let mut query = Query::default();
        wanted.pattern.add_to(&mut query);
        query.add_some("project", wanted.project).add_some("where", wanted.condition);
        query.add("context", wanted.context).add("limit", wanted.limit).add_some("cursor", cursor);
        self.get(query.below("/logs/search"))
    }

    /// Deletes runs, or answers what that would erase.
    pub fn delete_runs(&self, wanted: &DeleteRuns) -> Result<DeletedRuns> {
        let json = encode(wanted)?;
        let mut call = Call::new(Method::POST, "/runs/delete");
        call.json = Some(&json);
        call.read_timeout = LONG_READ_TIMEOUT;
        self.answer(&call)
    }

    pub fn files(&self, run: &str) -> Result<RunFiles> {
        self.get(of(run, "/files"))
    }

    /// The bytes of one of the files of a run.
    pub fn file_content(&self, run: &str, path: &str, sink: &mut dyn io::Write) -> Result<u64> {
        let mut query = Query::default();
        query.add("path", path);
        let (response, url) = self.request(&Call::new(Method::GET, query.below(&of(run, "/files/content"))))?;
        copy(response, url, sink)
    }

    pub fn why(&self, run: &str) -> Result<Why> {
        self.get(of(run, "/why"))
    }

    pub fn explain(&self, run: &str) -> Result<Explanation> {
        self.get(of(run, "/explain"))
    }
}

/// The path of a run, named in any form, followed by `rest`.
fn of(run: &str, rest: &str) -> String {
    format!("/runs/{}{rest}", escape(run))
}
