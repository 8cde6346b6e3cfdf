//! Decisions of the reader, and those it could not make, with the settings that decide them.

use serde::{Deserialize, Serialize};

/// A decision of the reader that a person should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// The column that it is about; `None` for the whole file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// One sentence.
    pub text: String,
    /// The options that decide it otherwise, such as `decimal`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<String>,
    /// The first cells that led to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<CellAt>,
}

/// A cell in the source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellAt {
    pub line: u64,
    pub text: String,
}

impl Remark {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { column: None, text: text.into(), settings: Vec::new(), cells: Vec::new() }
    }
    #[must_use]
    pub(crate) fn about(self, column: &str) -> Self {
        Self { column: Some(column.to_owned()), ..self }
    }
    #[must_use]
    pub(crate) fn decided_by(self, settings: &[&str]) -> Self {
        Self { settings: settings.iter().map(|setting| (*setting).to_owned()).collect(), ..self }
    }
    #[must_use]
    pub(crate) fn with_cells(self, cells: &[CellAt]) -> Self {
        Self { cells: cells.to_vec(), ..self }
    }
}

impl From<String> for Remark {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// The cells for people: `"abc" (line 3), "x" (line 9)`.
pub(crate) fn shown(cells: &[CellAt]) -> String {
    let shown: Vec<String> = cells.iter().map(|cell| format!("{:?} (line {})", cell.text, cell.line)).collect();
    shown.join(", ")
}
