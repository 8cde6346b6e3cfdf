//! `[run.NAME]` with a recipe.

use anyhow::Context as _;
use hven_api::runs::{FileRef, Limits, Resources, RunDetail, SubmitRun};
use hven_client::Failure;
use hven_core::{
    manifest::{Input, Run, StepId, Work},
    recipe::{self, Schema},
    workflow::{StepEnd, StepReport, StepResult},
};
use hven_terminal::StepState;
use serde_json::Map;

use crate::{
    context::{StepContext, missing},
    host::StepHost,
    manifest_values::{counted, tolerances_of},
    recipe_result,
    recipe_run::{submission, table},
    report::{after_run, run_id},
    step_forecast::StepForecast,
};

/// Submits the run, or reports its end.
pub fn carry_out<H: StepHost>(
    context: &StepContext<'_, H>,
    name: &str,
    after: Option<&RunDetail>,
) -> anyhow::Result<StepReport> {
    if let Some(run) = after {
        return Ok(StepReport::Ended(after_run(run)?));
    }
    let (submit, _) = submission_of(context, name)?;
    let created = context.client.submit(&submit)?;
    let run = run_id(&created.run.id)?;
    Ok(if created.up_to_date {
        StepReport::Ended(StepResult { end: StepEnd::UpToDate, run: Some(run), ..StepResult::default() })
    } else {
        StepReport::Submitted { run, because: created.not_up_to_date }
    })
}

/// Predicts the result of the step.
pub fn predict<H: StepHost>(context: &mut StepContext<'_, H>, name: &str) -> anyhow::Result<StepForecast> {
    let (submit, schema) = submission_of(context, name)?;
    let found = context.client.look_up(&submit)?;
    match found.run {
        Some(run) if found.up_to_date => {
            let run = context.client.run(&run.id)?;
            let text = recipe_result::line(&context.client, &run, schema.result);
            Ok(StepForecast { page: Some(run.url), ..StepForecast::new(StepState::UpToDate, text) })
        }
        _ => Ok(StepForecast::would_run(found.because.join("; "))),
    }
}

/// The submission for a step with a recipe. The manifest was already checked against the recipe.
fn submission_of<H: StepHost>(
    context: &StepContext<'_, H>,
    name: &str,
) -> anyhow::Result<(SubmitRun, &'static Schema)> {
    let run = context.manifest.run(name).ok_or_else(|| missing(&StepId::Run(name.to_owned())))?;
    let Work::Recipe { recipe, settings } = &run.work else { return Err(missing(&StepId::Run(name.to_owned()))) };
    let schema = context.recipes.find(&recipe.value).ok_or_else(|| missing(&StepId::Run(name.to_owned())))?;
    let mut arguments = Map::new();
    let mut inputs = Vec::new();
    if let Some(main) = schema.main_input() {
        inputs.push(only_table(context, run, main)?);
    } else if !run.inputs.is_empty() {
        return Err(Failure::new("manifest.invalid", format!("run.{} reads {} inputs", run.name, run.inputs.len()))
            .hint(format!("the recipe {} reads none", schema.name))
            .into());
    }
    for input in schema.other_inputs() {
        let setting = settings.iter().find(|(key, _)| key == input.key).and_then(|(_, value)| value.value.as_str());
        if let Some(part) = setting {
            inputs.push(table(&context.client, &dataset_name(context, part), context.project.as_deref(), input.path)?);
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
        tags: context.options.tags.clone(),
        tolerances: tolerances_of(run),
        despite_checks: context.options.despite_checks,
        despite_suspicion: context.options.despite_suspicion.clone(),
        fresh: context.options.fresh,
        retries: counted(run.retries.unwrap_or(0)),
        ..submission(context.project.clone(), name, schema, arguments, inputs)
    };
    Ok((submit, schema))
}

/// The table that a recipe reads. An error if the step has more or fewer inputs.
fn only_table<H: StepHost>(context: &StepContext<'_, H>, run: &Run, main: &recipe::Input) -> anyhow::Result<FileRef> {
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
    let named = context.dataset_name(name, *version, part.as_deref());
    let found = table(&context.client, &named, context.project.as_deref(), main.path);
    found.with_context(|| format!("run.{} cannot read {named}", run.name))
}

/// The name for the server of a dataset in a setting, such as `planets.test`.
fn dataset_name<H: StepHost>(context: &StepContext<'_, H>, text: &str) -> String {
    match text.split_once('.') {
        Some((name, part)) => context.dataset_name(name, None, Some(part)),
        None => context.dataset_name(text, None, None),
    }
}
