//! Drafts of arrays: the texts of a form, before they are read. A process reads them in the folder of the command.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An array as a person writes it: texts as the options of `hven map` take them. An empty text says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// One text, which is divided into words. No shell runs it.
    pub command: String,
    /// The absolute path of the folder in which the command runs.
    pub folder: String,
    /// The values of a name, as `i=1..10`.
    pub over: Vec<String>,
    /// Names whose values go together, separated by commas.
    pub zip: Vec<String>,
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
    pub project: String,
    pub name: String,
    pub cpus: String,
    pub memory: String,
    /// Units of named resources, as `gpu=1`.
    pub resources: Vec<String>,
    pub priority: String,
    /// The name of the dataset of the results.
    pub gather: String,
    pub stop_when: String,
}

/// Everything that a process needs to read a draft. The server writes it to the standard input of the process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftTask {
    pub draft: Draft,
    /// Variables of the environment of the process that are secrets.
    pub secrets: Vec<String>,
    /// Submit the array, with keys that begin with this. `None`: only say what a submission would do.
    pub submit: Option<String>,
}

/// The report of the process. It writes it to its standard output.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DraftReport {
    /// The faults of its texts. Nothing was recorded if there are any.
    pub refusals: Vec<DraftRefusal>,
    /// The answer of the server to the preview of the array, as JSON.
    pub preview: Option<Value>,
    /// The name of the array that was submitted.
    pub array: Option<String>,
}

/// Why a text of a draft is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftRefusal {
    /// The name of the field of [`Draft`], or `array` if it is about all of it.
    pub field: String,
    /// Which text of a field that has several, counted from 0.
    pub at: Option<usize>,
    pub message: String,
}

impl DraftRefusal {
    pub fn of(field: &str, message: impl Into<String>) -> Self {
        Self { field: field.to_owned(), at: None, message: message.into() }
    }

    pub fn at(field: &str, at: usize, message: impl Into<String>) -> Self {
        Self { at: Some(at), ..Self::of(field, message) }
    }
}

impl DraftReport {
    pub fn refused(refusals: Vec<DraftRefusal>) -> Self {
        Self { refusals, ..Self::default() }
    }
}
