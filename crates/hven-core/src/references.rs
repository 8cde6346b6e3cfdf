//! The objects that facts name, and the objects that those objects name.
//!
//! All references are computed here. Verification, backup, restore, export and garbage collection all use this module, so they
//! agree on the objects to copy, check and keep. A fact names objects directly ([`Fact::each_object`]: each noun's file lists
//! the objects of its facts). Two kinds of objects name others: the [`Listing`] of a folder, and the description of an imported
//! publication.
//!
//! A fact before an erasure does not need the erased object any more. A later fact that names the object needs it like any
//! other object.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::{
    AttemptId, Digest, Fact, RunId,
    handle::Handle,
    object::{ListedFile, Listing},
    publication::description::Publication,
    soundness::NodeId,
    subject::Subject,
};

pub use crate::named_objects::{NamedObject, Need, Shape};

/// A file that an object names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub digest: Digest,
    pub path: String,
    pub size: u64,
}

/// The references in an object that names others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    pub members: Vec<Member>,
    /// Objects that were not included in the publication.
    pub withheld: Vec<Digest>,
}

/// Reads the bytes of an object that names others.
pub fn read_content(shape: Shape, bytes: &[u8]) -> Result<Content, String> {
    match shape {
        Shape::Bytes => Ok(Content::default()),
        Shape::CodeListing | Shape::Listing => {
            let listing: Listing = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
            let member = |file: ListedFile| Member { digest: file.digest, path: file.path, size: file.size };
            let members = listing.files.into_iter().map(member).collect();
            Ok(Content { members, withheld: Vec::new() })
        }
        Shape::Description => {
            let description: Publication = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
            let code = description.runs.into_iter().flat_map(|run| run.code_files);
            let members = code.map(|file| Member { digest: file.digest, path: file.path, size: file.size }).collect();
            Ok(Content { members, withheld: description.withheld.into_keys().collect() })
        }
    }
}

/// All references of the facts so far, in the order of the record.
#[derive(Clone, Debug, Default)]
pub struct References {
    /// How many facts were added. The numbers of facts below are these counts, from 1.
    seen: u64,
    direct: HashMap<Digest, Direct>,
    /// The object of each part and the number of the fact that names it. A part that is sealed again replaces the previous one.
    parts: HashMap<(AttemptId, String, u32), (Digest, u64)>,
    handles: HashMap<RunId, Handle>,
    /// Erased objects, with the number of the last fact that erased each.
    erased: HashMap<Digest, u64>,
}

#[derive(Clone, Debug)]
struct Direct {
    need: Need,
    shape: Shape,
    path: Box<str>,
    run: Option<RunId>,
    /// How the files that it lists are needed.
    files: Vec<Listed>,
}

/// The facts about the files of a list that need these files in the same way.
#[derive(Clone, Debug)]
struct Listed {
    need: Need,
    /// The last of these facts.
    last: u64,
    /// Files that were absent at the last of these facts, each with the last of these facts at which it was present; 0 for
    /// none.
    absent: HashMap<Digest, u64>,
}

/// Reads the references of an object; `None` when the object is not in the store.
pub type ReadContent<'a> = dyn FnMut(&Digest, Shape) -> Result<Option<Content>, String> + 'a;

impl References {
    pub fn add_fact(&mut self, fact: &Fact) {
        self.seen += 1;
        match fact {
            Fact::RunSubmitted(submitted) => {
                self.handles.insert(submitted.run, submitted.handle);
            }
            Fact::ObjectErased(erased) => {
                self.direct.remove(&erased.digest);
                self.erased.insert(erased.digest, self.seen);
            }
            Fact::RunPartSealed(part) => {
                self.parts.insert((part.attempt, part.stream.clone(), part.part), (part.object, self.seen));
                return;
            }
            _ => {}
        }
        let run = match fact.subject() {
            Some(Subject::NodeId(NodeId::Run(run))) => Some(run),
            _ => None,
        };
        fact.each_object(&mut |named| self.add(named, run));
    }

    fn add(&mut self, named: NamedObject<'_>, run: Option<RunId>) {
        let new = || Direct { need: named.need, shape: named.shape, path: named.path.into(), run, files: Vec::new() };
        let direct = self.direct.entry(named.digest).or_insert_with(new);
        // The strongest need determines the name: an object is named after its maker rather than after its reader. The members
        // of a folder are named after the folder.
        if (named.need, named.shape) > (direct.need, direct.shape) {
            let files = std::mem::take(&mut direct.files);
            *direct = Direct { shape: named.shape.max(direct.shape), files, ..new() };
        }
        direct.shape = direct.shape.max(named.shape);
        if named.shape != Shape::Bytes {
            direct.note_files(&named, self.seen);
        }
    }

    /// The last fact that erased an object; 0 when it was never erased.
    fn erased(&self, digest: &Digest) -> u64 {
        self.erased.get(digest).copied().unwrap_or(0)
    }

    /// The shape of this object: only objects with references must be read to find everything that is reachable.
    pub fn shape(&self, digest: &Digest) -> Shape {
        self.direct.get(digest).map_or(Shape::Bytes, |direct| direct.shape)
    }

