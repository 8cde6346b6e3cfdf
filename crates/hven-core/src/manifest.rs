//! The manifest `hven.toml`: what a project consists of, in a form that a person writes.
//!
//! It is read whole: every problem is found and told with its line, before anything starts. Steps are bound by what they
//! read and write, never by an order that somebody keeps by hand; [`Manifest::plan`] finds it. Unknown keys are errors,
//! because a misspelt one would be silently without effect.

mod claim;
mod command;
mod data;
mod document;
mod draft;
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
    plan::{Need, Outside, Plan, Step, StepId},
    publication::Publication,
    run::{Input, Run, RunResources, Work},
};
pub use document::{MANIFEST, Manifest, Project};
pub use placed::Placed;
pub use problems::Problems;

#[cfg(test)]
mod tests;
