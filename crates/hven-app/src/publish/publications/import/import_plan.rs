//! Plans the facts to record for an imported publication.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::{
    Digest, Fact, RunId,
    access::Role,
    name::Name,
    project::ProjectPath,
    publication::{
        ImportedNode,
        description::{Publication, PublishedSoundness},
        evidence::Run,
    },
    soundness::{IndependenceAsserted, NodeId, Retracted},
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        projects::new_project,
    },
    publish::floor::Publish,
};

/// The facts to record.
pub(super) struct ImportPlan<'p> {
    pub(super) facts: Vec<Fact>,
    pub(super) nodes: Vec<ImportedNode>,
    /// Runs that are not here yet.
    pub(super) runs: Vec<&'p Run>,
    pub(super) datasets: Vec<String>,
    pub(super) project: ProjectPath,
    /// Projects that are made with the import.
    projects: BTreeSet<ProjectPath>,
    /// Numbers of versions that the import uses.
    pub(super) versions: BTreeMap<(ProjectPath, Name), u32>,
}

pub(super) struct ImportContext<'a> {
    pub(super) publish: &'a Publish,
    pub(super) caller: &'a Caller,
    pub(super) publication: &'a Publication,
    pub(super) project: Option<&'a ProjectPath>,
    /// Inputs and outputs of runs that the publication did not withhold and that the importer may not name.
    pub(super) missing: BTreeSet<Digest>,
}

impl<'a> ImportContext<'a> {
    pub(super) async fn plan(&self) -> AppResult<ImportPlan<'a>> {
        let first = self.publication.claims.first();
        let first = first.ok_or_else(|| AppError::invalid("the publication", "holds no claim"))?;
        let mut plan = ImportPlan {
            facts: Vec::new(),
            nodes: Vec::new(),
            runs: Vec::new(),
            datasets: Vec::new(),
            project: self.place(&first.project)?,
            projects: BTreeSet::new(),
            versions: BTreeMap::new(),
        };
        for run in self.in_order() {
            self.run(run, &mut plan).await?;
            for dataset in self.publication.datasets.iter().filter(|one| one.made_by == Some(run.id)) {
                self.dataset(dataset, &mut plan).await?;
            }
            for dataset in &self.publication.datasets {
                self.split(dataset, run, &mut plan).await?;
            }
        }
        for claim in &self.publication.claims {
            self.claim(claim, &mut plan).await?;
        }
        self.add_notices(&mut plan);
        Ok(plan)
    }

    pub(super) fn place(&self, text: &str) -> AppResult<ProjectPath> {
        let project = match self.project {
            Some(project) => project.clone(),
            None => text.parse()?,
        };
        self.caller.require(Role::Member, &project)?;
        Ok(project)
    }

    /// The runs in an order in which each follows the makers of its inputs.
    pub(super) fn in_order(&self) -> Vec<&'a Run> {
        let mut waiting: Vec<&Run> = self.publication.runs.iter().collect();
        let mut makers: BTreeMap<Digest, BTreeSet<RunId>> = BTreeMap::new();
        for run in &waiting {
            for file in &run.outputs {
                makers.entry(file.digest).or_default().insert(run.id);
            }
        }
        let (mut ordered, mut done) = (Vec::with_capacity(waiting.len()), BTreeSet::new());
        while !waiting.is_empty() {
            let is_ready = |run: &&Run| {
                let mut needed = run.inputs.iter().filter_map(|file| makers.get(&file.digest));
                needed.all(|makers| makers.contains(&run.id) || makers.iter().any(|maker| done.contains(maker)))
            };
            let (ready, later): (Vec<&Run>, Vec<&Run>) = waiting.iter().copied().partition(is_ready);
            // No home makes a cycle. If there is one, the order of the list is used.
            let (ready, later) = if ready.is_empty() { (later, ready) } else { (ready, later) };
            done.extend(ready.iter().map(|run| run.id));
            ordered.extend(ready);
            waiting = later;
        }
        ordered
    }

    pub(super) async fn add_project(&self, project: &ProjectPath, plan: &mut ImportPlan<'a>) -> AppResult<()> {
        if plan.projects.insert(project.clone()) {
            plan.facts.extend(new_project(self.publish, project).await?);
        }
        Ok(())
    }

    /// Adds retractions and asserted independence of the publication, but only for nodes that come with this import.
    pub(super) fn add_notices(&self, plan: &mut ImportPlan<'a>) {
        let came: BTreeSet<NodeId> = plan.nodes.iter().map(|came| came.node).collect();
        let nodes = self.nodes();
        let by = &self.publication.publisher.name;
        for notice in self.publication.notices.iter().filter(|notice| notice.standing == PublishedSoundness::Retracted)
        {
            let Some(node) = nodes.get(notice.about.as_str()).filter(|node| came.contains(node)) else { continue };
            let because = format!("{} (as the publication of {by} says)", notice.because);
            plan.facts.push(Retracted { node: *node, because }.into());
        }
        for said in &self.publication.independences {
            if let (Some(of), Some(on)) = (nodes.get(said.of.as_str()), nodes.get(said.on.as_str()))
                && came.contains(of)
            {
                let because = format!("{} ({}, as the publication of {by} says)", said.because, said.by.name);
                plan.facts.push(IndependenceAsserted { of: *of, on: *on, because }.into());
            }
        }
    }

    /// All nodes of the publication, by their names in it.
    pub(super) fn nodes(&self) -> BTreeMap<String, NodeId> {
        let said = self.publication;
        let runs = said.runs.iter().map(|run| (format!("run/{}", run.handle), NodeId::from(run.id)));
        let claims = said.claims.iter().map(|claim| (format!("claim/{}", claim.name), NodeId::from(claim.id)));
        let datasets = said.datasets.iter().filter_map(|one| Some((one.reference(), NodeId::from(one.id?))));
        runs.chain(claims).chain(datasets).collect()
    }
}

/// The refusal when this home has the id already, with other content or for another owner. It does not say which.
pub(super) fn id_conflict(noun: &str) -> AppError {
    AppError::Conflict(format!("{noun} of the publication has the id of another that is here already"))
}
