//! Processes the messages of a runner: starts, streams, parameters and ends of attempts.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use hven_core::{
    AttemptId, Fact, RunnerId, Time, limits, params,
    resources::UnitNames,
    run::{AttemptResult, ParamsLogged},
    set_aside::Aside,
    stream::{Stream, salvage},
};

use crate::{
    kernel::{callers::Caller, error::AppResult},
    ports::{
        engine::EngineEvent,
        error::{StoreError, StoreResult},
        series::StreamPiece,
    },
    work::{
        floor::Work,
        masking,
        record_set_aside::{BadMessage, record_bad_message, record_set_aside},
        runners::extent::Extent,
    },
};

/// A message of a runner.
#[derive(Clone, Debug)]
pub enum RunnerEvent {
    Started {
        attempt: AttemptId,
        /// By the runner's clock. Older versions do not send it.
        at: Option<Time>,
        /// The units that it has of resources whose units have names.
        units: UnitNames,
    },
    Stream(StreamPiece),
    Params {
        attempt: AttemptId,
        params: BTreeMap<String, serde_json::Value>,
    },
    /// The runner has set aside a message about the attempt.
    SetAside {
        attempt: AttemptId,
        message: Aside,
    },
    /// This server cannot process a message about the attempt.
    Bad {
        attempt: AttemptId,
        message: BadMessage,
    },
    /// The same for a stream: later bytes of the stream cannot be stored any more.
    StreamBroken {
        attempt: AttemptId,
        stream: Stream,
        message: BadMessage,
    },
    Ended {
        attempt: AttemptId,
        result: Box<AttemptResult>,
    },
}

/// The delay of an answer that asks a runner to keep its streams for now.
const HELD_FOR: Duration = Duration::from_secs(1);

/// A runner that may push. This is checked before the body of its message is read, because the body may be large.
#[derive(Clone, Copy, Debug)]
pub struct PushingRunner(RunnerId);

/// Requires a runner.
pub fn pusher(caller: &Caller) -> AppResult<PushingRunner> {
    caller.require_runner().map(PushingRunner)
}

/// Processes events in their order. When it returns, they are durable. Returns the streams in which bytes are missing.
/// A message that can never be processed is recorded as set aside in its run, and does not block the messages behind
/// it.
///
/// While the disk is full, the streams of unfinished attempts stay in the runner's spool. The remaining bytes of ended
/// attempts are stored, so that these attempts can end here too.
pub async fn push(
    work: &Work,
    pusher: PushingRunner,
    session: &str,
    events: Vec<RunnerEvent>,
) -> AppResult<Vec<Extent>> {
    let PushingRunner(runner) = pusher;
    work.runners.heard_now(runner, session, work.now())?;
    let mut pieces = Vec::new();
    let mut ended = Vec::new();
    let asides = &work.runners.set_aside_counts;
    for event in events {
        match event {
            RunnerEvent::Stream(piece) if work.schedule.is_with(piece.attempt, runner) => {
                if !asides.is_broken(piece.attempt, piece.stream) {
                    pieces.push(piece);
                }
            }
            RunnerEvent::Started { attempt, at, units } => {
                // Clocks differ, and a reported start is in the past.
                let now = work.now();
                let at = at.filter(|at| limits::time("a start", *at).is_ok()).map_or(now, |at| at.min(now));
                work.schedule.send_event(EngineEvent::ProcessStarted { attempt, at, units }, now).await;
            }
            RunnerEvent::Params { attempt, params } if work.schedule.is_with(attempt, runner) => {
                log_params(work, attempt, params).await?;
            }
            RunnerEvent::SetAside { attempt, message } if work.schedule.is_with(attempt, runner) => {
                record_set_aside(work, attempt, message).await?;
            }
            RunnerEvent::Bad { attempt, message } if work.schedule.is_with(attempt, runner) => {
                record_bad_message(work, attempt, message).await?;
            }
            RunnerEvent::StreamBroken { attempt, stream, message } if work.schedule.is_with(attempt, runner) => {
                record_bad_message(work, attempt, message).await?;
                asides.broken(&work.schedule, attempt, stream);
            }
            // The attempt has ended here, so these events are not needed.
            RunnerEvent::Stream(_)
            | RunnerEvent::Params { .. }
            | RunnerEvent::SetAside { .. }
            | RunnerEvent::Bad { .. }
            | RunnerEvent::StreamBroken { .. } => {}
            RunnerEvent::Ended { attempt, result } => ended.push((attempt, result)),
        }
    }
    let has_room = work.ports.record.has_room();
    let is_ending = |piece: &StreamPiece| ended.iter().any(|(attempt, _)| *attempt == piece.attempt);
    let (pieces, held): (Vec<StreamPiece>, Vec<StreamPiece>) =
        pieces.into_iter().partition(|piece| has_room || is_ending(piece));
    let mut behind = append_pieces(work, pieces, !has_room).await?;
    for StreamPiece { attempt, stream, .. } in held.iter().cloned() {
        let bytes = work.ports.series.extent(attempt, stream).await?;
        behind.push(Extent { attempt, stream, bytes });
    }
    let now = work.now();
    // The streams of an attempt are stored before its end is. Where bytes are missing, the runner sends both again.
    ended.retain(|(attempt, _)| behind.iter().all(|extent| extent.attempt != *attempt));
    let ends = ended
        .into_iter()
        .map(|(attempt, result)| work.schedule.send_event_durably(EngineEvent::Ended { attempt, result }, now));
    futures::future::join_all(ends).await;
    if !held.is_empty() {
        // The runner resends at once, so a delay avoids useless repetitions while the disk is full.
        tokio::time::sleep(HELD_FOR).await;
    }
    Ok(behind)
}

