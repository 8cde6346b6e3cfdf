//! The registry of models: registered models and their versions, which are documents.

use std::collections::BTreeMap;

use hven_app::{App, Caller, documents, ports::documents::DocumentView};
use hven_core::params::Params;
use serde_json::{Value, json};

use crate::{
    answer::{Answer, Fault},
    fields::Fields,
    kept::{self, Collection, millis, pairs, text, texts},
    name_filter::Searched,
};

const STAGES: [&str; 4] = ["None", "Staging", "Production", "Archived"];

fn missing(name: &str) -> Fault {
    Fault::missing(format!("Registered Model with name={name} not found"))
}

/// A registered model.
pub(crate) struct Model {
    pub(crate) view: DocumentView,
}

impl Model {
    pub(crate) fn name(&self) -> &str {
        &self.view.kept.document.id
    }

    /// The version of each alias.
    pub(crate) fn aliases(&self) -> BTreeMap<String, String> {
        texts(&self.view.kept.body, "aliases")
    }

    pub(crate) fn updated(&self) -> i64 {
        millis(&self.view.kept.body, "updated").unwrap_or_else(|| self.view.time.micros() / 1000)
    }

    pub(crate) fn shown(&self, versions: &[Version]) -> Value {
        let body = &self.view.kept.body;
        let mut shown = json!({
            "name": self.name(),
            "creation_timestamp": millis(body, "created").unwrap_or_default(),
            "last_updated_timestamp": self.updated(),
        });
        if let Some(description) = text(body, "description") {
            shown["description"] = description.into();
        }
        let tags = texts(body, "tags");
        if !tags.is_empty() {
            shown["tags"] = pairs(&tags);
        }
        let aliases = self.aliases();
        if !aliases.is_empty() {
            let alias = |(alias, version): (&String, &String)| json!({ "alias": alias, "version": version });
            shown["aliases"] = aliases.iter().map(alias).collect();
        }
        let latest = latest_of_stages(versions, &[]);
        if !latest.is_empty() {
            shown["latest_versions"] = latest.into_iter().map(|version| version.shown(self)).collect();
        }
        shown
    }
}

impl Searched for Model {
    const ATTRIBUTES: &'static [&'static str] = &["name", "creation_timestamp", "last_updated_timestamp", "timestamp"];

    fn attribute(&self, key: &str) -> Option<String> {
        match key {
            "name" => Some(self.name().to_owned()),
            "creation_timestamp" => millis(&self.view.kept.body, "created").map(|time| time.to_string()),
            _ => Some(self.updated().to_string()),
        }
    }

    fn tags(&self) -> BTreeMap<String, String> {
        texts(&self.view.kept.body, "tags")
    }
}

pub(crate) async fn model(app: &App, caller: &Caller, name: &str) -> Answer<Model> {
    let view = kept::one(app, caller, Collection::RegisteredModel, name).await?;
    view.map(|view| Model { view }).ok_or_else(|| missing(name))
}

pub(crate) fn now(app: &App) -> Value {
    (app.now().micros() / 1000).into()
}

/// The document of a model with another body.
pub(crate) fn written(model: &Model, body: Params) -> documents::NewDocument {
    kept::written(Collection::RegisteredModel, model.name(), &model.view.kept.project, None, body)
}

/// A version of a registered model.
pub(crate) struct Version {
    pub(crate) view: DocumentView,
    pub(crate) name: String,
    pub(crate) number: u64,
}

impl Version {
    pub(crate) fn of(view: DocumentView) -> Option<Self> {
        let (name, number) = view.kept.document.id.rsplit_once('/')?;
        let (name, number) = (name.to_owned(), number.parse().ok()?);
        Some(Self { view, name, number })
    }

    pub(crate) fn stage(&self) -> &str {
        text(&self.view.kept.body, "stage").unwrap_or(STAGES[0])
    }

    pub(crate) fn updated(&self) -> i64 {
        millis(&self.view.kept.body, "updated").unwrap_or_else(|| self.view.time.micros() / 1000)
    }

