//! `[run.NAME]` with a recipe.

use anyhow::Context as _;
use hven_api::runs::{FileRef, Limits, Resources, SubmitRun};
use hven_client::Failure;
use hven_core::manifest::{Input, Run, StepId, Work};
use hven_terminal::{Output, StepState, law_line, notes};
use serde_json::{Map, Value};

use crate::{
    hands::Hands,
    of_runs::{counted, tolerances_of},
    recipe_run::{DATA, HOLD_OUT, submission, table},
    study::{Study, Went, missing},
    why_again::run_again,
};

pub fn work<H: Hands>(study: &mut Study<'_, H>, name: &str, output: &mut dyn Output) -> anyhow::Result<Went> {
    let submit = submission_of(study, name)?;
    let created = study.client.submit(&submit)?;
    if created.up_to_date {
        return told(study, &created.run.id, StepState::UpToDate);
    }
    if let Some(why) = run_again(&created, &study.folder) {
        output.note(&format!("run.{name}: {why}"));
    }
    let watched = study.hands.watch(&created.run.id, &format!("run.{name}"), output)?;
    if !watched.is_done() {
        watched.tell_lines(output);
        return Ok(Went { page: Some(watched.run.url.clone()), ..Went::new(StepState::Failed, watched.outcome()) });
    }
    if let Ok(law) = study.client.law(&created.run.id) {
        for note in notes(&law.law) {
            output.note(&format!("run.{name}: {note}"));
        }
    }
    told(study, &created.run.id, StepState::Done)
}

pub fn look<H: Hands>(study: &mut Study<'_, H>, name: &str) -> anyhow::Result<Went> {
    let looked = study.client.look_up(&submission_of(study, name)?)?;
    match looked.run {
        Some(run) if looked.up_to_date => told(study, &run.id, StepState::UpToDate),
        _ => Ok(Went::new(StepState::WouldRun, looked.because.join("; "))),
    }
}

fn told<H: Hands>(study: &Study<'_, H>, run: &str, state: StepState) -> anyhow::Result<Went> {
    let run = study.client.run(run)?;
    let text = match study.client.law(&run.summary.id) {
        Ok(law) => law_line(&law),
        // Another recipe than `law`.
        Err(_) => format!("run {}", run.summary.handle),
    };
    Ok(Went { page: Some(run.url), ..Went::new(state, text) })
}

fn submission_of<H: Hands>(study: &Study<'_, H>, name: &str) -> anyhow::Result<SubmitRun> {
    let run = study.manifest.run(name).ok_or_else(|| missing(&StepId::Run(name.to_owned())))?;
    let Work::Recipe { recipe, settings } = &run.work else { return Err(missing(&StepId::Run(name.to_owned()))) };
    let mut arguments = Map::new();
    let mut hold_out = None;
    for (key, value) in settings {
        match key.as_str() {
            // The recipe calls the columns of its table its inputs; here inputs are what the step reads.
            "columns" => drop(arguments.insert("inputs".to_owned(), value.value.clone())),
            "hold_out" => hold_out = value.value.as_str().map(str::to_owned),
            _ => drop(arguments.insert(key.clone(), value.value.clone())),
        }
    }
    let mut inputs = vec![only_table(study, run)?];
    if let Some(part) = hold_out {
        let named = named(study, &part);
        inputs.push(table(&study.client, &named, study.project.as_deref(), HOLD_OUT)?);
    }
    let resources = &run.resources;
    Ok(SubmitRun {
        resources: Resources {
            cpus: resources.cpus.map(counted),
            memory_bytes: resources.memory_bytes,
            named: resources.named.clone(),
        },
        limits: Limits {
            wall_s: resources.time_s,
            memory_bytes: resources.memory_limit_bytes,
            output_bytes: resources.output_limit_bytes,
            grace_s: resources.grace_s,
        },
        tags: study.wanted.tags.clone(),
        tolerances: tolerances_of(run),
        despite_checks: study.wanted.despite_checks,
        despite_suspicion: study.wanted.despite_suspicion.clone(),
        fresh: study.wanted.fresh,
        retries: counted(run.retries.unwrap_or(0)),
        ..submission(study.project.clone(), name, &recipe.value, Value::Object(arguments), inputs)
    })
}

/// The one table that a recipe reads.
fn only_table<H: Hands>(study: &Study<'_, H>, run: &Run) -> anyhow::Result<FileRef> {
    let [input] = run.inputs.as_slice() else {
        return Err(Failure::new("manifest.invalid", format!("run.{} reads {} inputs", run.name, run.inputs.len()))
            .hint("a recipe reads one dataset: input = \"planets\"")
            .into());
    };
    let Input::Dataset { name, version, part } = &input.value else {
        return Err(Failure::new("manifest.invalid", format!("run.{} reads a file", run.name))
            .hint("a recipe reads a dataset: declare the file as [data.NAME] and name that")
            .into());
    };
    let named = study.dataset_name(name, *version, part.as_deref());
    let found = table(&study.client, &named, study.project.as_deref(), DATA);
    found.with_context(|| format!("run.{} cannot read {named}", run.name))
}

/// A dataset as a setting names it, such as `planets.test`.
fn named<H: Hands>(study: &Study<'_, H>, text: &str) -> String {
    match text.split_once('.') {
        Some((name, part)) => study.dataset_name(name, None, Some(part)),
        None => study.dataset_name(text, None, None),
    }
}
