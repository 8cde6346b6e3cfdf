//! Rows of a table that repeat one another: equal rows, and rows that differ by no more than rounding or jitter.
//!
//! A test on a row that repeats a training row proves nothing, so such rows form a group that is never divided. Two rows
//! are in one group if all their cells are equal. They are also in one group if all cells that are not numbers are equal
//! and a chain of rows connects them, in which neighbours are *near*. Nothing defines "near" in general: in a dense table
//! all neighbours are close. So rows are near only if the table itself shows a gap between two kinds of distances.
//!
//! - The distance of two rows is the largest difference in a column, as a share of the column's spread (from its 10 % to
//!   its 90 % quantile; on a logarithmic scale if the values there differ by more than a factor of 100).
//! - The distances along the shortest tree that connects all rows are sorted. Distances below a gap are near. A gap is a
//!   factor of 3 between neighbours of this list, and more if only few distances are below it.
//! - Near distances are at most 3 % of the spread, and a group extends over at most 10 % of it.

use std::{collections::HashMap, fmt};

use serde::{Deserialize, Serialize};

/// The largest near distance, as a share of the spread of a column.
const NEAR_MAX: f64 = 0.03;
/// The largest extent of a group, as a share of the spread of a column.
const EXTENT_MAX: f64 = 0.1;
/// The least factor of a gap.
const GAP: f64 = 3.0;
/// How probable a gap may be among random distances.
const CHANCE: f64 = 1e-4;
/// Above this number of different rows, only equal rows are found: the shortest tree takes quadratic time.
pub const NEAR_ROWS_MAX: usize = 5_000;
/// From this ratio on, values are compared by their logarithms.
const WIDE: f64 = 100.0;

/// The groups of a table's rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeats {
    /// The group of each row. Groups are numbered by their first row.
    pub groups: Vec<u32>,
    /// How many groups there are.
    pub different: usize,
    /// Whether a group has rows that are near but not equal.
    pub nearly: bool,
}

/// How many rows of a table are different.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DifferentRows {
    pub different: u64,
    pub rows: u64,
    /// Whether rows that are nearly equal count as equal.
    pub nearly: bool,
}

/// `12 of 240 rows are different`
impl fmt::Display for DifferentRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = if self.different == 1 { "is" } else { "are" };
        let nearly = if self.nearly { " (nearly equal rows count as equal)" } else { "" };
        write!(f, "{} of {} rows {verb} different{nearly}", self.different, self.rows)
    }
}

impl Repeats {
    /// Groups of equal rows: `keys` are equal for rows in which all cells are equal.
    pub fn of_equal_rows(keys: &[u64]) -> Self {
        let mut group_of: HashMap<u64, u32> = HashMap::new();
        let groups = keys.iter().map(|key| {
            let next = group_of.len() as u32;
            *group_of.entry(*key).or_insert(next)
        });
        let groups = groups.collect();
        Self { groups, different: group_of.len(), nearly: false }
    }

    /// Also joins groups of nearly equal rows. `kinds` are equal for rows in which all cells are equal that are not numbers.
    /// `columns` are the numbers; a missing value is NaN.
    #[must_use]
    pub fn with_near_rows(self, kinds: &[u64], columns: &[&[f64]]) -> Self {
        if self.different > NEAR_ROWS_MAX {
            return self;
        }
        let mut representatives = Vec::with_capacity(self.different);
        for (row, group) in self.groups.iter().enumerate() {
            if *group as usize == representatives.len() {
                representatives.push(row);
            }
        }
        let Some(joined) = near_groups(&representatives, kinds, columns) else { return self };
        let mut numbers: HashMap<u32, u32> = HashMap::new();
        let groups = self.groups.iter().map(|group| {
            let next = numbers.len() as u32;
            *numbers.entry(joined[*group as usize]).or_insert(next)
        });
        let groups: Vec<u32> = groups.collect();
        Self { groups, different: numbers.len(), nearly: true }
    }

    /// How many rows are different; `None` if no row repeats another.
    pub fn counted(&self) -> Option<DifferentRows> {
        let (different, rows) = (self.different as u64, self.groups.len() as u64);
        (different < rows).then_some(DifferentRows { different, rows, nearly: self.nearly })
    }

    /// The rows of each group.
    pub fn members(&self) -> Vec<Vec<usize>> {
        let mut members = vec![Vec::new(); self.different];
        for (row, group) in self.groups.iter().enumerate() {
            members[*group as usize].push(row);
        }
        members
    }
}

