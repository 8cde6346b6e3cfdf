//! The list of all recipes.

use std::{collections::BTreeMap, path::Path};

use super::folder::Folder;
use crate::{compare, folder::RecipeError, import, law, split};

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
