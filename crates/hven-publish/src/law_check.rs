//! `check.py`: evaluates the laws of a publication over the rows that their searches used. It needs Python alone.

use crate::{
    evidence::{Law, Run},
    layout::Layout,
    publication::Publication,
};

const SCRIPT: &str = include_str!("law_check/check.py");
pub(crate) const SCRIPT_FILE: &str = "check.py";
/// The output of a law's run with the rows of its search.
pub(crate) const ROWS_FILE: &str = "rows.csv";
/// Outputs of a law's run that the script reads. Runs of earlier versions have no rows.
const NEEDED: [&str; 2] = ["law.json", ROWS_FILE];

/// The script, if it can check at least one law.
pub(crate) fn script(publication: &Publication, layout: &Layout) -> Option<&'static str> {
    publication.laws.iter().any(|law| can_check(law, publication, layout)).then_some(SCRIPT)
}

/// Whether the publication includes all files that the script needs for a law.
pub(crate) fn can_check(law: &Law, publication: &Publication, layout: &Layout) -> bool {
    let run = publication.runs.iter().find(|run| run.id == law.run);
    run.is_some_and(|run| NEEDED.iter().all(|name| is_here(run, name, layout)))
}

fn is_here(run: &Run, name: &str, layout: &Layout) -> bool {
    run.outputs.iter().any(|output| output.path == name && layout.path_of(output.digest).is_some())
}
