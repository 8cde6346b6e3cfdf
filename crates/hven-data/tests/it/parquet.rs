//! Foreign Parquet files.

use std::{fs::File, path::Path, sync::Arc};

use arrow_array::{
    ArrayRef, BinaryArray, Date64Array, Decimal128Array, Decimal256Array, DictionaryArray, DurationNanosecondArray,
    DurationSecondArray, Float32Array, Float64Array, Int16Array, Int32Array, Int64Array, LargeStringArray, ListArray,
    NullArray, RecordBatch, StringArray, Time32SecondArray, TimestampMillisecondArray, TimestampNanosecondArray,
    UInt64Array, types::Int32Type,
};
use hven_data::{ImportOptions, import, look};
use parquet::arrow::ArrowWriter;

use super::{import_with, refusal};

pub(crate) fn parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)));
    let batch = batch.expect("a batch");
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("written");
    writer.close().expect("closed");
    bytes
}

#[test]
fn types_are_converted_to_hvens_types() {
    let dictionary: DictionaryArray<Int32Type> = [Some("a"), None, Some("b")].into_iter().collect();
    let decimal =
        Decimal128Array::from(vec![Some(1250), None, Some(-5)]).with_precision_and_scale(9, 2).expect("it fits");
    let bytes = parquet(vec![
        ("int", Arc::new(Int16Array::from(vec![Some(-3), None, Some(7)]))),
        ("huge", Arc::new(UInt64Array::from(vec![Some(u64::MAX), Some(0), None]))),
        ("float", Arc::new(Float32Array::from(vec![Some(0.5), Some(f32::NAN), None]))),
        ("decimal", Arc::new(decimal)),
        ("text", Arc::new(LargeStringArray::from(vec![Some("é"), Some(""), None]))),
        ("word", Arc::new(dictionary)),
        ("day", Arc::new(Date64Array::from(vec![Some(86_400_000), Some(-86_400_000), None]))),
        ("ms", Arc::new(TimestampMillisecondArray::from(vec![Some(1), None, Some(i64::MAX)]).with_timezone("UTC"))),
        ("ns", Arc::new(TimestampNanosecondArray::from(vec![Some(1_500), Some(-1_000), None]))),
        ("nothing", Arc::new(NullArray::new(3))),
    ]);
    let found = import_with(
        &bytes,
        &ImportOptions { units: [("float".to_owned(), "m".to_owned())].into(), ..ImportOptions::default() },
    );
    insta::assert_snapshot!(found.columns().join("\n"), @r"
    int: int64
    huge: decimal(20,0)
    float: float64
    decimal: decimal(9,2)
    text: text
    word: text
    day: date
    ms: timestamp_utc
    ns: timestamp
    nothing: text
    ");
    insta::assert_snapshot!(found.rows().join("\n"), @r"
    -3 | 18446744073709551615 | 0.5 | 12.50 | é | a | 1970-01-02 | 1970-01-01T00:00:00.001Z | 1970-01-01T00:00:00.000001 | null
    null | 0 | NaN | null |  | null | 1969-12-31 | null | 1969-12-31T23:59:59.999999 | null
    7 | null | null | -0.05 | null | b | null | null | null | null
    ");
    assert_eq!(found.problems(), [r#"1:ns rounded "1500 ns""#, r#"3:ms out_of_range "9223372036854775807""#]);
    assert_eq!(found.report.profile[2].nans, 1);
    // A table of Hven keeps its schema, including units.
    let again = found.folder.path().join("again");
    let report = import(&found.table_path(), &again, &ImportOptions::default(), &mut |_| ()).expect("imported");
    assert_eq!((report.schema, report.profile), (found.report.schema, found.report.profile));
}

#[test]
fn columns_with_parts_are_refused() {
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1)])]);
    let said = refusal(parquet(vec![("l", Arc::new(lists))]), &ImportOptions::default());
    insta::assert_snapshot!(said, @r#"the column "l" holds lists, which a table of single values cannot; write the file without this column, or with one column for each part of it"#);
}

