//! Examines all tools of a command.

use std::path::PathBuf;

use super::{captured::CapturedTools, search::ToolSearch};
use crate::{Apart, Launch, Limits, programs, remembered::Remembered};

/// Captures the tools of a command. `declared` are its own recorded inputs and outputs.
pub fn capture(
    launch: &Launch<'_>,
    declared: &[PathBuf],
    apart: &Apart,
    limits: Limits,
    remembered: &Remembered,
) -> CapturedTools {
    let variables = programs::started(launch).variables;
    let launch_of_started = launch.with_variables(variables.as_ref());
    ToolSearch::new(launch, &launch_of_started, declared, apart, limits, remembered).all()
}
