//! How a run waits for its turn: its priority, whether a person holds it, the runs that must succeed before it, and the time
//! by which it must start.
//!
//! None of this describes the work: cache keys, claims, lineage and publications ignore it. The newest fact counts.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Malformed, RunId, Time};

macro_rules! noun {
    ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
        facts {
            RunQueueSet($crate::queueing::QueueSet) = "run.queue_set" version 1, about |p| Some(p.run.into());
            RunHeld($crate::queueing::Held) = "run.held" version 1, about |p| Some(p.run.into());
        }
        nodes {}
        subjects {}
    } };
}
pub(crate) use noun;

/// How much a run precedes others: from −100 to 100. A run with a higher priority precedes all runs with a lower one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Priority(i8);

impl Priority {
    pub const MIN: Self = Self(-100);
    pub const MAX: Self = Self(100);
    /// The priority of a run without a request.
    pub const USUAL: Self = Self(0);

    pub const fn get(self) -> i8 {
        self.0
    }
}

impl TryFrom<i64> for Priority {
    type Error = Malformed;
    fn try_from(value: i64) -> Result<Self, Malformed> {
        i8::try_from(value).ok().map(Self).filter(|found| (Self::MIN..=Self::MAX).contains(found)).ok_or_else(|| {
            Malformed::Text { noun: "priority", text: value.to_string(), why: "it is from -100 to 100".to_owned() }
        })
    }
}

impl From<Priority> for i64 {
    fn from(priority: Priority) -> Self {
        priority.0.into()
    }
}

impl FromStr for Priority {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let value = text.parse::<i64>().map_err(|_| Malformed::Text {
            noun: "priority",
            text: text.to_owned(),
            why: "it is a whole number from -100 to 100".to_owned(),
        })?;
        value.try_into()
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The most runs after which one run may wait.
pub const AFTER_MAX: usize = 1000;

/// The position of a run among others was set, when it was submitted or later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueSet {
    pub run: RunId,
    pub priority: Priority,
    /// The runs that must succeed before it starts.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub after: BTreeSet<RunId>,
    /// It ends without a start if it has not started at this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_by: Option<Time>,
}

/// A run was held: it does not start until it is released. Or it was released.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub run: RunId,
    pub held: bool,
}

crate::sample::sampled! {
    QueueSet { run, priority, after, start_by }
    Held { run, held }
}

impl crate::sample::Sampled for Priority {
    fn sample(g: &mut crate::sample::Generator) -> Self {
        g.one_of(&[Self::MIN, Self::USUAL, Self(7), Self::MAX])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priorities() {
        for (text, value) in [("0", 0), ("-100", -100), ("100", 100), ("+5", 5)] {
            assert_eq!(text.parse::<Priority>().map(Priority::get), Ok(value));
        }
        for bad in ["", "101", "-101", "1.5", "high", "99999999999999999999"] {
            assert!(bad.parse::<Priority>().is_err(), "{bad:?}");
        }
    }
}
