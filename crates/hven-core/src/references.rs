//! Which objects the facts name, and which objects are named by those.
//!
//! This is the one place that knows it. Verification, backup, restore, export and the collection of garbage all ask here,
//! so what one of them copies the others check and keep. A fact names objects directly ([`each_named`]). Two kinds of
//! objects name others: the [`Listing`] of a folder, and the description of a publication that was brought in.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::{
    AttemptId, Digest, Fact, RunId,
    handle::Handle,
    object::{FileKind, FileRef, Listing},
    publication::description::Publication,
    run::Code,
};

/// Whether an object must be in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// It may be known by its digest alone: large code files are never kept, and whoever speaks to the server directly
    /// need not bring the inputs.
    Optional,
    /// It must be there unless the publication with which it came says that it was withheld.
    UnlessWithheld,
    Required,
}

/// What the bytes of an object are, as far as other objects are named in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    Bytes,
    Listing,
    /// What a publication from elsewhere says of itself.
    Description,
}

/// An object as one fact names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named<'a> {
    pub digest: Digest,
    pub need: Need,
    pub shape: Shape,
    /// What it is, for people: a path, or words.
    pub path: &'a str,
}

/// Shows every object that a fact names, each as often as it names it.
pub fn each_named<'a>(fact: &'a Fact, look: &mut dyn FnMut(Named<'a>)) {
    let mut object = |digest, need, path| look(Named { digest, need, shape: Shape::Bytes, path });
    match fact {
        Fact::RunSubmitted(submitted) => {
            if let Some(Code::Git { diff: Some(diff), .. }) = &submitted.spec.code {
                object(*diff, Need::Optional, "the changes to its commit");
            }
            let code: &[FileRef] = match &submitted.spec.code {
                Some(Code::Git { untracked, .. }) => untracked,
                Some(Code::Folder { listing, .. }) => {
                    let path = "the list of its code";
                    look(Named { digest: *listing, need: Need::Optional, shape: Shape::Listing, path });
                    &[]
                }
                Some(Code::NotCaptured { .. }) | None => &[],
            };
            files(&submitted.spec.inputs, Need::Optional, look);
            files(code, Need::Optional, look);
        }
        Fact::RunAttemptEnded(ended) => files(&ended.result.outputs, Need::Required, look),
        Fact::RunFinished(finished) => {
            // A run with outputs and without an attempt was brought in with a publication.
            let need = if finished.attempt.is_some() { Need::Required } else { Need::UnlessWithheld };
            files(&finished.result.outputs, need, look);
        }
        Fact::RunPartSealed(part) => object(part.object, Need::Required, &part.stream),
        Fact::RunReproduced(reproduced) => {
            if let Some(comparison) = reproduced.comparison {
                object(comparison, Need::Required, "the comparison of its outputs");
            }
        }
        Fact::DatasetVersionAdded(added) => {
            // A dataset that was brought in without its report names the digest of nothing.
            if added.report != Digest::of(b"") {
                object(added.report, Need::UnlessWithheld, "the report of a dataset");
            }
            files(added.source.as_slice(), Need::Optional, look);
            files(std::slice::from_ref(&added.content), Need::UnlessWithheld, look);
        }
        Fact::DatasetSplitAdded(added) => {
            added.parts.iter().for_each(|part| files(std::slice::from_ref(&part.content), Need::UnlessWithheld, look));
        }
        Fact::PublicationMade(made) => {
            object(made.archive, Need::Required, "the archive of a publication");
            object(made.page, Need::Required, "the page of a publication");
            object(made.description, Need::Required, "the description of a publication");
        }
        Fact::CrateImported(imported) => {
            let path = "the description of a publication from elsewhere";
            look(Named { digest: imported.description, need: Need::Required, shape: Shape::Description, path });
        }
        _ => {}
    }
}

fn files<'a>(files: &'a [FileRef], need: Need, look: &mut dyn FnMut(Named<'a>)) {
    for file in files {
        let shape = if file.kind == FileKind::Folder { Shape::Listing } else { Shape::Bytes };
        look(Named { digest: file.digest, need, shape, path: &file.path });
    }
}

/// A file that an object names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub digest: Digest,
    pub path: String,
}

/// What an object of such a shape says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    pub members: Vec<Member>,
    /// Objects that never came with the publication.
    pub withheld: Vec<Digest>,
}

