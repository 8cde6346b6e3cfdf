//! Starts one command, or the steps of the manifest.

use std::sync::Arc;

use hven_terminal::Output;

use super::{
    args::RunArgs,
    settings::{self, RunTarget},
    steps::steps,
};
use crate::{
    act::Act,
    context::Context,
    new_run::{prepare, submit},
};

impl Act for RunArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        run(&self, context, output)
    }
}

fn run(args: &RunArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    match settings::resolve(args, context)? {
        RunTarget::Steps(settings) => steps(settings, context, output),
        RunTarget::Command { work, detach } => {
            let client = Arc::new(context.client()?);
            let prepared = prepare(*work, context, &client, output)?;
            submit(prepared, detach, context, &client, output)
        }
    }
}
