//! Builds the work of a recorded run, to repeat it in its folder; or the error when it cannot be repeated.

use std::{
    fs,
    io::{self, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use hven_api::{
    queueing::QueueRequest,
    runs::{FileRef, RunDetail, RunFolder, Spec},
    stdin::Stdin,
};
use hven_capture::environment;
use hven_client::{Client, FactQuery, Failure};
use hven_core::{file_name, manifest::MANIFEST, params::Params, stdin::NO_PATH};
use hven_steps::manifest_file;
use hven_terminal::shell_line;

use super::settings::RerunOptions;
use crate::{
    capture_limits::capture_limits,
    context::Context,
    dataset_tables,
    new_run::{Caller, StdinChoice, Work},
};

/// The work and its context. Values that the record does not contain come from the options.
pub(super) fn repeated(
    run: &RunDetail,
    options: &RerunOptions,
    context: &Context,
    client: &Client,
) -> anyhow::Result<(Context, Work)> {
    let spec = spec_of(run)?;
    let place = context.in_folder(file_name::to_path(&spec.cwd));
    let inputs = Inputs::of(run, spec, &place.cwd, client)?;
    let work = Work {
        argv: spec.argv.iter().map(|word| file_name::from_text(word)).collect(),
        inputs: inputs.paths,
        follow_links: options.follow_links,
        include_key_files: options.include_key_files.clone(),
        outputs: spec.outputs.iter().map(|path| file_name::to_path(path)).collect(),
        code: Vec::new(),
        not_code: Vec::new(),
        capture_limits: capture_limits(&place.settings()?)?,
        stdin: on_stdin(run, spec, &place.cwd)?,
        project: Some(run.summary.project.clone()),
        datasets_in: inputs.datasets_in,
        name: run.summary.name.clone(),
        params: params_given(run, client)?,
        // A tag of a batch also finds the repeated runs. A note belongs to one run only.
        tags: run.summary.tags.clone(),
        resources: spec.resources.clone(),
        limits: spec.limits.clone(),
        retries: spec.retries,
        tolerances: run.tolerances.clone(),
        env_record: environment::asked_for(spec.environment.keys()),
        secrets: spec.secrets.clone(),
        despite_checks: options.despite_checks,
        despite_suspicion: options.despite_suspicion.clone(),
        fresh: true,
        queue: QueueRequest::default(),
        caller: Caller::this_process(),
    };
    Ok((place, work))
}

/// The error for a run that cannot be repeated, with a hint.
fn refused(run: &RunDetail, code: &'static str, why: &str, hint: impl Into<String>) -> Failure {
    Failure::new(code, format!("run {} cannot be run again: {why}", run.summary.handle)).hint(hint)
}

/// Whether runs of this kind cannot be repeated at all. Other errors mean that something is missing or failed.
pub(super) fn is_not_repeatable(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Failure>().is_some_and(|failure| failure.code == NOT_REPEATABLE)
}

/// The code of this error.
const NOT_REPEATABLE: &str = "invalid";

/// The specification of the run, if its work can be repeated in its folder.
fn spec_of(run: &RunDetail) -> Result<&Spec, Failure> {
    let handle = &run.summary.handle;
    let from_the_record = format!("`hven reproduce {handle}` runs it in a fresh folder, on the recorded bytes");
    if let Some(origin) = &run.origin {
        let why = format!("it was imported with the publication {:?} and ran elsewhere", origin.title);
        return Err(refused(run, NOT_REPEATABLE, &why, from_the_record));
    }
    if run.summary.own_kind.is_some() {
        let hint = "name the run that was checked: `hven reproduce RUN` checks it again";
        return Err(refused(run, NOT_REPEATABLE, "Hven made it to check another run", hint));
    }
    if run.external.is_some() {
        let hint = "start it again where it was started";
        return Err(refused(run, NOT_REPEATABLE, "its work is done elsewhere, and Hven did not start it", hint));
    }
    let Some(spec) = &run.spec else {
        let hint = format!("`hven show {handle}` shows the remaining data");
        return Err(refused(run, NOT_REPEATABLE, "its command was erased from the record", hint));
    };
    if let Some(recipe) = &spec.recipe {
        let why = format!("it is the recipe {}, which has no folder of its own", recipe.name);
        let again = hven_recipes::LIST.find(&recipe.name).and_then(|schema| schema.again);
        let alternative = again.unwrap_or("`hven recipe run` runs a recipe");
        let hint =
            format!("{alternative}, and `hven run` in the folder of its {MANIFEST} runs a step; {from_the_record}");
        return Err(refused(run, NOT_REPEATABLE, &why, hint));
    }
    if spec.place == RunFolder::Fresh {
        return Err(refused(run, NOT_REPEATABLE, "it ran in a fresh folder, which is gone", from_the_record));
    }
    let folder = file_name::to_path(&spec.cwd);
    if !folder.is_dir() {
        let why = format!("its folder {} is not on this machine", file_name::shown(&spec.cwd));
        return Err(refused(run, "file.missing", &why, from_the_record));
    }
    if let Some(name) = run.summary.name.as_ref().filter(|name| manifest_file::is_step(&folder, name, &spec.argv)) {
        let why = format!("it is the step run.{name} of {MANIFEST} in {}", file_name::shown(&spec.cwd));
        let hint = format!(
            "`hven run --step {name}` in that folder runs it and the steps that it needs; --fresh runs it in any case"
        );
        return Err(refused(run, NOT_REPEATABLE, &why, hint));
    }
    Ok(spec)
}

/// The inputs of the work.
struct Inputs {
    paths: Vec<PathBuf>,
    /// The project of the datasets among them.
    datasets_in: Option<String>,
}

impl Inputs {
    /// The same files and folders with their present content. A dataset is read in the version to which its name refers
    /// now.
    fn of(run: &RunDetail, spec: &Spec, folder: &Path, client: &Client) -> anyhow::Result<Self> {
        let mut paths = Vec::with_capacity(spec.inputs.len());
        let mut are_datasets_of_project = None;
        let project = run.summary.project.as_str();
        for input in &spec.inputs {
            if let Some((called, dataset)) = dataset_tables::dataset_of_path(&input.path) {
                let is_there = client.dataset(called, Some(project)).is_ok();
                are_datasets_of_project = Some(are_datasets_of_project.unwrap_or(true) && is_there);
                paths.push(dataset);
            } else {
                require(run, input, folder)?;
                paths.push(file_name::to_path(&input.path));
            }
        }
        let datasets_in = (are_datasets_of_project == Some(true)).then(|| project.to_owned());
        Ok(Self { paths, datasets_in })
    }
}

/// Refuses when an input of the run does not exist any more.
fn require(run: &RunDetail, input: &FileRef, folder: &Path) -> Result<(), Failure> {
    let path = folder.join(file_name::to_path(&input.path));
    match fs::metadata(path) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            let handle = &run.summary.handle;
            let why = format!("its input {} does not exist any more", file_name::shown(&input.path));
            let hint = format!(
                "`hven get {handle} --inputs` restores it, `hven reproduce {handle}` runs it on the recorded bytes"
            );
            Err(refused(run, "file.missing", &why, hint))
        }
        // Other errors are reported when the file is read.
        _ => Ok(()),
    }
}

