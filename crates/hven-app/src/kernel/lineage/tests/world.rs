//! A small lineage in memory: its events in their order, and the edges that follow from them.

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    sync::Mutex,
};

use async_trait::async_trait;
use hven_core::{
    ActorId, ClaimId, DatasetId, Digest, PublicationId, RunId, Time,
    catalogue::VersionAdded,
    claim::{Evidence, Judged, Ledger, Stated, Verdict},
    handle::Handle,
    object::{FileKind, FileRef, ListedFile},
    publication::PublicationMade,
    reproduction::Tolerances,
    resources::UnitNames,
    run::{AttemptResult, LogExtent, Outcome, Spec, State, Usage},
    soundness::NodeId,
};

use crate::{
    kernel::{
        error::AppResult,
        lineage::{nodes::LoadedNodes, reader::LineageSource},
    },
    ports::{
        catalogue::{Catalogued, DatasetView},
        claims::{ClaimView, JudgementView},
        publications::PublicationView,
        run::{FileUse, RunView, RunWork},
        soundness::{Direction, LineageEdge, WalkLimits, WalkResult},
    },
};

pub(super) const SEEN: &str = "seen";
pub(super) const HIDDEN: &str = "hidden";

/// The events, for the naive search.
pub(super) enum Event {
    Read { run: NodeId, digests: Vec<Digest> },
    Made { run: NodeId, digests: Vec<Digest> },
    Dataset { dataset: NodeId, run: NodeId, content: Digest, source: Option<Digest> },
    Held { of: NodeId, on: Vec<NodeId> },
}

#[derive(Default)]
pub(super) struct World {
    pub(super) known: LoadedNodes,
    pub(super) history: Vec<Event>,
    pub(super) edges: Vec<(NodeId, NodeId)>,
    datasets: HashMap<Digest, NodeId>,
    makers: HashMap<Digest, NodeId>,
    imported: HashMap<Digest, NodeId>,
    pub(super) listings: HashMap<Digest, Vec<ListedFile>>,
    pub(super) parts: Vec<Catalogued>,
    made: Vec<FileUse>,
    read: Vec<FileUse>,
    seq: u64,
    /// The queries, in their order.
    pub(super) asked: Mutex<Vec<&'static str>>,
}

pub(super) fn run_id(n: u64) -> RunId {
    RunId::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::from(n))
}
pub(super) fn dataset_id(n: u64) -> DatasetId {
    DatasetId::from_u128(0x0191_0000_0000_7000_8000_0000_0000_0000 + u128::from(n))
}
pub(super) fn claim_id(n: u64) -> ClaimId {
    ClaimId::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0000 + u128::from(n))
}
pub(super) fn publication_id(n: u64) -> PublicationId {
    PublicationId::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 + u128::from(n))
}

/// A file whose content is its own name. A name that begins with `/` is a folder.
pub(super) fn file(name: &str) -> FileRef {
    let kind = if name.starts_with('/') { FileKind::Folder } else { FileKind::File };
    FileRef { path: name.to_owned(), digest: Digest::of(name.as_bytes()), size: name.len() as u64, kind }
}

fn digests(files: &[FileRef]) -> Vec<Digest> {
    files.iter().map(|file| file.digest).collect()
}

impl World {
    fn next_seq(&mut self) -> u64 {
        self.seq += 1;
        self.seq
    }

    fn edge(&mut self, of: NodeId, on: NodeId) {
        if of != on && !self.edges.contains(&(of, on)) {
            self.edges.push((of, on));
        }
    }

    /// Adds a run that reads and makes files.
    pub(super) fn run(&mut self, n: u64, project: &str, reads: &[&str], makes: &[&str]) -> NodeId {
        let seq = self.next_seq();
        let inputs: Vec<FileRef> = reads.iter().copied().map(file).collect();
        let view = RunView {
            id: run_id(n),
            handle: Handle { count: n },
            project: project.parse().expect("a path"),
            name: None,
            submitted_by: ActorId::SYSTEM,
            submitted: Time::from_micros(seq as i64),
            submitted_seq: seq,
            work: RunWork::Started(Box::new(Spec { inputs: inputs.clone(), ..Spec::of_command(Vec::new(), "/work") })),
            files_added: Vec::new(),
            launch: String::new(),
            cache_key: None,
            purpose: None,
            tolerances: Tolerances::default(),
            state: State::Done,
            attempts: 1,
            runner: None,
            started: None,
            ended: None,
            end_recorded: None,
            result: None,
            params: BTreeMap::new(),
            params_before: BTreeMap::new(),
            added: Vec::new(),
            set_aside: Vec::new(),
            software: None,
            tags: Default::default(),
            note: None,
            archived: false,
            deleted: None,
            queue: crate::ports::queueing::QueueState::default(),
        };
        let run = NodeId::from(view.id);
        for read in inputs.iter().filter(|read| read.size > 0) {
            let from = self.datasets.get(&read.digest).or_else(|| self.makers.get(&read.digest)).copied();
            let imported = self.imported.get(&read.digest).copied();
            for on in from.into_iter().chain(imported) {
                self.edge(run, on);
            }
            self.read.push(used(&view, read.clone(), seq));
        }
        self.history.push(Event::Read { run, digests: digests(&inputs) });
        self.known.runs.insert(view.id, view);
        self.makes(n, makes);
        run
    }

