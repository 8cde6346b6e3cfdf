//! The sentences of the facts of retractions, independence and overrides.

use hven_core::sentence::Sentence;

use crate::kernel::describe_fact::describe_facts;

hven_core::sentences! {
    pub enum SoundnessSentence {
        NodeRetracted { node: Sentence, because: String } = "fact.soundness.retracted",
            "{node} was retracted: {because}";
        IndependenceAsserted { node: Sentence, because: String } = "fact.soundness.independence_asserted",
            "{node} was said not to depend on something that it was made with: {because}";
        SuspicionOverridden { node: Sentence, because: String } = "fact.soundness.suspicion_overridden",
            "something was built on {node} although it is suspect: {because}";
        RunRepaired { run: Sentence } = "fact.soundness.run_repaired",
            "{run} was run again without what was retracted";
    }
}

describe_facts! {
    SoundnessSentence:
    hven_core::soundness::Retracted, |p, names| NodeRetracted { node: names.node(), because: p.because.clone() };
    hven_core::soundness::IndependenceAsserted, |p, names| IndependenceAsserted { node: names.node(), because: p.because.clone() };
    hven_core::soundness::SuspicionOverridden, |p, names| SuspicionOverridden { node: names.node(), because: p.because.clone() };
    hven_core::soundness::RunRepaired, |_, names| RunRepaired { run: names.run() };
}
