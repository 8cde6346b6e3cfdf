//! The neighbours of a node in the lineage, and the bytes through which they are connected.
//!
//! An edge is reported where its reason is recorded: bytes that one node has from the other, evidence, or the content
//! of a publication. Edges that only mean that two nodes share their soundness (repeated work, two datasets with the
//! same bytes) are no steps: neither node was made from the other.

use std::collections::{HashMap, HashSet};

use hven_core::{
    DatasetId, Digest, RunId,
    catalogue::Purpose,
    object::{FileKind, FileRef},
    soundness::NodeId,
};

use crate::{
    kernel::{
        callers::Caller,
        lineage::{
            nodes::LineageNode,
            reader::{ReadLineage, read_files},
        },
    },
    ports::{
        catalogue::{Catalogued, DatasetView},
        run::{RunView, RunWork},
        soundness::Direction,
    },
};

/// The kind of an edge, seen from the node that rests on the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EdgeKind {
    /// It ran this code.
    Code,
    /// It read bytes that no recorded run made.
    Raw,
    /// It read an output of the run, or is a dataset that the run made.
    Made,
    /// It read the dataset.
    Dataset,
    /// It read a part of the dataset.
    Part,
    /// It read the file from which the dataset was imported.
    ImportedFrom,
    /// It was judged on the run, or holds the claim.
    Holds,
    /// It rests on the node, but the payload that named the file was erased.
    Erased,
}

/// A neighbour of a node.
#[derive(Clone, Debug)]
pub(crate) struct AdjacentNode {
    pub(crate) node: LineageNode,
    /// Also set for a node that the caller may not see: to recognise it again, never to show it.
    pub(crate) id: Option<NodeId>,
    pub(crate) link: EdgeKind,
    pub(crate) through: Option<FileRef>,
}

impl ReadLineage {
    /// The neighbours of a node, in the direction that was read.
    pub(crate) fn next_to(&self, caller: &Caller, id: NodeId) -> Vec<AdjacentNode> {
        let found = match self.direction {
            Direction::Sources => self.sources_in_order(id),
            Direction::Consequences => self.consequences_in_order(id),
        };
        let node = |far: FarEnd| match far {
            FarEnd::Known(id) => (self.labels.node(caller, id), Some(id)),
            FarEnd::Other(node) => (node, None),
        };
        let neighbour = |(far, link, through)| {
            let (node, id) = node(far);
            AdjacentNode { node, id, link, through }
        };
        // A node that a truncated walk did not reach is left out. It is not reported as hidden.
        let is_there = |(far, ..): &AdjacentStep| match far {
            FarEnd::Known(id) => !self.is_truncated || self.labels.has(*id),
            FarEnd::Other(_) => true,
        };
        found.into_iter().filter(is_there).map(neighbour).collect()
    }

    #[allow(unreachable_patterns, reason = "there may be no plain nodes")]
    fn sources_in_order(&self, id: NodeId) -> Vec<AdjacentStep> {
        match id {
            NodeId::Run(run) => self.labels.runs.get(&run).map(|run| self.sources_of_run(run)).unwrap_or_default(),
            NodeId::Dataset(dataset) => {
                let step = |dataset: &DatasetView| {
                    let version = &dataset.version;
                    (FarEnd::Known(version.run.into()), EdgeKind::Made, version.source.clone())
                };
                self.labels.datasets.get(&dataset).map(step).into_iter().collect()
            }
            NodeId::Claim(claim) => {
                let Some(view) = self.labels.claims.get(&claim) else { return Vec::new() };
                let judged = view.judgement.as_ref().map(|judgement| &judgement.judged.evidence);
                let evidence = judged.or_else(|| self.evidence.get(&claim)).into_iter().flatten();
                evidence.map(|run| (FarEnd::Known((*run).into()), EdgeKind::Holds, None)).collect()
            }
            NodeId::Publication(publication) => {
                let Some(view) = self.labels.publications.get(&publication) else { return Vec::new() };
                let claims = view.made.claims.iter().map(|claim| NodeId::from(*claim));
                let held = claims.chain(view.made.evidence.iter().map(|run| NodeId::from(*run)));
                held.map(|id| (FarEnd::Known(id), EdgeKind::Holds, None)).collect()
            }
            plain => self.sources_of(plain).iter().map(|id| (FarEnd::Known(*id), EdgeKind::Holds, None)).collect(),
        }
    }

