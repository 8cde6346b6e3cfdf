//! Implements the port [`Views`]: each method is one query on a reader.

use std::collections::{BTreeMap, HashSet};

use async_trait::async_trait;
use hven_app::ports::{
    Catalogue, Claims, Publications, Repairs, Reproductions, StoreResult, Views,
    catalogue::{Catalogued, DatasetView, HoldOutReadView, SplitView},
    claims::{ChoiceView, ClaimView, JudgementView, StepDone, Tries},
    publications::{ImportView, PublicationView},
    repairs::StartedRepair,
    reproductions::ReproductionView,
    run::UnprocessedRun,
    views::{
        AddedPoints, AttemptView, FileUse, ListQuery, NamedRun, Page, PastQuery, PastRun, ProjectView, RunName,
        RunQuery, RunRow, RunView, RunnerView, SimilarRun, TagView, TokenView, UserView,
    },
};
use hven_core::{
    ClaimId, DatasetId, Digest, PublicationId, RepairId, RunId, RunnerId, UserId,
    access::{Grant, Scope},
    name::Name,
    object::FileKind,
    params::{Given, Params},
    project::ProjectPath,
    question::Question,
    run::{PartSealed, State},
    soundness::{NodeId, RunRepaired},
};

use crate::{
    home::Home,
    views::{
        access, additions, capture_notes, claims, datasets, files, labels, objects, params, past_runs, projects,
        publications, queries, repairs, reproductions, run_views, runners, users,
    },
};

#[async_trait]
impl Views for Home {
    async fn runs_named(&self, name: &RunName) -> StoreResult<Vec<RunView>> {
        let name = name.clone();
        self.inner.readers.read(move |sql| queries::runs_named(sql, &name)).await
    }
    async fn runs_by_id(&self, runs: &[RunId]) -> StoreResult<Vec<RunView>> {
        let runs = runs.to_vec();
        self.inner.readers.read(move |sql| Ok(run_views::many(sql, &runs)?)).await
    }
    async fn run_names(&self, runs: &[RunId]) -> StoreResult<Vec<NamedRun>> {
        let runs = runs.to_vec();
        self.inner.readers.read(move |sql| Ok(run_views::names(sql, &runs)?)).await
    }
    async fn runs(&self, query: &RunQuery) -> StoreResult<Page<RunRow>> {
        let query = query.clone();
        let live = self.runs_with_live_points();
        let mut page = self.inner.readers.read(move |sql| queries::runs_page(sql, &query)).await?;
        self.add_live_summaries(&mut page.items, &live).await?;
        Ok(page)
    }
    async fn run_counts(&self, scopes: &[Scope]) -> StoreResult<BTreeMap<State, u64>> {
        let scopes = scopes.to_vec();
        self.inner.readers.read(move |sql| Ok(queries::run_counts(sql, &scopes)?)).await
    }
    async fn tags(&self, query: &ListQuery) -> StoreResult<Page<TagView>> {
        let query = query.clone();
        self.inner.readers.read(move |sql| labels::tags_page(sql, &query)).await
    }
    async fn runs_unfinished(&self) -> StoreResult<Vec<RunView>> {
        self.inner.readers.read(move |sql| Ok(queries::runs_unfinished(sql)?)).await
    }
    async fn runs_submitted(&self) -> StoreResult<u64> {
        self.inner.readers.read(move |sql| Ok(queries::runs_submitted(sql)?)).await
    }
    async fn run_cached(&self, key: Digest, given: Option<&Params>) -> StoreResult<Option<RunView>> {
        let given = given.cloned();
        self.inner.readers.read(move |sql| Ok(queries::run_cached(sql, key, given.as_ref())?)).await
    }
    async fn params_given(&self, run: RunId) -> StoreResult<Given> {
        self.inner.readers.read(move |sql| Ok(params::given(sql, run)?)).await
    }
    async fn run_like(&self, like: &SimilarRun) -> StoreResult<Option<RunView>> {
        let like = like.clone();
        self.inner.readers.read(move |sql| Ok(queries::run_like(sql, &like)?)).await
    }
    async fn past_runs(&self, query: &PastQuery) -> StoreResult<Vec<PastRun>> {
        let query = query.clone();
        self.inner.readers.read(move |sql| Ok(past_runs::past_runs(sql, &query)?)).await
    }
    async fn attempts(&self, run: RunId) -> StoreResult<Vec<AttemptView>> {
        self.inner.readers.read(move |sql| Ok(run_views::attempts(sql, run)?)).await
    }
    async fn added_points(&self, run: RunId, key: &str) -> StoreResult<Vec<AddedPoints>> {
        let key = key.to_owned();
        self.inner.readers.read(move |sql| Ok(additions::points(sql, run, &key)?)).await
    }
    async fn additions_sum(&self, run: RunId) -> StoreResult<hven_core::additions::Sum> {
        self.inner.readers.read(move |sql| Ok(additions::sum(sql, run)?)).await
    }
    async fn capture_notes(&self, run: RunId) -> StoreResult<Vec<hven_core::capture::Note>> {
        self.inner.readers.read(move |sql| Ok(capture_notes::of_run(sql, run)?)).await
    }
    async fn parts(&self, attempt: hven_core::AttemptId) -> StoreResult<Vec<PartSealed>> {
        self.inner.readers.read(move |sql| Ok(objects::parts_of_attempt(sql, attempt)?)).await
    }
    async fn makers(&self, digests: &[Digest], limit: usize) -> StoreResult<Vec<FileUse>> {
        let digests = digests.to_vec();
        self.inner.readers.read(move |sql| Ok(files::uses(sql, &digests, files::FileRole::Output, limit)?)).await
    }
    async fn users_of(&self, digests: &[Digest], limit: usize) -> StoreResult<Vec<FileUse>> {
        let digests = digests.to_vec();
        self.inner.readers.read(move |sql| Ok(files::uses(sql, &digests, files::FileRole::Input, limit)?)).await
    }
    async fn used_within(
        &self,
        objects: &[(Digest, FileKind)],
        scopes: &[Scope],
    ) -> StoreResult<HashSet<(Digest, FileKind)>> {
        let (objects, scopes) = (objects.to_vec(), scopes.to_vec());
        self.inner.readers.read(move |sql| Ok(files::used_within(sql, &objects, &scopes)?)).await
    }

