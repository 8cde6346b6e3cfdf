//! Earlier runs of the same code.

use hven_core::{
    forecast::{DurationForecast, Shape, duration_forecast},
    project::ProjectPath,
    question::Question,
    run::Spec,
};

use crate::{
    kernel::error::AppResult,
    ports::run::{PastQuery, PastRun},
    work::{expectations::shape::shape, floor::Work},
};

/// The most earlier runs that are read.
const RUNS_MAX: usize = 200;

/// The succeeded runs of the same code in a project, newest first.
#[derive(Debug)]
pub(crate) struct History {
    question: String,
    pub(crate) runs: Vec<PastRun>,
    shapes: Vec<Shape>,
}

impl History {
    /// The history of what a specification runs; `before`: only runs that were submitted before this fact. `None` when the code is
    /// not known, as when it is in the command itself.
    pub(crate) async fn read(
        work: &Work,
        project: &ProjectPath,
        spec: &Spec,
        before: Option<u64>,
    ) -> AppResult<Option<Self>> {
        let Some(question) = Question::of(spec).map(|asked| asked.key()) else { return Ok(None) };
        let query = PastQuery { project: project.clone(), question: question.clone(), before, limit: RUNS_MAX };
        let runs = work.ports.views.past_runs(&query).await?;
        let shapes = runs.iter().map(|run| shape(&question, &run.spec)).collect();
        Ok(Some(Self { question, runs, shapes }))
    }

    /// How long a run with this specification takes; `None` when too few are known.
    pub(crate) fn forecast(&self, spec: &Spec) -> Option<DurationForecast> {
        let durations = self.runs.iter().map(|run| run.wall_s);
        duration_forecast(&shape(&self.question, spec), self.shapes.iter().zip(durations))
    }
}
