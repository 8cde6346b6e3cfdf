//! The recipes that ship with Hven, one file each. A recipe reads staged files and writes files.
//!
//! A recipe runs in its own process and folder. It reads its arguments from `recipe.json` and its inputs from the same folder,
//! and writes its outputs there; it has no access to record, server and network. It logs metrics as every script does: lines in
//! the file that `HVEN_METRICS` names. Its output is its log.
//!
//! A recipe describes itself: name, version, arguments, inputs, outputs and the kind of its result are in its own file, in a
//! constant `RECIPE`. Flags, manifest keys, the API and the forms of the pages are made from this description.
//!
//! A recipe has a version. A change that gives other outputs for the same arguments and inputs must increase it: the version
//! represents the recipe's code when Hven searches for the same work.

mod folder;
#[macro_use]
mod list;
mod metrics;
mod recipe;

pub use folder::RecipeError;

// The one list of recipes.
recipes! {
    mod compare;
    mod import;
    mod law;
    mod split;
}
