//! Checks: their results, and the errors of checks that cannot be evaluated.

use hven_core::dataset::CheckOutcome;
use hven_data::ImportOptions;

use super::{import_with, refusal};

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
            let (failing, unknown) = (it.failing_rows, it.unknown_rows);
            format!(
                "{}: {} ({failing}, {unknown}) [{}]\n    {}",
                it.check,
                it.outcome,
                examples.join("; "),
                it.explanation
            )
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r"
    unique(name): false (1, 0) [row 2 name=a]
        unique(name) (3 of 4 rows; not in row 3) → false
    unique(name, distance): true (0, 0) []
        unique(name, distance) (4 of 4 rows) → true
    distance >= 0: true (0, 0) []
        distance >= 0 (4 of 4 rows) → true
    period > 0: false (1, 1) [row 2 period=-3; row 3 period=null]
        period > 0 (2 of 4 rows; not in row 3, 4) → false
    period > -1e6 [d]: cannot tell (0, 1) [row 3 period=null]
        period > -1e6 [d] (3 of 4 rows; not in row 4) → cannot tell: it cannot be told in 1 row; if rows without a value are right, write: period is missing or period > -1e6 [d]
    1 [yr AU] / distance > 0: cannot tell (0, 1) [row 1 distance=0]
        1 [yr AU] / distance > 0 (3 of 4 rows; not in row 2) → cannot tell: it cannot be told in 1 row
    count() == 4: true (0, 0) []
        count() = 4 == 4 → true
    mean(distance) > 1 [AU]: true (0, 0) []
        mean(distance) = 1.75 AU > 1 AU → true
    nulls(seen) == 1: true (0, 0) []
        nulls(seen) = 1 == 1 → true
    seen < '2030-01-01': cannot tell (0, 1) [row 1 seen=null]
        seen < '2030-01-01' (3 of 4 rows; not in row 2) → cannot tell: it cannot be told in 1 row; if rows without a value are right, write: seen is missing or seen < '2030-01-01'
    ");
    assert!(!found.report.checks_hold());
    assert!(import_with(TABLE, &options(&["count() > 0"])).report.checks_hold());
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
    let empty =
        import_with("x\n", &ImportOptions { checks: vec!["count() == 0".to_owned()], ..ImportOptions::default() });
    assert_eq!(empty.report.checks[0].outcome, CheckOutcome::True);
    let ids = import_with(
        "id\n9007199254740993\n9007199254740992\n",
        &ImportOptions { checks: vec!["unique(id)".to_owned()], ..ImportOptions::default() },
    );
    // The explanation names the limit of the comparison.
    assert!(ids.report.checks[0].explanation.contains("2^53"), "{}", ids.report.checks[0].explanation);
}
