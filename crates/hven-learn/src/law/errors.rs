//! The errors of the target: equally large in all rows, in proportion to the law, or of the logarithm.
//!
//! Least squares of the values lets a few large rows decide when the target spans many powers of ten. So the search fits a
//! law under each model of the errors that the target allows, and compares the likelihoods of the residuals. A residual of
//! a logarithm or of a quotient is another quantity than one of a value: the Jacobian of the change brings the densities to
//! the same quantity, so that they can be compared.

use serde::{Deserialize, Serialize};

/// How large the errors of the target are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Errors {
    /// Equally large in all rows.
    Equal,
    /// In proportion to the value of the law.
    Relative,
    /// Equally large for the logarithm of the target.
    Logarithmic,
}

/// The errors of a law, and who decided on them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ErrorsOfLaw {
    pub model: Errors,
    pub decided_by: DecidedBy,
    /// A sentence for people: the errors, the reason, and the R² that the numbers of the law mean.
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecidedBy {
    /// The setting `errors`.
    Setting,
    /// The likelihood of the residuals.
    Likelihood,
    /// The target has values of both signs or zeros, or the law is exact: there was nothing to decide.
    Default,
}

impl Errors {
    pub fn name(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Relative => "relative",
            Self::Logarithmic => "logarithmic",
        }
    }

    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Self::Equal => "equal errors",
            Self::Relative => "errors in proportion to the law",
            Self::Logarithmic => "equal errors of the logarithm",
        }
    }

    /// The R² that belongs to these errors.
    pub(crate) fn r2_in_words(self) -> &'static str {
        match self {
            Self::Equal => "R² is that of the values",
            Self::Relative => "R² is that of the values, each row weighted with 1/law²",
            Self::Logarithmic => "R² and the mean square of the residuals are those of the logarithms",
        }
    }

    /// The mean squared residual; infinite if the law has no value in some row, or one that these errors do not allow.
    ///
    /// It determines the likelihood of the residuals. For relative errors it is multiplied with the squared geometric mean
    /// of the law, otherwise a law that is too large in all rows would have the smallest residuals.
    pub(crate) fn loss(self, values: &[f64], target: &[f64]) -> f64 {
        let rows = target.len().max(1) as f64;
        let pairs = values.iter().zip(target);
        let mean = match self {
            Self::Equal => pairs.map(|(v, t)| (v - t) * (v - t)).sum::<f64>() / rows,
            Self::Logarithmic => pairs.map(|(v, t)| (v / t).ln().powi(2)).sum::<f64>() / rows,
            Self::Relative => {
                let size = values.iter().map(|v| v.abs().ln()).sum::<f64>() / rows;
                pairs.map(|(v, t)| (t / v - 1.0).powi(2)).sum::<f64>() / rows * (2.0 * size).exp()
            }
        };
        if mean.is_finite() { mean } else { f64::INFINITY }
    }

    /// The loss of the best constant.
    pub(crate) fn variance(self, target: &[f64]) -> f64 {
        match self {
            Self::Equal | Self::Relative => variance(target.iter().copied()),
            Self::Logarithmic => variance(target.iter().map(|y| y.abs().ln())),
        }
    }

    /// The share of the variation that the law explains, measured as these errors are.
    pub(crate) fn r2(self, values: &[f64], target: &[f64]) -> f64 {
        match self {
            Self::Equal | Self::Logarithmic => 1.0 - self.loss(values, target) / self.variance(target),
            Self::Relative => {
                let weights: Vec<f64> = values.iter().map(|v| 1.0 / (v * v)).collect();
                let whole: f64 = weights.iter().sum();
                let mean = weights.iter().zip(target).map(|(w, t)| w * t).sum::<f64>() / whole;
                let about = |center: &dyn Fn(usize) -> f64| -> f64 {
                    weights.iter().zip(target).enumerate().map(|(r, (w, t))| w * (t - center(r)).powi(2)).sum()
                };
                let r2 = 1.0 - about(&|r| values[r]) / about(&|_| mean);
                if r2.is_finite() { r2 } else { f64::NEG_INFINITY }
            }
        }
    }

    /// Half the logarithm of the Jacobian for each row, that makes n/2 ln(loss / variance) comparable with that of equal errors.
    pub(crate) fn nats_for_a_row(self, target: &[f64]) -> f64 {
        match self {
            Self::Equal | Self::Relative => 0.0,
            Self::Logarithmic => {
                let logs = target.iter().map(|y| y.abs().ln());
                let size = logs.clone().sum::<f64>() / target.len().max(1) as f64;
                // The logarithm of the variance, computed so that it cannot overflow.
                let largest = target.iter().fold(f64::MIN_POSITIVE, |m, y| m.max(y.abs()));
                let plain = variance(target.iter().map(|y| y / largest));
                0.5 * variance(logs).ln() + size - 0.5 * plain.ln() - largest.ln()
            }
        }
    }

    /// The residual of each row, in the units in which all have the same size.
    pub(crate) fn residuals(self, values: &[f64], target: &[f64]) -> Vec<f64> {
        let residual = |(v, t): (&f64, &f64)| match self {
            Self::Equal => t - v,
            Self::Relative => t / v - 1.0,
            Self::Logarithmic => (t / v).ln(),
        };
        values.iter().zip(target).map(residual).collect()
    }

    /// Whether a target can have such errors; otherwise the reason.
    pub(crate) fn suit(self, target: &[f64]) -> Result<(), &'static str> {
        let zero = target.contains(&0.0);
        let (above, below) = (target.iter().any(|y| *y > 0.0), target.iter().any(|y| *y < 0.0));
        match self {
            Self::Equal => Ok(()),
            _ if zero => Err("some of its values are zero"),
            Self::Relative => Ok(()),
            Self::Logarithmic if above && below => Err("it has values of both signs"),
            Self::Logarithmic => Ok(()),
        }
    }
}

