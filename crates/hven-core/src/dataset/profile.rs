//! The profile of a column: counts, quantiles, a histogram, the smallest and largest values and the most frequent values.

use serde::{Deserialize, Serialize};

use super::Cell;

/// A summary of one column. Fields with estimates are marked as estimates.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// The column's name.
    pub column: String,
    /// Rows with a value, including NaN.
    pub count: u64,
    pub nulls: u64,
    /// How many of `count` are not a number. All fields below leave them out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub nans: u64,
    pub distinct: Distinct,
    /// Mean of the finite numbers; for bools the share of true values. Dates and timestamps have no mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// Sample standard deviation of the finite numbers (divided by n − 1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stddev: Option<f64>,
    /// Quantiles of numbers, dates and timestamps, in the order of their shares.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quantiles: Vec<Quantile>,
    /// Whether the quantiles are values of the column at exactly these ranks, or estimates within 0.2 % of the rank.
    #[serde(default)]
    pub quantiles_exact: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub histogram: Option<Histogram>,
    /// The smallest values, the smallest first; for text the first in byte order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub smallest: Vec<Extreme>,
    /// The largest values, the largest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub largest: Vec<Extreme>,
    /// The most frequent values of text and bool, the most frequent first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frequent: Vec<Frequent>,
    /// The largest possible undercount in `frequent`; 0 when its counts are exact.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub frequent_error: u64,
    /// Characters of the longest text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_chars: Option<u64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// How many different values there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Distinct {
    pub count: u64,
    /// `false`: an estimate (HyperLogLog, typical error 0.6 to 0.9 %).
    pub exact: bool,
}

impl Default for Distinct {
    fn default() -> Self {
        Self { count: 0, exact: true }
    }
}

/// The value below which a share of the values is: the nearest value of the column, never an interpolated one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quantile {
    pub share: f64,
    pub value: Cell,
}

/// How many values are between neighbouring edges, including the lower edge and the last edge. Edges of dates are days, edges
/// of timestamps are seconds, both since 1970-01-01.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// One more than `counts`.
    pub edges: Vec<f64>,
    pub counts: Vec<u64>,
    /// Values below the first edge: a few outliers do not compress all other values into one bar.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub below: u64,
    /// Values above the last edge.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub above: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Extreme {
    pub value: Cell,
    /// The first row with this value, counted from 0.
    pub row: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frequent {
    pub value: Cell,
    pub count: u64,
}
