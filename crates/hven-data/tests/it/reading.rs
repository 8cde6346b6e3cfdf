//! Reading imported tables.

use hven_core::dataset::Cell;

use super::{Imported, import_bytes};

fn table() -> Imported {
    let rows = (0..200_000).map(|n| format!("{n},{},t{}\n", n % 3 == 0, n % 5)).collect::<Vec<_>>().concat();
    import_bytes(format!("n,b,t\n{rows}"))
}

#[test]
fn rows_samples_and_numbers() {
    let found = table();
    let rows = found.table.read_rows(131_070, 3).expect("read");
    let first: Vec<&Cell> = rows.iter().map(|row| &row[0]).collect();
    assert_eq!(first, [&Cell::Int(131_070), &Cell::Int(131_071), &Cell::Int(131_072)]);
    assert_eq!(found.table.read_rows(199_999, 10).expect("read").len(), 1);
    assert_eq!(found.table.read_rows(200_000, 10).expect("read").len(), 0);
    assert_eq!(found.table.read_rows(u64::MAX, u64::MAX).expect("read").len(), 0);
    let sample = found.table.sample(50).expect("read");
    assert_eq!(sample.len(), 50);
    assert!(sample.iter().all(|(row, cells)| cells[0] == Cell::Int(*row as i64)));
    assert_eq!(sample, found.table.sample(50).expect("read"));
    let numbers = found.table.numbers(&["b", "n", "b"]).expect("read");
    assert_eq!(numbers.iter().map(|it| it.column.name.as_str()).collect::<Vec<_>>(), ["b", "n", "b"]);
    assert_eq!((numbers[0].values[3], numbers[1].values[3], numbers[2].values[4]), (Some(1.0), Some(3.0), Some(0.0)));
}

#[test]
fn requests_that_cannot_be_read_are_explained() {
    let found = import_bytes("name,period\nx,1\n");
    let said = |names: &[&str]| found.table.numbers(names).expect_err("refused").to_string();
    insta::assert_snapshot!(said(&["perid"]), @r#"the request names the column "perid", which the table does not have; is `period` meant?"#);
    insta::assert_snapshot!(said(&["name"]), @r#"the column "name" holds text, which a table of single values cannot; numbers are wanted here"#);
}

#[test]
fn the_profile_covers_all_rows() {
    let found = table();
    let [n, b, t] = found.report.profile.as_slice() else { panic!("three columns") };
    assert_eq!((n.count, n.distinct.count, n.distinct.exact, n.mean), (200_000, 200_000, true, Some(99_999.5)));
    let quartiles: Vec<String> = n.quantiles.iter().map(|it| format!("{}:{}", it.share, it.value)).collect();
    assert_eq!(
        quartiles,
        ["0.01:1999", "0.05:9999", "0.25:49999", "0.5:99999", "0.75:149999", "0.95:189999", "0.99:197999"]
    );
    assert_eq!(n.histogram.as_ref().map(|it| (it.counts.len(), it.counts.iter().sum::<u64>())), Some((40, 200_000)));
    assert_eq!((b.mean, b.frequent.len()), (Some(66_667.0 / 200_000.0), 2));
    assert_eq!((t.distinct.count, t.frequent[0].count, t.frequent[0].value.to_string()), (5, 40_000, "t0".to_owned()));
    assert_eq!(t.smallest.iter().map(|it| it.row).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
}
