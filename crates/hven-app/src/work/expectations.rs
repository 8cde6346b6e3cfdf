//! Forecasts of runs, from earlier runs: when they start, how long they take, which resources they use.

pub(crate) mod asked;
pub(crate) mod history;
pub(crate) mod run;
pub(crate) mod sentences;
mod shape;
mod starts;

pub use run::Expected;
