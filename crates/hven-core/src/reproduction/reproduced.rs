//! The fact that a run was reproduced, with the result of the comparison.

use serde::{Deserialize, Serialize};

use super::{likeness::Level, metrics::MetricComparison, printed::PrintedComparison};
use crate::{
    Digest, RunId,
    named_objects::{NamedObject, Need},
    recorded::Recorded,
};

macro_rules! noun {
    ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
        facts {
            RunReproduced($crate::reproduction::Reproduced) = "run.reproduced"
                version 2 (1 => $crate::reproduction::ReproducedV1),
                about |p| Some(p.run.into()), objects $crate::reproduction::objects_of_reproduced;
        }
        nodes {}
        subjects {}
    } };
}
pub(crate) use noun;

/// A run was reproduced from the record, or could not be; the results were compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reproduced {
    /// The run that was reproduced.
    pub run: RunId,
    /// The new run; `None` when none was started.
    pub again: Option<RunId>,
    pub level: Level,
    /// Why it could not be run again, or the largest difference, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// The [`Comparison`] of the outputs, as an object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Digest>,
    /// How many outputs and metrics have each degree of similarity.
    #[serde(default)]
    pub counts: Counts,
    /// How many of those are metrics; `None`: not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics_compared: Option<u64>,
    /// The first metrics that are not exactly the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<MetricComparison>,
    /// The comparison of what was printed; `None`: it was not compared. It never decides the level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printed: Option<PrintedComparison>,
    /// The differences of the surroundings from those of the original run.
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
    /// For a run without outputs and metrics, the first version recorded the level "same bytes". Without a comparison of
    /// outputs, all counted items are metrics.
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

/// How many outputs and metrics have each degree of similarity to their earlier versions.
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

pub(crate) fn objects_of_reproduced<'a>(reproduced: &'a Reproduced, look: &mut dyn FnMut(NamedObject<'a>)) {
    if let Some(comparison) = reproduced.comparison {
        look(NamedObject::bytes(comparison, Need::Required, "the comparison of its outputs"));
    }
}

crate::sample::sampled! {
    Reproduced {
        run, again, level, because, comparison, counts, metrics_compared, metrics, printed, surroundings,
    }
    Counts { same_bytes, same_within, differs }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_level_without_any_comparison_is_corrected() {
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
        // An empty folder before and after was compared, and contained nothing.
        assert_eq!(read(Level::SameBytes, Counts::default(), Some(Digest::ZERO)).level, Level::NothingToCompare);
        let metrics = read(Level::SameBytes, two, None);
        assert_eq!((metrics.level, metrics.metrics_compared), (Level::SameBytes, Some(2)));
        assert_eq!(metrics.outputs_compared(), Some(0));
        let outputs = read(Level::SameBytes, two, Some(Digest::ZERO));
        assert_eq!((outputs.level, outputs.outputs_compared()), (Level::SameBytes, None), "which, it does not say");
        assert_eq!(read(Level::CannotRerun, Counts::default(), None).level, Level::CannotRerun);
    }
}
