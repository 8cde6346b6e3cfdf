//! Writes the output of tasks and of the server to this process's standard output and standard error.

#![allow(clippy::disallowed_methods, reason = "the other place that writes to the terminal: what tasks print")]

use std::io::{self, Write};

use hven_core::{safe_text::SafeLog, stream::Source};

use crate::{
    displayed_log::{DisplayedLog, LineTiming},
    output::{is_error_terminal, is_terminal},
};

/// Writes the output of a task to standard output and standard error.
#[derive(Debug)]
pub struct TaskStreams {
    stdout: Option<DisplayedLog>,
    stderr: Option<DisplayedLog>,
}

impl TaskStreams {
    /// For the user's own run: bytes are written unchanged.
    pub fn untouched() -> Self {
        Self { stdout: None, stderr: None }
    }

    /// For a followed run, which may belong to another user. In a terminal, the output appears at once and with its
    /// colours; elsewhere in whole lines and escaped.
    pub fn followed() -> Self {
        let log = |is_terminal| {
            DisplayedLog::new(if is_terminal { LineTiming::AsItGrows } else { LineTiming::WhenEnded }, is_terminal)
        };
        Self { stdout: Some(log(is_terminal())), stderr: Some(log(is_error_terminal())) }
    }

    /// For a complete log: all of it on standard output, in whole lines.
    pub fn of_log() -> Self {
        Self { stdout: Some(DisplayedLog::new(LineTiming::InOrder, is_terminal())), stderr: None }
    }

    /// Writes the output of a task.
    pub fn write(&mut self, to_stdout: bool, source: Source, bytes: &[u8]) -> io::Result<()> {
        let log = if to_stdout { &mut self.stdout } else { &mut self.stderr };
        let Some(log) = log else { return put(to_stdout, bytes) };
        let mut shown = Vec::new();
        log.take(source, bytes, &mut shown);
        put(to_stdout, &shown)
    }

    /// Writes another text in a row of its own, between the lines of the task.
    pub fn write_between(&mut self, say: impl FnOnce()) -> io::Result<()> {
        let aside = self.each(DisplayedLog::step_aside);
        say();
        aside.and_then(|()| self.each(DisplayedLog::draw_again))
    }

    /// The next output does not continue the previous one.
    pub fn break_off(&mut self) -> io::Result<()> {
        self.each(DisplayedLog::break_off)
    }

    /// No more output follows.
    pub fn finish(&mut self) -> io::Result<()> {
        self.each(DisplayedLog::finish)
    }

    fn each(&mut self, work: impl Fn(&mut DisplayedLog, &mut Vec<u8>)) -> io::Result<()> {
        let mut outcome = Ok(());
        for (to_stdout, log) in [(true, &mut self.stdout), (false, &mut self.stderr)] {
            let mut shown = Vec::new();
            if let Some(log) = log {
                work(log, &mut shown);
            }
            // One of the two may be closed. The other one is written in any case.
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

/// The log of a server in the foreground. It escapes the names and paths of other people.
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
