//! The result of a tool for one law.

use hven_learn::law::Expr;

/// The result of a search.
pub struct Outcome {
    pub law: String,
    pub tree: Option<Expr>,
    pub r2: f64,
    pub seconds: f64,
    pub cpu_s: f64,
    pub why: Option<String>,
}
