//! A manifest with all that its steps share, and how one step went.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use hven_api::{datasets::DatasetSummary, runs::FileRef};
use hven_client::{Client, Failure};
use hven_core::{
    manifest::{Manifest, Step, StepId},
    recipe::RecipeList,
};
use hven_terminal::{StepLine, StepState};

/// What of the manifest is wanted.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only these steps and what they need; all when empty.
    pub steps: Vec<String>,
    /// Only say what would be done.
    pub plan: bool,
    /// Do it even when it was done before.
    pub fresh: bool,
    pub project: Option<String>,
    /// Tags for the runs of the steps.
    pub tags: Vec<String>,
    pub despite_checks: bool,
    /// Do it although what a step reads rests on something retracted: why.
    pub despite_suspicion: Option<String>,
}

/// What a study is done with.
#[derive(Debug)]
pub struct Given {
    pub manifest: Manifest,
    pub client: Arc<Client>,
    /// The project of the runs, datasets and claims.
    pub project: Option<String>,
    pub wanted: Wanted,
    /// The recipes that steps may ask for.
    pub recipes: RecipeList,
}

/// A manifest with all that its steps share.
pub struct Study<'a, H> {
    pub manifest: Manifest,
    /// The folder of the manifest: its paths are relative to it.
    pub folder: PathBuf,
    pub client: Arc<Client>,
    pub project: Option<String>,
    pub wanted: Wanted,
    pub recipes: RecipeList,
    pub hands: &'a H,
    /// The datasets of this manifest as they are now.
    pub datasets: BTreeMap<String, DatasetSummary>,
    /// While it plans: what steps made that are up to date, by its path. `hven run` would put it in place.
    pub made: BTreeMap<String, FileRef>,
}

/// How one step went.
pub struct Went {
    pub state: StepState,
    /// What came out, or why it would be done.
    pub text: String,
    pub page: Option<String>,
    /// What was found of its files.
    pub notes: Vec<String>,
}

impl Went {
    pub fn new(state: StepState, text: impl Into<String>) -> Self {
        Self { state, text: text.into(), page: None, notes: Vec::new() }
    }

    pub fn line_of(self, step: &Step, width: usize) -> StepLine {
        let Self { state, text, page, notes } = self;
        StepLine { step: step.id.to_string(), state, text, page, notes, width }
    }
}

impl<H> Study<'_, H> {
    /// A dataset as a step names it: of this manifest as it is now, or of the home.
    pub fn dataset_name(&self, name: &str, version: Option<u64>, part: Option<&str>) -> String {
        let whole = match (version, self.datasets.get(name)) {
            (Some(version), _) => format!("{name}@{version}"),
            (None, Some(dataset)) => dataset.reference.clone(),
            (None, None) => name.to_owned(),
        };
        part.map_or(whole.clone(), |part| format!("{whole}.{part}"))
    }
}

pub fn missing(id: &StepId) -> anyhow::Error {
    Failure::new("internal", format!("the step {id} is in the plan and not in the manifest")).into()
}
