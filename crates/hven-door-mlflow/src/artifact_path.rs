//! Where a file of MLflow lies in a run. MLflow names a file by its place in one tree: `{experiment}/{run}/artifacts/{path}` for a file of a
//! run, `{experiment}/models/{model}/artifacts/{path}` for one of a logged model. Here it is an output of a run: of the run itself, or of
//! the run that made the model, in the folder `models/{model}`.

use hven_app::{App, Caller};
use hven_core::{RunId, staging::check_path};

use crate::{
    answer::{Answer, Fault},
    kept::{self, Collection},
    logged_models,
};

/// A file or a folder of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ArtifactPath {
    pub(crate) run: RunId,
    /// The folder of the artifacts in the run; empty, or with a slash at its end.
    pub(crate) root: String,
    /// Below the root; empty for the root itself.
    pub(crate) path: String,
}

impl ArtifactPath {
    /// The path in the run.
    pub(crate) fn full(&self) -> String {
        format!("{}{}", self.root, self.path)
    }
}

pub(crate) fn missing(path: &str) -> Fault {
    Fault::missing(format!("No such artifact: '{path}'"))
}

/// Finds the run of a path in the tree.
pub(crate) async fn find(app: &App, caller: &Caller, path: &str) -> Answer<ArtifactPath> {
    let path = path.trim_matches('/');
    let mut parts = path.splitn(4, '/');
    let (Some(_), Some(second), Some(third)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(missing(path));
    };
    let rest = parts.next().unwrap_or_default();
    let (run, root, rest) = if second == "models" {
        let (artifacts, rest) = rest.split_once('/').unwrap_or((rest, ""));
        if artifacts != "artifacts" {
            return Err(missing(path));
        }
        let model = kept::one(app, caller, Collection::LoggedModel, third).await?.ok_or_else(|| missing(path))?;
        let run = logged_models::run_of(&model.kept.body).ok_or_else(|| missing(path))?;
        (run, format!("models/{third}/"), rest)
    } else if third == "artifacts" {
        (second.parse().map_err(|_| missing(path))?, String::new(), rest)
    } else {
        return Err(missing(path));
    };
    if !rest.is_empty() {
        check_path(rest).map_err(|why| Fault::invalid(format!("Invalid path: {rest:?} {why}")))?;
    }
    Ok(ArtifactPath { run, root, path: rest.to_owned() })
}
