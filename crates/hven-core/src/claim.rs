//! Claims: statements with evidence, a test and a verdict.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    ClaimId, Malformed, RunId, as_text::serde_as_text, name::Name, project::ProjectPath, question::Question,
    run::Number, trace::Trace,
};

macro_rules! noun {
    ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
        facts {
            ClaimStated($crate::claim::Stated) = "claim.stated" version 1, about |p| Some(p.claim.into()),
                trace $crate::claim::trace_of_statement;
            ClaimJudged($crate::claim::Judged) = "claim.judged"
                version 2 (1 => $crate::claim::JudgedV1), about |p| Some(p.claim.into()),
                trace $crate::claim::trace_of_judgement;
        }
        nodes { Claim($crate::ClaimId) = "claim" 2; }
        subjects {}
    } };
}
pub(crate) use noun;

/// Where a claim's evidence comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Evidence {
    /// The newest run of a step of the project, written `run.law`.
    Step(Name),
    /// One fixed run.
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

/// A claim was stated, or stated again: then everything except its id may have changed.
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
    /// Counted from 1: how often the claim was stated.
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

/// The evidence was tested. The judged runs are fixed here: a newer run does not change the judgement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    pub claim: ClaimId,
    /// The revision of the claim.
    pub revision: u32,
    pub verdict: Verdict,
    /// The reason, as text.
    pub because: String,
    pub test: String,
    /// The test with its numbers filled in.
    pub filled_in: String,
    pub evidence: Vec<RunId>,
    /// The quantities that the test names, and the bounds of their intervals where known.
    pub quantities: BTreeMap<String, Number>,
    pub ledger: Ledger,
}

/// How much was tried before: a result that is the best of many is worth less than a single try.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Runs that had ended, including the evidence, as far as `counted` says.
    pub runs: u64,
    /// Designs that searched for it.
    pub designs: u64,
    /// How often held-out data had been read.
    pub hold_out_reads: u64,
    #[serde(default)]
    pub counted: Counted,
    /// The questions that the evidence asks, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Question>,
    /// Each run of the evidence was the newest of its question that had ended.
    #[serde(default)]
    pub is_newest: bool,
    /// How many datasets under the evidence have held-out parts; `None`: not examined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_outs: Option<u64>,
}

/// Which runs a [`Ledger`] counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// Only runs of the same name, as in the first versions: tries under other names were not counted.
    #[default]
    ByName,
    /// Runs that asked the same questions in the same projects.
    ByQuestion,
    /// The question of a run of the evidence is not known, or the question was tried in another home.
    NotKnown,
}

impl Counted {
    pub const ALL: [Self; 3] = [Self::ByName, Self::ByQuestion, Self::NotKnown];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ByName => "by_name",
            Self::ByQuestion => "by_question",
            Self::NotKnown => "not_known",
        }
    }
}

impl Ledger {
    /// The rule by which the runs were counted; it is shown next to the number.
    pub const RULE: &str = "Counted is every run in the same project that had ended and that named the same script, module or \
                            program, or the same recipe and target, whatever its parameters, inputs, name and version of the \
                            code.";

    /// How much had been tried, as text.
    pub fn tried(&self) -> String {
        let asked: Vec<String> = self.questions.iter().map(ToString::to_string).collect();
        let asked = asked.join(" and ");
        match (self.counted, self.runs) {
            (Counted::NotKnown, _) => "how much was tried before is not known".to_owned(),
            (Counted::ByName, 1) => "1 run of its name; how much was tried under other names is not known".to_owned(),
            (Counted::ByName, runs) => {
                format!("{runs} runs of its name; how much was tried under other names is not known")
            }
            (Counted::ByQuestion, 1) => format!("the only run of {asked} in its project"),
            (Counted::ByQuestion, runs) if self.questions.len() > 1 => {
                format!("{runs} runs of {asked} in their projects")
            }
            (Counted::ByQuestion, runs) if self.is_newest => {
                format!("the newest of {runs} runs of {asked} in its project")
            }
            (Counted::ByQuestion, runs) => format!("one of {runs} runs of {asked} in its project"),
        }
    }

