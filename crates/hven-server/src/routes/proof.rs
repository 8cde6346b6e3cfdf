//! The server proves that it serves its home, before the client sends anything secret.

use std::{sync::Arc, time::Duration};

use axum::{Extension, Json, body, extract::State};
use hven_api::proof as wire;
use hven_app::AppError;
use hven_core::proof::Challenge;

use crate::{Server, answer::Answer, connections::Connection};

super::operations::operations![prove];

/// The client has shown no token yet, so its question must be short and arrive soon.
const QUESTION_BYTES_MAX: usize = 1024;
const QUESTION_WITHIN: Duration = Duration::from_secs(10);

/// Proves that this is the server of the home, on this connection. Needs no token. An answer is valid only for the
/// connection that it was sent on.
#[utoipa::path(post, path = "/proof", tag = "access", security(()), request_body = wire::AskProof,
    responses((status = 200, body = wire::Proved)))]
pub(crate) async fn prove(
    State(server): State<Server>,
    connection: Option<Extension<Arc<Connection>>>,
    question: body::Body,
) -> Answer<Json<wire::Proved>> {
    let invalid = |why: &str| AppError::Invalid { what: "the question for a proof".to_owned(), why: why.to_owned() };
    let bytes = tokio::time::timeout(QUESTION_WITHIN, body::to_bytes(question, QUESTION_BYTES_MAX)).await;
    let bytes = bytes.ok().and_then(Result::ok).ok_or_else(|| invalid("is too long or did not come"))?;
    let asked: wire::AskProof = serde_json::from_slice(&bytes).map_err(|_| invalid("cannot be read"))?;
    let (nonce, witness) = asked.read().map_err(|_| invalid("has no good nonce or witness"))?;
    let Some(Extension(connection)) = connection else { return Err(invalid("came without a connection").into()) };
    let challenge = Challenge { nonce, witness, server: connection.server, client: connection.client };
    Ok(Json(wire::Proved { proof: server.app.keys.prove(&challenge).to_string() }))
}
