//! A large table: the search uses some of its rows, and adds a note.

use hven_learn::law::Problem;

use crate::tables::{column, search, short};

#[test]
fn a_sample_of_many_rows_is_drawn() {
    let rows = 60_000;
    let mut random = fastrand::Rng::with_seed(2);
    let x: Vec<f64> = (0..rows).map(|_| 1.0 + random.f64()).collect();
    let y = x.iter().map(|x| 3.0 * x * x).collect();
    let problem =
        Problem { inputs: vec![column("x", "", x)], target: column("y", "", y), hold_out: Some((0..20_000).collect()) };
    let law = search(&problem, &short()).unwrap();
    assert_eq!((law.rows, law.rows_holdout), (10_000, 20_000));
    assert!(law.notes.iter().any(|n| n == "of 40000 rows 10000 were drawn at random"), "{:?}", law.notes);
    assert!(law.quantity("r2_holdout").unwrap().value > 1.0 - 1e-12);
}
