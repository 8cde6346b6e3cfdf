//! The home and its server.

use std::{collections::BTreeMap, io::Write};

use axum::{
    Json,
    body::{Body as HttpBody, Bytes},
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use hven_api::{home as wire, runs::RunSummary};
use hven_app::{App, AppError, AppResult, Caller, ports::views::RunOrder, runs};
use hven_core::{Time, access::Role, run::State as RunState};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::{Server, answer::Answer, caller::Authenticated, convert};

/// The server and its runners.
#[utoipa::path(get, path = "/server", tag = "home", responses((status = 200, body = wire::Server)))]
pub(crate) async fn server(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
) -> Answer<Json<wire::Server>> {
    let counts = runs::counts(&server.app, &caller).await?;
    let now = server.app.now();
    let mut runners = Vec::new();
    for view in server.app.ports.views.runners().await?.into_iter().rev().take(RUNNERS_MAX) {
        let heard = server.app.runners.heard(view.id);
        runners.push(wire::Runner {
            id: view.id.to_string(),
            state: runner_state(view.gone, heard, now).to_owned(),
            pool: view.pool,
            host: view.host,
            version: view.version,
            capacity: convert::capacity(&view.capacity),
            heard: heard.map(|heard| heard.to_string()),
        });
    }
    Ok(Json(wire::Server {
        schema: "hven.server/1".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        home: server.options.home.clone(),
        url: server.options.url.clone(),
        pid: std::process::id(),
        started: server.started.to_string(),
        facts: server.app.ports.record.head().seq,
        database: server.options.database.clone(),
        runners,
        runs: counts_out(counts),
    }))
}

/// The newest are shown.
const RUNNERS_MAX: usize = 100;
/// A runner that polls is heard at least every half minute.
const SILENT_AFTER_S: f64 = 45.0;

fn runner_state(gone: Option<Time>, heard: Option<Time>, now: Time) -> &'static str {
    match (gone, heard) {
        (Some(_), _) => "gone",
        (None, Some(heard)) if now.seconds_since(heard) < SILENT_AFTER_S => "attached",
        (None, _) => "silent",
    }
}

fn counts_out(counts: BTreeMap<RunState, u64>) -> BTreeMap<String, u64> {
    counts.into_iter().map(|(state, count)| (state.as_str().to_owned(), count)).collect()
}

/// What runs, what waits and what happened last.
#[utoipa::path(get, path = "/overview", tag = "home", responses((status = 200, body = wire::Overview)))]
pub(crate) async fn overview(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
) -> Answer<Json<wire::Overview>> {
    use RunState::{Cancelled, Done, Failed, Lost, Running, Stopping, Waiting};
    let app = &server.app;
    Ok(Json(wire::Overview {
        schema: "hven.overview/1".to_owned(),
        runs: counts_out(runs::counts(app, &caller).await?),
        running: some_runs(app, &caller, &[Running, Stopping], RunOrder::NewestFirst).await?,
        waiting: some_runs(app, &caller, &[Waiting], RunOrder::OldestFirst).await?,
        ended: some_runs(app, &caller, &[Done, Failed, Cancelled, Lost], RunOrder::NewestFirst).await?,
    }))
}

async fn some_runs(app: &App, caller: &Caller, states: &[RunState], order: RunOrder) -> AppResult<Vec<RunSummary>> {
    const SHOWN: usize = 20;
    let filter = runs::Filter { states: states.to_vec(), order, limit: SHOWN, ..runs::Filter::default() };
    let page = runs::list(app, caller, filter).await?;
    convert::soundness::rows(app, &page.items).await
}

/// Closes the server; what runs goes on.
#[utoipa::path(post, path = "/server/shutdown", tag = "home", responses((status = 202)))]
pub(crate) async fn shutdown(State(server): State<Server>, Authenticated(caller): Authenticated) -> Answer<StatusCode> {
    caller.require_home(Role::Owner)?;
    server.close();
    Ok(StatusCode::ACCEPTED)
}

/// The whole home as a tar archive, taken while it is in use.
#[utoipa::path(get, path = "/backup", tag = "home",
    responses((status = 200, content_type = "application/x-tar", body = Vec<u8>)))]
pub(crate) async fn backup(State(server): State<Server>, Authenticated(caller): Authenticated) -> Answer<Response> {
    caller.require_home(Role::Owner)?;
    let (sender, receiver) = mpsc::channel(4);
    let backup = std::sync::Arc::clone(&server.app.ports.backup);
    tokio::task::spawn_blocking(move || {
        let mut out = std::io::BufWriter::with_capacity(CHUNK_BYTES, ChannelWriter(sender.clone()));
        let written = backup.write(&mut out).map_err(AppError::from);
        let flushed = out.flush();
        if let Err(error) = written.map_err(std::io::Error::other).and(flushed) {
            tracing::error!(%error, "a backup stopped");
            // The reader sees a broken body, never a short archive that looks whole.
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
        sent.map_err(|_| std::io::Error::new(std::io::ErrorKind::BrokenPipe, "nobody reads the backup any more"))?;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
