//! Finding laws: symbolic regression that knows units, and reads off symmetries first.

mod choose;
mod dimension;
mod engine;
mod engine_units;
mod error;
mod expression;
mod find;
mod fit;
mod growth;
mod interval;
mod normal;
mod options;
mod outcome;
mod plots;
mod pool;
mod power;
mod print;
mod problem;
mod quantities;
mod recognise;
mod scan;
mod search;
mod simple;
mod span;
mod surrogate;
mod symmetry;
mod tape;
mod task;
mod wave;

pub use error::LawError;
pub use expression::{Expr, Function, Number, Origin};
pub use find::find;
pub use options::{Operator, Options};
pub use outcome::{Candidate, Constant, Description, Ending, Law, Quantity, RemovedByUnits};
pub use plots::{Plot, plots};
pub use problem::{Column, Problem, UsedRow};
pub use search::Progress;

/// What a law leaves of the target's variance when its fitted constants are fitted anew, to other rows.
pub fn refitted_loss(law: &Expr, inputs: &[Vec<f64>], target: &[f64]) -> f64 {
    let sample = fit::Sample { inputs, target };
    let mut law = law.clone();
    fit::fit(&mut law, sample, 100) / sample.variance()
}
