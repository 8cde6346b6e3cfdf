//! The version of the language, and the limits of an expression.

/// The version of the language: it increases when the same text changes its meaning.
pub const GRAMMAR: u16 = 1;
/// The longest source, in bytes.
pub const BYTES_MAX: usize = 16 * 1024;
/// How deep parentheses and calls may be nested in a source.
pub const NESTING_MAX: usize = 100;
/// How high the tree of an expression may be.
pub const HEIGHT_MAX: usize = 200;