    /// How often held-out data had been read, as far as Hven recorded it; `None` when nothing is held out.
    pub fn held_out(&self) -> Option<String> {
        if self.hold_outs.unwrap_or(self.hold_out_reads) == 0 {
            return None;
        }
        Some(match self.hold_out_reads {
            1 => "1 reading of what is held out is recorded".to_owned(),
            count => format!("{count} readings of what is held out are recorded"),
        })
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.tried())?;
        self.held_out().map_or(Ok(()), |held_out| write!(f, "; {held_out}"))
    }
}

/// The first version of [`Judged`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JudgedV1 {
    pub claim: ClaimId,
    pub revision: u32,
    pub verdict: Verdict,
    pub because: String,
    pub test: String,
    pub filled_in: String,
    pub evidence: Vec<RunId>,
    pub quantities: BTreeMap<String, Number>,
    pub ledger: LedgerV1,
}

/// The first version of [`Ledger`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerV1 {
    pub runs: u64,
    pub designs: u64,
    pub hold_out_reads: u64,
}

impl From<JudgedV1> for Judged {
    /// Only runs of the same name had been counted, and held-out parts were not examined.
    fn from(
        JudgedV1 { claim, revision, verdict, because, test, filled_in, evidence, quantities, ledger }: JudgedV1,
    ) -> Self {
        let LedgerV1 { runs, designs, hold_out_reads } = ledger;
        let ledger = Ledger { runs, designs, hold_out_reads, ..Ledger::default() };
        Self { claim, revision, verdict, because, test, filled_in, evidence, quantities, ledger }
    }
}

pub(crate) fn trace_of_statement(stated: &Stated) -> Trace {
    Trace { revision: Some(stated.revision), ..Trace::default() }
}

pub(crate) fn trace_of_judgement(judged: &Judged) -> Trace {
    let rests_on = judged.evidence.iter().map(|run| (*run).into()).collect();
    Trace { revision: Some(judged.revision), rests_on, ..Trace::default() }
}

crate::sample::sampled! {
    enum Evidence { Step(step), Run(run) }
    Stated { claim, project, name, statement, test, grammar, evidence, revision }
    enum Verdict { Holds, Fails, CannotTell }
    Judged { claim, revision, verdict, because, test, filled_in, evidence, quantities, ledger }
    Ledger { runs, designs, hold_out_reads, counted, questions, is_newest, hold_outs }
    enum Counted { ByName, ByQuestion, NotKnown }
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
    fn the_ledger_text_says_what_was_counted() {
        let fit = || vec![Question::Script { path: "fit.py".to_owned() }];
        let text = |ledger: Ledger| ledger.to_string();
        let counted = |runs, is_newest| Ledger {
            runs,
            counted: Counted::ByQuestion,
            questions: fit(),
            is_newest,
            hold_outs: Some(0),
            ..Ledger::default()
        };
        assert_eq!(text(counted(1, true)), "the only run of the script fit.py in its project");
        assert_eq!(text(counted(4, true)), "the newest of 4 runs of the script fit.py in its project");
        assert_eq!(text(counted(4, false)), "one of 4 runs of the script fit.py in its project");
        let mut two = counted(4, true);
        two.questions.push(Question::Recipe { name: "law".to_owned(), of: Some("period".to_owned()) });
        assert_eq!(text(two), "4 runs of the script fit.py and the recipe law for period in their projects");
        let held = Ledger { hold_outs: Some(1), ..counted(1, true) };
        assert!(text(held.clone()).ends_with("; 0 readings of what is held out are recorded"));
        assert!(text(Ledger { hold_out_reads: 1, ..held }).ends_with("; 1 reading of what is held out is recorded"));
        let not_known = Ledger { counted: Counted::NotKnown, ..counted(1, true) };
        assert_eq!(text(not_known), "how much was tried before is not known");
        // As earlier versions recorded it.
        let older = |runs, hold_out_reads| text(Ledger { runs, hold_out_reads, ..Ledger::default() });
        assert_eq!(older(1, 0), "1 run of its name; how much was tried under other names is not known");
        assert!(older(3, 2).ends_with("not known; 2 readings of what is held out are recorded"));
    }

    #[test]
    fn verdicts_are_words() {
        for verdict in Verdict::ALL {
            assert_eq!(Verdict::parse(verdict.as_str()), Some(verdict));
        }
        assert_eq!(Verdict::parse("maybe"), None);
    }
}
