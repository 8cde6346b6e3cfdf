//! `hven remark`: adds and lists remarks about nodes of the lineage.

use std::io;

use clap::{Args, Subcommand};
use hven_api::{
    page::Page,
    remarks::{MakeRemark, Remark},
};
use hven_terminal::{HumanReadable, Output, TerminalWriter, exit};
use serde::Serialize;

use crate::{act::Act, context::Context, list_args::ListArgs};

/// Remarks about runs, datasets and claims
#[derive(Debug, Args)]
pub struct RemarkArgs {
    #[command(subcommand)]
    pub command: RemarkCommand,
}

#[derive(Debug, Subcommand)]
pub enum RemarkCommand {
    /// Add a remark about a run, a dataset or a claim
    Add(AddArgs),
    /// List the remarks
    Ls(LsArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven remark add claim/kepler3 odd 'The outer planets are not in the table.'")]
pub struct AddArgs {
    /// The node: a run (handle, id, `last`), a dataset (`planets@1`) or a claim (`claim/kepler3`)
    pub on: String,
    /// The name of the remark
    pub name: String,
    pub text: String,
    /// The project of the node, if several projects have the name
    #[arg(long)]
    pub project: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven remark ls
  hven remark ls planets --project astro")]
pub struct LsArgs {
    #[command(flatten)]
    pub list: ListArgs,
}

/// A list of remarks, for people and as JSON.
#[derive(Serialize)]
#[serde(transparent)]
struct Remarks(Page<Remark>);

impl HumanReadable for Remarks {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let row = |remark: &Remark| {
            let cells = [&remark.name, &remark.on, &remark.project, &remark.text];
            cells.into_iter().map(|cell| cell.as_str().into()).collect()
        };
        writer.table(&["REMARK", "ON", "PROJECT", "TEXT"], self.0.items.iter().map(row).collect())
    }
}

/// One remark, for people and as JSON.
#[derive(Serialize)]
#[serde(transparent)]
struct OneRemark(Remark);

impl HumanReadable for OneRemark {
    const SCHEMA: Option<&'static str> = Some("hven.remark/1");

    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        writer.line(&format!("remark {} is made", self.0.name))
    }
}

impl Act for RemarkArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        match self.command {
            RemarkCommand::Add(AddArgs { on, name, text, project }) => {
                let (client, on) = (context.client_of_existing()?, context.run_name(&on)?);
                let new = MakeRemark { on, name, text, project };
                output.reply(&OneRemark(client.post("/remarks", &new)?))?;
            }
            RemarkCommand::Ls(args) => {
                let path = args.list.query().below("/remarks");
                output.reply(&Remarks(context.client_of_existing()?.get(path)?))?;
            }
        }
        Ok(exit::OK)
    }
}
