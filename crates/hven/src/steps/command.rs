//! `[run.NAME]` with a command: like `hven run -- COMMAND` in the manifest's folder, with what the manifest declares.

use std::path::{Path, PathBuf};

use hven_api::runs::{Place, RunDetail};
use hven_capture::files::recorded_path;
use hven_core::{
    file_name,
    manifest::{Input, Run, StepId, Work},
};
use serde_json::Value;

use super::{Study, Went, missing};
use crate::{
    commands::{
        law::table,
        run::{
            NO_STDIN, Prepared, RunArgs, Submission, Work as RunWork, afterwork, prepare, run_again,
            submit_or_put_back, told, wait_for,
        },
    },
    output::{Output, StepState, found_otherwise, result_line},
    tables,
    tolerances::ToleranceArgs,
    watch,
};

pub(super) fn work(study: &mut Study, name: &str, output: &mut dyn Output) -> anyhow::Result<Went> {
    let prepared = prepared(study, name, output)?;
    let created = match submit_or_put_back(&study.client, &prepared.submit, &study.context, output)? {
        Submission::Begun(created) => created,
        Submission::DoneBefore { run, restored, .. } => {
            let text = format!("{}{}", found(&run, &prepared), restored.said());
            return Ok(Went { page: Some(run.url), ..Went::new(StepState::UpToDate, text) });
        }
    };
    if let Some(why) = run_again(&created, &study.context.cwd) {
        output.note(&format!("run.{name}: {why}"));
    }
    let after = afterwork(&study.client, &created.run.id, &prepared.submit, prepared.code_files);
    let watched = watch::until_end(&study.client, &created.run.id, &format!("run.{name}"), output)?;
    wait_for(&after);
    let page = Some(watched.run.url.clone());
    let notes = found_otherwise(&watched.run);
    if !watched.is_done() {
        // Its last lines have the notes.
        watched.tell_lines(output);
        return Ok(Went { page, notes, ..Went::new(StepState::Failed, watched.outcome()) });
    }
    for note in &notes {
        output.note(&format!("run.{name}: {note}"));
    }
    Ok(Went { page, notes, ..Went::new(StepState::Done, result_line(&watched.run)) })
}

pub(super) fn look(study: &mut Study, name: &str) -> anyhow::Result<Went> {
    let prepared = prepared(study, name, &mut crate::output::Json)?;
    let looked = study.client.look_up(&prepared.submit)?;
    match looked.run {
        Some(run) if looked.up_to_date => {
            let run = study.client.run(&run.id)?;
            study.made.extend(run.output_files.iter().map(|file| (file.path.clone(), file.clone())));
            Ok(Went { page: Some(run.url.clone()), ..Went::new(StepState::UpToDate, found(&run, &prepared)) })
        }
        _ => Ok(Went::new(StepState::WouldRun, told(&looked.because, &study.context.cwd))),
    }
}

/// The run that did the same before; where that was, when it was in another folder.
fn found(run: &RunDetail, prepared: &Prepared) -> String {
    let elsewhere = run.spec.as_ref().filter(|spec| spec.place == Place::Here && spec.cwd != prepared.submit.cwd);
    match elsewhere {
        Some(spec) => format!("{}   in {}", result_line(run), file_name::shown(&spec.cwd)),
        None => result_line(run),
    }
}

