//! Runs the command that the arguments name.

use hven_terminal::{Output, exit};

use crate::{act::Act, commands::Command, context::Context};

/// The output of `hven` without a command.
const FIRST_STEPS: &str = "\
Hven keeps the record of your computations. Start with three commands:

  hven run -- python train.py      run anything as you would, tracked and repeatable
  hven ps -a                       recent and active runs
  hven login                       a link to the pages in a browser

`hven --help` lists all commands.
";

/// Runs the command, or prints the first steps when there is none.
pub fn dispatch(command: Option<Command>, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    match command {
        None => hven_terminal::write_raw(FIRST_STEPS.as_bytes()).map(|()| exit::OK),
        Some(command) => command.act(context, output),
    }
}
