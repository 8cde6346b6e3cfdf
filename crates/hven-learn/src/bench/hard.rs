//! Hard tables with known laws: targets that span many powers of ten, a few wrong rows, repeated rows, heavy tails.
//!
//! Each was written after a complaint about some tool: a fit that follows the largest rows only, a typing error that turns a
//! line, a hold-out that repeats the rows of the search. The rows are drawn with a seed, so each seed gives other tables.

use super::formula::parse;
use super::known_law::normal;
use crate::law::{Column, Errors, Expr, Law, Problem, residual_size};

/// How the values of an input are drawn.
#[derive(Debug, Clone, Copy)]
enum Spread {
    /// Evenly.
    Even,
    /// Evenly on a logarithmic axis.
    Powers,
    /// From this many values.
    Levels(usize),
}

/// How some rows are spoiled.
#[derive(Debug, Clone, Copy)]
enum Spoiled {
    No,
    /// The target is multiplied: a decimal point, a wrong unit, a wrong sign.
    Times(f64, usize),
    /// The target is replaced: a sentinel, a saturated sensor.
    By(f64, usize),
    /// All errors have heavy tails (Student's distribution with two degrees of freedom).
    Tails,
    /// Each row is there several times.
    Repeated(usize),
}

struct Recipe {
    name: &'static str,
    formula: &'static str,
    inputs: &'static [(&'static str, f64, f64, Spread)],
    rows: usize,
    errors: Errors,
    /// The size of the errors: in units of the target, or as a share.
    size: f64,
    spoiled: Spoiled,
}

use Errors::{Equal, Logarithmic, Relative};
use Spoiled::{By, No, Repeated, Tails, Times};
use Spread::{Even, Levels, Powers};

const fn recipe(
    name: &'static str,
    formula: &'static str,
    inputs: &'static [(&'static str, f64, f64, Spread)],
    rows: usize,
    (errors, size): (Errors, f64),
    spoiled: Spoiled,
) -> Recipe {
    Recipe { name, formula, inputs, rows, errors, size, spoiled }
}

