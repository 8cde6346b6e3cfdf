//! Running again and comparing: how alike what came out is to what had come out before, and where it is not.
//!
//! Who compares, and how files are read, is a matter of the capabilities; here is what a comparison says, because facts,
//! the wire and publications all carry it. Numbers agree by one rule everywhere: [`Tolerance::agree`].

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::{Digest, RunId, recorded::Recorded, run::Number};

/// Of what a place in a file is said: no more than so many are listed, however many differ.
pub const PLACES_MAX: usize = 20;

/// By how much two numbers may differ and still be the same: `|a − b| ≤ absolute + relative × max(|a|, |b|)`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tolerance {
    #[serde(default)]
    pub relative: f64,
    #[serde(default)]
    pub absolute: f64,
}

impl Tolerance {
    /// Nothing may differ.
    pub const EXACT: Self = Self { relative: 0.0, absolute: 0.0 };

    /// Says what is wrong with the numbers of a tolerance that somebody wrote.
    pub fn check(&self) -> Result<(), &'static str> {
        if self.relative.is_finite() && self.absolute.is_finite() && self.relative >= 0.0 && self.absolute >= 0.0 {
            Ok(())
        } else {
            Err("a tolerance is made of finite numbers from 0")
        }
    }

    /// Whether two numbers are the same within it. NaN is the same as NaN, and an infinity as itself.
    #[expect(clippy::float_cmp, reason = "what is equal needs no tolerance")]
    pub fn agree(&self, before: f64, after: f64) -> bool {
        if before == after || (before.is_nan() && after.is_nan()) {
            return true;
        }
        if !before.is_finite() || !after.is_finite() {
            return false;
        }
        (before - after).abs() <= self.absolute + self.relative * before.abs().max(after.abs())
    }
}

impl Default for Tolerance {
    /// What another order of additions or another version of a library may change: a part in a thousand million.
    fn default() -> Self {
        Self { relative: 1e-9, absolute: 0.0 }
    }
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.relative, self.absolute) {
            (0.0, 0.0) => f.write_str("exactly"),
            (relative, 0.0) => write!(f, "{relative:e} relative"),
            (0.0, absolute) => write!(f, "{absolute:e} absolute"),
            (relative, absolute) => write!(f, "{relative:e} relative + {absolute:e} absolute"),
        }
    }
}

/// By how much two numbers differ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    pub absolute: Number,
    /// Of the larger of the two magnitudes.
    pub relative: Number,
}

impl Difference {
    #[expect(clippy::float_cmp, reason = "what is equal does not differ, infinities included")]
    pub fn between(before: f64, after: f64) -> Self {
        if before == after || (before.is_nan() && after.is_nan()) {
            return Self { absolute: Number(0.0), relative: Number(0.0) };
        }
        let absolute = (before - after).abs();
        Self { absolute: Number(absolute), relative: Number(absolute / before.abs().max(after.abs())) }
    }
}

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

/// By how much what is reproduced may differ, where it is not the usual.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tolerances {
    /// For all that has none of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usual: Option<Tolerance>,
    /// By metric.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<String, Tolerance>,
    /// By output, or by a folder of outputs; the longest that fits counts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, Tolerance>,
}

impl Tolerances {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Where these say nothing, `others` do.
    #[must_use]
    pub fn or(mut self, others: Self) -> Self {
        self.usual = self.usual.or(others.usual);
        for (mine, theirs) in [(&mut self.metrics, others.metrics), (&mut self.files, others.files)] {
            for (name, tolerance) in theirs {
                mine.entry(name).or_insert(tolerance);
            }
        }
        self
    }

    /// Says what is wrong with the numbers that somebody wrote.
    pub fn check(&self) -> Result<(), &'static str> {
        self.usual.iter().chain(self.metrics.values()).chain(self.files.values()).try_for_each(Tolerance::check)
    }
}

/// A run was reproduced from the record, or could not be; what came out was compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reproduced {
    /// The run that was reproduced.
    pub run: RunId,
    /// The run that did it; `None` when there was nothing to start.
    pub again: Option<RunId>,
    pub level: Level,
    /// Why it could not be run again, or what differs most, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// The [`Comparison`] of the outputs, as an object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Digest>,
    /// How many outputs and metrics are how alike.
    #[serde(default)]
    pub counts: Counts,
    /// How many of those are metrics; `None`: not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics_compared: Option<u64>,
    /// The first metrics that are not exactly the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<MetricComparison>,
    /// What was printed; `None`: it was not compared. It never decides the level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printed: Option<PrintedComparison>,
    /// In what the surroundings were not those of the first time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub surroundings: Vec<String>,
}

impl Reproduced {
    /// How many outputs were compared; `None`: not known.
    pub fn outputs_compared(&self) -> Option<u64> {
        self.metrics_compared.map(|metrics| self.counts.total().saturating_sub(metrics))
    }
}

