//! The lineage of a publication as a graph, from its claims to the raw bytes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use hven_core::{
    Digest, RunId, file_name,
    object::{FileKind, FileRef, Listing},
    run::Code,
};

use crate::{
    evidence::{Run, Work},
    graph::{Edge, EdgeKind, Graph, LineageNode, NodeKind},
    publication::{Person, Publication, PublishedSoundness},
    text::counted,
};

/// The file of the picture of this graph.
pub(crate) const LINEAGE_FILE: &str = "lineage.svg";

/// The node of the publication itself.
const ROOT: &str = "publication";

/// The number of shown digits of a commit or a digest.
const DIGITS_SHOWN: usize = 12;

/// The graph of everything that is published. `listings` holds the known contents of folders.
pub fn graph(publication: &Publication, listings: &BTreeMap<Digest, Listing>) -> Graph {
    let mut builder = Builder::new(publication, listings);
    let published = [("published", publication.published.to_string())];
    builder.node(ROOT, NodeKind::Publication, &publication.title, &published);
    publication.authors.iter().for_each(|author| builder.by(ROOT, Some(author)));
    builder.datasets();
    publication.runs.iter().for_each(|run| builder.run(run));
    builder.laws();
    builder.claims();
    for independence in &publication.independences {
        builder.edge(&independence.of, &independence.on, EdgeKind::Independent, None);
    }
    builder.graph
}

pub(crate) fn run(publication: &Publication, id: RunId) -> Option<&Run> {
    publication.runs.iter().find(|run| run.id == id)
}

/// A run's work, for people.
pub(crate) fn work_in_words(work: &Work) -> String {
    match work {
        Work::Command { argv } => file_name::show_bytes(&argv.join(" ")).into_owned(),
        Work::Recipe { name, version, .. } => format!("recipe {name}, version {version}"),
    }
}

struct Builder<'a> {
    publication: &'a Publication,
    listings: &'a BTreeMap<Digest, Listing>,
    /// The node that made some bytes: a dataset first, otherwise a file that a run made.
    makers: HashMap<Digest, String>,
    known: BTreeSet<String>,
    graph: Graph,
}

impl<'a> Builder<'a> {
    fn new(publication: &'a Publication, listings: &'a BTreeMap<Digest, Listing>) -> Self {
        let mut makers = HashMap::new();
        for dataset in &publication.datasets {
            let parts = dataset.parts.iter().map(|part| &part.content);
            for file in parts.chain([&dataset.content]) {
                makers.entry(file.digest).or_insert_with(|| dataset.reference());
            }
        }
        Self { publication, listings, makers, known: BTreeSet::new(), graph: Graph::default() }
    }

    fn node(&mut self, id: &str, kind: NodeKind, label: &str, attributes: &[(&str, String)]) {
        if !self.known.insert(id.to_owned()) {
            return;
        }
        let notices = self.publication.notices.iter().filter(|notice| notice.about == id);
        let standing = notices.map(|notice| notice.standing).max().unwrap_or(PublishedSoundness::Sound);
        let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        self.graph.nodes.push(LineageNode { id: id.to_owned(), kind, label: label.to_owned(), standing, attributes });
    }

    fn edge(&mut self, from: &str, to: &str, kind: EdgeKind, through: Option<&str>) {
        let edge = Edge { from: from.to_owned(), to: to.to_owned(), kind, through: through.map(str::to_owned) };
        if from != to && !self.graph.edges.contains(&edge) {
            self.graph.edges.push(edge);
        }
    }

    fn by(&mut self, from: &str, person: Option<&Person>) {
        if let Some(person) = person {
            let id = format!("person/{}", person.name);
            let orcid = person.orcid.clone().map(|orcid| ("orcid", orcid));
            self.node(&id, NodeKind::Person, &person.name, orcid.as_slice());
            self.edge(from, &id, EdgeKind::By, None);
        }
    }

    fn file(&mut self, file: &FileRef) -> String {
        let id = format!("file/{}", file.digest);
        let attributes = [("digest", file.digest.to_string()), ("size", file.size.to_string())];
        self.node(&id, NodeKind::File, &file.path, &attributes);
        id
    }

    fn run_node(&self, id: RunId) -> Option<String> {
        run(self.publication, id).map(|run| format!("run/{}", run.handle))
    }

    fn datasets(&mut self) {
        for dataset in &self.publication.datasets {
            let id = dataset.reference();
            let attributes = [("rows", dataset.rows.to_string()), ("digest", dataset.content.digest.to_string())];
            self.node(&id, NodeKind::Dataset, &id, &attributes);
            self.by(&id, dataset.added_by.as_ref());
            let made_by = [dataset.made_by].into_iter().chain(dataset.parts.iter().map(|part| part.made_by));
            let runs: BTreeSet<String> = made_by.flatten().filter_map(|run| self.run_node(run)).collect();
            for run in &runs {
                // A run that divides the dataset also uses it; in that case the dataset is the source.
                if self.publication.runs.iter().any(|one| format!("run/{}", one.handle) == *run && !reads(one, dataset))
                {
                    self.edge(&id, run, EdgeKind::MadeBy, None);
                }
            }
            if let (Some(source), true) = (&dataset.source, runs.is_empty()) {
                let source = self.file(source);
                self.edge(&id, &source, EdgeKind::DerivedFrom, None);
            }
        }
    }