fn prepared(study: &Study, name: &str, output: &mut dyn Output) -> anyhow::Result<Prepared> {
    let run = study.manifest.run(name).ok_or_else(|| missing(&StepId::Run(name.to_owned())))?;
    let words = words(run).ok_or_else(|| missing(&StepId::Run(name.to_owned())))?;
    let cwd = &study.context.cwd;
    let made = |input: &Input| study.made.get(&recorded_path(cwd, &cwd.join(path_of(input))));
    let mut inputs = Vec::with_capacity(run.inputs.len());
    for input in &run.inputs {
        // It would be put in place before the step begins.
        if made(&input.value).is_some() && !cwd.join(path_of(&input.value)).exists() {
            continue;
        }
        if let Input::Dataset { name, version, part } = &input.value {
            fetch(study, name, *version, part.as_deref())?;
        }
        inputs.push(PathBuf::from(path_of(&input.value)));
    }
    let args = RunArgs {
        input: inputs,
        output: run.outputs.iter().map(|output| PathBuf::from(&output.value)).collect(),
        name: Some(name.to_owned()),
        project: study.project.clone(),
        tag: study.wanted.tags.clone(),
        param: run.params.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
        secret: run.secrets.clone(),
        stdin: Some(stdin(run)),
        tolerances: tolerances(run),
        fresh: study.wanted.fresh,
        follow_links: run.follow_links,
        despite_checks: study.wanted.despite_checks,
        despite_suspicion: study.wanted.despite_suspicion.clone(),
        command: words.into_iter().map(Into::into).collect(),
        ..resources(run)
    };
    let work = RunWork::of(&args, &run.code, &study.context)?;
    let mut prepared = prepare(work, &study.context, &study.client, output)?;
    let inputs = &mut prepared.submit.inputs;
    for (place, input) in run.inputs.iter().enumerate() {
        let Some(made) = made(&input.value) else { continue };
        match inputs.iter_mut().find(|file| file.path == made.path) {
            Some(file) => made.clone_into(file),
            None => inputs.insert(place.min(inputs.len()), made.clone()),
        }
    }
    Ok(prepared)
}

/// Whether this is the command of the step.
pub(super) fn is_command_of(run: &Run, argv: &[String]) -> bool {
    words(run).is_some_and(|words| words.iter().map(file_name::to_text).eq(argv.iter().cloned()))
}

/// The words of a step's command, with its parameters and the paths of its inputs in their places. A recipe has none.
fn words(run: &Run) -> Option<Vec<String>> {
    let Work::Command(command) = &run.work else { return None };
    let value_of = |place: &str| {
        let input = || run.inputs.iter().map(|input| &input.value).find(|input| input.place() == place);
        run.params.get(place).map(text).or_else(|| input().map(path_of))
    };
    Some(command.filled(&value_of))
}

/// Where the command finds an input.
fn path_of(input: &Input) -> String {
    match input {
        Input::Path { path } => path.clone(),
        Input::Dataset { .. } => tables::path_of(&input.place()),
    }
}

/// What is on its standard input, as the flag says it: never what `hven run` itself has there.
fn stdin(run: &Run) -> PathBuf {
    // With a folder before it, a file of that name is not taken for the word.
    run.stdin.as_ref().map_or_else(|| NO_STDIN.into(), |file| Path::new(".").join(&file.value))
}

/// By how much it may differ when it is reproduced, as the flags say it.
pub(super) fn tolerances(run: &Run) -> ToleranceArgs {
    ToleranceArgs { tolerance: run.tolerance, within: run.within.clone().into_iter().collect() }
}

/// A count of the manifest as the server takes it, which refuses what is too much.
pub(super) fn counted(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// What is reserved and limited, as the flags of `hven run` say it.
fn resources(run: &Run) -> RunArgs {
    let resources = &run.resources;
    let bytes = |bytes: Option<u64>| bytes.map(|bytes| format!("{bytes}B"));
    let seconds = |seconds: Option<f64>| seconds.map(|seconds| format!("{seconds}s"));
    let gpus = resources.gpus.map(|gpus| ("gpu".to_owned(), gpus));
    RunArgs {
        cpus: resources.cpus.map(counted),
        memory: bytes(resources.memory_bytes),
        time: seconds(resources.time_s),
        memory_limit: bytes(resources.memory_limit_bytes),
        output_limit: bytes(resources.output_limit_bytes),
        grace: seconds(resources.grace_s),
        resource: resources.named.clone().into_iter().chain(gpus).collect(),
        retries: run.retries.map(counted),
        ..RunArgs::default()
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Puts a table where the command can read it: at [`path_of`] the input, which is the same whatever the version.
fn fetch(study: &Study, name: &str, version: Option<u64>, part: Option<&str>) -> anyhow::Result<()> {
    let named = study.dataset_name(name, version, part);
    let shown = part.map_or_else(|| name.to_owned(), |part| format!("{name}.{part}"));
    let file = table(&study.client, &named, study.project.as_deref(), &tables::path_of(&shown))?;
    tables::put(&study.client, &study.context.cwd, &shown, &file)
}
