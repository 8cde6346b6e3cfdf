//! Which runs are meant: those that are named, or the newest of those that fit.

use hven_client::Client;
use hven_terminal::{LeftOut, Output};

use super::{
    same_work,
    settings::{RerunSettings, Which},
};
use crate::{
    context::Context,
    run_filter::{self, RunFilter},
};

/// Which runs are meant.
pub(super) struct Meant {
    pub(super) names: Vec<String>,
    pub(super) left_out: Vec<LeftOut>,
}

/// The runs that are meant; none when somebody was asked and did not agree.
pub(super) fn meant(
    settings: &RerunSettings,
    context: &Context,
    client: &Client,
    output: &mut dyn Output,
) -> anyhow::Result<Option<Meant>> {
    match &settings.which {
        Which::Named(runs) => Ok(Some(Meant { names: ids(runs, context, client)?, left_out: Vec::new() })),
        Which::Fitting { states, filter } => fitting(states, filter, settings, client, output),
    }
}

/// All runs are looked up before the first is started. One that is named twice is run once.
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
) -> anyhow::Result<Option<Meant>> {
    let states: Vec<&str> = states.iter().map(String::as_str).collect();
    let fitting = filter.find(&states, client)?;
    if fitting.is_empty() {
        output.note(run_filter::NONE_FITS);
    }
    let (found, left_out) = same_work::newest(fitting, &states, filter, client)?;
    match left_out.len() {
        0 => {}
        1 => output.note("1 run is left out, because a newer run of the same work counts"),
        count => output.note(&format!("{count} runs are left out, because newer runs of the same work count")),
    }
    let question = |count: usize| format!("Run these {count} again?");
    let may = settings.dry_run || run_filter::may_be_done(&found, question, settings.yes, output)?;
    Ok(may.then(|| Meant { names: found.into_iter().map(|run| run.id).collect(), left_out }))
}
