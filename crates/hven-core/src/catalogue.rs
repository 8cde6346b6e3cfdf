//! The catalogue of data: versions of datasets, their splits, and reads of held-out data.
//!
//! The content of a table (schema, profile, problems) is described in `dataset.rs`; here is its entry in the record: its bytes,
//! the run that made it, and its name.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    DatasetId, Digest, Malformed, RunId, UserId,
    as_text::serde_as_text,
    name::Name,
    named_objects::{NamedObject, Need, files},
    object::FileRef,
    project::ProjectPath,
    reproduction::Tolerances,
    trace::Trace,
};

macro_rules! noun {
    ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
        facts {
            DatasetVersionAdded(Box<$crate::catalogue::VersionAdded>) = "dataset.version_added" version 1,
                about |p| Some(p.dataset.into()), objects $crate::catalogue::objects_of_version,
                trace $crate::catalogue::trace_of_version;
            DatasetSplitAdded($crate::catalogue::SplitAdded) = "dataset.split_added" version 1,
                about |p| Some(p.dataset.into()), objects $crate::catalogue::objects_of_split;
            DatasetHoldOutRead($crate::catalogue::HoldOutRead) = "dataset.hold_out_read" version 1,
                about |p| Some(p.dataset.into());
        }
        nodes { Dataset($crate::DatasetId) = "data" 1; }
        subjects {}
    } };
}
pub(crate) use noun;

/// A dataset as people write it: `planets` (the newest version), `planets@2`, `planets@2.train` (a part of it).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DatasetRef {
    pub name: Name,
    pub version: Option<u32>,
    pub part: Option<Name>,
}

impl DatasetRef {
    pub fn newest(name: Name) -> Self {
        Self { name, version: None, part: None }
    }
}

impl FromStr for DatasetRef {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (whole, part) = match text.split_once('.') {
            Some((whole, part)) => (whole, Some(part.parse()?)),
            None => (text, None),
        };
        let (name, version) = match whole.split_once('@') {
            Some((name, version)) => {
                let number = version.parse().ok().filter(|&number: &u32| number > 0);
                let number = number.ok_or_else(|| Malformed::Text {
                    noun: "dataset",
                    text: text.to_owned(),
                    why: "what follows @ is the number of a version, from 1".to_owned(),
                })?;
                (name, Some(number))
            }
            None => (whole, None),
        };
        Ok(Self { name: name.parse()?, version, part })
    }
}

impl fmt::Display for DatasetRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        if let Some(version) = self.version {
            write!(f, "@{version}")?;
        }
        if let Some(part) = &self.part {
            write!(f, ".{part}")?;
        }
        Ok(())
    }
}
serde_as_text!(DatasetRef);

/// The use of a run's result after the run is done. It is part of the submission, so that the result is used also if the
/// submitting process dies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Purpose {
    /// Its table becomes the next version of a dataset.
    Dataset {
        name: Name,
        license: Option<String>,
        description: Option<String>,
        /// The path of the source as the person gave it.
        source: String,
    },
    /// Its tables become the parts of a dataset's version.
    Split { dataset: DatasetId, name: Name, hold_out: Option<Name> },
    /// It reproduces another run, for a comparison.
    Again { of: RunId, tolerances: Tolerances, surroundings: Vec<String> },
    /// It compares the outputs of a run with those of its reproduction.
    Compare { of: RunId, again: RunId, tolerances: Tolerances, surroundings: Vec<String> },
}

impl Purpose {
    /// Whether the result belongs to the catalogue of data.
    pub const fn is_catalogued(&self) -> bool {
        matches!(self, Self::Dataset { .. } | Self::Split { .. })
    }

    /// The kind in lists of a run that Hven made for its own checks, and not on a person's request: `again` or `compare`.
    pub const fn own_kind(&self) -> Option<&'static str> {
        match self {
            Self::Again { .. } => Some("again"),
            Self::Compare { .. } => Some("compare"),
            Self::Dataset { .. } | Self::Split { .. } => None,
        }
    }
}

/// A version of a dataset is in the catalogue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VersionAdded {
    pub dataset: DatasetId,
    pub project: ProjectPath,
    pub name: Name,
    /// Counted from 1 within project and name.
    pub version: u32,
    /// The run that made it from its source.
    pub run: RunId,
    /// The raw bytes, with the path that the person gave; `None` when it was not made by an import.
    pub source: Option<FileRef>,
    /// The table, as Parquet.
    pub content: FileRef,
    /// The importer's report: schema, profile, problems, checks.
    pub report: Digest,
    pub rows: u64,
    pub columns: u32,
    pub problems: u64,
    pub checks_failed: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A version of a dataset was divided into parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SplitAdded {
    pub dataset: DatasetId,
    pub name: Name,
    pub run: RunId,
    /// As text, such as `random, seed 1`.
    pub method: String,
    pub parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    pub name: Name,
    pub rows: u64,
    pub content: FileRef,
    /// Given only to steps that ask for it by name; each read is recorded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hold_out: bool,
}

/// Held-out data was given to a reader.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HoldOutRead {
    pub dataset: DatasetId,
    /// `None`: the whole dataset, including the held-out part.
    pub part: Option<Name>,
    pub by: Reader,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reader {
    Run(RunId),
    User(UserId),
}

pub(crate) fn trace_of_version(added: &VersionAdded) -> Trace {
    Trace {
        rests_on: vec![added.run.into()],
        makes: [added.content.digest].into(),
        source: added.source.as_ref().filter(|file| file.size > 0).map(|file| file.digest),
        ..Trace::default()
    }
}

pub(crate) fn objects_of_version<'a>(added: &'a VersionAdded, look: &mut dyn FnMut(NamedObject<'a>)) {
    // A dataset that was imported without its report names the digest of no bytes.
    if added.report != Digest::of(b"") {
        look(NamedObject::bytes(added.report, Need::UnlessWithheld, "the report of a dataset"));
    }
    files(added.source.as_slice(), Need::Optional, look);
    files(std::slice::from_ref(&added.content), Need::UnlessWithheld, look);
}

pub(crate) fn objects_of_split<'a>(added: &'a SplitAdded, look: &mut dyn FnMut(NamedObject<'a>)) {
    added.parts.iter().for_each(|part| files(std::slice::from_ref(&part.content), Need::UnlessWithheld, look));
}

crate::sample::sampled! {
    enum Purpose {
        Dataset { name, license, description, source },
        Split { dataset, name, hold_out },
        Again { of, tolerances, surroundings },
        Compare { of, again, tolerances, surroundings },
    }
    VersionAdded {
        dataset, project, name, version, run, source, content, report, rows, columns, problems, checks_failed, license,
        description,
    }
    SplitAdded { dataset, name, run, method, parts }
    Part { name, rows, content, hold_out }
    HoldOutRead { dataset, part, by }
    enum Reader { Run(run), User(user) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_as_written() {
        for text in ["planets", "planets@2", "planets@2.train", "planets.train", "行星@12"] {
            assert_eq!(text.parse::<DatasetRef>().map(|read| read.to_string()), Ok(text.to_owned()));
        }
        for bad in ["", "@1", "a@", "a@0", "a@x", "a@1.", "a.b.c", "a@1@2", "a@4294967296"] {
            assert!(bad.parse::<DatasetRef>().is_err(), "{bad}");
        }
    }
}
