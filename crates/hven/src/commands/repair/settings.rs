//! The settings of `hven repair`: the retracted item, its replacement, and the action.

use super::args::RepairArgs;
use crate::context::Context;

/// A repair, and how much of it the command does.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RepairSettings {
    /// The retracted dataset or run.
    pub(super) of: String,
    /// The corrected dataset. Without one, a retracted run is repeated.
    pub(super) with: Option<String>,
    /// The project of the items. Without one, they are looked up in all projects.
    pub(super) project: Option<String>,
    pub(super) action: RepairAction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RepairAction {
    /// Show the plan, without a start.
    Plan,
    /// Start the repair and return.
    Detach,
    /// Start the repair and watch it until its end.
    Watch,
}

pub(super) fn resolve(args: RepairArgs, context: &Context) -> anyhow::Result<RepairSettings> {
    let action = match (args.plan, args.detach) {
        (true, _) => RepairAction::Plan,
        (false, true) => RepairAction::Detach,
        (false, false) => RepairAction::Watch,
    };
    Ok(RepairSettings { of: context.run_name(&args.of)?, with: args.with, project: args.project, action })
}
