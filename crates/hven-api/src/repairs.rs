//! Repairs on the wire: one with its steps, and the list.

use serde::{Deserialize, Serialize};

use crate::{page::Page, repair_summary::RepairSummary, soundness::RepairPlan};

/// `GET /repairs/{repair}`: a repair, and its steps as they are now.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RepairDetail {
    pub schema: String,
    pub repair: RepairSummary,
    /// `null` when the steps cannot be determined, for example when a replacement belongs to a project that you may not see.
    pub plan: Option<RepairPlan>,
}

/// `GET /repairs`: with `of` the plan of a repair of that node, without it the list of started repairs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Repairs {
    Plan(Box<RepairPlan>),
    Begun(Page<RepairSummary>),
}
