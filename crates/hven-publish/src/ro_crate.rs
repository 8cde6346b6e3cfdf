//! `ro-crate-metadata.json`: RO-Crate 1.1 (<https://w3id.org/ro/crate/1.1>) in the Process Run Crate profile 0.5 of Workflow
//! Run RO-Crate (<https://w3id.org/ro/wfrun/process/0.5>).
//!
//! Process Run Crate, because a claim rests on runs that were each started on their own; a workflow document that would tie
//! them together, as Workflow Run Crate wants it, does not exist. Claims and verdicts use schema.org's Claim and
//! ClaimReview; what a run was given and what it measured are PropertyValues.

mod actions;
mod described;
mod entities;
mod metadata;

pub(crate) use described::METADATA_FILE;
pub(crate) use metadata::metadata;
