//! Repairs: what one would do, beginning one, watching it, cancelling it.

use hven_api::{
    page::Page,
    repair_summary::RepairSummary,
    repairs::RepairDetail,
    soundness::{Repair, RepairPlan},
};

use crate::{
    Client, Result,
    query::{Query, escape},
};

impl Client {
    /// The plan of a repair, with its progress.
    pub fn repair_plan(&self, of: &str, with: Option<&str>, project: Option<&str>) -> Result<RepairPlan> {
        let mut query = Query::default();
        query.add("of", of).add_some("with", with).add_some("project", project);
        self.get(query.below("/repairs"))
    }

    /// Begins a repair, or finds the same one that goes on.
    pub fn repair(&self, wanted: &Repair) -> Result<RepairPlan> {
        self.post("/repairs", wanted)
    }

    /// A repair by `repair/3`, `3` or its id, and its steps as they are now.
    pub fn repair_shown(&self, repair: &str) -> Result<RepairDetail> {
        self.get(of(repair, ""))
    }

    /// The newest repairs; only those that go on when `running`.
    pub fn repairs(&self, running: bool, project: Option<&str>, limit: usize) -> Result<Page<RepairSummary>> {
        let mut query = Query::default();
        query.add_some("state", running.then_some("running")).add_some("project", project).add("limit", limit);
        self.get(query.below("/repairs"))
    }

    /// Cancels a repair and its runs that go on.
    pub fn cancel_repair(&self, repair: &str) -> Result<RepairSummary> {
        self.post(of(repair, "/cancel"), &serde_json::Value::Null)
    }
}

fn of(repair: &str, what: &str) -> String {
    let name = repair.strip_prefix("repair/").unwrap_or(repair);
    format!("/repairs/{}{what}", escape(name))
}
