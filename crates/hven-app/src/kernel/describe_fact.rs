//! Describes facts, in one line each. The file of a noun describes the payloads of its facts. A fact without a sentence
//! does not compile.

use hven_core::{
    ActorId, Fact,
    handle::Handle,
    recorded::Recorded,
    sentence::{Sentence, Template},
};

use crate::kernel::sentences::AnswerSentence;

/// A payload of a fact that can be described.
pub(crate) trait DescribeFact {
    /// The table that holds the sentence.
    const TEMPLATES: &'static [Template];
    fn describe(&self, names: &FactNames<'_>) -> Sentence;
}

impl<T: DescribeFact> DescribeFact for Box<T> {
    const TEMPLATES: &'static [Template] = T::TEMPLATES;
    fn describe(&self, names: &FactNames<'_>) -> Sentence {
        (**self).describe(names)
    }
}

/// The names of the things in a fact.
#[derive(Debug)]
pub(crate) struct FactNames<'a> {
    /// The actor.
    pub(crate) actor: ActorId,
    /// The run that the fact is about.
    pub(crate) run: Option<Handle>,
    /// Another subject, such as `dataset planets@1`.
    pub(crate) about: Option<&'a Sentence>,
}

impl FactNames<'_> {
    pub(crate) fn run(&self) -> Sentence {
        AnswerSentence::run(self.run)
    }
    /// The subject when it is not a run; `unknown` when its name was erased.
    pub(crate) fn about(&self, unknown: &AnswerSentence) -> Sentence {
        self.about.cloned().unwrap_or_else(|| unknown.sentence())
    }
    /// The subject of any kind.
    pub(crate) fn node(&self) -> Sentence {
        match (self.about, self.run) {
            (Some(about), _) => about.clone(),
            (None, Some(handle)) => AnswerSentence::run(Some(handle)),
            (None, None) => AnswerSentence::ANode.sentence(),
        }
    }
}

/// Assigns a sentence of a table to each payload.
macro_rules! describe_facts {
    ($table:ident: $($payload:ty, |$p:tt, $names:tt| $variant:ident $({ $($fields:tt)* })?;)+) => {$(
        impl $crate::kernel::describe_fact::DescribeFact for $payload {
            const TEMPLATES: &'static [::hven_core::sentence::Template] = $table::TEMPLATES;
            fn describe(&self, $names: &$crate::kernel::describe_fact::FactNames<'_>) -> ::hven_core::sentence::Sentence {
                let $p = self;
                $table::$variant $({ $($fields)* })?.sentence()
            }
        }
    )+};
}
pub(crate) use describe_facts;

macro_rules! all {
    ($($name:ident($payload:ty);)*) => {
        /// The fact as one line.
        pub(crate) fn describe(fact: &Fact, names: &FactNames<'_>) -> Sentence {
            match fact { $(Fact::$name(payload) => payload.describe(names),)* }
        }

        /// The tables of all facts; a table appears once per fact.
        const TABLES: &[&[Template]] = &[$(<$payload as DescribeFact>::TEMPLATES),*];
    };
}
hven_core::for_every_fact! { all }

/// Every sentence with a code that an answer may hold.
pub fn templates() -> impl Iterator<Item = &'static Template> {
    let mut tables: Vec<&[Template]> = Vec::new();
    for table in [AnswerSentence::TEMPLATES, Recorded::TEMPLATES].iter().chain(TABLES) {
        if !tables.iter().any(|known| known.first() == table.first()) {
            tables.push(*table);
        }
    }
    tables.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique() {
        let codes: Vec<_> = templates().map(|template| template.code).collect();
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
    }

    #[test]
    fn every_kind_of_fact_has_a_sentence() {
        let codes: BTreeSet<_> = templates().map(|template| template.code).collect();
        for (kind, _) in Fact::KINDS {
            assert!(codes.contains(format!("fact.{kind}").as_str()), "{kind}");
        }
    }
}
