//! Where a command's replies, remarks and errors go: tables for people, or JSON for programs.

#![allow(clippy::disallowed_methods, reason = "the one place that writes to the terminal")]

use std::io::{self, IsTerminal, Write};

use hven_client::{Failure, env};
use hven_core::safe_text::{safe_json, safe_text};

use crate::{
    paper::{Ink, Paper, shown},
    reply::Reply,
    told::Told,
};

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
    let plain = env::is_set(env::NO_COLOR);
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
