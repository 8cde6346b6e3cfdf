//! The content of a publication: claims with their verdicts, and everything that they rest on.
//!
//! It is a plain description that names bytes by digest. Use cases fill it from the record; `write` makes a folder from it, and
//! `open` reads it in another home. It is itself a file of that folder, `publication.json`, so its JSON only grows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use super::{
    evidence::{Axis, Dataset, DatasetPart, Law, Plot, Quantity, Reproduction, Run, Series, Work},
    person::Person,
};

use crate::{
    ClaimId, Digest, RunId, Time,
    claim::{Ledger, Verdict},
    run::Number,
};

/// The format of `publication.json`.
pub const FORMAT: &str = "hven.publication/1";

/// A frozen, self-contained set of claims.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Publication {
    /// [`FORMAT`].
    pub format: String,
    /// Globally unique and the same for all versions, such as `urn:uuid:…`, or a DOI once there is one.
    pub identifier: String,
    /// Counted from 1.
    pub version: u32,
    /// The identifier and version that this one replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<String>,
    pub title: String,
    /// The result, for a reader from another field.
    pub summary: Words,
    pub authors: Vec<Person>,
    pub published: Time,
    /// The person who published it from the home; not necessarily an author.
    pub publisher: Person,
    /// SPDX id of the publication as a whole: page, descriptions and all parts without their own licence.
    pub license: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// The version of Hven that wrote it, such as `0.1.0`.
    pub hven_version: String,
    pub claims: Vec<Claim>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub datasets: Vec<Dataset>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<Run>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub laws: Vec<Law>,
    /// Suspect or retracted content, with the person who decided to publish it nevertheless.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
    /// Edges of the lineage that a person declared independent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub independences: Vec<Independence>,
    /// Objects that are named by digest, and not included. `licence::check` adds those whose licence forbids redistribution.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub withheld: BTreeMap<Digest, Withheld>,
}

/// Text in one language or both. If one is missing, the other is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zh: Option<String>,
}

impl Words {
    /// The English text, otherwise the Chinese text.
    pub fn plain(&self) -> &str {
        self.en.as_deref().or(self.zh.as_deref()).unwrap_or_default()
    }
}

/// A statement with its test, and every verdict on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    pub id: ClaimId,
    pub project: String,
    pub name: String,
    pub statement: String,
    pub test: String,
    /// The version of the grammar in which the test is written.
    pub grammar: u32,
    /// As it was stated: a step such as `run.law`, or the id of a run.
    pub evidence: String,
    pub revision: u32,
    pub stated_by: Option<Person>,
    pub stated: Time,
    /// Judgements of this revision, the newest last.
    pub judgements: Vec<Judgement>,
}

impl Claim {
    /// The newest judgement.
    pub fn judgement(&self) -> Option<&Judgement> {
        self.judgements.last()
    }
}

/// A test of the evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    pub verdict: Verdict,
    /// The reason, as text.
    pub because: String,
    /// The test with its numbers filled in.
    pub filled_in: String,
    pub evidence: Vec<RunId>,
    pub quantities: BTreeMap<String, Number>,
    pub ledger: Ledger,
    pub at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Person>,
}

/// Something in the publication is less sound than the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// The node, as the graph names it: `planets@1`, `run/7Q2M`, `claim/kepler3`.
    pub about: String,
    pub standing: PublishedSoundness,
    pub because: String,
    pub by: Option<Person>,
    pub at: Time,
    /// The person who allowed its publication nevertheless.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overridden: Option<Override>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PublishedSoundness {
    Sound,
    /// It rests on something that was retracted.
    Suspect,
    Retracted,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Override {
    pub by: Person,
    pub because: String,
    pub at: Time,
}

/// A named person asserts that `of` does not depend on `on`, although the record connects them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Independence {
    pub of: String,
    pub on: String,
    pub by: Person,
    pub because: String,
    pub at: Time,
}

/// Why bytes are only named by their digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Withheld {
    /// Their licence does not allow redistribution, or it is not known whether it does.
    Licence {
        license: Option<String>,
        why: String,
    },
    TooLarge {
        bytes: u64,
        bytes_max: u64,
    },
    /// They were never stored, such as the files of a folder that was only listed.
    NotKept,
    /// A person decided it.
    Decided {
        why: String,
    },
}
