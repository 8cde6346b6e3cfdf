//! `hven logs`: prints the output of a run, and searches the logs of one or of all runs.

use std::{io::Write, time::Duration};

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_api::logs::{FoundInLogs, LogChunk};
use hven_client::{Client, Failure, LogEvent, LogOf, LogPattern, LogsSearch, Patience};
use hven_core::stream::{Source, reports_gap};
use hven_terminal::{FoundLogLines, Output, TaskStreams, exit, formats};

use crate::{
    act::Act, arg_values::parse_filter, complete, context::Context, follow_run::bytes_of, run_deletion::note_deletion,
};

/// Print the output of a run, or search the logs of all runs
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven logs 7Q2M
  hven logs -f last                  continues with new output
  hven logs 7Q2M --stderr            only standard error
  hven logs 7Q2M --search NaN        lines with a text, also overwritten ones
  hven logs 7Q2M --raw > log.bin     the exact bytes
  hven logs --search 'CUDA error'    the logs of all runs, the newest run first
  hven logs --search 'loss=(nan|inf)' --regex -i -C 2 --project astro
                                     a regular expression, with two lines around each match
  hven logs --search killed --where \"state == 'failed'\"
                                     only the logs of runs for which this holds

A progress bar that overwrites its line with carriage returns is shown in its last state; with -f in a terminal it moves.
--search finds all of its states, each with the number of its line and of the state: 12 state 431.

In a terminal, colours are shown. All other control sequences are escaped, as in \\u{1b}[2J; in a file or pipe, colours are
escaped, too. With --raw nothing is escaped.")]
pub struct LogsArgs {
    /// Handle, id, beginning of an id, or `last`. Without a run, --search searches all logs
    #[arg(add = ArgValueCompleter::new(complete::runs), required_unless_present = "search")]
    pub run: Option<String>,
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
    /// TEXT is a regular expression, in which upper and lower case differ
    #[arg(long, requires = "search")]
    pub regex: bool,
    /// Ignore case in a regular expression, too
    #[arg(short = 'i', long, requires = "regex")]
    pub ignore_case: bool,
    /// Of all logs: only runs of this project and of those below it
    #[arg(long, requires = "search", conflicts_with_all = ALL_CONFLICTS, value_parser = parse_filter)]
    pub project: Option<String>,
    /// Of all logs: only runs for which this expression over metrics, parameters and fields holds
    #[arg(
        long = "where",
        value_name = "EXPRESSION",
        requires = "search",
        conflicts_with_all = ALL_CONFLICTS,
        value_parser = parse_filter
    )]
    pub condition: Option<String>,
    /// Of all logs: also print so many lines of the same output before and after each match
    #[arg(
        short = 'C',
        long,
        value_name = "LINES",
        requires = "search",
        conflicts_with_all = ALL_CONFLICTS,
        value_parser = clap::value_parser!(u8).range(0..=10)
    )]
    pub context: Option<u8>,
    /// Of all logs: stop after about so many matches
    #[arg(
        short = 'n',
        long,
        value_name = "N",
        requires = "search",
        conflicts_with_all = ALL_CONFLICTS,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub limit: Option<u32>,
    /// Of all logs: go on where another search ended
    #[arg(long, requires = "search", conflicts_with_all = ALL_CONFLICTS)]
    pub cursor: Option<String>,
}

/// Arguments that select the log of one run.
const ALL_CONFLICTS: [&str; 5] = ["run", "stdout", "stderr", "raw", "attempt"];

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
    let text = args.search.as_deref().unwrap_or_default();
    let pattern = LogPattern { text, is_expression: args.regex, ignores_case: args.ignore_case };
    let Some(run) = &args.run else {
        if args.stdout || args.stderr || args.raw || args.attempt.is_some() {
            let message = "--stdout, --stderr, --raw and --attempt select a part of the log of one run";
            return Err(Failure::new("usage", message).hint("name the run, or leave them out").into());
        }
        return search_all(&client, args, pattern, output);
    };
    let run = context.run_name(run)?;
    let found_text = if args.raw {
        raw(&client, &run, args, output)?
    } else if args.search.is_some() {
        let found = client.log_search(&run, args.log(), pattern, None)?;
        output.reply(&found)?;
        !found.matches.is_empty()
    } else if args.follow {
        follow(&client, &run, args, output)?
    } else {
        whole(&client, &run, args, output)?
    };
    if !found_text {
        note_deletion(&client, &run, output)?;
    }
    Ok(exit::OK)
}

/// How many matches the search of all logs prints without --limit.
const MATCHES_DEFAULT: u32 = 200;
/// The number of matches in one answer.
const PAGE_MATCHES: u32 = 100;

/// Searches all logs. A search takes several calls, and matches are printed as they are found.
fn search_all(
    client: &Client,
    args: &LogsArgs,
    pattern: LogPattern<'_>,
    output: &mut dyn Output,
) -> anyhow::Result<u8> {
    let mut left = args.limit.unwrap_or(MATCHES_DEFAULT);
    let (project, condition) = (args.project.as_deref(), args.condition.as_deref());
    let context = args.context.unwrap_or(0).into();
    let mut all: Option<FoundInLogs> = None;
    let mut lines = FoundLogLines::default();
    let mut cursor = args.cursor.clone();
    loop {
        let limit = left.min(PAGE_MATCHES) as usize;
        let wanted = LogsSearch { pattern, project, condition, context, limit };
        let mut found = client.logs_search(&wanted, cursor.as_deref())?;
        left = left.saturating_sub(u32::try_from(found.matches.len()).unwrap_or(u32::MAX));
        cursor.clone_from(&found.next);
        if !output.owns_stdout() {
            lines.print(&found.matches, output)?;
            found.matches.clear();
        }
        if let Some(earlier) = &mut all {
            found.matches.splice(0..0, earlier.matches.drain(..));
        }
        let is_over = found.next.is_none() || left == 0;
        all = Some(found);
        if is_over {
            break;
        }
    }
    let Some(all) = all else { return Ok(exit::OK) };
    if output.owns_stdout() {
        output.reply(&all)?;
    } else {
        output.note(&lines.end(&all));
    }
    Ok(exit::OK)
}

/// Prints the exact bytes. Like the functions below, it says whether the run has a log.
fn raw(client: &Client, run: &str, args: &LogsArgs, output: &mut dyn Output) -> anyhow::Result<bool> {
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
    Ok(detail.log_bytes > 0)
}

fn whole(client: &Client, run: &str, args: &LogsArgs, output: &mut dyn Output) -> anyhow::Result<bool> {
    let mut printer = LogPrinter { args, streams: TaskStreams::of_log(), attempt: None };
    let mut from = 0;
    loop {
        let page = client.log(run, args.attempt, from, Some(PAGE_BYTES))?;
        page.chunks.iter().try_for_each(|chunk| printer.print(chunk, output))?;
        if page.chunks.is_empty() || page.next <= from || page.next >= page.extent {
            printer.streams.finish()?;
            return Ok(page.extent > 0);
        }
        from = page.next;
    }
}

fn follow(client: &Client, run: &str, args: &LogsArgs, output: &mut dyn Output) -> anyhow::Result<bool> {
    let mut printer = LogPrinter { args, streams: TaskStreams::followed(), attempt: None };
    let mut found_text = false;
    for event in client.follow_log(run, args.attempt, PATIENCE) {
        if let LogEvent::Chunk(chunk) = event? {
            found_text = true;
            printer.print(&chunk, output)?;
        }
    }
    printer.streams.finish()?;
    Ok(found_text)
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
