//! Makes the list of all recipes from their names, so that a new recipe needs one file and one line in `lib.rs`.

/// Lists the files of recipes. Each has a constant `RECIPE`.
macro_rules! recipes {
    ($(mod $file:ident;)+) => {
        $(mod $file;)+

        /// The descriptions of all recipes.
        pub const LIST: hven_core::recipe::RecipeList =
            hven_core::recipe::RecipeList(&[$($file::RECIPE.schema),+]);

        /// Runs a recipe in a folder with its arguments and inputs.
        pub fn run(name: &str, folder: &std::path::Path) -> Result<(), RecipeError> {
            recipe::run_one(&[$($file::RECIPE),+], name, folder)
        }
    };
}
