//! Parquet files that are truncated, or whose footers contain wrong values.

use std::sync::Arc;

use arrow_array::{Int64Array, StringArray};
use bytes::Bytes;
use hven_data::ImportOptions;
use parquet::file::metadata::{
    ColumnChunkMetaDataBuilder, FileMetaData, ParquetMetaData, ParquetMetaDataReader, ParquetMetaDataWriter,
    RowGroupMetaData,
};
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
fn a_footer_that_claims_more_than_the_file_contains() {
    let mut bytes = good();
    let end = bytes.len();
    // The last eight bytes contain the length of the footer.
    for length in [u32::MAX, end as u32, i32::MAX as u32] {
        bytes[end - 8..end - 4].copy_from_slice(&length.to_le_bytes());
        assert!(refusal(&bytes, &ImportOptions::default()).contains("Parquet"));
    }
}

/// The file with another footer.
fn with_footer(bytes: &[u8], change: impl FnOnce(&ParquetMetaData) -> ParquetMetaData) -> Vec<u8> {
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&Bytes::copy_from_slice(bytes)).expect("a footer");
    let length = u32::from_le_bytes(bytes[bytes.len() - 8..bytes.len() - 4].try_into().expect("four bytes"));
    let mut lying = bytes[..bytes.len() - 8 - length as usize].to_vec();
    ParquetMetaDataWriter::new(&mut lying, &change(&metadata)).finish().expect("written");
    lying
}

fn with_first_group(
    metadata: &ParquetMetaData,
    change: impl FnOnce(RowGroupMetaData) -> RowGroupMetaData,
) -> ParquetMetaData {
    let group = change(metadata.row_groups()[0].clone());
    let file = metadata.file_metadata();
    let rows = group.num_rows();
    let file = FileMetaData::new(file.version(), rows, None, None, file.schema_descr_ptr(), None);
    ParquetMetaData::new(file, vec![group])
}

fn with_first_column(
    metadata: &ParquetMetaData,
    change: impl FnOnce(ColumnChunkMetaDataBuilder) -> ColumnChunkMetaDataBuilder,
) -> ParquetMetaData {
    with_first_group(metadata, |group| {
        let mut columns = group.columns().to_vec();
        columns[0] = change(columns[0].clone().into_builder()).build().expect("a column");
        group.into_builder().set_column_metadata(columns).build().expect("a group")
    })
}

#[test]
fn a_footer_with_wrong_rows_and_offsets() {
    let good = good();
    let said = |change: &dyn Fn(&ParquetMetaData) -> ParquetMetaData| {
        refusal(with_footer(&good, change), &ImportOptions::default())
    };
    insta::assert_snapshot!(said(&|it| with_first_group(it, |group| {
        group.into_builder().set_num_rows(1_000_000_000_000).build().expect("a group")
    })), @r#"the Parquet file cannot be read: column "a" of row group 0 has 500 values for 1000000000000 rows; it is damaged, or was not copied whole"#);
    insta::assert_snapshot!(said(&|it| with_first_column(it, |column| column.set_total_compressed_size(1 << 40))), @r#"the Parquet file cannot be read: column "a" of row group 0 is said to be 1099511627776 bytes at 4 in a file of 5256 bytes; it is damaged, or was not copied whole"#);
    insta::assert_snapshot!(said(&|it| with_first_column(it, |column| column.set_data_page_offset(-5))), @r#"the Parquet file cannot be read: column "a" of row group 0 has a negative place or size; it is damaged, or was not copied whole"#);
    insta::assert_snapshot!(said(&|it| with_first_column(it, |column| column.set_data_page_offset(0).set_dictionary_page_offset(None))), @r#"the Parquet file cannot be read: a page of the column "a" has no readable header; it is damaged, or was not copied whole"#);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Some changed bytes, most of them in the footer, give a table or a refusal.
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
