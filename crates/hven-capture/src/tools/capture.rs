//! Looks at everything that a command uses.

use std::path::PathBuf;

use super::{captured::CapturedTools, search::Search};
use crate::{Apart, Launch, Limits, programs, remembered::Remembered};

/// Takes down what a command uses. `declared` are its own inputs and outputs, as they are recorded.
pub fn capture(
    launch: &Launch<'_>,
    declared: &[PathBuf],
    apart: &Apart,
    limits: Limits,
    remembered: &Remembered,
) -> CapturedTools {
    let variables = programs::started(launch).variables;
    let launch_of_started = launch.with(variables.as_ref());
    Search::new(launch, &launch_of_started, declared, apart, limits, remembered).all()
}
