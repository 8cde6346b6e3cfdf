//! Saved views: the state of the list of runs or of a comparison, under a name in a project. All users who may see the
//! project see its views.
//!
//! A view is a document, which Hven's own pages keep as a door keeps those of its clients. The id of the document is the
//! name of the view, so a name is taken only once, and the facts name the view.

use hven_core::{
    ActorId, Time,
    access::Role,
    document::{DocumentName, Kept},
    limits,
    name::Name,
    params::Params,
    project::ProjectPath,
};
use serde_json::Value;

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        labelled::{Labelled, NeededLabels, NeedsLabels, label},
    },
    ports::{documents::DocumentView, page::Page},
    work::{
        documents::{self, DocumentsTurn, NewDocument, VIEW_COLLECTION, VIEW_DOOR},
        floor::Work,
    },
};

/// The longest name of a view, in bytes.
const NAME_BYTES_MAX: usize = 120;
/// The largest state of a page, as JSON in bytes.
const STATE_BYTES_MAX: usize = 64 << 10;
/// How many views a project has at most.
const VIEWS_MAX: usize = 1000;

/// The page that a view opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewPage {
    Runs,
    Compare,
}

impl ViewPage {
    pub const ALL: [Self; 2] = [Self::Runs, Self::Compare];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Runs => "runs",
            Self::Compare => "compare",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|page| page.as_str() == text)
    }
}

/// A view as it was saved last.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedView {
    pub name: ViewName,
    pub page: ViewPage,
    /// The parameters in the address of the page: texts, numbers, booleans and lists of texts.
    pub state: Params,
    pub saved: Time,
    pub by: ActorId,
}

impl NeedsLabels for SavedView {
    fn add_to(&self, wanted: &mut NeededLabels) {
        wanted.actor(self.by);
    }
}

/// The name of a view, and its project. It is written `astro/planets:Best runs`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewName {
    pub project: ProjectPath,
    pub name: String,
}

impl ViewName {
    /// `None` for a text that names no view.
    pub fn parse(text: &str) -> Option<Self> {
        let (project, name) = text.split_once(':')?;
        let named = Self { project: project.parse().ok()?, name: name.to_owned() };
        named.check().is_ok().then_some(named)
    }

    fn check(&self) -> AppResult<()> {
        limits::line("the name of a view", &self.name, NAME_BYTES_MAX)?;
        if self.name.is_empty() || self.name.trim() != self.name {
            return Err(AppError::invalid("the name of a view", "is empty, or begins or ends with a space"));
        }
        Ok(())
    }
}

impl std::fmt::Display for ViewName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.project, self.name)
    }
}

/// A view to save.
#[derive(Clone, Debug)]
pub struct NewView {
    pub name: ViewName,
    pub page: ViewPage,
    pub state: Params,
    /// Whether an earlier view of this name is overwritten.
    pub replaces: bool,
}

fn not_found(name: &str) -> AppError {
    AppError::not_found("view", name)
}

/// A name that is written in this program.
fn constant(text: &str) -> AppResult<Name> {
    Ok(text.parse::<Name>()?)
}

fn document_name(view: &ViewName) -> AppResult<DocumentName> {
    Ok(DocumentName { door: constant(VIEW_DOOR)?, collection: constant(VIEW_COLLECTION)?, id: view.to_string() })
}

const PAGE: &str = "page";
const STATE: &str = "state";

fn body(page: ViewPage, state: Params) -> Params {
    let state = Value::Object(state.into_iter().collect());
    Params::from([(PAGE.to_owned(), page.as_str().into()), (STATE.to_owned(), state)])
}

/// `None` for a document that this version does not understand.
fn read(view: DocumentView) -> Option<SavedView> {
    let DocumentView { kept: Kept { document, mut body, .. }, time, by } = view;
    let page = ViewPage::parse(body.get(PAGE)?.as_str()?)?;
    let Value::Object(state) = body.remove(STATE)? else { return None };
    Some(SavedView { name: ViewName::parse(&document.id)?, page, state: state.into_iter().collect(), saved: time, by })
}

async fn find(work: &Work, caller: &Caller, name: &str) -> AppResult<(DocumentView, SavedView)> {
    caller.require_user()?;
    let named = ViewName::parse(name).ok_or_else(|| not_found(name))?;
    let found = documents::document(work, caller, &document_name(&named)?).await?;
    let found = found.and_then(|document| Some((document.clone(), read(document)?)));
    found.ok_or_else(|| not_found(name))
}

/// The views of a project and of those below it, by project and name; `page`: only those of this page.
pub async fn list(
    work: &Work,
    caller: &Caller,
    project: Option<&ProjectPath>,
    page: Option<ViewPage>,
    cursor: Option<&str>,
    limit: usize,
) -> AppResult<Labelled<Page<SavedView>>> {
    caller.require_user()?;
    let (door, collection) = (constant(VIEW_DOOR)?, constant(VIEW_COLLECTION)?);
    let found = documents::documents(work, caller, &door, &collection, None, None).await?;
    let mut views: Vec<SavedView> = found.into_iter().filter_map(read).collect();
    views.retain(|view| project.is_none_or(|project| view.name.project.is_within(project)));
    views.retain(|view| page.is_none_or(|page| view.page == page));
    views.sort_by_cached_key(|view| view.name.to_string());
    if let Some(cursor) = cursor {
        views.retain(|view| view.name.to_string().as_str() > cursor);
    }
    let more = views.len() > limit;
    views.truncate(limit);
    let next = views.last().filter(|_| more).map(|view| view.name.to_string());
    label(work, Page { items: views, next }).await
}