const RECIPES: [Recipe; 26] = [
    recipe("flux", "5200*d**(-2.27)", &[("d", 1e-3, 3e5, Powers)], 150, (Logarithmic, 0.15), No),
    recipe("rising", "0.02*x**2.5", &[("x", 0.05, 12.0, Powers)], 120, (Logarithmic, 0.1), No),
    recipe("four_powers", "6.1*x**(-1.7)", &[("x", 0.1, 25.0, Powers)], 120, (Relative, 0.1), No),
    recipe("six_powers", "6.1*x**(-1.7)", &[("x", 0.03, 100.0, Powers)], 120, (Relative, 0.1), No),
    recipe("ten_powers", "6.1*x**(-1.7)", &[("x", 1e-3, 1e3, Powers)], 120, (Relative, 0.1), No),
    recipe(
        "two_inputs",
        "40*mass**1.2*radius**(-0.7)",
        &[("mass", 1e-3, 1e3, Powers), ("radius", 0.1, 50.0, Powers)],
        140,
        (Logarithmic, 0.2),
        No,
    ),
    recipe("decay", "50000*exp(-0.8*t)", &[("t", 0.0, 17.0, Even)], 100, (Logarithmic, 0.08), No),
    recipe("with_background", "3*x**2+40", &[("x", 0.3, 900.0, Powers)], 150, (Relative, 0.05), No),
    recipe("shifted_point", "3.2*x+4", &[("x", 0.0, 10.0, Even)], 60, (Equal, 0.3), Times(10.0, 3)),
    recipe("sentinel", "11-0.7*depth", &[("depth", 0.0, 12.0, Even)], 60, (Equal, 0.2), By(-999.0, 2)),
    recipe("wrong_unit", "0.8*x**1.4", &[("x", 0.5, 60.0, Powers)], 90, (Logarithmic, 0.05), Times(1000.0, 4)),
    recipe("saturated", "8-8*exp(-t/3)", &[("t", 0.0, 14.0, Even)], 80, (Equal, 0.1), By(30.0, 2)),
    recipe("wave", "2+1.5*sin(1.9*t)", &[("t", 0.0, 20.0, Even)], 160, (Equal, 0.08), By(9.0, 4)),
    recipe("wrong_sign", "0.4*x**2+3", &[("x", 1.0, 8.0, Even)], 70, (Equal, 0.3), Times(-1.0, 3)),
    recipe("enzyme", "7*s/(2.5+s)", &[("s", 0.2, 20.0, Powers)], 80, (Equal, 0.08), By(15.0, 2)),
    recipe("levels", "2.5*dose+1", &[("dose", 1.0, 8.0, Levels(8))], 120, (Equal, 0.4), No),
    recipe("every_row_twice", "1.3*x**0.66", &[("x", 0.5, 400.0, Powers)], 60, (Logarithmic, 0.1), Repeated(2)),
    recipe("logarithm", "1.2+0.8*log(x)", &[("x", 1.0, 1e5, Powers)], 120, (Equal, 0.15), No),
    recipe("heavy_tails", "14+2.2*x", &[("x", 0.0, 10.0, Even)], 150, (Equal, 0.4), Tails),
    recipe("plane", "3*a-2*b+10", &[("a", 0.0, 5.0, Even), ("b", 0.0, 4.0, Even)], 120, (Equal, 0.25), By(60.0, 6)),
    recipe("rate", "3e10*exp(-9000/temperature)", &[("temperature", 280.0, 700.0, Even)], 90, (Logarithmic, 0.1), No),
    recipe("allometry", "3.4*mass**0.74", &[("mass", 1e-2, 4e3, Powers)], 110, (Logarithmic, 0.4), No),
    recipe("calibration", "52*c", &[("c", 1e-3, 30.0, Powers)], 80, (Relative, 0.05), By(0.5, 2)),
    recipe("cooling", "21+55*exp(-0.12*t)", &[("t", 0.0, 40.0, Even)], 90, (Equal, 0.5), Times(0.1, 3)),
    recipe(
        "friction",
        "0.02*length*speed**2/diameter",
        &[("length", 1.0, 100.0, Powers), ("speed", 0.1, 8.0, Powers), ("diameter", 0.02, 0.9, Powers)],
        130,
        (Relative, 0.06),
        Times(0.01, 3),
    ),
    recipe("repeated_noise_free", "4.7/x", &[("x", 1.0, 9.0, Levels(6))], 90, (Equal, 0.05), Repeated(3)),
];

/// A table with its law.
#[derive(Debug, Clone)]
pub struct HardTable {
    pub name: &'static str,
    pub formula: &'static str,
    pub problem: Problem,
    truth: Expr,
    errors: Errors,
    size: f64,
}

/// How near a law is to the true one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nearness {
    Right,
    /// It is not right, but a note of the law says what is doubtful in such a table.
    Noted,
    Wrong,
}

/// A law is right if it differs from the true one by less than this share of the usual error of a row.
const RIGHT: f64 = 0.6;

/// The tables that belong to a seed.
///
/// # Errors
/// When a formula cannot be read.
pub fn hard_tables(seed: u64) -> Result<Vec<HardTable>, String> {
    RECIPES.iter().enumerate().map(|(k, recipe)| recipe.table(seed.wrapping_mul(1000) + k as u64)).collect()
}

