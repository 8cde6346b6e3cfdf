//! The sentences of the facts of claims and laws.

use hven_core::sentence::Sentence;

use crate::kernel::{describe_fact::describe_facts, sentences::AnswerSentence};

hven_core::sentences! {
    pub enum ClaimSentence {
        CandidateChosen { run: Sentence, candidate: String } = "fact.law.candidate_chosen",
            "candidate {candidate} of the law of {run} was selected";
        ClaimStated { claim: String, statement: String } = "fact.claim.stated",
            "claim {claim} was stated: {statement}";
        ClaimJudged { claim: Sentence, verdict: Sentence, filled_in: String } = "fact.claim.judged",
            "{claim} was judged: {verdict}; {filled_in}";
    }
}

describe_facts! {
    ClaimSentence:
    hven_core::law::CandidateChosen, |p, names| CandidateChosen { run: names.run(), candidate: p.candidate.clone() };
    hven_core::claim::Stated, |p, _| ClaimStated { claim: p.name.to_string(), statement: p.statement.clone() };
    hven_core::claim::Judged, |p, names| ClaimJudged { claim: names.about(&AnswerSentence::AClaim), verdict: AnswerSentence::from(p.verdict).sentence(), filled_in: p.filled_in.clone() };
}
