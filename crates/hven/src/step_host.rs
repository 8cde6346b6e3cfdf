//! Makes the runs of the steps of a manifest, in the same way as `hven run`.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use hven_api::{
    queueing::QueueRequest,
    runs::{FileRef, SubmitRun},
};
use hven_client::Client;
use hven_core::manifest::Run;
use hven_steps::{StepCommand, StepHost, Submission, Watch, counted, tolerances_of};
use hven_terminal::{Output, Watched};
use serde_json::Value;

use crate::{
    arg_values::param_value,
    context::Context,
    dataset_tables,
    new_run::{
        self, Caller, CodeFiles, Prepared, RunOptions, RunSettings, StdinChoice, Work, prepare, start_background_work,
        submit_or_put_back, wait_for,
    },
    run_progress,
};

/// Waits for runs, and shows a progress line in a terminal.
#[derive(Debug)]
pub struct Watcher<'a>(pub &'a Arc<Client>);

impl Watch for Watcher<'_> {
    fn watch(&self, run: &str, what: &str, output: &dyn Output) -> anyhow::Result<Watched> {
        run_progress::until_end(self.0, run, what, output)
    }
}

/// Makes the runs of steps.
#[derive(Debug)]
pub struct RunMaker {
    /// Its folder is the folder of the manifest.
    pub context: Context,
    pub client: Arc<Client>,
    /// The process that started the steps.
    pub caller: Caller,
}

impl StepHost for RunMaker {
    type Rest = CodeFiles;

    fn prepare(&self, command: StepCommand<'_>, output: &mut dyn Output) -> anyhow::Result<(SubmitRun, CodeFiles)> {
        let work = work(command, &self.context, self.caller.clone())?;
        let Prepared { submit, code_files, .. } = prepare(work, &self.context, &self.client, output)?;
        Ok((submit, code_files))
    }

    fn submit(&self, submit: &SubmitRun, output: &mut dyn Output) -> anyhow::Result<Submission> {
        Ok(match submit_or_put_back(&self.client, submit, &self.context, output)? {
            new_run::Submission::Started(created) => Submission::New(Box::new(created)),
            new_run::Submission::DoneBefore { run, restored, .. } => Submission::DoneBefore { run, put_back: restored },
        })
    }

    fn send_rest(&self, run: &str, submit: &SubmitRun, rest: CodeFiles) {
        // The process that carries out a step does not follow the run, so it sends the list of file states at once.
        wait_for(&start_background_work(&self.client, run, submit, rest.with_list_sent(&self.client)));
    }

    fn put_table(&self, called: &str, table: &FileRef) -> anyhow::Result<()> {
        dataset_tables::put(&self.client, &self.context.cwd, called, table)
    }
}

/// The command of a step, with the settings of the folder.
fn work(command: StepCommand<'_>, context: &Context, caller: Caller) -> anyhow::Result<Work> {
    let StepCommand { run, words, inputs, project, options } = command;
    let datasets_in = project.cloned();
    let RunSettings { project, resources, limits, retries, env_record, capture_limits } =
        settings(run, project, context)?;
    Ok(Work {
        argv: words.into_iter().map(Into::into).collect(),
        inputs,
        follow_links: run.follow_links,
        include_key_files: Vec::new(),
        outputs: run.outputs.iter().map(|output| PathBuf::from(&output.value)).collect(),
        code: run.code.clone(),
        not_code: Vec::new(),
        capture_limits,
        stdin: stdin(run),
        project,
        datasets_in,
        name: Some(run.name.clone()),
        tags: options.tags.clone(),
        params: run.params.iter().map(|(name, value)| (name.clone(), param(value))).collect(),
        resources,
        limits,
        retries,
        tolerances: tolerances_of(run),
        env_record,
        secrets: run.secrets.clone(),
        despite_checks: options.despite_checks,
        despite_suspicion: options.despite_suspicion.clone(),
        fresh: options.fresh,
        queue: QueueRequest::default(),
        caller,
    })
}

/// A parameter, parsed like the flag of `hven run`: a text that is a number is recorded as a number.
fn param(value: &Value) -> Value {
    param_value(&value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// The standard input of a step: a file that the manifest names. A step never reads the input of `hven run` itself.
fn stdin(run: &Run) -> StdinChoice {
    run.stdin.as_ref().map_or(StdinChoice::Nothing, |file| StdinChoice::Named(Path::new(".").join(&file.value)))
}

/// Resources and limits of a step, completed from the settings of the folder.
fn settings(run: &Run, project: Option<&String>, context: &Context) -> anyhow::Result<RunSettings> {
    let resources = &run.resources;
    let time = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
    let gpus = resources.gpus.map(|gpus| ("gpu".to_owned(), gpus));
    let options = RunOptions {
        project: project.cloned(),
        cpus: resources.cpus.map(counted),
        memory_bytes: resources.memory_bytes,
        named: resources.named.clone().into_iter().chain(gpus).collect(),
        time: resources.time_s.map(time),
        memory_limit_bytes: resources.memory_limit_bytes,
        output_limit_bytes: resources.output_limit_bytes,
        grace: resources.grace_s.map(time),
        retries: run.retries.map(counted),
        env_record: Vec::new(),
    };
    options.resolve(context)
}
