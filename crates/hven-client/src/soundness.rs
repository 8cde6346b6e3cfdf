//! Soundness: retracts nodes, and lists the nodes that rest on them.

use hven_api::soundness::{AssertIndependence, Reach, Retract, SoundnessDetail};

use crate::{Client, Result, query::Query};

/// Selects a page of the nodes that rest on a node.
#[derive(Clone, Debug, Default)]
pub struct ReachQuery<'a> {
    pub of: &'a str,
    pub project: Option<&'a str>,
    /// Whether to list the nodes on which it rests instead.
    pub sources: bool,
    pub limit: usize,
    pub cursor: Option<&'a str>,
}

impl Client {
    /// Retracts `7Q2M`, `planets@1` or `claim/kepler3`.
    pub fn retract(&self, wanted: &Retract) -> Result<SoundnessDetail> {
        self.post("/retractions", wanted)
    }

    pub fn assert_independence(&self, wanted: &AssertIndependence) -> Result<SoundnessDetail> {
        self.post("/independences", wanted)
    }

    /// The soundness of a node.
    pub fn soundness(&self, of: &str, project: Option<&str>) -> Result<SoundnessDetail> {
        let mut query = Query::default();
        query.add("of", of).add_some("project", project);
        self.get(query.below("/soundness"))
    }

    /// The nodes that rest on a node.
    pub fn reach(&self, wanted: &ReachQuery<'_>) -> Result<Reach> {
        let mut query = Query::default();
        query.add("of", wanted.of).add_some("project", wanted.project);
        query.add_some("direction", wanted.sources.then_some("sources"));
        query.add("limit", wanted.limit).add_some("cursor", wanted.cursor);
        self.get(query.below("/reach"))
    }
}
