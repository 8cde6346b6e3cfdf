//! The programs that a command starts, as far as its words say: the first word, what stands behind a word like `nice`, what
//! `uv run` and the like start in an environment, and the interpreter that the first line of a script names. What a shell does
//! with its text cannot be seen here.

mod environments;
mod script;
mod started;
mod variables;
mod wrappers;

pub(crate) use script::first_line;
pub(crate) use started::{Named, Started, started};
pub(crate) use wrappers::base;
