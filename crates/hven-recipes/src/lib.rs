//! The tasks that ship with Hven, one file each: staged files in, files out.
//!
//! A recipe runs in a process and a folder of its own. It finds its arguments in `recipe.json` and its inputs beside it,
//! and leaves its outputs there; it knows no record, no server and no network. Metrics go the way that every script's
//! do: lines in the file that `HVEN_METRICS` names. What it prints is its log.
//!
//! A recipe describes itself: name, version, arguments, inputs, outputs and the kind of its result stand in its own file,
//! in a constant `RECIPE`. Flags, keys of a manifest, the API and the form of the pages are made from that.
//!
//! A recipe has a version. Whoever changes what comes out for the same arguments and inputs raises it: the version
//! stands for the recipe's code when the same work is looked for.

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
