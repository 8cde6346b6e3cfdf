//! Recipes, as they describe themselves.

use hven_api::recipes::{RecipeDetail, RecipeList};

use crate::{Client, Result, query::escape};

impl Client {
    pub fn recipes(&self) -> Result<RecipeList> {
        self.get("/recipes")
    }

    pub fn recipe(&self, name: &str) -> Result<RecipeDetail> {
        self.get(format!("/recipes/{}", escape(name)))
    }
}
