//! The settings of a new run: resolved from flags, or copied from a recorded run. The code that follows treats both alike.

use std::{collections::BTreeMap, ffi::OsString, path::PathBuf};

use hven_api::{
    queueing::QueueRequest,
    reproductions::Tolerances,
    runs::{Limits, Resources, SubmitRun},
};
use hven_core::file_name;
use serde_json::Value;

use super::{caller::Caller, own_stdin::StdinChoice, task_environment::TaskEnvironment};
use crate::context::Context;

/// A command with all its options. Paths are relative to the folder in which it runs.
#[derive(Debug)]
pub struct Work {
    pub argv: Vec<OsString>,
    pub inputs: Vec<PathBuf>,
    /// Record the targets of links in input folders instead of the links.
    pub follow_links: bool,
    /// Files of keys that are recorded as code.
    pub include_key_files: Vec<PathBuf>,
    pub outputs: Vec<PathBuf>,
    /// Globs of the files that are its code. If empty, its code is the files that git tracks or those in the folder.
    pub code: Vec<String>,
    /// More files in the folder that are not code.
    pub not_code: Vec<PathBuf>,
    /// Limits for the capture of code and modules.
    pub capture_limits: hven_capture::Limits,
    pub stdin: StdinChoice,
    pub project: Option<String>,
    /// The project in which datasets among the inputs are searched. If `None`, the project of the folder and then all projects.
    pub datasets_in: Option<String>,
    pub name: Option<String>,
    /// Tags that the run gets with its submission.
    pub tags: Vec<String>,
    pub params: BTreeMap<String, Value>,
    pub resources: Resources,
    pub limits: Limits,
    /// The maximum number of attempts after the first one fails.
    pub retries: u32,
    pub tolerances: Tolerances,
    /// Variables whose values are recorded in readable form, in addition to those that always are.
    pub env_record: Vec<String>,
    /// Variables whose values are never recorded.
    pub secrets: Vec<String>,
    pub despite_checks: bool,
    pub despite_suspicion: Option<String>,
    /// Run it even if the same work was done before.
    pub fresh: bool,
    /// How it waits for its turn.
    pub queue: QueueRequest,
    /// The process that requests the run.
    pub caller: Caller,
}

impl Work {
    /// The submission without captured data.
    pub(super) fn submission(
        self,
        context: &Context,
        TaskEnvironment { environment, secrets }: TaskEnvironment,
    ) -> SubmitRun {
        SubmitRun {
            argv: self.argv.iter().map(file_name::to_text).collect(),
            cwd: file_name::to_text(&context.cwd),
            project: self.project,
            name: self.name,
            tags: self.tags,
            record_environment: hven_capture::environment::recorded(&environment, &self.env_record),
            environment,
            secrets,
            resources: self.resources,
            limits: self.limits,
            params: self.params,
            retries: self.retries,
            tolerances: self.tolerances,
            despite_checks: self.despite_checks,
            despite_suspicion: self.despite_suspicion,
            fresh: self.fresh,
            queue: self.queue,
            ..SubmitRun::default()
        }
    }
}