    fn makes(&mut self, n: u64, makes: &[&str]) {
        let seq = self.next_seq();
        let outputs: Vec<FileRef> = makes.iter().copied().map(file).collect();
        let run = run_id(n);
        let Some(view) = self.known.runs.get_mut(&run) else { return };
        view.end_recorded = Some(Time::from_micros(seq as i64));
        view.result = Some(AttemptResult {
            outcome: Outcome::Done,
            started: None,
            ended: None,
            wall_s: 0.0,
            usage: Usage::default(),
            outputs: outputs.clone(),
            outputs_missing: Vec::new(),
            log: LogExtent::default(),
            stdin: None,
            changed: Vec::new(),
            units: UnitNames::new(),
        });
        self.made.extend(outputs.iter().map(|made| used(view, made.clone(), seq)));
        self.makers.extend(outputs.iter().map(|made| (made.digest, NodeId::from(run))));
        self.history.push(Event::Made { run: run.into(), digests: digests(&outputs) });
    }

    pub(super) fn dataset(&mut self, n: u64, run: u64, content: &str, source: Option<&str>) -> NodeId {
        let seq = self.next_seq();
        let (dataset, run) = (NodeId::from(dataset_id(n)), run_id(run));
        let (content, source) = (file(content), source.map(file));
        self.edge(dataset, run.into());
        if let Some(same) = self.datasets.insert(content.digest, dataset) {
            self.edge(dataset, same);
            self.edge(same, dataset);
        }
        self.imported.extend(source.iter().map(|source| (source.digest, dataset)));
        let source_digest = source.as_ref().map(|source| source.digest);
        self.history.push(Event::Dataset { dataset, run: run.into(), content: content.digest, source: source_digest });
        let version = VersionAdded {
            dataset: dataset_id(n),
            project: SEEN.parse().expect("a path"),
            name: format!("planets{n}").parse().expect("a name"),
            version: 1,
            run,
            source,
            content,
            report: Digest::of(b"{}"),
            rows: 8,
            columns: 4,
            problems: 0,
            checks_failed: 0,
            license: None,
            description: None,
        };
        let (added, handle) = (Time::from_micros(seq as i64), Handle { count: 0 });
        let view = DatasetView { version, added, added_by: ActorId::SYSTEM, handle, newest: true, splits: 0 };
        self.known.datasets.insert(dataset_id(n), view);
        dataset
    }

    /// Makes an output of a run a part of a dataset that the run read.
    pub(super) fn part(&mut self, dataset: u64, name: &str) {
        let part = Some(name.parse().expect("a name"));
        let digest = file(name).digest;
        self.parts.push(Catalogued { digest, dataset: dataset_id(dataset), part, held_out: false });
        if let Some(view) = self.known.datasets.get_mut(&dataset_id(dataset)) {
            view.splits += 1;
        }
    }

    pub(super) fn claim(&mut self, n: u64, runs: &[u64], is_judged: bool) -> NodeId {
        let time = Time::from_micros(self.next_seq() as i64);
        let (claim, evidence) = (claim_id(n), runs.iter().map(|run| run_id(*run)).collect::<Vec<_>>());
        let stated = Stated {
            claim,
            project: SEEN.parse().expect("a path"),
            name: format!("kepler{n}").parse().expect("a name"),
            statement: "It holds.".to_owned(),
            test: "x > 0".to_owned(),
            grammar: 1,
            evidence: evidence.iter().map(|run| Evidence::Run(*run)).collect(),
            revision: 1,
        };
        if is_judged {
            for run in &evidence {
                self.edge(claim.into(), (*run).into());
            }
        }
        let on = evidence.iter().map(|run| NodeId::from(*run)).collect();
        self.history.push(Event::Held { of: claim.into(), on });
        let judged = Judged {
            claim,
            revision: 1,
            verdict: Verdict::Holds,
            because: String::new(),
            test: "x > 0".to_owned(),
            filled_in: "1 > 0".to_owned(),
            evidence,
            quantities: BTreeMap::new(),
            ledger: Ledger::default(),
        };
        let judgement = is_judged.then_some(JudgementView { judged, time, by: ActorId::SYSTEM });
        self.known.claims.insert(claim, ClaimView { stated, time, by: ActorId::SYSTEM, judgement });
        claim.into()
    }

