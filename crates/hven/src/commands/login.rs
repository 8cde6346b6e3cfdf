//! `hven login`: a link that lets one browser in, once.

use std::process::{Command, Stdio};

use clap::Args;

use crate::{context::Context, exit, output::Output};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven login
  hven login --open                 opens the browser, too
  hven login --next /r/7Q2M         to the page of a run

On a remote machine: ssh -L 7878:127.0.0.1:7878 HOST, and open the link here.")]
pub struct LoginArgs {
    /// Open it in the browser
    #[arg(long)]
    pub open: bool,
    /// The page to show
    #[arg(long, value_name = "PATH")]
    pub next: Option<String>,
}

pub fn login(args: LoginArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let link = context.client()?.login_link(args.next)?;
    if args.open && !open(&link.url) {
        output.note("no browser could be opened: open the link by hand");
    }
    output.reply(&link)?;
    Ok(exit::OK)
}

/// Hands the link to the desktop; answers whether that worked.
fn open(url: &str) -> bool {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let quiet =
        Command::new(program).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    quiet.is_ok_and(|status| status.success())
}
