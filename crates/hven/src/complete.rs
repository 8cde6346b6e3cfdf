//! Completion of run handles, as far as a running server knows them at once.

use std::{ffi::OsStr, time::Duration};

use clap_complete::CompletionCandidate;
use hven_client::{Client, InHome, Patience, RunQuery};

use crate::{
    connect,
    home::{self, Surroundings},
    output::printable,
};

/// The newest runs whose handle begins with what is typed. Without a running server: nothing, silently.
pub fn runs(current: &OsStr) -> Vec<CompletionCandidate> {
    let typed = current.to_string_lossy().to_uppercase();
    let mut candidates: Vec<CompletionCandidate> = newest()
        .into_iter()
        .filter(|run| run.handle.starts_with(&typed))
        .map(|run| {
            CompletionCandidate::new(run.handle)
                .help(Some(printable(&format!("{}  {}", run.state, run.command)).into()))
        })
        .collect();
    if "LAST".starts_with(&typed) {
        candidates.push(CompletionCandidate::new("last").help(Some("the newest run".into())));
    }
    candidates
}

fn newest() -> Vec<hven_api::runs::RunSummary> {
    let Ok((home, origin)) = Surroundings::of_process(None).and_then(|around| home::choose(&around)) else {
        return Vec::new();
    };
    if home::check_owner(&home, &origin).is_err() || connect::running(&home).is_none() {
        return Vec::new();
    }
    let client = Client::new(InHome(home)).with_patience(Patience(Duration::from_millis(200)));
    client.runs(&RunQuery { limit: Some(50), ..RunQuery::default() }).map(|page| page.items).unwrap_or_default()
}
