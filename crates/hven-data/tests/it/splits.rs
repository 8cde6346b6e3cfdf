//! Tables divided into parts.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::dataset::{
    Split,
    split::{Share, SplitMethod, SplitPlan},
};
use hven_data::{make_split, read_part};

use super::{Imported, import_bytes};

fn plan(method: SplitMethod, parts: &[(&str, f64)]) -> SplitPlan {
    SplitPlan {
        name: "main".to_owned(),
        method,
        seed: 1,
        parts: parts.iter().map(|&(part, share)| Share { part: part.to_owned(), share }).collect(),
        hold_out: Some("test".to_owned()),
    }
}

const TWO: &[(&str, f64)] = &[("train", 0.8), ("test", 0.2)];

fn split(table: &Imported, plan: &SplitPlan) -> Split {
    make_split(&table.table_path(), plan, &table.out("split.parquet")).expect("a split")
}

/// The values of a column in a part.
fn part(table: &Imported, split: &Split, part: &str, column: &str) -> Vec<i64> {
    let columns = read_part(&table.table_path(), &table.out("split.parquet"), split, part, &[column]).expect("read");
    columns[0].values.iter().map(|value| value.expect("no nulls") as i64).collect()
}

fn table(rows: impl Iterator<Item = i64>) -> Imported {
    let rows = rows.map(|n| format!("{n},{},{}\n", n % 7, n / 10)).collect::<Vec<_>>().concat();
    import_bytes(format!("n,class,key\n{rows}"))
}

#[test]
fn every_row_is_in_one_part_and_shares_are_kept() {
    let all = table(0..1000);
    let three = plan(SplitMethod::Random, &[("train", 0.7), ("check", 0.1), ("test", 0.2)]);
    let made = split(&all, &three);
    assert_eq!(made.rows, [700, 100, 200]);
    let mut seen: Vec<i64> = ["train", "check", "test"].iter().flat_map(|name| part(&all, &made, name, "n")).collect();
    seen.sort_unstable();
    assert_eq!(seen, (0..1000).collect::<Vec<_>>());
    let other = split(&all, &SplitPlan { seed: 2, ..three.clone() });
    assert_ne!(part(&all, &other, "test", "n"), Vec::<i64>::new());
    assert_ne!(made.assignment, other.assignment);
    assert_eq!(split(&all, &three), made);
}

#[test]
fn the_same_on_every_machine() {
    let all = table(0..40);
    let made = split(&all, &plan(SplitMethod::Random, TWO));
    assert_eq!(part(&all, &made, "test", "n"), [3, 11, 15, 16, 22, 32, 34, 37]);
}

#[test]
fn rows_stay_in_their_part_when_rows_are_added_or_reordered() {
    let (few, more) = (table(0..1000), table((0..1100).rev()));
    let of = |all: &Imported| -> BTreeSet<i64> {
        let made = split(all, &plan(SplitMethod::Random, TWO));
        part(all, &made, "test", "n").into_iter().filter(|n| *n < 1000).collect()
    };
    let (before, after) = (of(&few), of(&more));
    assert!(before.symmetric_difference(&after).count() < 20, "{}", before.symmetric_difference(&after).count());
}

#[test]
fn each_class_has_the_same_shares() {
    let all = table(0..1000);
    let made = split(&all, &plan(SplitMethod::Stratified { column: "class".to_owned() }, TWO));
    let mut counts = BTreeMap::<i64, usize>::new();
    for class in part(&all, &made, "test", "class") {
        *counts.entry(class).or_default() += 1;
    }
    assert!(counts.len() == 7 && counts.values().all(|count| (28..=29).contains(count)), "{counts:?}");
}

#[test]
fn rows_with_the_same_key_stay_together() {
    let all = table(0..1000);
    let made = split(&all, &plan(SplitMethod::ByKey { columns: vec!["key".to_owned()] }, TWO));
    let keys = |name| part(&all, &made, name, "key").into_iter().collect::<BTreeSet<_>>();
    assert!(keys("train").is_disjoint(&keys("test")));
    assert_eq!(made.rows, [800, 200]);
}

