//! The result of a search: the whole front, the chosen law with the reason, and named quantities with intervals.

use hven_core::unit::Unit;
use serde::{Deserialize, Serialize};

use super::errors::ErrorsOfLaw;
use super::expression::Expr;
use super::tape::evaluate;

/// A number of the law, with a 95 % interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quantity {
    /// Named like a metric: `exponent.semi_major_axis`, `slope.distance`, `r2`.
    pub name: String,
    pub value: f64,
    /// The interval; `None` if there is none (such as for the complexity).
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub unit: Option<Unit>,
}

/// A constant of a candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Constant {
    pub value: f64,
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub unit: Option<Unit>,
    /// Whether it was fitted. Otherwise it was recognised as a simple number and fixed.
    pub fitted: bool,
    /// The simple number that it is, or that lies in its interval: `3/2`, `1/(4 pi)`.
    pub reading: Option<String>,
}

/// The description length of the data with a candidate, in nats.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Description {
    pub residuals: f64,
    pub form: f64,
    pub constants: f64,
    pub total: f64,
}

/// A point of the front: no simpler candidate is as accurate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Unique in the law, and reproducible.
    pub id: String,
    /// A formula in Hven's language of expressions, over the columns in their declared units as plain numbers.
    pub text: String,
    /// For people: fewer digits, and constants with units. It is an expression, too, over columns with units.
    pub display: String,
    pub tree: Expr,
    pub complexity: usize,
    /// The mean squared residual on the training rows: in the target's unit squared for equal errors, of the natural
    /// logarithms for logarithmic ones, of the quotient of target and law for relative ones.
    pub loss: f64,
    /// As the errors of the law are: of the values, of the logarithms, or of the weighted values.
    pub r2: f64,
    pub r2_holdout: Option<f64>,
    pub description: Description,
    pub constants: Vec<Constant>,
}

impl Candidate {
    /// The law's values for other rows; `inputs` has one column for each input of the problem, in its order.
    pub fn evaluate(&self, inputs: &[Vec<f64>]) -> Vec<f64> {
        evaluate(&self.tree, inputs, inputs.first().map_or(0, Vec::len))
    }
}

/// How many proposals contradicted the units of the columns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovedByUnits {
    /// Expressions in the evolution that were penalised for wrong units.
    pub in_search: u64,
    /// Proposals for the front that were refused.
    pub from_front: u64,
}

/// A row that was left out of the fit, because it is far from the law that all others show.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The number of the row in the table, from 1 on.
    pub row: usize,
    pub target: f64,
    /// The value of the law there.
    pub law: f64,
}

/// Why the search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// It found a law whose residuals are rounding errors.
    Exact,
    /// It spent all evaluations.
    Budget,
    /// It reached the time limit; another run may give another law.
    Time,
}

/// The result of a search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Law {
    pub inputs: Vec<String>,
    pub target: String,
    /// The target as formulas name it: in backticks if it needs them. Earlier versions wrote no backticks in formulas, and
    /// have no such field.
    #[serde(default)]
    pub target_text: String,
    /// By rising complexity and falling loss.
    pub front: Vec<Candidate>,
    /// The id of the chosen candidate.
    pub chosen: String,
    /// The rule of the choice.
    pub rule: String,
    pub reason: String,
    pub quantities: Vec<Quantity>,
    pub removed_by_units: RemovedByUnits,
    pub ending: Ending,
    pub evaluations: u64,
    pub rows: usize,
    pub rows_holdout: usize,
    /// Facts for the reader: dropped rows, units that were not checked, how intervals were computed.
    pub notes: Vec<String>,
    /// The errors with which the law was fitted and chosen. Results of earlier versions do not have it: their errors are equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<ErrorsOfLaw>,
    /// Rows that were left out of the fit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
}

impl Law {
    pub fn candidate(&self, id: &str) -> Option<&Candidate> {
        self.front.iter().find(|c| c.id == id)
    }

    /// The chosen candidate.
    pub fn chosen(&self) -> Option<&Candidate> {
        self.candidate(&self.chosen)
    }

    pub fn quantity(&self, name: &str) -> Option<&Quantity> {
        self.quantities.iter().find(|q| q.name == name)
    }
}
