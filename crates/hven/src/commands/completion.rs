//! `hven completion`: prints the script with which a shell completes commands, flags and run handles.

use clap::Args;
use clap_complete::env::Shells;
use hven_client::Failure;
use hven_terminal::{Output, exit};

use crate::{act::Act, context::Context};

/// Print the completion script for a shell
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven completion bash >> ~/.bashrc
  hven completion zsh > ~/.zfunc/_hven
  hven completion fish > ~/.config/fish/completions/hven.fish")]
pub struct CompletionArgs {
    #[arg(value_parser = ["bash", "zsh", "fish", "elvish", "powershell"])]
    pub shell: String,
}

impl Act for CompletionArgs {
    fn act(self, _: &Context, _: &mut dyn Output) -> anyhow::Result<u8> {
        completion(&self)
    }
}

pub fn completion(args: &CompletionArgs) -> anyhow::Result<u8> {
    let shells = Shells::builtins();
    let shell = shells
        .completer(&args.shell)
        .ok_or_else(|| Failure::new("usage", format!("there is no completion for {}", args.shell)))?;
    let mut script = Vec::new();
    shell.write_registration("COMPLETE", "hven", "hven", "hven", &mut script)?;
    hven_terminal::write_raw(&script)?;
    Ok(exit::OK)
}
