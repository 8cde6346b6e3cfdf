//! Verdicts on making runs again, with the documents that they rest on.

use hven_core::{
    access::Role,
    reproduction::{Comparison, Reproduced},
};

use crate::{
    App, AppResult, Caller,
    access::run_for,
    datasets::document,
    labelled::{Labelled, NeedsLabels, Wanted, label},
    ports::reproductions::ReproductionView,
};

const OUTCOMES_MAX: usize = 100;

/// A verdict on making a run again, with the document that it rests on, when that is still there.
#[derive(Clone, Debug)]
pub struct Verdict {
    pub view: ReproductionView,
    pub comparison: Option<Comparison>,
}

impl NeedsLabels for Verdict {
    fn add_to(&self, wanted: &mut Wanted) {
        wanted.actor(self.view.by);
        wanted.handle(self.view.reproduced.run);
        self.view.reproduced.again.into_iter().for_each(|again| wanted.handle(again));
    }
}

/// A verdict with its document.
pub(crate) async fn with_comparison(app: &App, view: ReproductionView) -> AppResult<Verdict> {
    let comparison = comparison(app, &view.reproduced).await?;
    Ok(Verdict { view, comparison })
}

/// What came of making the run again, newest first.
pub async fn of(app: &App, caller: &Caller, name: &str) -> AppResult<Labelled<Vec<Verdict>>> {
    let run = run_for(app, caller, name, Role::Viewer).await?;
    let mut verdicts = Vec::new();
    for view in app.ports.views.reproductions(run.id, OUTCOMES_MAX).await? {
        verdicts.push(with_comparison(app, view).await?);
    }
    label(app, verdicts).await
}

/// The document that a verdict rests on, when its bytes are still there.
pub(crate) async fn comparison(app: &App, reproduced: &Reproduced) -> AppResult<Option<Comparison>> {
    let Some(digest) = reproduced.comparison else { return Ok(None) };
    Ok(document(app, digest).await?.and_then(|value| serde_json::from_value(value).ok()))
}
