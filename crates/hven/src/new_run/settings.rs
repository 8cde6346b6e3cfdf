//! Resources, limits and other options of a run: those given in its request, and the configured settings for the others.

use std::{collections::BTreeMap, time::Duration};

use hven_api::runs::{Limits, Resources};

use crate::{capture_limits::capture_limits, context::Context};

/// The options given in the request for a run.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    pub project: Option<String>,
    pub cpus: Option<u32>,
    pub memory_bytes: Option<u64>,
    /// Named resources. There is no setting for them.
    pub named: BTreeMap<String, u64>,
    pub time: Option<Duration>,
    pub memory_limit_bytes: Option<u64>,
    pub output_limit_bytes: Option<u64>,
    pub grace: Option<Duration>,
    pub retries: Option<u32>,
    /// More variables whose values are recorded. If empty, the setting applies.
    pub env_record: Vec<String>,
}

/// The options of a run, completed from the settings.
#[derive(Clone, Debug)]
pub struct RunSettings {
    pub project: Option<String>,
    pub resources: Resources,
    pub limits: Limits,
    /// The maximum number of attempts after the first one fails.
    pub retries: u32,
    pub env_record: Vec<String>,
    /// Limits for the capture of code and modules.
    pub capture_limits: hven_capture::Limits,
}

impl RunOptions {
    /// Adds the settings of the folder, the environment and the home. A setting is only read if its option was not given.
    pub fn resolve(self, context: &Context) -> anyhow::Result<RunSettings> {
        let settings = context.settings()?.with_flag("project", self.project);
        let env_record = settings.names("defaults.env_record", &self.env_record)?;
        let bytes = |given: Option<u64>, name| given.map_or_else(|| settings.bytes(name), |given| Ok(Some(given)));
        let seconds = |given: Option<Duration>, name| -> anyhow::Result<Option<f64>> {
            let time = given.map_or_else(|| settings.duration(name), |given| Ok(Some(given)))?;
            Ok(time.map(|time| time.as_secs_f64()))
        };
        let number = |given: Option<u32>, name| given.map_or_else(|| settings.number(name), |given| Ok(Some(given)));
        Ok(RunSettings {
            capture_limits: capture_limits(&settings)?,
            project: settings.text("project")?,
            resources: Resources {
                cpus: number(self.cpus, "defaults.cpus")?,
                memory_bytes: bytes(self.memory_bytes, "defaults.memory")?,
                named: self.named,
            },
            limits: Limits {
                wall_s: seconds(self.time, "defaults.time")?,
                memory_bytes: bytes(self.memory_limit_bytes, "defaults.memory_limit")?,
                output_bytes: bytes(self.output_limit_bytes, "defaults.output_limit")?,
                grace_s: seconds(self.grace, "defaults.grace")?,
            },
            retries: number(self.retries, "defaults.retries")?.unwrap_or(0),
            env_record,
        })
    }
}