/// The groups of near rows among different rows; `None` if there is no gap between near and other rows.
fn near_groups(rows: &[usize], kinds: &[u64], columns: &[&[f64]]) -> Option<Vec<u32>> {
    let places: Vec<Vec<f64>> = columns.iter().filter_map(|column| scaled(column, rows)).collect();
    if places.is_empty() {
        return None;
    }
    // Missing values are not near to any number.
    let mut classes: HashMap<(u64, Vec<bool>), u32> = HashMap::new();
    let class = |row: &usize| {
        let next = classes.len() as u32;
        let missing = columns.iter().map(|column| !column[*row].is_finite()).collect();
        *classes.entry((kinds[*row], missing)).or_insert(next)
    };
    let class: Vec<u32> = rows.iter().map(class).collect();
    let distance = |a: usize, b: usize| {
        if class[a] != class[b] {
            return f64::INFINITY;
        }
        places.iter().map(|place| (place[a] - place[b]).abs()).fold(0.0, f64::max)
    };
    let mut edges = shortest_tree(rows.len(), &distance);
    edges.sort_by(|a, b| a.length.total_cmp(&b.length));
    gaps(&edges).into_iter().rev().find_map(|count| {
        let groups = joined(rows.len(), &edges[..count]);
        is_compact(&groups, &places).then_some(groups)
    })
}

/// The rows' values as shares of the column's spread; `None` for a column without one.
fn scaled(column: &[f64], rows: &[usize]) -> Option<Vec<f64>> {
    let values: Vec<f64> = rows.iter().map(|row| column[*row]).collect();
    let ends = |values: &[f64]| {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().checked_sub(1)?;
        let at = |share: f64| sorted[(share * last as f64).round() as usize];
        let (low, high) = (at(0.1), at(0.9));
        // Where most values are the same, the others decide.
        Some(if low < high { (low, high) } else { (sorted[0], sorted[last]) })
    };
    let (low, high) = ends(&values)?;
    let is_wide = low > 0.0 && high / low > WIDE && values.iter().all(|value| !value.is_finite() || *value > 0.0);
    let values: Vec<f64> = if is_wide { values.iter().map(|value| value.ln()).collect() } else { values };
    let (low, high) = if is_wide { (low.ln(), high.ln()) } else { (low, high) };
    let spread = high - low;
    let share = |value: f64| if value.is_finite() { (value - low) / spread } else { 0.0 };
    (spread > 0.0 && spread.is_finite()).then(|| values.into_iter().map(share).collect())
}

#[derive(Clone, Copy)]
struct Edge {
    from: usize,
    to: usize,
    length: f64,
}

/// The edges of a shortest tree over all rows, by Prim's algorithm.
fn shortest_tree(rows: usize, distance: &dyn Fn(usize, usize) -> f64) -> Vec<Edge> {
    let mut nearest: Vec<Edge> =
        (0..rows).map(|to| Edge { from: 0, to, length: if to == 0 { 0.0 } else { distance(0, to) } }).collect();
    let mut waiting: Vec<usize> = (1..rows).collect();
    let mut edges = Vec::with_capacity(rows);
    while let Some(at) = (0..waiting.len()).min_by(|a, b| {
        let length = |at: &usize| nearest[waiting[*at]].length;
        length(a).total_cmp(&length(b))
    }) {
        let added = waiting.swap_remove(at);
        edges.push(nearest[added]);
        for &to in &waiting {
            let length = distance(added, to);
            if length < nearest[to].length {
                nearest[to] = Edge { from: added, to, length };
            }
        }
    }
    edges
}

/// After how many of the sorted edges there is a gap.
fn gaps(edges: &[Edge]) -> Vec<usize> {
    let is_gap = |count: usize| {
        // Random distances along a line have such a factor after `count` of them with the probability factor^-count.
        let factor = GAP.max((1.0 / CHANCE).powf(1.0 / count as f64));
        let (below, above) = (edges[count - 1].length, edges.get(count).map_or(f64::INFINITY, |edge| edge.length));
        below <= NEAR_MAX && above >= factor * below && above > 0.0
    };
    (1..=edges.len()).filter(|count| is_gap(*count)).collect()
}

/// The group of each row, when these edges connect rows.
fn joined(rows: usize, edges: &[Edge]) -> Vec<u32> {
    let mut parent: Vec<usize> = (0..rows).collect();
    let root = |parent: &mut Vec<usize>, mut row: usize| {
        while parent[row] != row {
            parent[row] = parent[parent[row]];
            row = parent[row];
        }
        row
    };
    for edge in edges {
        let (a, b) = (root(&mut parent, edge.from), root(&mut parent, edge.to));
        parent[a.max(b)] = a.min(b);
    }
    (0..rows).map(|row| root(&mut parent, row) as u32).collect()
}

