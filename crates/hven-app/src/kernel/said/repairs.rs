//! The sentences of the facts of repairs.

use hven_core::{
    recorded::Told,
    repair::{Begun, Cancelled, End, Ended},
    sentence::{Sentence, Template},
};

use crate::kernel::{
    sayings::Saying,
    says::{Names, Says, says},
};

hven_core::sentences! {
    pub enum RepairSaying {
        RepairBegun { repair: Sentence } = "fact.repair.begun", "{repair} was begun";
        RepairDone { repair: Sentence, steps: u32 } = "fact.repair.ended", "{repair} is done ({steps} steps)";
        RepairIncomplete { repair: Sentence, steps: u32, left: u32 } =
            "fact.repair.incomplete", "{repair} ended: {left} of {steps} steps are left";
        RepairStopped { repair: Sentence, because: Told } = "fact.repair.stopped", "{repair} was stopped: {because}";
        RepairCancelled { repair: Sentence } = "fact.repair.cancelled", "{repair} was cancelled";
    }
}

says! {
    RepairSaying:
    Begun, |_, names| RepairBegun { repair: names.about(&Saying::ARepair) };
    Cancelled, |_, names| RepairCancelled { repair: names.about(&Saying::ARepair) };
}

impl Says for Ended {
    const TEMPLATES: &'static [Template] = RepairSaying::TEMPLATES;
    fn says(&self, names: &Names<'_>) -> Sentence {
        let (repair, steps) = (names.about(&Saying::ARepair), self.steps);
        match self.end {
            End::Done => RepairSaying::RepairDone { repair, steps },
            End::Incomplete => RepairSaying::RepairIncomplete { repair, steps, left: steps.saturating_sub(self.done) },
            End::Stopped => {
                RepairSaying::RepairStopped { repair, because: Told(self.because.clone().unwrap_or_default()) }
            }
        }
        .sentence()
    }
}
