//! Reads and changes the documents of doors, and describes their facts.

use std::collections::BTreeSet;

use hven_core::{
    Fact, RunId,
    access::Role,
    document::{BODY_BYTES_MAX, DocumentName, Kept, Removed},
    limits,
    name::Name,
    params::Params,
    project::ProjectPath,
    sentence::{Sentence, Template},
};

use crate::{
    kernel::{
        callers::Caller,
        describe_fact::{DescribeFact, FactNames},
        error::{AppError, AppResult},
        projects::new_project,
    },
    ports::documents::{DocumentQuery, DocumentView},
    work::{floor::Work, masking::mask},
};

/// The door and the collection of the views that Hven's own pages keep.
pub(crate) const VIEW_DOOR: &str = "hven";
pub(crate) const VIEW_COLLECTION: &str = "view";

hven_core::sentences! {
    pub enum DocumentSentence {
        DocumentKept { door: String, collection: String, id: String } = "fact.document.kept",
            "{door} kept its {collection} {id}";
        DocumentRemoved { door: String, collection: String, id: String } = "fact.document.removed",
            "{door} removed its {collection} {id}";
        ViewSaved { view: String } = "fact.document.view_saved", "the view {view} was saved";
        ViewRemoved { view: String } = "fact.document.view_removed", "the view {view} was removed";
    }
}

fn is_view(document: &DocumentName) -> bool {
    document.door.as_str() == VIEW_DOOR && document.collection.as_str() == VIEW_COLLECTION
}

impl DescribeFact for Kept {
    const TEMPLATES: &'static [Template] = DocumentSentence::TEMPLATES;
    fn describe(&self, _: &FactNames<'_>) -> Sentence {
        let DocumentName { door, collection, id } = self.document.clone();
        if is_view(&self.document) {
            return DocumentSentence::ViewSaved { view: id }.sentence();
        }
        DocumentSentence::DocumentKept { door: door.to_string(), collection: collection.to_string(), id }.sentence()
    }
}

impl DescribeFact for Removed {
    const TEMPLATES: &'static [Template] = DocumentSentence::TEMPLATES;
    fn describe(&self, _: &FactNames<'_>) -> Sentence {
        let DocumentName { door, collection, id } = self.document.clone();
        if is_view(&self.document) {
            return DocumentSentence::ViewRemoved { view: id }.sentence();
        }
        DocumentSentence::DocumentRemoved { door: door.to_string(), collection: collection.to_string(), id }.sentence()
    }
}

/// A document to write.
#[derive(Clone, Debug)]
pub struct NewDocument {
    pub name: DocumentName,
    pub project: ProjectPath,
    /// The run that it is about. The values of its secrets are masked.
    pub run: Option<RunId>,
    pub body: Params,
}

/// One document; `None` when there is none, or the caller may not see it.
pub async fn document(work: &Work, caller: &Caller, name: &DocumentName) -> AppResult<Option<DocumentView>> {
    let found = documents_named(work, caller, &name.door, &name.collection, std::slice::from_ref(&name.id)).await?;
    Ok(found.into_iter().next())
}

/// Those of these documents that exist and that the caller may see.
pub async fn documents_named(
    work: &Work,
    caller: &Caller,
    door: &Name,
    collection: &Name,
    ids: &[String],
) -> AppResult<Vec<DocumentView>> {
    let mut found = work.ports.views.documents_named(door, collection, ids).await?;
    found.retain(|view| caller.may(Role::Viewer, &view.kept.project));
    Ok(found)
}

/// The documents of a collection that the caller may see, in the order of their ids.
pub async fn documents(
    work: &Work,
    caller: &Caller,
    door: &Name,
    collection: &Name,
    projects: Option<Vec<ProjectPath>>,
    prefix: Option<String>,
) -> AppResult<Vec<DocumentView>> {
    let scopes = caller.scopes();
    let query = DocumentQuery { door: door.clone(), collection: collection.clone(), scopes, projects, prefix };
    Ok(work.ports.views.documents(&query).await?)
}

/// Held from the reading of documents until their change is recorded.
#[derive(Debug)]
pub struct DocumentsTurn<'w> {
    work: &'w Work,
    _turn: tokio::sync::MutexGuard<'w, ()>,
}

/// Waits until no other call changes documents.
pub async fn turn(work: &Work) -> DocumentsTurn<'_> {
    DocumentsTurn { work, _turn: work.documents_turn.lock().await }
}

impl DocumentsTurn<'_> {
    /// Writes and removes documents, together or not at all. A document that is written with the same content again is not recorded.
    pub async fn change(&self, caller: &Caller, written: Vec<NewDocument>, removed: &[DocumentView]) -> AppResult<()> {
        let work = self.work;
        let mut facts: Vec<Fact> = Vec::with_capacity(written.len() + removed.len());
        let mut projects = BTreeSet::new();
        for view in removed {
            let Kept { document, project, run, .. } = view.kept.clone();
            caller.require(Role::Member, &project)?;
            facts.push(Removed { document, project, run }.into());
        }
        for NewDocument { name, project, run, body } in written {
            caller.require(Role::Member, &project)?;
            name.check()?;
            let body = match run {
                Some(run) => mask(body, &work.schedule.secrets(run)),
                None => body,
            };
            // Values are plain data, so making their JSON cannot fail.
            let bytes = serde_json::to_vec(&body).map_or(0, |json| json.len());
            limits::bytes(&format!("the {} {:?}", name.collection, name.id), bytes, BODY_BYTES_MAX)?;
            let before = work.ports.views.documents_named(&name.door, &name.collection, std::slice::from_ref(&name.id));
            let before = before.await?.pop();
            if let Some(before) = &before {
                // It may belong to a project of others.
                if !caller.may(Role::Member, &before.kept.project) {
                    return Err(AppError::Conflict(format!("the {} {:?} is there already", name.collection, name.id)));
                }
                if before.kept.body == body && before.kept.project == project && before.kept.run == run {
                    continue;
                }
            }
            if projects.insert(project.clone()) {
                facts.extend(new_project(work, &project).await?);
            }
            facts.push(Kept { document: name, project, run, body }.into());
        }
        if !facts.is_empty() {
            work.record(caller.actor(), None, facts).await?;
        }
        Ok(())
    }
}
