//! Finds columns that others determine: a copy, a multiple, another unit, a sum, a power or a product.
//!
//! A law could name such a column or the others, so the data cannot say which is right. Each column is compared with the
//! columns before it, by least squares on the values and on their logarithms.

use hven_core::{expression::name_in_formula, unit::Unit};
use nalgebra::{DMatrix, DVector};

use super::print::short;

/// The largest root mean square of the residuals as a share of the column's standard deviation, for a relation with one
/// column (values may be rounded) and with several.
const ONE: f64 = 1e-3;
const SEVERAL: f64 = 1e-6;
/// There must be so many more rows than constants.
const ROWS_TO_SPARE: usize = 3;

/// A column of the rows that a search uses.
#[derive(Clone, Copy)]
pub(crate) struct NamedColumn<'a> {
    pub name: &'a str,
    pub unit: Option<&'a Unit>,
    pub values: &'a [f64],
}

/// A sentence for each column that others determine.
pub(crate) fn notes(columns: &[NamedColumn<'_>]) -> Vec<String> {
    let mut notes = Vec::new();
    let mut others: Vec<usize> = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        if spread(column.values) == 0.0 {
            continue;
        }
        let table = Table { columns };
        let relation = (others.iter().find_map(|&other| table.multiple(at, other)))
            .or_else(|| others.iter().find_map(|&other| table.by_sum(at, &[other], ONE)))
            .or_else(|| others.iter().find_map(|&other| table.by_product(at, &[other], ONE)))
            .or_else(|| table.by_sum(at, &others, SEVERAL))
            .or_else(|| table.by_product(at, &others, SEVERAL));
        match relation {
            Some(relation) => notes.push(format!(
                "{} is {relation}: the law could name either; which one is chosen is no finding",
                name_in_formula(column.name)
            )),
            None => others.push(at),
        }
    }
    notes
}

#[derive(Clone, Copy)]
struct Table<'a> {
    columns: &'a [NamedColumn<'a>],
}

impl Table<'_> {
    fn name(&self, at: usize) -> String {
        name_in_formula(self.columns[at].name)
    }

    fn values(&self, at: usize) -> &[f64] {
        self.columns[at].values
    }

    /// `x × 2`, or a copy.
    fn multiple(&self, at: usize, other: usize) -> Option<String> {
        let (wanted, given) = (self.values(at), self.values(other));
        let square: f64 = given.iter().map(|x| x * x).sum();
        let factor = wanted.iter().zip(given).map(|(y, x)| x * y).sum::<f64>() / square;
        let residuals: Vec<f64> = wanted.iter().zip(given).map(|(y, x)| y - factor * x).collect();
        let share = share(&residuals, wanted)?;
        if share > ONE || wanted.len() < 1 + ROWS_TO_SPARE {
            return None;
        }
        let name = self.name(other);
        let nearly = if share > SEVERAL { "nearly " } else { "" };
        if (factor - 1.0).abs() <= share.max(1e-9) {
            return Some(if nearly.is_empty() {
                format!("a copy of {name}")
            } else {
                format!("nearly a copy of {name}")
            });
        }
        let unit = |at: usize| self.columns[at].unit;
        let is_conversion = unit(at).zip(unit(other)).is_some_and(|(to, from)| {
            let wanted = from.scale().value() / to.scale().value();
            to.dimension() == from.dimension() && (factor / wanted - 1.0).abs() <= share.max(1e-6)
        });
        let remark = if is_conversion { " (the same in another unit)" } else { "" };
        Some(format!("{nearly}{name} × {}{remark}", short(factor, 6)))
    }

    /// `a + b × 2 − 3`
    fn by_sum(&self, at: usize, others: &[usize], allowed: f64) -> Option<String> {
        let (factors, constant, nearly) = determined(at, others, allowed, |at| Some(self.values(at).to_vec()))?;
        let size = spread(self.values(at));
        let mut text = String::new();
        let mut add = |factor: f64, name: Option<String>| {
            let sign = match (text.is_empty(), factor < 0.0) {
                (true, true) => "−",
                (true, false) => "",
                (false, true) => " − ",
                (false, false) => " + ",
            };
            let number = short(factor.abs(), 6);
            text.push_str(sign);
            match name {
                Some(name) if number == "1" => text += &name,
                Some(name) => text.extend([name.as_str(), " × ", &number]),
                None => text += &number,
            }
        };
        for (&other, factor) in others.iter().zip(&factors) {
            if (factor * spread(self.values(other))).abs() > 1e-5 * size {
                add(*factor, Some(self.name(other)));
            }
        }
        if text_is_needed(constant, size) {
            add(constant, None);
        }
        Some(format!("{nearly}{text}"))
    }

    /// `2 × a × b^1.5`
    fn by_product(&self, at: usize, others: &[usize], allowed: f64) -> Option<String> {
        let logarithms = |at: usize| -> Option<Vec<f64>> {
            self.values(at).iter().map(|value| (*value > 0.0).then(|| value.ln())).collect()
        };
        let others: Vec<usize> = others.iter().copied().filter(|other| logarithms(*other).is_some()).collect();
        let (powers, constant, nearly) = determined(at, &others, allowed, logarithms)?;
        let size = spread(&logarithms(at)?);
        let mut factors = Vec::new();
        if text_is_needed(constant, 1.0) {
            factors.push(short(constant.exp(), 6));
        }
        for (&other, power) in others.iter().zip(&powers) {
            if (power * spread(&logarithms(other)?)).abs() > 1e-5 * size {
                let power = short(*power, 6);
                let name = self.name(other);
                factors.push(if power == "1" { name } else { format!("{name}^{power}") });
            }
        }
        Some(format!("{nearly}{}", factors.join(" × ")))
    }
}

