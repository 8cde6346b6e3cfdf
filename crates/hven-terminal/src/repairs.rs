//! Human-readable output for repairs.

use std::io;

use hven_api::{repair_summary::RepairSummary, repairs::RepairDetail};
use serde::Serialize;

use crate::{
    command_result::HumanReadable,
    formats,
    terminal_writer::{Field, TerminalWriter, printable},
};

/// A table of repairs.
pub(crate) fn table(repairs: &[RepairSummary], writer: &mut TerminalWriter<'_>) -> io::Result<()> {
    let rows = repairs.iter().map(|repair| {
        vec![
            repair.name.as_str().into(),
            Field::State(repair.state.clone()),
            repair.project.as_str().into(),
            what(repair).into(),
            formats::ago(&repair.begun, writer.now).into(),
        ]
    });
    let rows = rows.collect();
    writer.table(&["REPAIR", "STATE", "PROJECT", "WHAT", "STARTED"], rows)
}

/// `dataset planets@1, 11 rows with dataset planets@2, 11 rows`.
fn what(repair: &RepairSummary) -> String {
    let with = repair.with.as_ref().map(|with| format!(" with {}", with.said.text)).unwrap_or_default();
    format!("{}{with}", repair.of.said.text)
}

/// A repair that was started and is not watched.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct RepairDetached<'a>(pub &'a RepairSummary);

impl HumanReadable for RepairDetached<'_> {
    const SCHEMA: Option<&'static str> = Some("hven.repair_summary/1");

    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let name = &self.0.name;
        writer.line(&format!("{name} goes on: `hven attach {name}` shows it, `hven cancel {name}` ends it"))
    }
}

/// The line for a user who stops watching a repair.
pub fn repair_left_line(name: &str) -> String {
    format!("left; {name} goes on: `hven attach {name}` shows it, `hven cancel {name}` ends it")
}

/// The line for a repair that was cancelled or stopped.
pub fn repair_end_line(repair: &RepairSummary) -> Option<String> {
    let name = &repair.name;
    match repair.state.as_str() {
        "cancelled" => Some(format!("{name} was cancelled")),
        "stopped" => {
            let because = repair.because.as_deref().unwrap_or("why was erased");
            Some(format!("{name} was stopped: {}", printable(because)))
        }
        _ => None,
    }
}

/// A repair whose steps cannot be shown.
impl HumanReadable for RepairDetail {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        writer.line(&format!("{}  {}", self.repair.name, self.repair.state))
    }
}
