//! Repeats the selected runs: one in the foreground, or several in the background.

use std::sync::Arc;

use hven_terminal::{Output, exit};

use super::{
    args::RerunArgs,
    execution::RerunExecution,
    selection::{SelectedRuns, select},
    settings::{self, RerunSelection},
};
use crate::{act::Act, context::Context};

impl Act for RerunArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        rerun(self, context, output)
    }
}

fn rerun(args: RerunArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let settings = settings::resolve(args)?;
    let client = Arc::new(context.client_of_existing()?);
    let Some(SelectedRuns { names, left_out }) = select(&settings, context, &client, output)? else {
        return Ok(exit::NOT_WELL);
    };
    let is_named = matches!(settings.selection, RerunSelection::Named(_));
    let execution =
        RerunExecution { is_named, dry_run: settings.dry_run, options: settings.options, context, client: &client };
    match names.as_slice() {
        [name] if !settings.detach && !settings.dry_run => execution.in_foreground(name, output),
        names => execution.in_background(names, left_out, output),
    }
}
