//! Sentences about tasks that did not find the code and the inputs that their array recorded.

use hven_core::{
    array::{CountedTasks, OtherFiles},
    sentence::Sentence,
};

use crate::kernel::sentences::AnswerSentence;

/// A sentence for each way in which the files that tasks found were others, of so many tasks; with its kind (`code`, `inputs`, or
/// `unknown`) and the counted tasks.
pub fn sentences_of(files: &OtherFiles, array: &str, tasks: u64) -> Vec<(&'static str, CountedTasks, Sentence)> {
    let found = [("code", files.code), ("inputs", files.inputs), ("unknown", files.unknown)];
    let said = |(what, counted): (&'static str, Option<CountedTasks>)| {
        let counted = counted?;
        let (count, first) = (counted.count, format!("{array}:{}", counted.first));
        let sentence = match what {
            "code" => AnswerSentence::ArrayOtherCode { count, tasks, first },
            "inputs" => AnswerSentence::ArrayOtherInputs { count, tasks, first },
            _ => AnswerSentence::ArrayFilesUnknown { count, tasks, first },
        };
        Some((what, counted, sentence.sentence()))
    };
    found.into_iter().filter_map(said).collect()
}
