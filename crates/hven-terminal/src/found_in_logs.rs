//! Matches of a search in the logs of many runs, printed while the search goes on.

use std::{collections::HashMap, io};

use hven_api::logs::{FoundInLogs, LogContextLine, RunLogMatch};
use serde::Serialize;

use crate::{
    command_result::HumanReadable,
    formats::{bytes, counted},
    output::Output,
    terminal_writer::{TerminalWriter, printable},
};

/// Prints the matches of several answers below a heading for each log.
#[derive(Debug, Default)]
pub struct FoundLogLines {
    /// The log to which the last lines belong.
    log: Option<(String, u32)>,
    /// For each output of this log, the number of the last printed line.
    printed: HashMap<String, u64>,
    matches: u64,
}

#[derive(Serialize)]
struct Lines(Vec<Line>);

#[derive(Serialize)]
enum Line {
    Log(String),
    Match { place: String, text: String },
    Context { line: Option<u64>, text: String },
}

impl FoundLogLines {
    pub fn print(&mut self, matches: &[RunLogMatch], output: &mut dyn Output) -> anyhow::Result<()> {
        let lines = self.lines_of(matches);
        if lines.is_empty() { Ok(()) } else { output.reply(&Lines(lines)) }
    }

    fn lines_of(&mut self, matches: &[RunLogMatch]) -> Vec<Line> {
        let mut lines = Vec::new();
        for (at, found) in matches.iter().enumerate() {
            self.matches += 1;
            let log = (found.run.clone(), found.attempt);
            if self.log.as_ref() != Some(&log) {
                lines.push(Line::Log(heading(found)));
                (self.log, self.printed) = (Some(log), HashMap::new());
            }
            let source = &found.found.source;
            self.add_context(source, &found.before, &mut lines);
            let has_states = found.found.state > 1 || found.found.overwritten;
            let state = if has_states { format!(" state {}", found.found.state) } else { String::new() };
            let place = format!("{:>6}{state}", found.found.line);
            lines.push(Line::Match { place, text: found.found.text.clone() });
            self.printed.insert(source.clone(), found.found.line);
            // A match in one of these lines follows as a match, also another state of the same line.
            let is_of_log = |next: &&RunLogMatch| next.run == found.run && next.attempt == found.attempt;
            let next = matches[at + 1..].iter().take_while(is_of_log).find(|next| next.found.source == *source);
            let until = next.map_or(u64::MAX, |next| next.found.line);
            if until == found.found.line {
                continue;
            }
            let after = found.after.iter().filter(|line| line.line.is_none_or(|line| line < until));
            self.add_context(source, &after.cloned().collect::<Vec<_>>(), &mut lines);
        }
        lines
    }

    /// Adds the lines that were not printed yet.
    fn add_context(&mut self, source: &str, context: &[LogContextLine], lines: &mut Vec<Line>) {
        for LogContextLine { line, text } in context {
            let printed = self.printed.get(source).copied().unwrap_or(0);
            if line.is_some_and(|line| line <= printed) {
                continue;
            }
            lines.push(Line::Context { line: *line, text: text.clone() });
            if let Some(line) = line {
                self.printed.insert(source.to_owned(), *line);
            }
        }
    }

    /// The last line: how far the search came.
    pub fn end(&self, found: &FoundInLogs) -> String {
        let matches = counted(self.matches, "match", "matches");
        let of = if found.runs_searched == found.runs_total {
            format!("{} searched", runs(found.runs_total))
        } else {
            format!("{} of {} searched", found.runs_searched, runs(found.runs_total))
        };
        let undecided = match found.cannot_tell {
            0 => String::new(),
            n => format!("; {} left out, because the condition cannot be told", counted(n, "run was", "runs were")),
        };
        let more = match &found.next {
            Some(next) => format!("; the rest was not searched: raise --limit, or go on with --cursor {next}"),
            None => String::new(),
        };
        format!("{matches}; {of}, {} of logs{undecided}{more}", bytes(found.bytes_searched))
    }
}

fn runs(count: u64) -> String {
    counted(count, "run", "runs")
}

fn heading(found: &RunLogMatch) -> String {
    let name = found.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
    let attempt = if found.attempt > 1 { format!(", attempt {}", found.attempt) } else { String::new() };
    format!("{}{name} ({}{attempt})", found.handle, found.project)
}

impl HumanReadable for FoundInLogs {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        Lines(FoundLogLines::default().lines_of(&self.matches)).write(writer)
    }
}

impl HumanReadable for Lines {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        for line in &self.0 {
            match line {
                Line::Log(heading) => writer.line(&writer.colours.bold(&printable(heading)))?,
                Line::Match { place, text } => {
                    writer.line(&format!("{}  {}", writer.colours.dim(place), printable(text)))?;
                }
                Line::Context { line, text } => {
                    let place = line.map_or_else(|| "     ·".to_owned(), |line| format!("{line:>6}"));
                    writer.line(&writer.colours.dim(&format!("{place}- {}", printable(text))))?;
                }
            }
        }
        Ok(())
    }
}
