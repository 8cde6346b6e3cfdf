//! `hven logs`: prints what a run printed.

use std::io::Write;

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_api::logs::LogChunk;
use hven_client::{LogEvent, Patience};

use crate::{
    complete,
    context::Context,
    exit,
    follow::bytes_of,
    output::{self, Output, TaskStreams},
};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven logs 7Q2M
  hven logs -f last                  go on as it grows
  hven logs 7Q2M --stderr            only what it wrote to standard error
  hven logs 7Q2M --search NaN        the lines with a text, and where they are
  hven logs 7Q2M --raw > log.bin     the bytes as they were

In a terminal its colours are shown. All else that would steer the terminal is escaped, as in \\u{1b}[2J; so are the
colours in a file or pipe. With --raw nothing is.")]
pub struct LogsArgs {
    /// Handle, id, beginning of an id, or `last`
    #[arg(add = ArgValueCompleter::new(complete::runs))]
    pub run: String,
    /// Go on until the run ends
    #[arg(short, long)]
    pub follow: bool,
    /// Only standard output
    #[arg(long, conflicts_with = "stderr")]
    pub stdout: bool,
    /// Only standard error
    #[arg(long)]
    pub stderr: bool,
    /// The bytes of both as they were, without Hven's notes
    #[arg(long, conflicts_with_all = ["follow", "stdout", "stderr", "search"])]
    pub raw: bool,
    /// Which attempt; the last one when nothing is said
    #[arg(long, value_name = "N")]
    pub attempt: Option<u32>,
    /// Only lines with this text, each with its number
    #[arg(long, value_name = "TEXT", conflicts_with = "follow")]
    pub search: Option<String>,
}

/// How much of the log is asked for at once.
const PAGE_BYTES: u64 = 1 << 20;

pub fn logs(args: &LogsArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    let run = context.run_name(&args.run)?;
    if args.raw {
        let mut out = output::byte_sink();
        client.log_raw(&run, &mut out)?;
        out.flush()?;
        return Ok(exit::OK);
    }
    if let Some(text) = &args.search {
        output.reply(&client.log_search(&run, text, None)?)?;
        return Ok(exit::OK);
    }
    let mut streams = TaskStreams::escaped();
    if args.follow {
        for event in client.follow_log(&run, None, Patience(std::time::Duration::from_mins(2))) {
            if let LogEvent::Chunk(chunk) = event? {
                print(args, &chunk, &mut streams, output)?;
            }
        }
        streams.finish()?;
        return Ok(exit::OK);
    }
    let mut from = 0;
    loop {
        let page = client.log(&run, args.attempt, from, Some(PAGE_BYTES))?;
        page.chunks.iter().try_for_each(|chunk| print(args, chunk, &mut streams, output))?;
        if page.chunks.is_empty() || page.next <= from || page.next >= page.extent {
            streams.finish()?;
            return Ok(exit::OK);
        }
        from = page.next;
    }
}

fn print(args: &LogsArgs, chunk: &LogChunk, streams: &mut TaskStreams, output: &mut dyn Output) -> anyhow::Result<()> {
    let wanted = match chunk.source.as_str() {
        "stdout" => !args.stderr,
        "stderr" => !args.stdout,
        _ => !args.stdout && !args.stderr,
    };
    match chunk.source.as_str() {
        _ if !wanted => Ok(()),
        _ if output.owns_stdout() => output.reply(chunk),
        "hven" => {
            output.note(chunk.text.trim_end());
            Ok(())
        }
        // All of a log goes to standard output, in the order in which it came.
        _ => Ok(streams.write(true, &bytes_of(chunk))?),
    }
}
