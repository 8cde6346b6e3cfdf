//! Runs whose work is done elsewhere, and reported by a client.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{file_ref::FileRef, run_name::RunName};

/// `POST /runs/external`: work began elsewhere.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OpenRun {
    /// The id that the run has in another tracker: 32 hexadecimal digits that are no UUID of version 7, because those are Hven's own.
    /// By default a new one. A call that opens the same run again changes nothing.
    #[serde(default)]
    pub id: Option<String>,
    /// By default the project `home`.
    #[serde(default)]
    pub project: Option<String>,
    #[serde(default)]
    pub name: Option<String>,
    /// The kind of program that reports the run, such as `python`.
    pub source: String,
    /// The command word by word.
    #[serde(default)]
    pub command: Vec<String>,
    /// The machine and the folder in which the work is done.
    #[serde(default)]
    pub host: Option<String>,
    #[serde(default)]
    pub folder: Option<String>,
    /// When it began; by default now.
    #[serde(default)]
    pub started: Option<String>,
    /// The run in which it was started.
    #[serde(default)]
    pub parent: Option<String>,
    /// After how many seconds without a report its state is `unknown`: 5 to 2,592,000, by default 300.
    #[serde(default)]
    pub silent_after_s: Option<f64>,
    #[serde(default)]
    pub params: BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    pub tags: Vec<String>,
}

/// The answer to a report: the run, and its state.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportedRun {
    pub schema: String,
    pub run: RunName,
    /// `stopping` means that a user requested its end: the reporter should end the work, and close the run as `cancelled`.
    pub state: String,
    /// Its page in a browser.
    pub url: String,
}

/// `POST /runs/{run}/outputs`: files that the run made. Their bytes were uploaded before.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AddFiles {
    pub files: Vec<FileRef>,
}

/// `POST /runs/{run}/close`: the work has ended.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CloseRun {
    /// `done`, `failed` or `cancelled`.
    pub state: String,
    /// Why it failed.
    #[serde(default)]
    pub why: Option<String>,
    /// When it ended, by the clock of the reporter; by default now.
    #[serde(default)]
    pub ended: Option<String>,
}

/// Work that is done elsewhere, as its reporter described it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExternalWork {
    pub source: String,
    pub command: Vec<String>,
    pub host: Option<String>,
    pub folder: Option<String>,
    pub started: String,
    pub silent_after_s: f64,
    /// The id of the run in which it was started.
    pub parent: Option<String>,
}
