//! How a law is looked for.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::expression::Function;

/// What a law may be made of. Products, quotients and powers with fitted exponents are always looked for.
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
    /// The greatest number of symbols of a candidate.
    pub complexity_max: usize,
    /// How many expressions the search may try. The search ends earlier when it has found an exact law.
    pub evaluations: u64,
    /// A guard only: a law cut by time need not come out the same again, and says so.
    pub time_limit: Option<Duration>,
    /// The result does not depend on it.
    pub threads: usize,
    /// How many times the data are drawn anew for the intervals.
    pub bootstrap: usize,
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
        }
    }
}
