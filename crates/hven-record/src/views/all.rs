//! The list of all views.

use super::{
    access, additions, capture_notes, claims, datasets, files, labels, lineage, objects, params, projects,
    publications, reproductions, run_rows, runners, runs, soundness, users,
    view::{Changes, Seen, View},
};
use crate::sql::SqlResult;

pub(crate) const ALL: [&dyn View; 17] = [
    &runs::Runs,
    &params::Params,
    &additions::Additions,
    &capture_notes::CaptureNotes,
    &labels::Labels,
    &files::Files,
    &objects::Objects,
    &users::Users,
    &access::Access,
    &projects::Projects,
    &runners::Runners,
    &datasets::Datasets,
    &claims::Claims,
    &reproductions::Reproductions,
    &publications::Publications,
    &lineage::Lineage,
    &soundness::Soundness,
];

/// Shows a fact to every view that reads its kind.
pub(crate) fn apply(seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
    for view in ALL {
        if view.kinds().contains(&seen.header.kind.as_str()) {
            view.apply(seen, changes)?;
        }
    }
    Ok(())
}

impl Changes<'_> {
    /// Writes what was gathered; the transaction may then be committed.
    pub(crate) fn finish(&mut self) -> SqlResult<()> {
        run_rows::write(self)?;
        runs::write_counts(self)?;
        objects::write_references(self)
    }
}