/// Whether no group extends over a large part of a column.
fn is_compact(groups: &[u32], places: &[Vec<f64>]) -> bool {
    places.iter().all(|place| {
        let mut ends: HashMap<u32, (f64, f64)> = HashMap::new();
        for (group, value) in groups.iter().zip(place) {
            let (low, high) = ends.entry(*group).or_insert((*value, *value));
            (*low, *high) = (low.min(*value), high.max(*value));
        }
        ends.values().all(|(low, high)| high - low <= EXTENT_MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers from 0 to 1 that look random.
    struct Draws(u64);

    impl Draws {
        fn next(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 11) as f64 / (1_u64 << 53) as f64
        }
    }

    fn found(columns: &[Vec<f64>]) -> Repeats {
        let rows = columns[0].len();
        let key = |row: usize| {
            columns.iter().fold(7_u64, |key, column| key.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ column[row].to_bits())
        };
        let keys: Vec<u64> = (0..rows).map(key).collect();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        Repeats::of_equal_rows(&keys).with_near_rows(&vec![0; rows], &columns)
    }

    /// So many different rows, each so many times, with a jitter.
    fn repeated(different: usize, times: usize, columns: usize, jitter: f64) -> Vec<Vec<f64>> {
        let mut draws = Draws(different as u64 * 31 + times as u64);
        (0..columns)
            .map(|_| {
                let values: Vec<f64> = (0..different).map(|_| 10.0 * draws.next()).collect();
                (0..different * times).map(|row| values[row % different] + jitter * (draws.next() - 0.5)).collect()
            })
            .collect()
    }

    #[test]
    fn equal_and_nearly_equal_rows_are_one_group() {
        for jitter in [0.0, 1e-9, 1e-4, 0.01, 0.1] {
            let found = found(&repeated(12, 20, 4, jitter));
            assert_eq!(found.different, 12, "{jitter}");
            assert_eq!(found.nearly, jitter > 0.0);
            assert!((0..240).all(|row| found.groups[row] as usize == row % 12), "{jitter}");
        }
        assert_eq!(found(&repeated(100, 3, 4, 0.001)).different, 100);
        assert_eq!(found(&repeated(30, 2, 3, 0.001)).different, 30);
        let text = |jitter| found(&repeated(12, 20, 4, jitter)).counted().map(|counted| counted.to_string());
        assert_eq!(text(0.0).as_deref(), Some("12 of 240 rows are different"));
        assert_eq!(text(0.1).as_deref(), Some("12 of 240 rows are different (nearly equal rows count as equal)"));
    }

    #[test]
    fn a_few_copies_among_other_rows_are_found() {
        let mut table = repeated(100, 1, 3, 0.0);
        for column in &mut table {
            let copies: Vec<f64> = column[..5].iter().map(|value| value * (1.0 + 1e-7)).collect();
            column.extend(copies);
        }
        let found = found(&table);
        assert_eq!(found.different, 100);
        assert_eq!(found.groups[100..], [0, 1, 2, 3, 4]);
    }

    #[test]
    fn rows_of_ordinary_tables_are_different() {
        for seed in 0..40 {
            let mut draws = Draws(seed);
            let x: Vec<f64> = (0..150).map(|_| draws.next()).collect();
            let noise: Vec<f64> = x.iter().map(|x| x.sin() + 0.05 * draws.next()).collect();
            let curve: Vec<f64> = x.iter().map(|x| x.exp()).collect();
            let wide: Vec<f64> = x.iter().map(|x| 1e18_f64.powf(*x)).collect();
            assert_eq!(found(&[x.clone(), noise]).different, 150, "noise {seed}");
            assert_eq!(found(&[x.clone(), curve]).different, 150, "curve {seed}");
            assert_eq!(found(&[wide]).different, 150, "wide {seed}");
        }
        let steps = |f: &dyn Fn(f64) -> f64| (0..300).map(|n| f(f64::from(n))).collect::<Vec<f64>>();
        assert!(found(&[steps(&|n| n), steps(&|n| (n / 30.0).sin())]).counted().is_none());
        // A jump is no gap between repeats.
        assert!(found(&[steps(&|n| n), steps(&|n| if n < 100.0 { 0.0 } else { 5.0 })]).counted().is_none());
        assert!(found(&[steps(&|n| if n < 100.0 { n } else { n + 500.0 })]).counted().is_none());
        assert!(found(&[steps(&|n| 2.0_f64.powf(n / 4.0))]).counted().is_none());
        assert!(found(&[steps(&|n| (n % 10.0).floor()), steps(&|n| (n / 10.0).floor())]).counted().is_none());
        assert!(found(&[vec![1.0]]).counted().is_none() && found(&[vec![]]).counted().is_none());
    }

    #[test]
    fn missing_values_and_other_cells_keep_rows_apart() {
        let table = repeated(10, 2, 3, 0.001);
        let mut missing = table.clone();
        missing[0][0] = f64::NAN;
        assert_eq!(found(&missing).different, 11);
        let columns: Vec<&[f64]> = table.iter().map(Vec::as_slice).collect();
        let keys: Vec<u64> = (0..20).collect();
        let kinds: Vec<u64> = (0..20).map(|row| row / 10).collect();
        assert_eq!(Repeats::of_equal_rows(&keys).with_near_rows(&kinds, &columns).different, 20);
    }
}
