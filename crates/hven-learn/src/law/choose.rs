//! Which candidate of the front is the law.
//!
//! The one with the shortest description of the data: what the residuals cost, what the form costs to say, and what the
//! constants cost to say. So a term is worth its place only if it pays for itself, and more so in few rows; a fit that is
//! bought with freedom loses to a plain law.

use super::fit::Sample;

/// What a candidate costs, in nats, and of what that is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cost {
    pub residuals: f64,
    pub form: f64,
    pub constants: f64,
}

impl Cost {
    pub(crate) fn total(self) -> f64 {
        self.residuals + self.form + self.constants
    }
}

pub(crate) const RULE: &str = "the shortest description of the data: n/2 ln(mean square of the residuals / variance) \
     + complexity ln(symbols to choose from) + (constants + 1)/2 ln(n) n/(n - constants - 2); smaller is better";

/// `symbols`: how many operators, inputs and kinds of numbers there are to choose from.
pub(crate) fn cost(loss_share: f64, complexity: usize, constants: usize, sample: Sample<'_>, symbols: usize) -> Cost {
    let rows = sample.rows() as f64;
    let free = rows - constants as f64 - 2.0;
    Cost {
        residuals: 0.5 * rows * loss_share.ln(),
        form: complexity as f64 * (symbols.max(2) as f64).ln(),
        // With few rows a constant fits noise as readily as law: its price rises until it cannot be paid.
        constants: if free > 0.0 { 0.5 * (constants as f64 + 1.0) * rows.ln() * rows / free } else { f64::INFINITY },
    }
}
