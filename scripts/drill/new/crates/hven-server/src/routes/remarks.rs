//! Routes that add and list remarks.

use axum::{Json, extract::State};
use hven_api::{page::Page, remarks as wire};
use hven_app::{
    AppResult,
    knowledge::remarks::{self, NewRemark},
    labelled::Labels,
    ports::remarks::RemarkView,
};

use super::lists;
use crate::{
    Server,
    answer::{Answer, Body, Key, Query},
    caller::Authenticated,
    convert::{actor, parsed, text},
};

super::operations::operations![list, make];

/// The remarks, newest first.
#[utoipa::path(get, path = "/remarks", tag = "claims", params(lists::Filter),
    responses((status = 200, body = Page<wire::Remark>)))]
pub(crate) async fn list(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Query(filter): Query<lists::Filter>,
) -> Answer<Json<Page<wire::Remark>>> {
    let rows = remarks::rows(&server.app, &caller, filter.read()?).await?;
    Ok(Json(lists::page("hven.remarks/1", rows, remark)))
}

/// Adds a remark about a node of the lineage, in the project of the node.
#[utoipa::path(post, path = "/remarks", tag = "claims", request_body = wire::MakeRemark,
    responses((status = 200, body = wire::Remark)))]
pub(crate) async fn make(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Key(key): Key,
    Body(new): Body<wire::MakeRemark>,
) -> Answer<Json<wire::Remark>> {
    let made = remarks::make(&server.app, &caller, key, remark_in(new)?).await?;
    Ok(Json(remark(&made.of, &made.labels)))
}

fn remark_in(new: wire::MakeRemark) -> AppResult<NewRemark> {
    let project = new.project.as_deref().map(parsed).transpose()?;
    Ok(NewRemark { on: new.on, name: parsed(&new.name)?, text: new.text, project })
}

fn remark(RemarkView { made, time, by }: &RemarkView, labels: &Labels) -> wire::Remark {
    wire::Remark {
        id: made.remark.to_string(),
        project: made.project.to_string(),
        name: made.name.to_string(),
        on: made.on.to_string(),
        text: made.text.clone(),
        made: text(*time),
        made_by: actor(labels.actor(*by)),
    }
}
