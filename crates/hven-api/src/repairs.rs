//! Repairs on the wire: one with its steps, and the list.

use serde::{Deserialize, Serialize};

use crate::{page::Page, repair_summary::RepairSummary, soundness::RepairPlan};

/// `GET /repairs/{repair}`: a repair, and its steps as they are now.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RepairDetail {
    pub schema: String,
    pub repair: RepairSummary,
    /// `null` when the steps cannot be found out, as when what takes the place of something belongs to a project that you may
    /// not see.
    pub plan: Option<RepairPlan>,
}

/// `GET /repairs`: with `of` what a repair of that would do, without it the repairs that were begun.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Repairs {
    Plan(Box<RepairPlan>),
    Begun(Page<RepairSummary>),
}
