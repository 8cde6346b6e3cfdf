//! `hven audit verify`: is everything as it was written?

use std::{sync::mpsc, time::Duration};

use clap::{Args, Subcommand};
use hven_api::facts::Audit;
use hven_record::Step;
use hven_terminal::{Output, exit};

use crate::{act::Act, context::Context, home, house, progress::Progress};

/// How often a server is asked how far it is.
const ASK_EVERY: Duration = Duration::from_millis(500);

/// Check that the record is as it was written
#[derive(Debug, Args)]
pub struct AuditArgs {
    #[command(subcommand)]
    pub what: AuditCommand,
}

impl Act for AuditArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        audit(&self, context, output)
    }
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
    let progress = Progress::new(output);
    let read = |objects, of| progress.tell(&Step { what: "objects", done: objects, of: Some(of) });
    let audit = if context.running()?.is_some() {
        of_server(context, &read)
    } else {
        home::require(&context.home)?;
        house::verify(&context.home, &context.database()?, &mut |so_far| read(so_far.objects, so_far.objects_of))
    };
    progress.clear();
    let audit = audit?;
    output.reply(&audit)?;
    Ok(if audit.sound { exit::OK } else { exit::NOT_WELL })
}

/// Has the server do it, and asks it meanwhile how far it is.
fn of_server(context: &Context, read: &dyn Fn(u64, u64)) -> anyhow::Result<Audit> {
    let client = context.client_of_existing()?;
    let (done, found) = mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Whoever waits is there until it has been told.
            let _ = done.send(client.audit());
        });
        loop {
            match found.recv_timeout(ASK_EVERY) {
                Ok(audit) => return Ok(audit?),
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    // A server of an older version does not say; then nothing is shown.
                    if let Ok(Some(so_far)) = client.audit_progress() {
                        read(so_far.objects, so_far.objects_of);
                    }
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    anyhow::bail!("the thread that asked the server ended badly")
                }
            }
        }
    })
}
