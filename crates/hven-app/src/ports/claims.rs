//! Reads claims and laws.

use async_trait::async_trait;
use hven_core::{
    ActorId, ClaimId, RunId, Time,
    claim::{Judged, Stated},
    law::CandidateChosen,
    name::Name,
    project::ProjectPath,
    question::Question,
};

use crate::ports::{
    error::StoreResult,
    page::{ListQuery, Page},
    run::{NamedRun, RunView},
};

/// A claim in its current statement, and the newest judgement of this statement.
#[derive(Clone, Debug, PartialEq)]
pub struct ClaimView {
    pub stated: Stated,
    pub time: Time,
    pub by: ActorId,
    pub judgement: Option<JudgementView>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct JudgementView {
    pub judged: Judged,
    pub time: Time,
    pub by: ActorId,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ChoiceView {
    pub chosen: CandidateChosen,
    pub time: Time,
    pub by: ActorId,
}

/// The newest finished run of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepDone {
    pub run: NamedRun,
    pub step: Name,
}

/// How many runs asked a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tries {
    /// Runs that have ended, with any outcome.
    pub ended: u64,
    /// The newest of these runs.
    pub newest: Option<RunId>,
}

#[async_trait]
pub trait Claims: Send + Sync + 'static {
    async fn claim(&self, claim: ClaimId) -> StoreResult<Option<ClaimView>>;
    /// The known claims among these, oldest first.
    async fn claims_by_id(&self, claims: &[ClaimId]) -> StoreResult<Vec<ClaimView>>;
    /// The claim with this name in each project that has one.
    async fn claims_named(&self, name: &Name) -> StoreResult<Vec<ClaimView>>;
    /// Newest first. The words of the query must occur in the name, the statement or the project.
    async fn claims(&self, query: &ListQuery) -> StoreResult<Page<ClaimView>>;
    /// All judgements of all statements of the claim, newest first.
    async fn judgements(&self, claim: ClaimId) -> StoreResult<Vec<JudgementView>>;
    /// The claims whose newest judgement rests on the run.
    async fn claims_resting_on(&self, run: RunId) -> StoreResult<Vec<ClaimView>>;
    /// The newest choice among the candidates of a run.
    async fn law_choice(&self, run: RunId) -> StoreResult<Option<ChoiceView>>;
    /// For each of these steps, the newest finished run, if there is one.
    async fn steps_done(&self, steps: &[(ProjectPath, Name)]) -> StoreResult<Vec<StepDone>>;
    /// How many runs asked a question in a project.
    async fn tries(&self, project: &ProjectPath, question: &Question) -> StoreResult<Tries>;
    /// The newest run with this name, in any state.
    async fn last_named(&self, project: &ProjectPath, name: &str) -> StoreResult<Option<RunView>>;
}
