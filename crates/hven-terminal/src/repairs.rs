//! Repairs that the server does, for people.

use std::io;

use hven_api::{repair_summary::RepairSummary, repairs::RepairDetail};
use serde::Serialize;

use crate::{
    paper::{Field, Paper, printable},
    reply::ForPeople,
    words,
};

/// Repairs as a table.
pub(crate) fn table(repairs: &[RepairSummary], paper: &mut Paper<'_>) -> io::Result<()> {
    let rows = repairs.iter().map(|repair| {
        vec![
            repair.name.as_str().into(),
            Field::State(repair.state.clone()),
            repair.project.as_str().into(),
            what(repair).into(),
            words::ago(&repair.begun, paper.now).into(),
        ]
    });
    let rows = rows.collect();
    paper.table(&["REPAIR", "STATE", "PROJECT", "WHAT", "BEGUN"], rows)
}

/// `dataset planets@1, 11 rows with dataset planets@2, 11 rows`.
fn what(repair: &RepairSummary) -> String {
    let with = repair.with.as_ref().map(|with| format!(" with {}", with.said.text)).unwrap_or_default();
    format!("{}{with}", repair.of.said.text)
}

/// A repair that was begun and is not watched.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct RepairDetached<'a>(pub &'a RepairSummary);

impl ForPeople for RepairDetached<'_> {
    const SCHEMA: Option<&'static str> = Some("hven.repair_summary/1");

    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let name = &self.0.name;
        paper.line(&format!("{name} goes on: `hven attach {name}` shows it, `hven cancel {name}` ends it"))
    }
}

/// What is said when somebody stops watching a repair.
pub fn repair_left_line(name: &str) -> String {
    format!("left; {name} goes on: `hven attach {name}` shows it, `hven cancel {name}` ends it")
}

/// How a repair ended that did not come to its end by itself.
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
impl ForPeople for RepairDetail {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        paper.line(&format!("{}  {}", self.repair.name, self.repair.state))
    }
}