/// One view, named `PROJECT:NAME`.
pub async fn view(work: &Work, caller: &Caller, name: &str) -> AppResult<Labelled<SavedView>> {
    label(work, find(work, caller, name).await?.1).await
}

/// Saves a view. One that has the same content already is not recorded again.
pub async fn save(work: &Work, caller: &Caller, new: NewView) -> AppResult<Labelled<SavedView>> {
    caller.require_user()?;
    caller.require(Role::Member, &new.name.project)?;
    new.name.check()?;
    check_state(&new.state)?;
    let turn = documents::turn(work).await;
    let name = new.name.to_string();
    match find(work, caller, &name).await {
        Ok((_, present)) if present.page == new.page && present.state == new.state => {
            return label(work, present).await;
        }
        Ok(_) if !new.replaces => return Err(is_taken(&new.name)),
        Ok(_) => {}
        Err(AppError::NotFound { .. }) => check_count(work, caller, &new.name.project).await?,
        Err(error) => return Err(error),
    }
    write(&turn, caller, &new.name, body(new.page, new.state), &[]).await?;
    view(work, caller, &name).await
}

/// Gives a view another name, or another project.
pub async fn rename(work: &Work, caller: &Caller, name: &str, to: ViewName) -> AppResult<Labelled<SavedView>> {
    caller.require_user()?;
    let turn = documents::turn(work).await;
    let (document, present) = find(work, caller, name).await?;
    caller.require(Role::Member, &present.name.project)?;
    caller.require(Role::Member, &to.project)?;
    to.check()?;
    let wanted = to.to_string();
    if wanted == name {
        return label(work, present).await;
    }
    match find(work, caller, &wanted).await {
        Ok(_) => return Err(is_taken(&to)),
        Err(AppError::NotFound { .. }) => check_count(work, caller, &to.project).await?,
        Err(error) => return Err(error),
    }
    let body = document.kept.body.clone();
    write(&turn, caller, &to, body, &[document]).await?;
    view(work, caller, &wanted).await
}

/// Removes a view. The record keeps it.
pub async fn remove(work: &Work, caller: &Caller, name: &str) -> AppResult<()> {
    caller.require_user()?;
    let turn = documents::turn(work).await;
    let (document, present) = find(work, caller, name).await?;
    caller.require(Role::Member, &present.name.project)?;
    turn.change(caller, Vec::new(), &[document]).await
}

async fn write(
    turn: &DocumentsTurn<'_>,
    caller: &Caller,
    view: &ViewName,
    body: Params,
    removed: &[DocumentView],
) -> AppResult<()> {
    let document = NewDocument { name: document_name(view)?, project: view.project.clone(), run: None, body };
    turn.change(caller, vec![document], removed).await
}

fn is_taken(name: &ViewName) -> AppError {
    AppError::Conflict(format!(
        "the project {} has a view {:?} already; overwrite it, or choose another name",
        name.project, name.name
    ))
}

async fn check_count(work: &Work, caller: &Caller, project: &ProjectPath) -> AppResult<()> {
    let (door, collection) = (constant(VIEW_DOOR)?, constant(VIEW_COLLECTION)?);
    let there = documents::documents(work, caller, &door, &collection, Some(vec![project.clone()]), None).await?;
    limits::count(&format!("the views of {project}"), there.len() + 1, VIEWS_MAX)?;
    Ok(())
}

/// The state holds the values that an address can hold.
fn check_state(state: &Params) -> AppResult<()> {
    let is_plain = |value: &Value| !matches!(value, Value::Object(_) | Value::Array(_) | Value::Null);
    for (name, value) in state {
        let fits = match value {
            Value::Array(list) => list.iter().all(is_plain),
            other => is_plain(other),
        };
        if !fits {
            return Err(AppError::invalid(
                format!("{name} in the state"),
                "is no text, number, boolean or list of them",
            ));
        }
    }
    // Values are plain data, so making their JSON cannot fail.
    let bytes = serde_json::to_vec(state).map_or(0, |json| json.len());
    Ok(limits::bytes("the state of a view", bytes, STATE_BYTES_MAX)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_a_project_and_a_text() {
        let check = |text: &str, expect: Option<(&str, &str)>| {
            let found = ViewName::parse(text);
            assert_eq!(found.as_ref().map(|view| (view.project.as_str(), view.name.as_str())), expect, "{text:?}");
            assert!(found.is_none_or(|view| view.to_string() == text));
        };
        check("astro/planets:Best runs", Some(("astro/planets", "Best runs")));
        check("home:a:b", Some(("home", "a:b")));
        check("天文:最佳", Some(("天文", "最佳")));
        check("Best runs", None);
        check("astro:", None);
        check("astro: x", None);
        check("a b:x", None);
        check("astro:a\nb", None);
    }

    #[test]
    fn a_state_holds_what_an_address_can_hold() {
        let check = |state: Value, expect: bool| {
            let state: Params = serde_json::from_value(state).expect("an object");
            assert_eq!(check_state(&state).is_ok(), expect, "{state:?}");
        };
        check(serde_json::json!({ "where": "loss < 1", "smooth": 0.5, "logx": true, "hide": ["A", "B"] }), true);
        check(serde_json::json!({}), true);
        check(serde_json::json!({ "where": { "a": 1 } }), false);
        check(serde_json::json!({ "hide": [["A"]] }), false);
        check(serde_json::json!({ "where": null }), false);
        check(serde_json::json!({ "where": "x".repeat(STATE_BYTES_MAX) }), false);
    }
}
