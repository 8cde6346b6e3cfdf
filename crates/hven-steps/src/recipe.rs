//! `[run.NAME]` with a recipe.

use anyhow::Context as _;
use hven_api::runs::{FileRef, Limits, Resources, SubmitRun};
use hven_client::Failure;
use hven_core::{
    manifest::{Input, Run, StepId, Work},
    recipe::{self, Schema},
};
use hven_terminal::{Output, StepState};
use serde_json::Map;

use crate::{
    hands::Hands,
    of_runs::{counted, tolerances_of},
    recipe_result,
    recipe_run::{submission, table},
    study::{Study, Went, missing},
    why_again::run_again,
};

pub fn work<H: Hands>(study: &mut Study<'_, H>, name: &str, output: &mut dyn Output) -> anyhow::Result<Went> {
    let (submit, schema) = submission_of(study, name)?;
    let created = study.client.submit(&submit)?;
    if created.up_to_date {
        return told(study, &created.run.id, schema, StepState::UpToDate);
    }
    if let Some(why) = run_again(&created, &study.folder) {
        output.note(&format!("run.{name}: {why}"));
    }
    let watched = study.hands.watch(&created.run.id, &format!("run.{name}"), output)?;
    if !watched.is_done() {
        watched.tell_lines(output);
        return Ok(Went { page: Some(watched.run.url.clone()), ..Went::new(StepState::Failed, watched.outcome()) });
    }
    for note in recipe_result::remarks(&study.client, &created.run.id, schema.result) {
        output.note(&format!("run.{name}: {note}"));
    }
    told(study, &created.run.id, schema, StepState::Done)
}

pub fn look<H: Hands>(study: &mut Study<'_, H>, name: &str) -> anyhow::Result<Went> {
    let (submit, schema) = submission_of(study, name)?;
    let looked = study.client.look_up(&submit)?;
    match looked.run {
        Some(run) if looked.up_to_date => told(study, &run.id, schema, StepState::UpToDate),
        _ => Ok(Went::new(StepState::WouldRun, looked.because.join("; "))),
    }
}

fn told<H: Hands>(study: &Study<'_, H>, run: &str, schema: &Schema, state: StepState) -> anyhow::Result<Went> {
    let run = study.client.run(run)?;
    let text = recipe_result::line(&study.client, &run, schema.result);
    Ok(Went { page: Some(run.url), ..Went::new(state, text) })
}

/// What a step of a recipe submits. The manifest was checked against the recipe before.
fn submission_of<H: Hands>(study: &Study<'_, H>, name: &str) -> anyhow::Result<(SubmitRun, &'static Schema)> {
    let run = study.manifest.run(name).ok_or_else(|| missing(&StepId::Run(name.to_owned())))?;
    let Work::Recipe { recipe, settings } = &run.work else { return Err(missing(&StepId::Run(name.to_owned()))) };
    let schema = study.recipes.find(&recipe.value).ok_or_else(|| missing(&StepId::Run(name.to_owned())))?;
    let mut arguments = Map::new();
    let mut inputs = Vec::new();
    if let Some(main) = schema.main_input() {
        inputs.push(only_table(study, run, main)?);
    } else if !run.inputs.is_empty() {
        return Err(Failure::new("manifest.invalid", format!("run.{} reads {} inputs", run.name, run.inputs.len()))
            .hint(format!("the recipe {} reads none", schema.name))
            .into());
    }
    for input in schema.other_inputs() {
        let named_here = settings.iter().find(|(key, _)| key == input.key).and_then(|(_, value)| value.value.as_str());
        if let Some(part) = named_here {
            inputs.push(table(&study.client, &named(study, part), study.project.as_deref(), input.path)?);
        }
    }
    for (key, value) in settings {
        if let Some(argument) = schema.argument_of_key(key) {
            arguments.insert(argument.name.to_owned(), argument.kind.of_manifest(&value.value));
        }
    }
    let resources = &run.resources;
    let submit = SubmitRun {
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
        ..submission(study.project.clone(), name, schema, arguments, inputs)
    };
    Ok((submit, schema))
}

/// The one table that a recipe reads.
fn only_table<H: Hands>(study: &Study<'_, H>, run: &Run, main: &recipe::Input) -> anyhow::Result<FileRef> {
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
    let found = table(&study.client, &named, study.project.as_deref(), main.path);
    found.with_context(|| format!("run.{} cannot read {named}", run.name))
}

/// A dataset as a setting names it, such as `planets.test`.
fn named<H: Hands>(study: &Study<'_, H>, text: &str) -> String {
    match text.split_once('.') {
        Some((name, part)) => study.dataset_name(name, None, Some(part)),
        None => study.dataset_name(text, None, None),
    }
}
