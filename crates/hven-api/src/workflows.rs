//! Workflows on the wire: the steps of a manifest, carried out by the server.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{actor::Actor, lineage::Node, process::ProcessSettings, sentence::Sentence};

/// `POST /workflows`: starts a workflow. Only the owner of the home's files may do so, because the steps run as their Unix
/// user.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StartWorkflow {
    /// The project of the runs, datasets and claims.
    #[serde(default)]
    pub project: Option<String>,
    /// The folder of the manifest, an absolute path. The steps work in it.
    pub folder: String,
    /// The text of the manifest.
    pub manifest: String,
    /// In the order in which they are carried out.
    pub steps: Vec<NewStep>,
    /// Carry out a step even when the same work was done before.
    #[serde(default)]
    pub fresh: bool,
    /// Tags for the runs of the steps.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Use datasets that do not meet their checks.
    #[serde(default)]
    pub despite_checks: bool,
    /// Use what is not sound, for this reason.
    #[serde(default)]
    pub despite_suspicion: Option<String>,
    /// The environment of the steps. It is kept outside of the record until the end of the workflow.
    pub environment: BTreeMap<String, String>,
    /// The file mode mask of the steps.
    #[serde(default)]
    pub umask: Option<u32>,
    #[serde(default)]
    pub process: Option<ProcessSettings>,
    /// The files to which the caller prints: they are not part of the code.
    #[serde(default)]
    pub prints_to: Vec<String>,
}

/// A step of a new workflow.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewStep {
    /// `data.NAME`, `run.NAME` or `claim.NAME`.
    pub name: String,
    /// Positions of the steps whose results it reads, counted from 0. All come before it.
    #[serde(default)]
    pub needs: Vec<u32>,
}

/// A workflow as a list shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkflowSummary {
    pub id: String,
    /// The name for people: `workflow/3`.
    pub name: String,
    pub project: String,
    /// The folder of the manifest.
    pub folder: String,
    /// The digest of the text of the manifest.
    pub manifest: String,
    /// `running`, `done`, `incomplete` (a step failed, or a claim does not hold), `stopped` (it could not go on) or `cancelled`.
    pub state: String,
    /// The person on whose behalf the steps are carried out.
    pub started_by: Actor,
    pub started: String,
    /// `null` while it goes on.
    pub ended: Option<String>,
    pub ended_by: Option<Actor>,
    pub steps: u32,
    /// How many steps ended.
    pub steps_ended: u32,
    /// How many steps ended without the wanted result.
    pub steps_not_well: u32,
    /// Why it was stopped.
    pub because: Option<String>,
    /// The same as a sentence, if it is one of Hven's own.
    pub because_said: Option<Sentence>,
}

/// `GET /workflows/{workflow}`: a workflow with its steps.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkflowDetail {
    pub schema: String,
    pub workflow: WorkflowSummary,
    /// In the order in which they are carried out.
    pub steps: Vec<WorkflowStep>,
}

/// A step of a workflow.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkflowStep {
    pub name: String,
    /// Positions of the steps whose results it reads, counted from 0.
    pub needs: Vec<u32>,
    /// `waiting`, `preparing` (its code and inputs are recorded, or its result is), `running` (it waits for its run), and at the end
    /// `done`, `up_to_date`, `failed`, `blocked` (a step that it needs has no result), `holds`, `still_holds`, `fails` or
    /// `cannot_tell`. In a workflow that ended without it: `not_done`.
    pub state: String,
    /// The run that does or did the work.
    pub run: Option<Node>,
    /// The dataset or the claim.
    pub result: Option<Node>,
    /// Why an earlier run of the same step is not up to date.
    pub because: Vec<String>,
    /// Outputs of an earlier run that were written to the folder again.
    pub put_back: PutBack,
    /// Why it could not be carried out.
    pub error: Option<StepError>,
}

/// How many files, links and empty folders were written to the folder again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PutBack {
    /// Files and links.
    pub files: u64,
    /// How many of these replaced another file or link.
    pub replaced: u64,
    /// Empty folders.
    pub folders: u64,
}

/// Why a step could not be carried out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StepError {
    pub code: String,
    pub message: String,
    pub hint: Option<String>,
}
