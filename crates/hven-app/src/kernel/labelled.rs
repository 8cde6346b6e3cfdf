//! Answers with labels: the actors, the handles of runs, the soundness of nodes, and metrics.
//!
//! An answer declares which labels it needs ([`NeedsLabels`]). They are loaded together: a thousand rows take as many
//! look-ups as one. The server only puts the labels in their places.

use std::collections::{HashMap, HashSet};

use hven_core::{
    ActorId, AttemptId, RunId, Time,
    handle::Handle,
    recipe::{RecipeList, ResultKind},
    run::MetricSummary,
    soundness::{NodeId, Soundness},
};

use crate::{
    kernel::{
        actors::{self, ActorName},
        error::AppResult,
        floor::Kernel,
    },
    ports::{
        catalogue::DatasetView,
        claims::ClaimView,
        page::Page,
        publications::{ImportView, PublicationView},
        run::{NoteView, RunRow, RunView},
    },
};

/// An answer, and the labels of everything that it names.
#[derive(Clone, Debug)]
pub struct Labelled<T> {
    pub of: T,
    pub labels: Labels,
}

/// The names and states of the things in an answer.
#[derive(Clone, Debug)]
pub struct Labels {
    actors: HashMap<ActorId, ActorName>,
    handles: HashMap<RunId, Handle>,
    soundness: HashMap<NodeId, Soundness>,
    metrics: HashMap<AttemptId, Vec<MetricSummary>>,
    recipes: RecipeList,
    /// When the labels were loaded.
    pub now: Time,
}

impl Labels {
    pub fn actor(&self, id: ActorId) -> ActorName {
        self.actors.get(&id).cloned().unwrap_or(ActorName::runner(id))
    }

    /// `None` when no such run is known.
    pub fn handle(&self, run: RunId) -> Option<Handle> {
        self.handles.get(&run).copied()
    }

    pub fn soundness(&self, node: impl Into<NodeId>) -> Soundness {
        self.soundness.get(&node.into()).copied().unwrap_or_default()
    }

    pub fn metrics(&self, attempt: AttemptId) -> &[MetricSummary] {
        self.metrics.get(&attempt).map(Vec::as_slice).unwrap_or_default()
    }

    /// How the result of a run is used; `None` when its recipe is not known here.
    pub fn result_kind(&self, run: &RunView) -> Option<ResultKind> {
        self.recipes.result_of(&run.spec()?.recipe.as_ref()?.name)
    }

    /// The same for a run of a list.
    pub fn result_kind_of_row(&self, run: &RunRow) -> Option<ResultKind> {
        self.recipes.result_of(run.recipe.as_ref()?)
    }
}

/// The labels that an answer needs.
#[derive(Debug, Default)]
pub(crate) struct NeededLabels {
    actors: HashSet<ActorId>,
    runs: HashSet<RunId>,
    nodes: HashSet<NodeId>,
    attempts: HashSet<AttemptId>,
}

impl NeededLabels {
    pub(crate) fn actor(&mut self, id: ActorId) {
        self.actors.insert(id);
    }

    pub(crate) fn handle(&mut self, run: RunId) {
        self.runs.insert(run);
    }

    pub(crate) fn soundness(&mut self, node: impl Into<NodeId>) {
        self.nodes.insert(node.into());
    }

    pub(crate) fn metrics(&mut self, attempt: AttemptId) {
        self.attempts.insert(attempt);
    }
}

pub(crate) trait NeedsLabels {
    fn add_to(&self, wanted: &mut NeededLabels);
}

/// Loads the labels of an answer.
pub(crate) async fn label<T: NeedsLabels>(kernel: &Kernel, of: T) -> AppResult<Labelled<T>> {
    let mut wanted = NeededLabels::default();
    of.add_to(&mut wanted);
    let NeededLabels { actors, runs, nodes, attempts } = wanted;
    let runs: Vec<RunId> = runs.into_iter().collect();
    let nodes: Vec<NodeId> = nodes.into_iter().collect();
    let attempts: Vec<AttemptId> = attempts.into_iter().collect();
    // These queries run in parallel, because each is answered by another thread.
    let (actors, named, soundness, metrics) = tokio::try_join!(
        actors::names_of(kernel, actors),
        async { AppResult::Ok(if runs.is_empty() { Vec::new() } else { kernel.ports.views.run_names(&runs).await? }) },
        async { AppResult::Ok(kernel.ports.views.soundness(&nodes).await?) },
        async {
            let is_empty = attempts.is_empty();
            AppResult::Ok(if is_empty { HashMap::new() } else { kernel.ports.series.summaries_of(&attempts).await? })
        },
    )?;
    let labels = Labels {
        actors,
        handles: named.into_iter().map(|run| (run.id, run.handle)).collect(),
        soundness: nodes.into_iter().zip(soundness).collect(),
        metrics,
        recipes: kernel.recipe_list,
        now: kernel.now(),
    };
    Ok(Labelled { of, labels })
}

impl NeedsLabels for RunView {
    fn add_to(&self, wanted: &mut NeededLabels) {
        wanted.actor(self.submitted_by);
        wanted.soundness(self.id);
        wanted.metrics(self.last_attempt());
    }
}

/// The row itself holds the metrics.
impl NeedsLabels for RunRow {
    fn add_to(&self, wanted: &mut NeededLabels) {
        wanted.actor(self.submitted_by);
        wanted.soundness(self.id);
    }
}

impl NeedsLabels for DatasetView {
    fn add_to(&self, wanted: &mut NeededLabels) {
        wanted.actor(self.added_by);
        wanted.soundness(self.version.dataset);
    }
}

impl NeedsLabels for ClaimView {
    fn add_to(&self, wanted: &mut NeededLabels) {
        wanted.actor(self.by);
        wanted.soundness(self.stated.claim);
    }
}

impl NeedsLabels for PublicationView {
    fn add_to(&self, wanted: &mut NeededLabels) {
        wanted.actor(self.by);
        wanted.soundness(self.made.publication);
    }
}

impl NeedsLabels for ImportView {
    fn add_to(&self, wanted: &mut NeededLabels) {
        wanted.actor(self.by);
    }
}

impl NeedsLabels for NoteView {
    fn add_to(&self, wanted: &mut NeededLabels) {
        wanted.actor(self.by);
    }
}

impl<T: NeedsLabels + ?Sized> NeedsLabels for Box<T> {
    fn add_to(&self, wanted: &mut NeededLabels) {
        (**self).add_to(wanted);
    }
}

impl<T: NeedsLabels> NeedsLabels for Option<T> {
    fn add_to(&self, wanted: &mut NeededLabels) {
        if let Some(one) = self {
            one.add_to(wanted);
        }
    }
}

impl<T: NeedsLabels> NeedsLabels for Vec<T> {
    fn add_to(&self, wanted: &mut NeededLabels) {
        for one in self {
            one.add_to(wanted);
        }
    }
}

impl<T: NeedsLabels> NeedsLabels for Page<T> {
    fn add_to(&self, wanted: &mut NeededLabels) {
        self.items.add_to(wanted);
    }
}
