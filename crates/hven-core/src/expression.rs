//! Hven's expression language: checks of tables, tests of claims, constraints, filters of runs and alerts.
//!
//! It is small on purpose: no loops, no side effects, a bounded size, and every evaluation terminates. It has three principles.
//! - **Typed, with units.** `period > 5 [yr]` is checked before it is evaluated; metres are never compared with seconds, and
//!   kilometres are converted.
//! - **Three-valued.** A missing value or NaN gives "cannot tell"; `and` and `or` still give an answer when the other side
//!   decides it (Kleene's logic), and the reason is kept.
//! - **One context for each use.** A row has columns, a table has aggregates over them, a run has metrics and parameters; a
//!   [`Scope`] lists the names.
//!
//! The text is stored as it was written, together with [`GRAMMAR`], so that an old test keeps its meaning.

mod aggregate;
mod bounds;
mod check;
mod columns;
mod common_type;
mod evaluate;
mod explain;
mod failures;
mod function;
mod lexer;
mod missing;
mod node;
mod operations;
mod parser;
mod print;
mod scope;
mod source;
mod strength;
mod typed;

pub use self::{
    aggregate::{Accumulator, TableAnswer},
    check::Checked,
    columns::{Column, ColumnsError},
    evaluate::{CannotTell, Truth, Value},
    explain::Explained,
    failures::Failures,
    function::Function,
    missing::MissingCells,
    node::{Arithmetic, Compare, Kind, SyntaxNode},
    scope::{Context, Schema, Scope, Type},
};
pub use bounds::{BYTES_MAX, GRAMMAR, HEIGHT_MAX, NESTING_MAX};
pub use lexer::{part_in_name, without_backticks};
pub use source::{Expression, NotAnExpression, name_in_formula, name_in_source};

#[cfg(test)]
mod tests;
