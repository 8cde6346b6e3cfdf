//! Continues a reproduction when one of its runs has ended: starts the comparison of the outputs, or records the
//! verdict.

use hven_core::{
    RunId,
    catalogue::Purpose,
    object::FileRef,
    recipe::StartedBy,
    recorded::Recorded,
    reproduction::{Comparison, Reproduced, Tolerances},
    run::{Outcome, State},
    staging::check_path,
};
use serde_json::json;

use crate::{
    kernel::{documents::document, error::AppResult},
    ports::run::{RunName, RunView},
    work::{
        compare_printed,
        floor::Work,
        fresh_folders::{fresh_run, output},
        reproduce::verdict::{cannot, compare, verdict},
        submit::{record::Starter, start, submission::RunRequest},
        surroundings::explain_difference,
    },
};

const COMPARISON: &str = "comparison.json";

const BEFORE: &str = "before";

const AFTER: &str = "after";

/// Continues a reproduction after a run that repeats another or compares. A second call does nothing more.
pub(crate) async fn continue_after(work: &Work, run: &RunView) -> AppResult<()> {
    if !run.state.is_final() {
        return Ok(());
    }
    match run.purpose.clone() {
        Some(Purpose::Again { of, tolerances, surroundings }) => {
            let verdict = made_again(work, run, of, tolerances, surroundings).await?;
            conclude(work, run, verdict).await
        }
        Some(Purpose::Compare { of, again, tolerances, surroundings }) => {
            let (Some(before), Some(after)) = (by_id(work, of).await?, by_id(work, again).await?) else {
                return Ok(());
            };
            let found = output(run, COMPARISON).filter(|_| run.state == State::Done);
            let document = match found {
                Some(file) => document(work, file.digest).await?,
                None => None,
            };
            let verdict = match (found, document.map(serde_json::from_value::<Comparison>)) {
                (Some(file), Some(Ok(compared))) => Reproduced {
                    again: Some(again),
                    comparison: Some(file.digest),
                    printed: Some(compare_printed::compare(work, &before, &after).await?),
                    surroundings,
                    ..verdict(of, &compared, compare(work, &before, &after, &tolerances).await?, &Recorded::NothingHeld)
                },
                _ => cannot(of, Some(again), format!("the outputs could not be compared: see run {}", run.handle)),
            };
            conclude(work, run, Some(verdict)).await
        }
        _ => Ok(()),
    }
}

async fn conclude(work: &Work, run: &RunView, verdict: Option<Reproduced>) -> AppResult<()> {
    let Some(verdict) = verdict else { return Ok(()) };
    let verdict = explain_difference::add_causes(work, verdict).await?;
    let key = Some(format!("reproduced-{}", run.id));
    work.record(run.submitted_by, key, vec![verdict.into()]).await.map(drop)
}

/// Starts the comparison of the outputs. Without outputs, or when the run made nothing, records the verdict at once.
async fn made_again(
    work: &Work,
    run: &RunView,
    of: RunId,
    tolerances: Tolerances,
    surroundings: Vec<String>,
) -> AppResult<Option<Reproduced>> {
    let Some(before) = by_id(work, of).await? else { return Ok(None) };
    if run.state != State::Done {
        let because = outcome_text(run);
        return Ok(Some(Reproduced { surroundings, ..cannot(of, Some(run.id), because) }));
    }
    let (old, new) = (outputs(&before), outputs(run));
    if old.is_empty() && new.is_empty() {
        let metrics = compare(work, &before, run, &tolerances).await?;
        let none = Comparison { schema: Comparison::SCHEMA.to_owned(), files: Vec::new() };
        return Ok(Some(Reproduced {
            again: Some(run.id),
            printed: Some(compare_printed::compare(work, &before, run).await?),
            surroundings,
            ..verdict(of, &none, metrics, &Recorded::NothingDeclared)
        }));
    }
    let below = |folder: &str, files: Vec<FileRef>| {
        let place = |file: FileRef| FileRef { path: format!("{folder}/{}", file.path), ..file };
        files.into_iter().map(place).collect::<Vec<_>>()
    };
    let inputs = [below(BEFORE, old), below(AFTER, new)].concat();
    let arguments = json!({ "tolerance": tolerances.usual, "tolerances": tolerances.files });
    let submit = RunRequest {
        name: Some(format!("compare {}", before.handle)),
        recipe: Some(work.recipes.started_by(StartedBy::Reproduction, arguments)?),
        purpose: Some(Purpose::Compare { of, again: run.id, tolerances, surroundings }),
        despite_checks: true,
        ..RunRequest::of(run.project.clone(), fresh_run(inputs, vec![COMPARISON.to_owned()]))
    };
    let key = Some(format!("compare-{}", run.id));
    Box::pin(start::start(work, Starter::Hven(run.submitted_by), key, submit)).await?;
    Ok(None)
}

/// Outputs with paths within the run's folder. Other outputs are left out.
fn outputs(run: &RunView) -> Vec<FileRef> {
    let outputs = run.outputs();
    outputs.filter(|file| check_path(&file.path).is_ok()).cloned().collect()
}

fn outcome_text(run: &RunView) -> String {
    match run.result.as_ref().map(|result| &result.outcome) {
        Some(Outcome::NotStarted { why }) => why.clone(),
        Some(outcome) => format!("it ended otherwise: {} (run {} says more)", outcome.recorded(), run.handle),
        None => "its end is not known".to_owned(),
    }
}

async fn by_id(work: &Work, run: RunId) -> AppResult<Option<RunView>> {
    Ok(work.ports.views.runs_named(&RunName::Id(run)).await?.pop())
}
