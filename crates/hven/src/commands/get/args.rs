//! The flags of `hven get`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::ArgValueCompleter;

use crate::complete;

/// Fetch what a run made: all of it, or files and folders of it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven get 7Q2M                          all outputs, into this folder
  hven get last -o results               into a folder of their own
  hven get 7Q2M fit.json out/curves      a file, and a folder of an output
  hven get 7Q2M fit.json -o - | jq .     to standard output
  hven get 7Q2M --inputs -o then         what it read

PATH is a path as `hven show` lists it, or one in an output that is a folder. Below the folder into which they are put, files
keep their paths; one that lay elsewhere keeps its name alone. A name of other bytes may be written as it is shown, in quotes:
'Gr\\xF6sse.txt'. A file that is there with other bytes stays, and then nothing is written at all, unless --force replaces it.

It exits with 1 when a link that was named is not made, because it led out of its folder.")]
pub struct GetArgs {
    /// Handle, id, beginning of an id, or `last`
    #[arg(value_name = "RUN", add = ArgValueCompleter::new(complete::runs))]
    pub run: String,
    /// Outputs, or files and folders in them [default: all outputs]
    #[arg(value_name = "PATH", value_hint = clap::ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// The folder into which they are put, `-` for standard output [default: this folder]
    #[arg(short = 'o', long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub into: Option<PathBuf>,
    /// Fetch what it read instead of what it made
    #[arg(long)]
    pub inputs: bool,
    /// Replace files that are there with other bytes
    #[arg(long)]
    pub force: bool,
}