    async fn users(&self) -> StoreResult<Vec<UserView>> {
        self.inner.readers.read(move |sql| Ok(users::load(sql, None)?)).await
    }
    async fn user(&self, user: UserId) -> StoreResult<Option<UserView>> {
        self.inner.readers.read(move |sql| Ok(users::load(sql, Some(user))?.pop())).await
    }
    async fn users_by_id(&self, users: &[UserId]) -> StoreResult<Vec<UserView>> {
        let users = users.to_vec();
        self.inner.readers.read(move |sql| Ok(users::many(sql, &users)?)).await
    }
    async fn all_roles(&self) -> StoreResult<Vec<(UserId, Grant)>> {
        self.inner.readers.read(move |sql| Ok(access::all_roles(sql)?)).await
    }
    async fn all_tokens(&self) -> StoreResult<Vec<TokenView>> {
        self.inner.readers.read(move |sql| Ok(access::all_tokens(sql)?)).await
    }
    async fn roles(&self, user: UserId) -> StoreResult<Vec<Grant>> {
        self.inner.readers.read(move |sql| Ok(access::roles(sql, user)?)).await
    }
    async fn members(&self, scope: &Scope) -> StoreResult<Vec<(UserId, Grant)>> {
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
    async fn runners(&self) -> StoreResult<Vec<RunnerView>> {
        self.inner.readers.read(move |sql| Ok(runners::load(sql)?)).await
    }
    async fn runners_there(&self) -> StoreResult<Vec<RunnerId>> {
        self.inner.readers.read(move |sql| Ok(runners::not_gone(sql)?)).await
    }
}

#[async_trait]
impl Catalogue for Home {
    async fn dataset(&self, dataset: DatasetId) -> StoreResult<Option<DatasetView>> {
        self.inner.readers.read(move |sql| Ok(datasets::one(sql, dataset)?)).await
    }
    async fn datasets_by_id(&self, datasets: &[DatasetId]) -> StoreResult<Vec<DatasetView>> {
        let datasets = datasets.to_vec();
        self.inner.readers.read(move |sql| Ok(datasets::many(sql, &datasets)?)).await
    }
    async fn datasets_named(&self, name: &Name, version: Option<u32>) -> StoreResult<Vec<DatasetView>> {
        let name = name.clone();
        self.inner.readers.read(move |sql| Ok(datasets::named(sql, &name, version)?)).await
    }
    async fn dataset_versions(&self, names: &[(ProjectPath, Name)]) -> StoreResult<Vec<DatasetView>> {
        let names = names.to_vec();
        self.inner.readers.read(move |sql| Ok(datasets::versions(sql, &names)?)).await
    }
    async fn datasets(&self, query: &ListQuery) -> StoreResult<Page<DatasetView>> {
        let query = query.clone();
        self.inner.readers.read(move |sql| datasets::page(sql, &query)).await
    }
    async fn datasets_of_run(&self, run: RunId) -> StoreResult<Vec<DatasetView>> {
        self.inner.readers.read(move |sql| Ok(datasets::of_run(sql, run)?)).await
    }
    async fn split_of_run(&self, run: RunId) -> StoreResult<Option<DatasetId>> {
        self.inner.readers.read(move |sql| Ok(datasets::split_of_run(sql, run)?)).await
    }
    async fn splits(&self, dataset: DatasetId) -> StoreResult<Vec<SplitView>> {
        self.inner.readers.read(move |sql| Ok(datasets::splits(sql, dataset)?)).await
    }
    async fn catalogued(&self, digests: &[Digest]) -> StoreResult<Vec<Catalogued>> {
        let digests = digests.to_vec();
        self.inner.readers.read(move |sql| Ok(datasets::catalogued(sql, &digests)?)).await
    }
    async fn hold_out_reads(&self, dataset: DatasetId, limit: usize) -> StoreResult<Vec<HoldOutReadView>> {
        self.inner.readers.read(move |sql| Ok(datasets::hold_out_reads(sql, dataset, limit)?)).await
    }
    async fn hold_out_read_count(&self, dataset: DatasetId) -> StoreResult<u64> {
        self.inner.readers.read(move |sql| Ok(datasets::hold_out_read_count(sql, dataset)?)).await
    }
    async fn runs_to_settle(&self) -> StoreResult<Vec<UnprocessedRun>> {
        self.inner.readers.read(move |sql| Ok(datasets::runs_to_settle(sql)?)).await
    }
}

#[async_trait]
impl Claims for Home {
    async fn claim(&self, claim: ClaimId) -> StoreResult<Option<ClaimView>> {
        self.inner.readers.read(move |sql| Ok(claims::one(sql, claim)?)).await
    }
    async fn claims_by_id(&self, claims: &[ClaimId]) -> StoreResult<Vec<ClaimView>> {
        let claims = claims.to_vec();
        self.inner.readers.read(move |sql| Ok(claims::many(sql, &claims)?)).await
    }
    async fn steps_done(&self, steps: &[(ProjectPath, Name)]) -> StoreResult<Vec<StepDone>> {
        let steps = steps.to_vec();
        self.inner.readers.read(move |sql| Ok(claims::steps_done(sql, &steps)?)).await
    }
    async fn claims_named(&self, name: &Name) -> StoreResult<Vec<ClaimView>> {
        let name = name.clone();
        self.inner.readers.read(move |sql| Ok(claims::named(sql, &name)?)).await
    }
    async fn claims(&self, query: &ListQuery) -> StoreResult<Page<ClaimView>> {
        let query = query.clone();
        self.inner.readers.read(move |sql| claims::page(sql, &query)).await
    }
    async fn judgements(&self, claim: ClaimId) -> StoreResult<Vec<JudgementView>> {
        self.inner.readers.read(move |sql| Ok(claims::judgements(sql, claim)?)).await
    }
    async fn claims_resting_on(&self, run: RunId) -> StoreResult<Vec<ClaimView>> {
        self.inner.readers.read(move |sql| Ok(claims::resting_on(sql, run)?)).await
    }
    async fn law_choice(&self, run: RunId) -> StoreResult<Option<ChoiceView>> {
        self.inner.readers.read(move |sql| Ok(claims::law_choice(sql, run)?)).await
    }
    async fn last_named(&self, project: &ProjectPath, name: &str) -> StoreResult<Option<RunView>> {
        let (project, name) = (project.clone(), name.to_owned());
        self.inner.readers.read(move |sql| Ok(claims::last_named(sql, &project, &name)?)).await
    }
    async fn tries(&self, project: &ProjectPath, question: &Question) -> StoreResult<Tries> {
        let (project, question) = (project.clone(), question.clone());
        self.inner.readers.read(move |sql| Ok(claims::tries(sql, &project, &question)?)).await
    }
}

#[async_trait]
impl Reproductions for Home {
    async fn reproductions(&self, run: RunId, limit: usize) -> StoreResult<Vec<ReproductionView>> {
        self.inner.readers.read(move |sql| Ok(reproductions::of_run(sql, run, limit)?)).await
    }
    async fn reproducing(&self) -> StoreResult<Vec<UnprocessedRun>> {
        self.inner.readers.read(move |sql| Ok(reproductions::under_way(sql)?)).await
    }
}

#[async_trait]
impl Repairs for Home {
    async fn repair(&self, repair: RepairId) -> StoreResult<Option<StartedRepair>> {
        self.inner.readers.read(move |sql| Ok(repairs::one(sql, repair)?)).await
    }
    async fn repairs_by_id(&self, repairs: &[RepairId]) -> StoreResult<Vec<StartedRepair>> {
        let ids = repairs.to_vec();
        self.inner.readers.read(move |sql| Ok(repairs::many(sql, &ids)?)).await
    }
    async fn repair_numbered(&self, number: u32) -> StoreResult<Option<StartedRepair>> {
        self.inner.readers.read(move |sql| Ok(repairs::numbered(sql, number)?)).await
    }
    async fn repair_newest(&self, of: NodeId, with: Option<NodeId>) -> StoreResult<Option<StartedRepair>> {
        self.inner.readers.read(move |sql| Ok(repairs::newest(sql, of, with)?)).await
    }
    async fn repair_number_last(&self) -> StoreResult<u32> {
        self.inner.readers.read(move |sql| Ok(repairs::number_last(sql)?)).await
    }
    async fn repairs_open(&self) -> StoreResult<Vec<StartedRepair>> {
        self.inner.readers.read(move |sql| Ok(repairs::open(sql)?)).await
    }
    async fn repair_page(&self, query: &ListQuery, is_open: bool) -> StoreResult<Page<StartedRepair>> {
        let query = query.clone();
        self.inner.readers.read(move |sql| repairs::page(sql, &query, is_open)).await
    }
    async fn repair_runs_unfinished(&self) -> StoreResult<Vec<(u64, RunRepaired)>> {
        self.inner.readers.read(move |sql| Ok(repairs::runs_unfinished(sql)?)).await
    }
}

#[async_trait]
impl Publications for Home {
    async fn publication(&self, publication: PublicationId) -> StoreResult<Option<PublicationView>> {
        self.inner.readers.read(move |sql| Ok(publications::one(sql, publication)?)).await
    }
    async fn publications_by_id(&self, publications: &[PublicationId]) -> StoreResult<Vec<PublicationView>> {
        let publications = publications.to_vec();
        self.inner.readers.read(move |sql| Ok(publications::many(sql, &publications)?)).await
    }
    async fn publications_named(&self, name: &Name, version: Option<u32>) -> StoreResult<Vec<PublicationView>> {
        let name = name.clone();
        self.inner.readers.read(move |sql| Ok(publications::named(sql, &name, version)?)).await
    }
    async fn publication_versions(&self, project: &ProjectPath, name: &Name) -> StoreResult<Vec<PublicationView>> {
        let (project, name) = (project.clone(), name.clone());
        self.inner.readers.read(move |sql| Ok(publications::versions(sql, &project, &name)?)).await
    }
    async fn publications(&self, query: &ListQuery, claim: Option<ClaimId>) -> StoreResult<Page<PublicationView>> {
        let query = query.clone();
        self.inner.readers.read(move |sql| publications::page(sql, &query, claim)).await
    }
    async fn publications_of(&self, claim: ClaimId) -> StoreResult<Vec<PublicationView>> {
        self.inner.readers.read(move |sql| Ok(publications::of_claim(sql, claim)?)).await
    }
    async fn imported(&self, fingerprint: Digest) -> StoreResult<Option<ImportView>> {
        self.inner.readers.read(move |sql| Ok(publications::imported(sql, fingerprint)?)).await
    }
    async fn origin(&self, node: NodeId) -> StoreResult<Option<ImportView>> {
        self.inner.readers.read(move |sql| Ok(publications::origin(sql, node)?)).await
    }
}
