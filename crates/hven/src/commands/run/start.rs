//! Starts what was asked for: one command, or the steps of the manifest.

use std::sync::Arc;

use hven_steps::{Given, Wanted, manifest_here::Found};
use hven_terminal::Output;

use super::{
    args::RunArgs,
    settings::{self, RunOf},
};
use crate::{
    act::Act,
    context::Context,
    new_run::{prepare, submit},
    step_hands::StepHands,
};

impl Act for RunArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        run(&self, context, output)
    }
}

fn run(args: &RunArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    match settings::resolve(args, context)? {
        RunOf::Steps(wanted) => steps(wanted, context, output),
        RunOf::Command { work, detach } => {
            let client = Arc::new(context.client()?);
            let prepared = prepare(*work, context, &client, output)?;
            submit(prepared, detach, context, &client, output)
        }
    }
}

/// Runs or plans the steps of the manifest here. They work in its folder.
fn steps(wanted: Wanted, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let found = Found::needed(&context.cwd)?;
    let manifest = found.manifest()?;
    let context = context.in_folder(found.folder().to_owned());
    let client = Arc::new(context.client()?);
    let project = context.new_project(wanted.project.as_ref())?;
    let hands = StepHands { context, client: Arc::clone(&client) };
    hven_steps::run(&found, Given { manifest, client, project, wanted, recipes: hven_recipes::LIST }, &hands, output)
}
