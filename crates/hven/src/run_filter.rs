//! Selects the caller's runs by a filter, for commands that act on all matching runs. The filter has the same flags as
//! `hven ps`.

use std::time::Duration;

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_api::{
    compared_runs::RunList,
    page::LIMIT_MAX,
    runs::{CountedTasksOf, RunSummary},
};
use hven_client::{Client, RunQuery, TaskQuery};
use hven_terminal::{Output, Runs};
use jiff::Timestamp;

use crate::{
    arg_values::{parse_duration, parse_filter},
    complete, confirm, left_out_tasks,
};

/// A command with this filter has its named runs in the argument `runs`; both together are refused.
#[derive(Clone, Debug, Default, Args)]
pub struct RunFilter {
    /// Runs of this project and the projects below it
    #[arg(long, conflicts_with = "runs", value_parser = parse_filter)]
    pub project: Option<String>,
    /// Runs with this name
    #[arg(long, conflicts_with = "runs", value_parser = parse_filter)]
    pub name: Option<String>,
    /// Runs with this tag; with several tags, runs that have all of them
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "TAG",
        value_parser = parse_filter,
        conflicts_with = "runs",
        add = ArgValueCompleter::new(complete::tags)
    )]
    pub tag: Vec<String>,
    /// Runs that were submitted within this time, such as 2d
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, conflicts_with = "runs")]
    pub since: Option<Duration>,
}

/// The most runs that are shown before the question.
const SHOWN_MAX: usize = 50;

impl RunFilter {
    /// Whether the filter is empty and would match all runs.
    pub fn is_empty(&self) -> bool {
        self.project.is_none() && self.name.is_none() && self.tag.is_empty() && self.since.is_none()
    }

    /// The caller's matching runs in these states, the oldest first. Archived runs are left out, as in lists.
    pub fn find(&self, states: &[&str], client: &Client) -> anyhow::Result<Vec<RunSummary>> {
        let earliest = self.since.map(|since| earliest(Timestamp::now(), since));
        let states = states.iter().map(|state| (*state).to_owned()).collect();
        self.list(RunQuery { states, tags: self.tag.clone(), ..RunQuery::default() }, earliest, client)
    }

    /// Says how many tasks of arrays would match, which a filter leaves out. `advice` gets the first array.
    pub fn note_tasks(
        &self,
        states: &[&str],
        client: &Client,
        advice: impl Fn(&CountedTasksOf) -> String,
        output: &mut dyn Output,
    ) -> anyhow::Result<()> {
        let states = states.iter().map(|state| (*state).to_owned()).collect();
        let (project, tags) = (self.project.clone(), self.tag.clone());
        let runs = RunQuery { project, states, tags, ..RunQuery::default() };
        let since = self.since.map(|since| earliest(Timestamp::now(), since).to_string());
        let wanted = TaskQuery { runs: &runs, name: self.name.as_deref(), since: since.as_deref(), own: true };
        Ok(left_out_tasks::note(&wanted, client, advice, output)?)
    }

    /// The caller's runs of the project and the name that were submitted since `first`, in any state, archived or not,
    /// and with any tags.
    pub fn all_since(&self, first: &RunSummary, client: &Client) -> anyhow::Result<Vec<RunSummary>> {
        self.list(RunQuery { archived: Some("with"), ..RunQuery::default() }, first.submitted.parse().ok(), client)
    }

    /// The caller's runs of the project and the name that match the query, the oldest first.
    fn list(&self, query: RunQuery, earliest: Option<Timestamp>, client: &Client) -> anyhow::Result<Vec<RunSummary>> {
        let me = client.me()?.id;
        let mut query = RunQuery {
            project: self.project.clone(),
            // The server searches for words. The exact name is compared here.
            words: self.name.clone(),
            limit: Some(LIMIT_MAX),
            ..query
        };
        let mut found: Vec<RunSummary> = Vec::new();
        loop {
            let RunList { items, next, .. } = client.runs(&query)?;
            let is_over = items.last().is_some_and(|run| !is_recent(run, earliest));
            found.extend(items.into_iter().filter(|run| self.fits(run, &me, earliest)));
            match next {
                Some(next) if !is_over => query.cursor = Some(next),
                _ => break,
            }
        }
        found.reverse();
        Ok(found)
    }