/// Reads the bytes of an object that names others.
pub fn read_content(shape: Shape, bytes: &[u8]) -> Result<Content, String> {
    let member = |path: String, digest| Member { digest, path };
    match shape {
        Shape::Bytes => Ok(Content::default()),
        Shape::Listing => {
            let listing: Listing = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
            let members = listing.files.into_iter().map(|file| member(file.path, file.digest)).collect();
            Ok(Content { members, withheld: Vec::new() })
        }
        Shape::Description => {
            let said: Publication = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
            let code = said.runs.into_iter().flat_map(|run| run.code_files);
            let members = code.map(|file| member(file.path, file.digest)).collect();
            Ok(Content { members, withheld: said.withheld.into_keys().collect() })
        }
    }
}

/// All that facts named so far, in the order of the record.
#[derive(Clone, Debug, Default)]
pub struct References {
    direct: HashMap<Digest, Direct>,
    /// A part that is sealed anew takes the place of the one before.
    parts: HashMap<(AttemptId, String, u32), Digest>,
    handles: HashMap<RunId, Handle>,
    erased: HashSet<Digest>,
}

#[derive(Clone, Debug)]
struct Direct {
    need: Need,
    shape: Shape,
    path: Box<str>,
    run: Option<RunId>,
}

/// Reads what an object names; `None` when it is not there.
pub type ReadContent<'a> = dyn FnMut(&Digest, Shape) -> Result<Option<Content>, String> + 'a;

impl References {
    pub fn see(&mut self, fact: &Fact) {
        match fact {
            Fact::RunSubmitted(submitted) => {
                self.handles.insert(submitted.run, submitted.handle);
            }
            Fact::ObjectErased(erased) => {
                self.erased.insert(erased.digest);
            }
            Fact::RunPartSealed(part) => {
                self.parts.insert((part.attempt, part.stream.clone(), part.part), part.object);
                return;
            }
            _ => {}
        }
        let run = fact.subject().map(RunId::from_u128).filter(|_| fact.kind().starts_with("run."));
        each_named(fact, &mut |named| self.add(named, run));
    }

    fn add(&mut self, named: Named<'_>, run: Option<RunId>) {
        let new = || Direct { need: named.need, shape: named.shape, path: named.path.into(), run };
        let direct = self.direct.entry(named.digest).or_insert_with(new);
        // The strongest need names it: its maker, rather than who read it.
        if named.need > direct.need {
            *direct = Direct { shape: named.shape.max(direct.shape), ..new() };
        }
        direct.shape = direct.shape.max(named.shape);
    }

    /// What the bytes of this object are: only these must be read to know what is reachable.
    pub fn shape(&self, digest: &Digest) -> Shape {
        self.direct.get(digest).map_or(Shape::Bytes, |direct| direct.shape)
    }

