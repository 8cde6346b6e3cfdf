//! The one reader of the lineage: the sources of a node and the nodes that rest on it, for `why`, pictures,
//! publications, ledgers and reproductions.
//!
//! The edges decide which maker counts when several nodes made the same bytes. A run rests on the newest dataset that
//! consisted of these bytes when the run read them, otherwise on the newest run that had made them. So all answers name
//! the maker whose soundness determines the soundness of the reader. A walk reads the edges, then the labels of the
//! nodes that it found. After that it sends no further queries.
//!
//! Two cases have no edges. First, a claim that was never judged in its current statement rests on the runs on which it
//! would be judged. Second, a folder is known by its listing, and edges do not include listings: a run that reads a
//! folder rests on the makers of the files in it. A run that reads one file out of a folder is listed below the run
//! that made the folder, if no run made the file itself. Only where such folders exist, the walk continues from there
//! in another round.

use std::collections::{HashMap, HashSet, hash_map::Entry};

use async_trait::async_trait;
use hven_core::{
    ClaimId, Digest, RunId,
    access::Role,
    object::{FileKind, FileRef, ListedFile},
    soundness::NodeId,
};

use crate::{
    kernel::{
        callers::Caller,
        error::AppResult,
        evidence::evidence_of_each,
        floor::Kernel,
        folders,
        lineage::nodes::{LineageNode, LoadedNodes},
    },
    ports::{
        catalogue::Catalogued,
        claims::ClaimView,
        run::{FileUse, RunView},
        soundness::{Direction, WalkLimits, WalkResult},
    },
};

/// The queries of the reader to the record.
#[async_trait]
pub(super) trait LineageSource: Sync {
    async fn walk(&self, from: &[NodeId], direction: Direction, limits: WalkLimits) -> AppResult<WalkResult>;
    async fn label(&self, nodes: &[NodeId], labels: &mut LoadedNodes) -> AppResult<()>;
    /// Which of the digests are datasets or parts of datasets.
    async fn catalogued(&self, digests: &[Digest]) -> AppResult<Vec<Catalogued>>;
    /// Runs that made some of these bytes, newest first.
    async fn makers(&self, digests: &[Digest]) -> AppResult<Vec<FileUse>>;
    /// Runs that read some of these bytes, oldest first.
    async fn users(&self, digests: &[Digest]) -> AppResult<Vec<FileUse>>;
    /// The files of a folder; empty when its listing is not in the store.
    async fn listing(&self, folder: Digest) -> AppResult<Vec<ListedFile>>;
    /// The runs on which each claim would be judged.
    async fn evidence(&self, claims: &[&ClaimView]) -> AppResult<Vec<Vec<RunId>>>;
}

/// The largest number of nodes that a walk may visit. It is larger than the number of reported nodes, because some
/// nodes are not reported.
pub(crate) const NODES_MAX: usize = 1500;
/// How many makers or users of the same bytes are compared where no edge decides.
const USES_MAX: usize = 1000;
/// How many files of a folder are read.
pub(super) const LISTED_MAX: usize = 1000;

#[async_trait]
impl LineageSource for Kernel {
    async fn walk(&self, from: &[NodeId], direction: Direction, limits: WalkLimits) -> AppResult<WalkResult> {
        Ok(self.ports.views.walk(from, direction, limits).await?)
    }
    async fn label(&self, nodes: &[NodeId], labels: &mut LoadedNodes) -> AppResult<()> {
        labels.load(self, nodes).await
    }
    async fn catalogued(&self, digests: &[Digest]) -> AppResult<Vec<Catalogued>> {
        Ok(self.ports.views.catalogued(digests).await?)
    }
    async fn makers(&self, digests: &[Digest]) -> AppResult<Vec<FileUse>> {
        Ok(self.ports.views.makers(digests, USES_MAX).await?)
    }
    async fn users(&self, digests: &[Digest]) -> AppResult<Vec<FileUse>> {
        Ok(self.ports.views.users_of(digests, USES_MAX).await?)
    }
    async fn listing(&self, folder: Digest) -> AppResult<Vec<ListedFile>> {
        let mut listed = folders::listing(self, folder).await?.map(|listing| listing.files).unwrap_or_default();
        listed.truncate(LISTED_MAX);
        Ok(listed)
    }
    async fn evidence(&self, claims: &[&ClaimView]) -> AppResult<Vec<Vec<RunId>>> {
        evidence_of_each(self, claims).await
    }
}