async fn log_params(work: &Work, attempt: AttemptId, params: BTreeMap<String, serde_json::Value>) -> AppResult<()> {
    let mut good = params::Params::new();
    for (name, value) in params {
        match params::fault(&name, &value) {
            None => drop(good.insert(name, value)),
            Some(why) => {
                let message = BadMessage::new(format!("the parameter {name}"), why, value.to_string().as_bytes());
                record_bad_message(work, attempt, message).await?;
            }
        }
    }
    let good = masking::mask(good, &work.schedule.secrets(attempt.run));
    let bytes_max = if work.ports.record.has_room() { params::FACT_BYTES_MAX } else { params::FACT_BYTES_ON_FULL_DISK };
    for params in params::in_parts(good, bytes_max) {
        let of = params::Origin::of_attempt(attempt.number);
        let fact: Fact = ParamsLogged { run: attempt.run, of, params }.into();
        let _no_end = work.schedule.without_ends().await;
        work.record(attempt.run.into(), None, vec![fact]).await?;
    }
    Ok(())
}

/// Appends pieces to their streams. The last pieces of ended attempts are stored even on a full disk.
async fn append(work: &Work, pieces: Vec<StreamPiece>, are_last: bool) -> StoreResult<Vec<u64>> {
    let series = &work.ports.series;
    if are_last { series.append_last(pieces).await } else { series.append(pieces).await }
}

/// Appends pieces to their streams. Returns the present end of each stream where a piece leaves a gap.
async fn append_pieces(work: &Work, pieces: Vec<StreamPiece>, are_last: bool) -> AppResult<Vec<Extent>> {
    if pieces.is_empty() {
        return Ok(Vec::new());
    }
    let _no_end = work.schedule.without_ends().await;
    match append(work, pieces.clone(), are_last).await {
        Ok(_) => return Ok(Vec::new()),
        Err(StoreError::Gap { .. } | StoreError::Malformed(_)) => {}
        Err(error) => return Err(error.into()),
    }
    let mut behind = Vec::new();
    for piece in pieces {
        let (attempt, stream) = (piece.attempt, piece.stream);
        if work.runners.set_aside_counts.is_broken(attempt, stream) {
            continue;
        }
        let appended = match append(work, vec![piece.clone()], are_last).await {
            Err(StoreError::Malformed(_)) => append_salvaged(work, piece, are_last).await?,
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        match appended {
            Ok(()) => {}
            Err(StoreError::Gap { have, .. }) => behind.push(Extent { attempt, stream, bytes: have }),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(behind)
}

/// Stores the readable part of a piece, and sets the rest aside.
async fn append_salvaged(work: &Work, piece: StreamPiece, is_last: bool) -> AppResult<Result<(), StoreError>> {
    let (attempt, stream) = (piece.attempt, piece.stream);
    let found = salvage(stream, &piece.bytes);
    let salvaged = StreamPiece { bytes: found.bytes.into(), ..piece.clone() };
    if let Err(error) = append(work, vec![salvaged], is_last).await {
        return Ok(Err(error));
    }
    let begin = piece.offset.unwrap_or(0);
    for fault in found.faults {
        let bytes = &piece.bytes[fault.at..fault.at + fault.length];
        let what = format!("{} bytes of its {stream} from byte {} on", fault.length, begin + fault.at as u64);
        record_bad_message(work, attempt, BadMessage::new(what, fault.why, bytes)).await?;
    }
    if found.is_cut {
        work.runners.set_aside_counts.broken(&work.schedule, attempt, stream);
    }
    Ok(Ok(()))
}

/// A piece of a stream with its offset.
pub fn piece(attempt: AttemptId, stream: Stream, offset: u64, bytes: Bytes) -> StreamPiece {
    StreamPiece { attempt, stream, offset: Some(offset), bytes }
}
