//! What is read: tables derived from facts, one noun after the other.

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
        ADDED_SHOWN, AddedPoints, AdditionView, Archived, AttemptView, Like, NoteView, PREFIX_DIGITS_MIN, RunName,
        RunNamed, RunOrder, RunQuery, RunRow, RunView, SetAsideView, TagView, Use,
    },
};

#[async_trait]
pub trait Views: Readers {
    /// Runs that the name fits: none, one, or several when a prefix is ambiguous (at most three are answered).
    async fn runs_named(&self, name: &RunName) -> StoreResult<Vec<RunView>>;
    /// Those of the runs that are known, oldest first.
    async fn runs_by_id(&self, runs: &[RunId]) -> StoreResult<Vec<RunView>>;
    /// The names of those of the runs that are known.
    async fn run_names(&self, runs: &[RunId]) -> StoreResult<Vec<RunNamed>>;
    async fn runs(&self, query: &RunQuery) -> StoreResult<Page<RunRow>>;
    /// How many runs are in each state, of those that the scopes let one see, but for archived ones and checks of Hven's own.
    async fn run_counts(&self, scopes: &[Scope]) -> StoreResult<BTreeMap<State, u64>>;
    /// The tags of runs that the scopes let one see, by name. No words are looked for.
    async fn tags(&self, query: &ListQuery) -> StoreResult<Page<TagView>>;
    /// All runs that have not ended, oldest first.
    async fn runs_unfinished(&self) -> StoreResult<Vec<RunView>>;
    /// How many runs there have been: the count of the next handle.
    async fn runs_submitted(&self) -> StoreResult<u64>;
    /// The newest run that is done, has this cache key and found its files as they are recorded; `given`: and with which these
    /// parameters were given, and no others that are known to have been given.
    async fn run_cached(&self, key: Digest, given: Option<&Params>) -> StoreResult<Option<RunView>>;
    /// What is known of the parameters that were given with a run.
    async fn params_given(&self, run: RunId) -> StoreResult<Given>;
    /// The newest run that is like this one, however it stands.
    async fn run_like(&self, like: &Like) -> StoreResult<Option<RunView>>;
    async fn attempts(&self, run: RunId) -> StoreResult<Vec<AttemptView>>;
    /// The points of one metric that were added after the run's end, fact by fact.
    async fn added_points(&self, run: RunId, key: &str) -> StoreResult<Vec<AddedPoints>>;
    /// How much was added to the run after its end, by facts that say so.
    async fn additions_sum(&self, run: RunId) -> StoreResult<Sum>;
    /// What was left out when the run's code and inputs were taken down.
    async fn capture_notes(&self, run: RunId) -> StoreResult<Vec<hven_core::capture::Note>>;
    async fn parts(&self, attempt: AttemptId) -> StoreResult<Vec<PartSealed>>;
    /// Runs that have some of these bytes as an output; of each at most so many, newest first.
    async fn makers(&self, digests: &[Digest], limit: usize) -> StoreResult<Vec<Use>>;
    /// Runs that have some of these bytes as an input, but for checks of Hven's own; of each at most so many, oldest first.
    async fn users_of(&self, digests: &[Digest], limit: usize) -> StoreResult<Vec<Use>>;
    /// Those of the objects that runs in these scopes have as an input or output; of folders those that they have as folders.
    async fn used_within(
        &self,
        objects: &[(Digest, FileKind)],
        scopes: &[Scope],
    ) -> StoreResult<HashSet<(Digest, FileKind)>>;

    async fn users(&self) -> StoreResult<Vec<UserView>>;
    async fn user(&self, user: UserId) -> StoreResult<Option<UserView>>;
    /// Those of the users that are known, in the order in which they were added.
    async fn users_by_id(&self, users: &[UserId]) -> StoreResult<Vec<UserView>>;
    /// The roles of all users, place by place.
    async fn all_roles(&self) -> StoreResult<Vec<(UserId, Grant)>>;
    /// The tokens of all users, in the order in which they were issued.
    async fn all_tokens(&self) -> StoreResult<Vec<TokenView>>;
    async fn roles(&self, user: UserId) -> StoreResult<Vec<Grant>>;
    async fn members(&self, scope: &Scope) -> StoreResult<Vec<(UserId, Grant)>>;
    async fn tokens(&self, user: UserId) -> StoreResult<Vec<TokenView>>;
    /// The token or session whose secret has this digest, revoked or expired ones too. A session is not there any more
    /// when the token that opened it is gone or revoked.
    async fn token_by_digest(&self, digest: Digest) -> StoreResult<Option<TokenView>>;
    async fn projects(&self) -> StoreResult<Vec<ProjectView>>;
    async fn has_project(&self, path: &ProjectPath) -> StoreResult<bool>;
    async fn runners(&self) -> StoreResult<Vec<RunnerView>>;
    /// Those that are not gone for good.
    async fn runners_there(&self) -> StoreResult<Vec<RunnerId>>;
}
