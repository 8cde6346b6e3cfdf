//! The traces of runs in the lineage: the bytes that they read and made.

use std::collections::BTreeSet;

use super::{
    external::FilesAdded,
    facts::{Finished, Submitted},
};
use crate::{Digest, catalogue::Purpose, object::FileRef, trace::Trace};

pub(crate) fn of_submitted(submitted: &Submitted) -> Trace {
    let divided = match submitted.purpose {
        Some(Purpose::Split { dataset, .. }) => Some(dataset.into()),
        _ => None,
    };
    Trace {
        rests_on: divided.into_iter().collect(),
        reads: submitted.spec.files_read().filter(|file| file.size > 0).map(|file| file.digest).collect(),
        imports: matches!(submitted.purpose, Some(Purpose::Dataset { .. })),
        compares: submitted.purpose.as_ref().is_some_and(|purpose| !purpose.is_catalogued()),
        ..Trace::default()
    }
}

/// Bytes from a pipe are known only when the run has ended.
pub(crate) fn of_finished(finished: &Finished) -> Trace {
    let piped = finished.result.stdin.filter(|read| read.bytes > 0).and_then(|read| read.digest);
    Trace { reads: piped.into_iter().collect(), makes: made(&finished.result.outputs), ..Trace::default() }
}

pub(crate) fn of_files_added(added: &FilesAdded) -> Trace {
    Trace { makes: made(&added.files), ..Trace::default() }
}

fn made(files: &[FileRef]) -> BTreeSet<Digest> {
    files.iter().filter(|file| file.size > 0).map(|file| file.digest).collect()
}
