//! What still stands: retracting, seeing what rests on something, repairing.

use hven_api::soundness::{AssertIndependence, Reach, Repair, RepairPlan, Retract, SoundnessDetail};

use crate::{Client, Result, query::Query};

/// Which page of what rests on something.
#[derive(Clone, Debug, Default)]
pub struct ReachQuery<'a> {
    pub of: &'a str,
    pub project: Option<&'a str>,
    /// What it rests on, instead of what rests on it.
    pub sources: bool,
    pub limit: usize,
    pub cursor: Option<&'a str>,
}

impl Client {
    /// Takes `7Q2M`, `planets@1` or `claim/kepler3` back.
    pub fn retract(&self, wanted: &Retract) -> Result<SoundnessDetail> {
        self.post("/retractions", wanted)
    }

    pub fn assert_independence(&self, wanted: &AssertIndependence) -> Result<SoundnessDetail> {
        self.post("/independences", wanted)
    }

    /// Whether something still stands.
    pub fn soundness(&self, of: &str, project: Option<&str>) -> Result<SoundnessDetail> {
        let mut query = Query::default();
        query.add("of", of).add_some("project", project);
        self.get(query.below("/soundness"))
    }

    /// What rests on something.
    pub fn reach(&self, wanted: &ReachQuery<'_>) -> Result<Reach> {
        let mut query = Query::default();
        query.add("of", wanted.of).add_some("project", wanted.project);
        query.add_some("direction", wanted.sources.then_some("sources"));
        query.add("limit", wanted.limit).add_some("cursor", wanted.cursor);
        self.get(query.below("/reach"))
    }

    /// What a repair would do, and how far it is.
    pub fn repair_plan(&self, of: &str, with: Option<&str>, project: Option<&str>) -> Result<RepairPlan> {
        let mut query = Query::default();
        query.add("of", of).add_some("with", with).add_some("project", project);
        self.get(query.below("/repairs"))
    }

    /// Makes anew what can be made anew now.
    pub fn repair(&self, wanted: &Repair) -> Result<RepairPlan> {
        self.post("/repairs", wanted)
    }
}
