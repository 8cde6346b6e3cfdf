//! Search and comparison of runs on the wire.

use serde::{Deserialize, Serialize};

use crate::{
    metrics::MetricValue,
    runs::{RunName, RunSummary},
    sentence::Sentence,
};

/// `GET /runs`: one page of a list of runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunList {
    pub schema: String,
    pub items: Vec<RunSummary>,
    /// Opaque: send it as `cursor` to get the next page; `null` means that this was the last page.
    pub next: Option<String>,
    /// With `where`, `columns`, or a `sort` by a quantity: the counts of the whole list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<CountedRuns>,
    /// With `columns`: for each of `items` the values of the columns, in their order. Numbers, texts, true or false, times as
    /// texts, "NaN", "Infinity" or "-Infinity"; `null` for a run that lacks the value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Vec<serde_json::Value>>,
}

/// The counts of a list of runs with a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CountedRuns {
    /// For how many runs the condition of `where` holds: the length of the list.
    pub fit: u64,
    /// For how many runs it cannot be told, because a value is missing or not a number. The list leaves them out.
    pub cannot_tell: u64,
}

/// `GET /runs/columns`: the names of metrics and parameters that the newest runs have.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunColumns {
    pub schema: String,
    /// How many runs were read, the newest first; the counts and ranges below are about them.
    pub runs: u64,
    /// There are older runs, or more names, that were not read.
    pub truncated: bool,
    /// Metrics first, then parameters, then tags with values, by name.
    pub columns: Vec<RunColumn>,
    /// The names of the run's own fields: `state`, `wall_s`, ….
    pub fields: Vec<RunField>,
}

/// A metric, a parameter or a tag with a value of runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunColumn {
    pub name: String,
    /// `metric`, `parameter` or `tag`.
    pub of: String,
    /// How an expression or a `sort` names it: with a prefix if a metric has the name of a parameter, and with backticks
    /// if it has other signs than letters, digits, `_` and `.`.
    pub expression: String,
    /// `number`, `text`, `bool`, or `mixed` if runs differ. A text that reads as a number counts as a number.
    pub kind: String,
    /// How many of the runs have it.
    pub runs: u64,
    /// The lowest and the highest number, of a metric those of the last values; `null` if there is no finite number.
    pub low: Option<f64>,
    pub high: Option<f64>,
}

/// A field of runs that an expression can name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunField {
    pub name: String,
    /// `number`, `text`, `bool` or `time`.
    pub kind: String,
}

/// `GET /runs/curves`: one metric of several runs, in the order of the request.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunCurves {
    pub schema: String,
    pub key: String,
    pub curves: Vec<RunCurve>,
    /// Runs without this metric.
    pub without: Vec<RunName>,
}

/// The points of a run's last attempt: columns of equal length.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunCurve {
    pub run: RunName,
    /// The name of the run.
    pub name: Option<String>,
    pub step: Vec<i64>,
    /// Seconds since the run's start.
    pub elapsed_s: Vec<f64>,
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<MetricValue>))]
    pub value: Vec<serde_json::Value>,
    /// How many points exist; if there are more than requested, the lowest and highest of each interval are returned.
    pub points_total: u64,
}

/// `GET /runs/compare`: the differences between several runs. All lists of values are in the order of `runs`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ComparedRuns {
    pub schema: String,
    /// In the order of the request, each once.
    pub runs: Vec<RunSummary>,
    /// The parameters of the runs.
    pub params: ComparedSection,
    pub metrics: Vec<ComparedMetric>,
    /// Metrics that are left out, because there are too many: those that the fewest runs have.
    pub metrics_left_out: u64,
    /// The recipe, its arguments, the command, the folder and the resources.
    pub work: ComparedSection,
    pub code: ComparedCode,
    /// Interpreter, its version, platform, and packages by name.
    pub software: ComparedSection,
    /// The recorded variables of the environment.
    pub environment: ComparedSection,
    /// The input files by path: the digests of their bytes.
    pub inputs: ComparedSection,
    /// Of two runs: the changes of the work from the first to the second.
    #[serde(default)]
    pub changes: Vec<Sentence>,
    /// With `metric`: how the parameters are related to its last value.
    #[serde(default)]
    pub influence: Option<Influence>,
}

