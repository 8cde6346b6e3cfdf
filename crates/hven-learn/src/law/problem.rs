//! The input of a search: columns with units. Rows that cannot be used are dropped and counted.

use std::collections::HashSet;

use hven_core::unit::Unit;

use super::dimension::Dimensions;
use super::error::LawError;
use super::redundant::{self, NamedColumn};
use super::repeated_rows::RepeatedRows;

/// A column of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub name: String,
    /// `None` if no unit was declared.
    pub unit: Option<Unit>,
    /// NaN where a value is missing.
    pub values: Vec<f64>,
}

/// A question: how does the target depend on the inputs?
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    pub inputs: Vec<Column>,
    pub target: Column,
    /// Rows that the search must not use, for the evaluation of the law.
    pub hold_out: Option<Vec<usize>>,
}

/// The usable rows, split and in random order.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub train: Rows,
    pub hold_out: Rows,
    pub dimensions: Option<Dimensions>,
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Rows {
    pub inputs: Vec<Vec<f64>>,
    pub target: Vec<f64>,
    /// The place of each row in the table.
    pub places: Vec<usize>,
}

/// The use of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The law was fitted to it.
    Train,
    /// The search did not use the row; the law was evaluated on it afterwards.
    HoldOut,
    /// It is far from the law, so it was left out of the fit.
    LeftOut,
}

/// A row that a search used.
#[derive(Debug, Clone, PartialEq)]
pub struct UsedRow {
    pub part: Part,
    /// In the order of the problem's inputs.
    pub inputs: Vec<f64>,
    pub target: f64,
}

/// The least number of rows for a search.
const ROWS_MIN: usize = 4;
/// The limit of rows; more rows cost time and memory without making a law clearer.
const ROWS_MAX: usize = 10_000;

impl Problem {
    /// The rows that a search with this seed uses: first the training rows, then those that were left out of the fit, then
    /// the hold-out. Rows with missing values are dropped. `left_out` are the places of the second kind in the table.
    ///
    /// # Errors
    /// When the problem cannot be searched.
    pub fn rows_used(&self, seed: u64, left_out: &[usize]) -> Result<Vec<UsedRow>, LawError> {
        let Prepared { train, hold_out, .. } = self.prepare(seed)?;
        let mut used = Vec::with_capacity(train.target.len() + hold_out.target.len());
        for (rows, part) in [(&train, Part::Train), (&train, Part::LeftOut), (&hold_out, Part::HoldOut)] {
            for (row, &target) in rows.target.iter().enumerate() {
                if part != Part::HoldOut && left_out.contains(&rows.places[row]) != (part == Part::LeftOut) {
                    continue;
                }
                let inputs = rows.inputs.iter().map(|column| column[row]).collect();
                used.push(UsedRow { part, inputs, target });
            }
        }
        Ok(used)
    }

