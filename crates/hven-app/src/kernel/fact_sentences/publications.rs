//! The sentences of the facts of publications.

use crate::kernel::describe_fact::describe_facts;

hven_core::sentences! {
    pub enum PublicationSentence {
        PublicationMade { publication: String, title: String } = "fact.publication.made",
            "publication {publication} was made: {title}";
        CrateImported { title: String, version: u32, publisher: String } = "fact.crate.imported",
            "publication {title}, version {version}, by {publisher}, was imported with all that it rests on";
    }
}

describe_facts! {
    PublicationSentence:
    hven_core::publication::PublicationMade, |p, _| PublicationMade { publication: format!("{}@{}", p.name, p.version), title: p.title.clone() };
    hven_core::publication::Imported, |p, _| CrateImported { title: p.title.clone(), version: p.version, publisher: p.publisher.clone() };
}
