//! Splits: a table divided into named parts, so that a model trained on one part can be tested on another.
//!
//! The part of a row depends only on the content of the row and on the seed, never on chance: the same table gives the same
//! parts on every machine, and most rows keep their part when a later version has more rows.

use serde::{Deserialize, Serialize};

use super::report::Bytes;
use crate::{Digest, Malformed, name::Name, repeats::DifferentRows};

/// The specification of a split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SplitPlan {
    pub name: String,
    pub method: SplitMethod,
    #[serde(default)]
    pub seed: u64,
    /// Parts with their shares of the rows.
    pub parts: Vec<Share>,
    /// The part that is given only to readers that ask for it by name, and whose reads are counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_out: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    pub part: String,
    /// Above 0; the shares of all parts add up to 1.
    pub share: f64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum SplitMethod {
    /// Each row on its own; rows that repeat one another stay in one part.
    Random,
    /// The same, with the same shares for each value of the column.
    Stratified { column: String },
    /// All rows with equal values in these columns stay in one part.
    ByKey { columns: Vec<String> },
}

/// The largest number of parts of a split.
pub const PARTS_MAX: usize = 16;

impl SplitPlan {
    /// Whether names and shares are valid.
    pub fn check(&self) -> Result<(), Malformed> {
        let refuse = |why: String| {
            Err(Malformed::Bound { what: format!("the split {:?}", self.name), why: format!("cannot be made: {why}") })
        };
        if self.name.is_empty() {
            return refuse("it has no name".to_owned());
        }
        if self.parts.len() < 2 || self.parts.len() > PARTS_MAX {
            return refuse(format!("it has {} parts; 2 to {PARTS_MAX} are wanted", self.parts.len()));
        }
        for (at, one) in self.parts.iter().enumerate() {
            // The name of a part becomes a file name, so it must not contain a path.
            if one.part.parse::<Name>().is_err() || self.parts[..at].iter().any(|other| other.part == one.part) {
                return refuse(format!(
                    "every part has a name of its own, of letters, digits, _ and -, and {:?} is not one",
                    one.part
                ));
            }
            if !(one.share > 0.0 && one.share < 1.0) {
                return refuse(format!("the share of {:?} is {}; it lies between 0 and 1", one.part, one.share));
            }
        }
        let sum: f64 = self.parts.iter().map(|one| one.share).sum();
        if (sum - 1.0).abs() > 1e-6 {
            let shares: Vec<String> = self.parts.iter().map(|one| format!("{} {}", one.part, one.share)).collect();
            // Rounded, because the sum of the shares has rounding errors.
            let sum = (sum * 1e9).round() / 1e9;
            return refuse(format!("the shares make {sum} together ({}); they must make 1", shares.join(", ")));
        }
        match &self.hold_out {
            Some(part) if !self.parts.iter().any(|one| one.part == *part) => {
                refuse(format!("the hold-out part {part:?} is not one of its parts"))
            }
            _ => Ok(()),
        }
    }
}

/// A divided table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Split {
    #[serde(flatten)]
    pub plan: SplitPlan,
    /// The table's Parquet object.
    pub table: Digest,
    /// How many rows each part got, in the order of the plan.
    pub rows: Vec<u64>,
    /// How many rows are different, if rows repeat one another and were kept in one part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<DifferentRows>,
    /// A Parquet object with one column, `part`: the index of each row's part in the plan.
    pub assignment: Bytes,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(parts: &[(&str, f64)], hold_out: Option<&str>) -> SplitPlan {
        SplitPlan {
            name: "main".to_owned(),
            method: SplitMethod::Random,
            seed: 0,
            parts: parts.iter().map(|&(part, share)| Share { part: part.to_owned(), share }).collect(),
            hold_out: hold_out.map(str::to_owned),
        }
    }

    #[test]
    fn plans_are_checked() {
        assert_eq!(plan(&[("train", 0.7), ("test", 0.3)], Some("test")).check(), Ok(()));
        let many: Vec<_> = (0..17).map(|_| ("x", 1.0 / 17.0)).collect();
        for (bad, hold_out) in [
            (&[("train", 1.0)][..], None),
            (&[("train", 0.7), ("test", 0.2)], None),
            (&[("train", 0.7), ("train", 0.3)], None),
            (&[("train", 0.7), ("", 0.3)], None),
            (&[("train", 0.7), ("../../test", 0.3)], None),
            (&[("train", 0.7), ("/tmp/test", 0.3)], None),
            (&[("train", 1.5), ("test", -0.5)], None),
            (&[("train", f64::NAN), ("test", 0.3)], None),
            (&[("train", 0.7), ("test", 0.3)], Some("exam")),
            (&many, None),
        ] {
            assert!(plan(bad, hold_out).check().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn shares_that_do_not_make_one_are_named_with_their_sum() {
        let message = plan(&[("a", 0.7), ("b", 0.2)], None).check().map_err(|wrong| wrong.to_string());
        let wanted = "the split \"main\" cannot be made: the shares make 0.9 together (a 0.7, b 0.2); they must make 1";
        assert_eq!(message, Err(wanted.to_owned()));
    }
}