    fn sources_of_run(&self, run: &RunView) -> Vec<AdjacentStep> {
        let mut found = Vec::new();
        let code = run.spec().and_then(|spec| spec.code.clone());
        found.extend(code.map(|code| (FarEnd::Other(LineageNode::Code(code)), EdgeKind::Code, None)));
        let near = DirectSources::of(self, run.id);
        let sources = self.sources_of(run.id.into());
        let has_erased_source = sources.iter().any(|id| self.is_end_erased(*id) || self.is_erased_dataset(*id));
        for file in self.opened(read_files(run)) {
            let at = found.len();
            if file.size > 0 {
                self.sources_through(run, &near, &file, &mut found);
            }
            // A maker whose outputs were erased may have made the file.
            if found.len() == at && !has_erased_source {
                found.push((FarEnd::Other(LineageNode::Raw(file.clone())), EdgeKind::Raw, Some(file)));
            }
        }
        let gathered: Vec<AdjacentStep> = self.gathered(run, sources, &found).collect();
        if !gathered.is_empty() {
            // Hven made the table that the run reads from the results of these runs.
            found.retain(|(_, link, _)| *link != EdgeKind::Raw);
            found.extend(gathered);
        }
        self.add_erased(sources, &self.sources, |source| is_erased(run) || self.is_end_erased(source), &mut found);
        found
    }