    fn run(&mut self, run: &Run) {
        let id = format!("run/{}", run.handle);
        let mut attributes = vec![("work", work_in_words(&run.work))];
        attributes.extend(run.started.map(|time| ("started", time.to_string())));
        attributes.extend(run.ended.map(|time| ("ended", time.to_string())));
        let name = run.name.clone().unwrap_or_else(|| work_in_words(&run.work));
        self.node(&id, NodeKind::Run, &format!("{} ({name})", run.handle), &attributes);
        self.by(&id, run.by.as_ref());
        if let Some(code) = &run.code {
            let (label, _) = code_in_words(code);
            let code = code_node(code, &run.handle);
            self.node(&code, NodeKind::Code, &label, &[]);
            self.edge(&id, &code, EdgeKind::Used, None);
        }
        for file in run.outputs.iter().filter(|file| has_content(file)) {
            if self.makers.contains_key(&file.digest) {
                continue;
            }
            let node = self.file(file);
            self.edge(&node, &id, EdgeKind::MadeBy, None);
            self.makers.insert(file.digest, node.clone());
            for inner in self.listings.get(&file.digest).into_iter().flat_map(|listing| &listing.files) {
                self.makers.entry(inner.digest).or_insert_with(|| node.clone());
            }
        }
        for file in run.inputs.iter().filter(|file| has_content(file)) {
            for node in self.sources(file) {
                self.edge(&id, &node, EdgeKind::Used, Some(&file.path));
            }
        }
    }

    /// The source nodes of an input. For a folder these are the sources of its files.
    fn sources(&mut self, file: &FileRef) -> Vec<String> {
        let made = |digest: &Digest, makers: &HashMap<Digest, String>| makers.get(digest).cloned();
        if let Some(node) = self.later_or_known(file.digest) {
            return vec![node];
        }
        let listing = self.listings.get(&file.digest).filter(|_| file.kind == FileKind::Folder);
        let inner: BTreeSet<String> = listing
            .into_iter()
            .flat_map(|listing| &listing.files)
            .filter_map(|one| made(&one.digest, &self.makers))
            .collect();
        if inner.is_empty() { vec![self.file(file)] } else { inner.into_iter().collect() }
    }

    /// The maker of some bytes, even if its run comes later in the list.
    fn later_or_known(&mut self, digest: Digest) -> Option<String> {
        if let Some(node) = self.makers.get(&digest) {
            return Some(node.clone());
        }
        let made = self.publication.runs.iter().find_map(|run| run.outputs.iter().find(|file| file.digest == digest));
        made.map(|file| self.file(file))
    }

    fn laws(&mut self) {
        for law in &self.publication.laws {
            if let Some(run) = self.run_node(law.run) {
                let id = run.replacen("run/", "law/", 1);
                self.node(&id, NodeKind::Law, &law.display, &[("text", law.text.clone())]);
                self.edge(&id, &run, EdgeKind::MadeBy, None);
                self.by(&id, law.chosen_by.as_ref());
            }
        }
    }

    fn claims(&mut self) {
        for claim in &self.publication.claims {
            let id = format!("claim/{}", claim.name);
            let mut attributes = vec![("statement", claim.statement.clone()), ("test", claim.test.clone())];
            attributes.extend(claim.judgement().map(|last| ("verdict", last.verdict.as_str().to_owned())));
            self.node(&id, NodeKind::Claim, &claim.name, &attributes);
            self.edge(ROOT, &id, EdgeKind::RestsOn, None);
            self.by(&id, claim.stated_by.as_ref());
            for run in claim.judgement().into_iter().flat_map(|last| &last.evidence) {
                let Some(run) = self.run_node(*run) else { continue };
                let law = run.replacen("run/", "law/", 1);
                let evidence = if self.known.contains(&law) { law } else { run };
                self.edge(&id, &evidence, EdgeKind::RestsOn, None);
            }
        }
    }
}

/// Empty files and folders carry no information and connect nothing.
fn has_content(file: &FileRef) -> bool {
    file.digest != Digest::of(b"") && file.digest != Listing::digest_of_nothing()
}

fn reads(run: &Run, dataset: &crate::evidence::Dataset) -> bool {
    run.inputs.iter().any(|file| file.digest == dataset.content.digest)
}

/// The node of the code of a run.
pub(crate) fn code_node(code: &Code, handle: &str) -> String {
    let (_, digest) = code_in_words(code);
    format!("code/{}", digest.map_or_else(|| handle.to_owned(), |digest| digest.to_string()))
}

/// A description of code for people, and the digest that identifies it.
pub(crate) fn code_in_words(code: &Code) -> (String, Option<Digest>) {
    match code {
        Code::Git { commit, diff, inner, digest, .. } => {
            let commit: String = commit.chars().take(DIGITS_SHOWN).collect();
            let changed = if diff.is_some() { ", changed" } else { "" };
            let mut label = format!("git commit {commit}{changed}");
            for inner in inner {
                label.extend(["; ".to_owned(), inner.to_string()]);
            }
            (label, Some(*digest))
        }
        Code::Folder { listing, files, .. } => {
            (format!("a folder of {}", counted(*files, "file", "files")), Some(*listing))
        }
        Code::NotCaptured { why } => (format!("code not captured: {why}"), None),
    }
}
