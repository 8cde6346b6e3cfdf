//! The result of a run of a recipe in one line, by the kind of the result.

use hven_api::runs::RunDetail;
use hven_client::Client;
use hven_core::recipe::ResultKind;
use hven_terminal::{law_line, notes, result_line};

/// The result in one line.
pub fn line(client: &Client, run: &RunDetail, kind: ResultKind) -> String {
    match kind {
        ResultKind::Law => match client.law(&run.summary.id) {
            Ok(law) => law_line(&law),
            // If the law cannot be read, the line names the run.
            Err(_) => format!("run {}", run.summary.handle),
        },
        ResultKind::Dataset | ResultKind::Parts | ResultKind::Comparison | ResultKind::Files => result_line(run),
    }
}

/// Remarks about the result.
pub fn remarks(client: &Client, run: &str, kind: ResultKind) -> Vec<String> {
    match kind {
        ResultKind::Law => client.law(run).map(|law| notes(&law.law)).unwrap_or_default(),
        ResultKind::Dataset | ResultKind::Parts | ResultKind::Comparison | ResultKind::Files => Vec::new(),
    }
}
