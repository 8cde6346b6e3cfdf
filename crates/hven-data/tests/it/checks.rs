//! Checks: their results, and the errors of checks that cannot be evaluated.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Float64Array};
use hven_core::dataset::CheckOutcome;
use hven_data::ImportOptions;

use super::{import_with, parquet::parquet, refusal};

const TABLE: &str = "name,period,distance,seen\na,1,2,2020-01-01\nb,2,0,\na,-3,4,1781-03-13\nc,,1,2000-01-01\n";

fn options(checks: &[&str]) -> ImportOptions {
    ImportOptions {
        checks: checks.iter().map(|&check| check.to_owned()).collect(),
        units: [("period".to_owned(), "yr".to_owned()), ("distance".to_owned(), "AU".to_owned())].into(),
        ..ImportOptions::default()
    }
}

#[test]
fn each_check_is_true_false_or_unknown() {
    let checks = [
        "unique(name)",
        "unique(name, distance)",
        "distance >= 0",
        "period > 0",
        "period > -1e6 [d]",
        "1 [yr AU] / distance > 0",
        "count() == 4",
        "mean(distance) > 1 [AU]",
        "nulls(seen) == 1",
        "seen < '2030-01-01'",
        "seen is not missing",
    ];
    let found = import_with(TABLE, &options(&checks));
    let shown: Vec<String> = found
        .report
        .checks
        .iter()
        .map(|it| {
            let examples: Vec<String> = it
                .examples
                .iter()
                .map(|example| {
                    let values = example.values.iter().map(|(name, cell)| format!("{name}={cell}"));
                    format!("row {} {}", example.row, values.collect::<Vec<_>>().join(" "))
                })
                .collect();
            let (failing, unknown, unchecked) = (it.failing_rows, it.unknown_rows, it.unchecked_rows);
            format!(
                "{}: {} ({failing}, {unknown}, {unchecked}) [{}]\n    {}",
                it.check,
                it.outcome,
                examples.join("; "),
                it.explanation
            )
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r"
    unique(name): false (1, 0, 0) [row 2 name=a]
        unique(name) (holds in 3 of 4 rows; not in row 3) → false
    unique(name, distance): true (0, 0, 0) []
        unique(name, distance) (holds in 4 of 4 rows) → true
    distance >= 0: true (0, 0, 0) []
        distance >= 0 (holds in 4 of 4 rows) → true
    period > 0: false (1, 0, 1) [row 2 period=-3]
        period > 0 (holds in 2 of 4 rows; not in row 3; 1 row lacks a value and was not checked) → false
    period > -1e6 [d]: true (0, 0, 1) []
        period > -1e6 [d] (holds in 3 of 4 rows; 1 row lacks a value and was not checked) → true; to demand a value in each row, add the check: period is not missing
    1 [yr AU] / distance > 0: cannot tell (0, 1, 0) [row 1 distance=0]
        1 [yr AU] / distance > 0 (holds in 3 of 4 rows; not in row 2) → cannot tell: it cannot be told in 1 row
    count() == 4: true (0, 0, 0) []
        count() = 4 == 4 → true
    mean(distance) > 1 [AU]: true (0, 0, 0) []
        mean(distance) = 1.75 AU > 1 AU → true
    nulls(seen) == 1: true (0, 0, 0) []
        nulls(seen) = 1 == 1 → true
    seen < '2030-01-01': true (0, 0, 1) []
        seen < '2030-01-01' (holds in 3 of 4 rows; 1 row lacks a value and was not checked) → true; to demand a value in each row, add the check: seen is not missing
    seen is not missing: false (1, 0, 0) [row 1 seen=null]
        seen is not missing (holds in 3 of 4 rows; not in row 2) → false
    ");
    assert!(!found.report.checks_hold());
    assert!(import_with(TABLE, &options(&["count() > 0"])).report.checks_hold());
}

/// A cell that is missing in a Parquet file, and one that is not a number.
#[test]
fn rows_without_a_value_are_not_checked_and_nan_is_not_missing() {
    let x: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.0), None, Some(2.0)]));
    let nan: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.0), Some(f64::NAN), None]));
    let none: ArrayRef = Arc::new(Float64Array::from(vec![None::<f64>; 3]));
    let flag: ArrayRef = Arc::new(BooleanArray::from(vec![None, Some(true), Some(true)]));
    let table = parquet(vec![("x", x), ("nan", nan), ("none", none), ("flag", flag)]);
    let checks = ["x > 0", "nan > 0", "none > 0", "flag", "x > 0 and nan > 0", "nan is missing or nan > 0"];
    let found = import_with(&table, &options_without_units(&checks));
    let shown: Vec<String> = found
        .report
        .checks
        .iter()
        .map(|it| format!("{} ({}, {}): {}", it.outcome, it.unknown_rows, it.unchecked_rows, it.explanation))
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r"
    true (0, 1): x > 0 (holds in 2 of 3 rows; 1 row lacks a value and was not checked) → true; to demand a value in each row, add the check: x is not missing
    cannot tell (1, 1): nan > 0 (holds in 1 of 3 rows; not in row 2; 1 row lacks a value and was not checked) → cannot tell: it cannot be told in 1 row; if cells that are not a number (NaN) are right, write: nan is missing or nan > 0
    cannot tell (0, 3): none > 0 (holds in 0 of 3 rows; 3 rows lack a value and were not checked) → cannot tell: every row lacks a value
    true (0, 1): flag (holds in 2 of 3 rows; 1 row lacks a value and was not checked) → true; to demand a value in each row, add the check: flag is not missing
    cannot tell (1, 1): x > 0 and nan > 0 (holds in 1 of 3 rows; not in row 2; 1 row lacks a value and was not checked) → cannot tell: it cannot be told in 1 row; if cells that are not a number (NaN) are right, write: nan is missing or x > 0 and nan > 0
    true (0, 0): nan is missing or nan > 0 (holds in 3 of 3 rows) → true
    ");
}

