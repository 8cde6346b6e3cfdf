//! Tables that cannot be searched, and their errors.

use hven_learn::law::Problem;

use crate::tables::{column, planets, search, short};

fn check(problem: &Problem, expected: &str) {
    assert_eq!(search(problem, &short()).unwrap_err().to_string(), expected);
}

fn changed(change: impl FnOnce(&mut Problem)) -> Problem {
    let mut problem = planets();
    change(&mut problem);
    problem
}

#[test]
fn each_error_names_the_column_and_the_next_step() {
    check(
        &changed(|p| p.target.values.fill(3.0)),
        "the target \"period\" has the same value in every row: there is no law to find",
    );
    check(
        &changed(|p| {
            p.target.values.truncate(1);
            p.inputs[0].values.truncate(1);
        }),
        "1 of 1 rows can be used, 4 are needed: the others miss a number in some column (none does)",
    );
    check(
        &changed(|p| p.target.values.fill(f64::NAN)),
        "0 of 11 rows can be used, 4 are needed: the others miss a number in some column (period: 11)",
    );
    check(
        &changed(|p| p.inputs[0].values[3..].fill(f64::INFINITY)),
        "3 of 11 rows can be used, 4 are needed: the others miss a number in some column (semi_major_axis: 8)",
    );
    check(
        &changed(|p| p.inputs[0].values.truncate(5)),
        "the column \"semi_major_axis\" has 5 rows, the target 11: columns of one table have the same length",
    );
    check(
        &changed(|p| p.inputs.clear()),
        "there is nothing to explain \"period\" with: give at least one input column",
    );
    check(
        &changed(|p| p.inputs.push(p.inputs[0].clone())),
        "the column \"semi_major_axis\" is there twice: name each column once",
    );
    check(
        &changed(|p| p.inputs[0].name = "period".to_owned()),
        "\"period\" is both the target and an input: leave it out of the inputs",
    );
    check(&changed(|p| p.hold_out = Some(vec![2, 11])), "row 11 of the hold-out does not exist: the table has 11");
}

#[test]
fn rows_without_a_number_are_dropped_and_counted() {
    let law = search(&changed(|p| p.inputs[0].values[9] = f64::NAN), &short()).unwrap();
    assert_eq!(law.rows, 10);
    let note = "1 of 11 rows were left out, for a value that is missing or not finite (semi_major_axis: 1)";
    assert!(law.notes.iter().any(|n| n == note), "{:?}", law.notes);
}

#[test]
fn extreme_values_do_no_harm() {
    for values in [
        vec![1e300, 2e300, 3e300, 4e300, 5e300, 7e300],
        vec![1e-300, 2e-300, 3e-300, 4e-300, 5e-300, 7e-300],
        vec![0.0, -0.0, 1.0, -1.0, 5e-324, 1e308],
    ] {
        let input = column("x", "", vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let problem = Problem { inputs: vec![input.clone()], target: column("y", "", values.clone()), hold_out: None };
        let turned =
            Problem { inputs: vec![column("x", "", values)], target: column("y", "", input.values), hold_out: None };
        for problem in [problem, turned] {
            // The test only requires that the search ends.
            drop(search(&problem, &short()));
        }
    }
}
