//! Known laws for the benchmark: a formula, the units of its variables, and the ranges of the variables.
//!
//! They are read from a table of the AI Feynman database: `name,output,formula,variables`, where variables are
//! `name:low:high`. A fifth column `units` may hold the units, as `variable=unit` separated by spaces.

use hven_core::unit::Unit;

use super::formula::parse;
use crate::law::{Column, Expr, Problem, refitted_loss};

/// A known law.
#[derive(Debug, Clone)]
pub struct KnownLaw {
    pub name: String,
    pub output: String,
    pub formula: String,
    pub names: Vec<String>,
    tree: Expr,
    ranges: Vec<(f64, f64)>,
    /// The units of the variables and, last, of the output; `None` if they are not known.
    units: Option<Vec<Unit>>,
}

/// Rows drawn for a law.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampled {
    pub inputs: Vec<Vec<f64>>,
    pub target: Vec<f64>,
}

const HEADER: &str = "name,output,formula,variables";
const HEADER_WITH_UNITS: &str = "name,output,formula,variables,units";

/// Reads laws. Their units are in the column `units`, or for laws without an entry there in a second table (`name,units`,
/// where units are `variable=unit`, separated by spaces).
///
/// # Errors
/// The first bad row, for people.
pub fn known_laws(table: &str, units: Option<&str>) -> Result<Vec<KnownLaw>, String> {
    let units = units.unwrap_or_default();
    let mut lines = table.lines().filter(|line| !line.trim().is_empty());
    let with_units = match lines.next() {
        Some(found) if found.trim() == HEADER => false,
        Some(found) if found.trim() == HEADER_WITH_UNITS => true,
        found => return Err(format!("the first line is {:?} and not {HEADER:?}", found.unwrap_or_default())),
    };
    lines.map(|row| KnownLaw::read(row, with_units, units)).collect()
}

impl KnownLaw {
    fn read(row: &str, with_units: bool, units: &str) -> Result<Self, String> {
        let columns = if with_units { 5 } else { 4 };
        let cells: Vec<&str> = row.splitn(columns, ',').collect();
        if cells.len() != columns {
            return Err(format!("{row:?} has not {} cells", if with_units { "five" } else { "four" }));
        }
        let (name, output, formula, variables) = (cells[0], cells[1], cells[2], cells[3]);
        let own_units = cells.get(4).map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
        let mut names = Vec::new();
        let mut ranges = Vec::new();
        for variable in variables.split_whitespace() {
            let parts: Vec<&str> = variable.split(':').collect();
            let range = match parts[..] {
                [_, low, high] => low.parse().ok().zip(high.parse().ok()).filter(|(low, high): &(f64, f64)| low < high),
                _ => None,
            };
            names.push(parts[0].to_owned());
            ranges.push(range.ok_or_else(|| format!("{variable:?} in {name} is not name:low:high"))?);
        }
        let tree = parse(formula, &names).map_err(|wrong| format!("{name}: {wrong}"))?;
        let columns: Vec<&str> = names.iter().map(String::as_str).chain([output]).collect();
        let units = own_units
            .or_else(|| units.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(',')))
            .map(|cell| units_of(cell, &columns).map_err(|wrong| format!("the units of {name}: {wrong}")))
            .transpose()?;
        Ok(Self {
            name: name.to_owned(),
            output: output.to_owned(),
            formula: formula.to_owned(),
            names,
            tree,
            ranges,
            units,
        })
    }

    pub fn has_units(&self) -> bool {
        self.units.is_some()
    }

    /// Rows drawn uniformly from the ranges. `noise` is the standard deviation of the noise on the target, as a share of the
    /// target's own.
    pub fn sample(&self, rows: usize, seed: u64, noise: f64) -> Sampled {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut inputs = vec![Vec::with_capacity(rows); self.names.len()];
        let mut target = Vec::with_capacity(rows);
        for _ in 0..rows {
            let row: Vec<f64> = self.ranges.iter().map(|(low, high)| low + (high - low) * random.f64()).collect();
            target.push(self.tree.value(&row));
            for (column, value) in inputs.iter_mut().zip(row) {
                column.push(value);
            }
        }
        if noise > 0.0 {
            let mean = target.iter().sum::<f64>() / rows as f64;
            let deviation = (target.iter().map(|y| (y - mean) * (y - mean)).sum::<f64>() / rows as f64).sqrt();
            for y in &mut target {
                *y += noise * deviation * normal(&mut random);
            }
        }
        Sampled { inputs, target }
    }

    /// The problem whose solution is this law.
    pub fn problem(&self, rows: &Sampled, with_units: bool) -> Problem {
        let units = self.units.as_ref().filter(|_| with_units);
        let column = |i: usize, name: &str, values: &[f64]| Column {
            name: name.to_owned(),
            unit: units.map(|units| units[i].clone()),
            values: values.to_vec(),
        };
        Problem {
            inputs: self.names.iter().zip(&rows.inputs).enumerate().map(|(i, (n, v))| column(i, n, v)).collect(),
            target: column(self.names.len(), &self.output, &rows.target),
            hold_out: None,
        }
    }
}

