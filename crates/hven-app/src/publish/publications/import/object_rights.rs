//! Finds the objects of a publication that its importer may not name.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::{
    Digest,
    object::{FileKind, FileRef},
    publication::description::{Publication, Withheld},
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        object_rights,
    },
    ports::run::RunName,
    publish::{
        floor::Publish,
        publications::hidden_digests::{self, HiddenDigests},
    },
};

/// The objects of a publication that may be named.
pub(super) struct AllowedContents {
    /// The description of the publication, or a rewritten one with hidden digests.
    pub(super) description: Digest,
    /// Other inputs and outputs of its runs. Without these bytes, the import is refused.
    pub(super) missing: BTreeSet<Digest>,
}

/// Replaces objects that the importer may not name. An importer who sees only a part of the home may not name every
/// object. Keyed digests then replace withheld objects, code and data. So the importer does not learn whether their
/// bytes are here, and cannot read them through the import, also when they arrive later.
pub(super) async fn hide_unnameable(
    publish: &Publish,
    caller: &Caller,
    publication: &mut Publication,
    description: Digest,
) -> AppResult<AllowedContents> {
    let Some(user) = object_rights::partial_viewer(caller) else {
        return Ok(AllowedContents { description, missing: BTreeSet::new() });
    };
    let (missing, unnamed) = unnameable(publish, caller, publication).await?;
    if unnamed.is_empty() {
        return Ok(AllowedContents { description, missing });
    }
    let stand_ins: BTreeMap<Digest, Digest> =
        unnamed.into_iter().map(|digest| (digest, stand_in(publish, digest))).collect();
    for (digest, stand_in) in &stand_ins {
        let why = publication.withheld.get(digest).cloned().unwrap_or(Withheld::NotKept);
        publication.withheld.insert(*stand_in, why);
    }
    let mut lists = hidden_digests::lists(publication);
    let unread = object_rights::unnameable_objects(publish, caller, &lists.iter().copied().collect::<Vec<_>>()).await?;
    lists.retain(|list| !unread.contains(list));
    let mut hidden = HiddenDigests::of(stand_ins);
    hidden.put_into(publish, publication, lists).await?;
    let bytes = serde_json::to_vec(publication)
        .map_err(|wrong| AppError::invalid("the description of the publication", wrong.to_string()))?;
    let description = publish.ports.objects.put(bytes.into()).await?;
    hidden.new_lists().chain([description]).for_each(|made| publish.uploaded_objects.note(user, made, publish.now()));
    Ok(AllowedContents { description, missing })
}

/// The digest that the record has instead of an object that may not be named.
pub(super) fn stand_in(publish: &Publish, digest: Digest) -> Digest {
    publish.keys.keyed("an object of a publication", digest)
}

/// The objects that the importer neither sees nor uploaded: inputs and outputs of runs that were not withheld, and
/// (second) all others. The answer does not depend on whether their bytes are here.
async fn unnameable(
    publish: &Publish,
    caller: &Caller,
    publication: &Publication,
) -> AppResult<(BTreeSet<Digest>, BTreeSet<Digest>)> {
    let object = |digest| FileRef { path: String::new(), digest, size: 0, kind: FileKind::File };
    let (mut files, mut codes, mut needed) = (Vec::new(), Vec::new(), BTreeSet::new());
    for run in &publication.runs {
        // Nothing is imported of a run that is here already.
        if publish.ports.views.runs_named(&RunName::Id(run.id)).await?.is_empty() {
            files.extend(run.inputs.iter().chain(&run.outputs).chain(&run.code_files).cloned());
            codes.extend(&run.code);
            needed.extend(run.inputs.iter().chain(&run.outputs).map(|file| file.digest));
        }
    }
    needed.retain(|digest| !publication.withheld.contains_key(digest));
    for dataset in &publication.datasets {
        files.extend(dataset.source.iter().chain([&dataset.content]).cloned());
        files.extend(dataset.parts.iter().map(|part| part.content.clone()));
        files.extend(dataset.report.map(object));
    }
    let unnamable = object_rights::unnameable_in_publication(publish, caller, &files, &codes).await?;
    Ok(unnamable.into_iter().partition(|digest| needed.contains(digest)))
}
