//! Completion of run handles, tags and repairs. It asks a running server only, and waits for at most a moment.

use std::{ffi::OsStr, time::Duration};

use clap_complete::CompletionCandidate;
use hven_api::{runs::RunSummary, saved_views::SavedView};
use hven_client::{Client, InHome, Patience, RunQuery};
use hven_terminal::printable;

use crate::{
    connect,
    home::{self, Surroundings},
};

/// The newest runs whose handle begins with the typed text. Without a running server the list is empty.
pub fn runs(current: &OsStr) -> Vec<CompletionCandidate> {
    let typed = current.to_string_lossy().to_uppercase();
    let mut candidates = handles(&typed, None);
    if "LAST".starts_with(&typed) {
        candidates.push(CompletionCandidate::new("last").help(Some("the newest run".into())));
    }
    candidates
}

/// The newest runs that have not ended.
pub fn unfinished_runs(current: &OsStr) -> Vec<CompletionCandidate> {
    let typed = current.to_string_lossy().to_uppercase();
    let states = ["waiting", "running", "stopping", "unknown"].map(str::to_owned).to_vec();
    candidates(newest(RunQuery { states, ..RunQuery::default() }), &typed)
}

/// The same runs, the active workflows and repairs, and arrays.
pub fn runs_workflows_and_repairs(current: &OsStr) -> Vec<CompletionCandidate> {
    let mut candidates = runs(current);
    candidates.extend(workflows(current));
    candidates.extend(repairs(current));
    candidates.extend(arrays(current));
    candidates
}

/// The newest arrays whose name begins with the typed text.
pub fn arrays(current: &OsStr) -> Vec<CompletionCandidate> {
    let typed = current.to_string_lossy().to_lowercase();
    let found = client().and_then(|client| client.arrays(false, None, LISTED_MAX).ok());
    let found = found.map(|page| page.items).unwrap_or_default().into_iter();
    let fitting = found.filter(|array| array.name.starts_with(&typed)).map(|array| {
        let about = printable(&format!("{}  {}", array.state, array.command));
        CompletionCandidate::new(array.name).help(Some(about.into()))
    });
    fitting.collect()
}

/// The active workflows whose name begins with the typed text.
fn workflows(current: &OsStr) -> impl Iterator<Item = CompletionCandidate> {
    let typed = current.to_string_lossy().to_lowercase();
    let found = client().and_then(|client| client.workflows(true, None, LISTED_MAX).ok());
    let found = found.map(|page| page.items).unwrap_or_default().into_iter();
    found.filter(move |workflow| workflow.name.starts_with(&typed)).map(|workflow| {
        let about = printable(&format!("{}  {}", workflow.state, workflow.folder));
        CompletionCandidate::new(workflow.name).help(Some(about.into()))
    })
}

/// The most workflows, and the most repairs, that are requested.
const LISTED_MAX: usize = 50;

/// The active repairs whose name begins with the typed text.
fn repairs(current: &OsStr) -> impl Iterator<Item = CompletionCandidate> {
    let typed = current.to_string_lossy().to_lowercase();
    let found = client().and_then(|client| client.repairs(true, None, LISTED_MAX).ok());
    let found = found.map(|page| page.items).unwrap_or_default().into_iter();
    found.filter(move |repair| repair.name.starts_with(&typed)).map(|repair| {
        let about = printable(&format!("{}  {}", repair.state, repair.of.said.text));
        CompletionCandidate::new(repair.name).help(Some(about.into()))
    })
}

/// The newest archived runs whose handle begins with the typed text.
pub fn archived_runs(current: &OsStr) -> Vec<CompletionCandidate> {
    handles(&current.to_string_lossy().to_uppercase(), Some("only"))
}

fn handles(typed: &str, archived: Option<&'static str>) -> Vec<CompletionCandidate> {
    candidates(newest(RunQuery { archived, ..RunQuery::default() }), typed)
}

fn candidates(runs: Vec<RunSummary>, typed: &str) -> Vec<CompletionCandidate> {
    runs.into_iter()
        .filter(|run| run.handle.starts_with(typed))
        .map(|run| {
            CompletionCandidate::new(run.handle)
                .help(Some(printable(&format!("{}  {}", run.state, run.command)).into()))
        })
        .collect()
}

/// The names of metrics, parameters and fields of runs that begin with the typed text, as a list separated by commas.
pub fn quantities(current: &OsStr) -> Vec<CompletionCandidate> {
    let typed = current.to_string_lossy();
    let (before, typed) = match typed.rsplit_once(',') {
        Some((before, typed)) => (format!("{before},"), typed.to_owned()),
        None => (String::new(), typed.into_owned()),
    };
    let (sign, typed) = match typed.strip_prefix('-') {
        Some(rest) => ("-", rest.to_owned()),
        None => ("", typed),
    };
    let Some(columns) = client().and_then(|client| client.run_columns(None).ok()) else { return Vec::new() };
    let names = columns.columns.into_iter().map(|column| (column.expression, column.of));
    let fields = columns.fields.into_iter().map(|field| (field.name, "field".to_owned()));
    let fitting = names.chain(fields).filter(|(name, _)| name.starts_with(&typed));
    let candidate = |(name, of): (String, String)| {
        CompletionCandidate::new(printable(&format!("{before}{sign}{name}"))).help(Some(of.into()))
    };
    fitting.take(QUANTITIES_MAX).map(candidate).collect()
}

/// The most names that a completion offers.
const QUANTITIES_MAX: usize = 200;

/// The most tags that are requested.
const TAGS_MAX: usize = 1000;

/// The tags that begin with the typed text.
pub fn tags(current: &OsStr) -> Vec<CompletionCandidate> {
    let typed = current.to_string_lossy();
    let Some(client) = client() else { return Vec::new() };
    let found = client.tags(TAGS_MAX).map(|page| page.items).unwrap_or_default();
    let fitting = found.into_iter().filter(|found| found.tag.starts_with(&*typed));
    fitting.map(|found| CompletionCandidate::new(found.tag)).collect()
}

/// The saved views whose name, or project and name, begins with the typed text.
pub fn views(current: &OsStr) -> Vec<CompletionCandidate> {
    let typed = current.to_string_lossy();
    let found = client().and_then(|client| client.views(None, None).ok());
    let found = found.map(|page| page.items).unwrap_or_default().into_iter();
    let candidate = |view: SavedView| {
        // The id is unique; the name alone may be that of several views.
        let is_named = view.name.starts_with(&*typed);
        let text = if is_named { view.name } else { view.id };
        let about = format!("{}  {}", view.page, view.project);
        text.starts_with(&*typed)
            .then(|| CompletionCandidate::new(printable(&text)).help(Some(printable(&about).into())))
    };
    found.filter_map(candidate).collect()
}

fn newest(wanted: RunQuery) -> Vec<RunSummary> {
    let Some(client) = client() else { return Vec::new() };
    let wanted = RunQuery { limit: Some(50), ..wanted };
    client.runs(&wanted).map(|page| page.items).unwrap_or_default()
}

/// A client of a running server. A completion starts no server.
pub fn client() -> Option<Client> {
    let (home, origin) = Surroundings::of_process(None).and_then(|around| home::choose(&around)).ok()?;
    if home::check_owner(&home, &origin).is_err() || connect::running(&home).is_none() {
        return None;
    }
    Some(Client::new(InHome(home)).with_patience(Patience(Duration::from_millis(200))))
}
