//! `hven graph`: prints the lineage of an item, or of everything, as a list, a picture, Graphviz, PROV or JSON.
//!
//! The server provides the nodes and edges. `hven-publish` renders them.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use clap_complete::ArgValueCompleter;
use hven_api::graph::Graph as Wire;
use hven_client::{Client, GraphQuery};
use hven_core::safe_text::safe_json;
use hven_terminal::{Output, exit, formats};

use crate::{
    act::Act,
    complete,
    context::Context,
    lineage_graph::{list, prov, to_drawing, whole_lineage, write},
};

/// Show the lineage of an item as a list, a picture, Graphviz or PROV
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven graph claim/kepler3                      what it rests on, as a list
  hven graph planets@1 --down                   what rests on it
  hven graph 7Q2M --both --depth 2 --format svg -o around.svg
  hven graph claim/kepler3 --format dot | dot -Tpdf > lineage.pdf
  hven graph --all --format prov -o home.prov.json")]
pub struct GraphArgs {
    /// A run (handle, id, `last`), `planets@1`, `claim/kepler3` or `publication/kepler3@1`
    #[arg(add = ArgValueCompleter::new(complete::runs), required_unless_present = "all", conflicts_with = "all")]
    pub of: Option<String>,
    /// Show everything that you may see
    #[arg(long, conflicts_with_all = ["down", "both", "depth", "limit"])]
    pub all: bool,
    /// Show what rests on it, instead of what it rests on
    #[arg(long, conflicts_with = "both")]
    pub down: bool,
    /// Show both what it rests on and what rests on it
    #[arg(long)]
    pub both: bool,
    /// The largest distance in steps
    #[arg(long, value_name = "N")]
    pub depth: Option<u32>,
    /// The most nodes; the nearest nodes come first
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub limit: u32,
    /// The output format
    #[arg(long, value_enum, default_value_t = Format::List)]
    pub format: Format,
    /// Write it to this file
    #[arg(long, short, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// The project, if several projects have the name
    #[arg(long)]
    pub project: Option<String>,
}

impl Act for GraphArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        graph(&self, context, output)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Indented, for a terminal
    List,
    /// The language of Graphviz
    Dot,
    /// A small picture
    Svg,
    /// W3C PROV, as PROV-JSON
    Prov,
    /// The response of the server
    Json,
}

pub fn graph(args: &GraphArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    let wire = match &args.of {
        Some(of) => {
            let of = context.run_name(of)?;
            context.in_project(args.project.as_deref(), |project| around(args, &of, project, &client))?
        }
        None => whole_lineage(&client)?,
    };
    if wire.truncated {
        let shown = formats::counted(wire.nodes.len() as u64, "node", "nodes");
        output.note(&format!("{shown} are shown; there are more at a greater distance: raise --limit or --depth"));
    }
    if output.owns_stdout() && args.output.is_none() {
        output.reply(&wire)?;
        return Ok(exit::OK);
    }
    let text = match args.format {
        Format::Json => safe_json(&serde_json::to_string_pretty(&wire)?).into_owned() + "\n",
        Format::List => list(&wire, args.down, args.both),
        Format::Dot => to_drawing(&wire, false).dot(),
        Format::Svg => to_drawing(&wire, false).picture(),
        Format::Prov => prov(&wire)?,
    };
    match &args.output {
        Some(file) => write(&context.cwd.join(file), &text)?,
        None => hven_terminal::write_raw(text.as_bytes())?,
    }
    Ok(exit::OK)
}

fn around(args: &GraphArgs, of: &str, project: Option<&str>, client: &Client) -> hven_client::Result<Wire> {
    let direction = match (args.down, args.both) {
        (_, true) => "both",
        (true, false) => "consequences",
        (false, false) => "sources",
    };
    client.graph(&GraphQuery {
        of: Some(of),
        project,
        direction: Some(direction),
        depth: args.depth,
        limit: Some(args.limit),
        cursor: None,
    })
}
