//! The two example tables, typed in, and helpers for them.

use hven_core::unit::Unit;
use hven_learn::law::{Column, Law, LawError, Options, Problem, find};

/// Semi-major axis (AU) and sidereal period (yr) of the planets and three dwarf planets (JPL).
const PLANETS: [(f64, f64); 11] = [
    (0.387_099_27, 0.240_846_7),
    (0.723_335_66, 0.615_197_26),
    (1.000_002_61, 1.000_017_4),
    (1.523_710_34, 1.880_847_6),
    (5.202_887_00, 11.862_615),
    (9.536_675_94, 29.447_498),
    (19.189_164_64, 84.016_846),
    (30.069_922_76, 164.791_32),
    (2.769_165_1, 4.608),
    (39.482_116_75, 247.920_65),
    (67.864, 559.07),
];

/// Distance (Mpc) and velocity (km/s) of 24 nebulae (E. Hubble, PNAS 15, 168, 1929, table 1).
const NEBULAE: [(f64, f64); 24] = [
    (0.032, 170.0),
    (0.034, 290.0),
    (0.214, -130.0),
    (0.263, -70.0),
    (0.275, -185.0),
    (0.275, -220.0),
    (0.45, 200.0),
    (0.5, 290.0),
    (0.5, 270.0),
    (0.63, 200.0),
    (0.8, 300.0),
    (0.9, -30.0),
    (0.9, 650.0),
    (0.9, 150.0),
    (0.9, 500.0),
    (1.0, 920.0),
    (1.1, 450.0),
    (1.1, 500.0),
    (1.4, 500.0),
    (1.7, 960.0),
    (2.0, 500.0),
    (2.0, 850.0),
    (2.0, 800.0),
    (2.0, 1090.0),
];

pub(crate) fn column(name: &str, unit: &str, values: Vec<f64>) -> Column {
    let unit = (!unit.is_empty()).then(|| Unit::parse(unit).unwrap());
    Column { name: name.to_owned(), unit, values }
}

fn of_pairs(input: (&str, &str), target: (&str, &str), pairs: &[(f64, f64)]) -> Problem {
    Problem {
        inputs: vec![column(input.0, input.1, pairs.iter().map(|p| p.0).collect())],
        target: column(target.0, target.1, pairs.iter().map(|p| p.1).collect()),
        hold_out: None,
    }
}

pub(crate) fn planets() -> Problem {
    of_pairs(("semi_major_axis", "AU"), ("period", "yr"), &PLANETS)
}

pub(crate) fn nebulae() -> Problem {
    of_pairs(("distance", "Mpc"), ("velocity", "km/s"), &NEBULAE)
}

pub(crate) fn search(problem: &Problem, options: &Options) -> Result<Law, LawError> {
    find(problem, options, &mut |_| {}, &false.into())
}

/// A short search, for tests that do not depend on the found law.
pub(crate) fn short() -> Options {
    Options { evaluations: 20_000, bootstrap: 100, ..Options::default() }
}
