//! `hven audit verify`: checks that the record and the objects are unchanged.

use std::{sync::mpsc, time::Duration};

use clap::{Args, Subcommand};
use hven_api::facts::Audit;
use hven_record::Step;
use hven_terminal::{Output, exit};

use crate::{act::Act, composition, context::Context, home, progress::Progress};

/// How often the server is asked for its progress.
const ASK_EVERY: Duration = Duration::from_millis(500);

/// Check that the record is unchanged
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
  hven audit verify --json | jq -r .head     the newest hash: with a copy elsewhere you can detect a rewritten record

Exits with 1 when something was changed, and names the first fact. A running server does the check; without one, the command
takes the home's lock and checks by itself.")]
    Verify,
}

pub fn audit(args: &AuditArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let AuditCommand::Verify = args.what;
    let progress = Progress::new(output);
    let read = |objects, of| progress.show(&Step { what: "objects", done: objects, of: Some(of) });
    let audit = if context.running()?.is_some() {
        of_server(context, &read)
    } else {
        home::require(&context.home)?;
        composition::verify(&context.home, &context.database()?, &mut |so_far| read(so_far.objects, so_far.objects_of))
    };
    progress.clear();
    let audit = audit?;
    output.reply(&audit)?;
    Ok(if audit.sound { exit::OK } else { exit::NOT_WELL })
}

/// Asks the server to verify, and requests its progress meanwhile.
fn of_server(context: &Context, read: &dyn Fn(u64, u64)) -> anyhow::Result<Audit> {
    let client = context.client_of_existing()?;
    let (done, found) = mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // The receiver exists until it has received the result.
            let _ = done.send(client.audit());
        });
        loop {
            match found.recv_timeout(ASK_EVERY) {
                Ok(audit) => return Ok(audit?),
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    // A server of an older version has no progress to report.
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
