//! What is to be run, typed: what flags and settings come to, or what a recorded run was made of. From here on both go the
//! same way.

use std::{collections::BTreeMap, ffi::OsString, path::PathBuf};

use hven_api::{
    reproductions::Tolerances,
    runs::{Limits, Resources, SubmitRun},
};
use hven_core::file_name;
use serde_json::Value;

use super::{caller::Caller, handed_on::HandedOn, own_stdin::StdinChoice};
use crate::context::Context;

/// A command with all that was said of it. Paths are meant from the folder in which it runs.
#[derive(Debug)]
pub struct Work {
    pub argv: Vec<OsString>,
    pub inputs: Vec<PathBuf>,
    /// Take what links in input folders lead to instead of the links.
    pub follow_links: bool,
    /// Files of keys that are code all the same.
    pub include_key_files: Vec<PathBuf>,
    pub outputs: Vec<PathBuf>,
    /// Globs of the files that are its code; without any, what git knows or what lies in the folder.
    pub code: Vec<String>,
    /// How much is read to know code and modules.
    pub capture_limits: hven_capture::Limits,
    pub stdin: StdinChoice,
    pub project: Option<String>,
    /// The project in which datasets among the inputs are looked for; without one, that of the folder and then all.
    pub datasets_in: Option<String>,
    pub name: Option<String>,
    /// Tags that the run gets at once.
    pub tags: Vec<String>,
    pub params: BTreeMap<String, Value>,
    pub resources: Resources,
    pub limits: Limits,
    /// Attempts after the first that fails.
    pub retries: u32,
    pub tolerances: Tolerances,
    /// Variables whose values are recorded in readable form, beside those that always are.
    pub env_record: Vec<String>,
    /// Variables whose values are never recorded.
    pub secrets: Vec<String>,
    pub despite_checks: bool,
    pub despite_suspicion: Option<String>,
    /// Run it even when the same work was done before.
    pub fresh: bool,
    /// The process that asks for the run.
    pub caller: Caller,
}

impl Work {
    /// The submission, but for what was captured.
    pub(super) fn submission(self, context: &Context, HandedOn { environment, secrets }: HandedOn) -> SubmitRun {
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
            ..SubmitRun::default()
        }
    }
}
