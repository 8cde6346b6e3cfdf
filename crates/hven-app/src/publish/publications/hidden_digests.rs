//! Replaces hidden digests in a publication by keyed ones.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::{
    Digest,
    object::{FileKind, FileRef, ListedFile},
    publication::description::Publication,
    run::Code,
};

use crate::{
    kernel::{
        error::{AppError, AppResult},
        folders,
    },
    publish::floor::Publish,
};

/// The replacements of hidden digests.
#[derive(Default)]
pub(crate) struct HiddenDigests {
    pub(super) digests: BTreeMap<Digest, Digest>,
    /// Rewritten listings, with the number of bytes that they name less.
    lists: BTreeMap<Digest, (Digest, u64)>,
    /// Whether sizes are kept, because they are no secret.
    keeps_sizes: bool,
}

impl HiddenDigests {
    /// Hides only digests, not sizes.
    pub(super) fn of(digests: BTreeMap<Digest, Digest>) -> Self {
        Self { digests, keeps_sizes: true, ..Self::default() }
    }

    /// Hides them in the whole publication, including these listings.
    pub(super) async fn put_into(
        &mut self,
        publish: &Publish,
        publication: &mut Publication,
        lists: BTreeSet<Digest>,
    ) -> AppResult<()> {
        for list in lists {
            if let Some(rewritten) = self.rewritten_listing(publish, list).await? {
                self.lists.insert(list, rewritten);
            }
        }
        file_refs(publication).for_each(|file| self.hide(&mut file.digest, &mut file.size));
        publication.datasets.iter_mut().flat_map(|one| &mut one.report).for_each(|report| self.hide(report, &mut 0));
        for run in &mut publication.runs {
            match &mut run.code {
                Some(Code::Git { diff, untracked, digest, .. }) => {
                    let before: Vec<Digest> = untracked.iter().map(|file| file.digest).collect();
                    for file in &mut *untracked {
                        self.hide(&mut file.digest, &mut file.size);
                    }
                    if untracked.iter().map(|file| file.digest).ne(before) {
                        // This digest represents the bytes of all files in the folder.
                        *digest = publish.keys.keyed("", *digest);
                    }
                    if let Some(diff) = diff {
                        self.hide(diff, &mut 0);
                    }
                }
                Some(Code::Folder { listing, bytes, .. }) => self.hide(listing, bytes),
                Some(Code::NotCaptured { .. }) | None => {}
            }
        }
        Ok(())
    }

    /// The rewritten listings.
    pub(super) fn new_lists(&self) -> impl Iterator<Item = Digest> {
        self.lists.values().map(|(list, _)| *list)
    }

    fn hide(&self, digest: &mut Digest, size: &mut u64) {
        if let Some(keyed) = self.digests.get(digest) {
            *digest = *keyed;
            if !self.keeps_sizes {
                *size = 0;
            }
        } else if let Some((list, bytes)) = self.lists.get(digest) {
            (*digest, *size) = (*list, size.saturating_sub(*bytes));
        }
    }

    /// The listing of a folder with hidden digests replaced; `None` when it has none.
    async fn rewritten_listing(&self, publish: &Publish, list: Digest) -> AppResult<Option<(Digest, u64)>> {
        let Some(mut listing) = folders::listing(publish, list).await? else { return Ok(None) };
        let bytes_of = |files: &[ListedFile]| files.iter().map(|file| file.size).sum::<u64>();
        let before = bytes_of(&listing.files);
        if !listing.files.iter().any(|file| self.digests.contains_key(&file.digest)) {
            return Ok(None);
        }
        listing.files.iter_mut().for_each(|file| self.hide(&mut file.digest, &mut file.size));
        let bytes =
            serde_json::to_vec(&listing).map_err(|e| AppError::invalid("the list of a folder", e.to_string()))?;
        let written = publish.ports.objects.put(bytes.into()).await?;
        Ok(Some((written, before - bytes_of(&listing.files))))
    }
}

/// The listings of all folders that a publication names.
pub(crate) fn lists(publication: &mut Publication) -> BTreeSet<Digest> {
    let folders = file_refs(publication).filter(|file| file.kind == FileKind::Folder).map(|file| file.digest);
    let mut lists: BTreeSet<Digest> = folders.collect();
    lists.extend(publication.runs.iter().filter_map(|run| match &run.code {
        Some(Code::Folder { listing, .. }) => Some(*listing),
        _ => None,
    }));
    lists
}

/// All files and folders that a publication names, except captured code.
fn file_refs(publication: &mut Publication) -> impl Iterator<Item = &mut FileRef> {
    let of_datasets = publication.datasets.iter_mut().flat_map(|dataset| {
        let parts = dataset.parts.iter_mut().map(|part| &mut part.content);
        dataset.source.iter_mut().chain([&mut dataset.content]).chain(parts)
    });
    let of_runs = publication.runs.iter_mut().flat_map(|run| {
        let (inputs, outputs) = (run.inputs.iter_mut(), run.outputs.iter_mut());
        inputs.chain(outputs).chain(&mut run.code_files)
    });
    of_datasets.chain(of_runs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_files_lose_digest_and_size() {
        let [key, keyed, list, rewritten, other] = ["1", "2", "3", "4", "5"].map(|text| Digest::of(text.as_bytes()));
        let (digests, lists) = (BTreeMap::from([(key, keyed)]), [(list, (rewritten, 7))].into());
        let hidden = HiddenDigests { digests: digests.clone(), lists, keeps_sizes: false };
        let shown = |hidden: &HiddenDigests, digest| {
            let mut found = (digest, 10);
            hidden.hide(&mut found.0, &mut found.1);
            found
        };
        for (before, after, size) in [(key, keyed, 0), (list, rewritten, 3), (other, other, 10)] {
            assert_eq!(shown(&hidden, before), (after, size));
        }
        assert_eq!(shown(&HiddenDigests::of(digests), key), (keyed, 10), "of what is no secret the size stays");
    }
}
