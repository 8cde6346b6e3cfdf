//! What a tool found for one law.

use hven_learn::law::Expr;

/// What a search came to.
pub struct Outcome {
    pub law: String,
    pub tree: Option<Expr>,
    pub r2: f64,
    pub seconds: f64,
    pub cpu_s: f64,
    pub why: Option<String>,
}
