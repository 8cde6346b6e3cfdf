//! What of a publication from elsewhere its caller may not name.

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

/// What may be named of a publication.
pub(super) struct AllowedContents {
    /// Its description, or one that says so.
    pub(super) description: Digest,
    /// What else its runs read or made: without these bytes it is not brought in.
    pub(super) missing: BTreeSet<Digest>,
}

/// Who sees a part of the home alone may not name each object. In the place of what a publication withheld, of code and of data
/// keyed digests stand then: so it is not told whether their bytes are here, and they are not read by way of what came, also
/// when they come later.
pub(super) async fn leave_unnamed(
    publish: &Publish,
    caller: &Caller,
    publication: &mut Publication,
    description: Digest,
) -> AppResult<AllowedContents> {
    let Some(user) = object_rights::who_sees_a_part(caller) else {
        return Ok(AllowedContents { description, missing: BTreeSet::new() });
    };
    let (missing, unnamed) = unnamable(publish, caller, publication).await?;
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
    let unread = object_rights::hidden(publish, caller, &lists.iter().copied().collect::<Vec<_>>()).await?;
    lists.retain(|list| !unread.contains(list));
    let mut hidden = HiddenDigests::of(stand_ins);
    hidden.put_into(publish, publication, lists).await?;
    let bytes = serde_json::to_vec(publication)
        .map_err(|wrong| AppError::invalid("the description of the publication", wrong.to_string()))?;
    let description = publish.ports.objects.put(bytes.into()).await?;
    hidden.new_lists().chain([description]).for_each(|made| publish.uploaded_objects.note(user, made, publish.now()));
    Ok(AllowedContents { description, missing })
}

/// What stands in the record for an object that may not be named.
pub(super) fn stand_in(publish: &Publish, digest: Digest) -> Digest {
    publish.keys.keyed("an object of a publication", digest)
}

/// What of a publication the caller neither sees nor brought: what its runs read or made, but for what was withheld; and all
/// else. It is asked of each alike, whether its bytes are here or not.
async fn unnamable(
    publish: &Publish,
    caller: &Caller,
    publication: &Publication,
) -> AppResult<(BTreeSet<Digest>, BTreeSet<Digest>)> {
    let object = |digest| FileRef { path: String::new(), digest, size: 0, kind: FileKind::File };
    let (mut files, mut codes, mut needed) = (Vec::new(), Vec::new(), BTreeSet::new());
    for run in &publication.runs {
        // Of a run that is here already nothing is taken over.
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
    let unnamable = object_rights::unnamable(publish, caller, &files, &codes).await?;
    Ok(unnamable.into_iter().partition(|digest| needed.contains(digest)))
}
