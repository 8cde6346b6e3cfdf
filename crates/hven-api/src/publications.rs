//! Publications on the wire: the plan, the result, and publications that are imported from other homes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use crate::{origin::Origin, publication_summary::PublicationSummary};

use crate::{
    claims::ClaimSummary,
    lineage::Node,
    runs::{FileRef, RunName},
    sentence::Sentence,
};

/// `POST /publications` makes a publication, `POST /publications/plan` shows what it would contain.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Publish {
    /// One or more, by name or id: `kepler3`, `claim/kepler3`.
    pub claims: Vec<String>,
    /// The project of the claims, when several projects have claims with these names.
    #[serde(default)]
    pub project: Option<String>,
    /// By default the name of the claim, if there is only one.
    #[serde(default)]
    pub name: Option<String>,
    /// By default the statement of the claim.
    #[serde(default)]
    pub title: Option<String>,
    /// The result, for a reader from another field.
    #[serde(default)]
    pub summary: Option<String>,
    /// The same in Chinese.
    #[serde(default)]
    pub summary_zh: Option<String>,
    /// By default the caller.
    #[serde(default)]
    pub authors: Vec<Author>,
    /// SPDX id of the publication as a whole, such as `CC-BY-4.0`.
    #[serde(default)]
    pub license: Option<String>,
    #[serde(default)]
    pub keywords: Vec<String>,
    /// Include also data whose licence is not known to allow redistribution; the caller is responsible. Otherwise such data is
    /// only named by its digest.
    #[serde(default)]
    pub include_unlicensed: bool,
    /// By the id of a run whose code is a commit: the files of that commit, uploaded before, relative to the run's folder.
    #[serde(default)]
    pub code: BTreeMap<String, Vec<FileRef>>,
    /// The reason to publish although something in it is suspect or retracted.
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

/// The content that a publication would have, and the objections to it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PublicationPlan {
    pub schema: String,
    pub project: String,
    pub name: String,
    pub title: String,
    /// The version that it would get; the version of `unchanged` if that is set.
    pub version: u32,
    /// The newest version has the same content: no new version would be made.
    pub unchanged: Option<PublicationSummary>,
    pub claims: Vec<ClaimSummary>,
    pub runs: u64,
    pub datasets: u64,
    pub laws: u64,
    /// Files of the store, in the order of their paths; page, descriptions and plots are added to them.
    pub files: Vec<PlannedFile>,
    pub bytes: u64,
    /// Files that would only be named by their digest.
    pub withheld: Vec<WithheldFile>,
    /// Files that belong to it and are not in the store: then it cannot be made.
    pub missing: Vec<PlannedFile>,
    pub licences: Vec<LicenceFinding>,
    /// Points that a person should check before publishing, one sentence each.
    pub warnings: Vec<String>,
    /// The reasons why it is refused unless the caller gives a reason to publish.
    pub refusals: Vec<Refusal>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlannedFile {
    pub path: String,
    pub digest: String,
    pub size: u64,
    /// The nodes that rest on it: `planets@1`, `run/7Q2M`.
    pub needed_by: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WithheldFile {
    pub path: String,
    pub digest: String,
    pub because: String,
}

/// The rights that the licence of a dataset gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LicenceFinding {
    /// `planets@1`.
    pub dataset: String,
    pub license: Option<String>,
    /// `yes`, `no` or `unknown`: redistribution of unchanged copies.
    pub redistribute: String,
    /// Redistribution of derived works.
    pub derivatives: String,
    pub commercial: String,
    /// The authors must be named.
    pub attribution: bool,
    pub share_alike: bool,
    /// `false`: it is only named by its digest.
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
    /// The current state of its claims.
    pub claims: Vec<Node>,
    /// All versions, newest first.
    pub versions: Vec<PublicationVersion>,
    /// Files that are only named by their digest.
    pub withheld: Vec<WithheldFile>,
    /// Its content (`hven.publication/1`): authors, summary, claims with their verdicts, datasets, runs, laws, notices.
    pub description: Option<serde_json::Value>,
    /// Its page in a browser.
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

/// The answer to `POST /publications`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Published {
    pub schema: String,
    /// `false`: the newest version has the same content, and no new version was made.
    pub is_new: bool,
    pub publication: PublicationDetail,
}

/// `POST /crates`: imports a publication from another home. Upload its objects first.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportCrate {
    /// The digest of its `manifest.json`, uploaded as an object.
    pub fingerprint: String,
    /// The digest of its `publication.json`, uploaded as an object.
    pub description: String,
    /// The target project of everything; by default each item keeps its project.
    #[serde(default)]
    pub project: Option<String>,
}

/// The result of an import of a publication.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CrateImported {
    pub schema: String,
    /// `false`: it was imported before, and nothing changed.
    pub is_new: bool,
    pub origin: Origin,
    /// Items that were new to this home.
    pub runs: Vec<RunName>,
    /// `planets@1`.
    pub datasets: Vec<String>,
    /// Names.
    pub claims: Vec<String>,
}
