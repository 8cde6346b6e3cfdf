//! Routes for the log of a run: a page, a search, the raw bytes, and a live stream.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, header},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use hven_api::logs as wire;
use hven_app::{
    event_listener::while_admitted,
    logs::{self, LogFollower, LogPosition},
    ports::series::LogFrame,
};
use hven_core::stream::Source;
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::IntoParams;

use crate::{
    Server,
    answer::{Answer, Query},
    caller::{Admitted, Authenticated},
    convert,
};

super::operations::operations![read, follow, raw, search, search_all];

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FollowQuery {
    /// The number of the attempt; the last one by default.
    attempt: Option<u32>,
    /// The offset of the first byte.
    #[serde(default)]
    from: u64,
}

const BYTES_DEFAULT: usize = 1 << 20;
const BYTES_MAX: usize = 8 << 20;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LogPageQuery {
    /// The number of the attempt; the last one by default.
    attempt: Option<u32>,
    /// The offset of the first byte.
    #[serde(default)]
    from: u64,
    /// About how many bytes to return at most; 1 MiB by default.
    limit: Option<usize>,
    /// Leave out chunks that were overwritten within this page. The lines end in the same last states.
    #[serde(default)]
    last_states: bool,
}

#[utoipa::path(get, path = "/runs/{run}/log", tag = "logs", params(("run" = String, Path), LogPageQuery),
    responses((status = 200, body = wire::LogPage)))]
pub(crate) async fn read(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
    Query(of): Query<LogPageQuery>,
) -> Answer<Json<wire::LogPage>> {
    let bytes_max = of.limit.unwrap_or(BYTES_DEFAULT).clamp(1, BYTES_MAX);
    let part = if of.last_states {
        logs::read_last_states(&server.app, &caller, &run, of.attempt, of.from, bytes_max).await?
    } else {
        logs::read(&server.app, &caller, &run, of.attempt, of.from, bytes_max).await?
    };
    Ok(Json(wire::LogPage {
        schema: "hven.log/1".to_owned(),
        attempt: part.attempt,
        chunks: part.frames.iter().map(|frame| chunk(part.attempt, frame)).collect(),
        next: part.next,
        extent: part.extent,
        complete: part.complete,
    }))
}

fn chunk(attempt: u32, frame: &LogFrame) -> wire::LogChunk {
    let text = String::from_utf8_lossy(&frame.bytes);
    let base64 = std::str::from_utf8(&frame.bytes).is_err().then(|| STANDARD.encode(&frame.bytes));
    wire::LogChunk {
        attempt,
        offset: frame.offset,
        next: frame.next,
        source: frame.source.as_str().to_owned(),
        time: frame.time.to_string(),
        text: text.into_owned(),
        base64,
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LogSearchQuery {
    /// Text of one line to search for. Upper and lower case are the same.
    q: String,
    /// `q` is a regular expression, in which upper and lower case differ.
    #[serde(default)]
    regex: bool,
    /// Upper and lower case are the same in a regular expression, too.
    #[serde(default)]
    ignore_case: bool,
    /// The number of the attempt; the last one by default.
    attempt: Option<u32>,
    /// Only in lines of `stdout`, `stderr` or `hven`.
    #[param(value_type = Option<String>)]
    source: Option<Source>,
    /// The largest number of matches; 200 by default.
    limit: Option<usize>,
}

const MATCHES_DEFAULT: usize = 200;

fn pattern(text: &str, is_expression: bool, ignores_case: bool) -> logs::PatternText<'_> {
    if is_expression { logs::PatternText::Expression { text, ignores_case } } else { logs::PatternText::Text(text) }
}

/// Finds a text in the log: in each line, and in each earlier state of an overwritten line.
#[utoipa::path(get, path = "/runs/{run}/log/search", tag = "logs", params(("run" = String, Path), LogSearchQuery),
    responses((status = 200, body = wire::LogMatches)))]
