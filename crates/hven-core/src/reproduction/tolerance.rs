//! The differences that numbers may have when a run is reproduced.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::run::Number;

/// The difference up to which two numbers are the same: `|a − b| ≤ absolute + relative × max(|a|, |b|)`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tolerance {
    #[serde(default)]
    pub relative: f64,
    #[serde(default)]
    pub absolute: f64,
}

impl Tolerance {
    /// No difference is allowed.
    pub const EXACT: Self = Self { relative: 0.0, absolute: 0.0 };

    /// Checks the numbers of a tolerance that a person wrote.
    pub fn check(&self) -> Result<(), &'static str> {
        if self.relative.is_finite() && self.absolute.is_finite() && self.relative >= 0.0 && self.absolute >= 0.0 {
            Ok(())
        } else {
            Err("a tolerance is made of finite numbers from 0")
        }
    }

    /// Whether two numbers are the same within it. NaN equals NaN, and an infinity equals itself.
    #[expect(clippy::float_cmp, reason = "equal numbers need no tolerance")]
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
    /// The effect of another order of additions or another version of a library: one part in a thousand million.
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

/// The difference of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    pub absolute: Number,
    /// Relative to the larger of the two magnitudes.
    pub relative: Number,
}

impl Difference {
    #[expect(clippy::float_cmp, reason = "equal numbers do not differ, infinities included")]
    pub fn between(before: f64, after: f64) -> Self {
        if before == after || (before.is_nan() && after.is_nan()) {
            return Self { absolute: Number(0.0), relative: Number(0.0) };
        }
        let absolute = (before - after).abs();
        Self { absolute: Number(absolute), relative: Number(absolute / before.abs().max(after.abs())) }
    }
}

/// The differences that a reproduction may have, where they are not the default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tolerances {
    /// For everything without its own tolerance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usual: Option<Tolerance>,
    /// By metric.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<String, Tolerance>,
    /// By output, or by a folder of outputs; the longest matching path counts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, Tolerance>,
}

impl Tolerances {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Fills missing tolerances from `others`.
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

    /// Checks the numbers that a person wrote.
    pub fn check(&self) -> Result<(), &'static str> {
        self.usual.iter().chain(self.metrics.values()).chain(self.files.values()).try_for_each(Tolerance::check)
    }
}

crate::sample::sampled! {
    Difference { absolute, relative }
    Tolerances { usual, metrics, files }
}

impl crate::sample::Sampled for Tolerance {
    fn sample(g: &mut crate::sample::Generator) -> Self {
        Self { relative: g.make::<f64>().abs(), absolute: g.make::<f64>().abs() }
    }
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
    fn later_tolerances_override_declared_ones() {
        let one = |name: &str, relative| BTreeMap::from([(name.to_owned(), Tolerance { relative, absolute: 0.0 })]);
        let later = Tolerances { usual: None, metrics: one("loss", 0.1), files: one("a.csv", 0.2) };
        let usual = Some(Tolerance { relative: 1e-3, absolute: 0.0 });
        let declared = Tolerances { usual, metrics: one("loss", 0.5), files: one("b.csv", 0.3) };
        let both = later.or(declared);
        assert_eq!((both.usual, both.metrics["loss"].relative), (usual, 0.1));
        assert_eq!(both.files.keys().collect::<Vec<_>>(), ["a.csv", "b.csv"]);
        assert!(both.check().is_ok() && !both.is_empty() && Tolerances::default().is_empty());
        assert!(Tolerances { metrics: one("loss", -1.0), ..both }.check().is_err());
    }
}