    pub(crate) fn prepare(&self, seed: u64) -> Result<Prepared, LawError> {
        self.check_columns()?;
        let given = self.target.values.len();
        let all: Vec<&Column> = self.inputs.iter().chain([&self.target]).collect();
        let usable: Vec<usize> = (0..given).filter(|&r| all.iter().all(|c| c.values[r].is_finite())).collect();
        let mut notes = Vec::new();
        let missing: Vec<String> = all
            .iter()
            .map(|c| (&c.name, c.values.iter().filter(|v| !v.is_finite()).count()))
            .filter(|(_, count)| *count > 0)
            .map(|(name, count)| format!("{name}: {count}"))
            .collect();
        if usable.len() < given {
            notes.push(format!(
                "{} of {given} rows were left out, for a value that is missing or not finite ({})",
                given - usable.len(),
                missing.join(", ")
            ));
        }
        let hidden: HashSet<usize> = self.hold_out.iter().flatten().copied().collect();
        if let Some(&row) = hidden.iter().find(|&&r| r >= given) {
            return Err(LawError::HoldOut { row, rows: given });
        }
        let (mut hold_out, mut train): (Vec<usize>, Vec<usize>) = usable.iter().partition(|r| hidden.contains(r));
        if train.len() < ROWS_MIN {
            let columns = if missing.is_empty() { "none does".to_owned() } else { missing.join(", ") };
            return Err(LawError::TooFewRows { usable: train.len(), given, needed: ROWS_MIN, columns });
        }
        // The search splits rows by position, so the order of the table must not matter.
        let mut random = fastrand::Rng::with_seed(seed);
        random.shuffle(&mut train);
        hold_out.sort_unstable();
        let hold_out = self.pick(&hold_out);
        let rows = self.pick(&train);
        let repeats = RepeatedRows::find((&rows.inputs, &rows.target), (&hold_out.inputs, &hold_out.target));
        notes.extend(repeats.notes);
        // A row that repeats another says nothing new, and would make a law look tested where it is not.
        if repeats.different.len() >= ROWS_MIN {
            train = repeats.different.into_iter().map(|at| train[at]).collect();
        }
        if train.len() > ROWS_MAX {
            notes.push(format!("of {} rows {ROWS_MAX} were drawn at random", train.len()));
            train.truncate(ROWS_MAX);
        }
        let train = self.pick(&train);
        let first = train.target[0];
        let size = train.target.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        if train.target.iter().all(|v| (v - first).abs() <= 1e-12 * size) {
            return Err(LawError::Constant(self.target.name.clone()));
        }
        for (column, values) in self.inputs.iter().zip(&train.inputs) {
            if values.iter().all(|v| v.total_cmp(&values[0]).is_eq()) {
                notes.push(format!("{} has the same value in every row, so nothing can be said about it", column.name));
            }
        }
        let columns = self.inputs.iter().zip(&train.inputs);
        let columns: Vec<NamedColumn<'_>> = columns
            .map(|(column, values)| NamedColumn { name: &column.name, unit: column.unit.as_ref(), values })
            .collect();
        notes.extend(redundant::notes(&columns));
        let dimensions = self.dimensions(&mut notes);
        Ok(Prepared { train, hold_out, dimensions, notes })
    }

    fn check_columns(&self) -> Result<(), LawError> {
        if self.inputs.is_empty() {
            return Err(LawError::NoInputs(self.target.name.clone()));
        }
        let mut seen = HashSet::new();
        for column in &self.inputs {
            if column.name == self.target.name {
                return Err(LawError::TargetIsInput(column.name.clone()));
            }
            if !seen.insert(&column.name) {
                return Err(LawError::Twice(column.name.clone()));
            }
            if column.values.len() != self.target.values.len() {
                return Err(LawError::Lengths {
                    column: column.name.clone(),
                    got: column.values.len(),
                    wanted: self.target.values.len(),
                });
            }
        }
        Ok(())
    }

    fn pick(&self, rows: &[usize]) -> Rows {
        let pick = |c: &Column| rows.iter().map(|&r| c.values[r]).collect::<Vec<f64>>();
        Rows { inputs: self.inputs.iter().map(pick).collect(), target: pick(&self.target), places: rows.to_vec() }
    }

    fn dimensions(&self, notes: &mut Vec<String>) -> Option<Dimensions> {
        let all: Vec<&Column> = self.inputs.iter().chain([&self.target]).collect();
        let without: Vec<&str> = all.iter().filter(|c| c.unit.is_none()).map(|c| c.name.as_str()).collect();
        if without.len() == all.len() {
            notes.push("no column has a unit, so units were not checked".to_owned());
            return None;
        }
        if !without.is_empty() {
            notes.push(format!("without a unit, and so taken as plain numbers: {}", without.join(", ")));
        }
        let unit = |c: &Column| c.unit.clone().unwrap_or_default();
        Some(Dimensions { inputs: self.inputs.iter().map(unit).collect(), target: unit(&self.target) })
    }
}
