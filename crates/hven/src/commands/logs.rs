//! `hven logs`: prints the output of a run.

use std::{io::Write, time::Duration};

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_api::logs::LogChunk;
use hven_client::{Client, LogEvent, LogOf, Patience};
use hven_core::stream::{Source, reports_gap};
use hven_terminal::{Output, TaskStreams, exit, formats};

use crate::{act::Act, complete, context::Context, follow_run::bytes_of};

/// Print the output of a run
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven logs 7Q2M
  hven logs -f last                  continues with new output
  hven logs 7Q2M --stderr            only standard error
  hven logs 7Q2M --search NaN        lines with a text, also overwritten ones
  hven logs 7Q2M --raw > log.bin     the exact bytes

A progress bar that overwrites its line with carriage returns is shown in its last state; with -f in a terminal it moves.
--search finds all of its states, each with the number of its line and of the state: 12 state 431.

In a terminal, colours are shown. All other control sequences are escaped, as in \\u{1b}[2J; in a file or pipe, colours are
escaped, too. With --raw nothing is escaped.")]
pub struct LogsArgs {
    /// Handle, id, beginning of an id, or `last`
    #[arg(add = ArgValueCompleter::new(complete::runs))]
    pub run: String,
    /// Continue until the run ends
    #[arg(short, long)]
    pub follow: bool,
    /// Only standard output
    #[arg(long, conflicts_with = "stderr")]
    pub stdout: bool,
    /// Only standard error
    #[arg(long)]
    pub stderr: bool,
    /// Print the exact bytes, without Hven's notes
    #[arg(long, conflicts_with_all = ["follow", "search"])]
    pub raw: bool,
    /// The attempt [default: the last one]
    #[arg(long, value_name = "N")]
    pub attempt: Option<u32>,
    /// Only lines with this text, ignoring case, each with its number; of a long line, the part around the text
    #[arg(long, value_name = "TEXT", conflicts_with = "follow")]
    pub search: Option<String>,
}

impl Act for LogsArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        logs(&self, context, output)
    }
}

impl LogsArgs {
    fn log(&self) -> LogOf<'_> {
        let source = if self.stderr { Some("stderr") } else { self.stdout.then_some("stdout") };
        LogOf { attempt: self.attempt, source }
    }

    /// Whether output of this source is wanted.
    fn wants(&self, source: &str) -> bool {
        self.log().source.is_none_or(|wanted| wanted == source)
    }
}

/// The size of a page of the log.
const PAGE_BYTES: u64 = 1 << 20;
/// How long the server may be unreachable while a log is followed: it may be restarting.
const PATIENCE: Patience = Patience(Duration::from_mins(2));

pub fn logs(args: &LogsArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    let run = context.run_name(&args.run)?;
    if args.raw {
        raw(&client, &run, args, output)?;
    } else if let Some(text) = &args.search {
        output.reply(&client.log_search(&run, args.log(), text, None)?)?;
    } else if args.follow {
        follow(&client, &run, args, output)?;
    } else {
        whole(&client, &run, args, output)?;
    }
    Ok(exit::OK)
}

fn raw(client: &Client, run: &str, args: &LogsArgs, output: &mut dyn Output) -> anyhow::Result<()> {
    let mut out = hven_terminal::byte_sink();
    client.log_raw(run, args.log(), false, &mut out)?;
    out.flush()?;
    drop(out);
    let detail = client.run(run)?;
    let is_last = args.attempt.is_none_or(|number| number == detail.summary.attempts);
    if is_last && detail.log_dropped_bytes > 0 {
        let dropped = formats::bytes(detail.log_dropped_bytes);
        output.note(&format!("{dropped} of the middle of the log were dropped while it was printed"));
    }
    Ok(())
}

fn whole(client: &Client, run: &str, args: &LogsArgs, output: &mut dyn Output) -> anyhow::Result<()> {
    let mut printer = LogPrinter { args, streams: TaskStreams::of_log(), attempt: None };
    let mut from = 0;
    loop {
        let page = client.log(run, args.attempt, from, Some(PAGE_BYTES))?;
        page.chunks.iter().try_for_each(|chunk| printer.print(chunk, output))?;
        if page.chunks.is_empty() || page.next <= from || page.next >= page.extent {
            return Ok(printer.streams.finish()?);
        }
        from = page.next;
    }
}

fn follow(client: &Client, run: &str, args: &LogsArgs, output: &mut dyn Output) -> anyhow::Result<()> {
    let mut printer = LogPrinter { args, streams: TaskStreams::followed(), attempt: None };
    for event in client.follow_log(run, args.attempt, PATIENCE) {
        if let LogEvent::Chunk(chunk) = event? {
            printer.print(&chunk, output)?;
        }
    }
    Ok(printer.streams.finish()?)
}

/// Prints a log to standard output.
struct LogPrinter<'a> {
    args: &'a LogsArgs,
    streams: TaskStreams,
    /// The attempt whose log is printed.
    attempt: Option<u32>,
}

impl LogPrinter<'_> {
    fn print(&mut self, chunk: &LogChunk, output: &mut dyn Output) -> anyhow::Result<()> {
        let is_wanted = self.args.wants(&chunk.source);
        if output.owns_stdout() {
            return if is_wanted { output.reply(chunk) } else { Ok(()) };
        }
        let is_tried_again = self.attempt.replace(chunk.attempt).is_some_and(|before| before != chunk.attempt);
        if is_tried_again {
            self.streams.break_off()?;
            output.note(&format!("the run is tried again: attempt {}", chunk.attempt));
        }
        let source = Source::parse(&chunk.source).unwrap_or(Source::Stderr);
        if source == Source::Hven && reports_gap(chunk.text.as_bytes()) {
            self.streams.break_off()?;
        }
        match source {
            _ if !is_wanted => Ok(()),
            Source::Hven => Ok(self.streams.write_between(|| output.note(chunk.text.trim_end()))?),
            // Both streams of the log go to standard output.
            Source::Stdout | Source::Stderr => Ok(self.streams.write(true, source, &bytes_of(chunk))?),
        }
    }
}
