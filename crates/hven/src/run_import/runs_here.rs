//! The runs of a project that are in Hven already.

use std::collections::HashMap;

use hven_client::{Client, RunQuery};

/// A run that is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunHere {
    pub has_ended: bool,
    pub archived: bool,
}

const PAGE: usize = 1000;

/// The runs of a project, and of those below it, by id.
pub fn runs_here(client: &Client, project: &str) -> hven_client::Result<HashMap<String, RunHere>> {
    let mut here = HashMap::new();
    let mut query = RunQuery {
        project: Some(project.to_owned()),
        archived: Some("with"),
        limit: Some(PAGE),
        ..RunQuery::default()
    };
    loop {
        let page = client.runs(&query)?;
        for run in page.items {
            let has_ended = matches!(run.state.as_str(), "done" | "failed" | "cancelled" | "lost");
            here.insert(run.id, RunHere { has_ended, archived: run.archived });
        }
        match page.next {
            Some(next) => query.cursor = Some(next),
            None => return Ok(here),
        }
    }
}
