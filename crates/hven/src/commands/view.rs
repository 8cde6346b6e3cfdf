//! `hven view`: saved views of the list of runs and of comparisons.

use clap::{Args, Subcommand};
use hven_terminal::{ActionDone, Output, ViewShown, exit};

use crate::{act::Act, arg_values::parse_filter, context::Context, saved_views};

/// Saved views of the list of runs and of comparisons
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven view ls
  hven view show 'Best runs'
  hven ps --view 'Best runs'          the runs of this view
  hven view rm 'astro:Best runs'      the view of this project

The pages of Hven save views: `hven login` opens them.")]
pub struct ViewArgs {
    #[command(subcommand)]
    pub what: ViewCommand,
}

impl Act for ViewArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        let client = context.client_of_existing()?;
        match self.what {
            ViewCommand::Ls { project } => output.reply(&saved_views::all(&client, project.as_deref())?)?,
            ViewCommand::Show { view } => {
                let view = saved_views::find(&client, &view)?;
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
        view: String,
    },
    /// Remove a view
    #[command(after_help = "Example:\n  hven view rm 'astro:Best runs'")]
    Rm {
        /// Its name, or its project and name, such as `astro:Best runs`
        view: String,
    },
}
