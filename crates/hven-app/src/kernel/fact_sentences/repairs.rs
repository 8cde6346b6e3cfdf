//! The sentences of the facts of repairs.

use hven_core::{
    recorded::RecordedText,
    repair::{Cancelled, End, Ended, Started},
    sentence::{Sentence, Template},
};

use crate::kernel::{
    describe_fact::{DescribeFact, FactNames, describe_facts},
    sentences::AnswerSentence,
};

hven_core::sentences! {
    pub enum RepairSentence {
        RepairBegun { repair: Sentence } = "fact.repair.begun", "{repair} was begun";
        RepairDone { repair: Sentence, steps: u32 } = "fact.repair.ended", "{repair} is done ({steps} steps)";
        RepairIncomplete { repair: Sentence, steps: u32, left: u32 } =
            "fact.repair.incomplete", "{repair} ended: {left} of {steps} steps are left";
        RepairStopped { repair: Sentence, because: RecordedText } = "fact.repair.stopped", "{repair} was stopped: {because}";
        RepairCancelled { repair: Sentence } = "fact.repair.cancelled", "{repair} was cancelled";
    }
}

describe_facts! {
    RepairSentence:
    Started, |_, names| RepairBegun { repair: names.about(&AnswerSentence::ARepair) };
    Cancelled, |_, names| RepairCancelled { repair: names.about(&AnswerSentence::ARepair) };
}

impl DescribeFact for Ended {
    const TEMPLATES: &'static [Template] = RepairSentence::TEMPLATES;
    fn describe(&self, names: &FactNames<'_>) -> Sentence {
        let (repair, steps) = (names.about(&AnswerSentence::ARepair), self.steps);
        match self.end {
            End::Done => RepairSentence::RepairDone { repair, steps },
            End::Incomplete => {
                RepairSentence::RepairIncomplete { repair, steps, left: steps.saturating_sub(self.done) }
            }
            End::Stopped => RepairSentence::RepairStopped {
                repair,
                because: RecordedText(self.because.clone().unwrap_or_default()),
            },
        }
        .sentence()
    }
}