/// Twelve different rows, each twenty times, with a jitter, in mixed order. `n` numbers the different rows.
fn repeated(jitter: f64) -> Imported {
    let lines: Vec<String> = (0..240_u32)
        .map(|row| {
            let n = f64::from(row * 7 % 12);
            let noise = |k: u32| jitter * (f64::from((row + 1) * k * 7919 % 1000) / 1000.0 - 0.5);
            let (a, b) = ((n * 2.3).sin() * 5.0 + noise(1), (n * 1.7).cos() * 5.0 + noise(2));
            format!("{n},{a:.6},{b:.6},{:.6},place {n}\n", (n * n * 0.37).sin() * 3.0 + noise(3))
        })
        .collect();
    import_bytes(format!("n,a,b,y,place\n{}", lines.concat()))
}

#[test]
fn rows_that_repeat_one_another_stay_in_one_part() {
    let stratified = SplitMethod::Stratified { column: "place".to_owned() };
    for (jitter, method) in [(0.0, SplitMethod::Random), (0.01, SplitMethod::Random), (0.0, stratified.clone())] {
        let all = repeated(jitter);
        let made = split(&all, &plan(method.clone(), &[("train", 0.75), ("test", 0.25)]));
        let rows = |name| part(&all, &made, name, "n").into_iter().collect::<BTreeSet<_>>();
        assert!(rows("train").is_disjoint(&rows("test")), "{jitter} {method:?}");
        let counted = made.repeats.expect("they repeat");
        assert_eq!((counted.different, counted.rows, counted.nearly), (12, 240, jitter > 0.0));
        if method == SplitMethod::Random {
            assert_eq!(made.rows, [180, 60]);
        }
    }
    // Other rows do not repeat one another.
    assert_eq!(split(&table(0..1000), &plan(SplitMethod::Random, TWO)).repeats, None);
}

#[test]
fn a_group_of_rows_keeps_its_part_when_rows_are_reordered() {
    let lines = |order: &mut dyn Iterator<Item = u32>| {
        import_bytes(format!("n\n{}", order.map(|row| format!("{}\n", row % 40)).collect::<Vec<_>>().concat()))
    };
    let (forward, backward) = (lines(&mut (0..400)), lines(&mut (0..400).rev()));
    let of = |all: &Imported| {
        let made = split(all, &plan(SplitMethod::Random, TWO));
        part(all, &made, "test", "n").into_iter().collect::<BTreeSet<_>>()
    };
    assert_eq!(of(&forward), of(&backward));
    assert_eq!(of(&forward).len(), 8);
}

#[test]
fn few_large_groups_fill_all_parts() {
    let tosses = import_bytes(format!("side\n{}", "heads\ntails\n".repeat(50)));
    assert_eq!(split(&tosses, &plan(SplitMethod::Random, TWO)).rows, [50, 50]);
    let one = import_bytes(format!("side\n{}", "heads\n".repeat(50)));
    let error = make_split(&one.table_path(), &plan(SplitMethod::Random, TWO), &one.out("split.parquet"));
    insta::assert_snapshot!(error.expect_err("refused").to_string(), @r#"the split "main" cannot be made: the part "test" would get no rows: 1 of 50 rows is different, and rows that are equal stay in one part"#);
}

#[test]
fn impossible_splits_are_refused() {
    let all = table(0..3);
    let target = all.out("split.parquet");
    let said = |plan: &SplitPlan| make_split(&all.table_path(), plan, &target).expect_err("refused").to_string();
    insta::assert_snapshot!(said(&plan(SplitMethod::Random, &[("train", 0.9), ("test", 0.1)])), @r#"the split "main" cannot be made: the part "test" would get none of the 3 rows"#);
    insta::assert_snapshot!(said(&plan(SplitMethod::Stratified { column: "clas".to_owned() }, TWO)), @r#"the request names the column "clas", which the table does not have; is `class` meant?"#);
    insta::assert_snapshot!(said(&plan(SplitMethod::Random, &[("train", 0.9), ("test", 0.2)])), @r#"the split "main" cannot be made: the shares make 1.1 together (train 0.9, test 0.2); they must make 1"#);
    let made = split(&table(0..10), &plan(SplitMethod::Random, TWO));
    let other = table(0..20);
    split(&other, &plan(SplitMethod::Random, TWO));
    let error =
        read_part(&other.table_path(), &other.out("split.parquet"), &made, "exam", &["n"]).expect_err("refused");
    insta::assert_snapshot!(error.to_string(), @r#"the split "main" has no part "exam"; its parts are train, test"#);
}
