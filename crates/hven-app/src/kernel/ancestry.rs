//! What anything rests on, down to raw bytes, and what rests on it: runs, datasets and claims alike. Runs alone, as the
//! page of a run shows them, are in [`crate::lineage`].

use std::collections::{HashSet, VecDeque};

use hven_core::{
    ClaimId, DatasetId, Digest, PublicationId, RunId, access::Role, object::FileRef, project::ProjectPath, run::Code,
    sentence::Sentence,
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        evidence,
        find::{
            claim,
            dataset::{self, reference},
            publication,
            run::run_for,
        },
        floor::Kernel,
        lineage::why::{self, Direction, joints},
        sayings::Saying,
    },
    ports::{
        catalogue::{Catalogued, DatasetView},
        claims::ClaimView,
        publications::PublicationView,
        run::{RunName, RunView, Use},
    },
};

/// Something that has a lineage.
#[derive(Clone, Debug)]
pub enum Node {
    Run(Box<RunView>),
    Dataset(Box<DatasetView>),
    Claim(Box<ClaimView>),
    Publication(Box<PublicationView>),
    /// Bytes that nothing here made.
    Raw(FileRef),
    Code(Code),
    /// Something that the caller may not see.
    Hidden,
}

#[derive(Clone, Debug)]
pub struct Step {
    pub depth: u32,
    pub node: Node,
    /// The bytes that join it to the one nearer.
    pub through: Option<FileRef>,
}

#[derive(Clone, Debug)]
pub struct Ancestry {
    pub of: Node,
    pub rests_on: Vec<Step>,
    pub supports: Vec<Step>,
    pub truncated: bool,
}

const STEPS_MAX: usize = 1000;

const USES_MAX: usize = 100;

/// The lineage of what a person names: `claim/kepler3`, `publication/kepler3@2`, `planets@1`, or a run.
pub async fn of(kernel: &Kernel, caller: &Caller, name: &str, project: Option<&ProjectPath>) -> AppResult<Ancestry> {
    caller.require_user()?;
    let start = named(kernel, caller, name, project).await?;
    let mut truncated = false;
    let rests_on = walk(kernel, caller, &start, Direction::Sources, &mut truncated).await?;
    let supports = walk(kernel, caller, &start, Direction::Consequences, &mut truncated).await?;
    Ok(Ancestry { of: start, rests_on, supports, truncated })
}

pub(crate) async fn named(
    kernel: &Kernel,
    caller: &Caller,
    name: &str,
    project: Option<&ProjectPath>,
) -> AppResult<Node> {
    if let Some(claim) = name.strip_prefix("claim/") {
        let claim = claim::find(kernel, caller, claim, project, Role::Viewer).await?;
        return Ok(Node::Claim(Box::new(claim)));
    }
    if let Some(publication) = name.strip_prefix("publication/") {
        let publication = publication::find(kernel, caller, publication, project, Role::Viewer).await?;
        return Ok(Node::Publication(Box::new(publication)));
    }
    if let Some(dataset) = name.strip_prefix("data/") {
        let (dataset, _) = dataset::find(kernel, caller, dataset, project, Role::Viewer).await?;
        return Ok(Node::Dataset(Box::new(dataset)));
    }
    let name = name.strip_prefix("run/").unwrap_or(name);
    match run_for(kernel, caller, name, Role::Viewer).await {
        Ok(run) => Ok(Node::Run(Box::new(run))),
        // A name that no run has may be that of a dataset.
        Err(AppError::NotFound { .. }) => match dataset::find(kernel, caller, name, project, Role::Viewer).await {
            Ok((dataset, _)) => Ok(Node::Dataset(Box::new(dataset))),
            Err(AppError::NotFound { .. }) => Err(AppError::not_found("run or dataset", name)),
            Err(other) => Err(other),
        },
        Err(other) => Err(other),
    }
}

/// The datasets that anything rests on.
pub(crate) async fn datasets_under(kernel: &Kernel, caller: &Caller, start: &Node) -> AppResult<Vec<DatasetView>> {
    let steps = walk(kernel, caller, start, Direction::Sources, &mut false).await?;
    let datasets = steps.into_iter().filter_map(|step| match step.node {
        Node::Dataset(dataset) => Some(*dataset),
        _ => None,
    });
    Ok(datasets.collect())
}