/// A part of the lineage that was read in one direction.
#[derive(Debug)]
pub(crate) struct ReadLineage {
    pub(crate) direction: Direction,
    pub(crate) labels: LoadedNodes,
    /// For each node, the nodes on which it rests, and (below) the nodes that rest on it, as far as the walk reached.
    pub(super) sources: HashMap<NodeId, Vec<NodeId>>,
    pub(super) consequences: HashMap<NodeId, Vec<NodeId>>,
    independent: HashSet<(NodeId, NodeId)>,
    pub(super) listings: HashMap<Digest, Vec<ListedFile>>,
    /// The runs that made a file which another run read within a folder.
    pub(super) makers_in_folders: HashMap<(RunId, Digest), FileUse>,
    /// The runs that read single files out of a folder that a run made.
    pub(super) users_of_folders: HashMap<RunId, Vec<FileUse>>,
    /// The runs on which claims would be judged.
    pub(super) evidence: HashMap<ClaimId, Vec<RunId>>,
    pub(super) parts: HashMap<Digest, Vec<Catalogued>>,
    /// The lineage has more nodes than were read.
    pub(crate) is_truncated: bool,
}

/// Reads the sources of these nodes, or the nodes that rest on them.
pub(crate) async fn read(
    kernel: &Kernel,
    caller: &Caller,
    from: &[NodeId],
    direction: Direction,
    limits: WalkLimits,
) -> AppResult<ReadLineage> {
    read_on(kernel, caller, from, direction, limits).await
}

pub(super) async fn read_on(
    ground: &dyn LineageSource,
    caller: &Caller,
    from: &[NodeId],
    direction: Direction,
    limits: WalkLimits,
) -> AppResult<ReadLineage> {
    let mut read = ReadLineage::nothing(direction);
    let mut known: HashSet<NodeId> = HashSet::new();
    let mut frontier = from.to_vec();
    while !frontier.is_empty() {
        let nodes_max = limits.nodes_max.saturating_sub(known.len());
        if nodes_max == 0 {
            read.is_truncated = true;
            break;
        }
        // A part of a dataset is one edge away from its reader, and the dataset itself two edges.
        let depth_max = limits.depth_max.map(|depth| depth.saturating_add(1));
        let walked = ground.walk(&frontier, direction, WalkLimits { depth_max, nodes_max }).await?;
        read.is_truncated |= walked.is_truncated;
        let ends = walked.edges.iter().flat_map(|edge| [edge.of, edge.on]);
        let new: Vec<NodeId> = frontier.iter().copied().chain(ends).filter(|id| known.insert(*id)).collect();
        for edge in walked.edges {
            read.add_edge(edge.of, edge.on);
            if edge.is_independent {
                read.independent.insert((edge.of, edge.on));
            }
        }
        ground.label(&new, &mut read.labels).await?;
        frontier = read.beyond_edges(ground, caller, &new).await?;
        frontier.retain(|id| !known.contains(id));
    }
    read.find_parts(ground).await?;
    Ok(read)
}

impl ReadLineage {
    fn nothing(direction: Direction) -> Self {
        Self {
            direction,
            labels: LoadedNodes::default(),
            sources: HashMap::new(),
            consequences: HashMap::new(),
            independent: HashSet::new(),
            listings: HashMap::new(),
            makers_in_folders: HashMap::new(),
            users_of_folders: HashMap::new(),
            evidence: HashMap::new(),
            parts: HashMap::new(),
            is_truncated: false,
        }
    }

    fn add_edge(&mut self, of: NodeId, on: NodeId) {
        let sources = self.sources.entry(of).or_default();
        if !sources.contains(&on) {
            sources.push(on);
            self.consequences.entry(on).or_default().push(of);
        }
    }

    /// Whether a person asserted that the first node does not depend on the second.
    pub(crate) fn is_independent(&self, of: NodeId, on: NodeId) -> bool {
        self.independent.contains(&(of, on))
    }

    pub(super) fn sources_of(&self, of: NodeId) -> &[NodeId] {
        self.sources.get(&of).map(Vec::as_slice).unwrap_or_default()
    }

    /// Follows the connections of these nodes that have no edge. Returns the nodes from which the walk continues.
    async fn beyond_edges(
        &mut self,
        ground: &dyn LineageSource,
        caller: &Caller,
        new: &[NodeId],
    ) -> AppResult<Vec<NodeId>> {
        let mut further = Vec::new();
        let (mut runs, mut claims) = (Vec::new(), Vec::new());
        for id in new {
            match (self.labels.node(caller, *id), self.direction) {
                (LineageNode::Claim(claim), Direction::Sources) if claim.judgement.is_none() => claims.push(*claim),
                (LineageNode::Run(run), _) => runs.push(*run),
                _ => {}
            }
        }
        if !claims.is_empty() {
            let evidence = ground.evidence(&claims.iter().collect::<Vec<_>>()).await?;
            further.extend(evidence.iter().flatten().map(|run| NodeId::from(*run)));
            self.evidence.extend(claims.iter().map(|claim| claim.stated.claim).zip(evidence));
        }
        match self.direction {
            Direction::Sources => self.makers_of_files_in_folders(ground, &runs, &mut further).await?,
            Direction::Consequences => self.users_of_files_in_folders(ground, caller, &runs, &mut further).await?,
        }
        Ok(further)
    }

