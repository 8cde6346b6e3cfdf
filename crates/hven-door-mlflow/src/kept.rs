//! The documents of this door: what MLflow keeps, and Hven has no noun for.

use std::collections::BTreeMap;

use hven_app::{App, AppResult, Caller, documents, ports::documents::DocumentView};
use hven_core::{RunId, document::DocumentName, name::Name, params::Params, project::ProjectPath};
use serde_json::{Map, Value};

/// The collections of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Collection {
    /// By the path of its project: the name, the tags, whether it is deleted.
    Experiment,
    /// By the id of the run: its tags, its name, its data sets and models.
    Run,
    /// By the attempt: which run its process opened first.
    Attempt,
    LoggedModel,
    RegisteredModel,
    /// By the name of the model, a slash and the version.
    ModelVersion,
}

impl Collection {
    fn name(self) -> Name {
        let text = match self {
            Self::Experiment => "experiment",
            Self::Run => "run",
            Self::Attempt => "attempt",
            Self::LoggedModel => "logged_model",
            Self::RegisteredModel => "registered_model",
            Self::ModelVersion => "model_version",
        };
        name(text)
    }
}

/// A name that is written in this file.
fn name(text: &str) -> Name {
    match text.parse() {
        Ok(name) => name,
        Err(_) => unreachable!("{text} is a name"),
    }
}

fn full_name(collection: Collection, id: &str) -> DocumentName {
    DocumentName { door: name("mlflow"), collection: collection.name(), id: id.to_owned() }
}

/// The documents of a collection that the caller may see, in the order of their ids.
pub(crate) async fn all(
    app: &App,
    caller: &Caller,
    collection: Collection,
    projects: Option<Vec<ProjectPath>>,
    prefix: Option<String>,
) -> AppResult<Vec<DocumentView>> {
    documents::documents(app, caller, &name("mlflow"), &collection.name(), projects, prefix).await
}

/// One document.
pub(crate) async fn one(
    app: &App,
    caller: &Caller,
    collection: Collection,
    id: &str,
) -> AppResult<Option<DocumentView>> {
    documents::document(app, caller, &full_name(collection, id)).await
}

/// Several documents by their ids.
pub(crate) async fn several(
    app: &App,
    caller: &Caller,
    collection: Collection,
    ids: &[String],
) -> AppResult<BTreeMap<String, Params>> {
    let found = documents::documents_named(app, caller, &name("mlflow"), &collection.name(), ids).await?;
    Ok(found.into_iter().map(|view| (view.kept.document.id, view.kept.body)).collect())
}

/// A document to write.
pub(crate) fn written(
    collection: Collection,
    id: &str,
    project: &ProjectPath,
    run: Option<RunId>,
    body: Params,
) -> documents::NewDocument {
    documents::NewDocument { name: full_name(collection, id), project: project.clone(), run, body }
}

/// A text of a document; `None` if there is none.
pub(crate) fn text<'b>(body: &'b Params, name: &str) -> Option<&'b str> {
    body.get(name)?.as_str()
}

pub(crate) fn is_true(body: &Params, name: &str) -> bool {
    body.get(name).and_then(Value::as_bool).unwrap_or(false)
}

/// A time in milliseconds.
pub(crate) fn millis(body: &Params, name: &str) -> Option<i64> {
    body.get(name)?.as_i64()
}

/// The texts by name of a field of a document, such as its tags.
pub(crate) fn texts(body: &Params, name: &str) -> BTreeMap<String, String> {
    let Some(Value::Object(fields)) = body.get(name) else { return BTreeMap::new() };
    fields.iter().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

pub(crate) fn set_texts(body: &mut Params, name: &str, texts: BTreeMap<String, String>) {
    let fields: Map<String, Value> = texts.into_iter().map(|(key, text)| (key, text.into())).collect();
    body.insert(name.to_owned(), fields.into());
}

/// Changes the texts of a field.
pub(crate) fn change_texts(body: &mut Params, name: &str, change: impl FnOnce(&mut BTreeMap<String, String>)) {
    let mut there = texts(body, name);
    change(&mut there);
    set_texts(body, name, there);
}

/// The list of a field.
pub(crate) fn list(body: &Params, name: &str) -> Vec<Value> {
    match body.get(name) {
        Some(Value::Array(values)) => values.clone(),
        _ => Vec::new(),
    }
}

/// Texts by name as MLflow writes tags: pairs of a key and a value.
pub(crate) fn pairs(texts: &BTreeMap<String, String>) -> Value {
    texts.iter().map(|(key, value)| serde_json::json!({ "key": key, "value": value })).collect()
}
