//! `hven redact`: erases data that must not be in the record. The chain stays valid.

use std::io::{self, BufRead, IsTerminal, Read};

use clap::{ArgGroup, Args};
use clap_complete::ArgValueCompleter;
use hven_api::facts::Redact;
use hven_client::Failure;
use hven_terminal::{Output, exit};

use crate::{act::Act, complete, context::Context};

/// Erase data that must not be in the record
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("target").required(true),
    after_help = "\
Examples:
  hven redact --run 7Q2M --text - --because \"a key was printed\"     asks for the text, or reads a pipe
  hven redact --fact 1234 --because \"a name in a path\"
  hven redact --object 9f86d081… --because \"consent was withdrawn\"

The text is read from the terminal or from standard input and never from the command line, because the shell's history
would keep it. The erasure itself is recorded as a fact, with its author and the reason. Older backups still contain the
erased data.

In logs and metrics only the text is overwritten. A fact that contains the text is erased completely: if the command or the
inputs of a run contain it, the whole submission is erased, with the run's name, its project and the data to reproduce it."
)]
pub struct RedactArgs {
    /// The number of a fact whose payload is to be erased
    #[arg(long, value_name = "SEQ", group = "target")]
    pub fact: Option<u64>,
    /// The run in which a text is to be erased: log, metrics, parameters, specification
    #[arg(long, group = "target", requires = "text", add = ArgValueCompleter::new(complete::runs))]
    pub run: Option<String>,
    /// `-`: the command asks for the text, or reads it from standard input
    #[arg(long, value_name = "-", requires = "run", value_parser = ["-"])]
    pub text: Option<String>,
    /// The digest of an object whose bytes are to be erased
    #[arg(long, value_name = "DIGEST", group = "target")]
    pub object: Option<String>,
    /// The reason, for later readers of the record. It is kept forever, so it must not contain the text
    #[arg(long, required = true, value_name = "REASON")]
    pub because: String,
}

impl Act for RedactArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        redact(self, context, output)
    }
}

pub fn redact(args: RedactArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    let text = match args.text {
        Some(_) => Some(read_text(output)?),
        None => None,
    };
    let redacted =
        client.redact(&Redact { fact: args.fact, run: args.run, text, object: args.object, because: args.because })?;
    output.reply(&redacted)?;
    Ok(exit::OK)
}

/// One line from the terminal, or all of standard input without its last line end.
fn read_text(output: &mut dyn Output) -> anyhow::Result<String> {
    let mut text = String::new();
    let stdin = io::stdin();
    if stdin.is_terminal() {
        output.note("the text to erase, then Enter:");
        stdin.lock().read_line(&mut text)?;
    } else {
        stdin.lock().read_to_string(&mut text)?;
    }
    let text = text.strip_suffix('\n').unwrap_or(&text).trim_end_matches('\r');
    if text.is_empty() {
        return Err(Failure::new("invalid", "there is no text to erase")
            .hint("type it, or send it through a pipe")
            .into());
    }
    Ok(text.to_owned())
}
