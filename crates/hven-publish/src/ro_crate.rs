//! `ro-crate-metadata.json`: RO-Crate 1.1 (<https://w3id.org/ro/crate/1.1>) in the Process Run Crate profile 0.5 of Workflow
//! Run RO-Crate (<https://w3id.org/ro/wfrun/process/0.5>).
//!
//! The profile is Process Run Crate because each run of a claim is started on its own; there is no workflow document that
//! connects them, which Workflow Run Crate requires. Claims and verdicts use schema.org's Claim and ClaimReview; parameters
//! and metrics of a run are PropertyValues.

mod actions;
mod entities;
mod metadata;
mod parts;

pub(crate) use entities::METADATA_FILE;
pub(crate) use metadata::metadata;
