//! The result of a command in two forms: a table for people and JSON for programs.

use std::io;

use serde::Serialize;

use crate::terminal_writer::TerminalWriter;

/// The human-readable form of a result.
pub trait HumanReadable {
    /// The schema name in the JSON, for a wire type that does not contain one.
    const SCHEMA: Option<&'static str> = None;

    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()>;
}

/// The result of a command in both forms. Its JSON has a field `schema`.
pub trait CommandResult {
    fn json(&self) -> serde_json::Result<String>;
    fn people(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()>;
}

impl<T: Serialize + HumanReadable> CommandResult for T {
    fn json(&self) -> serde_json::Result<String> {
        let text = serde_json::to_string(self)?;
        Ok(match (Self::SCHEMA, text.strip_prefix('{')) {
            (Some(schema), Some(fields)) => format!("{{\"schema\":\"{schema}\",{fields}"),
            _ => text,
        })
    }
    fn people(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        self.write(writer)
    }
}
