//! The similarity of files and values to their earlier versions.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::tolerance::{Difference, Tolerance};

/// The largest number of differing places that are listed for a file, however many differ.
pub const PLACES_MAX: usize = 20;

/// The position of a difference in a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Spot {
    /// The whole file: it is missing, or only its bytes can be compared.
    File,
    /// The first byte that differs, counted from 0.
    Byte { offset: u64 },
    /// A column of a table: missing, or of another type.
    Column { column: String },
    /// The number of rows of a table.
    Rows,
    /// A cell of a table; rows count from 1, without the header.
    Cell { row: u64, column: String },
    /// A value of a JSON document, by its pointer (RFC 6901).
    Pointer { pointer: String },
    /// A word of a text; both count from 1. `word` 0 is the whole line.
    Word { line: u64, word: u64 },
    /// An element of an SVG picture, such as `/svg/g[2]/path`, and one of its attributes.
    Element { path: String, attribute: Option<String> },
    /// The pixel of a picture that differs most, from the upper left corner.
    Pixel { x: u32, y: u32 },
    /// A measure of a whole picture, such as `ssim`.
    Measure { name: String },
    /// A metric of the run.
    Metric { key: String },
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => f.write_str("the file"),
            Self::Byte { offset } => write!(f, "byte {offset}"),
            Self::Column { column } => write!(f, "column {column}"),
            Self::Rows => f.write_str("the number of rows"),
            Self::Cell { row, column } => write!(f, "row {row}, column {column}"),
            Self::Pointer { pointer } if pointer.is_empty() => f.write_str("the document"),
            Self::Pointer { pointer } => f.write_str(pointer),
            Self::Word { line, word: 0 } => write!(f, "line {line}"),
            Self::Word { line, word } => write!(f, "line {line}, word {word}"),
            Self::Element { path, attribute: None } => f.write_str(path),
            Self::Element { path, attribute: Some(attribute) } => write!(f, "{path}@{attribute}"),
            Self::Pixel { x, y } => write!(f, "pixel {x}, {y}"),
            Self::Measure { name } => f.write_str(name),
            Self::Metric { key } => f.write_str(key),
        }
    }
}

/// One place where before and after are compared; `None` means that nothing is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparedPlace {
    pub spot: Spot,
    /// Cut when it is long.
    pub before: Option<String>,
    pub after: Option<String>,
    /// Where both are numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
}

/// The similarity of one file, or one metric, to its earlier version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Likeness {
    SameBytes,
    /// All differences are within the tolerance; `largest` is the largest difference of numbers, if there is one.
    SameWithin {
        tolerance: Tolerance,
        largest: Option<ComparedPlace>,
    },
    Differs {
        /// How many places differ by more than the tolerance.
        count: u64,
        /// The first of them, at most [`PLACES_MAX`].
        places: Vec<ComparedPlace>,
    },
}

impl Likeness {
    pub const fn level(&self) -> Level {
        match self {
            Self::SameBytes => Level::SameBytes,
            Self::SameWithin { .. } => Level::SameWithin,
            Self::Differs { .. } => Level::Differs,
        }
    }
}

/// The result of a comparison as one word, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    SameBytes,
    SameWithin,
    /// It ran again, but there is no output and no metric to compare.
    NothingToCompare,
    Differs,
    /// It could not be run again.
    CannotRerun,
}

impl Level {
    pub const ALL: [Self; 5] =
        [Self::SameBytes, Self::SameWithin, Self::NothingToCompare, Self::Differs, Self::CannotRerun];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SameBytes => "same_bytes",
            Self::SameWithin => "same_within",
            Self::NothingToCompare => "nothing_to_compare",
            Self::Differs => "differs",
            Self::CannotRerun => "cannot_rerun",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == text)
    }
}

/// The format in which two files were compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComparedAs {
    /// Rows and columns, of CSV or Parquet.
    Table,
    Json,
    /// Words, some of which are numbers.
    Text,
    Svg,
    /// The pixels of a PNG or JPEG.
    Image,
    Bytes,
}

/// The comparison of one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileComparison {
    /// Relative to both folders.
    pub path: String,
    pub compared_as: ComparedAs,
    pub likeness: Likeness,
    /// Notes for readers: that only bytes were compared, and why; the similarity of two pictures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// The comparison of all outputs: the document `comparison.json` of the recipe `compare`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// [`Comparison::SCHEMA`].
    pub schema: String,
    /// In the order of their paths.
    pub files: Vec<FileComparison>,
}

impl Comparison {
    pub const SCHEMA: &str = "hven.comparison/1";

    /// The level of the worst file; without files there is nothing to compare.
    pub fn level(&self) -> Level {
        self.files.iter().map(|file| file.likeness.level()).max().unwrap_or(Level::NothingToCompare)
    }
}

crate::sample::sampled! {
    enum Spot {
        File,
        Byte { offset },
        Column { column },
        Rows,
        Cell { row, column },
        Pointer { pointer },
        Word { line, word },
        Element { path, attribute },
        Pixel { x, y },
        Measure { name },
        Metric { key },
    }
    ComparedPlace { spot, before, after, difference }
    enum Likeness { SameBytes, SameWithin { tolerance, largest }, Differs { count, places } }
    enum Level { SameBytes, SameWithin, NothingToCompare, Differs, CannotRerun }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_words_from_best_to_worst() {
        assert!(Level::ALL.is_sorted());
        for level in Level::ALL {
            assert_eq!(Level::parse(level.as_str()), Some(level));
        }
        let file = |likeness| FileComparison {
            path: "a".to_owned(),
            compared_as: ComparedAs::Bytes,
            likeness,
            notes: Vec::new(),
        };
        let differs = Likeness::Differs { count: 1, places: Vec::new() };
        let mut comparison = Comparison { schema: Comparison::SCHEMA.to_owned(), files: Vec::new() };
        assert_eq!(comparison.level(), Level::NothingToCompare, "no files are no sameness");
        comparison.files = vec![file(differs), file(Likeness::SameBytes)];
        assert_eq!(comparison.level(), Level::Differs);
    }
}