fn variance(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let rows = values.clone().count().max(1) as f64;
    let mean = values.clone().sum::<f64>() / rows;
    values.map(|y| (y - mean) * (y - mean)).sum::<f64>() / rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_target_of_one_sign_has_a_logarithm() {
        let suits = |errors: Errors, target: &[f64]| errors.suit(target).is_ok();
        assert!(suits(Errors::Logarithmic, &[1.0, 2.0]) && suits(Errors::Logarithmic, &[-1.0, -2.0]));
        assert!(!suits(Errors::Logarithmic, &[1.0, -2.0]) && suits(Errors::Relative, &[1.0, -2.0]));
        assert!(!suits(Errors::Logarithmic, &[1.0, 0.0]) && !suits(Errors::Relative, &[1.0, 0.0]));
        assert!(suits(Errors::Equal, &[1.0, 0.0, -1.0]));
    }

    #[test]
    fn the_likelihood_recognises_the_errors_that_were_drawn() {
        let mut random = fastrand::Rng::with_seed(8);
        let law: Vec<f64> = (0..400).map(|_| (4.0 * random.f64()).exp()).collect();
        // The sum of twelve uniform numbers is nearly normal.
        let noise: Vec<f64> = (0..400).map(|_| (0..12).map(|_| random.f64()).sum::<f64>() - 6.0).collect();
        let drawn =
            |of: &dyn Fn(f64, f64) -> f64| -> Vec<f64> { law.iter().zip(&noise).map(|(f, e)| of(*f, *e)).collect() };
        let nats = |errors: Errors, target: &[f64]| {
            0.5 * (errors.loss(&law, target) / errors.variance(target)).ln() + errors.nats_for_a_row(target)
        };
        let all = [Errors::Equal, Errors::Relative, Errors::Logarithmic];
        for (target, expected) in [
            (drawn(&|f, e| f + 0.1 * e), Errors::Equal),
            (drawn(&|f, e| f * (1.0 + 0.2 * e)), Errors::Relative),
            (drawn(&|f, e| f * (0.3 * e).exp()), Errors::Logarithmic),
        ] {
            let best = all.into_iter().min_by(|a, b| nats(*a, &target).total_cmp(&nats(*b, &target)));
            assert_eq!(best, Some(expected));
        }
    }
}