    /// The runs among these nodes whose results are in the table that an import reads: it rests on them, and has no file from
    /// them. An earlier import that did the same work is none of them.
    fn gathered<'r>(
        &'r self,
        import: &'r RunView,
        sources: &'r [NodeId],
        found: &'r [AdjacentStep],
    ) -> impl Iterator<Item = AdjacentStep> + use<'r> {
        let is_import = matches!(import.purpose, Some(Purpose::Dataset { .. }));
        let is_gathered = move |id: &&NodeId| match id {
            NodeId::Run(run) => self.labels.runs.get(run).is_some_and(|run| run.cache_key != import.cache_key),
            _ => false,
        };
        let gathered = sources.iter().filter(move |_| is_import).filter(is_gathered);
        gathered.filter(move |id| !is_known(found, **id)).map(|id| (FarEnd::Known(*id), EdgeKind::Made, None))
    }

    fn is_end_erased(&self, id: NodeId) -> bool {
        matches!(id, NodeId::Run(run) if self.labels.runs.get(&run).is_some_and(is_end_erased))
    }

    fn is_run_erased(&self, id: NodeId) -> bool {
        matches!(id, NodeId::Run(run) if self.labels.runs.get(&run).is_some_and(is_erased))
    }

    /// Whether it is a dataset whose payload was erased: it has edges, but no name.
    fn is_erased_dataset(&self, id: NodeId) -> bool {
        matches!(id, NodeId::Dataset(_)) && !self.is_truncated && !self.labels.has(id)
    }

    /// Adds the neighbours for which no file is known because a payload was erased. An erased dataset is replaced by the nodes on its
    /// other side.
    fn add_erased(
        &self,
        neighbours: &[NodeId],
        beyond: &HashMap<NodeId, Vec<NodeId>>,
        is_joined_by_erased: impl Fn(NodeId) -> bool,
        found: &mut Vec<AdjacentStep>,
    ) {
        let known = |(far, ..): &AdjacentStep| match far {
            FarEnd::Known(id) => Some(*id),
            FarEnd::Other(_) => None,
        };
        let mut reported: HashSet<NodeId> = found.iter().filter_map(known).collect();
        for &neighbour in neighbours {
            let is_dataset = self.is_erased_dataset(neighbour);
            let nodes = match beyond.get(&neighbour) {
                Some(nodes) if is_dataset => nodes.as_slice(),
                _ if !is_dataset && is_joined_by_erased(neighbour) => &[neighbour],
                _ => &[],
            };
            for &node in nodes.iter().filter(|node| !self.is_erased_dataset(**node)) {
                if reported.insert(node) {
                    found.push((FarEnd::Known(node), EdgeKind::Erased, None));
                }
            }
        }
    }

    /// The sources of a run that follow from reading this file.
    fn sources_through(&self, run: &RunView, near: &DirectSources<'_>, file: &FileRef, found: &mut Vec<AdjacentStep>) {
        let mut is_dataset = false;
        for dataset in near.datasets.iter().filter(|dataset| dataset.version.content.digest == file.digest) {
            is_dataset = true;
            let through = FileRef { path: dataset.reference(), ..file.clone() };
            found.push((FarEnd::Known(dataset.version.dataset.into()), EdgeKind::Dataset, Some(through)));
        }
        let maker = near.maker(file.digest);
        for (dataset, name) in maker.iter().flat_map(|(maker, _)| self.parts_read(run, maker.id, file.digest)) {
            let through = FileRef { path: format!("{}.{name}", dataset.reference()), ..file.clone() };
            found.push((FarEnd::Known(dataset.version.dataset.into()), EdgeKind::Part, Some(through)));
        }
        if let Some((maker, made)) = maker.filter(|_| !is_dataset) {
            found.push((FarEnd::Known(maker.id.into()), EdgeKind::Made, Some(made.clone())));
        } else if let Some(made) = self.makers_in_folders.get(&(run.id, file.digest)).filter(|_| !is_dataset) {
            found.push((FarEnd::Known(made.run.into()), EdgeKind::Made, Some(made.file.clone())));
        }
        for dataset in near.datasets.iter().filter(|dataset| is_imported_from(dataset, file)) {
            found.push((FarEnd::Known(dataset.version.dataset.into()), EdgeKind::ImportedFrom, Some(file.clone())));
        }
    }

    /// The datasets of which `reader` read a part that `maker` produced when it split them.
    fn parts_read<'r>(
        &'r self,
        reader: &'r RunView,
        maker: RunId,
        digest: Digest,
    ) -> impl Iterator<Item = (&'r DatasetView, &'r hven_core::name::Name)> {
        let divided = self.sources_of(maker.into());
        // A run that splits a dataset does not read its own parts.
        let is_own = || self.made(reader.id).any(|made| made.digest == digest);
        let parts = self.parts.get(&digest).filter(|_| !is_own()).into_iter().flatten();
        parts.filter_map(move |Catalogued { dataset, part, .. }| {
            let divided = divided.contains(&(*dataset).into());
            Some((self.labels.datasets.get(dataset).filter(|_| divided)?, part.as_ref()?))
        })
    }

    /// Replaces folders: the files in a folder come first, then the folder itself.
    fn opened(&self, files: Vec<FileRef>) -> Vec<FileRef> {
        let mut opened = Vec::with_capacity(files.len());
        for file in files {
            let listed = self.listings.get(&file.digest).filter(|_| file.kind == FileKind::Folder);
            opened.extend(listed.into_iter().flatten().map(|entry| FileRef {
                path: format!("{}/{}", file.path, entry.path),
                digest: entry.digest,
                size: entry.size,
                kind: FileKind::File,
            }));
            opened.push(file);
        }
        opened
    }

    fn consequences_in_order(&self, id: NodeId) -> Vec<AdjacentStep> {
        let resting = self.consequences.get(&id).map(Vec::as_slice).unwrap_or_default();
        let mut found = match id {
            NodeId::Run(run) => self.consequences_of_run(run, resting),
            NodeId::Dataset(dataset) => self.consequences_of_dataset(dataset, resting),
            _ => Vec::new(),
        };
        // The newest version of a publication comes first.
        let holds = |resting: &&NodeId| matches!(id, NodeId::Claim(_)) || resting.is_plain();
        found.extend(resting.iter().rev().filter(holds).map(|id| (FarEnd::Known(*id), EdgeKind::Holds, None)));
        found
    }

    fn consequences_of_run(&self, run: RunId, resting: &[NodeId]) -> Vec<AdjacentStep> {
        let mut found = Vec::new();
        for dataset in resting.iter().filter_map(|id| self.dataset(*id)).filter(|one| one.version.run == run) {
            let content = dataset.version.content.clone();
            found.push((FarEnd::Known(dataset.version.dataset.into()), EdgeKind::Made, Some(content)));
        }
        for id in resting.iter().filter(|id| matches!(id, NodeId::Claim(_) | NodeId::Publication(_))) {
            found.push((FarEnd::Known(*id), EdgeKind::Holds, None));
        }
        let mut places: HashMap<Digest, usize> = HashMap::new();
        for (place, made) in self.made(run).enumerate() {
            places.entry(made.digest).or_insert(place);
        }
        let first_read = |(reader, files): (RunId, Vec<FileRef>)| {
            let made_here = files.into_iter().filter_map(|file| Some((*places.get(&file.digest)?, file)));
            let (place, file) = made_here.min_by_key(|(place, _)| *place)?;
            Some((place, (FarEnd::Known(reader.into()), EdgeKind::Made, Some(file))))
        };
        let mut readers: Vec<(usize, AdjacentStep)> =
            self.readers(resting).into_iter().filter_map(first_read).collect();
        readers.sort_by_key(|(place, _)| *place);
        found.extend(readers.into_iter().map(|(_, step)| step));
        for used in self.users_of_folders.get(&run).into_iter().flatten() {
            found.push((FarEnd::Known(used.run.into()), EdgeKind::Made, Some(used.file.clone())));
        }
        let imports = resting.iter().filter_map(|id| match id {
            NodeId::Run(run) => self.labels.runs.get(run),
            _ => None,
        });
        let itself = [NodeId::from(run)];
        let gathering: Vec<AdjacentStep> = imports
            .filter(|import| self.gathered(import, &itself, &[]).next().is_some())
            .filter(|import| !is_known(&found, import.id.into()))
            .map(|import| (FarEnd::Known(import.id.into()), EdgeKind::Made, None))
            .collect();
        found.extend(gathering);
        let is_end_erased = self.is_end_erased(run.into());
        let is_reader = |id: NodeId| matches!(id, NodeId::Run(_)) && (is_end_erased || self.is_run_erased(id));
        self.add_erased(resting, &self.consequences, is_reader, &mut found);
        found
    }

    fn consequences_of_dataset(&self, dataset: DatasetId, resting: &[NodeId]) -> Vec<AdjacentStep> {
        let Some(view) = self.labels.datasets.get(&dataset) else { return Vec::new() };
        let mut found = Vec::new();
        let readers = self.readers(resting);
        for (reader, files) in &readers {
            found.extend(through(*reader, files, EdgeKind::Dataset, |read| read.digest == view.version.content.digest));
        }
        for (maker, _) in readers.iter().filter(|_| !self.parts.is_empty()) {
            let of_part = self.consequences.get(&NodeId::from(*maker)).map(Vec::as_slice).unwrap_or_default();
            for (reader, files) in self.readers(of_part) {
                let Some(run) = self.labels.runs.get(&reader) else { continue };
                let is_part = |read: &FileRef| {
                    self.parts_read(run, *maker, read.digest).any(|(of, _)| of.version.dataset == dataset)
                };
                found.extend(through(reader, &files, EdgeKind::Part, is_part));
            }
        }
        for (reader, files) in &readers {
            found.extend(through(*reader, files, EdgeKind::ImportedFrom, |read| is_imported_from(view, read)));
        }
        self.add_erased(resting, &self.consequences, |id| self.is_run_erased(id), &mut found);
        found
    }

    fn dataset(&self, id: NodeId) -> Option<&DatasetView> {
        let NodeId::Dataset(dataset) = id else { return None };
        self.labels.datasets.get(&dataset)
    }

    /// The runs among these nodes, and the files that each of them read.
    fn readers(&self, among: &[NodeId]) -> Vec<(RunId, Vec<FileRef>)> {
        let run = |id: &NodeId| match id {
            NodeId::Run(run) => self.labels.runs.get(run),
            _ => None,
        };
        among.iter().filter_map(run).map(|run| (run.id, read_files(run))).collect()
    }
}

