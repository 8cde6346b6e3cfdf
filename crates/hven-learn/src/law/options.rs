//! The options of a search.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::errors::Errors;
use super::expression::Function;

/// An operator that a law may contain. Products, quotients and powers with fitted exponents are always tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// Sums and differences.
    Add,
    /// Products and quotients.
    Multiply,
    Square,
    Root,
    Call(Function),
}

impl Operator {
    /// Its names in the engine.
    pub(crate) fn engine_names(self) -> Vec<&'static str> {
        match self {
            Self::Add => vec!["add", "sub"],
            Self::Multiply => vec!["mul", "div"],
            Self::Square => vec!["abs2"],
            Self::Root => vec!["sqrt"],
            Self::Call(function) => vec![function.name()],
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    pub seed: u64,
    pub operators: Vec<Operator>,
    /// The limit of symbols in a candidate.
    pub complexity_max: usize,
    /// How many expressions the search may evaluate. The search ends earlier with an exact law.
    pub evaluations: u64,
    /// A safety limit. A search that it ends may give another law next time, and adds a note.
    pub time_limit: Option<Duration>,
    /// The result does not depend on it.
    pub threads: usize,
    /// How many bootstrap samples determine the intervals.
    pub bootstrap: usize,
    /// The errors of the target; `None` lets the likelihood of the residuals decide.
    pub errors: Option<Errors>,
}

impl Default for Options {
    fn default() -> Self {
        let functions = [Function::Exp, Function::Log, Function::Sin, Function::Cos, Function::Tanh];
        let plain = [Operator::Add, Operator::Multiply, Operator::Square, Operator::Root];
        Self {
            seed: 0,
            operators: plain.into_iter().chain(functions.map(Operator::Call)).collect(),
            complexity_max: 30,
            evaluations: 1_000_000,
            time_limit: None,
            threads: 2,
            bootstrap: 1_000,
            errors: None,
        }
    }
}
