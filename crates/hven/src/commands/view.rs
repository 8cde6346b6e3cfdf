//! `hven view`: saved views of the list of runs and of comparisons.

use clap::{Args, Subcommand};
use clap_complete::ArgValueCompleter;
use hven_terminal::{ActionDone, Output, ViewShown, exit};

use crate::{
    act::Act,
    arg_values::parse_filter,
    complete,
    context::Context,
    saved_views::{self, ListedRuns},
};

/// Saved views of the list of runs and of comparisons
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven view ls
  hven view show 'Best runs'
  hven view save 'Best runs' --where 'acc > 0.9' --sort=-acc --columns acc,loss
  hven ps --view 'Best runs'          the runs of this view
  hven view rename 'Best runs' 'Good runs'
  hven view rm 'astro:Good runs'      the view of this project

The pages of runs and of comparisons save views, too: `hven login` opens them.")]
pub struct ViewArgs {
    #[command(subcommand)]
    pub what: ViewCommand,
}

#[derive(Debug, Subcommand)]
pub enum ViewCommand {
    /// List the views of the projects that you may see
    #[command(after_help = "Examples:\n  hven view ls\n  hven view ls --project astro")]
    Ls {
        /// Only views of this project and the projects below it
        #[arg(long, value_parser = parse_filter)]
        project: Option<String>,
    },
    /// Show one view: its page, its state, and its address
    #[command(after_help = "Example:\n  hven view show 'Best runs'")]
    Show {
        /// Its name, or its project and name, such as `astro:Best runs`
        #[arg(add = ArgValueCompleter::new(complete::views))]
        view: String,
    },
    /// Save a list of runs as a view
    Save(SaveArgs),
    /// Give a view another name
    #[command(after_help = "\
Examples:
  hven view rename 'Best runs' 'Good runs'
  hven view rename 'Best runs' 'Best runs' --project astro      moves it to this project")]
    Rename {
        /// Its name, or its project and name, such as `astro:Best runs`
        #[arg(add = ArgValueCompleter::new(complete::views))]
        view: String,
        /// The new name
        name: String,
        /// Another project; without it, the view stays in its project
        #[arg(long, value_parser = parse_filter)]
        project: Option<String>,
    },
    /// Remove a view
    #[command(after_help = "Example:\n  hven view rm 'astro:Best runs'")]
    Rm {
        /// Its name, or its project and name, such as `astro:Best runs`
        #[arg(add = ArgValueCompleter::new(complete::views))]
        view: String,
    },
}

/// The runs of the view, as `hven ps` selects them
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven view save 'Best runs' --where 'acc > 0.9' --sort=-acc --columns acc,loss
  hven view save failures --in astro --state failed,lost --replace")]
pub struct SaveArgs {
    /// The name of the view
    pub name: String,
    /// The project that keeps the view: all users who may see the project see it
    #[arg(long = "in", value_name = "PROJECT", default_value = "home", value_parser = parse_filter)]
    pub of: String,
    /// Overwrite a view of this name
    #[arg(long)]
    pub replace: bool,
    /// Only runs in these states
    #[arg(long, value_delimiter = ',', value_name = "STATE", value_parser = parse_filter)]
    pub state: Vec<String>,
    /// Only runs that have this tag; with several they have all of them
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "TAG",
        value_parser = parse_filter,
        add = ArgValueCompleter::new(complete::tags)
    )]
    pub tag: Vec<String>,
    /// Only archived runs
    #[arg(long)]
    pub archived: bool,
    /// Also runs that Hven made for checks of its own
    #[arg(long)]
    pub all_kinds: bool,
    /// Only runs of this project and those below it
    #[arg(long, value_parser = parse_filter)]
    pub project: Option<String>,
    /// Only runs for which this expression over metrics, parameters, tags and fields holds
    #[arg(long = "where", value_name = "EXPRESSION", value_parser = parse_filter)]
    pub condition: Option<String>,
    /// The order, as in `hven ps --sort`
    #[arg(
        long,
        value_name = "ORDER",
        value_parser = parse_filter,
        allow_hyphen_values = true,
        add = ArgValueCompleter::new(complete::quantities)
    )]
    pub sort: Option<String>,
    /// Metrics, parameters and tags that are columns of the list, after its usual ones
    #[arg(
        long,
        value_name = "NAME,…",
        value_parser = parse_filter,
        add = ArgValueCompleter::new(complete::quantities)
    )]
    pub columns: Option<String>,
    /// Words that must all occur in handle, name, command or project
    pub words: Vec<String>,
}

impl Act for ViewArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        view(self, context, output)
    }
}

pub fn view(args: ViewArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    match args.what {
        ViewCommand::Ls { project } => output.reply(&saved_views::all(&client, project.as_deref())?)?,
        ViewCommand::Show { view } => {
            let view = saved_views::find(&client, &view)?;
            let url = client.view_url(&view)?;
            output.reply(&ViewShown { view, url })?;
        }
        ViewCommand::Save(args) => {
            let SaveArgs { name, of, replace, .. } = &args;
            let (name, of, replace) = (name.clone(), of.clone(), *replace);
            let view = saved_views::save(&client, &name, &of, replace, listed(args))?;
            let url = client.view_url(&view)?;
            output.reply(&ViewShown { view, url })?;
        }
        ViewCommand::Rename { view, name, project } => {
            let view = saved_views::find(&client, &view)?;
            let view = client.rename_view(&view.id, name, project)?;
            let url = client.view_url(&view)?;
            output.reply(&ViewShown { view, url })?;
        }
        ViewCommand::Rm { view } => {
            let view = saved_views::find(&client, &view)?;
            client.remove_view(&view.id)?;
            let text = format!("the view {:?} is removed", view.id);
            output.reply(&ActionDone { schema: "hven.view_removed/1", text })?;
        }
    }
    Ok(exit::OK)
}

/// The list of runs that the arguments select.
fn listed(args: SaveArgs) -> ListedRuns {
    ListedRuns {
        words: args.words,
        condition: args.condition,
        states: args.state,
        project: args.project,
        tags: args.tag,
        archived: args.archived.then_some("only"),
        all_kinds: args.all_kinds,
        sort: args.sort,
        columns: args.columns.map(|columns| hven_api::compared_runs::columns_in(&columns)).unwrap_or_default(),
        page_only: Vec::new(),
    }
}
