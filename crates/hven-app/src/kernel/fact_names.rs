//! Looks up the names in the facts of a page. A thousand facts take as many look-ups as one.

use std::collections::HashSet;

use hven_core::{ClaimId, DatasetId, PublicationId, RepairId, RunId, envelope::Envelope, soundness::NodeId};

use crate::kernel::{
    actors,
    error::AppResult,
    facts::{
        FactDescriber, NAMES_MAX, name_claim, name_dataset, name_plain_node, name_publication, name_repair,
        plain_nouns, subject_run,
    },
    floor::Kernel,
};

/// The kinds of facts that are about a node other than a run.
const NOUNS: [&str; 5] = ["soundness.", "dataset.", "claim.", "publication.", "repair."];

impl FactDescriber {
    /// Looks up the names that these facts need and that are not known yet.
    pub(crate) async fn learn(&mut self, kernel: &Kernel, facts: &[Envelope]) -> AppResult<()> {
        if self.actors.len().max(self.runs.len()).max(self.others.len()) + 3 * facts.len() > NAMES_MAX {
            self.actors.clear();
            self.runs.clear();
            self.others.clear();
        }
        let actors = facts.iter().map(|fact| fact.header.actor).filter(|id| !self.actors.contains_key(id));
        let actors: HashSet<_> = actors.collect();
        self.actors.extend(actors::names_of(kernel, actors).await?);
        self.learn_runs(kernel, facts).await?;
        self.learn_others(kernel, facts).await
    }

    async fn learn_runs(&mut self, kernel: &Kernel, facts: &[Envelope]) -> AppResult<()> {
        let runs = facts.iter().filter_map(|fact| subject_run(&fact.header));
        let runs: HashSet<RunId> = runs.filter(|run| !self.runs.contains_key(run)).collect();
        let runs: Vec<RunId> = runs.into_iter().collect();
        if runs.is_empty() {
            return Ok(());
        }
        let named = kernel.ports.views.run_names(&runs).await?;
        self.runs.extend(runs.into_iter().map(|run| (run, None)));
        self.runs.extend(named.into_iter().map(|run| (run.id, Some((run.handle, run.project)))));
        Ok(())
    }

    /// Looks up datasets, claims, publications and repairs.
    async fn learn_others(&mut self, kernel: &Kernel, facts: &[Envelope]) -> AppResult<()> {
        let [any, datasets, claims, publications, repairs] = NOUNS.map(|noun| {
            let of_noun = facts.iter().filter(|fact| fact.header.kind.starts_with(noun));
            let subjects = of_noun.filter_map(|fact| fact.header.subject);
            subjects.filter(|subject| !self.others.contains_key(subject)).collect::<HashSet<u128>>()
        });
        let of = |noun: &HashSet<u128>| -> Vec<u128> { noun.union(&any).copied().collect() };
        let views = &kernel.ports.views;
        let (datasets, claims, publications) = (of(&datasets), of(&claims), of(&publications));
        for subject in datasets.iter().chain(&claims).chain(&publications).chain(&repairs) {
            self.others.insert(*subject, None);
        }
        if !datasets.is_empty() {
            let ids: Vec<DatasetId> = datasets.into_iter().map(DatasetId::from_u128).collect();
            let found = views.datasets_by_id(&ids).await?.into_iter();
            self.others.extend(found.map(|found| (found.version.dataset.as_u128(), Some(name_dataset(found)))));
        }
        if !claims.is_empty() {
            let ids: Vec<ClaimId> = claims.into_iter().map(ClaimId::from_u128).collect();
            let found = views.claims_by_id(&ids).await?.into_iter();
            self.others.extend(found.map(|found| (found.stated.claim.as_u128(), Some(name_claim(found)))));
        }
        if !repairs.is_empty() {
            let ids: Vec<RepairId> = repairs.into_iter().map(RepairId::from_u128).collect();
            let found = views.repairs_by_id(&ids).await?.into_iter();
            self.others.extend(found.map(|found| (found.begun.repair.as_u128(), Some(name_repair(found)))));
        }
        if !publications.is_empty() {
            let ids: Vec<PublicationId> = publications.into_iter().map(PublicationId::from_u128).collect();
            let found = views.publications_by_id(&ids).await?.into_iter();
            self.others.extend(found.map(|found| (found.made.publication.as_u128(), Some(name_publication(found)))));
        }
        let plain: HashSet<NodeId> = facts
            .iter()
            .filter_map(|fact| Some((fact, fact.header.subject?)))
            .flat_map(|(fact, id)| plain_nouns(&fact.header).filter_map(move |noun| NodeId::of(noun, id)))
            .filter(|node| self.others.get(&node.id()).is_none_or(Option::is_none))
            .collect();
        for node in &plain {
            self.others.entry(node.id()).or_insert(None);
        }
        if !plain.is_empty() {
            let found = views.plain_nodes(&plain.into_iter().collect::<Vec<_>>()).await?.into_iter();
            self.others.extend(found.map(|found| (found.node.id(), Some(name_plain_node(found)))));
        }
        Ok(())
    }
}
