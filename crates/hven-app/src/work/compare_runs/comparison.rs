//! The differences between several runs.

use std::collections::{BTreeMap, HashMap};

use hven_core::{Digest, RunId, run::{Code, MetricSummary}, sentence::Sentence};

pub use super::{
    influence::Influence,
    named::RUNS_MAX,
    sections::{ComparedRow, ComparedSection},
};
use super::{influence, named, sections};
use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        labelled::{Labelled, NeededLabels, NeedsLabels, label},
        sentences::AnswerSentence,
    },
    ports::{
        quantities::ParamValue,
        run::{RunRow, RunView},
    },
    work::{
        changes::{
            code::changed_code,
            run_changes::{self, WorkOfRun},
        },
        floor::Work,
        run_search::search,
    },
};

/// How many metrics are listed: those of the most runs.
const METRICS_MAX: usize = 500;
/// How many groups of code are compared file by file with the first.
const CODES_READ_MAX: usize = 16;

/// Several runs side by side. Values are in the order of the runs.
#[derive(Clone, Debug)]
pub struct Comparison {
    pub runs: Vec<RunRow>,
    pub params: ComparedSection,
    pub metrics: Vec<ComparedMetric>,
    pub metrics_left_out: u64,
    pub work: ComparedSection,
    pub code: ComparedCode,
    pub software: ComparedSection,
    pub environment: ComparedSection,
    pub inputs: ComparedSection,
    /// Of two runs: the changes of the work from the first to the second.
    pub changes: Vec<Sentence>,
    pub influence: Option<Influence>,
}

impl NeedsLabels for Comparison {
    fn add_to(&self, wanted: &mut NeededLabels) {
        self.runs.add_to(wanted);
    }
}

/// A metric of each of the runs.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparedMetric {
    pub name: String,
    /// `None` for a run that lacks it.
    pub summaries: Vec<Option<MetricSummary>>,
}

/// The runs by their code.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ComparedCode {
    /// The group of each run; `None` if its code is not known.
    pub group: Vec<Option<usize>>,
    pub groups: Vec<CodeGroup>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct CodeGroup {
    /// The commit of code in a git repository.
    pub commit: Option<String>,
    /// Whether it has changes that are not in the commit.
    pub changed: bool,
    /// The difference from the first group; `None` for the first group.
    pub difference: Option<Sentence>,
}

/// Compares the runs with these names. `metric`: also how their parameters are related to its last value.
pub async fn compare(work: &Work, caller: &Caller, names: &[String], metric: Option<&str>) -> AppResult<Comparison> {
    let runs = named::runs(work, caller, names).await?;
    if runs.is_empty() {
        return Err(AppError::invalid("the comparison", "names no run"));
    }
    let attempts: Vec<_> = runs.iter().map(RunView::last_attempt).collect();
    let mut summaries = work.ports.series.summaries_of(&attempts).await?;
    let summaries: Vec<Vec<MetricSummary>> =
        attempts.iter().map(|attempt| summaries.remove(attempt).unwrap_or_default()).collect();
    let influence = match metric {
        Some(metric) => Some(influence_on(metric, &runs, &summaries)?),
        None => None,
    };
    let (metrics, metrics_left_out) = metrics(summaries);
    let section = |of: &dyn Fn(&RunView) -> sections::Properties, with_same: bool| {
        sections::section(&runs.iter().map(of).collect::<Vec<_>>(), with_same)
    };
    let ids: Vec<RunId> = runs.iter().map(|run| run.id).collect();
    Ok(Comparison {
        params: section(&|run| run.params.clone(), true),
        metrics,
        metrics_left_out,
        work: section(&sections::work, true),
        code: code(work, &runs).await?,
        software: section(&sections::software, false),
        environment: section(&sections::environment, false),
        inputs: section(&sections::inputs, false),
        changes: changes(work, &runs).await?,
        influence,
        runs: search::rows(work, &ids).await?,
    })
}

/// The same with all labels of a list.
pub async fn labelled(
    work: &Work,
    caller: &Caller,
    names: &[String],
    metric: Option<&str>,
) -> AppResult<Labelled<Comparison>> {
    label(work, compare(work, caller, names, metric).await?).await
}

