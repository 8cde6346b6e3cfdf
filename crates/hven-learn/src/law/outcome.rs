//! What the search gives back: the whole front, the law that was chosen and why, and named quantities with intervals.

use hven_core::unit::Unit;
use serde::{Deserialize, Serialize};

use super::expression::Expr;
use super::tape::evaluate;

/// A number that the law rests on, with a 95 % interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quantity {
    /// As a metric: `exponent.semi_major_axis`, `slope.distance`, `r2`.
    pub name: String,
    pub value: f64,
    /// The interval; nothing where there is none (such as for the complexity).
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
    /// Was it fitted, or recognised as a simple number and held there?
    pub fitted: bool,
    /// The simple number that it is, or that lies in its interval: `3/2`, `1/(4 pi)`.
    pub reading: Option<String>,
}

/// What it costs to describe the data with a candidate, in nats.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Description {
    pub residuals: f64,
    pub form: f64,
    pub constants: f64,
    pub total: f64,
}

/// A point of the front: nothing simpler is as accurate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Unique in the law, and the same whenever the search is repeated.
    pub id: String,
    /// ASCII that can be evaluated over the columns in their declared units.
    pub text: String,
    /// For people: fewer digits, and the constants with their units.
    pub display: String,
    pub tree: Expr,
    pub complexity: usize,
    /// Mean of the squared residuals on the training rows, in the target's unit squared.
    pub loss: f64,
    pub r2: f64,
    pub r2_holdout: Option<f64>,
    pub description: Description,
    pub constants: Vec<Constant>,
}

impl Candidate {
    /// The law's values for other rows: a column for each input of the problem, in its order.
    pub fn evaluate(&self, inputs: &[Vec<f64>]) -> Vec<f64> {
        evaluate(&self.tree, inputs, inputs.first().map_or(0, Vec::len))
    }
}

/// How many proposals contradicted the units of the columns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovedByUnits {
    /// Inside the evolution: expressions in which a breach arose, each with a price.
    pub in_search: u64,
    /// Of what was proposed for the front.
    pub from_front: u64,
}

/// How the search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// A law was found that leaves nothing but rounding.
    Exact,
    /// The evaluations were spent.
    Budget,
    /// The time limit came first: another run need not end with the same.
    Time,
}

/// The outcome of a search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Law {
    pub inputs: Vec<String>,
    pub target: String,
    /// By rising complexity and falling loss.
    pub front: Vec<Candidate>,
    /// The id of the candidate that is the law.
    pub chosen: String,
    /// The rule by which it was chosen, and what decided.
    pub rule: String,
    pub reason: String,
    pub quantities: Vec<Quantity>,
    pub removed_by_units: RemovedByUnits,
    pub ending: Ending,
    pub evaluations: u64,
    pub rows: usize,
    pub rows_holdout: usize,
    /// What a reader should know: rows left out, units not checked, how intervals were made.
    pub notes: Vec<String>,
}

impl Law {
    pub fn candidate(&self, id: &str) -> Option<&Candidate> {
        self.front.iter().find(|c| c.id == id)
    }

    /// The candidate that was chosen.
    pub fn chosen(&self) -> Option<&Candidate> {
        self.candidate(&self.chosen)
    }

    pub fn quantity(&self, name: &str) -> Option<&Quantity> {
        self.quantities.iter().find(|q| q.name == name)
    }
}
