//! The programs that a command starts, as far as its words show them: the first word, the words after a wrapper like `nice`,
//! the program that `uv run` and similar commands start in an environment, and the interpreter in the first line of a
//! script. The text of a shell script is not analysed.

mod environments;
mod script;
mod started;
mod variables;
mod wrappers;

pub(crate) use script::first_line;
pub(crate) use started::{FoundProgram, StartedPrograms, started};
pub(crate) use wrappers::base;