/// The metrics of the most runs, by name, and the number of the others.
fn metrics(of_runs: Vec<Vec<MetricSummary>>) -> (Vec<ComparedMetric>, u64) {
    let count = of_runs.len();
    let mut by_name: BTreeMap<String, Vec<Option<MetricSummary>>> = BTreeMap::new();
    for (place, lines) in of_runs.into_iter().enumerate() {
        for line in lines {
            let of_name = by_name.entry(line.key.clone()).or_insert_with(|| vec![None; count]);
            of_name[place] = Some(line);
        }
    }
    let mut metrics: Vec<ComparedMetric> =
        by_name.into_iter().map(|(name, summaries)| ComparedMetric { name, summaries }).collect();
    let left_out = metrics.len().saturating_sub(METRICS_MAX);
    if left_out > 0 {
        metrics.sort_by_key(|metric| std::cmp::Reverse(metric.summaries.iter().flatten().count()));
        metrics.truncate(METRICS_MAX);
        metrics.sort_by(|a, b| a.name.cmp(&b.name));
    }
    (metrics, left_out as u64)
}

fn influence_on(metric: &str, runs: &[RunView], summaries: &[Vec<MetricSummary>]) -> AppResult<Influence> {
    let last = |lines: &Vec<MetricSummary>| lines.iter().find(|line| line.key == metric).map(|line| line.last.0);
    let values: Vec<Option<f64>> = summaries.iter().map(last).collect();
    if values.iter().all(Option::is_none) {
        return Err(AppError::not_found("metric", metric));
    }
    let of_runs: Vec<_> = runs.iter().map(|run| run.params.clone()).collect();
    let params = sections::section(&of_runs, true).rows.into_iter().map(|row| {
        (row.name, row.values.into_iter().map(|value| value.as_ref().map(ParamValue::of)).collect())
    });
    Ok(influence::influence(metric, &values, &params.collect::<Vec<_>>()))
}

/// The changes of the work, if there are two runs and the work of both is known.
async fn changes(work: &Work, runs: &[RunView]) -> AppResult<Vec<Sentence>> {
    let [first, second] = runs else { return Ok(Vec::new()) };
    let Some(spec) = second.spec() else { return Ok(Vec::new()) };
    let notes = work.ports.views.capture_notes(second.id).await?;
    let now = WorkOfRun::of_run(work, second.id, spec, &notes).await?;
    let changes = run_changes::since(work, first, &now).await?;
    Ok(changes.into_iter().map(|change| change.sentence()).collect())
}

async fn code(work: &Work, runs: &[RunView]) -> AppResult<ComparedCode> {
    let mut compared = ComparedCode::default();
    let mut known: HashMap<Digest, usize> = HashMap::new();
    let mut first: Option<&Code> = None;
    for run in runs {
        let code = run.spec().and_then(|spec| spec.code.as_ref());
        let Some((code, digest)) = code.and_then(|code| Some((code, code.digest()?))) else {
            compared.group.push(None);
            continue;
        };
        if let Some(group) = known.get(&digest) {
            compared.group.push(Some(*group));
            continue;
        }
        let group = compared.groups.len();
        known.insert(digest, group);
        compared.group.push(Some(group));
        let difference = match first {
            None => None,
            Some(first) if group < CODES_READ_MAX => Some(changed_code(work, Some(first), Some(code)).await?.0),
            Some(_) => Some(AnswerSentence::ChangedCode),
        };
        first = first.or(Some(code));
        let (commit, changed) = match code {
            Code::Git { commit, diff, untracked, inner, .. } => {
                let is_changed =
                    diff.is_some() || !untracked.is_empty() || inner.iter().any(|one| one.changed != Some(false));
                (Some(commit.clone()), is_changed)
            }
            Code::Folder { .. } | Code::NotCaptured { .. } => (None, false),
        };
        compared.groups.push(CodeGroup { commit, changed, difference: difference.map(|said| said.sentence()) });
    }
    Ok(compared)
}