    pub(super) fn publication(&mut self, n: u64, claim: u64, runs: &[u64]) -> NodeId {
        let time = Time::from_micros(self.next_seq() as i64);
        let evidence: Vec<RunId> = runs.iter().map(|run| run_id(*run)).collect();
        let publication = publication_id(n);
        let on: Vec<NodeId> =
            std::iter::once(NodeId::from(claim_id(claim))).chain(evidence.iter().map(|run| (*run).into())).collect();
        for held in &on {
            self.edge(publication.into(), *held);
        }
        self.history.push(Event::Held { of: publication.into(), on });
        let made = PublicationMade {
            publication,
            project: SEEN.parse().expect("a path"),
            name: format!("paper{n}").parse().expect("a name"),
            version: 1,
            supersedes: None,
            identifier: String::new(),
            title: String::new(),
            claims: vec![claim_id(claim)],
            evidence,
            state: Digest::ZERO,
            fingerprint: Digest::ZERO,
            archive: Digest::ZERO,
            archive_bytes: 0,
            page: Digest::ZERO,
            description: Digest::ZERO,
            files: 0,
            bytes: 0,
            withheld: Vec::new(),
        };
        self.known.publications.insert(publication, PublicationView { made, time, by: ActorId::SYSTEM, newest: true });
        publication.into()
    }

    /// Adds a folder `name` with these files.
    pub(super) fn folder(&mut self, name: &str, files: &[&str]) {
        let listed = |name: &&str| {
            let FileRef { path, digest, size, .. } = file(name);
            ListedFile { path, digest, size, executable: false }
        };
        self.listings.insert(file(name).digest, files.iter().map(listed).collect());
    }

    fn ask(&self, what: &'static str) {
        self.asked.lock().expect("no test has failed").push(what);
    }
}

fn used(run: &RunView, file: FileRef, seq: u64) -> FileUse {
    FileUse { run: run.id, handle: run.handle, project: run.project.clone(), file, seq, is_check: false }
}

#[async_trait]
impl LineageSource for World {
    async fn walk(&self, from: &[NodeId], direction: Direction, limits: WalkLimits) -> AppResult<WalkResult> {
        self.ask("walk");
        let mut walked = WalkResult::default();
        let mut seen: HashSet<NodeId> = from.iter().copied().collect();
        let mut queue: VecDeque<(NodeId, u32)> = from.iter().map(|id| (*id, 0)).collect();
        while let Some((at, depth)) = queue.pop_front() {
            if limits.depth_max.is_some_and(|max| depth >= max) {
                continue;
            }
            for &(of, on) in &self.edges {
                let (near, far) = match direction {
                    Direction::Sources => (of, on),
                    Direction::Consequences => (on, of),
                };
                if near != at {
                    continue;
                }
                if !seen.contains(&far) {
                    if seen.len() >= limits.nodes_max {
                        walked.is_truncated = true;
                        continue;
                    }
                    seen.insert(far);
                    queue.push_back((far, depth + 1));
                }
                walked.edges.push(LineageEdge { of, on, is_independent: false });
            }
        }
        Ok(walked)
    }

    async fn label(&self, nodes: &[NodeId], labels: &mut LoadedNodes) -> AppResult<()> {
        self.ask("label");
        for node in nodes {
            match node {
                NodeId::Run(id) => labels.runs.extend(self.known.runs.get(id).map(|run| (*id, run.clone()))),
                NodeId::Dataset(id) => {
                    labels.datasets.extend(self.known.datasets.get(id).map(|one| (*id, one.clone())));
                }
                NodeId::Claim(id) => labels.claims.extend(self.known.claims.get(id).map(|claim| (*id, claim.clone()))),
                NodeId::Publication(id) => {
                    labels.publications.extend(self.known.publications.get(id).map(|one| (*id, one.clone())));
                }
                #[allow(unreachable_patterns, reason = "there may be no plain nodes")]
                _ => {}
            }
        }
        Ok(())
    }

    async fn catalogued(&self, digests: &[Digest]) -> AppResult<Vec<Catalogued>> {
        self.ask("catalogued");
        Ok(self.parts.iter().filter(|part| digests.contains(&part.digest)).cloned().collect())
    }

    async fn makers(&self, digests: &[Digest]) -> AppResult<Vec<FileUse>> {
        self.ask("makers");
        Ok(self.made.iter().rev().filter(|made| digests.contains(&made.file.digest)).cloned().collect())
    }

    async fn users(&self, digests: &[Digest]) -> AppResult<Vec<FileUse>> {
        self.ask("users");
        Ok(self.read.iter().filter(|read| digests.contains(&read.file.digest)).cloned().collect())
    }

    async fn listing(&self, folder: Digest) -> AppResult<Vec<ListedFile>> {
        self.ask("listing");
        Ok(self.listings.get(&folder).cloned().unwrap_or_default())
    }

    async fn evidence(&self, claims: &[&ClaimView]) -> AppResult<Vec<Vec<RunId>>> {
        self.ask("evidence");
        let run = |piece: &Evidence| match piece {
            Evidence::Run(run) => Some(*run),
            Evidence::Step(_) => None,
        };
        Ok(claims.iter().map(|claim| claim.stated.evidence.iter().filter_map(run).collect()).collect())
    }
}
