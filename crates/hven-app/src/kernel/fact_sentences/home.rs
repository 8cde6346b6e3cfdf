//! The sentences of the facts of the home and of erasures.

use hven_core::sentence::Sentence;

use crate::kernel::describe_fact::describe_facts;

hven_core::sentences! {
    pub enum HomeSentence {
        HomeCreated { version: String } = "fact.home.created",
            "the home was made by Hven {version}";
        ObjectsCollected { count: usize } = "fact.objects.collected",
            "{count} objects that nothing referred to were removed";
        PayloadErased { seq: u64, because: String } = "fact.payload.erased",
            "the payload of fact {seq} was erased: {because}";
        StreamErased { stream: String, run: Sentence, because: String } = "fact.stream.erased",
            "a text in the {stream} of {run} was erased: {because}";
        ObjectErased { because: String } = "fact.object.erased",
            "the bytes of an object were erased: {because}";
    }
}

describe_facts! {
    HomeSentence:
    hven_core::fact::HomeCreated, |p, _| HomeCreated { version: p.hven_version.clone() };
    hven_core::object::Collected, |p, _| ObjectsCollected { count: p.digests.len() };
    hven_core::fact::PayloadErased, |p, _| PayloadErased { seq: p.seq, because: p.because.clone() };
    hven_core::fact::StreamErased, |p, names| StreamErased { stream: p.stream.clone(), run: names.run(), because: p.because.clone() };
    hven_core::fact::ObjectErased, |p, _| ObjectErased { because: p.because.clone() };
}
