//! Decides which file of the publication holds which bytes, before anything is written.
//!
//! Every object is stored once, under the first name by which the publication refers to it. Later references to the same
//! digest use this file.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Read},
};

use hven_core::{
    Digest,
    object::{FileKind, FileRef, Listing},
    run::Code,
};

use crate::{
    error::{Error, Result},
    names,
    objects::Objects,
    publication::{Publication, Withheld},
};

/// Larger listings are not read.
const LISTING_BYTES_MAX: u64 = 256 << 20;

/// The files of the store that a publication will include.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// By path, sorted.
    pub files: BTreeMap<String, IncludedFile>,
    /// The path of each included object.
    pub paths: BTreeMap<Digest, String>,
    /// Files whose names had to be changed: the path here, and the original name.
    pub renamed: BTreeMap<String, String>,
    /// The contents of folders that runs read or made.
    pub listings: BTreeMap<Digest, Listing>,
    /// Objects that are only named, with the reason: from the publication, or because the store does not have them.
    pub withheld: BTreeMap<Digest, Withheld>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncludedFile {
    pub digest: Digest,
    pub size: u64,
    /// The nodes that need it, by their names in the lineage: `planets@1`, `run/7Q2M`.
    pub needed_by: BTreeSet<String>,
}

impl Layout {
    /// The path of an object, if it is included.
    pub fn path_of(&self, digest: Digest) -> Option<&str> {
        self.paths.get(&digest).map(String::as_str)
    }

    pub fn bytes(&self) -> u64 {
        self.files.values().map(|file| file.size).sum()
    }
}

/// Determines what a publication will include. It reads the listings of folders and no other objects, except to measure
/// those of unknown size.
pub fn layout(publication: &Publication, objects: &dyn Objects) -> Result<Layout> {
    let mut planner = Planner {
        layout: Layout { withheld: publication.withheld.clone(), ..Layout::default() },
        objects,
        taken: BTreeSet::new(),
    };
    for dataset in &publication.datasets {
        let folder = format!("data/{}", names::portable_name(&dataset.reference()));
        let owner = dataset.reference();
        if let Some(source) = &dataset.source {
            planner.add(&format!("{folder}/source"), source, &owner, Availability::Promised)?;
        }
        planner.add_as(&format!("{folder}/table.parquet"), &dataset.content, &owner)?;
        if let Some(report) = dataset.report {
            planner.add_unsized(&format!("{folder}/report.json"), report, &owner)?;
        }
        for part in &dataset.parts {
            let path = format!("{folder}/parts/{}.parquet", names::portable_name(&part.name));
            planner.add_as(&path, &part.content, &owner)?;
        }
    }
    for run in &publication.runs {
        let folder = format!("runs/{}", names::portable_name(&run.handle));
        let owner = format!("run/{}", run.handle);
        for file in &run.outputs {
            planner.add(&format!("{folder}/outputs"), file, &owner, Availability::Promised)?;
        }
        for file in &run.code_files {
            planner.add(&format!("{folder}/code"), file, &owner, Availability::Uncertain)?;
        }
        planner.add_code(&folder, run.code.as_ref(), &owner)?;
        for file in &run.inputs {
            planner.add(&format!("{folder}/inputs"), file, &owner, Availability::Promised)?;
        }
    }
    Ok(planner.layout)
}

/// Whether the record promises that the store has the bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Availability {
    Promised,
    /// Code that may be only listed.
    Uncertain,
}

struct Planner<'a> {
    layout: Layout,
    objects: &'a dyn Objects,
    taken: BTreeSet<String>,
}