pub(crate) async fn search(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
    Query(of): Query<LogSearchQuery>,
) -> Answer<Json<wire::LogMatches>> {
    let matches_max = of.limit.unwrap_or(MATCHES_DEFAULT).clamp(1, hven_api::page::LIMIT_MAX);
    let wanted = logs::LogQuery {
        pattern: pattern(&of.q, of.regex, of.ignore_case),
        attempt: of.attempt,
        source: of.source,
        matches_max,
    };
    let found = logs::search(&server.app, &caller, &run, wanted).await?;
    Ok(Json(wire::LogMatches {
        schema: "hven.log_matches/1".to_owned(),
        attempt: found.attempt,
        matches: found.matches.into_iter().map(found_at).collect(),
        truncated: found.is_more,
    }))
}

fn found_at(found: logs::LogMatch) -> wire::LogMatch {
    wire::LogMatch {
        offset: found.offset,
        line: found.line,
        source: found.source.as_str().to_owned(),
        state: found.state,
        overwritten: found.is_overwritten,
        at: found.at,
        text: found.text,
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AllLogsQuery {
    /// Text of one line to search for. Upper and lower case are the same.
    q: String,
    /// `q` is a regular expression, in which upper and lower case differ.
    #[serde(default)]
    regex: bool,
    /// Upper and lower case are the same in a regular expression, too.
    #[serde(default)]
    ignore_case: bool,
    /// Only runs of this project and of those below it.
    project: Option<String>,
    /// Only runs for which this condition holds, as in the list of runs.
    r#where: Option<String>,
    /// How many lines before and after each match to return, at most 10; none by default.
    #[serde(default)]
    context: usize,
    /// About how many matches to return at most, up to 500; 100 by default.
    limit: Option<usize>,
    cursor: Option<String>,
}

const ALL_MATCHES_DEFAULT: usize = 100;

/// Finds a text in the logs of all runs that the caller may see, the newest run first. Answers after about two seconds at
/// the latest: `next` continues the search.
#[utoipa::path(get, path = "/logs/search", tag = "logs", params(AllLogsQuery),
    responses((status = 200, body = wire::FoundInLogs)))]
pub(crate) async fn search_all(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Query(of): Query<AllLogsQuery>,
) -> Answer<Json<wire::FoundInLogs>> {
    let wanted = logs::LogsQuery {
        pattern: pattern(&of.q, of.regex, of.ignore_case),
        project: of.project.as_deref().map(convert::parsed).transpose()?,
        condition: of.r#where.as_deref(),
        context: of.context,
        matches_max: of.limit.unwrap_or(ALL_MATCHES_DEFAULT),
        cursor: of.cursor.as_deref(),
        budget: logs::SearchBudget::default(),
    };
    let found = logs::search_all(&server.app, &caller, wanted).await?;
    Ok(Json(wire::FoundInLogs {
        schema: "hven.found_in_logs/1".to_owned(),
        matches: found.found.into_iter().map(found_in_run).collect(),
        runs_searched: found.runs_searched,
        runs_total: found.runs_total,
        cannot_tell: found.cannot_tell,
        bytes_searched: found.bytes,
        next: found.next,
    }))
}

fn found_in_run(found: logs::FoundLine) -> wire::RunLogMatch {
    let logs::FoundLine { run, handle, name, project, attempt, mut found } = found;
    let context = |lines: Vec<logs::ContextLine>| {
        lines.into_iter().map(|line| wire::LogContextLine { line: line.line, text: line.text }).collect()
    };
    wire::RunLogMatch {
        run: run.to_string(),
        handle: handle.to_string(),
        name,
        project: project.to_string(),
        attempt,
        before: context(std::mem::take(&mut found.before)),
        after: context(std::mem::take(&mut found.after)),
        found: found_at(found),
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RawLogQuery {
    /// The number of the attempt; the last one by default.
    attempt: Option<u32>,
    /// Only bytes of `stdout` or `stderr`, or notes of `hven`.
    #[param(value_type = Option<String>)]
    source: Option<Source>,
    /// `false`: without Hven's notes, such as the note that the middle of the log was dropped.
    notes: Option<bool>,
}

impl RawLogQuery {
    fn has(&self, frame: &LogFrame) -> bool {
        match self.source {
            Some(source) => source == frame.source,
            None => self.notes != Some(false) || frame.source != Source::Hven,
        }
    }
}

/// The bytes as the process wrote them, with Hven's notes at their places.
#[utoipa::path(get, path = "/runs/{run}/log/raw", tag = "logs", params(("run" = String, Path), RawLogQuery),
    responses((status = 200, content_type = "text/plain", body = Vec<u8>)))]
