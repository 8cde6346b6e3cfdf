//! `hven redact`: erases what should never have been recorded. The chain still verifies.

use std::io::{self, BufRead, IsTerminal, Read};

use clap::{ArgGroup, Args};
use clap_complete::ArgValueCompleter;
use hven_api::facts::Redact;
use hven_client::Failure;
use hven_terminal::{Output, exit};

use crate::{act::Act, complete, context::Context};

/// Erase what should never have been recorded
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("target").required(true),
    after_help = "\
Examples:
  hven redact --run 7Q2M --text - --because \"a key was printed\"     asks for the text; or pipe it in
  hven redact --fact 1234 --because \"a name in a path\"
  hven redact --object 9f86d081… --because \"consent was withdrawn\"

The text is read from the terminal or from standard input and never from the command line, where the shell's history
would keep it. What was erased, by whom and why is a fact. Backups that were made before still hold it.

In logs and metrics the text alone is overwritten. A fact that has the text is erased whole: when the command or the inputs of
a run have it, the whole submission goes, and with it the run's name, its project and the way to reproduce it."
)]
pub struct RedactArgs {
    /// The number of a fact whose payload is to be erased
    #[arg(long, value_name = "SEQ", group = "target")]
    pub fact: Option<u64>,
    /// The run in which a text is to be erased: log, metrics, parameters, specification
    #[arg(long, group = "target", requires = "text", add = ArgValueCompleter::new(complete::runs))]
    pub run: Option<String>,
    /// `-`: the text is asked for, or read from standard input
    #[arg(long, value_name = "-", requires = "run", value_parser = ["-"])]
    pub text: Option<String>,
    /// The digest of an object whose bytes are to be erased
    #[arg(long, value_name = "DIGEST", group = "target")]
    pub object: Option<String>,
    /// Why: whoever finds the gap will want to know. It stays for ever, so it may not hold the text
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
        return Err(Failure::new("invalid", "there is no text to erase").hint("type it, or pipe it in").into());
    }
    Ok(text.to_owned())
}