impl Planner<'_> {
    /// Adds a file or folder below `folder`, by its own path.
    fn add(&mut self, folder: &str, file: &FileRef, owner: &str, availability: Availability) -> Result<()> {
        let own = names::path_in_folder(&file.path);
        match file.kind {
            FileKind::File => {
                self.assign_own_path(folder, own, file.digest, file.size, owner, availability);
                Ok(())
            }
            FileKind::Folder => self.add_listing(folder, own, file.digest, owner, availability),
        }
    }

    fn add_as(&mut self, path: &str, file: &FileRef, owner: &str) -> Result<()> {
        match file.kind {
            FileKind::File => {
                self.assign_path(path, file.digest, file.size, owner, Availability::Promised);
                Ok(())
            }
            FileKind::Folder => self.add_listing(path, "", file.digest, owner, Availability::Promised),
        }
    }

    /// Adds an object whose size the publication does not state.
    fn add_unsized(&mut self, path: &str, digest: Digest, owner: &str) -> Result<()> {
        if self.has_path_or_is_withheld(digest, owner) {
            return Ok(());
        }
        let mut reader = self.open(digest, path, owner)?;
        let size = io::copy(&mut reader, &mut io::sink());
        let size = size.map_err(|source| Error::ObjectUnreadable { digest, path: path.to_owned(), source })?;
        drop(reader);
        self.assign_path(path, digest, size, owner, Availability::Promised);
        Ok(())
    }

    fn add_code(&mut self, folder: &str, code: Option<&Code>, owner: &str) -> Result<()> {
        match code {
            Some(Code::Git { diff, untracked, .. }) => {
                if let Some(diff) = diff {
                    self.add_unsized(&format!("{folder}/code.diff"), *diff, owner)?;
                }
                for file in untracked {
                    self.add(&format!("{folder}/code"), file, owner, Availability::Uncertain)?;
                }
                Ok(())
            }
            Some(Code::Folder { listing, .. }) => {
                self.add_listing(&format!("{folder}/code"), "", *listing, owner, Availability::Uncertain)
            }
            Some(Code::NotCaptured { .. }) | None => Ok(()),
        }
    }

    /// Adds the files of a folder that is called `own` below `folder`; an empty `own` means that folder itself.
    fn add_listing(
        &mut self,
        folder: &str,
        own: &str,
        digest: Digest,
        owner: &str,
        availability: Availability,
    ) -> Result<()> {
        if self.has_path_or_is_withheld(digest, owner) {
            return Ok(());
        }
        let (path, below) = match own {
            "" => (folder.to_owned(), String::new()),
            own => (format!("{folder}/{own}"), format!("{own}/")),
        };
        let failed = |why: String| Error::Listing { digest, path: path.clone(), why };
        let mut text = Vec::new();
        let reader = self.open(digest, &path, owner)?;
        reader.take(LISTING_BYTES_MAX).read_to_end(&mut text).map_err(|wrong| failed(wrong.to_string()))?;
        let found = Digest::of(&text);
        if found != digest {
            return Err(Error::ObjectDamaged { digest, path, found });
        }
        let listing: Listing = serde_json::from_slice(&text).map_err(|wrong| failed(wrong.to_string()))?;
        self.assign_path(&format!("objects/{digest}.json"), digest, text.len() as u64, owner, Availability::Promised);
        for file in &listing.files {
            let own = format!("{below}{}", names::path_in_folder(&file.path));
            self.assign_own_path(folder, &own, file.digest, file.size, owner, availability);
        }
        self.layout.listings.insert(digest, listing);
        Ok(())
    }

    /// Adds a file under its original path. A path that some systems do not allow is changed, and the change is noted.
    fn assign_own_path(
        &mut self,
        folder: &str,
        own: &str,
        digest: Digest,
        size: u64,
        owner: &str,
        availability: Availability,
    ) {
        if let Some(path) =
            self.assign_path(&format!("{folder}/{}", names::portable_path(own)), digest, size, owner, availability)
            && path != format!("{folder}/{own}")
        {
            self.layout.renamed.insert(path, own.to_owned());
        }
    }

    /// Returns the path that the object got; `None` if it already has one, or is withheld.
    fn assign_path(
        &mut self,
        path: &str,
        digest: Digest,
        size: u64,
        owner: &str,
        availability: Availability,
    ) -> Option<String> {
        if self.has_path_or_is_withheld(digest, owner) {
            return None;
        }
        if availability == Availability::Uncertain
            && self.objects.open(digest).is_err_and(|wrong| wrong.kind() == io::ErrorKind::NotFound)
        {
            self.layout.withheld.insert(digest, Withheld::NotKept);
            return None;
        }
        let path = self.free_path(path);
        let needed_by = BTreeSet::from([owner.to_owned()]);
        self.layout.paths.insert(digest, path.clone());
        self.layout.files.insert(path.clone(), IncludedFile { digest, size, needed_by });
        Some(path)
    }

    /// Whether an object already has its path, or is withheld. The new owner is noted.
    fn has_path_or_is_withheld(&mut self, digest: Digest, owner: &str) -> bool {
        if let Some(file) = self.layout.paths.get(&digest).and_then(|path| self.layout.files.get_mut(path)) {
            file.needed_by.insert(owner.to_owned());
            return true;
        }
        self.layout.withheld.contains_key(&digest)
    }

    fn open(&self, digest: Digest, path: &str, owner: &str) -> Result<Box<dyn Read + '_>> {
        open(self.objects, digest, path, || owner.to_owned())
    }

    /// The path, or the next free variant of it. Paths that differ only in case count as the same, and no file is a folder
    /// of another.
    fn free_path(&mut self, path: &str) -> String {
        let mut candidate = path.to_owned();
        let mut count = 1;
        while let Some(end) = self.conflict(&candidate) {
            count += 1;
            candidate = names::numbered(&candidate, end, count);
        }
        self.taken.insert(names::case_key(&candidate));
        candidate
    }

    /// The end of the part of a path that conflicts with another: it is a file or a folder already, or lies below a file.
    fn conflict(&self, path: &str) -> Option<usize> {
        let below_file = path.match_indices('/').find(|(end, _)| self.taken.contains(&names::case_key(&path[..*end])));
        if let Some((end, _)) = below_file {
            return Some(end);
        }
        let folded = names::case_key(path);
        let below = format!("{folded}/");
        let is_folder = self.taken.range(below.clone()..).next().is_some_and(|next| next.starts_with(&below));
        (is_folder || self.taken.contains(&folded)).then_some(path.len())
    }
}

/// Opens an object for a path of the publication.
pub(crate) fn open<'a>(
    objects: &'a dyn Objects,
    digest: Digest,
    path: &str,
    needed_by: impl FnOnce() -> String,
) -> Result<Box<dyn Read + 'a>> {
    objects.open(digest).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => Error::ObjectMissing { digest, path: path.to_owned(), needed_by: needed_by() },
        _ => Error::ObjectUnreadable { digest, path: path.to_owned(), source },
    })
}
