//! The sentences of the facts of arrays.

use hven_core::{
    array::{
        Cancelled, End, Ended, GatherRequested, Gathered, Held, NotGathered, Retried, Stopped, Submitted, TasksReused,
    },
    recorded::RecordedText,
    sentence::{Sentence, Template},
};

use crate::kernel::describe_fact::{DescribeFact, FactNames, describe_facts};

hven_core::sentences! {
    pub enum ArraySentence {
        ArraySubmitted { number: u32, tasks: u64 } = "fact.array.submitted", "array {number} was submitted: {tasks} tasks";
        ArrayCancelled { number: u32 } = "fact.array.cancelled", "array {number} was cancelled";
        ArrayTaskCancelled { number: u32, task: String } =
            "fact.array.task_cancelled", "task {task} of array {number} was cancelled";
        ArrayTasksCancelled { number: u32, tasks: String } =
            "fact.array.tasks_cancelled", "tasks {tasks} of array {number} were cancelled";
        ArrayHeld { number: u32 } = "fact.array.held", "array {number} was held";
        ArrayReleased { number: u32 } = "fact.array.released", "array {number} was released";
        ArrayStopped { number: u32, rule: String } = "fact.array.stopped", "array {number} stopped itself: {rule}";
        ArrayRetried { number: u32, count: u64 } = "fact.array.retried", "{count} tasks of array {number} are to run again";
        ArrayTasksReused { number: u32, count: u64 } =
            "fact.array.tasks_reused", "earlier runs did the work of {count} tasks of array {number}";
        ArrayDone { number: u32, done: u64 } = "fact.array.ended", "array {number} is done: {done} tasks";
        ArrayIncomplete { number: u32, done: u64, failed: u64, cancelled: u64 } =
            "fact.array.incomplete", "array {number} ended: {done} done, {failed} failed, {cancelled} cancelled";
        ArrayBlocked { number: u32, because: RecordedText } =
            "fact.array.blocked", "array {number} could not go on: {because}";
        ArrayGatherRequested { number: u32, dataset: String } =
            "fact.array.gather_requested", "results of array {number} are to be gathered as {dataset}";
        ArrayGathered { number: u32, count: u64 } =
            "fact.array.gathered", "results of {count} tasks of array {number} became a table, which a run imports";
        ArrayNotGathered { number: u32, because: RecordedText } =
            "fact.array.not_gathered", "results of array {number} could not be gathered: {because}";
    }
}

describe_facts! {
    ArraySentence:
    Submitted, |p, _| ArraySubmitted { number: p.number, tasks: p.tasks };
    Stopped, |p, _| ArrayStopped { number: p.number, rule: p.rule.clone() };
    Retried, |p, _| ArrayRetried { number: p.number, count: p.tasks.count() };
    TasksReused, |p, _| ArrayTasksReused { number: p.number, count: p.tasks.len() as u64 };
    NotGathered, |p, _| ArrayNotGathered { number: p.number, because: RecordedText(p.because.clone()) };
    GatherRequested, |p, _| ArrayGatherRequested { number: p.number, dataset: p.gather.dataset.to_string() };
    Gathered, |p, _| ArrayGathered { number: p.number, count: p.tasks.len() as u64 };
}

impl DescribeFact for Cancelled {
    const TEMPLATES: &'static [Template] = ArraySentence::TEMPLATES;
    fn describe(&self, _: &FactNames<'_>) -> Sentence {
        let number = self.number;
        match &self.tasks {
            None => ArraySentence::ArrayCancelled { number },
            Some(tasks) if tasks.count() == 1 => ArraySentence::ArrayTaskCancelled { number, task: tasks.to_string() },
            Some(tasks) => ArraySentence::ArrayTasksCancelled { number, tasks: tasks.to_string() },
        }
        .sentence()
    }
}

impl DescribeFact for Held {
    const TEMPLATES: &'static [Template] = ArraySentence::TEMPLATES;
    fn describe(&self, _: &FactNames<'_>) -> Sentence {
        let Self { number, held, .. } = *self;
        if held { ArraySentence::ArrayHeld { number } } else { ArraySentence::ArrayReleased { number } }.sentence()
    }
}

impl DescribeFact for Ended {
    const TEMPLATES: &'static [Template] = ArraySentence::TEMPLATES;
    fn describe(&self, _: &FactNames<'_>) -> Sentence {
        let (number, counts) = (self.number, self.counts);
        match self.end {
            End::Done => ArraySentence::ArrayDone { number, done: counts.done },
            End::Incomplete => ArraySentence::ArrayIncomplete {
                number,
                done: counts.done,
                failed: counts.failed,
                cancelled: counts.cancelled,
            },
            End::Blocked => {
                let because = RecordedText(self.because.clone().unwrap_or_default());
                ArraySentence::ArrayBlocked { number, because }
            }
        }
        .sentence()
    }
}
