//! Projects: what there is, and making one.

use hven_core::{
    access::Role,
    project::{self, ProjectPath},
};

use crate::{App, AppError, AppResult, Caller, ports::views::ProjectView};

pub async fn list(app: &App, caller: &Caller) -> AppResult<Vec<ProjectView>> {
    caller.require_user()?;
    let all = app.ports.views.projects().await?;
    Ok(all.into_iter().filter(|project| caller.may(Role::Viewer, &project.path)).collect())
}

/// Makes a project. Members of a project may make those below it.
pub async fn add(app: &App, caller: &Caller, path: ProjectPath, key: Option<String>) -> AppResult<()> {
    caller.require(Role::Member, &path)?;
    if app.ports.views.has_project(&path).await? {
        return Err(AppError::Conflict(format!("the project {path} is there already")));
    }
    app.record(caller.actor(), key, vec![project::Added { path }.into()]).await?;
    Ok(())
}
