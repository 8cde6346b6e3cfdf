//! The steps of a manifest for people: a line each.

use std::io;

use hven_api::{laws::LawDetail, runs::RunDetail};
use serde::Serialize;

use crate::{
    claims::{chosen, r_squared},
    paper::{Ink, Paper},
    reply::ForPeople,
    words,
};

/// How a step went, or would go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    Done,
    UpToDate,
    WouldRun,
    Failed,
    /// Something that it needs did not go well.
    Blocked,
    Holds,
    /// It was judged before, on the same evidence.
    StillHolds,
    Fails,
    CannotTell,
}

impl StepState {
    /// Whether all is as one would wish.
    pub fn is_well(self) -> bool {
        !matches!(self, Self::Failed | Self::Blocked | Self::Fails | Self::CannotTell)
    }

    /// Whether steps that need this one may be done.
    pub fn lets_go_on(self) -> bool {
        !matches!(self, Self::Failed | Self::Blocked)
    }

    fn shown(self, ink: Ink) -> String {
        // All as wide as the widest, before the colour comes.
        let padded = |text: &str| format!("{text:<11}");
        match self {
            Self::Done => ink.state("done", &padded("done")),
            Self::UpToDate => ink.dim(&padded("up to date")),
            Self::WouldRun => ink.state("running", &padded("would run")),
            Self::Failed => ink.state("failed", &padded("failed")),
            Self::Blocked => ink.state("stopping", &padded("not done")),
            Self::Holds => ink.state("done", &padded("holds")),
            Self::StillHolds => ink.state("done", &padded("holds")),
            Self::Fails => ink.state("failed", &padded("fails")),
            Self::CannotTell => ink.state("stopping", &padded("cannot tell")),
        }
    }
}

/// One step.
#[derive(Clone, Debug, Serialize)]
pub struct StepLine {
    pub step: String,
    pub state: StepState,
    pub text: String,
    pub page: Option<String>,
    /// What was found of its files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The widest name of the plan, so that lines stand in columns.
    #[serde(skip)]
    pub width: usize,
}

impl ForPeople for StepLine {
    const SCHEMA: Option<&'static str> = Some("hven.step/1");

    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let state = self.state.shown(paper.ink);
        paper.line(&format!("  {:<width$}  {state}  {}", self.step, self.text, width = self.width))
    }
}

/// All steps, when they are told at once.
#[derive(Debug, Serialize)]
pub struct Steps {
    pub schema: &'static str,
    pub steps: Vec<StepLine>,
}

impl ForPeople for Steps {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        self.steps.iter().try_for_each(|step| step.write(paper))
    }
}

/// `period = 0.9999 yr · (semi_major_axis / AU)^1.4999   R² 0.99999`
pub fn law_line(law: &LawDetail) -> String {
    let field = |value: &serde_json::Value, name: &str| value.get(name).map(words::value).unwrap_or_default();
    let Some(candidate) = chosen(law) else { return "nothing was found".to_owned() };
    format!("{} = {}   R² {}", field(&law.law, "target"), field(candidate, "display"), r_squared(candidate))
}

/// What a run came to: its first metrics and how many outputs.
pub fn result_line(run: &RunDetail) -> String {
    let summary = &run.summary;
    let mut parts = vec![format!("run {}", summary.handle)];
    parts.extend(summary.metrics.iter().take(3).map(|metric| format!("{} {}", metric.key, words::value(&metric.last))));
    if summary.outputs > 0 {
        parts.push(words::counted(summary.outputs.into(), "output", "outputs"));
    }
    parts.join("   ")
}
