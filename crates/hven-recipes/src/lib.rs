//! The tasks that ship with Hven, one file each: staged files in, files out.
//!
//! A recipe runs in a process and a folder of its own. It finds its arguments in `recipe.json` and its inputs beside it,
//! and leaves its outputs there; it knows no record, no server and no network. Metrics go the way that every script's
//! do: lines in the file that `HVEN_METRICS` names. What it prints is its log.
//!
//! A recipe has a version. Whoever changes what comes out for the same arguments and inputs raises it: the version
//! stands for the recipe's code when the same work is looked for.

mod compare;
mod folder;
mod import;
mod law;
mod metrics;
mod split;

use std::{collections::BTreeMap, path::Path};

use folder::Folder;
pub use folder::RecipeError;

/// A task that ships with Hven.
#[derive(Clone, Copy, Debug)]
struct Recipe {
    name: &'static str,
    version: u32,
    run: fn(&Folder) -> Result<(), RecipeError>,
}

const RECIPES: &[Recipe] = &[
    Recipe { name: "compare", version: 1, run: compare::run },
    Recipe { name: "import", version: 1, run: import::run },
    Recipe { name: "law", version: 1, run: law::run },
    Recipe { name: "split", version: 1, run: split::run },
];

/// Name and version of each recipe.
pub fn known() -> BTreeMap<String, u32> {
    RECIPES.iter().map(|recipe| (recipe.name.to_owned(), recipe.version)).collect()
}

/// Runs a recipe in a folder that holds its arguments and inputs.
pub fn run(name: &str, folder: &Path) -> Result<(), RecipeError> {
    let recipe = RECIPES.iter().find(|recipe| recipe.name == name);
    let recipe = recipe.ok_or_else(|| RecipeError::Unknown { name: name.to_owned() })?;
    (recipe.run)(&Folder::new(folder))
}
