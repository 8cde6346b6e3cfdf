//! What a run reserves, where it is stopped and the like: what was said of it, and the settings where nothing was said.

use std::{collections::BTreeMap, time::Duration};

use hven_api::runs::{Limits, Resources};

use crate::{capture_limits::capture_limits, context::Context};

/// What was said of a run where it was asked for.
#[derive(Clone, Debug, Default)]
pub struct Said {
    pub project: Option<String>,
    pub cpus: Option<u32>,
    pub memory_bytes: Option<u64>,
    /// Named resources; no setting has any.
    pub named: BTreeMap<String, u64>,
    pub time: Option<Duration>,
    pub memory_limit_bytes: Option<u64>,
    pub output_limit_bytes: Option<u64>,
    pub grace: Option<Duration>,
    pub retries: Option<u32>,
    /// Variables whose values are recorded, too; the setting counts when there is none.
    pub env_record: Vec<String>,
}

/// The same with the settings.
#[derive(Clone, Debug)]
pub struct RunSettings {
    pub project: Option<String>,
    pub resources: Resources,
    pub limits: Limits,
    /// Attempts after the first that fails.
    pub retries: u32,
    pub env_record: Vec<String>,
    /// How much is read to know code and modules.
    pub capture_limits: hven_capture::Limits,
}

impl Said {
    /// Adds the settings of the folder, the environment and the home. A setting that something was said about is not looked at.
    pub fn resolve(self, context: &Context) -> anyhow::Result<RunSettings> {
        let settings = context.settings()?.with_flag("project", self.project);
        let env_record = settings.names("defaults.env_record", &self.env_record)?;
        let bytes = |said: Option<u64>, name| said.map_or_else(|| settings.bytes(name), |said| Ok(Some(said)));
        let seconds = |said: Option<Duration>, name| -> anyhow::Result<Option<f64>> {
            let time = said.map_or_else(|| settings.duration(name), |said| Ok(Some(said)))?;
            Ok(time.map(|time| time.as_secs_f64()))
        };
        let number = |said: Option<u32>, name| said.map_or_else(|| settings.number(name), |said| Ok(Some(said)));
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