fn text_is_needed(constant: f64, size: f64) -> bool {
    constant.abs() > 1e-5 * size
}

/// The factors and the constant with which the other columns determine this one, and whether they do so only nearly.
fn determined(
    at: usize,
    others: &[usize],
    allowed: f64,
    values: impl Fn(usize) -> Option<Vec<f64>>,
) -> Option<(Vec<f64>, f64, &'static str)> {
    let wanted = values(at)?;
    let given: Vec<Vec<f64>> = others.iter().map(|other| values(*other)).collect::<Option<_>>()?;
    if others.is_empty() || wanted.len() < others.len() + 1 + ROWS_TO_SPARE {
        return None;
    }
    // Columns around 0 with the spread 1, so that magnitudes do not matter.
    let (middles, sizes): (Vec<f64>, Vec<f64>) = given.iter().map(|column| (mean(column), spread(column))).unzip();
    if sizes.contains(&0.0) {
        return None;
    }
    let matrix = DMatrix::from_fn(wanted.len(), given.len(), |row, column| {
        (given[column][row] - middles[column]) / sizes[column]
    });
    let middle = mean(&wanted);
    let right = DVector::from_iterator(wanted.len(), wanted.iter().map(|value| value - middle));
    let solution = matrix.clone().svd(true, true).solve(&right, 1e-10).ok()?;
    let residuals = right - matrix * &solution;
    let share = share(residuals.as_slice(), &wanted)?;
    let factors: Vec<f64> = solution.iter().zip(&sizes).map(|(factor, size)| factor / size).collect();
    let constant = middle - factors.iter().zip(&middles).map(|(factor, middle)| factor * middle).sum::<f64>();
    (share <= allowed).then_some((factors, constant, if share > SEVERAL { "nearly " } else { "" }))
}

