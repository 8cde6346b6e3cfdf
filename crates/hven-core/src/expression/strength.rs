//! The binding strength of operators, for the parser and the printer.

use super::Arithmetic;

/// The binding strength of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    Or,
    And,
    Not,
    Compare,
    Add,
    Multiply,
    Sign,
    Power,
    Single,
}

impl Strength {
    pub(super) const fn of(operator: Arithmetic) -> Self {
        match operator {
            Arithmetic::Add | Arithmetic::Subtract => Self::Add,
            Arithmetic::Multiply | Arithmetic::Divide => Self::Multiply,
            Arithmetic::Power => Self::Power,
        }
    }
    pub(super) const fn next(self) -> Self {
        match self {
            Self::Or => Self::And,
            Self::And => Self::Not,
            Self::Not => Self::Compare,
            Self::Compare => Self::Add,
            Self::Add => Self::Multiply,
            Self::Multiply => Self::Sign,
            Self::Sign => Self::Power,
            Self::Power | Self::Single => Self::Single,
        }
    }
}
