//! The flags of `hven get`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::ArgValueCompleter;

use crate::complete;

/// Fetch outputs of a run: all of them, or single files and folders
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven get 7Q2M                          all outputs, to this folder
  hven get last -o results               to a folder of their own
  hven get 7Q2M fit.json out/curves      a file, and a folder of an output
  hven get 7Q2M fit.json -o - | jq .     to standard output
  hven get 7Q2M --inputs -o then         the inputs of the run

PATH is a path as `hven show` lists it, or a path inside an output folder. Below the target folder, files keep their paths; a
file from outside the folder of the run keeps only its name. A name that is not UTF-8 may be typed as it is shown, in quotes:
'Gr\\xF6sse.txt'. An existing file with other bytes stays, and then nothing is written at all; --force replaces such files.

It exits with 1 when a named link is not created, because its target is outside of its folder.")]
pub struct GetArgs {
    /// Handle, id, beginning of an id, or `last`
    #[arg(value_name = "RUN", add = ArgValueCompleter::new(complete::runs))]
    pub run: String,
    /// Outputs, or files and folders in them [default: all outputs]
    #[arg(value_name = "PATH", value_hint = clap::ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// The target folder, `-` for standard output [default: this folder]
    #[arg(short = 'o', long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub into: Option<PathBuf>,
    /// Fetch the inputs instead of the outputs
    #[arg(long)]
    pub inputs: bool,
    /// Replace existing files with other bytes
    #[arg(long)]
    pub force: bool,
}