/// Some properties of the runs: those that differ first, then by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ComparedSection {
    pub rows: Vec<ComparedValues>,
    /// The places of the runs of which nothing is recorded here, counted from 0: they do not count for what differs.
    pub unknown: Vec<u32>,
    /// How many properties that are the same in all runs are left out. Parameters and work are listed even then.
    pub same_left_out: u64,
    /// How many properties that differ are left out, because there are too many.
    pub different_left_out: u64,
}

/// A property of each of the runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ComparedValues {
    pub name: String,
    /// Whether the runs differ in it. A run that lacks it differs from one that has it.
    pub differs: bool,
    /// `null` for a run that lacks it, and for a recorded `null`: `missing` has the difference.
    pub values: Vec<serde_json::Value>,
    /// The places of the runs that lack it, counted from 0.
    pub missing: Vec<u32>,
}

/// A metric of each of the runs: of their last attempts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ComparedMetric {
    pub name: String,
    /// Numbers, or "NaN", "Infinity", "-Infinity"; `null` for a run without this metric.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Option<MetricValue>>))]
    pub last: Vec<Option<serde_json::Value>>,
    /// The lowest and highest finite values.
    pub min: Vec<Option<f64>>,
    pub max: Vec<Option<f64>>,
    pub points: Vec<u64>,
}

/// The code of the runs: runs with the same code are in one group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ComparedCode {
    /// The group of each run, counted from 0; `null` for a run whose code is not recorded.
    pub group: Vec<Option<u32>>,
    pub groups: Vec<CodeGroup>,
}

/// Runs with the same code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CodeGroup {
    /// The commit, if the code is in a git repository.
    pub commit: Option<String>,
    /// Whether there were changes that are not in the commit.
    pub changed: bool,
    /// The difference from the first group; `null` for the first group itself.
    pub difference: Option<Sentence>,
}

/// How parameters are related to the last value of a metric. It shows no cause: parameters that change together cannot be
/// told apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Influence {
    pub metric: String,
    /// How many of the runs have a finite last value of it.
    pub runs: u64,
    /// The strongest first.
    pub params: Vec<ParamInfluence>,
    /// The other parameters, and why they have no measure.
    pub not_measured: Vec<ParamNotMeasured>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ParamInfluence {
    pub name: String,
    /// `rank_correlation` (Spearman's, from -1 to 1) for numbers, or `variance_share` for other values: the share of the
    /// variance of the metric that lies between the groups of equal values, from 0 to 1.
    pub measure: String,
    pub value: f64,
    /// How many runs have both the parameter and the metric.
    pub runs: u64,
    /// How many different values the parameter has among them.
    pub different: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ParamNotMeasured {
    pub name: String,
    /// `too_few_runs` (fewer than four have both), `same_value`, `all_different` (each run has another text, so there is
    /// nothing to compare), or `same_metric` (the metric has the same value in all of them).
    pub because: String,
    pub runs: u64,
}

/// The texts of the parameter `columns` of `GET /runs`: separated by commas outside of backticks and parentheses.
pub fn columns_in(text: &str) -> Vec<String> {
    let (mut columns, mut start, mut depth, mut quoted) = (Vec::new(), 0, 0_usize, false);
    for (at, letter) in text.char_indices() {
        match letter {
            '`' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            ',' if !quoted && depth == 0 => {
                columns.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    columns.push(&text[start..]);
    columns.into_iter().map(str::trim).filter(|column| !column.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_separated_by_commas_outside_of_names() {
        assert_eq!(columns_in("loss, `a,b`,min(x, y),"), ["loss", "`a,b`", "min(x, y)"]);
        assert!(columns_in(" , ").is_empty());
    }
}
