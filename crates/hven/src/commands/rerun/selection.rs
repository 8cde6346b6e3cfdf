//! Selects the runs to repeat: the named ones, or the newest of those that match the filter.

use hven_api::runs::CountedTasksOf;
use hven_client::Client;
use hven_terminal::{Output, SkippedRun};

use super::{
    same_work,
    settings::{RerunSelection, RerunSettings},
};
use crate::{
    context::Context,
    run_filter::{self, RunFilter},
};

/// The selected runs.
pub(super) struct SelectedRuns {
    pub(super) names: Vec<String>,
    pub(super) left_out: Vec<SkippedRun>,
}

/// The selected runs; `None` when the user did not confirm.
pub(super) fn select(
    settings: &RerunSettings,
    context: &Context,
    client: &Client,
    output: &mut dyn Output,
) -> anyhow::Result<Option<SelectedRuns>> {
    match &settings.selection {
        RerunSelection::Named(runs) => {
            Ok(Some(SelectedRuns { names: ids(runs, context, client)?, left_out: Vec::new() }))
        }
        RerunSelection::Fitting { states, filter } => fitting(states, filter, settings, client, output),
    }
}

/// Looks up all runs before the first is started. A run that is named twice is repeated once.
fn ids(runs: &[String], context: &Context, client: &Client) -> anyhow::Result<Vec<String>> {
    let mut ids = Vec::with_capacity(runs.len());
    for run in runs {
        let id = client.run(&context.run_name(run)?)?.summary.id;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

fn fitting(
    states: &[String],
    filter: &RunFilter,
    settings: &RerunSettings,
    client: &Client,
    output: &mut dyn Output,
) -> anyhow::Result<Option<SelectedRuns>> {
    let states: Vec<&str> = states.iter().map(String::as_str).collect();
    let fitting = filter.find(&states, client)?;
    if fitting.is_empty() {
        output.note(run_filter::NONE_FITS);
    }
    let advice = |first: &CountedTasksOf| format!("`hven retry {0}` runs the failed tasks of {0} again", first.array);
    filter.note_tasks(&states, client, advice, output)?;
    let (found, left_out) = same_work::newest(fitting, &states, filter, client)?;
    match left_out.len() {
        0 => {}
        1 => output.note("1 run is left out, because a newer run of the same work counts"),
        count => output.note(&format!("{count} runs are left out, because newer runs of the same work count")),
    }
    let question = |count: usize| format!("Run these {count} again?");
    let may = settings.dry_run || run_filter::may_be_done(&found, question, settings.yes, output)?;
    Ok(may.then(|| SelectedRuns { names: found.into_iter().map(|run| run.id).collect(), left_out }))
}