    fn fits(&self, run: &RunSummary, me: &str, earliest: Option<Timestamp>) -> bool {
        run.submitted_by.kind == "user"
            && run.submitted_by.id == me
            && self.name.as_ref().is_none_or(|name| run.name.as_ref() == Some(name))
            && is_recent(run, earliest)
    }
}

/// The time `since` before `now`, or the earliest possible time.
pub fn earliest(now: Timestamp, since: Duration) -> Timestamp {
    now.checked_sub(since).unwrap_or(Timestamp::MIN)
}

/// Times of the server are valid. A run with an invalid time does not count as recent.
pub fn is_recent(run: &RunSummary, earliest: Option<Timestamp>) -> bool {
    earliest.is_none_or(|earliest| run.submitted.parse::<Timestamp>().is_ok_and(|at| at >= earliest))
}

/// Whether the command may act on all of these runs. Shows several runs and asks, if there is a terminal. `question`
/// gets the number of runs.
pub fn may_be_done(
    runs: &[RunSummary],
    question: impl Fn(usize) -> String,
    yes: bool,
    output: &mut dyn Output,
) -> anyhow::Result<bool> {
    if runs.len() > 1 && !yes && confirm::has_terminal(output) {
        show(&runs[..runs.len().min(SHOWN_MAX)], output)?;
        if runs.len() > SHOWN_MAX {
            output.note(&format!("and {} more", runs.len() - SHOWN_MAX));
        }
    }
    let may = confirm::confirm_several(runs.len(), "runs", &question(runs.len()), yes, output)?;
    if !may {
        output.note("nothing was done");
    }
    Ok(may)
}

/// Lists runs as `hven ps` does.
pub fn show(runs: &[RunSummary], output: &mut dyn Output) -> anyhow::Result<()> {
    let (schema, items) = ("hven.runs/1".to_owned(), runs.to_vec());
    let page = RunList { schema, items, next: None, counted: None, values: Vec::new() };
    let (columns, repairs, workflows, arrays) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    output.reply(&Runs { page, columns, repairs, workflows, arrays, hint: NONE_FITS })
}

/// The hint when no run matches.
pub const NONE_FITS: &str =
    "no run of yours matches; `hven ps -a` lists those that are not archived, `hven ps --archived` those that are";

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: Option<&str>, by: &str, submitted: &str) -> RunSummary {
        serde_json::from_value(serde_json::json!({
            "id": "0", "handle": "7Q2M", "project": "home", "name": name, "command": "true",
            "submitted_by": {"id": by, "kind": "user", "name": null},
            "submitted": submitted, "state": "failed", "attempts": 1, "started": null, "ended": null, "wall_s": null,
            "outcome": null, "outputs": 0, "cpu_s": null, "memory_max_bytes": null, "params": {}, "metrics": [],
        }))
        .expect("a run")
    }

    #[test]
    fn an_empty_filter_is_recognised() {
        assert!(RunFilter::default().is_empty());
        assert!(!RunFilter { tag: vec!["good".to_owned()], ..RunFilter::default() }.is_empty());
        assert!(!RunFilter { since: Some(Duration::ZERO), ..RunFilter::default() }.is_empty());
    }

    #[test]
    fn a_run_fits_when_it_meets_every_condition() {
        let now: Timestamp = "2026-05-03T12:00:00Z".parse().expect("a time");
        let filter = RunFilter { name: Some("fit a".to_owned()), ..RunFilter::default() };
        let check = |filter: &RunFilter, run: &RunSummary, wanted| {
            let earliest = filter.since.map(|since| earliest(now, since));
            assert_eq!(filter.fits(run, "me", earliest), wanted, "{filter:?} {run:?}");
        };
        let late = "2026-05-02T12:00:00.000001Z";
        check(&filter, &run(Some("fit a"), "me", late), true);
        check(&filter, &run(Some("fit a b"), "me", late), false);
        check(&filter, &run(None, "me", late), false);
        check(&filter, &run(Some("fit a"), "other", late), false);
        let of_a_day = RunFilter { since: Some(Duration::from_hours(24)), ..RunFilter::default() };
        check(&of_a_day, &run(None, "me", late), true);
        check(&of_a_day, &run(None, "me", "2026-05-02T11:59:59.999999Z"), false);
        check(&of_a_day, &run(None, "me", "soon"), false);
        let of_ever = RunFilter { since: Some(Duration::from_secs(u64::MAX / 4)), ..RunFilter::default() };
        check(&of_ever, &run(None, "me", "1970-01-01T00:00:00Z"), true);
    }
}
