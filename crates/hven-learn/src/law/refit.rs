//! The accuracy of a law after a new fit of its constants, and how far two laws differ.

use super::{errors::Errors, expression::Expr, fit, tape::evaluate};

/// The share of the target's variance that remains after the law's fitted constants are fitted to other rows.
pub fn refitted_loss(law: &Expr, inputs: &[Vec<f64>], target: &[f64]) -> f64 {
    let sample = fit::Sample::equal(inputs, target);
    let mut law = law.clone();
    fit::fit(&mut law, sample, 100) / sample.variance()
}

/// The root mean square of the residuals of `other` against `law`, as residuals of such errors.
pub fn residual_size(law: &Expr, other: &Expr, inputs: &[Vec<f64>], errors: Errors) -> f64 {
    let rows = inputs.first().map_or(0, Vec::len);
    let residuals = errors.residuals(&evaluate(law, inputs, rows), &evaluate(other, inputs, rows));
    (residuals.iter().map(|r| r * r).sum::<f64>() / rows.max(1) as f64).sqrt()
}
