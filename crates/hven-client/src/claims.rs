//! Claims, laws and lineage.

use hven_api::{
    claims::{ClaimDetail, ClaimSummary, StateClaim},
    graph::Graph,
    laws::{ChooseCandidate, LawDetail},
    lineage::Lineage,
    page::Page,
};

use crate::{
    Client, ListQuery, Result,
    query::{Query, escape},
};

/// The part of the lineage to return.
#[derive(Clone, Debug, Default)]
pub struct GraphQuery<'a> {
    /// The node in the middle; without it, pages of the whole lineage.
    pub of: Option<&'a str>,
    pub project: Option<&'a str>,
    /// `sources`, `consequences` or `both`.
    pub direction: Option<&'a str>,
    pub depth: Option<u32>,
    pub limit: Option<u32>,
    pub cursor: Option<&'a str>,
}

impl Client {
    pub fn state_claim(&self, claim: &StateClaim) -> Result<ClaimSummary> {
        self.post("/claims", claim)
    }

    /// `despite_suspicion`: the reason for the judgement although its evidence rests on a retracted node.
    pub fn judge_claim(
        &self,
        claim: &str,
        project: Option<&str>,
        despite_suspicion: Option<&str>,
    ) -> Result<ClaimDetail> {
        let mut query = Query::default();
        query.add_some("project", project).add_some("despite_suspicion", despite_suspicion);
        self.post(below(claim, "/judge", &query), &serde_json::Value::Null)
    }

    pub fn claims(&self, wanted: &ListQuery) -> Result<Page<ClaimSummary>> {
        self.get(wanted.below("/claims"))
    }

    /// A claim by its id or name.
    pub fn claim(&self, claim: &str, project: Option<&str>) -> Result<ClaimDetail> {
        self.get(of(claim, "", project))
    }

    /// The result of a run of the recipe `law`.
    pub fn law(&self, run: &str) -> Result<LawDetail> {
        self.get(format!("/laws/{}", escape(run)))
    }

    pub fn choose_candidate(&self, run: &str, choice: &ChooseCandidate) -> Result<LawDetail> {
        self.post(format!("/laws/{}/choice", escape(run)), choice)
    }

    /// The sources and the consequences of `7Q2M`, `planets@1` or `claim/kepler3`.
    pub fn lineage(&self, of: &str, project: Option<&str>) -> Result<Lineage> {
        let mut query = Query::default();
        query.add("of", of).add_some("project", project);
        self.get(query.below("/lineage"))
    }

    /// The lineage around a node, or a page of the whole lineage.
    pub fn graph(&self, wanted: &GraphQuery<'_>) -> Result<Graph> {
        let mut query = Query::default();
        query.add_some("of", wanted.of).add_some("project", wanted.project);
        query.add_some("direction", wanted.direction).add_some("depth", wanted.depth);
        query.add_some("limit", wanted.limit).add_some("cursor", wanted.cursor);
        self.get(query.below("/graph"))
    }
}

/// The path of a claim, followed by `rest`.
fn of(claim: &str, rest: &str, project: Option<&str>) -> String {
    let mut query = Query::default();
    query.add_some("project", project);
    below(claim, rest, &query)
}

fn below(claim: &str, rest: &str, query: &Query) -> String {
    query.below(&format!("/claims/{}{rest}", escape(claim.strip_prefix("claim/").unwrap_or(claim))))
}
