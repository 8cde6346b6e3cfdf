//! The process of a recipe, in a folder that the runner created.

use std::path::Path;

use hven_client::{Failure, env};
use hven_terminal::exit;

/// Does the work of a recipe.
pub fn work(name: &str, folder: &Path) -> anyhow::Result<u8> {
    let here = hven_recipes::LIST.find(name).map(|schema| schema.version);
    let wanted = env::value(env::HVEN_RECIPE_VERSION).and_then(|version| version.parse::<u32>().ok());
    if let (Some(here), Some(wanted)) = (here, wanted)
        && here != wanted
    {
        let message = format!("version {wanted} of the recipe {name} is required, but this version of Hven has {here}");
        return Err(Failure::new("conflict", message).hint("submit the run again").into());
    }
    hven_recipes::run(name, folder).map_err(|error| {
        let failure = Failure::new("invalid", error.to_string());
        if here.is_none() { failure.hint("`hven recipe list` lists the recipes") } else { failure }
    })?;
    Ok(exit::OK)
}
