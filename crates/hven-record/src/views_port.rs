//! The port [`Views`]: each question is one query on a reader.

use std::collections::BTreeMap;

use async_trait::async_trait;
use hven_app::ports::{
    StoreResult, Views,
    views::{AttemptView, Page, ProjectView, RunName, RunQuery, RunRow, RunView, RunnerView, TokenView, Use, UserView},
};
use hven_core::{
    Digest, RunId, RunnerId, UserId,
    access::{Role, Scope},
    project::ProjectPath,
    run::{PartSealed, State},
};

use crate::{
    home::Home,
    views::{access, files, objects, projects, queries, runners, runs, users},
};

#[async_trait]
impl Views for Home {
    async fn runs_named(&self, name: &RunName) -> StoreResult<Vec<RunView>> {
        let name = name.clone();
        self.inner.readers.read(move |sql| queries::runs_named(sql, &name)).await
    }
    async fn runs(&self, query: &RunQuery) -> StoreResult<Page<RunRow>> {
        let query = query.clone();
        let mut page = self.inner.readers.read(move |sql| queries::runs_page(sql, &query)).await?;
        self.add_live_summaries(&mut page.items).await?;
        Ok(page)
    }
    async fn run_counts(&self, scopes: &[Scope]) -> StoreResult<BTreeMap<State, u64>> {
        let scopes = scopes.to_vec();
        self.inner.readers.read(move |sql| Ok(queries::run_counts(sql, &scopes)?)).await
    }
    async fn runs_unfinished(&self) -> StoreResult<Vec<RunView>> {
        self.inner.readers.read(move |sql| Ok(queries::runs_unfinished(sql)?)).await
    }
    async fn runs_submitted(&self) -> StoreResult<u64> {
        self.inner.readers.read(move |sql| Ok(queries::runs_submitted(sql)?)).await
    }
    async fn run_cached(&self, key: Digest) -> StoreResult<Option<RunView>> {
        self.inner.readers.read(move |sql| Ok(queries::run_cached(sql, key)?)).await
    }
    async fn attempts(&self, run: RunId) -> StoreResult<Vec<AttemptView>> {
        self.inner.readers.read(move |sql| Ok(runs::attempts(sql, run)?)).await
    }
    async fn parts(&self, attempt: hven_core::AttemptId) -> StoreResult<Vec<PartSealed>> {
        self.inner.readers.read(move |sql| Ok(objects::parts_of_attempt(sql, attempt)?)).await
    }
    async fn makers(&self, digest: Digest, limit: usize) -> StoreResult<Vec<Use>> {
        self.inner.readers.read(move |sql| Ok(files::uses(sql, digest, files::FileRole::Output, limit)?)).await
    }
    async fn users_of(&self, digest: Digest, limit: usize) -> StoreResult<Vec<Use>> {
        self.inner.readers.read(move |sql| Ok(files::uses(sql, digest, files::FileRole::Input, limit)?)).await
    }

    async fn users(&self) -> StoreResult<Vec<UserView>> {
        self.inner.readers.read(move |sql| Ok(users::load(sql, None)?)).await
    }
    async fn user(&self, user: UserId) -> StoreResult<Option<UserView>> {
        self.inner.readers.read(move |sql| Ok(users::load(sql, Some(user))?.pop())).await
    }
    async fn roles(&self, user: UserId) -> StoreResult<Vec<(Scope, Role)>> {
        self.inner.readers.read(move |sql| Ok(access::roles(sql, user)?)).await
    }
    async fn members(&self, scope: &Scope) -> StoreResult<Vec<(UserId, Role)>> {
        let scope = scope.clone();
        self.inner.readers.read(move |sql| Ok(access::members(sql, &scope)?)).await
    }
    async fn tokens(&self, user: UserId) -> StoreResult<Vec<TokenView>> {
        self.inner.readers.read(move |sql| Ok(access::tokens(sql, user)?)).await
    }
    async fn token_by_digest(&self, digest: Digest) -> StoreResult<Option<TokenView>> {
        self.inner.readers.read(move |sql| Ok(access::token_by_digest(sql, digest)?)).await
    }
    async fn projects(&self) -> StoreResult<Vec<ProjectView>> {
        self.inner.readers.read(move |sql| Ok(projects::load(sql)?)).await
    }
    async fn has_project(&self, path: &ProjectPath) -> StoreResult<bool> {
        let path = path.clone();
        self.inner.readers.read(move |sql| Ok(projects::exists(sql, &path)?)).await
    }
    async fn runner(&self, runner: RunnerId) -> StoreResult<Option<RunnerView>> {
        self.inner.readers.read(move |sql| Ok(runners::load(sql, Some(runner))?.pop())).await
    }
    async fn runners(&self) -> StoreResult<Vec<RunnerView>> {
        self.inner.readers.read(move |sql| Ok(runners::load(sql, None)?)).await
    }
    async fn runners_there(&self) -> StoreResult<Vec<RunnerId>> {
        self.inner.readers.read(move |sql| Ok(runners::there(sql)?)).await
    }
}