pub(crate) async fn raw(
    State(server): State<Server>,
    Authenticated(caller): Authenticated,
    Path(run): Path<String>,
    Query(of): Query<RawLogQuery>,
) -> Answer<Response> {
    let mut log = logs::whole(&server.app.work, &caller, &run, of.attempt).await?;
    let (sender, receiver) = mpsc::channel::<std::io::Result<Bytes>>(4);
    let file_name = format!("attachment; filename=\"{}.log\"", log.run.handle);
    tokio::spawn(async move {
        loop {
            let frames = match log.next(BYTES_DEFAULT).await {
                Ok(frames) if frames.is_empty() => return,
                Ok(frames) => frames,
                Err(error) => {
                    let _ = sender.send(Err(std::io::Error::other(error))).await;
                    return;
                }
            };
            for frame in frames.into_iter().filter(|frame| of.has(frame)) {
                if sender.send(Ok(frame.bytes)).await.is_err() {
                    return;
                }
            }
        }
    });
    let headers =
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, file_name)];
    Ok((headers, Body::from_stream(ReceiverStream::new(receiver))).into_response())
}

/// The log as it is written: `event: chunk`, whose id is the attempt and the offset of the next chunk, and at the end
/// `event: end`. Continues after `Last-Event-ID`. When the run has a newer attempt meanwhile, the stream starts at byte 0
/// of the newer attempt's log.
#[utoipa::path(get, path = "/runs/{run}/log/follow", tag = "logs", params(("run" = String, Path), FollowQuery),
    responses((status = 200, content_type = "text/event-stream", body = wire::LogChunk)))]
pub(crate) async fn follow(
    State(server): State<Server>,
    Admitted(admission): Admitted,
    Path(run): Path<String>,
    headers: HeaderMap,
    Query(of): Query<FollowQuery>,
) -> Answer<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let at = resume_position(&headers).unwrap_or(LogPosition { attempt: None, from: of.from });
    let follower = logs::follow(&server.app.work, &admission.caller, &run, of.attempt, at).await?;
    let (sender, receiver) = mpsc::channel(16);
    let kernel = Arc::clone(&server.app.kernel);
    let events = while_admitted(kernel, admission, Some(follower.run), ReceiverStream::new(receiver));
    let open = server.activity.open_stream();
    tokio::spawn(async move {
        let _open = open;
        forward_log(server, follower, sender).await;
    });
    Ok(Sse::new(events.map(Ok)).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

/// The position of a reader that reconnects: its attempt, if the id contains it, and its offset.
fn resume_position(headers: &HeaderMap) -> Option<LogPosition> {
    let id = headers.get("last-event-id")?.to_str().ok()?;
    Some(match id.split_once('.') {
        Some((attempt, next)) => LogPosition { attempt: Some(attempt.parse().ok()?), from: next.parse().ok()? },
        None => LogPosition { attempt: None, from: id.parse().ok()? },
    })
}

pub(crate) fn last_event_id(headers: &HeaderMap) -> Option<u64> {
    headers.get("last-event-id")?.to_str().ok()?.parse().ok()
}

/// Sends a log as it grows, until it is complete, the client disconnects, or the server closes.
async fn forward_log(server: Server, mut follower: LogFollower, sender: mpsc::Sender<Event>) {
    loop {
        let part = match follower.read(BYTES_DEFAULT).await {
            Ok(part) => part,
            Err(error) => {
                let _ = sender.send(Event::default().event("error").data(error.to_string())).await;
                return;
            }
        };
        for frame in &part.frames {
            let event = Event::default().event("chunk").id(format!("{}.{}", part.attempt, frame.next));
            let Ok(event) = event.json_data(chunk(part.attempt, frame)) else { return };
            if sender.send(event).await.is_err() {
                return;
            }
        }
        if part.complete {
            let end = wire::LogEnd { state: part.state.as_str().to_owned(), attempt: part.attempt };
            if let Ok(event) = Event::default().event("end").json_data(end) {
                let _ = sender.send(event).await;
            }
            return;
        }
        if part.frames.is_empty() {
            let may_go_on = tokio::select! {
                changed = follower.changed() => changed,
                () = sender.closed() => false,
                () = server.closed() => false,
            };
            if !may_go_on {
                return;
            }
        }
    }
}
