//! Rows that repeat one another, columns that others determine, and the names of quantities.

use hven_learn::law::{Law, Options, Problem};

use crate::tables::{column, search, short};

fn options() -> Options {
    Options { evaluations: 30_000, bootstrap: 50, ..short() }
}

/// Twelve rows of noise, each twenty times, with a jitter.
fn noise(jitter: f64) -> Problem {
    let mut random = fastrand::Rng::with_seed(5);
    let mut rows: Vec<[f64; 4]> = (0..12).map(|_| [0; 4].map(|_| 10.0 * random.f64())).collect();
    rows = (0..240).map(|row| rows[row % 12].map(|value| value + jitter * (random.f64() - 0.5))).collect();
    random.shuffle(&mut rows);
    let values = |at: usize| rows.iter().map(|row| row[at]).collect::<Vec<f64>>();
    Problem {
        inputs: vec![column("a", "", values(0)), column("b", "", values(1)), column("c", "", values(2))],
        target: column("y", "", values(3)),
        hold_out: None,
    }
}

fn says(law: &Law, what: &str) -> bool {
    law.notes.iter().any(|note| note.contains(what))
}

#[test]
fn noise_that_repeats_is_no_law() {
    for jitter in [0.0, 0.01] {
        let law = search(&noise(jitter), &options()).unwrap();
        assert!(says(&law, "12 of 240 training rows are different"), "{:?}", law.notes);
        assert!(says(&law, "the law rests on 12 different inputs"), "{:?}", law.notes);
        assert_eq!(law.rows, 12);
        let chosen = law.chosen().unwrap();
        assert!(chosen.complexity < 8, "{}", chosen.display);
        assert!(law.quantity("r2_crossvalidated").unwrap().value < 0.5, "{:?}", law.quantities);
    }
}

#[test]
fn held_out_rows_that_repeat_training_rows_are_counted() {
    let mut problem = noise(0.0);
    problem.hold_out = Some((0..60).collect());
    let law = search(&problem, &options()).unwrap();
    assert!(
        says(&law, "60 of 60 held-out rows repeat training rows (they are equal in all columns)"),
        "{:?}",
        law.notes
    );
    // The target was measured again.
    let mut random = fastrand::Rng::with_seed(6);
    problem.target.values.iter_mut().for_each(|value| *value += 5.0 * random.f64());
    let law = search(&problem, &options()).unwrap();
    assert!(says(&law, "60 of 60 held-out rows have the inputs of training rows"), "{:?}", law.notes);
    assert!(says(&law, "the 180 different training rows have 12 different inputs"), "{:?}", law.notes);
    assert_eq!(law.rows, 180);
}

/// `y = 3 x² / x.high`, where `days` is `x` in another unit.
fn named() -> Problem {
    let mut random = fastrand::Rng::with_seed(7);
    let mut draw = || (0..60).map(|_| 1.0 + 9.0 * random.f64()).collect::<Vec<f64>>();
    let (x, high) = (draw(), draw());
    let y = x.iter().zip(&high).map(|(x, high)| 3.0 * x * x / high).collect();
    let days = x.iter().map(|x| 365.25 * x).collect();
    let inputs =
        vec![column("x", "", x), column("x.high", "", high), column("low", "", draw()), column("days", "", days)];
    Problem { inputs, target: column("and", "", y), hold_out: None }
}

#[test]
fn quantities_of_columns_are_no_bounds() {
    let law = search(&named(), &options()).unwrap();
    assert!(law.quantity("exponent.`x.high`").is_some_and(|found| (found.value + 1.0).abs() < 1e-6), "{law:?}");
    assert!(law.quantity("exponent.x.high").is_none());
    assert_eq!(law.target_text, "`and`");
    assert!(law.chosen().unwrap().text.contains("x.high"));
}

#[test]
fn a_column_in_another_unit_is_named() {
    let law = search(&named(), &options()).unwrap();
    let note = "days is x × 365.25: the law could name either; which one is chosen is no finding";
    assert!(law.notes.iter().any(|known| known == note), "{:?}", law.notes);
}
