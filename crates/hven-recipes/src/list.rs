//! Makes the list of all recipes from their names, so that a new recipe is one file and one line in `lib.rs`.

/// Names the files of recipes. Each holds a constant `RECIPE`.
macro_rules! recipes {
    ($(mod $file:ident;)+) => {
        $(mod $file;)+

        /// All recipes, as they describe themselves.
        pub const LIST: hven_core::recipe::RecipeList =
            hven_core::recipe::RecipeList(&[$($file::RECIPE.schema),+]);

        /// Runs a recipe in a folder that holds its arguments and inputs.
        pub fn run(name: &str, folder: &std::path::Path) -> Result<(), RecipeError> {
            recipe::run_one(&[$($file::RECIPE),+], name, folder)
        }
    };
}
