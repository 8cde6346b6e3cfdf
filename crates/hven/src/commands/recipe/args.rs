//! The arguments of `hven recipe`. The arguments of a recipe are generated from its schema.

use std::path::PathBuf;

use clap::{ArgMatches, Args, Command, Error, FromArgMatches, Subcommand, error::ErrorKind};
use hven_core::recipe::Schema;

use crate::recipe_flags::{self, RecipeValues};

/// Recipes: tasks that ship with Hven, and runs of them
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true, arg_required_else_help = true)]
pub struct RecipeArgs {
    #[command(subcommand)]
    pub command: Option<RecipeCommand>,
    /// Do the work of this recipe in a folder; for the runner
    #[arg(hide = true)]
    pub name: Option<String>,
    /// The folder with `recipe.json` and the inputs
    #[arg(long, default_value = ".", hide = true)]
    pub folder: PathBuf,
}

#[derive(Debug, Subcommand)]
pub enum RecipeCommand {
    /// List the recipes
    List(ListArgs),
    /// Show the arguments, inputs and results of a recipe
    Show(ShowArgs),
    /// Run a recipe
    Run(StartArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven recipe list
  hven recipe list --json")]
pub struct ListArgs {}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven recipe show law
  hven recipe show law --json")]
pub struct ShowArgs {
    /// Its name, as `hven recipe list` shows it
    pub recipe: String,
}

#[derive(Debug, Args)]
pub struct StartArgs {
    #[command(subcommand)]
    pub recipe: RecipeStart,
}

/// A recipe to run, with its values and the options of the run.
#[derive(Clone, Debug)]
pub struct RecipeStart {
    pub schema: &'static Schema,
    pub values: RecipeValues,
    pub options: Options,
}

/// The options of a run, for every recipe.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// A name for the run, by which claims find it as run.NAME [default: the name of the recipe]
    #[arg(long)]
    pub name: Option<String>,
    /// The project of the run
    #[arg(long)]
    pub project: Option<String>,
    /// Run the recipe although a dataset that it reads does not pass its checks
    #[arg(long)]
    pub despite_checks: bool,
    /// Run the recipe although an input rests on something retracted; the value is the reason
    #[arg(long, value_name = "TEXT")]
    pub despite_suspicion: Option<String>,
    /// Run the recipe even if the same work was done before
    #[arg(long)]
    pub fresh: bool,
    /// Do not wait for the end of the run
    #[arg(short, long)]
    pub detach: bool,
}

impl FromArgMatches for RecipeStart {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let missing = || Error::raw(ErrorKind::MissingSubcommand, "name a recipe; `hven recipe list` lists them\n");
        let (name, own) = matches.subcommand().ok_or_else(missing)?;
        let schema = hven_recipes::LIST.find(name).ok_or_else(missing)?;
        let values = recipe_flags::values(schema, own)
            .map_err(|why| Error::raw(ErrorKind::ValueValidation, format!("{why}\n")))?;
        Ok(Self { schema, values, options: Options::from_arg_matches(own)? })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Subcommand for RecipeStart {
    fn augment_subcommands(command: Command) -> Command {
        // The options would replace the summary of the command.
        let with_options =
            |schema| Options::augment_args(recipe_flags::command(schema)).about(schema.summary.en).long_about(None);
        command
            .subcommand_required(true)
            .subcommand_value_name("RECIPE")
            .subcommands(hven_recipes::LIST.for_people().map(with_options))
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        hven_recipes::LIST.for_people().any(|schema| schema.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_recipe_has_the_name_of_a_command_or_an_argument_of_all_runs() {
        let commands = RecipeCommand::augment_subcommands(Command::new("recipe"));
        let options = Options::augment_args(Command::new("run"));
        for schema in hven_recipes::LIST.iter() {
            assert!(commands.find_subcommand(schema.name).is_none(), "hven recipe {}", schema.name);
        }
        let run = RecipeStart::augment_subcommands(Command::new("run"));
        for schema in hven_recipes::LIST.for_people() {
            let about = run.find_subcommand(schema.name).and_then(Command::get_about).map(ToString::to_string);
            assert_eq!(about.as_deref(), Some(schema.summary.en));
            let keys = schema.keys().into_iter().map(|key| key.replace('_', "-"));
            let both = keys.filter(|key| options.get_arguments().any(|option| option.get_long() == Some(key)));
            assert_eq!(both.collect::<Vec<_>>(), Vec::<String>::new(), "{}", schema.name);
        }
    }
}
