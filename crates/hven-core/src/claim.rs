//! Claims: statements with evidence, a test and a verdict.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{ClaimId, Malformed, RunId, as_text::serde_as_text, name::Name, project::ProjectPath, run::Number};

/// Where a claim's evidence comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Evidence {
    /// The newest run of a step of the project, written `run.law`.
    Step(Name),
    /// One run, for ever.
    Run(RunId),
}

impl FromStr for Evidence {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        match text.strip_prefix("run.") {
            Some(step) => Ok(Self::Step(step.parse()?)),
            None => text.parse().map(Self::Run).map_err(|_| Malformed::Text {
                noun: "evidence",
                text: text.to_owned(),
                why: "it is a step, such as run.law, or the id of a run".to_owned(),
            }),
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step(step) => write!(f, "run.{step}"),
            Self::Run(run) => write!(f, "{run}"),
        }
    }
}
serde_as_text!(Evidence);

/// A claim was stated, or stated anew: then everything but its id may have changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stated {
    pub claim: ClaimId,
    pub project: ProjectPath,
    pub name: Name,
    pub statement: String,
    /// An expression over the metrics and parameters of the evidence.
    pub test: String,
    /// The version of the grammar in which the test is written.
    pub grammar: u32,
    /// One or more; a test names the quantities of one of several by its step: `law.exponent`.
    pub evidence: Vec<Evidence>,
    /// Counted from 1: how often it was stated.
    pub revision: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Holds,
    Fails,
    /// A quantity is missing or not a number, so the test says neither.
    CannotTell,
}

impl Verdict {
    pub const ALL: [Self; 3] = [Self::Holds, Self::Fails, Self::CannotTell];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "fails",
            Self::CannotTell => "cannot_tell",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.as_str() == text)
    }
}

/// The evidence was put to the test. What was looked at is fixed here: a newer run changes nothing of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    pub claim: ClaimId,
    /// Which statement of it.
    pub revision: u32,
    pub verdict: Verdict,
    /// Why so, in words.
    pub because: String,
    pub test: String,
    /// The test with its numbers filled in.
    pub filled_in: String,
    pub evidence: Vec<RunId>,
    /// The quantities that the test names, and the bounds of their intervals where known.
    pub quantities: BTreeMap<String, Number>,
    pub ledger: Ledger,
}

/// How much was tried before: a result that is the best of many is worth less than one that was the only one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Runs of the same step that had ended, the evidence included.
    pub runs: u64,
    /// Designs that looked for it.
    pub designs: u64,
    /// How often what was held out had been read.
    pub hold_out_reads: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_is_a_step_or_a_run() {
        let run = RunId::from_u128(7);
        for (text, evidence) in [
            ("run.law".to_owned(), Evidence::Step("law".parse().expect("a name"))),
            (run.to_string(), Evidence::Run(run)),
        ] {
            assert_eq!(text.parse(), Ok(evidence.clone()));
            assert_eq!(evidence.to_string(), text);
        }
        for bad in ["", "law", "run.", "run.a.b", "7Q2M"] {
            assert!(bad.parse::<Evidence>().is_err(), "{bad}");
        }
    }

    #[test]
    fn verdicts_are_words() {
        for verdict in Verdict::ALL {
            assert_eq!(Verdict::parse(verdict.as_str()), Some(verdict));
        }
        assert_eq!(Verdict::parse("maybe"), None);
    }
}
