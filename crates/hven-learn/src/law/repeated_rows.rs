//! Rows of a search that repeat one another.
//!
//! A row that repeats another says nothing new: the search uses one of them. Rows with equal inputs are different
//! measurements, but no fold of a cross-validation divides them.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hasher},
};

use hven_core::repeats::Repeats;

/// With fewer different inputs than this, a repeated measurement proves little about other inputs.
const FEW: usize = 30;

/// The training rows without repetitions.
#[derive(Debug)]
pub(crate) struct RepeatedRows {
    /// One row of each group of rows that are equal, or nearly equal, in all columns.
    pub different: Vec<usize>,
    pub notes: Vec<String>,
}

/// Columns of inputs, and the target.
type Rows<'a> = (&'a [Vec<f64>], &'a [f64]);

impl RepeatedRows {
    pub(crate) fn find(train: Rows<'_>, hold_out: Rows<'_>) -> Self {
        let whole = together(train, hold_out);
        let whole: Vec<&[f64]> = whole.iter().map(Vec::as_slice).collect();
        let of_rows = repeats(&whole);
        let of_inputs = repeats(&whole[..train.0.len()]);
        let trained = train.1.len();
        let rows = grouped(&of_rows.groups[..trained]);
        let inputs = grouped(&of_inputs.groups[..trained]).len();
        let mut notes = Vec::new();
        let nearly = |of: &Repeats| if of.nearly { "equal or nearly equal" } else { "equal" };
        if rows.len() < trained {
            notes.push(format!(
                "{} of {trained} training rows are different: of rows that are {}, the search uses one",
                rows.len(),
                nearly(&of_rows)
            ));
        }
        if inputs < rows.len() {
            notes.push(format!(
                "the {} different training rows have {inputs} different inputs: rows whose inputs are {} stay in one fold of \
                 r2_crossvalidated",
                rows.len(),
                nearly(&of_inputs)
            ));
        }
        if 2 * inputs <= trained && inputs < FEW {
            notes.push(format!(
                "the law rests on {inputs} different inputs: r2, r2_crossvalidated and r2_holdout are no proof of it, because \
                 many formulas fit so few"
            ));
        }
        let held = hold_out.1.len();
        let copied = shared(&of_rows, trained);
        if copied > 0 {
            notes.push(format!(
                "{copied} of {held} held-out rows repeat training rows (they are {} in all columns): r2_holdout is no test \
                 of the law; `hven data split` of this version keeps such rows in one part",
                nearly(&of_rows)
            ));
        }
        let measured_again = shared(&of_inputs, trained);
        if measured_again > copied {
            notes.push(format!(
                "{measured_again} of {held} held-out rows have the inputs of training rows: for them r2_holdout says how \
                 well a measurement repeats, not whether the law holds for other inputs"
            ));
        }
        Self { different: rows.into_iter().filter_map(|group| group.first().copied()).collect(), notes }
    }
}

/// The groups of rows that are equal, or nearly equal, in these columns, in the order of their first rows.
pub(crate) fn groups(columns: &[&[f64]]) -> Vec<Vec<usize>> {
    grouped(&repeats(columns).groups)
}

/// The columns of the training rows followed by the held-out rows, the target last.
fn together(train: Rows<'_>, hold_out: Rows<'_>) -> Vec<Vec<f64>> {
    let inputs = train.0.iter().zip(hold_out.0).map(|(train, held)| (&train[..], &held[..]));
    let columns = inputs.chain([(train.1, hold_out.1)]);
    columns.map(|(train, held)| train.iter().chain(held).copied().collect()).collect()
}

fn repeats(columns: &[&[f64]]) -> Repeats {
    let rows = columns.first().map_or(0, |column| column.len());
    let key = |row: usize| {
        let mut hasher = DefaultHasher::new();
        // −0 and 0 are the same number.
        for column in columns {
            hasher.write_u64((column[row] + 0.0).to_bits());
        }
        hasher.finish()
    };
    let keys: Vec<u64> = (0..rows).map(key).collect();
    Repeats::of_equal_rows(&keys).with_near_rows(&vec![0; rows], columns)
}

/// The rows of each group, in the order of their first rows.
fn grouped(group_of: &[u32]) -> Vec<Vec<usize>> {
    let mut place_of: HashMap<u32, usize> = HashMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (row, group) in group_of.iter().enumerate() {
        let place = *place_of.entry(*group).or_insert(groups.len());
        if place == groups.len() {
            groups.push(Vec::new());
        }
        groups[place].push(row);
    }
    groups
}

/// How many rows after the first ones are in a group of the first ones. Groups are numbered by their first row.
fn shared(of: &Repeats, first: usize) -> usize {
    let groups = of.groups[..first].iter().max().map_or(0, |last| last + 1);
    of.groups[first..].iter().filter(|group| **group < groups).count()
}
