//! Parquet files that are cut off, or whose footers lie.

use std::sync::Arc;

use arrow_array::{Int64Array, StringArray};
use hven_data::ImportOptions;
use proptest::prelude::*;

use super::{parquet::parquet, refusal, try_import};

fn good() -> Vec<u8> {
    parquet(vec![
        ("a", Arc::new(Int64Array::from_iter_values(0..500))),
        ("b", Arc::new(StringArray::from_iter_values((0..500).map(|n| format!("word {}", n % 7))))),
    ])
}

#[test]
fn a_file_that_is_cut_off() {
    let bytes = good();
    for length in [5, 8, 12, bytes.len() / 2, bytes.len() - 9, bytes.len() - 1] {
        let said = refusal(&bytes[..length], &ImportOptions::default());
        assert!(said.contains("Parquet"), "{length}: {said}");
    }
}

#[test]
fn a_footer_that_claims_more_than_there_is() {
    let mut bytes = good();
    let end = bytes.len();
    // The length of the footer, as the last eight bytes have it.
    for length in [u32::MAX, end as u32, i32::MAX as u32] {
        bytes[end - 8..end - 4].copy_from_slice(&length.to_le_bytes());
        assert!(refusal(&bytes, &ImportOptions::default()).contains("Parquet"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Bytes of the file changed here and there, most of them in the footer: a table, or a refusal.
    #[test]
    fn a_file_with_wrong_bytes(places in prop::collection::vec((0_usize..600, any::<u8>()), 1..4), anywhere in any::<prop::sample::Index>(), byte: u8) {
        let mut bytes = good();
        let end = bytes.len();
        for (from_end, byte) in places {
            bytes[end - 1 - from_end.min(end - 1)] = byte;
        }
        let at = anywhere.index(end);
        bytes[at] = byte;
        if let Ok(found) = try_import(&bytes, &ImportOptions::default()) {
            prop_assert!(found.report.rows <= 500);
        }
    }
}
