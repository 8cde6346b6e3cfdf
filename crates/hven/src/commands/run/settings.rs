//! The settings of `hven run`, resolved from flags, environment, manifest and home before the command does anything.

use hven_client::Failure;
use hven_steps::StepOptions;

use super::{args::RunArgs, named_run};
use crate::{
    context::Context,
    new_run::{Caller, StdinChoice, Work},
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
    Ok(RunTarget::Command { work: Box::new(work(args, context)?), detach: args.task.detach })
}

fn work(args: &RunArgs, context: &Context) -> anyhow::Result<Work> {
    let stdin = StdinChoice::of(args.task.stdin.as_deref(), args.task.detach)?;
    args.task.work(&args.command, stdin, context)
}

/// The first given flag that only a command can have. A step has such settings in the manifest.
fn flag_of_a_command(args: &RunArgs) -> Option<&'static str> {
    let given = [
        ("--input", !args.task.input.is_empty()),
        ("--follow-links", args.task.follow_links),
        ("--include-key-file", !args.task.include_key_file.is_empty()),
        ("--output", !args.task.output.is_empty()),
        ("--name", args.task.name.is_some()),
        ("--cpus", args.task.cpus.is_some()),
        ("--memory", args.task.memory.is_some()),
        ("--time", args.task.time.is_some()),
        ("--memory-limit", args.task.memory_limit.is_some()),
        ("--output-limit", args.task.output_limit.is_some()),
        ("--grace", args.task.grace.is_some()),
        ("--resource", !args.task.resource.is_empty()),
        ("--retries", args.task.retries.is_some()),
        ("--tolerance", args.task.tolerances.tolerance.is_some()),
        ("--within", !args.task.tolerances.within.is_empty()),
        ("--env-record", !args.task.env_record.is_empty()),
        ("--secret", !args.task.secret.is_empty()),
        ("--param", !args.task.param.is_empty()),
        ("--stdin", args.task.stdin.is_some()),
        ("--after", !args.task.after.is_empty()),
        ("--priority", args.task.priority.is_some()),
        ("--deadline", args.task.deadline.is_some()),
        ("--hold", args.task.hold),
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
    if args.plan && args.task.detach {
        return Err(Failure::new("usage", "--plan runs nothing, so there is nothing to detach from").into());
    }
    Ok(StepSettings {
        steps: args.step.clone(),
        plan: args.plan,
        detach: args.task.detach,
        project: args.task.project.clone(),
        options: StepOptions {
            fresh: args.task.fresh,
            tags: args.task.tag.clone(),
            despite_checks: args.task.despite_checks,
            despite_suspicion: args.task.despite_suspicion.clone(),
        },
        caller: Caller::this_process(),
    })
}