    /// Everything that is reachable. `read` is asked for each object that names others: `None` when it is not there, an
    /// error when it is there and cannot be read.
    pub fn follow(mut self, read: &mut ReadContent<'_>) -> Reachable {
        for ((attempt, stream, part), object) in std::mem::take(&mut self.parts) {
            let path = format!("part {part} of the {stream} of attempt {}", attempt.number);
            let named = Named { digest: object, need: Need::Required, shape: Shape::Bytes, path: &path };
            self.add(named, Some(attempt.run));
        }
        self.direct.retain(|digest, _| !self.erased.contains(digest));
        let mut found = Reachable { handles: self.handles, ..Reachable::default() };
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
            for member in content.members.into_iter().filter(|member| !self.erased.contains(&member.digest)) {
                let need =
                    if direct.shape == Shape::Listing && !direct.is_code() { direct.need } else { Need::Optional };
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
    fn is_code(&self) -> bool {
        self.path.as_ref() == "the list of its code"
    }

    fn path_of(&self, member: &str) -> String {
        if self.shape == Shape::Description || self.is_code() {
            member.to_owned()
        } else {
            format!("{}/{member}", self.path.trim_end_matches('/'))
        }
    }
}

/// What the facts, and the objects that they name, reach.
#[derive(Clone, Debug, Default)]
pub struct Reachable {
    /// [`Need::UnlessWithheld`] is decided here.
    pub objects: BTreeMap<Digest, Reached>,
    /// Objects that name others and could not be read, with the reason; without one they are not there. What they name
    /// is not known.
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
    pub fn must_be_there(&self, digest: &Digest) -> bool {
        self.objects.get(digest).is_some_and(|reached| reached.need == Need::Required)
    }

    /// What an object is, in words; nothing when no fact names it.
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
mod tests {
    use super::*;
    use crate::{
        fact::ObjectErased,
        object::ListedFile,
        run::{AttemptResult, Finished, Outcome, PartSealed, Spec, Submitted},
    };

    fn digest(text: &str) -> Digest {
        Digest::of(text.as_bytes())
    }

    fn file(path: &str, kind: FileKind) -> FileRef {
        FileRef { path: path.to_owned(), digest: digest(path), size: 1, kind }
    }

    fn submitted(run: u128, inputs: Vec<FileRef>, code: Option<Code>) -> Fact {
        let spec = Spec { inputs, code, ..Spec::of_command(vec!["true".to_owned()], "/") };
        Submitted {
            run: RunId::from_u128(run),
            handle: Handle { count: 1 },
            project: "a".parse().expect("a path"),
            name: None,
            spec,
            launch: String::new(),
            cache_key: None,
            purpose: None,
            tolerances: Default::default(),
        }
        .into()
    }

    fn finished(run: u128, attempt: Option<u32>, outputs: Vec<FileRef>) -> Fact {
        let result = AttemptResult { outputs, ..AttemptResult::without_process(Outcome::Done) };
        Finished { run: RunId::from_u128(run), attempt, result }.into()
    }

    fn listing(paths: &[&str]) -> Content {
        let listed =
            |path: &&str| ListedFile { path: (*path).to_owned(), digest: digest(path), size: 1, executable: false };
        let listing = Listing { files: paths.iter().map(listed).collect(), ..Listing::default() };
        read_content(Shape::Listing, &serde_json::to_vec(&listing).expect("JSON")).expect("it is one")
    }

    fn follow(facts: &[Fact]) -> Reachable {
        let mut references = References::default();
        for fact in facts {
            references.see(fact);
        }
        references.follow(&mut |asked, _| match asked {
            asked if *asked == digest("out") => Ok(Some(listing(&["a", "b"]))),
            asked if *asked == digest("code") => Ok(Some(listing(&["fit.py"]))),
            asked if *asked == digest("torn") => Err("torn".to_owned()),
            _ => Ok(None),
        })
    }

    #[test]
    fn files_of_folders_are_needed_as_their_folder_is() {
        let code = Code::Folder { listing: digest("code"), files: 1, bytes: 1 };
        let found = follow(&[
            submitted(1, vec![file("in", FileKind::File), file("out", FileKind::Folder)], Some(code)),
            finished(1, Some(1), vec![file("out", FileKind::Folder)]),
        ]);
        for needed in ["out", "a", "b"] {
            assert!(found.must_be_there(&digest(needed)), "{needed}");
        }
        for optional in ["in", "code", "fit.py"] {
            assert_eq!(found.objects[&digest(optional)].need, Need::Optional, "{optional}");
        }
        assert_eq!(found.name(&digest("b")).as_deref(), Some("out/b of run ZY5W"));
        assert_eq!(found.name(&digest("fit.py")).as_deref(), Some("fit.py of run ZY5W"));
        assert!(found.unread.is_empty());
    }

    #[test]
    fn what_was_erased_names_nothing() {
        let erased = |text| Fact::from(ObjectErased { digest: digest(text), because: "a name".to_owned() });
        let facts = [finished(1, Some(1), vec![file("out", FileKind::Folder)]), erased("a")];
        let found = follow(&facts);
        assert_eq!(found.objects.keys().collect::<HashSet<_>>(), HashSet::from([&digest("out"), &digest("b")]));
        assert!(follow(&[facts[0].clone(), erased("out")]).objects.is_empty());
    }

    #[test]
    fn listings_that_cannot_be_read_are_told() {
        let inputs = vec![file("torn", FileKind::Folder), file("never brought", FileKind::Folder)];
        let outputs = vec![file("lost", FileKind::Folder)];
        let found = follow(&[submitted(1, inputs, None), finished(1, Some(1), outputs)]);
        let unread = BTreeMap::from([(digest("torn"), Some("torn".to_owned())), (digest("lost"), None)]);
        assert_eq!(found.unread, unread);
    }

    #[test]
    fn a_part_that_is_sealed_anew_replaces_the_one_before() {
        let part = |object| {
            Fact::from(PartSealed {
                attempt: AttemptId { run: RunId::from_u128(1), number: 1 },
                stream: "log".to_owned(),
                part: 0,
                from: 0,
                to: 1,
                rows: 1,
                object: digest(object),
                object_bytes: 1,
                summary: Vec::new(),
            })
        };
        let found = follow(&[part("old"), part("new")]);
        assert_eq!(found.objects.keys().collect::<Vec<_>>(), [&digest("new")]);
        // What was brought in with a publication may have stayed at home.
        let withheld = follow(&[finished(2, None, vec![file("lost", FileKind::File)])]);
        assert!(withheld.must_be_there(&digest("lost")));
    }
}
