//! Verdicts of reproductions, with their comparison documents.

use hven_core::{
    access::Role,
    reproduction::{Comparison, Reproduced},
};

use crate::{
    kernel::{
        callers::Caller,
        documents::document,
        error::AppResult,
        find::run::run_for,
        labelled::{Labelled, NeededLabels, NeedsLabels, label},
    },
    ports::reproductions::ReproductionView,
    work::floor::Work,
};

const OUTCOMES_MAX: usize = 100;

/// A verdict of a reproduction, with its comparison document if that is still in the store.
#[derive(Clone, Debug)]
pub struct ReproductionVerdict {
    pub view: ReproductionView,
    pub comparison: Option<Comparison>,
}

impl NeedsLabels for ReproductionVerdict {
    fn add_to(&self, wanted: &mut NeededLabels) {
        wanted.actor(self.view.by);
        wanted.handle(self.view.reproduced.run);
        self.view.reproduced.again.into_iter().for_each(|again| wanted.handle(again));
    }
}

/// A verdict with its comparison document.
pub(crate) async fn with_comparison(work: &Work, view: ReproductionView) -> AppResult<ReproductionVerdict> {
    let comparison = comparison(work, &view.reproduced).await?;
    Ok(ReproductionVerdict { view, comparison })
}

/// The verdicts of the run's reproductions, newest first.
pub async fn of(work: &Work, caller: &Caller, name: &str) -> AppResult<Labelled<Vec<ReproductionVerdict>>> {
    let run = run_for(work, caller, name, Role::Viewer).await?;
    let mut verdicts = Vec::new();
    for view in work.ports.views.reproductions(run.id, OUTCOMES_MAX).await? {
        verdicts.push(with_comparison(work, view).await?);
    }
    label(work, verdicts).await
}

/// The comparison document of a verdict, if its bytes are still in the store.
pub(crate) async fn comparison(work: &Work, reproduced: &Reproduced) -> AppResult<Option<Comparison>> {
    let Some(digest) = reproduced.comparison else { return Ok(None) };
    Ok(document(work, digest).await?.and_then(|value| serde_json::from_value(value).ok()))
}
