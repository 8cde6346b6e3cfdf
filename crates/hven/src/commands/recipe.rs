//! `hven recipe NAME`: the process of a recipe, in a folder that the runner made for it.

use std::path::PathBuf;

use clap::Args;
use hven_client::{Failure, env};
use hven_terminal::{Output, exit};

use crate::{act::Act, context::Context};

/// Do the work of a recipe in this folder: what the runner calls
#[derive(Debug, Args)]
#[command(hide = true)]
pub struct RecipeArgs {
    pub name: String,
    /// The folder with `recipe.json` and the inputs
    #[arg(long, default_value = ".")]
    pub folder: PathBuf,
}

impl Act for RecipeArgs {
    fn act(self, _: &Context, _: &mut dyn Output) -> anyhow::Result<u8> {
        recipe(&self)
    }
}

pub fn recipe(args: &RecipeArgs) -> anyhow::Result<u8> {
    let here = hven_recipes::known().get(&args.name).copied();
    let wanted = env::value(env::HVEN_RECIPE_VERSION).and_then(|version| version.parse::<u32>().ok());
    if let (Some(here), Some(wanted)) = (here, wanted)
        && here != wanted
    {
        let message = format!("version {wanted} of the recipe {} is asked for, and this Hven has {here}", args.name);
        return Err(Failure::new("conflict", message).hint("submit the run again").into());
    }
    hven_recipes::run(&args.name, &args.folder).map_err(|error| Failure::new("invalid", error.to_string()))?;
    Ok(exit::OK)
}