/// The first version of [`Reproduced`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReproducedV1 {
    pub run: RunId,
    pub again: Option<RunId>,
    pub level: Level,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Digest>,
    #[serde(default)]
    pub counts: Counts,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<MetricComparison>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub surroundings: Vec<String>,
}

impl From<ReproducedV1> for Reproduced {
    /// Of a run without outputs and metrics it was said that the same bytes came out. Without a comparison of outputs all
    /// that was counted are metrics.
    fn from(
        ReproducedV1 { run, again, level, because, comparison, counts, metrics, surroundings }: ReproducedV1,
    ) -> Self {
        let (level, because) = match level {
            Level::SameBytes if counts.total() == 0 => {
                (Level::NothingToCompare, Some(Recorded::NothingCompared.to_string()))
            }
            level => (level, because),
        };
        let metrics_compared = comparison.is_none().then(|| counts.total());
        Self { run, again, level, because, comparison, counts, metrics_compared, metrics, printed: None, surroundings }
    }
}

/// How many outputs and metrics are how alike to what they were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub same_bytes: u64,
    pub same_within: u64,
    pub differs: u64,
}

impl Counts {
    pub fn add(&mut self, level: Level) {
        match level {
            Level::SameBytes => self.same_bytes += 1,
            Level::SameWithin => self.same_within += 1,
            Level::Differs | Level::CannotRerun => self.differs += 1,
            Level::NothingToCompare => {}
        }
    }

    pub const fn total(&self) -> u64 {
        self.same_bytes.saturating_add(self.same_within).saturating_add(self.differs)
    }
}

/// What came of comparing what two runs printed, each of the two streams by itself: how they were woven together is chance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrintedComparison {
    pub stdout: Printed,
    pub stderr: Printed,
}

/// How alike what was printed to a stream is to what had been printed there, as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Printed {
    /// Neither run printed anything.
    Nothing,
    Same,
    /// The first line that differs, counted from 1.
    Differs {
        line: u64,
    },
    NotKnown {
        why: String,
    },
}

impl Printed {
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Same => "same",
            Self::Differs { .. } => "differs",
            Self::NotKnown { .. } => "not_known",
        }
    }
}

impl fmt::Display for Printed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing was printed"),
            Self::Same => f.write_str("printed the same"),
            Self::Differs { line } => write!(f, "printed something else, from line {line}"),
            Self::NotKnown { why } => write!(f, "not known: {why}"),
        }
    }
}

impl fmt::Display for PrintedComparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.stdout, &self.stderr) {
            (Printed::Nothing, Printed::Nothing) => Printed::Nothing.fmt(f),
            (Printed::NotKnown { why }, Printed::NotKnown { why: other }) if why == other => {
                write!(f, "what was printed is not known: {why}")
            }
            (stdout, stderr) => write!(f, "stdout: {stdout}; stderr: {stderr}"),
        }
    }
}

/// What came of comparing one metric, by its last value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricComparison {
    pub key: String,
    pub likeness: Likeness,
}

