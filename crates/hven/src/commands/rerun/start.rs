//! Runs again what is meant: one run in the foreground, or several in the background.

use std::sync::Arc;

use hven_terminal::{Output, exit};

use super::{
    again::Again,
    args::RerunArgs,
    meant::{Meant, meant},
    settings::{self, Which},
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
    let Some(Meant { names, left_out }) = meant(&settings, context, &client, output)? else {
        return Ok(exit::NOT_WELL);
    };
    let is_named = matches!(settings.which, Which::Named(_));
    let again = Again { is_named, dry_run: settings.dry_run, anew: settings.anew, context, client: &client };
    match names.as_slice() {
        [name] if !settings.detach && !settings.dry_run => again.in_foreground(name, output),
        names => again.in_background(names, left_out, output),
    }
}
