//! Which file of the publication holds which bytes, before anything is written.
//!
//! Every object lies in it once, under the first name by which the publication speaks of it; whatever else speaks of the
//! same digest points there.

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

/// A listing that is larger is not read.
const LISTING_BYTES_MAX: u64 = 256 << 20;

/// What a publication will hold of the store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// By path, in order.
    pub files: BTreeMap<String, Included>,
    /// Where each included object lies.
    pub places: BTreeMap<Digest, String>,
    /// Files whose names had to be changed: by path, what they are called where they come from.
    pub renamed: BTreeMap<String, String>,
    /// What folders hold that runs read or made.
    pub listings: BTreeMap<Digest, Listing>,
    /// What is only named, with why: what the publication says, and what turned out not to be kept.
    pub withheld: BTreeMap<Digest, Withheld>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Included {
    pub digest: Digest,
    pub size: u64,
    /// What speaks of it, in the words of the lineage: `planets@1`, `run/7Q2M`.
    pub needed_by: BTreeSet<String>,
}

impl Layout {
    /// The path of an object, when it is included.
    pub fn place(&self, digest: Digest) -> Option<&str> {
        self.places.get(&digest).map(String::as_str)
    }

    pub fn bytes(&self) -> u64 {
        self.files.values().map(|file| file.size).sum()
    }
}

/// Finds out what a publication will hold. Listings of folders are read, other objects are not.
pub fn layout(publication: &Publication, objects: &dyn Objects) -> Result<Layout> {
    let mut planner = Planner {
        layout: Layout { withheld: publication.withheld.clone(), ..Layout::default() },
        objects,
        taken: BTreeSet::new(),
    };
    for dataset in &publication.datasets {
        let folder = format!("data/{}", names::part(&dataset.reference()));
        let owner = dataset.reference();
        if let Some(source) = &dataset.source {
            planner.add(&format!("{folder}/source"), source, &owner, Kept::Surely)?;
        }
        planner.add_as(&format!("{folder}/table.parquet"), &dataset.content, &owner)?;
        if let Some(report) = dataset.report {
            planner.add_unsized(&format!("{folder}/report.json"), report, &owner)?;
        }
        for part in &dataset.parts {
            let path = format!("{folder}/parts/{}.parquet", names::part(&part.name));
            planner.add_as(&path, &part.content, &owner)?;
        }
    }
    for run in &publication.runs {
        let folder = format!("runs/{}", names::part(&run.handle));
        let owner = format!("run/{}", run.handle);
        for file in &run.outputs {
            planner.add(&format!("{folder}/outputs"), file, &owner, Kept::Surely)?;
        }
        for file in &run.code_files {
            planner.add(&format!("{folder}/code"), file, &owner, Kept::Perhaps)?;
        }
        planner.add_code(&folder, run.code.as_ref(), &owner)?;
        for file in &run.inputs {
            planner.add(&format!("{folder}/inputs"), file, &owner, Kept::Surely)?;
        }
    }
    Ok(planner.layout)
}

/// Whether the record promises to have the bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    Surely,
    /// Code that was only listed.
    Perhaps,
}

struct Planner<'a> {
    layout: Layout,
    objects: &'a dyn Objects,
    taken: BTreeSet<String>,
}

