//! Runs the subcommands of `hven recipe`.

use hven_client::Failure;
use hven_terminal::{Output, exit};

use super::{
    args::{RecipeArgs, RecipeCommand},
    process, start,
};
use crate::{act::Act, context::Context};

impl Act for RecipeArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        recipe(&self, context, output)
    }
}

fn recipe(args: &RecipeArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    match (&args.command, &args.name) {
        (Some(RecipeCommand::List(_)), _) => {
            output.reply(&context.client()?.recipes()?)?;
            Ok(exit::OK)
        }
        (Some(RecipeCommand::Show(args)), _) => {
            output.reply(&context.client()?.recipe(&args.recipe)?)?;
            Ok(exit::OK)
        }
        (Some(RecipeCommand::Run(args)), _) => start::start(&args.recipe, context, output),
        (None, Some(name)) => process::work(name, &args.folder),
        (None, None) => Err(Failure::new("usage", "no subcommand is given")
            .hint("`hven recipe list` lists the recipes, `hven recipe run NAME` runs one")
            .into()),
    }
}
