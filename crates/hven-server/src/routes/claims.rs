//! Routes for claims, laws, and the lineage of any node.

use axum::{
    Json,
    extract::{Path, State},
};
use hven_api::{claims as wire, laws as wire_laws, lineage as wire_lineage, page::Page};
use hven_app::{claims, judge, laws, lineage_answers};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{datasets::ProjectQuery, lists};
use crate::{
    Server,
    answer::{Answer, Body, Key, Query},
    caller::Authenticated,
    convert,
};

super::operations::operations![list, state, show, judge_claim, law, choose, lineage];

#[utoipa::path(get, path = "/claims", tag = "claims", params(lists::Filter),
    responses((status = 200, body = Page<wire::ClaimSummary>)))]
pub(crate) async fn list(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Query(filter): Query<lists::Filter>,
) -> Answer<Json<Page<wire::ClaimSummary>>> {
    let rows = claims::rows(&server.app, &caller, filter.read()?).await?;
    Ok(Json(lists::page("hven.claims/1", rows, convert::claims::row)))
}

/// States a claim, or a new revision of it. Stating the same again changes nothing.
#[utoipa::path(post, path = "/claims", tag = "claims", request_body = wire::StateClaim,
    responses((status = 200, body = wire::ClaimSummary)))]
pub(crate) async fn state(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Key(key): Key,
    Body(new): Body<wire::StateClaim>,
) -> Answer<Json<wire::ClaimSummary>> {
    let stated = claims::state(&server.app, &caller, key, convert::claims::claim_in(new)?).await?;
    Ok(Json(convert::claims::standpoint(&stated.of, &stated.labels)))
}

/// All details of one claim, named by its id or its name.
#[utoipa::path(get, path = "/claims/{claim}", tag = "claims", params(("claim" = String, Path), ProjectQuery),
    responses((status = 200, body = wire::ClaimDetail)))]
pub(crate) async fn show(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(claim): Path<String>,
    Query(project): Query<ProjectQuery>,
) -> Answer<Json<wire::ClaimDetail>> {
    let detail = claims::detail(&server.app, &caller, &claim, project.parsed()?.as_ref()).await?;
    Ok(Json(convert::claims::detail(&detail, &server.options.url)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct JudgeOptions {
    /// The claim's project, when several projects have a claim of this name.
    project: Option<String>,
    /// Judge the claim although its evidence rests on something retracted: the reason.
    despite_suspicion: Option<String>,
}

/// Tests the newest evidence of a claim, and records the verdict.
#[utoipa::path(post, path = "/claims/{claim}/judge", tag = "claims", params(("claim" = String, Path), JudgeOptions),
    responses((status = 200, body = wire::ClaimDetail)))]
pub(crate) async fn judge_claim(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(claim): Path<String>,
    Query(judging): Query<JudgeOptions>,
    Key(key): Key,
) -> Answer<Json<wire::ClaimDetail>> {
    let project = judging.project.as_deref().map(convert::parsed).transpose()?;
    let despite = judging.despite_suspicion.as_deref();
    let detail = judge::judge(&server.app, &caller, key, &claim, project.as_ref(), despite).await?;
    Ok(Json(convert::claims::detail(&detail, &server.options.url)))
}

/// The result of a run of the recipe `law`.
#[utoipa::path(get, path = "/laws/{run}", tag = "laws", params(("run" = String, Path)),
    responses((status = 200, body = wire_laws::LawDetail)))]
pub(crate) async fn law(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
) -> Answer<Json<wire_laws::LawDetail>> {
    let detail = laws::labelled_detail(&server.app, &caller, &run).await?;
    Ok(Json(convert::claims::law(detail)))
}

/// Chooses another candidate of the front.
#[utoipa::path(post, path = "/laws/{run}/choice", tag = "laws", params(("run" = String, Path)),
    request_body = wire_laws::ChooseCandidate, responses((status = 200, body = wire_laws::LawDetail)))]
pub(crate) async fn choose(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
    Key(key): Key,
    Body(choice): Body<wire_laws::ChooseCandidate>,
) -> Answer<Json<wire_laws::LawDetail>> {
    let detail = laws::choose(&server.app, &caller, &run, choice.candidate, choice.because, key).await?;
    Ok(Json(convert::claims::law(detail)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct NodeQuery {
    /// `7Q2M` or `run/7Q2M`, `planets@1` or `data/planets`, `claim/kepler3`.
    pub(super) of: String,
    /// The project of the named thing, when several projects have the name.
    pub(super) project: Option<String>,
}

/// The ancestors of any node down to raw bytes, and its descendants.
#[utoipa::path(get, path = "/lineage", tag = "lineage", params(NodeQuery),
    responses((status = 200, body = wire_lineage::Lineage)))]
pub(crate) async fn lineage(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Query(of): Query<NodeQuery>,
) -> Answer<Json<wire_lineage::Lineage>> {
    let project = of.project.as_deref().map(convert::parsed).transpose()?;
    let found = lineage_answers::of(&server.app, &caller, &of.of, project.as_ref()).await?;
    Ok(Json(convert::lineage::lineage(&found)))
}
