//! Reads the record: describes its facts and verifies it.

use std::collections::HashMap;

use hven_core::{
    ActorId, ClaimId, DatasetId, Fact, PublicationId, RepairId, RunId,
    access::Role,
    envelope::{Envelope, Header},
    handle::Handle,
    project::ProjectPath,
    sentence::Sentence,
    soundness::NodeId,
};

use crate::{
    kernel::{
        actors::{self, ActorName},
        callers::Caller,
        describe_fact::{self, FactNames},
        error::AppResult,
        find::{dataset::reference, publication, run::run_for},
        floor::Kernel,
        plain_nodes,
        sentences::AnswerSentence,
    },
    ports::{
        catalogue::DatasetView,
        claims::ClaimView,
        error,
        publications::PublicationView,
        record::{FactQuery, ReadSoFar, Verification},
        repairs::StartedRepair,
        soundness::PlainNodeView,
    },
};

/// Which facts to list.
#[derive(Clone, Debug, Default)]
pub struct FactFilter {
    pub after: u64,
    pub before: Option<u64>,
    pub newest_first: bool,
    pub kind: Option<String>,
    /// Only facts about this run.
    pub run: Option<String>,
    pub limit: usize,
}

/// A fact as people see it.
#[derive(Clone, Debug)]
pub struct DescribedFact {
    pub envelope: Envelope,
    /// `None` when the payload was erased or cannot be read.
    pub fact: Option<Fact>,
    /// Why the payload cannot be read.
    pub unreadable: Option<String>,
    pub actor: ActorName,
    pub handle: Option<Handle>,
    /// The fact as one line.
    pub said: Sentence,
}

pub async fn list(kernel: &Kernel, caller: &Caller, filter: FactFilter) -> AppResult<Vec<DescribedFact>> {
    caller.require_user()?;
    let subject = match &filter.run {
        Some(name) => Some(run_for(kernel, caller, name, Role::Viewer).await?.id.as_u128()),
        None => {
            caller.require_home(Role::Viewer)?;
            None
        }
    };
    let query = FactQuery {
        after: filter.after,
        newest_first: filter.newest_first,
        before: filter.before,
        kind: filter.kind,
        subject,
        limit: filter.limit,
    };
    let page = kernel.ports.record.facts(query).await?;
    let mut describer = FactDescriber::default();
    describer.learn(kernel, &page).await?;
    let mut described = Vec::with_capacity(page.len());
    for envelope in page {
        described.push(describer.describe(kernel, envelope).await?);
    }
    Ok(described)
}

pub async fn verify(kernel: &Kernel, caller: &Caller, objects: bool) -> AppResult<Verification> {
    caller.require_home(Role::Viewer)?;
    Ok(kernel.ports.record.verify(objects).await?)
}

/// The progress of a verification that is reading objects now.
pub fn verifying(kernel: &Kernel, caller: &Caller) -> AppResult<Option<ReadSoFar>> {
    caller.require_home(Role::Viewer)?;
    Ok(kernel.ports.record.verifying())
}

/// Describes facts, and caches the names that it looked up.
#[derive(Debug, Default)]
pub struct FactDescriber {
    pub(crate) actors: HashMap<ActorId, ActorName>,
    pub(crate) runs: HashMap<RunId, Option<(Handle, ProjectPath)>>,
    /// Datasets, claims and publications.
    pub(crate) others: HashMap<u128, Option<(Sentence, ProjectPath)>>,
}

/// The largest number of cached names, so that a listener that runs for months stays small.
pub(crate) const NAMES_MAX: usize = 10_000;

impl FactDescriber {
    pub async fn describe(&mut self, kernel: &Kernel, envelope: Envelope) -> AppResult<DescribedFact> {
        let fact = envelope.readable_fact().map_err(error::StoreError::from)?;
        let unreadable = envelope.unreadable();
        let actor = self.actor(kernel, envelope.header.actor).await?;
        let handle = self.run(kernel, &envelope.header).await?.map(|(handle, _)| handle);
        let about = self.other(kernel, &envelope.header).await?.map(|(noun, _)| noun);
        let names = FactNames { actor: envelope.header.actor, run: handle, about: about.as_ref() };
        let said = match (&fact, &unreadable) {
            (Some(fact), _) => describe_fact::describe(fact, &names),
            (None, Some(why)) => AnswerSentence::FactUnreadable { why: why.clone() }.sentence(),
            (None, None) => AnswerSentence::FactErased.sentence(),
        };
        Ok(DescribedFact { envelope, fact, unreadable, actor, handle, said })
    }

    /// Whether the caller may see a fact. Facts about runs, datasets, claims and publications need a role in their
    /// project. Other facts need a role in the whole home.
    pub(crate) async fn is_visible(&mut self, kernel: &Kernel, caller: &Caller, header: &Header) -> AppResult<bool> {
        if caller.home_role().is_some() {
            return Ok(true);
        }
        let project = match self.run(kernel, header).await? {
            Some((_, project)) => Some(project),
            None => self.other(kernel, header).await?.map(|(_, project)| project),
        };
        Ok(project.is_some_and(|project| caller.may(Role::Viewer, &project)))
    }

