//! Runners: programs that start processes for one Unix user in one pool.

use serde::{Deserialize, Serialize};

use crate::{
    RunnerId,
    resources::{ResourceUnits, Resources},
};

macro_rules! noun {
    ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
        facts {
            RunnerEnrolled($crate::runner::Enrolled) = "runner.enrolled" version 1, about |p| Some(p.runner.into());
            RunnerGone($crate::runner::Gone) = "runner.gone" version 1, about |p| Some(p.runner.into());
        }
        nodes {}
        subjects { Runner($crate::RunnerId); }
    } };
}
pub(crate) use noun;

/// A runner attached for the first time, or attached again with other properties.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Enrolled {
    pub runner: RunnerId,
    pub pool: String,
    pub host: String,
    /// The resources that its attempts may use together.
    pub capacity: Resources,
    pub version: String,
    /// The units of the resources whose units have names.
    #[serde(default, skip_serializing_if = "ResourceUnits::is_empty")]
    pub units: ResourceUnits,
}

/// A runner is certainly gone: its process is known to have ended. Silence alone is never enough.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gone {
    pub runner: RunnerId,
    pub evidence: String,
}

crate::sample::sampled! {
    Enrolled { runner, pool, host, capacity, version, units }
    Gone { runner, evidence }
}
