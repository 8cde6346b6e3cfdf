//! Routes for recipes.

use axum::{
    Json,
    extract::{Path, State},
};
use hven_api::recipes as wire;
use hven_app::recipes;

use crate::{Server, answer::Answer, caller::Authenticated, convert};

super::operations::operations![list, show];

/// All recipes, by name.
#[utoipa::path(get, path = "/recipes", tag = "recipes", responses((status = 200, body = wire::RecipeList)))]
pub(crate) async fn list(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
) -> Answer<Json<wire::RecipeList>> {
    Ok(Json(convert::recipes::list(recipes::list(&server.app.recipes, &caller)?.iter())))
}

/// The arguments, inputs, outputs and the kind of result of a recipe.
#[utoipa::path(get, path = "/recipes/{recipe}", tag = "recipes", params(("recipe" = String, Path)),
    responses((status = 200, body = wire::RecipeDetail)))]
pub(crate) async fn show(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(recipe): Path<String>,
) -> Answer<Json<wire::RecipeDetail>> {
    Ok(Json(convert::recipes::detail(recipes::show(&server.app.recipes, &caller, &recipe)?)))
}
