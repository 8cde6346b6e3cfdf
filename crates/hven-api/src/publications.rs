//! Publications on the wire: what would be inside, what was made, and those that are brought in from elsewhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use crate::{origin::Origin, publication_summary::PublicationSummary};

use crate::{
    claims::ClaimSummary,
    lineage::Node,
    runs::{FileRef, RunName},
    sentence::Sentence,
};

/// `POST /publications` makes it, `POST /publications/plan` says what would be inside.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Publish {
    /// One or more, by name or id: `kepler3`, `claim/kepler3`.
    pub claims: Vec<String>,
    /// Which project the claims are meant in, when several have them.
    #[serde(default)]
    pub project: Option<String>,
    /// That of the claim when nothing is said and there is only one.
    #[serde(default)]
    pub name: Option<String>,
    /// The statement of the claim when nothing is said.
    #[serde(default)]
    pub title: Option<String>,
    /// What was found, for somebody from another field.
    #[serde(default)]
    pub summary: Option<String>,
    /// The same in Chinese.
    #[serde(default)]
    pub summary_zh: Option<String>,
    /// Whoever publishes when nobody is named.
    #[serde(default)]
    pub authors: Vec<Author>,
    /// SPDX id of the publication as a whole, such as `CC-BY-4.0`.
    #[serde(default)]
    pub license: Option<String>,
    #[serde(default)]
    pub keywords: Vec<String>,
    /// Include also data of which nobody knows whether it may be handed on: the caller answers for it. Otherwise it is
    /// only named by its digest.
    #[serde(default)]
    pub include_unlicensed: bool,
    /// By the id of a run whose code is a commit: the files of it, uploaded before, relative to the run's folder.
    #[serde(default)]
    pub code: BTreeMap<String, Vec<FileRef>>,
    /// Publish although something in it is suspect or retracted: why.
    #[serde(default)]
    pub despite_suspicion: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Author {
    pub name: String,
    /// As a URL: `https://orcid.org/0000-0002-1825-0097`.
    #[serde(default)]
    pub orcid: Option<String>,
    #[serde(default)]
    pub affiliation: Option<String>,
}

/// What would be inside, and what speaks against it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PublicationPlan {
    pub schema: String,
    pub project: String,
    pub name: String,
    pub title: String,
    /// The version that it would be; that of `unchanged` when there is such.
    pub version: u32,
    /// The newest version says the same already: nothing would be made.
    pub unchanged: Option<PublicationSummary>,
    pub claims: Vec<ClaimSummary>,
    pub runs: u64,
    pub datasets: u64,
    pub laws: u64,
    /// Files of the store, in the order of their paths; page, descriptions and plots come to them.
    pub files: Vec<PlannedFile>,
    pub bytes: u64,
    /// What would only be named by its digest.
    pub withheld: Vec<WithheldFile>,
    /// What belongs into it and is not in the store: with it nothing can be made.
    pub missing: Vec<PlannedFile>,
    pub licences: Vec<LicenceFinding>,
    /// What a person should look at before publishing, a sentence each.
    pub warnings: Vec<String>,
    /// Why it is refused unless a reason is given.
    pub refusals: Vec<Refusal>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlannedFile {
    pub path: String,
    pub digest: String,
    pub size: u64,
    /// What rests on it: `planets@1`, `run/7Q2M`.
    pub needed_by: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WithheldFile {
    pub path: String,
    pub digest: String,
    pub because: String,
}

/// What the licence of a dataset allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LicenceFinding {
    /// `planets@1`.
    pub dataset: String,
    pub license: Option<String>,
    /// `yes`, `no` or `unknown`: to hand on unchanged copies.
    pub redistribute: String,
    /// To hand on what was made from it.
    pub derivatives: String,
    pub commercial: String,
    /// The makers must be named.
    pub attribution: bool,
    pub share_alike: bool,
    /// Otherwise it is only named by its digest.
    pub included: bool,
    pub because: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Refusal {
    /// `claim/ID`.
    pub node: String,
    pub said: Sentence,
}

/// `GET /publications/{publication}`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PublicationDetail {
    pub schema: String,
    #[serde(flatten)]
    pub summary: PublicationSummary,
    /// Its claims as they stand now.
    pub claims: Vec<Node>,
    /// All versions, newest first.
    pub versions: Vec<PublicationVersion>,
    /// What is only named by its digest.
    pub withheld: Vec<WithheldFile>,
    /// What it says (`hven.publication/1`): authors, summary, claims with their verdicts, datasets, runs, laws, notices.
    pub description: Option<serde_json::Value>,
    /// Where to look at it in a browser.
    pub url: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PublicationVersion {
    pub id: String,
    pub version: u32,
    pub title: String,
    pub published: String,
}

/// The answer of `POST /publications`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Published {
    pub schema: String,
    /// `false`: the newest version says the same, and nothing was made.
    pub is_new: bool,
    pub publication: PublicationDetail,
}

/// `POST /crates`: brings in a publication from elsewhere, whose objects were uploaded before.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportCrate {
    /// The digest of its `manifest.json`, uploaded as an object.
    pub fingerprint: String,
    /// The digest of its `publication.json`, uploaded as an object.
    pub description: String,
    /// Where everything goes; each into the project that it has there when nothing is said.
    #[serde(default)]
    pub project: Option<String>,
}

/// What came of bringing a publication in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CrateImported {
    pub schema: String,
    /// `false`: it was brought in before, and nothing was done.
    pub is_new: bool,
    pub origin: Origin,
    /// What was not here before.
    pub runs: Vec<RunName>,
    /// `planets@1`.
    pub datasets: Vec<String>,
    /// Names.
    pub claims: Vec<String>,
}
