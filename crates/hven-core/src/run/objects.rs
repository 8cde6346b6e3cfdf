//! The objects that the facts of runs name: code, inputs and surroundings; outputs, and bytes from pipes.

use std::collections::BTreeSet;

use super::{
    code::Code,
    external::FilesAdded,
    facts::{AttemptEnded, Finished, PartSealed, Submitted},
    result::AttemptResult,
    spec::Spec,
};
use crate::{
    Digest,
    named_objects::{NamedObject, Need, Shape, files, shape_of},
    object::FileRef,
};

/// The objects that a run names: its code, its inputs and its surroundings.
pub fn of_spec(spec: &Spec) -> Vec<(Digest, Shape)> {
    let mut objects = Vec::new();
    each_of_spec(spec, None, &mut |named| objects.push((named.digest, named.shape)));
    objects
}

/// `absent` lists the objects that were not in the store; if it is given, all others were.
pub(crate) fn each_of_spec<'a>(
    spec: &'a Spec,
    absent: Option<&'a BTreeSet<Digest>>,
    look: &mut dyn FnMut(NamedObject<'a>),
) {
    let need = |digest: &Digest| match absent {
        Some(absent) if !absent.contains(digest) => Need::Required,
        _ => Need::Optional,
    };
    let mut name = |digest, shape, path| look(NamedObject { digest, need: need(&digest), shape, absent, path });
    let untracked: &[FileRef] = match &spec.code {
        Some(Code::Git { diff, untracked, .. }) => {
            if let Some(diff) = diff {
                name(*diff, Shape::Bytes, "the changes to its commit");
            }
            untracked
        }
        Some(Code::Folder { listing, .. }) => {
            name(*listing, Shape::CodeListing, "the list of its code");
            &[]
        }
        Some(Code::NotCaptured { .. }) | None => &[],
    };
    for file in spec.files_read().chain(untracked) {
        name(file.digest, shape_of(file), &file.path);
    }
    if let Some(surroundings) = spec.surroundings {
        name(surroundings, Shape::Bytes, "what was recorded of its surroundings");
    }
}

pub(crate) fn of_submitted<'a>(submitted: &'a Submitted, look: &mut dyn FnMut(NamedObject<'a>)) {
    each_of_spec(&submitted.spec, submitted.absent.as_ref(), look);
}

pub(crate) fn of_attempt_ended<'a>(ended: &'a AttemptEnded, look: &mut dyn FnMut(NamedObject<'a>)) {
    files(&ended.result.outputs, Need::Required, look);
    piped(&ended.result, look);
}

pub(crate) fn of_finished<'a>(finished: &'a Finished, look: &mut dyn FnMut(NamedObject<'a>)) {
    // A run with outputs but without an attempt was imported with a publication.
    let need = if finished.attempt.is_some() { Need::Required } else { Need::UnlessWithheld };
    files(&finished.result.outputs, need, look);
    piped(&finished.result, look);
}

pub(crate) fn of_files_added<'a>(added: &'a FilesAdded, look: &mut dyn FnMut(NamedObject<'a>)) {
    files(&added.files, Need::Required, look);
}

pub(crate) fn of_part_sealed<'a>(part: &'a PartSealed, look: &mut dyn FnMut(NamedObject<'a>)) {
    look(NamedObject::bytes(part.object, Need::Required, &part.stream));
}

/// The bytes that came through a pipe and were kept.
fn piped<'a>(result: &AttemptResult, look: &mut dyn FnMut(NamedObject<'a>)) {
    let Some(read) = result.stdin.filter(|read| read.kept) else { return };
    if let Some(digest) = read.digest {
        let path = "what came through its standard input";
        look(NamedObject { digest, need: Need::Required, shape: Shape::Bytes, absent: None, path });
    }
}