/// A step to a node of the lineage, or to something that is no node.
type AdjacentStep = (FarEnd, EdgeKind, Option<FileRef>);

enum FarEnd {
    Known(NodeId),
    Other(LineageNode),
}

/// Whether one of these steps leads to the node.
fn is_known(steps: &[AdjacentStep], id: NodeId) -> bool {
    steps.iter().any(|(far, ..)| matches!(far, FarEnd::Known(known) if *known == id))
}

/// The nodes on which a run rests directly.
struct DirectSources<'r> {
    datasets: Vec<&'r DatasetView>,
    /// For each file content, the newest run that made it.
    makers: HashMap<Digest, (&'r RunView, &'r FileRef)>,
}

impl<'r> DirectSources<'r> {
    fn of(read: &'r ReadLineage, run: RunId) -> Self {
        let sources = read.sources_of(run.into());
        let datasets = sources.iter().filter_map(|id| read.dataset(*id)).collect();
        let by_id = |id: &NodeId| match id {
            NodeId::Run(run) => read.labels.runs.get(run),
            _ => None,
        };
        let mut runs: Vec<&RunView> = sources.iter().filter_map(by_id).collect();
        runs.sort_by_key(|run| std::cmp::Reverse((run.end_recorded, run.submitted_seq)));
        let mut makers = HashMap::new();
        for run in runs {
            for file in read.made(run.id) {
                makers.entry(file.digest).or_insert((run, file));
            }
        }
        Self { datasets, makers }
    }

