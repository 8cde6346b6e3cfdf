//! The named parts of a text that is parsed as a unit, and the rules for new and for recorded texts.

use std::ops::Range;

use super::{
    Rational,
    atoms::{Atoms, Factor},
    temperature::TemperatureScale,
};
use crate::diagnostic::Diagnostic;

/// Which texts are units.
pub(super) struct Rules {
    /// Whether the text is new input; a recorded text keeps the meaning that it had when it was recorded.
    pub is_new: bool,
    /// Refuses a name of known kind, given the whole text and the place of the name.
    pub refuse: fn(&str, &str, Range<usize>) -> Option<Diagnostic>,
    /// The error for an unknown name.
    pub unknown: fn(&Unknown<'_>) -> Diagnostic,
}

/// The rules of recorded texts.
pub(super) static RECORDED_RULES: Rules =
    Rules { is_new: false, refuse: |_, _, _| None, unknown: |unknown| unknown.error() };

/// A name that is no unit, with its surroundings.
pub(super) struct Unknown<'a> {
    pub text: &'a str,
    pub name: &'a str,
    pub span: Range<usize>,
    pub separator: Separator,
    /// The named units before it.
    pub terms: &'a [Term],
    pub atoms: &'a Atoms,
}

impl Unknown<'_> {
    pub(super) fn error(&self) -> Diagnostic {
        Diagnostic::new(self.span.clone(), format!("`{}` is not a unit that Hven knows", self.name))
    }
}

/// The separator between two terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Separator {
    /// There is no term before it, or a parenthesis.
    Start,
    Times,
    Blank,
    Over,
}

/// A named unit in a text, for the rules that look at neighbours.
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub factor: Factor,
    /// Set when the name is that of a temperature scale: the factor is then the difference of one degree.
    pub temperature: Option<TemperatureScale>,
    pub separator: Separator,
    /// The exponent with the slashes before it.
    pub exponent: Rational,
    /// The name, and the name with its exponent, in bytes of the text.
    pub name: Range<usize>,
    pub span: Range<usize>,
}