fn options_without_units(checks: &[&str]) -> ImportOptions {
    ImportOptions { checks: checks.iter().map(|&check| check.to_owned()).collect(), ..ImportOptions::default() }
}

#[test]
fn an_invalid_check_is_refused_before_anything_is_written() {
    let said = |check: &str| refusal(TABLE, &options(&[check]));
    insta::assert_snapshot!(said("perod > 0"), @r#"
    the check "perod > 0" cannot be asked: there is no column `perod`
      perod > 0
      ^^^^^
    help: is `period` meant?
    "#);
    insta::assert_snapshot!(said("period > distance"), @r#"
    the check "period > distance" cannot be asked: yr and AU do not measure the same: time [s] and length [m]
      period > distance
      ^^^^^^^^^^^^^^^^^
    help: compare and add only quantities of one dimension
    "#);
    insta::assert_snapshot!(said("period + "), @r#"
    the check "period + " cannot be asked: the expression ends where a value is wanted
      period +
               ^
    "#);
}

#[test]
fn a_table_without_rows_and_large_numbers() {
    let empty = import_with("x\n", &options_without_units(&["count() == 0", "x is not missing"]));
    assert_eq!(empty.report.checks[0].outcome, CheckOutcome::True);
    assert_eq!(empty.report.checks[1].outcome, CheckOutcome::CannotTell);
    assert!(empty.report.checks[1].explanation.contains("there is no row"), "{}", empty.report.checks[1].explanation);
    let ids = import_with(
        "id\n9007199254740993\n9007199254740992\n",
        &ImportOptions { checks: vec!["unique(id)".to_owned()], ..ImportOptions::default() },
    );
    // The explanation names the limit of the comparison.
    assert!(ids.report.checks[0].explanation.contains("2^53"), "{}", ids.report.checks[0].explanation);
}
