//! Routes for the home and its server.

use std::io::Write;

use axum::{
    Json,
    body::{Body as HttpBody, Bytes},
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use hven_api::home as wire;
use hven_app::{AppError, home};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::{Server, answer::Answer, caller::Authenticated, convert};

super::operations::operations![server, overview, shutdown, backup];

/// The server and its runners.
#[utoipa::path(get, path = "/server", tag = "home", responses((status = 200, body = wire::Server)))]
pub(crate) async fn server(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
) -> Answer<Json<wire::Server>> {
    let state = home::server(&server.app, &caller).await?;
    Ok(Json(wire::Server {
        schema: "hven.server/1".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        home: server.options.home.clone(),
        url: server.options.url.clone(),
        pid: std::process::id(),
        started: server.started.to_string(),
        facts: state.facts,
        database: server.options.database.clone(),
        runners: state.runners.into_iter().map(convert::home::runner).collect(),
        runs: convert::home::counts(state.runs),
    }))
}

/// The running, the waiting and the most recently ended runs.
#[utoipa::path(get, path = "/overview", tag = "home", responses((status = 200, body = wire::Overview)))]
pub(crate) async fn overview(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
) -> Answer<Json<wire::Overview>> {
    Ok(Json(convert::home::overview(home::overview(&server.app, &caller).await?)))
}

/// Closes the server. Running tasks continue.
#[utoipa::path(post, path = "/server/shutdown", tag = "home", responses((status = 202)))]
pub(crate) async fn shutdown(State(server): State<Server>, Authenticated(caller): Authenticated) -> Answer<StatusCode> {
    home::shut_down(&caller, || server.close())?;
    Ok(StatusCode::ACCEPTED)
}

/// The whole home as a tar archive, made while the home is in use.
#[utoipa::path(get, path = "/backup", tag = "home",
    responses((status = 200, content_type = "application/x-tar", body = Vec<u8>)))]
pub(crate) async fn backup(State(server): State<Server>, Authenticated(caller): Authenticated) -> Answer<Response> {
    let backup = home::backup(&server.app, &caller)?;
    let (sender, receiver) = mpsc::channel(4);
    tokio::task::spawn_blocking(move || {
        let mut out = std::io::BufWriter::with_capacity(CHUNK_BYTES, ChannelWriter(sender.clone()));
        let written = backup.write(&mut out).map_err(AppError::from);
        let flushed = out.flush();
        if let Err(error) = written.map_err(std::io::Error::other).and(flushed) {
            tracing::error!(%error, "a backup stopped");
            // The reader gets a broken body, never a short archive that looks complete.
            let _ = sender.blocking_send(Err(error));
        }
    });
    let headers = [(header::CONTENT_TYPE, "application/x-tar")];
    Ok((headers, HttpBody::from_stream(ReceiverStream::new(receiver))).into_response())
}

const CHUNK_BYTES: usize = 1 << 20;

struct ChannelWriter(mpsc::Sender<std::io::Result<Bytes>>);

impl Write for ChannelWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let sent = self.0.blocking_send(Ok(Bytes::copy_from_slice(bytes)));
        sent.map_err(|_| std::io::Error::new(std::io::ErrorKind::BrokenPipe, "the client stopped reading the backup"))?;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