/// The root mean square of residuals as a share of the standard deviation of the values.
fn share(residuals: &[f64], values: &[f64]) -> Option<f64> {
    let rms = (residuals.iter().map(|r| r * r).sum::<f64>() / residuals.len().max(1) as f64).sqrt();
    let share = rms / spread(values);
    share.is_finite().then_some(share)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// The standard deviation; 0 if it is only a rounding error.
fn spread(values: &[f64]) -> f64 {
    let middle = mean(values);
    let spread = (values.iter().map(|v| (v - middle) * (v - middle)).sum::<f64>() / values.len().max(1) as f64).sqrt();
    if spread <= 1e-12 * middle.abs() { 0.0 } else { spread }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The name of a column, its unit, and its values in the rows 1, 2, 3 …
    type Example<'a> = (&'a str, &'a str, &'a dyn Fn(f64) -> f64);

    fn said(columns: &[Example<'_>]) -> Vec<String> {
        let values: Vec<Vec<f64>> =
            columns.iter().map(|(_, _, of)| (1..=40).map(|n| of(f64::from(n))).collect()).collect();
        let units: Vec<Option<Unit>> = columns.iter().map(|(_, unit, _)| unit.parse().ok()).collect();
        let named = columns.iter().zip(&units).zip(&values);
        let named = named.map(|(((name, ..), unit), values)| NamedColumn { name, unit: unit.as_ref(), values });
        let named: Vec<NamedColumn<'_>> = named.collect();
        notes(&named).into_iter().map(|note| note.split(": ").next().unwrap_or_default().to_owned()).collect()
    }

    fn a(n: f64) -> f64 {
        2.0 + (n * 0.7).sin() + 0.01 * n
    }

    fn b(n: f64) -> f64 {
        3.0 + (n * 1.3).cos()
    }

    fn c(n: f64) -> f64 {
        5.0 + (n * 2.9).sin() * (n * 0.31).cos()
    }

    #[test]
    fn columns_that_others_determine_are_named() {
        let check = |columns: &[Example<'_>], expect: &[&str]| assert_eq!(said(columns), expect);
        check(
            &[("period", "yr", &a), ("period_days", "d", &|n| 365.25 * a(n))],
            &["period_days is period × 365.25 (the same in another unit)"],
        );
        check(&[("a", "", &a), ("mass (g)", "", &|n| 1000.0 * a(n))], &["`mass (g)` is a × 1000"]);
        check(&[("a", "", &a), ("again", "", &a)], &["again is a copy of a"]);
        check(&[("a", "", &a), ("rounded", "", &|n| (a(n) * 1e4).round() / 1e4)], &["rounded is nearly a copy of a"]);
        check(&[("celsius", "", &a), ("f", "", &|n| 1.8 * a(n) + 32.0)], &["f is celsius × 1.8 + 32"]);
        check(&[("a", "", &a), ("b", "", &b), ("total", "", &|n| a(n) + b(n))], &["total is a + b"]);
        check(&[("a", "", &a), ("b", "", &b), ("c", "", &|n| 1.0 - a(n) - b(n))], &["c is −a − b + 1"]);
        check(&[("r", "", &a), ("area", "", &|n| 4.0 * a(n).powi(2))], &["area is 4 × r^2"]);
        check(
            &[("a", "", &a), ("b", "", &b), ("c", "", &c), ("q", "", &|n| 2.0 * a(n) / b(n))],
            &["q is 2 × a × b^-1"],
        );
        // A number in place of two words: one column is 0 where the other is 1.
        check(&[("is_cat", "", &|n| n % 2.0), ("is_dog", "", &|n| 1.0 - n % 2.0)], &["is_dog is −is_cat + 1"]);
        check(&[("almost", "", &|n| if (n - 7.0).abs() < 0.5 { 0.0 } else { 1.0 }), ("b", "", &b)], &[]);
        check(&[("a", "", &a), ("b", "", &b), ("c", "", &c)], &[]);
        check(&[("a", "", &a), ("same", "", &|_| 3.0), ("b", "", &b)], &[]);
        check(&[("a", "", &a), ("noisy", "", &|n| a(n) + 0.01 * (n * 7.7).sin())], &[]);
    }
}
