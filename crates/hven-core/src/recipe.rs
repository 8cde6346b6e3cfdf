//! The description of a recipe: its arguments, inputs and outputs, and how its result is used.
//!
//! Command-line flags, manifest keys, the forms of the pages and the check of a submission are all made from this description.
//! It is in the recipe's own file. No other code refers to a recipe by its name.

mod argument;
mod check;
mod list;
mod parse_values;
mod schema;
mod source_settings;
mod text;
mod wanted;

pub use argument::{Argument, Choice, Kind, Need, TARGET};
pub use check::WrongArgument;
pub use list::RecipeList;
pub use schema::{Draft, Input, InputKind, Output, OutputKind, ResultKind, Schema, StartedBy};
pub use source_settings::flags_of;
pub use text::Text;