impl Planner<'_> {
    /// A file or folder, below `folder` by its own path.
    fn add(&mut self, folder: &str, file: &FileRef, owner: &str, kept: Kept) -> Result<()> {
        let own = names::own(&file.path);
        match file.kind {
            FileKind::File => {
                self.place_own(folder, own, file.digest, file.size, owner, kept);
                Ok(())
            }
            FileKind::Folder => self.add_listing(folder, own, file.digest, owner, kept),
        }
    }

    fn add_as(&mut self, path: &str, file: &FileRef, owner: &str) -> Result<()> {
        match file.kind {
            FileKind::File => {
                self.place(path, file.digest, file.size, owner, Kept::Surely);
                Ok(())
            }
            FileKind::Folder => self.add_listing(path, "", file.digest, owner, Kept::Surely),
        }
    }

    /// An object whose size the publication does not say.
    fn add_unsized(&mut self, path: &str, digest: Digest, owner: &str) -> Result<()> {
        if self.is_settled(digest, owner) {
            return Ok(());
        }
        let mut reader = self.open(digest, path, owner)?;
        let size = io::copy(&mut reader, &mut io::sink());
        let size = size.map_err(|source| Error::ObjectUnreadable { digest, path: path.to_owned(), source })?;
        drop(reader);
        self.place(path, digest, size, owner, Kept::Surely);
        Ok(())
    }

    fn add_code(&mut self, folder: &str, code: Option<&Code>, owner: &str) -> Result<()> {
        match code {
            Some(Code::Git { diff, untracked, .. }) => {
                if let Some(diff) = diff {
                    self.add_unsized(&format!("{folder}/code.diff"), *diff, owner)?;
                }
                for file in untracked {
                    self.add(&format!("{folder}/code"), file, owner, Kept::Perhaps)?;
                }
                Ok(())
            }
            Some(Code::Folder { listing, .. }) => {
                self.add_listing(&format!("{folder}/code"), "", *listing, owner, Kept::Perhaps)
            }
            Some(Code::NotCaptured { .. }) | None => Ok(()),
        }
    }

    /// The files of a folder that is called `own` below `folder`; empty for that folder itself.
    fn add_listing(&mut self, folder: &str, own: &str, digest: Digest, owner: &str, kept: Kept) -> Result<()> {
        if self.is_settled(digest, owner) {
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
        self.place(&format!("objects/{digest}.json"), digest, text.len() as u64, owner, Kept::Surely);
        for file in &listing.files {
            let own = format!("{below}{}", names::own(&file.path));
            self.place_own(folder, &own, file.digest, file.size, owner, kept);
        }
        self.layout.listings.insert(digest, listing);
        Ok(())
    }

    /// A file by the path that it has where it comes from; one that not every system can hold is changed, and that is noted.
    fn place_own(&mut self, folder: &str, own: &str, digest: Digest, size: u64, owner: &str, kept: Kept) {
        if let Some(path) = self.place(&format!("{folder}/{}", names::inner(own)), digest, size, owner, kept)
            && path != format!("{folder}/{own}")
        {
            self.layout.renamed.insert(path, own.to_owned());
        }
    }

    /// Answers the path that the object got; `None` when it has one already, or gets none.
    fn place(&mut self, path: &str, digest: Digest, size: u64, owner: &str, kept: Kept) -> Option<String> {
        if self.is_settled(digest, owner) {
            return None;
        }
        if kept == Kept::Perhaps
            && self.objects.open(digest).is_err_and(|wrong| wrong.kind() == io::ErrorKind::NotFound)
        {
            self.layout.withheld.insert(digest, Withheld::NotKept);
            return None;
        }
        let path = self.free(path);
        let needed_by = BTreeSet::from([owner.to_owned()]);
        self.layout.places.insert(digest, path.clone());
        self.layout.files.insert(path.clone(), Included { digest, size, needed_by });
        Some(path)
    }

    /// Whether an object has its place already, or gets none; notes who else needs it.
    fn is_settled(&mut self, digest: Digest, owner: &str) -> bool {
        if let Some(file) = self.layout.places.get(&digest).and_then(|path| self.layout.files.get_mut(path)) {
            file.needed_by.insert(owner.to_owned());
            return true;
        }
        self.layout.withheld.contains_key(&digest)
    }

    fn open(&self, digest: Digest, path: &str, owner: &str) -> Result<Box<dyn Read + '_>> {
        open(self.objects, digest, path, || owner.to_owned())
    }

    /// The path, or the next to it that no other file has, whatever the case of its letters; nor is it a folder of one.
    fn free(&mut self, path: &str) -> String {
        let mut candidate = path.to_owned();
        let mut count = 1;
        while let Some(end) = self.conflict(&candidate) {
            count += 1;
            candidate = names::numbered(&candidate, end, count);
        }
        self.taken.insert(names::folded(&candidate));
        candidate
    }

    /// Up to where a path cannot be: it is a file already, or a folder, or lies below a file.
    fn conflict(&self, path: &str) -> Option<usize> {
        let below_file = path.match_indices('/').find(|(end, _)| self.taken.contains(&names::folded(&path[..*end])));
        if let Some((end, _)) = below_file {
            return Some(end);
        }
        let folded = names::folded(path);
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