    /// Computes everything that is reachable. `read` is called for each object that names others: it returns `None` when the
    /// object is not in the store, and an error when it is there and cannot be read.
    pub fn follow(mut self, read: &mut ReadContent<'_>) -> Reachable {
        for ((attempt, stream, part), (digest, sealed)) in std::mem::take(&mut self.parts) {
            if self.erased(&digest) < sealed {
                let path = &format!("part {part} of the {stream} of attempt {}", attempt.number);
                let named = NamedObject { digest, need: Need::Required, shape: Shape::Bytes, absent: None, path };
                self.add(named, Some(attempt.run));
            }
        }
        let mut found = Reachable { handles: std::mem::take(&mut self.handles), ..Reachable::default() };
        let mut withheld = HashSet::new();
        let mut naming: Vec<(&Digest, &Direct)> =
            self.direct.iter().filter(|(_, direct)| direct.shape != Shape::Bytes).collect();
        naming.sort_by_key(|(digest, _)| **digest);
        for (digest, direct) in naming {
            let content = match read(digest, direct.shape) {
                Ok(Some(content)) => content,
                Ok(None) => {
                    if direct.need > Need::Optional {
                        found.unread.insert(*digest, None);
                    }
                    continue;
                }
                Err(why) => {
                    found.unread.insert(*digest, Some(why));
                    continue;
                }
            };
            withheld.extend(content.withheld);
            for member in content.members {
                let Some(need) = direct.need_of_file(&member.digest, self.erased(&member.digest)) else { continue };
                let path = direct.path_of(&member.path);
                let new = Reached { need, path, run: direct.run, through: Some(*digest) };
                match found.objects.get_mut(&member.digest) {
                    Some(known) if known.need >= need => {}
                    Some(known) => *known = new,
                    None => drop(found.objects.insert(member.digest, new)),
                }
            }
        }
        for (digest, direct) in self.direct {
            let new = Reached { need: direct.need, path: direct.path.into_string(), run: direct.run, through: None };
            match found.objects.get_mut(&digest) {
                Some(known) if known.need > new.need => {}
                Some(known) => *known = new,
                None => drop(found.objects.insert(digest, new)),
            }
        }
        for (digest, reached) in &mut found.objects {
            if reached.need == Need::UnlessWithheld {
                reached.need = if withheld.contains(digest) { Need::Optional } else { Need::Required };
            }
        }
        found
    }
}

impl Direct {
    /// Records how a fact that names this list needs the files in it.
    fn note_files(&mut self, named: &NamedObject<'_>, fact: u64) {
        // A description names code from another home, which need not be here.
        let need = if named.shape == Shape::Description { Need::Optional } else { named.need };
        let absent = named.absent.filter(|_| need > Need::Optional);
        let place = self.files.iter().position(|listed| listed.need == need).unwrap_or_else(|| {
            self.files.push(Listed { need, last: 0, absent: HashMap::new() });
            self.files.len() - 1
        });
        let listed = &mut self.files[place];
        listed.absent.retain(|digest, _| absent.is_some_and(|absent| absent.contains(digest)));
        for digest in absent.into_iter().flatten() {
            listed.absent.entry(*digest).or_insert(listed.last);
        }
        listed.last = fact;
    }

    /// How a listed file is needed; `None` when the file was erased, and no later fact names this list.
    fn need_of_file(&self, file: &Digest, erased: u64) -> Option<Need> {
        let named_since = self.files.iter().filter(|listed| listed.last > erased);
        let need = |listed: &Listed| {
            let was_there = listed.absent.get(file).copied().unwrap_or(listed.last);
            if was_there > erased { listed.need } else { Need::Optional }
        };
        named_since.map(need).max()
    }

    fn path_of(&self, member: &str) -> String {
        match self.shape {
            Shape::Listing => format!("{}/{member}", self.path.trim_end_matches('/')),
            Shape::Bytes | Shape::CodeListing | Shape::Description => member.to_owned(),
        }
    }
}

/// All objects that facts reach, directly or through lists.
#[derive(Clone, Debug, Default)]
pub struct Reachable {
    /// [`Need::UnlessWithheld`] is resolved here.
    pub objects: BTreeMap<Digest, Reached>,
    /// Objects that name others and could not be read, with the reason; without a reason they are not in the store. The objects
    /// that they name are not known.
    pub unread: BTreeMap<Digest, Option<String>>,
    handles: HashMap<RunId, Handle>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    pub need: Need,
    path: String,
    run: Option<RunId>,
    /// The object that names it, when no fact does.
    pub through: Option<Digest>,
}

impl Reachable {
    pub fn is_required(&self, digest: &Digest) -> bool {
        self.objects.get(digest).is_some_and(|reached| reached.need == Need::Required)
    }

    /// The description of an object; `None` when no fact names it.
    pub fn name(&self, digest: &Digest) -> Option<String> {
        let reached = self.objects.get(digest)?;
        let handle = reached.run.and_then(|run| self.handles.get(&run));
        Some(match handle {
            Some(handle) => format!("{} of run {handle}", reached.path),
            None => reached.path.clone(),
        })
    }
}

#[cfg(test)]
mod tests;
