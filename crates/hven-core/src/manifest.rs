//! The manifest `hven.toml`: the parts of a project, in a form that a person writes.
//!
//! It is read as a whole: every problem is found and reported with its line, before anything starts. The order of steps follows
//! from the data that they read and write, never from the order in the file; [`Manifest::plan`] computes it. Unknown keys are
//! errors, because a misspelt key would silently have no effect.

mod claim;
mod command;
mod data;
mod document;
mod draft;
mod map;
mod path;
mod placed;
mod plan;
mod problems;
mod publication;
mod reader;
mod recipes;
mod run;

pub use self::{
    claim::Claim,
    command::Command,
    data::{Data, Method, Part, Split},
    draft::{FoundFile, draft},
    map::Map,
    plan::{Need, Outside, PlannedStep, StepId, StepPlan},
    publication::Publication,
    run::{Input, Run, RunResources, Work},
};
pub(crate) use command::{Piece, pieces};
pub use document::{MANIFEST, Manifest, Project};
pub use placed::Placed;
pub use problems::Problems;
pub use reader::Written;

#[cfg(test)]
mod tests;