fn units_of(cell: &str, columns: &[&str]) -> Result<Vec<Unit>, String> {
    columns
        .iter()
        .map(|column| {
            let text = cell.split_whitespace().find_map(|pair| pair.strip_prefix(*column)?.strip_prefix('='));
            let text = text.ok_or_else(|| format!("{column} has none"))?;
            Unit::parse(text).map_err(|wrong| format!("{column}: {wrong}"))
        })
        .collect()
}

/// A draw from the standard normal distribution (Box and Muller).
pub(crate) fn normal(random: &mut fastrand::Rng) -> f64 {
    let (radius, angle) = (1.0 - random.f64(), random.f64());
    (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

/// Whether a law has the form of the law behind these rows (drawn without noise): whether it leaves less than `share` of the
/// variance after its constants are fitted to them.
pub fn same_form(law: &Expr, rows: &Sampled, share: f64) -> bool {
    refitted_loss(law, &rows.inputs, &rows.target) < share
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "name,output,formula,variables\nK,T,2*pi*sqrt(l/g),l:1:3 g:5:10\n";

    #[test]
    fn a_law_is_sampled_according_to_its_formula() {
        let laws = known_laws(TABLE, Some("name,units\nK,l=m g=m/s2 T=s\n")).unwrap();
        let rows = laws[0].sample(50, 1, 0.0);
        assert_eq!(rows, laws[0].sample(50, 1, 0.0));
        for r in 0..50 {
            let expected = std::f64::consts::TAU * (rows.inputs[0][r] / rows.inputs[1][r]).sqrt();
            assert!((rows.target[r] - expected).abs() < 1e-12);
        }
        let problem = laws[0].problem(&rows, true);
        assert_eq!(problem.target.unit.map(|u| u.to_string()).as_deref(), Some("s"));
        assert!(laws[0].problem(&rows, false).inputs.iter().all(|c| c.unit.is_none()));
    }

    #[test]
    fn a_table_may_have_the_units_of_its_laws() {
        let table = "name,output,formula,variables,units\na,T,2*l,l:1:3,l=m T=s\nb,T,2*l,l:1:3,\n";
        let laws = known_laws(table, Some("name,units\na,l=kg T=K\n")).unwrap();
        assert_eq!(laws.iter().map(KnownLaw::has_units).collect::<Vec<_>>(), [true, false]);
        let unit = laws[0].problem(&laws[0].sample(5, 1, 0.0), true).inputs[0].unit.clone();
        assert_eq!(unit.map(|u| u.to_string()).as_deref(), Some("m"));
        let short = "name,output,formula,variables,units\na,T,2*l,l:1:3\n";
        assert_eq!(known_laws(short, None).unwrap_err(), "\"a,T,2*l,l:1:3\" has not five cells");
    }

    #[test]
    fn noise_has_the_requested_size() {
        let law = &known_laws(TABLE, None).unwrap()[0];
        let (plain, noisy) = (law.sample(4000, 3, 0.0), law.sample(4000, 3, 0.1));
        let share =
            |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum::<f64>() / a.len() as f64;
        let mean = plain.target.iter().sum::<f64>() / 4000.0;
        let ratio = (share(&noisy.target, &plain.target) / share(&plain.target, &vec![mean; 4000])).sqrt();
        assert!((ratio - 0.1).abs() < 0.01, "{ratio}");
    }

    #[test]
    fn the_same_form_is_distinguished_from_a_similar_one() {
        let rows = known_laws(TABLE, None).unwrap()[0].sample(200, 5, 0.0);
        let law = |p| Expr::fitted(6.0).times(Expr::Variable(0).over(Expr::Variable(1)).power(p));
        assert!(same_form(&law(0.5), &rows, 1e-9));
        assert!(!same_form(&law(0.51), &rows, 1e-9));
    }

    #[test]
    fn errors_in_a_table_are_explained() {
        for (table, units, expected) in [
            ("a,b\n", "", "the first line is \"a,b\" and not \"name,output,formula,variables\""),
            ("name,output,formula,variables\nx,y\n", "", "\"x,y\" has not four cells"),
            ("name,output,formula,variables\nK,T,l,l:3:1\n", "", "\"l:3:1\" in K is not name:low:high"),
            (TABLE, "K,l=m T=s", "the units of K: g has none"),
        ] {
            assert_eq!(known_laws(table, Some(units)).unwrap_err(), expected);
        }
    }
}
