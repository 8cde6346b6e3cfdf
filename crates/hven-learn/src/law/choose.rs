//! Chooses the law from the candidates of the front.
//!
//! The law is the candidate with the shortest description of the data: the cost of the residuals, of the form and of the
//! constants. So a term is kept only if it pays for itself, which is harder with few rows, and an overfitted candidate loses
//! to a plain law.

/// The cost of a candidate in nats, and its parts.
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

/// `nats_for_a_row` is the cost of the residuals divided by the rows, `symbols` the number of operators, inputs and kinds of
/// numbers to choose from.
pub(crate) fn cost(nats_for_a_row: f64, complexity: usize, constants: usize, rows: usize, symbols: usize) -> Cost {
    let rows = rows as f64;
    let free = rows - constants as f64 - 2.0;
    Cost {
        residuals: rows * nats_for_a_row,
        form: complexity as f64 * (symbols.max(2) as f64).ln(),
        // With few rows a constant fits noise as easily as a law, so its cost rises without limit.
        constants: if free > 0.0 { 0.5 * (constants as f64 + 1.0) * rows.ln() * rows / free } else { f64::INFINITY },
    }
}
