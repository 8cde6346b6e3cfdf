//! How alike files and values are to what they were.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::tolerance::{Difference, Tolerance};

/// Of what a place in a file is said: no more than so many are listed, however many differ.
pub const PLACES_MAX: usize = 20;

/// Where in a file something stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Spot {
    /// The file as a whole: it is missing, or cannot be compared but by its bytes.
    File,
    /// The first byte that differs, counted from 0.
    Byte { offset: u64 },
    /// A column of a table: missing, or of another type.
    Column { column: String },
    /// How many rows a table has.
    Rows,
    /// A cell of a table; rows count from 1, without the header.
    Cell { row: u64, column: String },
    /// A value of a JSON document, by its pointer (RFC 6901).
    Pointer { pointer: String },
    /// A word of a text; both count from 1. `word` 0 is the line as a whole.
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

/// One place at which before and after are compared; `None` is: nothing stands there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    pub spot: Spot,
    /// Cut when it is long.
    pub before: Option<String>,
    pub after: Option<String>,
    /// Where both are numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
}

/// How alike one file, or one metric, is to what it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Likeness {
    SameBytes,
    /// What differs, differs by no more than it may; `largest` is the largest difference of numbers, when there is any.
    SameWithin {
        tolerance: Tolerance,
        largest: Option<Place>,
    },
    Differs {
        /// How many places differ by more than they may.
        count: u64,
        /// The first of them, [`PLACES_MAX`] at most.
        places: Vec<Place>,
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

/// The one word of a comparison, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    SameBytes,
    SameWithin,
    /// It ran again, and no output and no metric says whether the same came out.
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

/// As what two files were compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComparedAs {
    /// Rows and columns, of CSV or Parquet.
    Table,
    Json,
    /// Words, of which some are numbers.
    Text,
    Svg,
    /// The pixels of a PNG or JPEG.
    Image,
    Bytes,
}

/// What came of comparing one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileComparison {
    /// Relative to both folders.
    pub path: String,
    pub compared_as: ComparedAs,
    pub likeness: Likeness,
    /// What a reader should know: that only bytes were compared, and why; how alike two pictures are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// What came of comparing all outputs: the document `comparison.json` of the recipe `compare`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// [`Comparison::SCHEMA`].
    pub schema: String,
    /// In the order of their paths.
    pub files: Vec<FileComparison>,
}

impl Comparison {
    pub const SCHEMA: &str = "hven.comparison/1";

    /// That of the worst file; of no files at all nothing can be said.
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
    Place { spot, before, after, difference }
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
