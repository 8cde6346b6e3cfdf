//! What tasks and the server print, on its way to this process's own standard output and standard error.

#![allow(clippy::disallowed_methods, reason = "the other place that writes to the terminal: what tasks print")]

use std::io::{self, Write};

use hven_core::{safe_text::SafeLog, stream::Source};

use crate::{
    output::{is_error_terminal, is_terminal},
    shown_log::{Pace, ShownLog},
};

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
