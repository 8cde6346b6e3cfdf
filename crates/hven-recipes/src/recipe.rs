//! A recipe: what it says of itself, and what it does.

use std::path::Path;

use hven_core::recipe::Schema;

use crate::folder::{Folder, RecipeError};

/// A task that ships with Hven.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recipe {
    pub(crate) schema: Schema,
    /// Does the work in a folder that holds arguments and inputs.
    pub(crate) run: fn(&Folder) -> Result<(), RecipeError>,
}

/// Runs the recipe with this name, one of these.
pub(crate) fn run_one(recipes: &[Recipe], name: &str, folder: &Path) -> Result<(), RecipeError> {
    let recipe = recipes.iter().find(|recipe| recipe.schema.name == name);
    let recipe = recipe.ok_or_else(|| RecipeError::Unknown { name: name.to_owned() })?;
    (recipe.run)(&Folder::new(folder))
}
