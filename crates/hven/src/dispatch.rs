//! Which command was asked for.

use hven_terminal::{Output, exit};

use crate::{act::Act, commands::Command, context::Context};

/// What `hven` alone says.
const FIRST_STEPS: &str = "\
Hven keeps the record of your computations. Three commands to begin with:

  hven run -- python train.py      run anything as you would, tracked and repeatable
  hven ps -a                       what ran and what runs
  hven login                       a link to the pages in a browser

`hven --help` lists all commands.
";

/// Does what was asked.
pub fn dispatch(command: Option<Command>, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    match command {
        None => hven_terminal::raw(FIRST_STEPS.as_bytes()).map(|()| exit::OK),
        Some(command) => command.act(context, output),
    }
}