/// Breadth first, each node once, nearest first.
pub(crate) async fn walk(
    kernel: &Kernel,
    caller: &Caller,
    start: &Node,
    direction: Direction,
    truncated: &mut bool,
) -> AppResult<Vec<Step>> {
    let mut steps = Vec::new();
    let mut seen = Seen::default();
    seen.is_new(start);
    let mut queue = VecDeque::from([(start.clone(), 0)]);
    while let Some((node, depth)) = queue.pop_front() {
        for (next, through) in neighbours(kernel, caller, &node, direction).await? {
            if !seen.is_new(&next) {
                continue;
            }
            if steps.len() >= STEPS_MAX {
                *truncated = true;
                return Ok(steps);
            }
            if matches!(next, Node::Run(_) | Node::Dataset(_) | Node::Claim(_) | Node::Publication(_)) {
                queue.push_back((next.clone(), depth + 1));
            }
            steps.push(Step { depth: depth + 1, node: next, through });
        }
    }
    Ok(steps)
}

#[derive(Default)]
struct Seen {
    runs: HashSet<RunId>,
    datasets: HashSet<DatasetId>,
    claims: HashSet<ClaimId>,
    publications: HashSet<PublicationId>,
    raw: HashSet<Digest>,
}

impl Seen {
    fn is_new(&mut self, node: &Node) -> bool {
        match node {
            Node::Run(run) => self.runs.insert(run.id),
            Node::Dataset(dataset) => self.datasets.insert(dataset.version.dataset),
            Node::Claim(claim) => self.claims.insert(claim.stated.claim),
            Node::Publication(publication) => self.publications.insert(publication.made.publication),
            Node::Raw(file) => self.raw.insert(file.digest),
            Node::Code(_) | Node::Hidden => true,
        }
    }
}

pub(crate) type Joined = (Node, Option<FileRef>);

/// What lies one step away, and the bytes that join it.
pub(crate) async fn neighbours(
    kernel: &Kernel,
    caller: &Caller,
    node: &Node,
    direction: Direction,
) -> AppResult<Vec<Joined>> {
    match (node, direction) {
        (Node::Run(run), Direction::Sources) => sources_of_run(kernel, caller, run).await,
        (Node::Run(run), Direction::Consequences) => consequences_of_run(kernel, caller, run).await,
        (Node::Dataset(dataset), Direction::Sources) => {
            let source = dataset.version.source.clone();
            Ok(vec![(run_node(kernel, caller, dataset.version.run).await?, source)])
        }
        (Node::Dataset(dataset), Direction::Consequences) => consequences_of_dataset(kernel, caller, dataset).await,
        (Node::Claim(claim), Direction::Sources) => {
            let mut found = Vec::new();
            for run in evidence::evidence_of(kernel, claim).await? {
                found.push((run_node(kernel, caller, run).await?, None));
            }
            Ok(found)
        }
        (Node::Claim(claim), Direction::Consequences) => {
            let mut found = Vec::new();
            for publication in kernel.ports.views.publications_of(claim.stated.claim).await? {
                let visible = caller.may(Role::Viewer, &publication.made.project);
                found.push((if visible { Node::Publication(Box::new(publication)) } else { Node::Hidden }, None));
            }
            Ok(found)
        }
        (Node::Publication(publication), Direction::Sources) => {
            let mut found = Vec::new();
            for claim in &publication.made.claims {
                found.push((claim_node(kernel, caller, *claim).await?, None));
            }
            for run in &publication.made.evidence {
                found.push((run_node(kernel, caller, *run).await?, None));
            }
            Ok(found)
        }
        (Node::Publication(_) | Node::Raw(_) | Node::Code(_) | Node::Hidden, _) => Ok(Vec::new()),
    }
}

