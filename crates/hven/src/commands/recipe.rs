//! `hven recipe`: lists recipes, runs a recipe, and does the work of a recipe in its process.

mod args;
mod dispatch;
mod process;
mod settings;
mod start;

pub use args::RecipeArgs;
