//! The read port of the quantities of runs: the metrics and parameters by which lists of runs are filtered and sorted.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use hven_core::{RunId, handle::Handle};

use crate::ports::{
    error::StoreResult,
    run::{RunQuery, RunRow},
};

/// A quantity of runs, by the name with which the runs recorded it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quantity {
    /// A metric of the last attempt.
    Metric(String),
    /// A parameter of the run.
    Param(String),
    /// A tag with a value that another program set on the run, such as MLflow.
    Tag(String),
}

/// A metric of one run: of its last attempt, with the points that are not yet sealed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MetricValues {
    /// The value of the point with the highest (step, time). It may be NaN or infinite.
    pub last: f64,
    /// The lowest and the highest finite value; `None` when there are none.
    pub low: Option<f64>,
    pub high: Option<f64>,
}

/// A parameter of one run.
#[derive(Clone, Debug, PartialEq)]
pub enum ParamValue {
    Number(f64),
    Bool(bool),
    /// A text; a list or an object as its JSON.
    Text(String),
    /// The parameter is recorded as `null`.
    Null,
}

impl ParamValue {
    pub fn of(value: &serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(yes) => Self::Bool(*yes),
            // Each JSON number has a value as a float.
            serde_json::Value::Number(number) => Self::Number(number.as_f64().unwrap_or(f64::NAN)),
            serde_json::Value::String(text) => Self::Text(text.clone()),
            other => Self::Text(other.to_string()),
        }
    }
}

/// The values of one quantity, in the order of the runs of the table; `None` for a run that lacks it.
#[derive(Clone, Debug, PartialEq)]
pub enum QuantityColumn {
    Metrics(Vec<Option<MetricValues>>),
    /// Parameters, and tags, whose values are texts.
    Params(Vec<Option<ParamValue>>),
}

/// Runs, and some of their quantities.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QuantityTable {
    /// The runs with the numbers of their submissions, newest first. The rows have no parameters, metrics and additions,
    /// and tags only on request.
    pub runs: Vec<(u64, RunRow)>,
    /// In the order of the query.
    pub columns: Vec<QuantityColumn>,
}

/// The names of the quantities of runs, and what their values have in common.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QuantityNames {
    /// How many runs were read, the newest first.
    pub runs: u64,
    /// There are more runs or more names.
    pub truncated: bool,
    pub metrics: BTreeMap<String, QuantityRange>,
    pub params: BTreeMap<String, QuantityRange>,
    pub tags: BTreeMap<String, QuantityRange>,
}

/// The values of one quantity in several runs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct QuantityRange {
    /// How many runs have it, and how many of them as a number, as true or false, as a text that reads as a number, and as
    /// another text.
    pub runs: u64,
    pub numbers: u64,
    pub bools: u64,
    pub number_texts: u64,
    pub texts: u64,
    /// The lowest and the highest finite number.
    pub low: Option<f64>,
    pub high: Option<f64>,
}

impl QuantityRange {
    /// Counts the value of one run.
    pub fn add(&mut self, value: &ParamValue) {
        self.runs += 1;
        let number = match value {
            ParamValue::Number(number) => {
                self.numbers += 1;
                Some(*number)
            }
            ParamValue::Bool(_) => {
                self.bools += 1;
                None
            }
            ParamValue::Text(text) => {
                let number = number_in(text);
                if number.is_some() {
                    self.number_texts += 1;
                } else {
                    self.texts += 1;
                }
                number
            }
            ParamValue::Null => None,
        };
        if let Some(number) = number.filter(|number| number.is_finite()) {
            self.low = Some(self.low.map_or(number, |low| low.min(number)));
            self.high = Some(self.high.map_or(number, |high| high.max(number)));
        }
    }
}

/// The number that a whole text reads as: programs that pass parameters as texts write `0.01`.
pub fn number_in(text: &str) -> Option<f64> {
    let text = text.trim();
    // The parser of the library also reads words such as `infinity`, which are texts here.
    let is_number = text.bytes().any(|byte| byte.is_ascii_digit()) && text.len() <= NUMBER_BYTES_MAX;
    is_number.then(|| text.parse().ok()).flatten()
}

/// Longer texts are no numbers that a program writes.
const NUMBER_BYTES_MAX: usize = 400;

#[async_trait]
pub trait Quantities {
    /// All runs of the query, whatever it says of order, cursor and limit, with the values of these quantities.
    async fn quantity_table(
        &self,
        query: &RunQuery,
        quantities: &[Quantity],
        with_tags: bool,
    ) -> StoreResult<QuantityTable>;
    /// Whether a run of the query has the quantity, for each of these.
    async fn has_quantities(&self, query: &RunQuery, quantities: &[Quantity]) -> StoreResult<Vec<bool>>;
    /// The names of the quantities of the newest runs of the query: of `runs_max` runs at most.
    async fn quantity_names(&self, query: &RunQuery, runs_max: usize) -> StoreResult<QuantityNames>;
    /// The tags with values that other programs set on these runs, by name.
    async fn tag_values(&self, runs: &[RunId]) -> StoreResult<HashMap<RunId, BTreeMap<String, String>>>;
    /// The rows of the known runs among these, in any order, as lists show them.
    async fn run_rows(&self, runs: &[RunId]) -> StoreResult<Vec<RunRow>>;
    /// The runs with these handles, as far as they exist.
    async fn runs_with_handles(&self, handles: &[Handle]) -> StoreResult<Vec<(Handle, RunId)>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_reads_whole_as_a_number_is_one() {
        for (text, expect) in [
            ("0.01", Some(0.01)),
            (" 1e-3 ", Some(0.001)),
            ("-7", Some(-7.0)),
            ("+.5", Some(0.5)),
            ("1_000", None),
            ("0x10", None),
            ("1e-3s", None),
            ("inf", None),
            ("nan", None),
            ("", None),
            ("resnet50", None),
        ] {
            assert_eq!(number_in(text), expect, "{text:?}");
        }
    }

    #[test]
    fn a_range_counts_kinds_and_leaves_out_values_that_are_not_finite() {
        let mut range = QuantityRange::default();
        let values = [
            ParamValue::Number(2.0),
            ParamValue::Number(f64::NAN),
            ParamValue::Text("0.5".to_owned()),
            ParamValue::Text("adam".to_owned()),
            ParamValue::Bool(true),
            ParamValue::Null,
        ];
        for value in &values {
            range.add(value);
        }
        assert_eq!((range.runs, range.numbers, range.number_texts, range.texts, range.bools), (6, 2, 1, 1, 1));
        assert_eq!((range.low, range.high), (Some(0.5), Some(2.0)));
    }
}
