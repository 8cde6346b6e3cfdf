//! The accuracy of a law after a new fit of its constants.

use super::{expression::Expr, fit};

/// The share of the target's variance that remains after the law's fitted constants are fitted to other rows.
pub fn refitted_loss(law: &Expr, inputs: &[Vec<f64>], target: &[f64]) -> f64 {
    let sample = fit::Sample { inputs, target };
    let mut law = law.clone();
    fit::fit(&mut law, sample, 100) / sample.variance()
}
