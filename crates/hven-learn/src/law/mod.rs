//! Finding laws.

mod choose;
mod dimension;
mod engine;
mod engine_units;
mod error;
mod expression;
mod find;
mod fit;
mod interval;
mod normal;
mod options;
mod outcome;
mod pool;
mod power;
mod print;
mod problem;
mod quantities;
mod recognise;
mod search;
mod simple;
mod span;
mod surrogate;
mod symmetry;
mod tape;
mod task;

pub use error::LawError;
pub use expression::{Expr, Function, Number, Origin};
pub use find::find;
pub use options::{Operator, Options};
pub use outcome::{Candidate, Constant, Description, Ending, Law, Quantity, RemovedByUnits};
pub use problem::{Column, Problem};
pub use search::Progress;

pub fn raw_search(
    x: &[Vec<f64>],
    y: &[f64],
    names: &[String],
    options: &Options,
    cancel: &std::sync::atomic::AtomicBool,
) -> Option<(Expr, String)> {
    let root = task::Task::root(x.to_vec(), y.to_vec());
    let mut pool = pool::Pool::new(fit::Sample { inputs: x, target: y }, root.signs(), options.complexity_max);
    let search = search::Search { options, cancel, started: std::time::Instant::now() };
    let r = search.run(&root, &mut pool, &mut |_, _, _| {}).ok()?;
    let e = pool.most_accurate()?;
    Some((e.expr.clone(), format!("{} [{:?} {} evals]", print::text(&e.expr, names), r.ending, r.evaluations)))
}
