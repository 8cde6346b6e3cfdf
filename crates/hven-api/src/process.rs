//! The settings that a process inherits from the shell, in addition to folder, environment and file mode mask.

use std::collections::BTreeMap;

use hven_core::process as core;
use serde::{Deserialize, Serialize};

/// Limits, niceness, I/O class and processors. A missing setting has its default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProcessSettings {
    /// By name: `as`, `core`, `cpu`, `data`, `fsize`, `memlock`, `nofile`, `nproc`, `stack`; an unnamed one has no limit. By
    /// default all are the runner's own.
    #[serde(default)]
    pub limits: Option<BTreeMap<String, ResourceLimit>>,
    /// From -20 to 19.
    #[serde(default)]
    pub nice: i32,
    #[serde(default)]
    pub io: Option<IoPriority>,
    /// The processors on which it may run, such as `0-3,8`; all by default.
    #[serde(default)]
    pub cpus: Option<String>,
}

/// A limit as `ulimit` sets it, in bytes, seconds or numbers; `null` means no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResourceLimit {
    pub soft: Option<u64>,
    pub hard: Option<u64>,
}

/// The priority of a process in disk access.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IoPriority {
    /// `real_time`, `best_effort` or `idle`.
    pub class: String,
    /// From 0 to 7.
    pub level: u8,
}

impl From<&core::ProcessSettings> for ProcessSettings {
    fn from(settings: &core::ProcessSettings) -> Self {
        let limit = |(name, &core::ResourceLimit { soft, hard }): (&String, &core::ResourceLimit)| {
            (name.clone(), ResourceLimit { soft, hard })
        };
        let io = |io: core::IoPriority| IoPriority { class: io.class.as_str().to_owned(), level: io.level };
        Self {
            limits: settings.limits.as_ref().map(|limits| limits.iter().map(limit).collect()),
            nice: settings.nice,
            io: settings.io.map(io),
            cpus: settings.cpus.clone(),
        }
    }
}