    /// The files in these folders, with their digests. Empty files are ignored.
    async fn open<'f>(
        &mut self,
        ground: &dyn LineageSource,
        files: impl Iterator<Item = &'f FileRef>,
    ) -> AppResult<Vec<Digest>> {
        let mut digests = Vec::new();
        for folder in files.filter(|file| file.kind == FileKind::Folder) {
            let listed = match self.listings.entry(folder.digest) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(ground.listing(folder.digest).await?),
            };
            digests.extend(listed.iter().filter(|file| file.size > 0).map(|file| file.digest));
        }
        Ok(digests)
    }

    async fn makers_of_files_in_folders(
        &mut self,
        ground: &dyn LineageSource,
        runs: &[RunView],
        further: &mut Vec<NodeId>,
    ) -> AppResult<()> {
        let mut wanted = Vec::new();
        for run in runs {
            let files = read_files(run);
            let digests = self.open(ground, files.iter()).await?;
            wanted.extend(digests.into_iter().map(|digest| (run, digest)));
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let digests: HashSet<Digest> = wanted.iter().map(|(_, digest)| *digest).collect();
        let mut makers: HashMap<Digest, Vec<FileUse>> = HashMap::new();
        for made in ground.makers(&digests.into_iter().collect::<Vec<_>>()).await? {
            makers.entry(made.file.digest).or_default().push(made);
        }
        for (run, digest) in wanted {
            let counts = |made: &&FileUse| made.run != run.id && !made.is_check && made.seq < run.submitted_seq;
            // The same rule as for edges: the newest run that had made them.
            let maker = makers.get(&digest).and_then(|makers| makers.iter().filter(counts).max_by_key(|made| made.seq));
            if let Some(maker) = maker {
                further.push(maker.run.into());
                self.makers_in_folders.insert((run.id, digest), maker.clone());
            }
        }
        Ok(())
    }

    async fn users_of_files_in_folders(
        &mut self,
        ground: &dyn LineageSource,
        caller: &Caller,
        runs: &[RunView],
        further: &mut Vec<NodeId>,
    ) -> AppResult<()> {
        let mut wanted: HashMap<Digest, Vec<&RunView>> = HashMap::new();
        for run in runs {
            let made = run.outputs();
            for digest in self.open(ground, made).await? {
                wanted.entry(digest).or_default().push(run);
            }
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let digests: Vec<Digest> = wanted.keys().copied().collect();
        let makers = ground.makers(&digests).await?;
        for used in ground.users(&digests).await? {
            let has_maker =
                |made: &FileUse| made.file.digest == used.file.digest && made.seq < used.seq && !made.is_check;
            if makers.iter().any(has_maker) {
                continue;
            }
            for run in wanted.get(&used.file.digest).into_iter().flatten() {
                if used.run != run.id && used.seq > run.submitted_seq {
                    self.users_of_folders.entry(run.id).or_default().push(used.clone());
                    if caller.may(Role::Viewer, &used.project) {
                        further.push(used.run.into());
                    }
                }
            }
        }
        Ok(())
    }

    /// Finds which of the bytes that runs read are parts of datasets. Such a run rests on the run that split the
    /// dataset.
    async fn find_parts(&mut self, ground: &dyn LineageSource) -> AppResult<()> {
        let mut digests = HashSet::new();
        for run in self.labels.runs.values() {
            for maker in self.sources_of(run.id.into()) {
                let NodeId::Run(maker) = maker else { continue };
                let divides = self.sources_of((*maker).into()).iter().any(|id| match id {
                    NodeId::Dataset(dataset) => self.labels.datasets.get(dataset).is_some_and(|found| found.splits > 0),
                    _ => false,
                });
                if divides {
                    let made: HashSet<Digest> = self.made(*maker).map(|file| file.digest).collect();
                    digests.extend(read_files(run).iter().map(|file| file.digest).filter(|read| made.contains(read)));
                }
            }
        }
        if digests.is_empty() {
            return Ok(());
        }
        for part in ground.catalogued(&digests.into_iter().collect::<Vec<_>>()).await? {
            if part.part.is_some() {
                self.parts.entry(part.digest).or_default().push(part);
            }
        }
        Ok(())
    }

    /// The files that a run made. Empty files are ignored, because they connect nothing.
    pub(super) fn made(&self, run: RunId) -> impl Iterator<Item = &FileRef> {
        self.labels.runs.get(&run).into_iter().flat_map(RunView::outputs).filter(|file| file.size > 0)
    }
}

/// The files that a run read, and the bytes that it read from a pipe.
pub(super) fn read_files(run: &RunView) -> Vec<FileRef> {
    let piped = run.result.as_ref().and_then(|result| result.stdin?.came_through());
    run.spec().into_iter().flat_map(|spec| spec.files_read().cloned()).chain(piped).collect()
}
