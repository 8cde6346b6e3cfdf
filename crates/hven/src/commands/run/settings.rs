//! The settings of `hven run`, resolved from flags, environment, manifest and home before the command does anything.

use hven_api::queueing::QueueRequest;
use hven_client::Failure;
use hven_steps::StepOptions;

use super::{args::RunArgs, named_run};
use crate::{
    arg_values::param_value,
    context::Context,
    new_run::{Caller, RunOptions, RunSettings, StdinChoice, Work},
};

/// Either one command or steps of the manifest.
#[derive(Debug)]
pub(super) enum RunTarget {
    Command {
        work: Box<Work>,
        detach: bool,
    },
    /// The steps of the manifest.
    Steps(StepSettings),
}

/// The steps of the manifest to carry out, and their options.
#[derive(Debug)]
pub(super) struct StepSettings {
    /// These steps and the steps that they need. If empty, all steps.
    pub(super) steps: Vec<String>,
    /// Only print which steps would run.
    pub(super) plan: bool,
    pub(super) detach: bool,
    pub(super) project: Option<String>,
    pub(super) options: StepOptions,
    pub(super) caller: Caller,
}

pub(super) fn resolve(args: &RunArgs, context: &Context) -> anyhow::Result<RunTarget> {
    if args.command.is_empty() {
        return Ok(RunTarget::Steps(step_settings(args)?));
    }
    if args.plan || !args.step.is_empty() {
        return Err(Failure::new("usage", "--plan and --step are for the steps of hven.toml, not for a command").into());
    }
    named_run::refuse(&args.command, context)?;
    Ok(RunTarget::Command { work: Box::new(work(args, context)?), detach: args.detach })
}

fn work(args: &RunArgs, context: &Context) -> anyhow::Result<Work> {
    context.check_home()?;
    let stdin = StdinChoice::of(args.stdin.as_deref(), args.detach)?;
    let options = RunOptions {
        project: args.project.clone(),
        cpus: args.cpus,
        memory_bytes: args.memory,
        named: args.resource.iter().cloned().collect(),
        time: args.time,
        memory_limit_bytes: args.memory_limit,
        output_limit_bytes: args.output_limit,
        grace: args.grace,
        retries: args.retries,
        env_record: args.env_record.clone(),
    };
    let RunSettings { project, resources, limits, retries, env_record, capture_limits } = options.resolve(context)?;
    Ok(Work {
        argv: args.command.clone(),
        inputs: args.input.clone(),
        follow_links: args.follow_links,
        include_key_files: args.include_key_file.clone(),
        outputs: args.output.clone(),
        code: Vec::new(),
        capture_limits,
        stdin,
        project,
        datasets_in: args.project.clone(),
        name: args.name.clone(),
        tags: args.tag.clone(),
        params: args.param.iter().map(|(name, value)| (name.clone(), param_value(value))).collect(),
        resources,
        limits,
        retries,
        tolerances: args.tolerances.wanted(),
        env_record,
        secrets: args.secret.clone(),
        despite_checks: args.despite_checks,
        despite_suspicion: args.despite_suspicion.clone(),
        fresh: args.fresh,
        queue: QueueRequest {
            priority: args.priority.unwrap_or_default().into(),
            held: args.hold,
            after: args.after.iter().map(|run| context.run_name(run.trim())).collect::<anyhow::Result<_>>()?,
            start_by: args.deadline.map(|time| time.to_string()),
        },
        caller: Caller::this_process(),
    })
}

/// The first given flag that only a command can have. A step has such settings in the manifest.
fn flag_of_a_command(args: &RunArgs) -> Option<&'static str> {
    let given = [
        ("--input", !args.input.is_empty()),
        ("--follow-links", args.follow_links),
        ("--include-key-file", !args.include_key_file.is_empty()),
        ("--output", !args.output.is_empty()),
        ("--name", args.name.is_some()),
        ("--cpus", args.cpus.is_some()),
        ("--memory", args.memory.is_some()),
        ("--time", args.time.is_some()),
        ("--memory-limit", args.memory_limit.is_some()),
        ("--output-limit", args.output_limit.is_some()),
        ("--grace", args.grace.is_some()),
        ("--resource", !args.resource.is_empty()),
        ("--retries", args.retries.is_some()),
        ("--tolerance", args.tolerances.tolerance.is_some()),
        ("--within", !args.tolerances.within.is_empty()),
        ("--env-record", !args.env_record.is_empty()),
        ("--secret", !args.secret.is_empty()),
        ("--param", !args.param.is_empty()),
        ("--stdin", args.stdin.is_some()),
        ("--after", !args.after.is_empty()),
        ("--priority", args.priority.is_some()),
        ("--deadline", args.deadline.is_some()),
        ("--hold", args.hold),
    ];
    given.into_iter().find(|(_, is_given)| *is_given).map(|(flag, _)| flag)
}

/// The settings for the steps of the manifest. Options for a command are an error here.
fn step_settings(args: &RunArgs) -> anyhow::Result<StepSettings> {
    if let Some(flag) = flag_of_a_command(args) {
        return Err(Failure::new("usage", format!("there is no command to run, and {flag} is for a command"))
            .hint("write the command behind --, as in `hven run -i data.csv -o fit.svg -- python fit.py`; hven.toml has the settings of its steps")
            .into());
    }
    if args.plan && args.detach {
        return Err(Failure::new("usage", "--plan runs nothing, so there is nothing to detach from").into());
    }
    Ok(StepSettings {
        steps: args.step.clone(),
        plan: args.plan,
        detach: args.detach,
        project: args.project.clone(),
        options: StepOptions {
            fresh: args.fresh,
            tags: args.tag.clone(),
            despite_checks: args.despite_checks,
            despite_suspicion: args.despite_suspicion.clone(),
        },
        caller: Caller::this_process(),
    })
}