#[test]
fn columns_of_single_values_of_any_type_are_read() {
    let keys = || Int32Array::from(vec![Some(1), None, Some(0)]);
    let dictionary = |values: ArrayRef| -> ArrayRef {
        Arc::new(DictionaryArray::<Int32Type>::try_new(keys(), values).expect("a dictionary"))
    };
    let wide = Decimal256Array::from_iter_values([7, -5, 12].map(|value: i64| value.into()))
        .with_precision_and_scale(50, 1)
        .expect("it fits");
    let bytes = parquet(vec![
        ("ints", dictionary(Arc::new(Int64Array::from(vec![10, 20])))),
        ("floats", dictionary(Arc::new(Float64Array::from(vec![0.5, 1.5])))),
        ("words", dictionary(Arc::new(StringArray::from(vec!["a", "b"])))),
        ("long", Arc::new(DurationNanosecondArray::from(vec![Some(1_500_000_000), None, Some(-2)]))),
        ("short", Arc::new(DurationSecondArray::from(vec![Some(90), Some(0), None]))),
        ("wide", Arc::new(wide)),
    ]);
    let found = import_with(&bytes, &ImportOptions::default());
    insta::assert_snapshot!(found.columns().join("\n"), @r"
    ints: int64
    floats: float64
    words: text
    long: float64
    short: float64
    wide: decimal(38,1)
    ");
    insta::assert_snapshot!(found.rows().join("\n"), @r"
    20 | 1.5 | b | 1.5 | 90.0 | 0.7
    null | null | null | null | 0.0 | -0.5
    10 | 0.5 | a | -2e-9 | null | 1.2
    ");
    let unit = |name: &str| {
        found.report.schema.column(name).and_then(|column| column.unit.clone()).map(|unit| unit.to_string())
    };
    assert_eq!((unit("long"), unit("short"), unit("ints")), (Some("s".to_owned()), Some("s".to_owned()), None));
}

#[test]
fn columns_of_other_values_are_refused_with_their_name() {
    let said = |column: ArrayRef| refusal(parquet(vec![("the column", column)]), &ImportOptions::default());
    for (column, what) in [
        (Arc::new(BinaryArray::from_vec(vec![b"x"])) as ArrayRef, "bytes"),
        (Arc::new(Time32SecondArray::from(vec![1])), "times of day"),
    ] {
        let said = said(column);
        assert!(said.contains("\"the column\"") && said.contains(what), "{said}");
    }
}

#[test]
fn missing_values_are_numbers_and_words_that_are_given() {
    let bytes = || {
        parquet(vec![
            ("x", Arc::new(Float64Array::from(vec![-999.0, 1.5, f64::NAN]))),
            ("y", Arc::new(Float32Array::from(vec![-99.99, 2.5, 0.0]))),
            ("n", Arc::new(Int64Array::from(vec![-999, 5, 6]))),
            ("t", Arc::new(StringArray::from(vec!["NA", "-999", "b"]))),
        ])
    };
    assert_eq!(import_with(bytes(), &ImportOptions::default()).rows()[0], "-999.0 | -99.98999786376953 | -999 | NA");
    let nulls = Some(vec!["-999".to_owned(), "-99.99".to_owned()]);
    let found = import_with(bytes(), &ImportOptions { nulls, ..ImportOptions::default() });
    assert_eq!(found.rows(), ["null | null | null | NA", "1.5 | 2.5 | 5 | null", "NaN | 0.0 | 6 | b"]);
}

/// The Arrow schema of a written file carries the units, so that other tools can show them.
#[test]
fn the_arrow_schema_carries_units() {
    let options = ImportOptions { units: [("x".to_owned(), "km/s".to_owned())].into(), ..ImportOptions::default() };
    let found = import_with("x,y\n1,2\n", &options);
    let schema = arrow_schema(&found.table_path());
    assert_eq!(schema.field(0).metadata().get("unit").map(String::as_str), Some("km/s"));
}

fn arrow_schema(path: &Path) -> arrow_schema::Schema {
    let file = File::open(path).expect("it is there");
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
    reader.schema().as_ref().clone()
}

#[test]
fn a_look_at_a_long_file_says_whether_it_is_the_whole_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.parquet");
    let check = |rows: i64, looked_at: u64, whole: bool| {
        let bytes = parquet(vec![("x", Arc::new(Int64Array::from_iter_values(0..rows)))]);
        std::fs::write(&path, &bytes).expect("written");
        let found = look(&path, bytes.len() as u64, &ImportOptions::default()).expect("a table");
        assert_eq!((found.rows_read, found.whole, found.bytes_read), (looked_at, whole, bytes.len() as u64));
        assert_eq!(found.settings[0].value, "parquet");
        assert_eq!(found.rows.len(), 20);
    };
    check(10_000, 10_000, true);
    check(10_001, 10_000, false);
}
