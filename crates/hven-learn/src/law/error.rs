//! Errors of a search.

/// Each message names the column at fault and the next step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LawError {
    #[error("the column {0:?} is there twice: name each column once")]
    Twice(String),
    #[error("{0:?} is both the target and an input: leave it out of the inputs")]
    TargetIsInput(String),
    #[error("the column {column:?} has {got} rows, the target {wanted}: columns of one table have the same length")]
    Lengths { column: String, got: usize, wanted: usize },
    #[error("there is nothing to explain {0:?} with: give at least one input column")]
    NoInputs(String),
    #[error("the target {0:?} has the same value in every row: there is no law to find")]
    Constant(String),
    #[error(
        "{usable} of {given} rows can be used, {needed} are needed: the others miss a number in some column ({columns})"
    )]
    TooFewRows { usable: usize, given: usize, needed: usize, columns: String },
    #[error("row {row} of the hold-out does not exist: the table has {rows}")]
    HoldOut { row: usize, rows: usize },
    #[error(
        "the target {target:?} cannot have {errors} errors, because {why}: leave the setting errors out, or say equal"
    )]
    Errors { target: String, errors: &'static str, why: &'static str },
    #[error("the search was cancelled")]
    Cancelled,
    #[error("a thread could not be started: {0}")]
    Thread(String),
}
