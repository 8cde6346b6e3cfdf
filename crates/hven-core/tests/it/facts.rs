//! Facts of every kind round-trip, whatever their values.

use hven_core::{Fact, sample::Generator};
use proptest::prelude::*;

/// Checks that a fact is equal after writing and reading, or at least has the same debug text, because NaN is not equal to
/// itself. Equal bytes alone are not enough: a field that is never written is missing in both.
fn assert_reads_back(fact: &Fact) {
    let bytes = fact.encode().expect("facts encode");
    let read = Fact::decode(fact.kind(), fact.version(), &bytes)
        .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&bytes)));
    assert!(
        read == *fact || format!("{read:?}") == format!("{fact:?}"),
        "{fact:?} comes back as {read:?} from {}",
        String::from_utf8_lossy(&bytes)
    );
    assert_eq!((read.subject(), read.kind(), read.version()), (fact.subject(), fact.kind(), fact.version()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn facts_of_every_kind_are_read_back(seed: u64) {
        let mut generator = Generator::new(seed);
        for (kind, version) in Fact::KINDS {
            let fact = Fact::sample(kind, &mut generator).expect("every kind has samples");
            prop_assert_eq!((fact.kind(), fact.version()), (*kind, *version));
            assert_reads_back(&fact);
        }
    }
}
