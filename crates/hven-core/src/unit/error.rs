//! Errors of units.

use crate::diagnostic::Diagnostic;

/// Why there is no such unit, or no such conversion.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// The text is not a unit; the position is in `what`.
    #[error("{text:?} is not a unit: {what}")]
    Malformed { text: String, what: Diagnostic },
    /// An exponent is outside the range of small fractions.
    #[error("the exponent {numerator}/{denominator} of a unit is no small fraction: at most ±32767, over 1 to 255")]
    Exponent { numerator: i64, denominator: i64 },
    #[error("{0:?} is not a small fraction such as 2, -1, 1.5 or 1/3")]
    NoFraction(String),
    /// The two units measure different quantities.
    #[error("{from} cannot be converted to {to}: one measures {from_dimension}, the other {to_dimension}")]
    Incompatible { from: String, to: String, from_dimension: String, to_dimension: String },
    #[error("one {from} is too many or too few {to} for a number of 64 bits")]
    Range { from: String, to: String },
}

impl UnitError {
    /// The error in the text, if the error is in a text.
    pub fn diagnostic(&self) -> Option<&Diagnostic> {
        match self {
            Self::Malformed { what, .. } => Some(what),
            _ => None,
        }
    }
}
