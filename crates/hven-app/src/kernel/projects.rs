//! Lists and makes projects.

use hven_core::{
    Fact,
    access::Role,
    project::{self, ProjectPath},
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        floor::Kernel,
    },
    ports::people::ProjectView,
};

pub async fn list(kernel: &Kernel, caller: &Caller) -> AppResult<Vec<ProjectView>> {
    caller.require_reader()?;
    let all = kernel.ports.views.projects().await?;
    Ok(all.into_iter().filter(|project| caller.may(Role::Viewer, &project.path)).collect())
}

/// Makes a project. Members of a project may make projects below it.
pub async fn add(kernel: &Kernel, caller: &Caller, path: ProjectPath, key: Option<String>) -> AppResult<()> {
    caller.require(Role::Member, &path)?;
    if kernel.ports.views.has_project(&path).await? {
        return Err(AppError::Conflict(format!("the project {path} is there already")));
    }
    kernel.record(caller.actor(), key, vec![project::Added { path }.into()]).await?;
    Ok(())
}

/// The fact that makes the project, unless it exists.
pub(crate) async fn new_project(kernel: &Kernel, path: &ProjectPath) -> AppResult<Option<Fact>> {
    let known = kernel.ports.views.has_project(path).await?;
    Ok((!known).then(|| project::Added { path: path.clone() }.into()))
}
