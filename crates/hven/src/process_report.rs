//! Reports of processes that the server starts: JSON on standard output, and nothing else.

use std::{
    fmt,
    io::{self, Read as _},
};

use hven_terminal::{CommandResult, ErrorReport, HumanReadable, Json, Output, TerminalWriter};
use serde::{Serialize, de::DeserializeOwned};

/// The task that the server wrote to standard input.
pub fn read_task<Task: DeserializeOwned>() -> anyhow::Result<Task> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    Ok(serde_json::from_str(&text)?)
}

/// Writes the report for the server.
pub fn write_report<Content: Serialize + fmt::Debug>(report: Content) -> anyhow::Result<()> {
    Json.reply(&Report(report))
}

/// The report as the server reads it.
#[derive(Serialize)]
#[serde(transparent)]
struct Report<Content>(Content);

impl<Content: fmt::Debug> HumanReadable for Report<Content> {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        writer.line(&format!("{:?}", self.0))
    }
}

/// Shows nothing: the report says everything.
pub struct Silent;

impl Output for Silent {
    fn reply(&mut self, _: &dyn CommandResult) -> anyhow::Result<()> {
        Ok(())
    }
    fn note(&mut self, _: &str) {}
    fn error(&mut self, _: &ErrorReport) {}
    fn owns_stdout(&self) -> bool {
        true
    }
}
