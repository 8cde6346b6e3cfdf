//! What a command says: tables for people or JSON for programs. Commands know neither; they hand over a reply.
//!
//! Standard output and standard error are written here alone (`clippy.toml` forbids them elsewhere), and text of other
//! people is escaped on its way: by [`shown`] for people, by [`safe_json`] for programs. Only bytes that somebody asked
//! for as they are pass untouched.
#![allow(clippy::disallowed_methods, reason = "the one place that writes to the terminal")]

mod access;
mod again;
mod claims;
mod data;
mod facts;
mod home;
mod labels;
mod paper;
mod process;
mod progress;
mod publications;
mod reproduce;
mod runs;
mod shown_log;
mod soundness;
mod steps;
pub mod words;

use std::io::{self, IsTerminal, Write};

use hven_client::{Failure, env};
use hven_core::{
    safe_text::{SafeLog, safe_json, safe_text},
    stream::Source,
};
use serde::Serialize;

use self::shown_log::{Pace, ShownLog};
pub use self::{
    access::{RemovedUser, TokensOfAll, Users, user_word},
    claims::ledger,
    data::{Added, Divided, Exported, dataset_line, notes, notes_on, part_line},
    home::{BackupMade, Check, Configuration, Doctor, Done, HealedObject, MissingObject, Stored, UsedSetting},
    labels::{Labelled, Labels, NoteOf, ShownLabels},
    paper::{Field, Ink, Paper, printable, shown},
    progress::Progress,
    runs::{Cancelled, Submitted, finished_line, found_otherwise, note_line, shell_line},
    soundness::{RepairEnd, RepairLine},
    steps::{StepLine, StepState, Steps, law_line, result_line},
};

use crate::failure::Told;

/// How a reply looks to people.
pub trait ForPeople {
    /// The schema that its JSON names, for a type of the wire that does not name one itself.
    const SCHEMA: Option<&'static str> = None;

    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()>;
}

/// What a command has to say, in both forms. Its JSON has a field `schema`.
pub trait Reply {
    fn json(&self) -> serde_json::Result<String>;
    fn people(&self, paper: &mut Paper<'_>) -> io::Result<()>;
}

impl<T: Serialize + ForPeople> Reply for T {
    fn json(&self) -> serde_json::Result<String> {
        let text = serde_json::to_string(self)?;
        Ok(match (Self::SCHEMA, text.strip_prefix('{')) {
            (Some(schema), Some(fields)) => format!("{{\"schema\":\"{schema}\",{fields}"),
            _ => text,
        })
    }
    fn people(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        self.write(paper)
    }
}

/// Where replies go.
pub trait Output {
    fn reply(&mut self, reply: &dyn Reply) -> anyhow::Result<()>;
    /// A remark that is not the answer: on standard error, for people only.
    fn note(&mut self, text: &str);
    fn error(&mut self, error: &Told);
    /// Whether standard output carries JSON, so that a script's own output must go elsewhere.
    fn owns_stdout(&self) -> bool;
}

/// Tables on standard output.
#[derive(Debug)]
pub struct Human {
    ink: Ink,
    note_ink: Ink,
}

/// One JSON document in a line for each reply.
#[derive(Debug)]
pub struct Json;

/// The output that the flags ask for.
pub fn choose(json: bool) -> Box<dyn Output> {
    if json {
        return Box::new(Json);
    }
    Box::new(Human { ink: ink(is_terminal()), note_ink: error_ink() })
}

fn ink(is_terminal: bool) -> Ink {
    let plain = std::env::var_os(env::NO_COLOR).is_some_and(|value| !value.is_empty());
    if is_terminal && !plain { Ink::Coloured } else { Ink::Plain }
}

/// The colours of standard error.
pub fn error_ink() -> Ink {
    ink(is_error_terminal())
}

/// Whether standard output is a terminal.
pub fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether standard error is a terminal.
pub fn is_error_terminal() -> bool {
    io::stderr().is_terminal()
}

impl Output for Human {
    fn reply(&mut self, reply: &dyn Reply) -> anyhow::Result<()> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        reply.people(&mut Paper::new(&mut out, self.ink, jiff::Timestamp::now()))?;
        out.flush()?;
        Ok(())
    }

    fn note(&mut self, text: &str) {
        // A closed standard error is no reason to stop.
        let _ = writeln!(io::stderr(), "{}", shown(&self.note_ink.dim(text)));
    }

    fn error(&mut self, error: &Told) {
        let mut err = io::stderr().lock();
        let _ = writeln!(err, "{} {}", shown(&self.note_ink.red("error:")), safe_text(&error.message));
        if let Some(hint) = &error.hint {
            let _ = writeln!(err, "{} {}", shown(&self.note_ink.bold("hint:")), safe_text(hint));
        }
    }

    fn owns_stdout(&self) -> bool {
        false
    }
}

