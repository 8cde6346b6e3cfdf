//! Applies facts to the views.

use super::{
    ALL, objects, run_rows, runs, use_changes,
    view::{Changes, Seen},
};
use crate::sql::SqlResult;

/// Applies a fact to every view that reads its kind.
pub(crate) fn apply(seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
    for view in ALL {
        if view.kinds().contains(&seen.header.kind.as_str()) {
            view.apply(seen, changes)?;
        }
    }
    Ok(())
}

impl Changes<'_> {
    /// Writes the pending changes; afterwards the transaction may be committed.
    pub(crate) fn finish(&mut self) -> SqlResult<()> {
        run_rows::write(self)?;
        runs::write_counts(self)?;
        use_changes::write_changes(self)?;
        objects::write_references(self)
    }
}
