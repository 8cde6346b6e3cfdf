//! Which of your runs are meant, when they are not named one by one: for commands that do something to all that fit. The words
//! are those of `hven ps`.

use std::time::Duration;

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_api::{
    page::{LIMIT_MAX, Page},
    runs::RunSummary,
};
use hven_client::{Client, RunQuery};
use hven_terminal::{Output, Runs};
use jiff::Timestamp;

use crate::{
    complete, confirm,
    quantities::{parse_duration, parse_filter},
};

/// A command that takes it has its runs in `runs`: both at once would not say which are meant.
#[derive(Clone, Debug, Default, Args)]
pub struct RunFilter {
    /// Those of this project and those below it
    #[arg(long, conflicts_with = "runs", value_parser = parse_filter)]
    pub project: Option<String>,
    /// Those of this name
    #[arg(long, conflicts_with = "runs", value_parser = parse_filter)]
    pub name: Option<String>,
    /// Those that have this tag; with several they have all of them
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "TAG",
        value_parser = parse_filter,
        conflicts_with = "runs",
        add = ArgValueCompleter::new(complete::tags)
    )]
    pub tag: Vec<String>,
    /// Those submitted within this time, such as 2d
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, conflicts_with = "runs")]
    pub since: Option<Duration>,
}

/// So many are shown before it is asked.
const SHOWN_MAX: usize = 50;

impl RunFilter {
    /// Whether nothing is asked for: all runs would fit.
    pub fn is_empty(&self) -> bool {
        self.project.is_none() && self.name.is_none() && self.tag.is_empty() && self.since.is_none()
    }

    /// Your own runs in these states that fit, the oldest first. Archived ones are left out, as in lists.
    pub fn find(&self, states: &[&str], client: &Client) -> anyhow::Result<Vec<RunSummary>> {
        let earliest = self.since.map(|since| earliest(Timestamp::now(), since));
        let states = states.iter().map(|state| (*state).to_owned()).collect();
        self.list(RunQuery { states, tags: self.tag.clone(), ..RunQuery::default() }, earliest, client)
    }

    /// Your own runs since one of them, in any state, archived or not, and with any tags: those of the project and the name.
    pub fn all_since(&self, first: &RunSummary, client: &Client) -> anyhow::Result<Vec<RunSummary>> {
        self.list(RunQuery { archived: Some("with"), ..RunQuery::default() }, first.submitted.parse().ok(), client)
    }

    /// Your own runs of the project and the name, as far as the query takes them, the oldest first.
    fn list(&self, query: RunQuery, earliest: Option<Timestamp>, client: &Client) -> anyhow::Result<Vec<RunSummary>> {
        let me = client.me()?.id;
        let mut query = RunQuery {
            project: self.project.clone(),
            // The server looks for words; that the name is this one and no other is seen here.
            words: self.name.clone(),
            limit: Some(LIMIT_MAX),
            ..query
        };
        let mut found: Vec<RunSummary> = Vec::new();
        loop {
            let Page { items, next, .. } = client.runs(&query)?;
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

/// The time so long before another; the first that there is when it would lie before that.
pub fn earliest(now: Timestamp, since: Duration) -> Timestamp {
    now.checked_sub(since).unwrap_or(Timestamp::MIN)
}

/// The server's times can be read; should one not, the run is not taken for recent.
pub fn is_recent(run: &RunSummary, earliest: Option<Timestamp>) -> bool {
    earliest.is_none_or(|earliest| run.submitted.parse::<Timestamp>().is_ok_and(|at| at >= earliest))
}

/// Whether something may be done to all of these runs: shows several and asks, when somebody can be asked. `question` is
/// made of their count.
pub fn may_be_done(
    runs: &[RunSummary],
    question: impl Fn(usize) -> String,
    yes: bool,
    output: &mut dyn Output,
) -> anyhow::Result<bool> {
    if runs.len() > 1 && !yes && confirm::can_be_asked(output) {
        show(&runs[..runs.len().min(SHOWN_MAX)], output)?;
        if runs.len() > SHOWN_MAX {
            output.note(&format!("and {} more", runs.len() - SHOWN_MAX));
        }
    }
    let may = confirm::several(runs.len(), "runs", &question(runs.len()), yes, output)?;
    if !may {
        output.note("nothing was done");
    }
    Ok(may)
}

/// Lists runs as `hven ps` does.
pub fn show(runs: &[RunSummary], output: &mut dyn Output) -> anyhow::Result<()> {
    let page = Page { schema: "hven.runs/1".to_owned(), items: runs.to_vec(), next: None };
    output.reply(&Runs { page, repairs: Vec::new(), hint: NONE_FITS })
}

/// What is said when no run fits.
pub const NONE_FITS: &str =
    "no run of yours fits; `hven ps -a` lists those that are not archived, `hven ps --archived` those that are";

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
    fn nothing_asked_for_is_no_filter() {
        assert!(RunFilter::default().is_empty());
        assert!(!RunFilter { tag: vec!["good".to_owned()], ..RunFilter::default() }.is_empty());
        assert!(!RunFilter { since: Some(Duration::ZERO), ..RunFilter::default() }.is_empty());
    }

    #[test]
    fn a_run_fits_when_all_of_it_does() {
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
        check(&filter, &run(Some("fit a"), "somebody", late), false);
        let of_a_day = RunFilter { since: Some(Duration::from_hours(24)), ..RunFilter::default() };
        check(&of_a_day, &run(None, "me", late), true);
        check(&of_a_day, &run(None, "me", "2026-05-02T11:59:59.999999Z"), false);
        check(&of_a_day, &run(None, "me", "soon"), false);
        let of_ever = RunFilter { since: Some(Duration::from_secs(u64::MAX / 4)), ..RunFilter::default() };
        check(&of_ever, &run(None, "me", "1970-01-01T00:00:00Z"), true);
    }
}
