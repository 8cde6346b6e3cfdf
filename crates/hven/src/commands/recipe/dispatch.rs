//! Runs the subcommands of `hven recipe`.

use hven_terminal::{Output, exit};

use super::{
    args::RecipeArgs,
    process,
    settings::{self, RecipeSettings},
    start,
};
use crate::{act::Act, context::Context};

impl Act for RecipeArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        match settings::resolve(self, context)? {
            RecipeSettings::List => output.reply(&context.client()?.recipes()?)?,
            RecipeSettings::Show { recipe } => output.reply(&context.client()?.recipe(&recipe)?)?,
            RecipeSettings::Run(settings) => return start::start(*settings, context, output),
            RecipeSettings::Work { recipe, folder } => return process::work(&recipe, &folder),
        }
        Ok(exit::OK)
    }
}
