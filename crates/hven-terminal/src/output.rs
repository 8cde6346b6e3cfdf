//! Writes results, remarks and errors of commands: as tables for people, or as JSON for programs.

#![allow(clippy::disallowed_methods, reason = "the one place that writes to the terminal")]

use std::io::{self, IsTerminal, Write};

use hven_client::{Failure, env};
use hven_core::safe_text::{safe_json, safe_text};

use crate::{
    command_result::CommandResult,
    error_report::ErrorReport,
    terminal_writer::{Colours, TerminalWriter, shown},
};

/// The destination of a command's output.
pub trait Output {
    fn reply(&mut self, reply: &dyn CommandResult) -> anyhow::Result<()>;
    /// Writes a remark that is not part of the result: to standard error, for people only.
    fn note(&mut self, text: &str);
    fn error(&mut self, error: &ErrorReport);
    /// Whether standard output carries JSON, so that the output of a script must go elsewhere.
    fn owns_stdout(&self) -> bool;
}

/// Writes tables to standard output.
#[derive(Debug)]
pub struct Human {
    colours: Colours,
    note_colours: Colours,
}

/// Writes each result as one line of JSON.
#[derive(Debug)]
pub struct Json;

/// The output for the given flags.
pub fn choose_output(json: bool) -> Box<dyn Output> {
    if json {
        return Box::new(Json);
    }
    Box::new(Human { colours: colours(is_terminal()), note_colours: error_colours() })
}

fn colours(is_terminal: bool) -> Colours {
    let plain = env::is_set(env::NO_COLOR);
    if is_terminal && !plain { Colours::On } else { Colours::Off }
}

/// The colours of standard error.
pub fn error_colours() -> Colours {
    colours(is_error_terminal())
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
    fn reply(&mut self, reply: &dyn CommandResult) -> anyhow::Result<()> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        reply.people(&mut TerminalWriter::new(&mut out, self.colours, jiff::Timestamp::now()))?;
        out.flush()?;
        Ok(())
    }

    fn note(&mut self, text: &str) {
        // A closed standard error does not stop the command.
        let _ = writeln!(io::stderr(), "{}", shown(&self.note_colours.dim(text)));
    }

    fn error(&mut self, error: &ErrorReport) {
        let mut err = io::stderr().lock();
        let _ = writeln!(err, "{} {}", shown(&self.note_colours.red("error:")), safe_text(&error.message));
        if let Some(hint) = &error.hint {
            let _ = writeln!(err, "{} {}", shown(&self.note_colours.bold("hint:")), safe_text(hint));
        }
    }

    fn owns_stdout(&self) -> bool {
        false
    }
}

impl Output for Json {
    fn reply(&mut self, reply: &dyn CommandResult) -> anyhow::Result<()> {
        let text =
            reply.json().map_err(|e| Failure::new("internal", format!("a reply cannot be written as JSON: {e}")))?;
        let mut out = io::stdout().lock();
        writeln!(out, "{}", safe_json(&text))?;
        out.flush()?;
        Ok(())
    }

    fn note(&mut self, _text: &str) {}

    fn error(&mut self, error: &ErrorReport) {
        let body = serde_json::json!({
            "schema": "hven.error/1",
            "error": { "code": error.code, "message": error.message, "hint": error.hint },
        });
        // A closed standard error does not stop the command.
        let _ = writeln!(io::stderr(), "{}", safe_json(&body.to_string()));
    }

    fn owns_stdout(&self) -> bool {
        true
    }
}

/// Writes a text of Hven that is not a result, such as a completion script.
pub fn write_raw(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(())
}

/// Writes a line to standard error, next to the output of a script, in both forms of output.
pub fn stderr_line(text: &str) {
    // A closed standard error does not stop the command.
    let _ = writeln!(io::stderr(), "{}", shown(text));
}

/// Writes a question to standard error. The user types the answer after it.
pub fn write_question(question: &str) -> io::Result<()> {
    let mut err = io::stderr().lock();
    write!(err, "{}", safe_text(question))?;
    err.flush()
}

/// Standard output for bytes that the user wants unchanged: a backup, an object, a log with `--raw`.
pub fn byte_sink() -> io::StdoutLock<'static> {
    io::stdout().lock()
}

/// Writes an error about the command line. It quotes the arguments, which may contain texts of other people.
pub fn usage_error(error: &clap::Error) {
    if error.use_stderr() {
        let _ = write!(io::stderr(), "{}", safe_text(&error.render().to_string()));
    } else {
        // If the terminal is gone, no one can read the error.
        let _ = error.print();
    }
}
