//! A recipe: its description and its code.

use std::path::Path;

use hven_core::recipe::Schema;

use crate::folder::{Folder, RecipeError};

/// A task that ships with Hven.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recipe {
    pub(crate) schema: Schema,
    /// Does the work in a folder with arguments and inputs.
    pub(crate) run: fn(&Folder) -> Result<(), RecipeError>,
}

/// Runs the recipe with this name from this list.
pub(crate) fn run_one(recipes: &[Recipe], name: &str, folder: &Path) -> Result<(), RecipeError> {
    let recipe = recipes.iter().find(|recipe| recipe.schema.name == name);
    let recipe = recipe.ok_or_else(|| RecipeError::Unknown { name: name.to_owned() })?;
    (recipe.run)(&Folder::new(folder))
}
