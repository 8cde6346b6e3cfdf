//! Groups runs of the same work. A filter such as `--state failed` finds every attempt at it; only the newest one shows
//! the present state.

use std::collections::{HashMap, HashSet};

use hven_api::runs::{RunName, RunSummary};
use hven_client::Client;
use hven_terminal::SkippedRun;

use crate::run_filter::RunFilter;

/// The exact identity of a work. The displayed command line is shortened and has no folder, so runs with the same
/// project, name and command line may differ in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct WorkIdentity {
    argv: Vec<String>,
    folder: String,
    /// Name and arguments of a recipe.
    recipe: Option<String>,
}

/// Splits the matching runs into the newest of each work, and the runs that are left out, with the reason. If the
/// newest run of a work is not in one of the `states`, all runs of that work are left out. `fitting` is ordered by age,
/// the oldest first.
pub(super) fn newest(
    fitting: Vec<RunSummary>,
    states: &[&str],
    filter: &RunFilter,
    client: &Client,
) -> anyhow::Result<(Vec<RunSummary>, Vec<SkippedRun>)> {
    let Some(first) = fitting.first() else { return Ok((fitting, Vec::new())) };
    let all = filter.all_since(first, client)?;
    let fits: HashSet<&str> = fitting.iter().map(|run| run.id.as_str()).collect();
    let mut left_out = Vec::new();
    for runs in alike(&all) {
        if runs.len() < 2 || !runs.iter().any(|run| fits.contains(run.id.as_str())) {
            continue;
        }
        let mut same: HashMap<WorkIdentity, Vec<&RunSummary>> = HashMap::new();
        for run in runs {
            // Without its specification the work of a run is unknown, and differs from all others.
            if let Some(identity) = identity(client, run)? {
                same.entry(identity).or_default().push(run);
            }
        }
        left_out.extend(same.values().flat_map(|same| older(same, states, &fits)));
    }
    let is_left_out = |run: &RunSummary| left_out.iter().any(|left: &SkippedRun| left.of.id == run.id);
    let (left, chosen): (Vec<_>, Vec<_>) = fitting.into_iter().partition(is_left_out);
    // Restores the order of the runs.
    let place = |out: &SkippedRun| left.iter().position(|run| run.id == out.of.id);
    left_out.sort_by_key(place);
    Ok((chosen, left_out))
}

/// Groups runs with the same project, name and command line, in the given order.
fn alike(all: &[RunSummary]) -> Vec<Vec<&RunSummary>> {
    let mut alike: HashMap<(&str, Option<&str>, &str), Vec<&RunSummary>> = HashMap::new();
    for run in all {
        alike.entry((run.project.as_str(), run.name.as_deref(), run.command.as_str())).or_default().push(run);
    }
    alike.into_values().collect()
}

fn identity(client: &Client, run: &RunSummary) -> anyhow::Result<Option<WorkIdentity>> {
    let spec = client.run(&run.id)?.spec;
    Ok(spec.map(|spec| WorkIdentity {
        argv: spec.argv,
        folder: spec.cwd,
        recipe: spec.recipe.map(|recipe| format!("{} {}", recipe.name, recipe.arguments)),
    }))
}

/// The matching runs that are left out, for runs of the same work, the oldest first.
fn older(same: &[&RunSummary], states: &[&str], fits: &HashSet<&str>) -> Vec<SkippedRun> {
    let Some(&newest) = same.last() else { return Vec::new() };
    let mut fitting: Vec<&RunSummary> = same.iter().copied().filter(|run| fits.contains(run.id.as_str())).collect();
    let counts = if states.contains(&newest.state.as_str()) { fitting.pop() } else { None };
    let newer = counts.unwrap_or(newest);
    let why = format!("run {} of the same work is newer, and {}", newer.handle, newer.state);
    let left_out = |run: &RunSummary| SkippedRun {
        of: RunName { id: run.id.clone(), handle: run.handle.clone() },
        why: why.clone(),
    };
    fitting.into_iter().map(left_out).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(handle: &str, name: Option<&str>, state: &str) -> RunSummary {
        serde_json::from_value(serde_json::json!({
            "id": handle, "handle": handle, "project": "home", "name": name, "command": "true",
            "submitted_by": {"id": "me", "kind": "user", "name": null},
            "submitted": "2026-05-02T12:00:00Z", "state": state, "attempts": 1, "started": null, "ended": null,
            "wall_s": null, "outcome": null, "outputs": 0, "cpu_s": null, "memory_max_bytes": null, "params": {},
            "metrics": [],
        }))
        .expect("a run")
    }

    #[test]
    fn only_the_newest_run_of_a_work_counts() {
        let check = |states: &[&str], asked: &[&str], wanted: &[&str]| {
            let runs: Vec<RunSummary> =
                states.iter().enumerate().map(|(place, state)| run(&format!("R{place}"), None, state)).collect();
            let fits: HashSet<&str> =
                runs.iter().filter(|run| asked.contains(&run.state.as_str())).map(|run| run.id.as_str()).collect();
            let left = older(&runs.iter().collect::<Vec<_>>(), asked, &fits);
            assert_eq!(left.iter().map(|left| left.of.id.as_str()).collect::<Vec<_>>(), wanted, "{states:?} {asked:?}");
        };
        check(&["failed"], &["failed"], &[]);
        check(&["failed", "failed"], &["failed"], &["R0"]);
        check(&["failed", "done"], &["failed"], &["R0"]);
        check(&["failed", "running"], &["failed"], &["R0"]);
        check(&["done", "failed"], &["failed"], &[]);
        check(&["failed", "lost", "failed"], &["failed", "lost"], &["R0", "R1"]);
        check(&["done"], &["failed"], &[]);
    }

    #[test]
    fn the_reason_names_the_newer_run() {
        let (old, new) = (run("7Q2M", None, "failed"), run("8R3N", None, "done"));
        let left = older(&[&old, &new], &["failed"], &HashSet::from(["7Q2M"]));
        assert_eq!(left[0].why, "run 8R3N of the same work is newer, and done");
        // A newer failed run of the same work that does not have the requested tag.
        let new = run("8R3N", None, "failed");
        assert!(older(&[&old, &new], &["failed"], &HashSet::from(["7Q2M"])).is_empty());
    }

    #[test]
    fn runs_with_different_names_are_different_works() {
        let runs = [run("1", None, "done"), run("2", Some("a"), "done"), run("3", None, "failed")];
        let mut sizes: Vec<usize> = alike(&runs).iter().map(Vec::len).collect();
        sizes.sort_unstable();
        assert_eq!(sizes, [1, 2]);
    }
}
