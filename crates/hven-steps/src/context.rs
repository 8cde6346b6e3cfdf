//! Data that all steps of a manifest share, and the selection of steps.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use hven_api::{datasets::DatasetSummary, runs::FileRef};
use hven_client::{Client, Failure};
use hven_core::{
    manifest::{Manifest, Outside, StepId, StepPlan},
    recipe::RecipeList,
};

use crate::manifest_file::ManifestFile;

/// Options for carrying out the steps.
#[derive(Clone, Debug, Default)]
pub struct StepOptions {
    /// Carry out a step even if the same work was done before.
    pub fresh: bool,
    /// Tags for the runs of the steps.
    pub tags: Vec<String>,
    /// Use datasets that do not meet their checks.
    pub despite_checks: bool,
    /// Use data that is not sound, for this reason.
    pub despite_suspicion: Option<String>,
}

/// A manifest, and the data that its steps share.
#[derive(Debug)]
pub struct StepContext<'a, H> {
    pub manifest: Manifest,
    /// The folder of the manifest: its paths are relative to it.
    pub folder: PathBuf,
    pub client: Arc<Client>,
    /// The project of the runs, datasets and claims.
    pub project: Option<String>,
    pub options: StepOptions,
    /// The recipes that steps may use.
    pub recipes: RecipeList,
    pub host: &'a H,
    /// The datasets of this manifest that are imported, by their names in it.
    pub datasets: BTreeMap<String, DatasetSummary>,
    /// For a plan: the outputs of steps that are up to date, by their paths. `hven run` would put them back into the folder.
    pub made: BTreeMap<String, FileRef>,
}

impl<H> StepContext<'_, H> {
    /// The name of a dataset for the server: the given version, the version that this manifest imported, or the newest of the home.
    pub fn dataset_name(&self, name: &str, version: Option<u64>, part: Option<&str>) -> String {
        let whole = match (version, self.datasets.get(name)) {
            (Some(version), _) => format!("{name}@{version}"),
            (None, Some(dataset)) => dataset.reference.clone(),
            (None, None) => name.to_owned(),
        };
        part.map_or(whole.clone(), |part| format!("{whole}.{part}"))
    }
}

/// The steps of a manifest in their order: all steps, or the named steps and those that they need.
pub fn planned_steps(
    found: &ManifestFile,
    manifest: &Manifest,
    recipes: RecipeList,
    names: &[String],
    client: &Client,
    project: Option<&str>,
) -> anyhow::Result<StepPlan> {
    manifest.check_recipes(recipes).map_err(|problems| found.wrong(&problems))?;
    let exists = |outside: &Outside| match outside {
        Outside::Path(path) => found.folder().join(path).exists(),
        Outside::Dataset { name, version } => {
            let name = version.map_or_else(|| name.clone(), |version| format!("{name}@{version}"));
            client.dataset(&name, project).is_ok()
        }
    };
    let plan = manifest.plan(&exists).map_err(|problems| found.wrong(&problems))?;
    let plan = selected(&plan, names)?;
    if plan.steps.is_empty() {
        return Err(Failure::new("manifest.invalid", format!("{} has no steps", found.shown))
            .hint("add [data.NAME], [run.NAME] or [claim.NAME]; `hven init` writes an example")
            .into());
    }
    Ok(plan)
}

/// The plan for the named steps and those that they need. If no step is named, the whole plan.
pub fn selected(plan: &StepPlan, names: &[String]) -> anyhow::Result<StepPlan> {
    if names.is_empty() {
        return Ok(plan.clone());
    }
    let mut targets = Vec::with_capacity(names.len());
    for name in names {
        targets.push(plan.find(name).ok_or_else(|| {
            let there: Vec<String> = plan.steps.iter().map(|step| step.id.to_string()).collect();
            Failure::new("not_found", format!("there is no step {name:?}"))
                .hint(format!("there are {}", there.join(", ")))
        })?);
    }
    Ok(plan.only(&targets))
}

/// The error for a planned step that the manifest does not have.
pub fn missing(id: &StepId) -> anyhow::Error {
    Failure::new("internal", format!("the step {id} is in the plan and not in the manifest")).into()
}
