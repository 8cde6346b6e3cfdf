//! `hven recipe`: the recipes that there are, a run of one, and the process that does its work.

mod act;
mod args;
mod process;
mod start;

pub use args::RecipeArgs;
