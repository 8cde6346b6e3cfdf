//! What a recipe says of itself: what it takes, what it reads and leaves, and what is done with its result.
//!
//! Flags of the command line, keys of a manifest, the form of the pages and the check of a submission are all made from
//! this description. It stands in the recipe's own file. No other place knows a recipe by its name.

mod argument;
mod check;
mod given;
mod list;
mod schema;
mod text;
mod words;

pub use argument::{Argument, Choice, Kind, Need, TARGET};
pub use check::WrongArgument;
pub use list::RecipeList;
pub use schema::{Draft, Input, InputKind, Output, OutputKind, ResultKind, Schema, StartedBy};
pub use text::Text;
