//! Routes of the runner's protocol.

use std::{collections::BTreeMap, time::Duration};

use axum::{
    Json,
    body::Body as Bytestream,
    extract::{Path, Request, State},
    http::header,
    response::{IntoResponse, Response},
};
use hven_api::runner as wire;
use hven_app::{
    runners::{self, RunnerCommand},
    schedule::LiveRun,
    staging,
};
use hven_core::{AttemptId, run::RunFolder};
use serde::Deserialize;
use utoipa::IntoParams;

use super::runner_messages;
use crate::{
    Server,
    answer::{Answer, RunnerBody, RunnerQuery, parse, whole_body},
    caller::Authenticated,
    convert,
    doors::trackers,
};

super::operations::operations![attach, pull, push, staged];

/// The size limit of a runner's message. After a long time without a server, one message may contain all parameters of a
/// script.
const PUSH_BYTES_MAX: usize = 256 << 20;
/// The longest time that a pull waits.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// A runner registers, and lists the attempts that it has.
#[utoipa::path(post, path = "/runner/attach", tag = "runner", request_body = Object, responses((status = 200, body = Object)))]
pub(crate) async fn attach(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    RunnerBody(attach): RunnerBody<wire::Attach>,
) -> Answer<Json<wire::Attached>> {
    let holds: Vec<AttemptId> = attach.attempts.iter().map(|held| held.attempt).collect();
    let attached = runners::attach(
        &server.app,
        &caller,
        runners::Attach {
            count: attach.count,
            pool: attach.pool,
            host: attach.host,
            version: attach.version,
            capacity: attach.capacity,
            units: attach.units,
            prefetch: attach.prefetch,
            hands_on_stdin: attach.hands_on_stdin,
            enters_folders: attach.enters_folders,
            holds,
        },
    )
    .await?;
    Ok(Json(wire::Attached { session: attached.session, extents: attached.extents.into_iter().map(extent).collect() }))
}

fn extent(extent: runners::Extent) -> wire::Extent {
    wire::Extent { attempt: extent.attempt, stream: extent.stream, bytes: extent.bytes }
}

/// The next commands for a runner. Waits until there is one.
#[utoipa::path(post, path = "/runner/pull", tag = "runner", request_body = Object, responses((status = 200, body = Object)))]
pub(crate) async fn pull(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    RunnerBody(pull): RunnerBody<wire::Pull>,
) -> Answer<Json<wire::Pulled>> {
    let wait = Duration::from_millis(pull.wait_ms).min(WAIT_MAX);
    let pulled = tokio::select! {
        pulled = runners::pull(&server.app, &caller, &pull.session, pull.after, wait) => pulled?,
        () = server.closed() => (Vec::new(), true),
    };
    let (commands, leave_when_idle) = pulled;
    let commands = commands
        .into_iter()
        .map(|(number, command)| wire::NumberedCommand { number, command: command_out(command, &server) });
    Ok(Json(wire::Pulled { commands: commands.collect(), leave_when_idle }))
}

fn command_out(command: RunnerCommand, server: &Server) -> wire::Command {
    match command {
        RunnerCommand::Start { attempt, live, token } => {
            wire::Command::Start(Box::new(start(attempt, &live, token, server)))
        }
        RunnerCommand::Stop { attempt } => wire::Command::Stop { attempt },
        RunnerCommand::Withdraw { attempt, why } => wire::Command::Withdraw { attempt, why },
        RunnerCommand::Forget { attempt } => wire::Command::Forget { attempt },
    }
}

fn start(attempt: AttemptId, live: &LiveRun, token: String, server: &Server) -> wire::Start {
    let mut launch = live.launch.as_deref().cloned().unwrap_or_default();
    let spec = &live.spec;
    let (mut argv, mut texts) = (spec.argv.clone(), BTreeMap::new());
    // The driver sends only commands that can be started.
    if let Some(Ok(process)) = spec.recipe.as_ref().map(|recipe| server.app.recipes.process(recipe)) {
        (argv, launch.environment, texts) = (process.argv, process.environment, process.files);
    }
    let fresh = (spec.place == RunFolder::Fresh).then(|| wire::Fresh { files: spec.inputs.clone(), texts });
    let seen = launch.seen.filter(|_| fresh.is_none());
    wire::Start {
        attempt,
        handle: live.handle.to_string(),
        argv,
        cwd: spec.cwd.clone(),
        umask: spec.umask,
        process: spec.process.clone(),
        stdin: spec.stdin.clone(),
        environment: launch.environment,
        secrets: launch.secrets,
        resources: spec.resources.clone(),
        limits: spec.limits.clone(),
        outputs: spec.outputs.clone(),
        fresh,
        seen,
        token,
        trackers: if spec.recipe.is_none() { trackers(server, attempt) } else { Vec::new() },
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ObjectRange {
    /// The first byte to send.
    #[serde(default)]
    from: u64,
}

/// The bytes of an object for an attempt's fresh folder or standard input. The length header counts the sent bytes.
#[utoipa::path(get, path = "/runner/objects/{attempt}/{digest}", tag = "runner",
    params(("attempt" = String, Path), ("digest" = String, Path), ObjectRange),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>)))]
pub(crate) async fn staged(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path((attempt, digest)): Path<(String, String)>,
    RunnerQuery(from): RunnerQuery<ObjectRange>,
) -> Answer<Response> {
    let (attempt, digest) = (convert::parsed(&attempt)?, convert::parsed(&digest)?);
    let (size, bytes) = staging::open_staged(&server.app, &caller, attempt, digest, from.from).await?;
    let length = size.saturating_sub(from.from);
    let headers =
        [(header::CONTENT_TYPE, "application/octet-stream".to_owned()), (header::CONTENT_LENGTH, length.to_string())];
    Ok((headers, Bytestream::from_stream(bytes)).into_response())
}

/// Messages of a runner. They are durable when the call answers.
#[utoipa::path(post, path = "/runner/push", tag = "runner", request_body = Object, responses((status = 200, body = Object)))]
pub(crate) async fn push(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    request: Request,
) -> Answer<Json<wire::Pushed>> {
    // This check comes before the body is read: messages of a runner may be larger than other bodies.
    let pusher = runners::pusher(&caller)?;
    let body = whole_body(request, &server, PUSH_BYTES_MAX).await?;
    let (session, events) = parse(body, runner_messages::read).await??;
    let behind = runners::push(&server.app, pusher, &session, events).await?;
    Ok(Json(wire::Pushed { behind: behind.into_iter().map(extent).collect() }))
}
