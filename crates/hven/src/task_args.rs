//! The arguments of commands that are run: `hven run` and `hven map` have them in common.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_api::queueing::QueueRequest;
use hven_client::Failure;
use hven_core::queueing::Priority;
use jiff::Timestamp;

use crate::{
    arg_values::{param_value, parse_bytes, parse_deadline, parse_duration, parse_pair, parse_resource},
    complete,
    context::Context,
    new_run::{Caller, RunOptions, RunSettings, StdinChoice, Work},
    tolerances::ToleranceArgs,
};

#[derive(Clone, Debug, Default, Args)]
pub struct TaskArgs {
    /// Files or folders that the command reads; `dataset:NAME` puts a dataset at .hven-data/NAME.parquet
    #[arg(short, long, num_args = 1.., value_name = "FILE", value_hint = clap::ValueHint::AnyPath)]
    pub input: Vec<PathBuf>,
    /// Record the targets of links in input folders, also outside of the folder, instead of the links
    #[arg(long)]
    pub follow_links: bool,
    /// Files of keys or passwords that belong to the code: their bytes are recorded
    #[arg(long, num_args = 1.., value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub include_key_file: Vec<PathBuf>,
    /// Files or folders that it makes; they are kept in the home
    #[arg(short, long, num_args = 1.., value_name = "PATH", value_hint = clap::ValueHint::AnyPath)]
    pub output: Vec<PathBuf>,
    /// A name for the run
    #[arg(long)]
    pub name: Option<String>,
    /// Tags for the run; may be repeated. Without a command: for the runs of all steps
    #[arg(long, value_delimiter = ',', value_name = "TAG", add = ArgValueCompleter::new(complete::tags))]
    pub tag: Vec<String>,
    /// The project it belongs to, such as astro/kepler
    #[arg(long)]
    pub project: Option<String>,
    /// Cores to reserve
    #[arg(long, value_name = "N")]
    pub cpus: Option<u32>,
    /// Memory to reserve, such as 8GiB
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes)]
    pub memory: Option<u64>,
    /// Stop it after this time, such as 2h
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub time: Option<Duration>,
    /// Stop it above this much memory
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes)]
    pub memory_limit: Option<u64>,
    /// Stop it when its outputs are larger than this
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes)]
    pub output_limit: Option<u64>,
    /// The time between TERM and KILL when it is stopped
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub grace: Option<Duration>,
    /// Units of a named resource to reserve, such as gpu=1
    #[arg(long, value_name = "NAME=N", value_parser = parse_resource)]
    pub resource: Vec<(String, u64)>,
    /// Attempts after the first that fails
    #[arg(long, value_name = "N")]
    pub retries: Option<u32>,
    #[command(flatten)]
    pub tolerances: ToleranceArgs,
    /// More environment variables whose values are recorded in readable form; all count by keyed digests
    #[arg(long, num_args = 1.., value_delimiter = ',', value_name = "NAME")]
    pub env_record: Vec<String>,
    /// Environment variables whose values are never recorded, and masked in the log
    #[arg(long, num_args = 1.., value_delimiter = ',', value_name = "NAME")]
    pub secret: Vec<String>,
    /// Parameters to record
    #[arg(long, num_args = 1.., value_name = "NAME=VALUE", value_parser = parse_pair)]
    pub param: Vec<(String, String)>,
    /// A file for its standard input, or `none` for nothing [default: what this command has]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub stdin: Option<PathBuf>,
    /// Run it even when the same work was done before
    #[arg(long)]
    pub fresh: bool,
    /// Start it before runs with a lower priority, from -100 to 100 [default: 0]; only owners of the home give more than 0
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub priority: Option<Priority>,
    /// End it without a start if it has not started by then: after 2h, at 2026-12-24 18:00
    #[arg(long, value_name = "TIME", value_parser = parse_deadline, allow_hyphen_values = true)]
    pub deadline: Option<Timestamp>,
    /// Runs that must succeed before it starts; may be repeated. If one does not, it ends without a start. `hven map` also takes
    /// arrays, as in array/3
    #[arg(long, value_delimiter = ',', value_name = "RUN", add = ArgValueCompleter::new(complete::runs))]
    pub after: Vec<String>,
    /// Do not start it until `hven release`
    #[arg(long)]
    pub hold: bool,
    /// Do not follow it
    #[arg(short, long)]
    pub detach: bool,
    /// Run it although a dataset that it reads does not meet its checks
    #[arg(long)]
    pub despite_checks: bool,
    /// Run it although what it reads rests on something retracted: why
    #[arg(long, value_name = "TEXT")]
    pub despite_suspicion: Option<String>,
}

/// The first resource that is named more than once.
pub fn named_twice(resources: &[(String, u64)]) -> Option<&str> {
    let twice =
        resources.iter().enumerate().find(|(at, (name, _))| resources[..*at].iter().any(|(other, _)| other == name));
    twice.map(|(_, (name, _))| name.as_str())
}

impl TaskArgs {
    /// The run of a command with these arguments.
    pub fn work(&self, command: &[OsString], stdin: StdinChoice, context: &Context) -> anyhow::Result<Work> {
        context.check_home()?;
        if let Some(name) = named_twice(&self.resource) {
            return Err(Failure::new("usage", format!("--resource {name} is given twice"))
                .hint(format!("say it once, with the sum: --resource {name}=N"))
                .into());
        }
        let options = RunOptions {
            project: self.project.clone(),
            cpus: self.cpus,
            memory_bytes: self.memory,
            named: self.resource.iter().cloned().collect(),
            time: self.time,
            memory_limit_bytes: self.memory_limit,
            output_limit_bytes: self.output_limit,
            grace: self.grace,
            retries: self.retries,
            env_record: self.env_record.clone(),
        };
        let RunSettings { project, resources, limits, retries, env_record, capture_limits } =
            options.resolve(context)?;
        Ok(Work {
            argv: command.to_vec(),
            inputs: self.input.clone(),
            follow_links: self.follow_links,
            include_key_files: self.include_key_file.clone(),
            outputs: self.output.clone(),
            code: Vec::new(),
            not_code: Vec::new(),
            capture_limits,
            stdin,
            project,
            datasets_in: self.project.clone(),
            name: self.name.clone(),
            tags: self.tag.clone(),
            params: self.param.iter().map(|(name, value)| (name.clone(), param_value(value))).collect(),
            resources,
            limits,
            retries,
            tolerances: self.tolerances.wanted(),
            env_record,
            secrets: self.secret.clone(),
            despite_checks: self.despite_checks,
            despite_suspicion: self.despite_suspicion.clone(),
            fresh: self.fresh,
            queue: QueueRequest {
                priority: self.priority.unwrap_or_default().into(),
                held: self.hold,
                after: self.after.iter().map(|run| context.run_name(run.trim())).collect::<anyhow::Result<_>>()?,
                start_by: self.deadline.map(|time| time.to_string()),
            },
            caller: Caller::this_process(),
        })
    }
}