/// The same file on standard input, from the same offset.
fn on_stdin(run: &RunDetail, spec: &Spec, folder: &Path) -> anyhow::Result<StdinChoice> {
    let (file, from) = match &spec.stdin {
        None => return Ok(StdinChoice::Nothing),
        Some(Stdin::Pipe) => return Err(no_pipe(run, spec).into()),
        Some(Stdin::File { file, from }) => (file, *from),
    };
    let command = shell_line(&spec.argv);
    if file.path == NO_PATH {
        let hint = format!("name a file: `hven run --stdin FILE -- {command}` in its folder");
        return Err(refused(run, NOT_REPEATABLE, "the file on its standard input had no name", hint).into());
    }
    require(run, file, folder)?;
    let path = file_name::to_path(&file.path);
    if from == 0 {
        return Ok(StdinChoice::Named(path));
    }
    let shown = file_name::shown(&file.path);
    let unreadable = |error: io::Error| {
        let why = format!("{shown}, which was on its standard input, cannot be read: {error}");
        refused(run, "file.unreadable", &why, "check that it is a file that you may read")
    };
    let mut opened = hven_client::open_file(&folder.join(path)).map_err(unreadable)?;
    let bytes = opened.metadata().map_err(unreadable)?.len();
    if bytes < from {
        let why = format!("it read {shown} from byte {from} on, and the file has {bytes} bytes now");
        let hint = format!("choose where to start reading: `hven run --stdin FILE -- {command}` in its folder");
        return Err(refused(run, "file.changed", &why, hint).into());
    }
    opened.seek(SeekFrom::Start(from)).map_err(unreadable)?;
    Ok(StdinChoice::Own(opened))
}

/// The error for a run that read a pipe: its data cannot be read twice.
fn no_pipe(run: &RunDetail, spec: &Spec) -> Failure {
    let (handle, command) = (&run.summary.handle, shell_line(&spec.argv));
    let read = run.stdin_read.as_ref();
    let mut hint = format!("pipe it again, in its folder: `… | hven run -- {command}`");
    if read.is_some_and(|read| read.bytes == 0) {
        hint = format!("{hint}; it read nothing from it: `hven run --stdin none -- {command}`");
    } else if read.is_some_and(|read| read.kept) {
        hint = format!("{hint}; `hven reproduce {handle}` uses the kept part of it");
    }
    refused(run, NOT_REPEATABLE, "its standard input was a pipe, whose data is gone", hint)
}

/// The parameters of the submission. Parameters that the run logged itself are logged again by the new run.
fn params_given(run: &RunDetail, client: &Client) -> anyhow::Result<Params> {
    let summary = &run.summary;
    let wanted = FactQuery {
        run: Some(summary.id.clone()),
        kind: Some("run.params_logged".to_owned()),
        limit: Some(1),
        ..FactQuery::default()
    };
    let first = client.facts(&wanted)?.items.into_iter().next();
    // Parameters of the submission were recorded together with it.
    let given = first.filter(|fact| fact.time == summary.submitted && fact.actor.id == summary.submitted_by.id);
    let Some(fact) = given else { return Ok(Params::new()) };
    let Some(params) = fact.payload.as_ref().and_then(|payload| payload.get("params")) else {
        let hint =
            format!("`hven show {}` has its command: give the parameters with `hven run --param`", summary.handle);
        return Err(refused(run, NOT_REPEATABLE, "its parameters were erased from the record", hint).into());
    };
    Ok(serde_json::from_value(params.clone())?)
}
