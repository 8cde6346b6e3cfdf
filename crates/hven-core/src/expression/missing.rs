//! Rows of a table in which a condition cannot be decided because a cell that it reads is missing.

use super::{
    columns::{Rows, Vector},
    typed::{Typed, What},
};

/// The cells of a column that are missing, by row; `None` if there are none. A number that is not a number (NaN) is not missing.
pub type MissingCells<'a> = Option<&'a [bool]>;

impl<'a> Rows<'a> {
    /// For each row, whether the value of a part is unknown for another reason than missing cells alone: a cell is NaN, or an
    /// operation has no value, such as a division by zero.
    pub(super) fn undefined(&self, part: &'a Typed, missing: &[MissingCells<'_>]) -> Vec<bool> {
        let value = self.vector(part);
        let unknown = |row: usize| !value.is_known(row);
        match &part.what {
            What::Name(place) => {
                let cells = missing.get(*place).copied().flatten();
                let is_missing = |row: usize| cells.is_some_and(|cells| cells.get(row).copied().unwrap_or(false));
                (0..self.rows).map(|row| unknown(row) && !is_missing(row)).collect()
            }
            _ => {
                let children: Vec<(Vector<'_>, Vec<bool>)> = part
                    .children()
                    .into_iter()
                    .map(|child| (self.vector(child), self.undefined(child, missing)))
                    .collect();
                let is_own = |row: usize| children.iter().all(|(child, _)| child.is_known(row));
                let is_inherited = |row: usize| children.iter().any(|(_, undefined)| undefined[row]);
                (0..self.rows).map(|row| unknown(row) && (is_own(row) || is_inherited(row))).collect()
            }
        }
    }
}