    fn maker(&self, digest: Digest) -> Option<(&'r RunView, &'r FileRef)> {
        self.makers.get(&digest).copied()
    }
}

/// Whether the payload that named the outputs of the run was erased.
fn is_end_erased(run: &RunView) -> bool {
    let is_known = match &run.work {
        RunWork::Started(_) | RunWork::Erased => run.result.is_some(),
        RunWork::External(_) => true,
    };
    run.state.is_final() && !is_known
}

/// Whether a payload that named files which the run read was erased.
fn is_erased(run: &RunView) -> bool {
    run.work == RunWork::Erased || is_end_erased(run)
}

fn is_imported_from(dataset: &DatasetView, file: &FileRef) -> bool {
    let source = dataset.version.source.as_ref();
    file.size > 0 && source.is_some_and(|source| source.digest == file.digest)
}

/// The step to a run through its first file that fits.
fn through(reader: RunId, files: &[FileRef], link: EdgeKind, fits: impl Fn(&FileRef) -> bool) -> Option<AdjacentStep> {
    let file = files.iter().find(|file| file.size > 0 && fits(file))?;
    Some((FarEnd::Known(reader.into()), link, Some(file.clone())))
}

/// Nodes that were visited, so that each is reported once.
#[derive(Default)]
pub(crate) struct VisitedNodes {
    ids: HashSet<NodeId>,
    raw: HashSet<Digest>,
}

impl VisitedNodes {
    /// Code, and nodes that the caller may not see, are always new: they are never reported as the same as another
    /// node.
    pub(crate) fn is_new(&mut self, node: &LineageNode) -> bool {
        match node {
            LineageNode::Raw(file) => self.raw.insert(file.digest),
            known => known.id().is_none_or(|(id, _)| self.ids.insert(id)),
        }
    }
}
