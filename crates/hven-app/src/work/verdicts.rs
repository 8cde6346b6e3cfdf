//! Verdicts on making runs again, with the documents that they rest on.

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

/// A verdict on making a run again, with the document that it rests on, when that is still there.
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

/// A verdict with its document.
pub(crate) async fn with_comparison(work: &Work, view: ReproductionView) -> AppResult<ReproductionVerdict> {
    let comparison = comparison(work, &view.reproduced).await?;
    Ok(ReproductionVerdict { view, comparison })
}

/// What came of making the run again, newest first.
pub async fn of(work: &Work, caller: &Caller, name: &str) -> AppResult<Labelled<Vec<ReproductionVerdict>>> {
    let run = run_for(work, caller, name, Role::Viewer).await?;
    let mut verdicts = Vec::new();
    for view in work.ports.views.reproductions(run.id, OUTCOMES_MAX).await? {
        verdicts.push(with_comparison(work, view).await?);
    }
    label(work, verdicts).await
}

/// The document that a verdict rests on, when its bytes are still there.
pub(crate) async fn comparison(work: &Work, reproduced: &Reproduced) -> AppResult<Option<Comparison>> {
    let Some(digest) = reproduced.comparison else { return Ok(None) };
    Ok(document(work, digest).await?.and_then(|value| serde_json::from_value(value).ok()))
}
