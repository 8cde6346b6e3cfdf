//! `[run.NAME]` with a command: like `hven run -- COMMAND` in the manifest's folder, with the inputs, outputs and options that the
//! manifest declares.

use std::path::PathBuf;

use hven_api::runs::{RunDetail, RunFolder, SubmitRun};
use hven_capture::files::recorded_path;
use hven_core::{
    file_name,
    manifest::{Input, StepId},
    workflow::{StepEnd, StepReport, StepResult},
};
use hven_terminal::{Json, Output, StepState, result_line};

use crate::{
    context::{StepContext, missing},
    host::{StepCommand, StepHost, Submission},
    recipe_run::table,
    report::{after_run, run_id},
    rerun_reasons::one_line,
    step_command::{path_of, words},
    step_forecast::StepForecast,
    table_path,
};

/// Submits the run, or reports its end.
pub fn carry_out<H: StepHost>(
    context: &StepContext<'_, H>,
    name: &str,
    after: Option<&RunDetail>,
    output: &mut dyn Output,
) -> anyhow::Result<StepReport> {
    if let Some(run) = after {
        return Ok(StepReport::Ended(after_run(run)?));
    }
    let (submit, rest) = prepared(context, name, output)?;
    match context.host.submit(&submit, output)? {
        Submission::New(created) => {
            context.host.send_rest(&created.run.id, &submit, rest);
            Ok(StepReport::Submitted { run: run_id(&created.run.id)?, because: created.not_up_to_date })
        }
        Submission::DoneBefore { run, put_back } => {
            let run = Some(run_id(&run.summary.id)?);
            Ok(StepReport::Ended(StepResult { end: StepEnd::UpToDate, run, put_back, ..StepResult::default() }))
        }
    }
}

/// Predicts the result of the step.
pub fn predict<H: StepHost>(context: &mut StepContext<'_, H>, name: &str) -> anyhow::Result<StepForecast> {
    let (submit, _) = prepared(context, name, &mut Json)?;
    let found = context.client.look_up(&submit)?;
    match found.run {
        Some(run) if found.up_to_date => {
            let run = context.client.run(&run.id)?;
            context.made.extend(run.output_files.iter().map(|file| (file.path.clone(), file.clone())));
            let text = found_text(&run, &submit.cwd);
            Ok(StepForecast { page: Some(run.url), ..StepForecast::new(StepState::UpToDate, text) })
        }
        _ => Ok(StepForecast::would_run(one_line(&found.because, &context.folder))),
    }
}

/// The result of the run that did the same work before, and the folder of that run if it is another one.
pub fn found_text(run: &RunDetail, cwd: &str) -> String {
    let elsewhere = run.spec.as_ref().filter(|spec| spec.place == RunFolder::Here && spec.cwd != cwd);
    match elsewhere {
        Some(spec) => format!("{}   in {}", result_line(run), file_name::shown(&spec.cwd)),
        None => result_line(run),
    }
}

fn prepared<H: StepHost>(
    context: &StepContext<'_, H>,
    name: &str,
    output: &mut dyn Output,
) -> anyhow::Result<(SubmitRun, H::Rest)> {
    let run = context.manifest.run(name).ok_or_else(|| missing(&StepId::Run(name.to_owned())))?;
    let words = words(run).ok_or_else(|| missing(&StepId::Run(name.to_owned())))?;
    let cwd = &context.folder;
    let made = |input: &Input| context.made.get(&recorded_path(cwd, &cwd.join(path_of(input))));
    let mut inputs = Vec::with_capacity(run.inputs.len());
    for input in &run.inputs {
        // The output of another step that is up to date. `hven run` would put it in place before this step starts.
        if made(&input.value).is_some() && !cwd.join(path_of(&input.value)).exists() {
            continue;
        }
        if let Input::Dataset { name, version, part } = &input.value {
            put_table(context, name, *version, part.as_deref())?;
        }
        inputs.push(PathBuf::from(path_of(&input.value)));
    }
    let command = StepCommand { run, words, inputs, project: context.project.as_ref(), options: &context.options };
    let (mut submit, rest) = context.host.prepare(command, output)?;
    let inputs = &mut submit.inputs;
    for (place, input) in run.inputs.iter().enumerate() {
        let Some(made) = made(&input.value) else { continue };
        match inputs.iter_mut().find(|file| file.path == made.path) {
            Some(file) => made.clone_into(file),
            None => inputs.insert(place.min(inputs.len()), made.clone()),
        }
    }
    Ok((submit, rest))
}

/// Writes a table to the place where the command reads it: [`path_of`] the input. The place does not depend on the version.
fn put_table<H: StepHost>(
    context: &StepContext<'_, H>,
    name: &str,
    version: Option<u64>,
    part: Option<&str>,
) -> anyhow::Result<()> {
    let named = context.dataset_name(name, version, part);
    let shown = part.map_or_else(|| name.to_owned(), |part| format!("{name}.{part}"));
    let file = table(&context.client, &named, context.project.as_deref(), &table_path::path_of(&shown))?;
    context.host.put_table(&shown, &file)
}
