//! Round trips: exported tables are imported to the same values.

use std::collections::BTreeMap;

use hven_core::dataset::{Cell, ColumnType};
use hven_data::{ExportFormat, ImportOptions, TABLE_FILE, Table, export, import, reimport_options};
use proptest::prelude::*;

use super::import_with;

/// A column of cells in CSV notation.
fn column() -> impl Strategy<Value = (ColumnType, BoxedStrategy<String>)> {
    let of = |column_type, cells: BoxedStrategy<String>| Just((column_type, cells));
    prop_oneof![
        of(ColumnType::Int64, any::<i64>().prop_map(|it| it.to_string()).boxed()),
        of(ColumnType::Float64, any::<f64>().prop_map(|it| format!("{it:?}")).boxed()),
        of(ColumnType::Bool, any::<bool>().prop_map(|it| it.to_string()).boxed()),
        of(
            ColumnType::Text,
            "[a-zé行 ,;\"\n|#'-]{0,12}".prop_map(|it| format!("\"{}\"", it.replace('"', "\"\""))).boxed()
        ),
        of(ColumnType::Text, prop_oneof!["\"NA\"", "\"\"", "\"null\"", "\"12\""].boxed()),
        of(ColumnType::Date, "[0-9]{4}-0[1-9]-[012][1-8]".boxed()),
        of(
            ColumnType::Timestamp { zoned: true },
            "[0-9]{4}-1[012]-[012][1-8]T[01][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?Z".boxed()
        ),
        of(ColumnType::Timestamp { zoned: false }, "[0-9]{4}-1[012]-[012][1-8]T[01][0-9]:[0-5][0-9]".boxed()),
        of(ColumnType::Decimal { precision: 20, scale: 3 }, "-?[0-9]{1,17}\\.[0-9]{1,3}".boxed()),
    ]
}

#[derive(Debug)]
struct Given {
    types: Vec<ColumnType>,
    rows: Vec<Vec<String>>,
}

fn table() -> impl Strategy<Value = Given> {
    (prop::collection::vec(column(), 1..6), 0_usize..12).prop_flat_map(|(columns, rows)| {
        let types = columns.iter().map(|(column_type, _)| *column_type).collect::<Vec<_>>();
        let cell = |(_, cells): (ColumnType, BoxedStrategy<String>)| prop_oneof![4 => cells, 1 => Just(String::new())];
        let row: Vec<_> = columns.into_iter().map(cell).collect();
        (Just(types), prop::collection::vec(row, rows)).prop_map(|(types, rows)| Given { types, rows })
    })
}

fn csv(given: &Given, delimiter: char, line_end: &str) -> String {
    let names: Vec<String> = (0..given.types.len()).map(|at| format!("c{at}")).collect();
    let rows = given.rows.iter().map(|row| row.join(&delimiter.to_string()));
    std::iter::once(names.join(&delimiter.to_string())).chain(rows).map(|line| line + line_end).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Tables of any types and cells have no problems, and their export is imported to the same bytes.
    #[test]
    fn exported_tables_are_imported_to_the_same(given in table(), delimiter in prop::sample::select(vec![',', ';', '\t', '|']), crlf: bool) {
        let text = csv(&given, delimiter, if crlf { "\r\n" } else { "\n" });
        let types: BTreeMap<String, ColumnType> =
            given.types.iter().enumerate().map(|(at, column_type)| (format!("c{at}"), *column_type)).collect();
        let options = ImportOptions {
            types,
            delimiter: Some(delimiter),
            decimal: Some('.'),
            header: Some(true),
            nulls: Some(vec![String::new()]),
            ..ImportOptions::default()
        };
        let first = import_with(&text, &options);
        prop_assert_eq!(first.report.problems.total, 0, "{:?}", first.report.problems);
        prop_assert_eq!(first.report.rows as usize, given.rows.len());
        let target = first.out("exported.csv");
        export(&first.table_path(), &target, ExportFormat::Csv).expect("exported");
        let again = first.folder.path().join("again");
        let report = import(&target, &again, &reimport_options(first.table.schema()), &mut |_| ()).expect("imported");
        prop_assert_eq!(report.problems.total, 0, "{:?}", report.problems);
        prop_assert_eq!(&report.schema, &first.report.schema);
        prop_assert_eq!(&report.profile, &first.report.profile);
        let (a, b) = (first.table.read_rows(0, 100), Table::open(&again.join(TABLE_FILE)).and_then(|it| it.read_rows(0, 100)));
        prop_assert_eq!(a.expect("read"), b.expect("read"));
        prop_assert_eq!(std::fs::read(first.table_path()).expect("read"), std::fs::read(again.join(TABLE_FILE)).expect("read"));
    }

    /// Any text gives a table whose rows and problems can be listed, or a refusal; never a panic.
    #[test]
    fn any_text_is_a_table_or_refused(text in "[a1.,;\"\n\r\t é#-]{0,80}") {
        if let Ok(found) = super::try_import(&text, &ImportOptions::default()) {
            prop_assert_eq!(found.table.read_rows(0, 1000).expect("read").len() as u64, found.report.rows);
        }
    }

    #[test]
    fn any_bytes_are_a_table_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        drop(super::try_import(bytes, &ImportOptions::default()));
    }
}

#[test]
fn exported_cells_look_as_they_should() {
    let found = import_with(
        "t,x,d,m\n\"NA\",1e300,2026-05-01,2026-05-01T02:00+02:00\n\"\",-0.0,,\n\"a,\"\"b\"\"\",0.1,0001-01-01,1900-01-01T00:00:00.5Z\nplain,5,,\n",
        &ImportOptions::default(),
    );
    let target = found.out("x.csv");
    export(&found.table_path(), &target, ExportFormat::Csv).expect("exported");
    insta::assert_snapshot!(std::fs::read_to_string(&target).expect("read"), @r#"
    t,x,d,m
    "NA",1e300,2026-05-01,2026-05-01T00:00:00Z
    "",-0.0,,
    "a,""b""",0.1,0001-01-01,1900-01-01T00:00:00.5Z
    plain,5.0,,
    "#);
    let copy = found.out("x.parquet");
    export(&found.table_path(), &copy, ExportFormat::Parquet).expect("exported");
    assert_eq!(std::fs::read(copy).expect("read"), std::fs::read(found.table_path()).expect("read"));
    assert_eq!(found.rows()[1], " | -0.0 | null | null");
    assert!(matches!(found.table.read_rows(1, 1).expect("read")[0][0], Cell::Text(_)));
}
