//! The views: tables that are derived from facts, one noun after the other.

use std::collections::{BTreeMap, HashSet};

use async_trait::async_trait;
use hven_core::{
    AttemptId, Digest, RunId, RunnerId, UserId,
    access::{Grant, Scope},
    additions::Sum,
    object::FileKind,
    params::{Given, Params},
    project::ProjectPath,
    run::{PartSealed, State},
};

use crate::ports::{Readers, error::StoreResult};

pub use super::{
    page::{ListFilter, ListQuery, Page},
    people::{ProjectView, RunnerView, TokenView, UserView},
    run::{
        ADDED_SHOWN, AddedPoints, AdditionView, Archived, AttemptView, DeletedView, ExternalWork, FileUse, NamedRun,
        NoteView, PREFIX_DIGITS_MIN, PastQuery, PastRun, RunName, RunOrder, RunQuery, RunRow, RunView, RunWork,
        SetAsideView, SimilarRun, TagView,
    },
};

#[async_trait]
pub trait Views: Readers {
    /// The runs that the name matches: none, one, or several when a prefix is ambiguous (at most three are returned).
    async fn runs_named(&self, name: &RunName) -> StoreResult<Vec<RunView>>;
    /// The known runs among these, oldest first.
    async fn runs_by_id(&self, runs: &[RunId]) -> StoreResult<Vec<RunView>>;
    /// The names of the known runs among these.
    async fn run_names(&self, runs: &[RunId]) -> StoreResult<Vec<NamedRun>>;
    async fn runs(&self, query: &RunQuery) -> StoreResult<Page<RunRow>>;
    /// The number of runs in each state in these scopes, without archived runs and Hven's own checks.
    async fn run_counts(&self, scopes: &[Scope]) -> StoreResult<BTreeMap<State, u64>>;
    /// The tags of runs that the query's scopes include, by name. The words of the query are ignored.
    async fn tags(&self, query: &ListQuery) -> StoreResult<Page<TagView>>;
    /// All unfinished runs, oldest first.
    async fn runs_unfinished(&self) -> StoreResult<Vec<RunView>>;
    /// The number of runs that were ever submitted. It gives the next handle.
    async fn runs_submitted(&self) -> StoreResult<u64>;
    /// The newest finished run with this cache key that found its files as they are recorded. With `given`, the run
    /// must have been given these parameters, and no others as far as is known.
    async fn run_cached(&self, key: Digest, given: Option<&Params>) -> StoreResult<Option<RunView>>;
    /// Which parameters are known to have been given with a run.
    async fn params_given(&self, run: RunId) -> StoreResult<Given>;
    /// The newest run that matches, in any state.
    async fn run_like(&self, like: &SimilarRun) -> StoreResult<Option<RunView>>;
    /// The runs that match and were run here, newest first. Erased ones are left out.
    async fn past_runs(&self, query: &PastQuery) -> StoreResult<Vec<PastRun>>;
    async fn attempts(&self, run: RunId) -> StoreResult<Vec<AttemptView>>;
    /// The points of one metric that were added after the run's end, fact by fact.
    async fn added_points(&self, run: RunId, key: &str) -> StoreResult<Vec<AddedPoints>>;
    /// The amount of values that were added to the run after its end.
    async fn additions_sum(&self, run: RunId) -> StoreResult<Sum>;
    /// The parts of the run's code and inputs that the capture left out.
    async fn capture_notes(&self, run: RunId) -> StoreResult<Vec<hven_core::capture::Note>>;
    async fn parts(&self, attempt: AttemptId) -> StoreResult<Vec<PartSealed>>;
    /// Runs with some of these bytes as an output: for each digest at most `limit`, newest first.
    async fn makers(&self, digests: &[Digest], limit: usize) -> StoreResult<Vec<FileUse>>;
    /// Runs with some of these bytes as an input, except Hven's own checks: for each digest at most `limit`, oldest
    /// first.
    async fn users_of(&self, digests: &[Digest], limit: usize) -> StoreResult<Vec<FileUse>>;
    /// The objects among these that runs in these scopes have as an input or output. Folders count only if a run has
    /// them as folders.
    async fn used_within(
        &self,
        objects: &[(Digest, FileKind)],
        scopes: &[Scope],
    ) -> StoreResult<HashSet<(Digest, FileKind)>>;

    async fn users(&self) -> StoreResult<Vec<UserView>>;
    async fn user(&self, user: UserId) -> StoreResult<Option<UserView>>;
    /// The known users among these, in the order in which they were added.
    async fn users_by_id(&self, users: &[UserId]) -> StoreResult<Vec<UserView>>;
    /// The roles of all users, scope by scope.
    async fn all_roles(&self) -> StoreResult<Vec<(UserId, Grant)>>;
    /// The tokens of all users, in the order in which they were issued.
    async fn all_tokens(&self) -> StoreResult<Vec<TokenView>>;
    async fn roles(&self, user: UserId) -> StoreResult<Vec<Grant>>;
    async fn members(&self, scope: &Scope) -> StoreResult<Vec<(UserId, Grant)>>;
    async fn tokens(&self, user: UserId) -> StoreResult<Vec<TokenView>>;
    /// The token or session whose secret has this digest, also when it is revoked or expired. A session does not exist
    /// any more when the token that opened it is missing or revoked.
    async fn token_by_digest(&self, digest: Digest) -> StoreResult<Option<TokenView>>;
    async fn projects(&self) -> StoreResult<Vec<ProjectView>>;
    async fn has_project(&self, path: &ProjectPath) -> StoreResult<bool>;
    async fn runners(&self) -> StoreResult<Vec<RunnerView>>;
    /// The runners that were not removed.
    async fn runners_there(&self) -> StoreResult<Vec<RunnerId>>;
}