/// Compares the last values of metrics, by key. A metric with no tolerance of its own in `tolerances` gets `usual`.
pub fn compare_metrics(
    before: &BTreeMap<String, Number>,
    after: &BTreeMap<String, Number>,
    tolerances: &BTreeMap<String, Tolerance>,
    usual: Tolerance,
) -> Vec<MetricComparison> {
    let mut keys: Vec<&String> = before.keys().chain(after.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.into_iter()
        .map(|key| {
            let (old, new) = (before.get(key), after.get(key));
            let written = |number: &Number| number.0.to_string();
            let place = |difference| Place {
                spot: Spot::Metric { key: key.clone() },
                before: old.map(written),
                after: new.map(written),
                difference,
            };
            let tolerance = tolerances.get(key).copied().unwrap_or(usual);
            let likeness = match (old, new) {
                (Some(Number(old)), Some(Number(new))) if Tolerance::EXACT.agree(*old, *new) => Likeness::SameBytes,
                (Some(Number(old)), Some(Number(new))) => {
                    let place = place(Some(Difference::between(*old, *new)));
                    if tolerance.agree(*old, *new) {
                        Likeness::SameWithin { tolerance, largest: Some(place) }
                    } else {
                        Likeness::Differs { count: 1, places: vec![place] }
                    }
                }
                _ => Likeness::Differs { count: 1, places: vec![place(None)] },
            };
            MetricComparison { key: key.clone(), likeness }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_agree_within_a_tolerance() {
        let check = |relative: f64, absolute: f64, before: f64, after: f64, expect: bool| {
            let tolerance = Tolerance { relative, absolute };
            assert_eq!(tolerance.agree(before, after), expect, "{before} and {after}, {tolerance}");
            assert_eq!(tolerance.agree(after, before), expect, "{after} and {before}, {tolerance}");
        };
        check(0.0, 0.0, 1.0, 1.0, true);
        check(0.0, 0.0, 1.0, 1.000_000_1, false);
        check(0.0, 0.0, 0.0, -0.0, true);
        check(1e-6, 0.0, 1.0, 1.000_000_1, true);
        check(1e-6, 0.0, 1.0, 1.000_01, false);
        check(1e-6, 0.0, 0.0, 1e-30, false);
        check(1e-6, 1e-12, 0.0, 1e-30, true);
        check(0.0, 0.0, f64::NAN, f64::NAN, true);
        check(1.0, 1.0, f64::NAN, 0.0, false);
        check(1.0, 1.0, f64::INFINITY, f64::INFINITY, true);
        check(1.0, 1.0, f64::INFINITY, f64::NEG_INFINITY, false);
        check(1.0, 1.0, f64::INFINITY, 1.0, false);
    }

    #[test]
    fn what_is_said_later_counts_before_what_was_declared() {
        let one = |name: &str, relative| BTreeMap::from([(name.to_owned(), Tolerance { relative, absolute: 0.0 })]);
        let said = Tolerances { usual: None, metrics: one("loss", 0.1), files: one("a.csv", 0.2) };
        let usual = Some(Tolerance { relative: 1e-3, absolute: 0.0 });
        let declared = Tolerances { usual, metrics: one("loss", 0.5), files: one("b.csv", 0.3) };
        let both = said.or(declared);
        assert_eq!((both.usual, both.metrics["loss"].relative), (usual, 0.1));
        assert_eq!(both.files.keys().collect::<Vec<_>>(), ["a.csv", "b.csv"]);
        assert!(both.check().is_ok() && !both.is_empty() && Tolerances::default().is_empty());
        assert!(Tolerances { metrics: one("loss", -1.0), ..both }.check().is_err());
    }

    #[test]
    fn metrics_are_compared_by_key() {
        let of = |pairs: &[(&str, f64)]| pairs.iter().map(|(key, value)| ((*key).to_owned(), Number(*value))).collect();
        let before = of(&[("a", 1.0), ("b", 1.0), ("c", 1.0), ("gone", 1.0), ("nan", f64::NAN)]);
        let after = of(&[("a", 1.0), ("b", 1.05), ("c", 1.05), ("new", 1.0), ("nan", f64::NAN)]);
        let tolerances = BTreeMap::from([("b".to_owned(), Tolerance { relative: 0.0, absolute: 0.1 })]);
        let found = compare_metrics(&before, &after, &tolerances, Tolerance::default());
        let levels: Vec<_> = found.iter().map(|one| (one.key.as_str(), one.likeness.level())).collect();
        let (same, within, differs) = (Level::SameBytes, Level::SameWithin, Level::Differs);
        let expect = [("a", same), ("b", within), ("c", differs), ("gone", differs), ("nan", same), ("new", differs)];
        assert_eq!(levels, expect);
    }

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

    #[test]
    fn what_was_called_the_same_with_nothing_compared_is_not() {
        let read = |level, counts, comparison| {
            Reproduced::from(ReproducedV1 {
                run: RunId::from_u128(1),
                again: Some(RunId::from_u128(2)),
                level,
                because: None,
                comparison,
                counts,
                metrics: Vec::new(),
                surroundings: Vec::new(),
            })
        };
        let two = Counts { same_bytes: 2, ..Counts::default() };
        let nothing = read(Level::SameBytes, Counts::default(), None);
        assert_eq!(nothing.level, Level::NothingToCompare);
        assert!(nothing.because.is_some_and(|because| because.starts_with("nothing was compared")));
        // An empty folder before and after was compared, and nothing lay in it.
        assert_eq!(read(Level::SameBytes, Counts::default(), Some(Digest::ZERO)).level, Level::NothingToCompare);
        let metrics = read(Level::SameBytes, two, None);
        assert_eq!((metrics.level, metrics.metrics_compared), (Level::SameBytes, Some(2)));
        assert_eq!(metrics.outputs_compared(), Some(0));
        let outputs = read(Level::SameBytes, two, Some(Digest::ZERO));
        assert_eq!((outputs.level, outputs.outputs_compared()), (Level::SameBytes, None), "which, it does not say");
        assert_eq!(read(Level::CannotRerun, Counts::default(), None).level, Level::CannotRerun);
    }

    #[test]
    fn what_was_printed_is_told_for_each_stream() {
        let of = |stdout: Printed, stderr: Printed| PrintedComparison { stdout, stderr }.to_string();
        let gone = || Printed::NotKnown { why: "it is gone".to_owned() };
        assert_eq!(of(Printed::Nothing, Printed::Nothing), "nothing was printed");
        assert_eq!(of(gone(), gone()), "what was printed is not known: it is gone");
        assert_eq!(of(Printed::Same, Printed::Same), "stdout: printed the same; stderr: printed the same");
        assert_eq!(
            of(Printed::Differs { line: 3 }, Printed::Nothing),
            "stdout: printed something else, from line 3; stderr: nothing was printed"
        );
    }
}