impl Recipe {
    fn table(&self, seed: u64) -> Result<HardTable, String> {
        let mut random = fastrand::Rng::with_seed(seed);
        let names: Vec<String> = self.inputs.iter().map(|input| input.0.to_owned()).collect();
        let truth = parse(self.formula, &names).map_err(|wrong| format!("{}: {wrong}", self.name))?;
        let mut inputs: Vec<Vec<f64>> = vec![Vec::new(); names.len()];
        let mut target = Vec::new();
        for _ in 0..self.rows {
            let row: Vec<f64> =
                self.inputs.iter().map(|(_, low, high, spread)| spread.draw(*low, *high, &mut random)).collect();
            let value = truth.value(&row);
            let tail = if matches!(self.spoiled, Tails) { (-random.f64().max(1e-9).ln()).sqrt() } else { 1.0 };
            let error = self.size * normal(&mut random) / tail;
            let measured = match self.errors {
                Equal => value + error,
                Relative => value * (1.0 + error),
                Logarithmic => value * error.exp(),
            };
            let times = if let Repeated(times) = self.spoiled { times } else { 1 };
            for _ in 0..times {
                inputs.iter_mut().zip(&row).for_each(|(column, value)| column.push(*value));
                target.push(measured);
            }
        }
        let mut rows: Vec<usize> = (0..target.len()).collect();
        random.shuffle(&mut rows);
        match self.spoiled {
            Times(factor, count) => rows[..count].iter().for_each(|&r| target[r] *= factor),
            By(value, count) => rows[..count].iter().for_each(|&r| target[r] = value),
            No | Tails | Repeated(_) => {}
        }
        let column = |name: &str, values: Vec<f64>| Column { name: name.to_owned(), unit: None, values };
        Ok(HardTable {
            name: self.name,
            formula: self.formula,
            problem: Problem {
                inputs: names.iter().zip(inputs).map(|(name, values)| column(name, values)).collect(),
                target: column("y", target),
                hold_out: None,
            },
            truth,
            errors: self.errors,
            size: self.size,
        })
    }
}

impl Spread {
    fn draw(self, low: f64, high: f64, random: &mut fastrand::Rng) -> f64 {
        match self {
            Self::Even => low + (high - low) * random.f64(),
            Self::Powers => low * (high / low).powf(random.f64()),
            Self::Levels(count) => low + (high - low) * random.usize(0..count) as f64 / (count - 1) as f64,
        }
    }
}

impl HardTable {
    /// The difference between the law and the true one in the rows of the table, as a share of the usual error of a row.
    pub fn difference(&self, law: &Expr) -> f64 {
        let inputs: Vec<Vec<f64>> = self.problem.inputs.iter().map(|column| column.values.clone()).collect();
        residual_size(law, &self.truth, &inputs, self.errors) / self.size
    }

    pub fn nearness(&self, law: &Law) -> Nearness {
        let right = law.chosen().is_some_and(|chosen| self.difference(&chosen.tree) < RIGHT);
        let doubt = |note: &String| note.contains("as far from the law as usual") || note.contains("different");
        if right {
            Nearness::Right
        } else if law.notes.iter().any(doubt) {
            Nearness::Noted
        } else {
            Nearness::Wrong
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::{Options, find};

    #[test]
    fn the_tables_of_a_seed_are_the_same_and_those_of_another_are_not() {
        let (one, again, other) = (hard_tables(1).unwrap(), hard_tables(1).unwrap(), hard_tables(2).unwrap());
        assert_eq!(one.len(), RECIPES.len());
        for ((a, b), c) in one.iter().zip(&again).zip(&other) {
            assert_eq!(a.problem, b.problem);
            assert!(a.problem != c.problem, "{}", a.name);
            assert!(
                a.difference(&a.truth) < 1e-9 && a.problem.target.values.iter().all(|v| v.is_finite()),
                "{}",
                a.name
            );
        }
    }

    /// A short search in a few tables; `hven bench law --set hard` searches all tables as long as a person would.
    #[test]
    fn no_law_is_wrong_without_a_note() {
        let quick = ["ten_powers", "shifted_point", "wrong_unit"];
        for table in hard_tables(7).unwrap().iter().filter(|table| quick.contains(&table.name)) {
            let options = Options { evaluations: 2_000, bootstrap: 0, ..Options::default() };
            let law = find(&table.problem, &options, &mut |_| {}, &false.into()).unwrap();
            let (errors, chosen) = (law.errors.as_ref().unwrap(), law.chosen().unwrap());
            let shown = format!("{}: {} with {:?}", table.name, chosen.display, errors.model);
            assert_eq!(table.nearness(&law), Nearness::Right, "{shown}, {:?}", law.notes);
        }
    }
}
