//! `hven login`: a link that lets one browser in, once.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use clap::Args;
use hven_terminal::{Output, exit};

use crate::{act::Act, context::Context, login_page};

/// Print a link that opens the pages in a browser, once
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven login
  hven login --open                 opens the browser, too
  hven login --next /r/7Q2M         to the page of a run

On a remote machine: ssh -L 7878:127.0.0.1:7878 HOST, and open the link here.
--open gives the browser a page in the home that leads to the link. A browser from snap or flatpak may not read it: open the
printed link there by hand.")]
pub struct LoginArgs {
    /// Open it in the browser
    #[arg(long)]
    pub open: bool,
    /// The page to show
    #[arg(long, value_name = "PATH")]
    pub next: Option<String>,
}

impl Act for LoginArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        login(self, context, output)
    }
}

pub fn login(args: LoginArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let link = context.client()?.login_link(args.next)?;
    // It is printed first: some browsers hold the command until they end.
    output.reply(&link)?;
    if args.open {
        match open(&context.home, &link.url) {
            Ok(()) => output.note(
                "the browser was given a page in the home that leads to the link; where it may not read that page, as \
                 browsers from snap and flatpak, open the link by hand",
            ),
            Err(why) => output.note(&format!("no browser could be opened ({why}): open the link by hand")),
        }
    }
    Ok(exit::OK)
}

/// Has the desktop open a page that leads to the link; answers why it did not. The link is in no argument of a process:
/// others can read those.
fn open(home: &Path, link: &str) -> Result<(), String> {
    let page = login_page::write(home, link).map_err(|error| format!("its page cannot be written: {error}"))?;
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut command = Command::new(program);
    command.arg(login_page::address(&page)).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let why = match command.status() {
        Ok(status) if status.success() => return Ok(()),
        Ok(status) => format!("{program}: {status}"),
        Err(error) => format!("{program}: {error}"),
    };
    login_page::remove(&page);
    Err(why)
}
