//! The lines of the tables of units.

use super::{Dimension, prefix::AllowedPrefixes, scale::Generator};

/// The definition in one line of a table.
pub(super) enum Definition {
    Base(Dimension),
    Generator(Generator, Dimension),
    As(&'static str),
}

/// Symbols · names (a plural with s is accepted, too) · prefixes · definition.
pub(super) type Line = (&'static str, &'static str, AllowedPrefixes, Definition);
