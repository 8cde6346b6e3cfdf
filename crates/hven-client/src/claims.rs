//! Claims, laws, and the lineage of anything.

use hven_api::{
    claims::{ClaimDetail, ClaimSummary, StateClaim},
    laws::{ChooseCandidate, LawDetail},
    lineage::Lineage,
    page::Page,
};

use crate::{
    Client, ListQuery, Result,
    query::{Query, escape},
};

impl Client {
    pub fn state_claim(&self, claim: &StateClaim) -> Result<ClaimSummary> {
        self.post("/claims", claim)
    }

    /// `despite_suspicion`: why it is judged although its evidence rests on something retracted.
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

    /// What a run of the recipe `law` found.
    pub fn law(&self, run: &str) -> Result<LawDetail> {
        self.get(format!("/laws/{}", escape(run)))
    }

    pub fn choose_candidate(&self, run: &str, choice: &ChooseCandidate) -> Result<LawDetail> {
        self.post(format!("/laws/{}/choice", escape(run)), choice)
    }

    /// What `7Q2M`, `planets@1` or `claim/kepler3` rests on, and what rests on it.
    pub fn lineage(&self, of: &str, project: Option<&str>) -> Result<Lineage> {
        let mut query = Query::default();
        query.add("of", of).add_some("project", project);
        self.get(query.below("/lineage"))
    }
}

/// The path of a claim, and what follows it.
fn of(claim: &str, rest: &str, project: Option<&str>) -> String {
    let mut query = Query::default();
    query.add_some("project", project);
    below(claim, rest, &query)
}

fn below(claim: &str, rest: &str, query: &Query) -> String {
    query.below(&format!("/claims/{}{rest}", escape(claim.strip_prefix("claim/").unwrap_or(claim))))
}