    pub async fn actor(&mut self, kernel: &Kernel, id: ActorId) -> AppResult<ActorName> {
        if let Some(known) = self.actors.get(&id) {
            return Ok(known.clone());
        }
        let name = actors::names_of(kernel, [id]).await?.remove(&id).unwrap_or(ActorName::runner(id));
        if self.actors.len() >= NAMES_MAX {
            self.actors.clear();
        }
        self.actors.insert(id, name.clone());
        Ok(name)
    }

    async fn run(&mut self, kernel: &Kernel, header: &Header) -> AppResult<Option<(Handle, ProjectPath)>> {
        match subject_run(header) {
            Some(run) => self.run_by_id(kernel, run).await,
            None => Ok(None),
        }
    }

    /// The dataset, claim or publication that a fact is about.
    async fn other(&mut self, kernel: &Kernel, header: &Header) -> AppResult<Option<(Sentence, ProjectPath)>> {
        let Some(subject) = header.subject else { return Ok(None) };
        if let Some(known) = self.others.get(&subject) {
            return Ok(known.clone());
        }
        let of_any_noun = header.kind.starts_with("soundness.");
        let found = if of_any_noun {
            let id = DatasetId::from_u128(subject);
            match kernel.ports.views.dataset(id).await? {
                Some(dataset) => Some(name_dataset(dataset)),
                None => match kernel.ports.views.claim(ClaimId::from_u128(subject)).await? {
                    Some(claim) => Some(name_claim(claim)),
                    None => match self.publication(kernel, subject).await? {
                        Some(publication) => Some(publication),
                        None => self.plain(kernel, header, subject).await?,
                    },
                },
            }
        } else if header.kind.starts_with("dataset.") {
            let dataset = kernel.ports.views.dataset(DatasetId::from_u128(subject)).await?;
            dataset.map(name_dataset)
        } else if header.kind.starts_with("claim.") {
            let claim = kernel.ports.views.claim(ClaimId::from_u128(subject)).await?;
            claim.map(name_claim)
        } else if header.kind.starts_with("repair.") {
            let repair = kernel.ports.views.repair(RepairId::from_u128(subject)).await?;
            repair.map(name_repair)
        } else if header.kind.starts_with("publication.") {
            self.publication(kernel, subject).await?
        } else if plain_nouns(header).next().is_some() {
            self.plain(kernel, header, subject).await?
        } else {
            return Ok(None);
        };
        if self.others.len() >= NAMES_MAX {
            self.others.clear();
        }
        self.others.insert(subject, found.clone());
        Ok(found)
    }

    async fn publication(&self, kernel: &Kernel, subject: u128) -> AppResult<Option<(Sentence, ProjectPath)>> {
        let found = kernel.ports.views.publication(PublicationId::from_u128(subject)).await?;
        Ok(found.map(name_publication))
    }

    async fn plain(
        &self,
        kernel: &Kernel,
        header: &Header,
        subject: u128,
    ) -> AppResult<Option<(Sentence, ProjectPath)>> {
        let nodes: Vec<NodeId> = plain_nouns(header).filter_map(|noun| NodeId::of(noun, subject)).collect();
        let found = if nodes.is_empty() { None } else { kernel.ports.views.plain_nodes(&nodes).await?.pop() };
        Ok(found.map(name_plain_node))
    }

    pub(crate) async fn run_by_id(&mut self, kernel: &Kernel, run: RunId) -> AppResult<Option<(Handle, ProjectPath)>> {
        if let Some(known) = self.runs.get(&run) {
            return Ok(known.clone());
        }
        let found = kernel.ports.views.run_names(&[run]).await?.pop();
        let name = found.map(|run| (run.handle, run.project));
        if self.runs.len() >= NAMES_MAX {
            self.runs.clear();
        }
        self.runs.insert(run, name.clone());
        Ok(name)
    }
}

/// The run that a fact is about.
pub(crate) fn subject_run(header: &Header) -> Option<RunId> {
    let about_runs = ["run.", "stream.", "law.", "soundness."].iter().any(|noun| header.kind.starts_with(noun));
    header.subject.filter(|_| about_runs).map(RunId::from_u128)
}

/// The nouns of plain nodes that the fact may be about.
pub(crate) fn plain_nouns(header: &Header) -> impl Iterator<Item = &'static str> {
    let noun = header.kind.split_once('.').map_or("", |(noun, _)| noun);
    plain_nodes::nouns().filter(move |plain| noun == *plain || noun == "soundness")
}

pub(crate) fn name_plain_node(node: PlainNodeView) -> (Sentence, ProjectPath) {
    (plain_nodes::called(&node), node.project)
}

pub(crate) fn name_publication(publication: PublicationView) -> (Sentence, ProjectPath) {
    let said = AnswerSentence::ThePublication { publication: publication::reference(&publication) };
    (said.sentence(), publication.made.project)
}

pub(crate) fn name_repair(repair: StartedRepair) -> (Sentence, ProjectPath) {
    (AnswerSentence::TheRepair { number: repair.begun.number }.sentence(), repair.begun.project)
}

pub(crate) fn name_dataset(dataset: DatasetView) -> (Sentence, ProjectPath) {
    (AnswerSentence::TheDataset { dataset: reference(&dataset) }.sentence(), dataset.version.project)
}

pub(crate) fn name_claim(claim: ClaimView) -> (Sentence, ProjectPath) {
    (AnswerSentence::TheClaim { claim: claim.stated.name.to_string() }.sentence(), claim.stated.project)
}