    pub(crate) fn shown(&self, model: &Model) -> Value {
        let body = &self.view.kept.body;
        let part = |name: &str| text(body, name).unwrap_or_default();
        let mut shown = json!({
            "name": self.name,
            "version": self.number.to_string(),
            "creation_timestamp": millis(body, "created").unwrap_or_default(),
            "last_updated_timestamp": self.updated(),
            "current_stage": self.stage(),
            "description": part("description"),
            "source": part("source"),
            "run_id": part("run_id"),
            "status": "READY",
            "run_link": part("run_link"),
        });
        let tags = texts(body, "tags");
        if !tags.is_empty() {
            shown["tags"] = pairs(&tags);
        }
        let number = self.number.to_string();
        let aliases: Vec<String> =
            model.aliases().into_iter().filter(|(_, version)| *version == number).map(|(alias, _)| alias).collect();
        if !aliases.is_empty() {
            shown["aliases"] = aliases.into();
        }
        if let Some(model) = text(body, "model_id") {
            shown["model_id"] = model.into();
        }
        shown
    }
}

impl Searched for Version {
    const ATTRIBUTES: &'static [&'static str] =
        &["name", "version_number", "version", "run_id", "source_path", "creation_timestamp", "last_updated_timestamp"];

    fn attribute(&self, key: &str) -> Option<String> {
        match key {
            "name" => Some(self.name.clone()),
            "version" | "version_number" => Some(self.number.to_string()),
            "source_path" => text(&self.view.kept.body, "source").map(str::to_owned),
            "creation_timestamp" => millis(&self.view.kept.body, "created").map(|time| time.to_string()),
            "last_updated_timestamp" => Some(self.updated().to_string()),
            key => text(&self.view.kept.body, key).map(str::to_owned),
        }
    }

    fn tags(&self) -> BTreeMap<String, String> {
        texts(&self.view.kept.body, "tags")
    }
}

/// The id of the document of a version.
pub(crate) fn version_id(name: &str, number: u64) -> String {
    format!("{name}/{number}")
}

/// The versions of a model, the oldest first.
pub(crate) async fn versions(app: &App, caller: &Caller, name: &str) -> Answer<Vec<Version>> {
    let found = kept::all(app, caller, Collection::ModelVersion, None, Some(format!("{name}/"))).await?;
    let mut versions: Vec<Version> = found.into_iter().filter_map(Version::of).collect();
    versions.sort_by_key(|version| version.number);
    Ok(versions)
}

pub(crate) async fn version(app: &App, caller: &Caller, name: &str, number: u64) -> Answer<Version> {
    let view = kept::one(app, caller, Collection::ModelVersion, &version_id(name, number)).await?;
    view.and_then(Version::of)
        .ok_or_else(|| Fault::missing(format!("Model Version (name={name}, version={number}) not found")))
}

/// The number of a version in a request: a text, or in older clients a number.
pub(crate) fn number(fields: &Fields) -> Answer<u64> {
    let wrong = || Fault::invalid("Parameter 'version' must be an integer, and it is missing or is none.");
    let number = fields.int("version").map_err(|_| wrong())?;
    number.and_then(|number| u64::try_from(number).ok()).ok_or_else(wrong)
}

/// A stage in its usual spelling.
pub(crate) fn stage(text: &str) -> Answer<&'static str> {
    let known = STAGES.into_iter().find(|stage| stage.eq_ignore_ascii_case(text));
    known.ok_or_else(|| {
        Fault::invalid(format!("Invalid Model Version stage: {text}. Value must be one of {}.", STAGES.join(", ")))
    })
}

/// The newest version of each of these stages; of each stage that there is, if none is named.
pub(crate) fn latest_of_stages<'v>(versions: &'v [Version], stages: &[&str]) -> Vec<&'v Version> {
    let mut latest: BTreeMap<&str, &Version> = BTreeMap::new();
    for version in versions {
        let is_wanted = stages.is_empty() || stages.contains(&version.stage());
        if is_wanted && latest.get(version.stage()).is_none_or(|known| known.number < version.number) {
            latest.insert(version.stage(), version);
        }
    }
    latest.into_values().collect()
}
