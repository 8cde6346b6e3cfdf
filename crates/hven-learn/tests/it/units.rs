//! Units in the search: no law on the front contradicts them.

use hven_core::unit::{Rational, Unit};
use hven_learn::law::{Expr, Options, Origin, Problem};

use crate::tables::{column, search, short};

/// A noisy fall with friction: many forms fit, few of them with the right units.
fn fall(units: bool) -> Problem {
    let mut random = fastrand::Rng::with_seed(9);
    let mut draw = |low: f64, high: f64| (0..60).map(|_| low + (high - low) * random.f64()).collect::<Vec<f64>>();
    let (gravity, time, start, scatter) = (draw(1.0, 20.0), draw(0.5, 3.0), draw(1.0, 9.0), draw(-0.3, 0.3));
    let target =
        (0..60).map(|r| 0.5 * gravity[r] * time[r].powi(2) + start[r] * time[r] + scatter[r]).collect::<Vec<f64>>();
    let unit = |text: &'static str| if units { text } else { "" };
    Problem {
        inputs: vec![
            column("gravity", unit("m/s2"), gravity),
            column("time", unit("s"), time),
            column("start", unit("m/s"), start),
        ],
        target: column("way", unit("m"), target),
        hold_out: None,
    }
}

/// The unit of a part; any unit if a fitted constant is a factor.
#[derive(Clone, PartialEq, Debug)]
enum Dimension {
    Any,
    Is(Unit),
    Wrong,
}

/// A second, simpler implementation of the unit rules.
fn dimension(expr: &Expr, inputs: &[Unit]) -> Dimension {
    use Dimension::{Any, Is, Wrong};
    match expr {
        Expr::Number(n) if n.origin == Origin::Form => Is(Unit::one()),
        Expr::Number(_) => Any,
        Expr::Variable(i) => Is(inputs[*i].clone()),
        Expr::Sum(terms) => terms.iter().fold(Any, |sum, term| match (sum, dimension(term, inputs)) {
            (Wrong, _) | (_, Wrong) => Wrong,
            (Any, other) | (other, Any) => other,
            (a, b) => {
                if a == b {
                    a
                } else {
                    Wrong
                }
            }
        }),
        Expr::Product(factors) => {
            factors.iter().fold(Is(Unit::one()), |all, factor| match (all, dimension(factor, inputs)) {
                (Wrong, _) | (_, Wrong) => Wrong,
                (Any, _) | (_, Any) => Any,
                (Is(a), Is(b)) => Is(a.multiply(&b).unwrap()),
            })
        }
        Expr::Power(base, p) => match dimension(base, inputs) {
            Wrong => Wrong,
            _ if p.origin == Origin::Fitted => Is(Unit::one()),
            Any => Any,
            Is(unit) => match Rational::from_f64(p.value) {
                Some(p) => Is(unit.power(p).unwrap()),
                None => Is(Unit::one()),
            },
        },
        Expr::Call(_, argument) => match dimension(argument, inputs) {
            Any => Is(Unit::one()),
            Is(unit) if unit == Unit::one() => Is(unit),
            _ => Wrong,
        },
    }
}

#[test]
fn no_candidate_contradicts_the_units() {
    let problem = fall(true);
    let inputs: Vec<Unit> = problem.inputs.iter().map(|c| c.unit.clone().unwrap()).collect();
    let target = problem.target.unit.clone().unwrap();
    for seed in 0..3 {
        let law = search(&problem, &Options { seed, evaluations: 60_000, ..short() }).unwrap();
        assert!(law.front.len() > 3);
        for candidate in &law.front {
            let found = dimension(&candidate.tree, &inputs);
            assert!(
                found == Dimension::Any || found == Dimension::Is(target.clone()),
                "{}: {found:?}",
                candidate.display
            );
        }
        assert!(
            law.removed_by_units.in_search > 0 && law.removed_by_units.from_front > 0,
            "{:?}",
            law.removed_by_units
        );
    }
}

#[test]
fn without_units_nothing_is_removed_and_a_note_is_added() {
    let law = search(&fall(false), &short()).unwrap();
    assert_eq!((law.removed_by_units.in_search, law.removed_by_units.from_front), (0, 0));
    assert!(law.notes.iter().any(|n| n == "no column has a unit, so units were not checked"), "{:?}", law.notes);
}

/// The logarithm of a quotient has no unit, although those of its parts would contradict the units.
#[test]
fn a_logarithm_of_a_quotient_is_a_law() {
    let mut random = fastrand::Rng::with_seed(3);
    let mut draw = |low: f64, high: f64| -> Vec<f64> { (0..200).map(|_| low + (high - low) * random.f64()).collect() };
    let (speed, full, empty) = (draw(1.0, 5.0), draw(3.0, 9.0), draw(1.0, 2.0));
    let gained: Vec<f64> = (0..200).map(|r| speed[r] * (full[r] / empty[r]).ln()).collect();
    let inputs = vec![column("u", "m/s", speed), column("m0", "kg", full), column("m1", "kg", empty)];
    let problem = Problem { inputs, target: column("v", "m/s", gained), hold_out: None };
    let law = search(&problem, &short()).unwrap();
    assert!(law.chosen().unwrap().r2 > 1.0 - 1e-9, "{}", law.chosen().unwrap().display);
}
