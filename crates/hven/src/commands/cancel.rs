//! `hven cancel`: ends runs with all their processes.

use clap::Args;
use clap_complete::ArgValueCompleter;

use crate::{
    complete,
    context::Context,
    exit,
    failure::Told,
    output::{Cancelled, Output},
};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven cancel 7Q2M
  hven cancel last 8R3N

Every process of the run gets TERM, and KILL when its grace time is over.")]
pub struct CancelArgs {
    /// Handles, ids, beginnings of ids, or `last`
    #[arg(required = true, value_name = "RUN", add = ArgValueCompleter::new(complete::runs))]
    pub runs: Vec<String>,
}

pub fn cancel(args: &CancelArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    let mut cancelled = Vec::new();
    let mut status = exit::OK;
    // One that cannot be cancelled is no reason to let the others run.
    for run in &args.runs {
        match client.cancel(&context.run_name(run)?) {
            Ok(summary) => cancelled.push(summary),
            Err(error) => {
                let told = Told::of(&error.into());
                output.error(&told);
                status = exit::of_code(&told.code);
            }
        }
    }
    output.reply(&Cancelled { schema: "hven.cancelled/1", runs: cancelled })?;
    Ok(status)
}
