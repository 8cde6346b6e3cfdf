//! Human-readable output for the steps of a manifest, one line each.

use std::io;

use hven_api::{laws::LawDetail, runs::RunDetail};
use hven_core::workflow::StepEnd;
use serde::Serialize;

use crate::{
    claims::{chosen, r_squared, target},
    command_result::HumanReadable,
    formats,
    terminal_writer::{Colours, TerminalWriter},
};

/// The state of a step, or its expected state with `--dry-run`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    Done,
    UpToDate,
    WouldRun,
    Failed,
    /// A step that it needs failed.
    Blocked,
    Holds,
    /// The claim was judged before, on the same evidence.
    StillHolds,
    Fails,
    CannotTell,
}

impl From<StepEnd> for StepState {
    fn from(end: StepEnd) -> Self {
        match end {
            StepEnd::Done => Self::Done,
            StepEnd::UpToDate => Self::UpToDate,
            StepEnd::Failed => Self::Failed,
            StepEnd::Blocked => Self::Blocked,
            StepEnd::Holds => Self::Holds,
            StepEnd::StillHolds => Self::StillHolds,
            StepEnd::Fails => Self::Fails,
            StepEnd::CannotTell => Self::CannotTell,
        }
    }
}

impl StepState {
    /// Whether the step has the desired result.
    pub fn is_well(self) -> bool {
        !matches!(self, Self::Failed | Self::Blocked | Self::Fails | Self::CannotTell)
    }

    /// Whether steps that need this one may run.
    pub fn lets_go_on(self) -> bool {
        !matches!(self, Self::Failed | Self::Blocked)
    }

    fn shown(self, colours: Colours) -> String {
        // All texts have the width of the longest one, without the colour.
        let padded = |text: &str| format!("{text:<11}");
        match self {
            Self::Done => colours.state("done", &padded("done")),
            Self::UpToDate => colours.dim(&padded("up to date")),
            Self::WouldRun => colours.state("running", &padded("would run")),
            Self::Failed => colours.state("failed", &padded("failed")),
            Self::Blocked => colours.state("stopping", &padded("not done")),
            Self::Holds => colours.state("done", &padded("holds")),
            Self::StillHolds => colours.state("done", &padded("holds")),
            Self::Fails => colours.state("failed", &padded("fails")),
            Self::CannotTell => colours.state("stopping", &padded("cannot tell")),
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
    /// Notes of its import, or about the files of its run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The width of the longest step name, so that the lines are aligned.
    #[serde(skip)]
    pub width: usize,
}

impl HumanReadable for StepLine {
    const SCHEMA: Option<&'static str> = Some("hven.step/1");

    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let state = self.state.shown(writer.colours);
        writer.line(&format!("  {:<width$}  {state}  {}", self.step, self.text, width = self.width))
    }
}

/// All steps in one document.
#[derive(Debug, Serialize)]
pub struct Steps {
    pub schema: &'static str,
    pub steps: Vec<StepLine>,
}

impl HumanReadable for Steps {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        self.steps.iter().try_for_each(|step| step.write(writer))
    }
}

/// `period = 0.9999 yr · (semi_major_axis / AU)^1.4999   R² 0.99999`
pub fn law_line(law: &LawDetail) -> String {
    let field = |value: &serde_json::Value, name: &str| value.get(name).map(formats::value).unwrap_or_default();
    let Some(candidate) = chosen(law) else { return "nothing was found".to_owned() };
    format!("{} = {}   R² {}", target(law), field(candidate, "display"), r_squared(candidate))
}

/// The result of a run: its first metrics and the number of outputs.
pub fn result_line(run: &RunDetail) -> String {
    let summary = &run.summary;
    let mut parts = vec![format!("run {}", summary.handle)];
    parts.extend(
        summary.metrics.iter().take(3).map(|metric| format!("{} {}", metric.key, formats::value(&metric.last))),
    );
    if summary.outputs > 0 {
        parts.push(formats::counted(summary.outputs.into(), "output", "outputs"));
    }
    parts.join("   ")
}
