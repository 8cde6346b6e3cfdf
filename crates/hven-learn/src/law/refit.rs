//! How well a law fits when its constants are fitted anew.

use super::{expression::Expr, fit};

/// What a law leaves of the target's variance when its fitted constants are fitted anew, to other rows.
pub fn refitted_loss(law: &Expr, inputs: &[Vec<f64>], target: &[f64]) -> f64 {
    let sample = fit::Sample { inputs, target };
    let mut law = law.clone();
    fit::fit(&mut law, sample, 100) / sample.variance()
}
