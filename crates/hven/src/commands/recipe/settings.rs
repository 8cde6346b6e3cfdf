//! The settings of `hven recipe`: what it lists, shows or runs.

use std::path::PathBuf;

use hven_client::Failure;
use hven_core::recipe::Schema;

use super::args::{Options, RecipeArgs, RecipeCommand, RecipeStart};
use crate::{context::Context, recipe_flags::RecipeValues};

/// The action of the command.
#[derive(Debug)]
pub(super) enum RecipeSettings {
    List,
    Show {
        recipe: String,
    },
    Run(Box<StartSettings>),
    /// The process of a run: the work of the recipe in this folder.
    Work {
        recipe: String,
        folder: PathBuf,
    },
}

/// A run of a recipe.
#[derive(Debug)]
pub(super) struct StartSettings {
    pub(super) schema: &'static Schema,
    pub(super) values: RecipeValues,
    /// The name of the run.
    pub(super) name: String,
    /// The project in which datasets are looked up, if the user named one.
    pub(super) named_project: Option<String>,
    /// The project of the run.
    pub(super) project: Option<String>,
    pub(super) despite_checks: bool,
    pub(super) despite_suspicion: Option<String>,
    /// Run it again even if the same work was done before.
    pub(super) fresh: bool,
    /// Return without waiting for the end of the run.
    pub(super) detach: bool,
}

pub(super) fn resolve(args: RecipeArgs, context: &Context) -> anyhow::Result<RecipeSettings> {
    Ok(match (args.command, args.name) {
        (Some(RecipeCommand::List(_)), _) => RecipeSettings::List,
        (Some(RecipeCommand::Show(args)), _) => RecipeSettings::Show { recipe: args.recipe },
        (Some(RecipeCommand::Run(args)), _) => RecipeSettings::Run(Box::new(start(args.recipe, context)?)),
        (None, Some(recipe)) => RecipeSettings::Work { recipe, folder: args.folder },
        (None, None) => {
            return Err(Failure::new("usage", "no subcommand is given")
                .hint("`hven recipe list` lists the recipes, `hven recipe run NAME` runs one")
                .into());
        }
    })
}

fn start(RecipeStart { schema, values, options }: RecipeStart, context: &Context) -> anyhow::Result<StartSettings> {
    let Options { name, project, despite_checks, despite_suspicion, fresh, detach } = options;
    Ok(StartSettings {
        schema,
        values,
        name: name.unwrap_or_else(|| schema.name.to_owned()),
        project: context.new_project(project.as_ref())?,
        named_project: project,
        despite_checks,
        despite_suspicion,
        fresh,
        detach,
    })
}