async fn sources_of_run(kernel: &Kernel, caller: &Caller, run: &RunView) -> AppResult<Vec<Joined>> {
    let mut found = Vec::new();
    found.extend(run.spec.as_ref().and_then(|spec| spec.code.clone()).map(|code| (Node::Code(code), None)));
    let near = kernel.ports.views.direct_sources(run.id.into()).await?;
    for file in joints(kernel, run, Direction::Sources).await? {
        let mut catalogued = kernel.ports.views.catalogued(&[file.digest]).await?;
        let mut makers = kernel.ports.views.makers(file.digest, USES_MAX).await?;
        makers.retain(|maker| maker.run != run.id);
        // The same bytes may have been made more than once: the source is the maker on which the run rests. What came out
        // of a folder has no edge of its own: then it is the first.
        let at = makers.iter().position(|maker| near.contains(&maker.run.into())).unwrap_or(0);
        let maker = (at < makers.len()).then(|| makers.swap_remove(at));
        only_those_near(kernel, &near, maker.as_ref(), &mut catalogued).await?;
        let from = (maker.as_ref()).map_or_else(|| file.clone(), |maker| maker.file.clone());
        // A run that divides a dataset is no source of itself.
        let own = kernel.ports.views.split_of_run(run.id).await?;
        for one in &catalogued {
            if let Some(dataset) = kernel.ports.views.dataset(one.dataset).await? {
                let through = FileRef { path: joined_name(&dataset, one.part.as_ref()), ..file.clone() };
                if own != Some(one.dataset) || one.part.is_none() {
                    found.push((dataset_node(caller, dataset), Some(through)));
                }
            }
        }
        let brought_in = if catalogued.is_empty() { brought_in_from(kernel, &near, &file).await? } else { None };
        match maker {
            // The import of a dataset follows behind the dataset; the run that divided it stands beside it.
            Some(_) if catalogued.iter().any(|one| one.part.is_none()) => {}
            Some(maker) => found.push((run_node(kernel, caller, maker.run).await?, Some(from))),
            None if catalogued.is_empty() && brought_in.is_none() => {
                found.push((Node::Raw(file.clone()), Some(file.clone())));
            }
            None => {}
        }
        found.extend(brought_in.map(|dataset| (dataset_node(caller, dataset), Some(file))));
    }
    Ok(found)
}

/// The dataset on which a run rests because it read the file that this was brought in from.
async fn brought_in_from(
    kernel: &Kernel,
    near: &[hven_core::soundness::Node],
    file: &FileRef,
) -> AppResult<Option<DatasetView>> {
    for node in near {
        let hven_core::soundness::Node::Dataset(dataset) = node else { continue };
        let dataset = kernel.ports.views.dataset(*dataset).await?;
        let is_source = |of: &FileRef| of.digest == file.digest;
        if let Some(dataset) = dataset.filter(|dataset| dataset.version.source.as_ref().is_some_and(is_source)) {
            return Ok(Some(dataset));
        }
    }
    Ok(None)
}

/// Of several datasets of the same bytes, those on which the run rests: itself, or through the run that divided them.
async fn only_those_near(
    kernel: &Kernel,
    near: &[hven_core::soundness::Node],
    maker: Option<&Use>,
    catalogued: &mut Vec<Catalogued>,
) -> AppResult<()> {
    if catalogued.len() < 2 {
        return Ok(());
    }
    let mut behind = near.to_vec();
    if let Some(maker) = maker {
        behind.extend(kernel.ports.views.direct_sources(maker.run.into()).await?);
    }
    if catalogued.iter().any(|one| behind.contains(&one.dataset.into())) {
        catalogued.retain(|one| behind.contains(&one.dataset.into()));
    }
    Ok(())
}

fn joined_name(dataset: &DatasetView, part: Option<&hven_core::name::Name>) -> String {
    match part {
        Some(part) => format!("{}.{part}", reference(dataset)),
        None => reference(dataset),
    }
}

