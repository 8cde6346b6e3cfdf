//! `hven audit verify`: is everything as it was written?

use clap::{Args, Subcommand};

use crate::{context::Context, exit, home, house, output::Output};

#[derive(Debug, Args)]
pub struct AuditArgs {
    #[command(subcommand)]
    pub what: AuditCommand,
}

#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Recompute every link of the chain of facts and the digest of every object
    #[command(after_help = "\
Examples:
  hven audit verify
  hven audit verify --json | jq -r .head     the newest hash: keep it elsewhere, and nobody can rewrite the record unseen

Exits with 1 when something is not as it was written, and names the first fact. With a running server it asks that
one; else it takes the home's lock and looks by itself.")]
    Verify,
}

pub fn audit(args: &AuditArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let AuditCommand::Verify = args.what;
    let audit = if context.running()?.is_some() {
        context.client_of_existing()?.audit()?
    } else {
        home::require(&context.home)?;
        house::verify(&context.home, &context.database()?)?
    };
    output.reply(&audit)?;
    Ok(if audit.sound { exit::OK } else { exit::NOT_WELL })
}
