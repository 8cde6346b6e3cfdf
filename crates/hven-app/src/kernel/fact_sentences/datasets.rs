//! The sentences of the facts of datasets.

use hven_core::sentence::Sentence;

use crate::kernel::{describe_fact::describe_facts, sentences::AnswerSentence};

hven_core::sentences! {
    pub enum DatasetSentence {
        DatasetAdded { dataset: String, rows: u64, columns: u32, problems: u64 } = "fact.dataset.version_added",
            "dataset {dataset} was added: {rows} rows, {columns} columns, {problems} problems";
        DatasetSplit { dataset: Sentence, split: String, parts: String } = "fact.dataset.split_added",
            "{dataset} was divided by {split} into {parts}";
        HoldOutRead { dataset: Sentence } = "fact.dataset.hold_out_read",
            "what {dataset} holds out was read";
    }
}

describe_facts! {
    DatasetSentence:
    hven_core::catalogue::VersionAdded, |p, _| DatasetAdded { dataset: format!("{}@{}", p.name, p.version), rows: p.rows, columns: p.columns, problems: p.problems };
    hven_core::catalogue::SplitAdded, |p, names| DatasetSplit { dataset: names.about(&AnswerSentence::ADataset), split: p.name.to_string(), parts: p.parts.iter().map(|part| part.name.as_str()).collect::<Vec<_>>().join(", ") };
    hven_core::catalogue::HoldOutRead, |_, names| HoldOutRead { dataset: names.about(&AnswerSentence::ADataset) };
}
