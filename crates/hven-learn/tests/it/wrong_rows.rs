//! A few wrong rows: they are left out and reported, and do not move a law.

use hven_learn::law::{Errors, Part, Problem};

use crate::tables::{column, search, short};

/// A line with small errors; row k has x = k / 4.
fn line(rows: u32) -> Problem {
    let mut random = fastrand::Rng::with_seed(12);
    let x: Vec<f64> = (0..rows).map(|k| f64::from(k) / 4.0).collect();
    let y = x.iter().map(|x| 7.0 + 1.5 * x + 0.2 * (random.f64() - 0.5)).collect();
    Problem { inputs: vec![column("x", "", x)], target: column("y", "", y), hold_out: None }
}

#[test]
fn wrong_rows_are_left_out_with_a_note() {
    for rows in [15, 60] {
        let mut problem = line(rows);
        problem.target.values[7] *= 10.0;
        if rows > 20 {
            problem.target.values[30] = -999.0;
            problem.target.values[41] = 0.0;
        }
        let law = search(&problem, &short()).unwrap();
        let slope = law.quantity("slope.x").unwrap();
        assert!((slope.value - 1.5).abs() < 0.1, "{slope:?} {:?}", law.notes);
        let places: Vec<usize> = law.left_out.iter().map(|one| one.row).collect();
        assert_eq!(places, if rows > 20 { vec![8, 31, 42] } else { vec![8] });
        assert_eq!(law.rows + places.len(), rows as usize);
        let note = format!("{} of {rows} rows were left out of the fit", places.len());
        let note = law.notes.iter().find(|n| n.starts_with(&note)).unwrap();
        assert!(note.contains("row 8: "), "{note}");
        let used = problem.rows_used(0, &places.iter().map(|p| p - 1).collect::<Vec<_>>()).unwrap();
        let of = |part| used.iter().filter(|row| row.part == part).count();
        assert_eq!((of(Part::Train), of(Part::LeftOut)), (rows as usize - places.len(), places.len()));
    }
}

#[test]
fn good_rows_are_not_left_out() {
    for rows in [12, 60] {
        let law = search(&line(rows), &short()).unwrap();
        assert!(law.left_out.is_empty(), "{:?}", law.notes);
        assert_eq!(law.errors.unwrap().model, Errors::Equal);
    }
}

#[test]
fn an_exact_law_is_found_despite_wrong_rows() {
    let x: Vec<f64> = (1..=50).map(|k| f64::from(k) / 10.0).collect();
    let mut y: Vec<f64> = x.iter().map(|x| 4.9 * x * x).collect();
    (y[10], y[33]) = (400.0, 0.001);
    let problem = Problem { inputs: vec![column("x", "", x)], target: column("y", "", y), hold_out: None };
    let law = search(&problem, &short()).unwrap();
    assert_eq!(law.chosen().unwrap().display, "4.9 * x^2");
    assert_eq!(law.left_out.iter().map(|one| one.row).collect::<Vec<_>>(), [11, 34]);
}

/// The small values of an exact table in six digits are rounded much less than the large ones, so the usual residual is small.
#[test]
fn rows_are_not_wrong_for_the_rounding_of_their_values() {
    let mut random = fastrand::Rng::with_seed(20);
    let mut draw = |low: f64, high: f64| -> Vec<f64> {
        (0..40).map(|_| ((low + (high - low) * random.f64()) * 1e4).round() / 1e4).collect()
    };
    let (divisor, current, mass) = (draw(1.0, 9.0), draw(0.1, 4.0), draw(2.0, 30.0));
    let six_digits = |y: f64| format!("{y:.5e}").parse::<f64>().unwrap();
    let y: Vec<f64> = (0..40).map(|r| six_digits(2.5 * mass[r] * current[r] / divisor[r])).collect();
    let inputs = vec![column("E", "", divisor), column("I", "", current), column("mass", "", mass)];
    let problem = Problem { inputs, target: column("y", "", y), hold_out: None };
    for errors in [None, Some(Errors::Equal)] {
        let law = search(&problem, &hven_learn::law::Options { errors, ..short() }).unwrap();
        assert!(law.left_out.is_empty(), "{:?} {:?}", law.left_out, law.notes);
        assert!((law.quantity("exponent.E").unwrap().value + 1.0).abs() < 1e-3);
    }
}