async fn consequences_of_run(kernel: &Kernel, caller: &Caller, run: &RunView) -> AppResult<Vec<Joined>> {
    let mut found = Vec::new();
    for dataset in kernel.ports.views.datasets_of_run(run.id).await? {
        let through = dataset.version.content.clone();
        found.push((dataset_node(caller, dataset), Some(through)));
    }
    for claim in kernel.ports.views.claims_resting_on(run.id).await? {
        let visible = caller.may(Role::Viewer, &claim.stated.project);
        found.push((if visible { Node::Claim(Box::new(claim)) } else { Node::Hidden }, None));
    }
    for file in joints(kernel, run, Direction::Consequences).await? {
        found.extend(users_of(kernel, caller, &file, Some(run.id)).await?);
    }
    Ok(found)
}

async fn consequences_of_dataset(kernel: &Kernel, caller: &Caller, dataset: &DatasetView) -> AppResult<Vec<Joined>> {
    let mut found = users_of(kernel, caller, &dataset.version.content, None).await?;
    for part in kernel.ports.views.splits(dataset.version.dataset).await?.into_iter().flat_map(|split| split.parts) {
        found.extend(users_of(kernel, caller, &part.content, None).await?);
    }
    if let Some(source) = &dataset.version.source {
        // Who brings the file in, or read it before it was brought in, does not rest on what came of it.
        for used in kernel.ports.views.users_of(source.digest, USES_MAX).await? {
            let near = kernel.ports.views.direct_sources(used.run.into()).await?;
            if near.contains(&dataset.version.dataset.into()) {
                found.push((run_node(kernel, caller, used.run).await?, Some(used.file)));
            }
        }
    }
    Ok(found)
}

async fn users_of(kernel: &Kernel, caller: &Caller, file: &FileRef, but: Option<RunId>) -> AppResult<Vec<Joined>> {
    let mut found = Vec::new();
    for used in kernel.ports.views.users_of(file.digest, USES_MAX).await? {
        if Some(used.run) != but {
            found.push((run_node(kernel, caller, used.run).await?, Some(used.file)));
        }
    }
    Ok(found)
}

pub(crate) async fn run_node(kernel: &Kernel, caller: &Caller, run: RunId) -> AppResult<Node> {
    let run = kernel.ports.views.runs_named(&RunName::Id(run)).await?.pop();
    Ok(match run {
        Some(run) if caller.may(Role::Viewer, &run.project) => Node::Run(Box::new(run)),
        _ => Node::Hidden,
    })
}

fn dataset_node(caller: &Caller, dataset: DatasetView) -> Node {
    if caller.may(Role::Viewer, &dataset.version.project) { Node::Dataset(Box::new(dataset)) } else { Node::Hidden }
}

async fn claim_node(kernel: &Kernel, caller: &Caller, claim: ClaimId) -> AppResult<Node> {
    Ok(match kernel.ports.views.claim(claim).await? {
        Some(claim) if caller.may(Role::Viewer, &claim.stated.project) => Node::Claim(Box::new(claim)),
        _ => Node::Hidden,
    })
}

/// One line for people.
pub fn said(node: &Node) -> Sentence {
    match node {
        Node::Run(run) => {
            let handle = Saying::run(Some(run.handle));
            match &run.name {
                Some(name) => Saying::StepNamedRun { run: handle, name: name.clone() },
                None => Saying::StepRun { run: handle },
            }
        }
        Node::Dataset(dataset) => match dataset.version.rows {
            1 => Saying::StepDatasetOfOneRow { dataset: reference(dataset) },
            rows => Saying::StepDataset { dataset: reference(dataset), rows },
        },
        Node::Claim(claim) => {
            let name = claim.stated.name.to_string();
            match &claim.judgement {
                Some(judgement) => {
                    let verdict = Saying::from(judgement.judged.verdict).sentence();
                    Saying::StepClaim { claim: name, verdict }
                }
                None => Saying::StepClaimUnjudged { claim: name },
            }
        }
        Node::Publication(publication) => Saying::StepPublication {
            publication: publication::reference(publication),
            title: publication.made.title.clone(),
        },
        Node::Raw(file) => Saying::StepRaw { path: file.path.clone() },
        Node::Code(code) => why::code(code),
        Node::Hidden => Saying::StepHiddenNode,
    }
    .sentence()
}
