//! The sentences of the facts of workflows.

use hven_core::{
    recorded::RecordedText,
    sentence::{Sentence, Template},
    workflow::{Cancelled, End, Ended, Started, StepEnded, StepSubmitted},
};

use crate::kernel::describe_fact::{DescribeFact, FactNames, describe_facts};

hven_core::sentences! {
    pub enum WorkflowSentence {
        WorkflowStarted { number: u32, steps: u32, folder: String } =
            "fact.workflow.started", "workflow {number} was started: {steps} steps in {folder}";
        WorkflowStepSubmitted { number: u32, step: u32 } =
            "fact.workflow.step_submitted", "step {step} of workflow {number} submitted a run";
        WorkflowStepEnded { number: u32, step: u32, end: String } =
            "fact.workflow.step_ended", "step {step} of workflow {number} ended: {end}";
        WorkflowDone { number: u32 } = "fact.workflow.ended", "workflow {number} is done";
        WorkflowIncomplete { number: u32 } =
            "fact.workflow.incomplete", "workflow {number} ended, and not all steps have the wanted result";
        WorkflowStopped { number: u32, because: RecordedText } =
            "fact.workflow.stopped", "workflow {number} was stopped: {because}";
        WorkflowCancelled { number: u32 } = "fact.workflow.cancelled", "workflow {number} was cancelled";
    }
}

describe_facts! {
    WorkflowSentence:
    Started, |p, _| WorkflowStarted {
        number: p.number,
        steps: u32::try_from(p.steps.len()).unwrap_or(u32::MAX),
        folder: p.folder.clone()
    };
    StepSubmitted, |p, _| WorkflowStepSubmitted { number: p.number, step: p.step.saturating_add(1) };
    StepEnded, |p, _| WorkflowStepEnded {
        number: p.number,
        step: p.step.saturating_add(1),
        end: p.result.end.as_str().replace('_', " ")
    };
    Cancelled, |p, _| WorkflowCancelled { number: p.number };
}

impl DescribeFact for Ended {
    const TEMPLATES: &'static [Template] = WorkflowSentence::TEMPLATES;
    fn describe(&self, _: &FactNames<'_>) -> Sentence {
        let number = self.number;
        match self.end {
            End::Done => WorkflowSentence::WorkflowDone { number },
            End::Incomplete => WorkflowSentence::WorkflowIncomplete { number },
            End::Stopped => {
                let because = RecordedText(self.because.clone().unwrap_or_default());
                WorkflowSentence::WorkflowStopped { number, because }
            }
        }
        .sentence()
    }
}