impl Output for Json {
    fn reply(&mut self, reply: &dyn Reply) -> anyhow::Result<()> {
        let text =
            reply.json().map_err(|e| Failure::new("internal", format!("a reply cannot be written as JSON: {e}")))?;
        let mut out = io::stdout().lock();
        writeln!(out, "{}", safe_json(&text))?;
        out.flush()?;
        Ok(())
    }

    fn note(&mut self, _text: &str) {}

    fn error(&mut self, error: &Told) {
        let body = serde_json::json!({
            "schema": "hven.error/1",
            "error": { "code": error.code, "message": error.message, "hint": error.hint },
        });
        // A closed standard error is no reason to stop.
        let _ = writeln!(io::stderr(), "{}", safe_json(&body.to_string()));
    }

    fn owns_stdout(&self) -> bool {
        true
    }
}

/// Writes text of ours that is not a reply, such as a completion script.
pub fn raw(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(())
}

/// A line on standard error beside the output of a script, whatever the output.
pub fn line_beside(text: &str) {
    // A closed standard error is no reason to stop.
    let _ = writeln!(io::stderr(), "{}", shown(text));
}

/// Asks something on standard error; the answer is typed behind it.
pub fn ask(question: &str) -> io::Result<()> {
    let mut err = io::stderr().lock();
    write!(err, "{}", safe_text(question))?;
    err.flush()
}

/// Standard output for bytes that were asked for as they are: a backup, an object, a log with `--raw`.
pub fn byte_sink() -> io::StdoutLock<'static> {
    io::stdout().lock()
}

/// What is wrong with a command line. What was typed is quoted there, and may have come from elsewhere.
pub fn usage_error(error: &clap::Error) {
    if error.use_stderr() {
        let _ = write!(io::stderr(), "{}", safe_text(&error.render().to_string()));
    } else {
        // When the terminal is gone there is nobody to tell.
        let _ = error.print();
    }
}

/// What a task printed, on its way to our standard output and standard error.
#[derive(Debug)]
pub struct TaskStreams {
    stdout: Option<ShownLog>,
    stderr: Option<ShownLog>,
}

impl TaskStreams {
    /// Of one's own run that is watched: its bytes as they are.
    pub fn untouched() -> Self {
        Self { stdout: None, stderr: None }
    }

    /// Of a run that may be anybody's, as it goes on: in a terminal as it comes and with its colours, else in whole lines
    /// and escaped.
    pub fn followed() -> Self {
        let log = |is_terminal| ShownLog::new(if is_terminal { Pace::AsItGrows } else { Pace::WhenEnded }, is_terminal);
        Self { stdout: Some(log(is_terminal())), stderr: Some(log(is_error_terminal())) }
    }

    /// Of a log that is there: all of it on standard output, in whole lines.
    pub fn of_log() -> Self {
        Self { stdout: Some(ShownLog::new(Pace::InOrder, is_terminal())), stderr: None }
    }

    /// Writes what a task wrote to one of its outputs.
    pub fn write(&mut self, to_stdout: bool, source: Source, bytes: &[u8]) -> io::Result<()> {
        let log = if to_stdout { &mut self.stdout } else { &mut self.stderr };
        let Some(log) = log else { return put(to_stdout, bytes) };
        let mut shown = Vec::new();
        log.take(source, bytes, &mut shown);
        put(to_stdout, &shown)
    }

    /// Says something beside it, in a row of its own.
    pub fn beside(&mut self, say: impl FnOnce()) -> io::Result<()> {
        let aside = self.each(ShownLog::step_aside);
        say();
        aside.and_then(|()| self.each(ShownLog::draw_again))
    }

    /// What follows does not go on from what was.
    pub fn break_off(&mut self) -> io::Result<()> {
        self.each(ShownLog::break_off)
    }

    /// Nothing follows.
    pub fn finish(&mut self) -> io::Result<()> {
        self.each(ShownLog::finish)
    }

    fn each(&mut self, work: impl Fn(&mut ShownLog, &mut Vec<u8>)) -> io::Result<()> {
        let mut outcome = Ok(());
        for (to_stdout, log) in [(true, &mut self.stdout), (false, &mut self.stderr)] {
            let mut shown = Vec::new();
            if let Some(log) = log {
                work(log, &mut shown);
            }
            // One of the two may be gone; the other is written all the same.
            outcome = outcome.and(put(to_stdout, &shown));
        }
        outcome
    }
}

fn put(to_stdout: bool, bytes: &[u8]) -> io::Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    let write = |out: &mut dyn Write| out.write_all(bytes).and_then(|()| out.flush());
    if to_stdout { write(&mut io::stdout().lock()) } else { write(&mut io::stderr().lock()) }
}

/// The log of a server in the foreground: names and paths in it are somebody's.
#[derive(Debug)]
pub struct ServerLines;

impl Write for ServerLines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (mut log, mut safe) = (SafeLog::new(false), Vec::new());
        log.feed(bytes, &mut safe);
        log.finish(&mut safe);
        io::stderr().write_all(&safe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
