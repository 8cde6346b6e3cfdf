//! `hven login`: prints a link that lets one browser log in once.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use clap::Args;
use hven_terminal::{Output, exit};

use crate::{act::Act, context::Context, login_page};

/// Print a link that opens the pages in a browser; it works once
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven login
  hven login --open                 also opens the browser
  hven login --next /r/7Q2M         shows the page of a run

On a remote machine: ssh -L 7878:127.0.0.1:7878 HOST, and open the link here.
--open starts the browser with a file in the home that leads to the link. A browser from snap or flatpak may be unable to
read that file: open the printed link by hand.")]
pub struct LoginArgs {
    /// Open the link in the browser
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
    // It is printed first: some browsers block the command until they end.
    output.reply(&link)?;
    if args.open {
        match open(&context.home, &link.url) {
            Ok(()) => output.note(
                "the browser was started with a file in the home that leads to the link; if it cannot read that file, as \
                 browsers from snap and flatpak, open the link by hand",
            ),
            Err(why) => output.note(&format!("no browser could be opened ({why}): open the link by hand")),
        }
    }
    Ok(exit::OK)
}

/// Asks the desktop to open a page that leads to the link; returns the error if it fails. The link is not in the
/// arguments of a process, because other users can read those.
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
