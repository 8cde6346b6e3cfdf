//! Routes for the record: its facts, its audit, and redactions.

use axum::{Json, extract::State};
use hven_api::{facts as wire, page::Page};
use hven_app::{
    AppError, AppResult, facts,
    redact::{self, Redaction, Target},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::lists;
use crate::{
    Server,
    answer::{Answer, Body, Query},
    caller::Authenticated,
    convert,
};

super::operations::operations![facts, audit, audit_progress, redact];

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// Only facts after this number.
    #[serde(default)]
    after: u64,
    /// Only facts before this number.
    before: Option<u64>,
    /// The first fact: `oldest` (the default) or `newest`.
    order: Option<String>,
    /// The kind of fact, such as `run.finished`.
    kind: Option<String>,
    /// Only facts about this run.
    run: Option<String>,
    limit: Option<usize>,
    /// The cursor of the previous page. It replaces `after` and `before`.
    cursor: Option<String>,
}

impl Filter {
    fn into_domain(self) -> AppResult<facts::FactFilter> {
        let newest_first = match self.order.as_deref() {
            None | Some("oldest") => false,
            Some("newest") => true,
            Some(other) => {
                let why = "is not oldest or newest".to_owned();
                return Err(AppError::Invalid { what: format!("order={other}"), why });
            }
        };
        let cursor = self.cursor.as_deref().map(|cursor| {
            cursor.parse::<u64>().map_err(|_| AppError::Invalid {
                what: format!("cursor={cursor}"),
                why: "is not a cursor of this server".to_owned(),
            })
        });
        let cursor = cursor.transpose()?;
        Ok(facts::FactFilter {
            after: cursor.filter(|_| !newest_first).unwrap_or(self.after),
            before: cursor.filter(|_| newest_first).or(self.before),
            newest_first,
            kind: self.kind,
            run: self.run,
            limit: lists::limit(self.limit)?,
        })
    }
}

/// The facts of the record.
#[utoipa::path(get, path = "/facts", tag = "record", params(Filter), responses((status = 200, body = Page<wire::Fact>)))]
pub(crate) async fn facts(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Query(filter): Query<Filter>,
) -> Answer<Json<Page<wire::Fact>>> {
    let filter = filter.into_domain()?;
    let limit = filter.limit;
    let facts = facts::list(&server.app, &caller, filter).await?;
    let next = facts.last().filter(|_| facts.len() == limit).map(|last| last.envelope.header.seq.to_string());
    let items = facts.into_iter().map(convert::facts::fact).collect();
    Ok(Json(Page { schema: "hven.facts/1".to_owned(), items, next }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditOptions {
    /// Also read every object and compare its digest.
    #[serde(default)]
    objects: bool,
}

/// Recomputes every hash of the chain of facts.
#[utoipa::path(get, path = "/audit", tag = "record", params(AuditOptions), responses((status = 200, body = wire::Audit)))]
pub(crate) async fn audit(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Query(how): Query<AuditOptions>,
) -> Answer<Json<wire::Audit>> {
    Ok(Json(convert::audit::audit(facts::verify(&server.app, &caller, how.objects).await?)))
}

/// The progress of an audit that reads objects now; `null` when there is none.
#[utoipa::path(get, path = "/audit/progress", tag = "record",
    responses((status = 200, body = Option<wire::AuditProgress>)))]
pub(crate) async fn audit_progress(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
) -> Answer<Json<Option<wire::AuditProgress>>> {
    Ok(Json(facts::verifying(&server.app, &caller)?.map(convert::audit::progress)))
}

/// Erases data that should not have been recorded.
#[utoipa::path(post, path = "/redactions", tag = "record", request_body = wire::Redact,
    responses((status = 200, body = wire::Redacted)))]
pub(crate) async fn redact(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Body(redact): Body<wire::Redact>,
) -> Answer<Json<wire::Redacted>> {
    let target = match (redact.fact, redact.run, redact.text, redact.object) {
        (Some(seq), None, None, None) => Target::Fact(seq),
        (None, Some(run), Some(text), None) => Target::Text { run, text },
        (None, None, None, Some(digest)) => Target::Object(convert::parsed(&digest)?),
        _ => {
            let why = "names exactly one of: fact; run and text; object".to_owned();
            return Err(AppError::Invalid { what: "a redaction".to_owned(), why }.into());
        }
    };
    let Redaction { places, copies_left } = redact::redact(&server.app, &caller, target, redact.because).await?;
    Ok(Json(wire::Redacted { schema: "hven.redaction/1".to_owned(), places, copies_left }))
}
