//! Converts saved views between the wire and the domain.

use hven_api::saved_views as wire;
use hven_app::{
    AppError, AppResult,
    labelled::Labels,
    saved_views::{NewView, SavedView, ViewName, ViewPage},
};

use super::{actor, parsed, text};

pub(crate) fn page(text: &str) -> AppResult<ViewPage> {
    ViewPage::parse(text).ok_or_else(|| AppError::invalid(format!("the page {text:?}"), "is not runs or compare"))
}

pub(crate) fn new(save: wire::SaveView) -> AppResult<NewView> {
    let wire::SaveView { project, name, page: of, state, replace } = save;
    Ok(NewView { name: ViewName { project: parsed(&project)?, name }, page: page(&of)?, state, replaces: replace })
}

/// The new name of a view. It stays in its project if none is named.
pub(crate) fn renamed(view: &str, rename: wire::RenameView) -> AppResult<ViewName> {
    let project = match rename.project {
        Some(project) => parsed(&project)?,
        None => match ViewName::parse(view) {
            Some(present) => present.project,
            None => return Err(AppError::NotFound { noun: "view", name: view.to_owned() }),
        },
    };
    Ok(ViewName { project, name: rename.name })
}

pub(crate) fn view(view: &SavedView, names: &Labels) -> wire::SavedView {
    wire::SavedView {
        id: view.name.to_string(),
        project: view.name.project.to_string(),
        name: view.name.name.clone(),
        page: view.page.as_str().to_owned(),
        state: view.state.clone(),
        saved: text(view.saved),
        saved_by: actor(names.actor(view.by)),
    }
}
