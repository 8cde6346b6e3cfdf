//! Documents: what a client of another program keeps here, and Hven has no noun for, such as the tags of an MLflow experiment.
//!
//! A door (the crate that speaks the protocol of the other program) reads and writes them. Hven gives a meaning to two kinds only:
//! the tags of a run that another program set ([`Kept::tags_of_run`]), and the saved views of Hven's own pages. The newest fact
//! about a document counts; earlier ones stay in the record.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Malformed, RunId, limits, name::Name, params::Params, project::ProjectPath};

macro_rules! noun {
    ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
        facts {
            DocumentKept($crate::document::Kept) = "document.kept" version 1, about |p| p.run.map(Into::into);
            DocumentRemoved($crate::document::Removed) = "document.removed" version 1, about |p| p.run.map(Into::into);
        }
        nodes {}
        subjects {}
    } };
}
pub(crate) use noun;

/// The longest id of a document, in bytes.
pub const ID_BYTES_MAX: usize = 1000;
/// The largest document, as JSON in bytes.
pub const BODY_BYTES_MAX: usize = 1 << 20;

/// Names a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DocumentName {
    /// The door that keeps it, such as `mlflow`.
    pub door: Name,
    /// The kind that it has in the other program, such as `experiment`.
    pub collection: Name,
    /// Names it in its collection.
    pub id: String,
}

impl DocumentName {
    pub fn check(&self) -> Result<(), Malformed> {
        limits::line("the id of a document", &self.id, ID_BYTES_MAX)
    }
}

impl fmt::Display for DocumentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.door, self.collection, self.id)
    }
}

/// A document was written; it replaces an earlier one of the same name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    #[serde(flatten)]
    pub document: DocumentName,
    /// The project whose members may read and change it.
    pub project: ProjectPath,
    /// The run that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    pub body: Params,
}

/// The longest name of a tag that another program set on a run, in bytes.
const TAG_NAME_BYTES_MAX: usize = 1000;

impl Kept {
    /// The tags that another program set on a run: the texts in the field `tags` of the document that has the id of the run. `None`
    /// for any other document.
    pub fn tags_of_run(&self) -> Option<(RunId, impl Iterator<Item = (&str, &str)>)> {
        let run = self.run.filter(|run| run.to_string() == self.document.id)?;
        let tags = self.body.get("tags").and_then(serde_json::Value::as_object);
        let texts = tags.into_iter().flatten().filter_map(|(name, text)| Some((name.as_str(), text.as_str()?)));
        Some((run, texts.filter(|(name, _)| name.len() <= TAG_NAME_BYTES_MAX)))
    }
}

/// A document was removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Removed {
    #[serde(flatten)]
    pub document: DocumentName,
    pub project: ProjectPath,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
}

crate::sample::sampled! {
    DocumentName { door, collection, id }
    Kept { document, project, run, body }
    Removed { document, project, run }
}
