//! What is read of claims and of laws.

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
    run::{RunNamed, RunView},
};

/// A claim as it is stated now, and the newest judgement of that statement.
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

/// The newest run of a step that is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepDone {
    pub run: RunNamed,
    pub step: Name,
}

/// How often a question was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tries {
    /// Runs that have ended, however they did.
    pub ended: u64,
    /// The newest of them.
    pub newest: Option<RunId>,
}

#[async_trait]
pub trait Claims: Send + Sync + 'static {
    async fn claim(&self, claim: ClaimId) -> StoreResult<Option<ClaimView>>;
    /// Those of the claims that are known, oldest first.
    async fn claims_by_id(&self, claims: &[ClaimId]) -> StoreResult<Vec<ClaimView>>;
    /// The claim of that name in each project that has one.
    async fn claims_named(&self, name: &Name) -> StoreResult<Vec<ClaimView>>;
    /// Newest first; words occur in name, statement or project.
    async fn claims(&self, query: &ListQuery) -> StoreResult<Page<ClaimView>>;
    /// All judgements of all statements of the claim, newest first.
    async fn judgements(&self, claim: ClaimId) -> StoreResult<Vec<JudgementView>>;
    /// Claims whose newest judgement rests on the run.
    async fn claims_resting_on(&self, run: RunId) -> StoreResult<Vec<ClaimView>>;
    /// The newest choice among the candidates of a run.
    async fn law_choice(&self, run: RunId) -> StoreResult<Option<ChoiceView>>;
    /// Of each of the steps the newest run that is done, if there is one.
    async fn steps_done(&self, steps: &[(ProjectPath, Name)]) -> StoreResult<Vec<StepDone>>;
    /// How often a question was asked in a project.
    async fn tries(&self, project: &ProjectPath, question: &Question) -> StoreResult<Tries>;
    /// The newest run of that name, however it stands.
    async fn last_named(&self, project: &ProjectPath, name: &str) -> StoreResult<Option<RunView>>;
}
