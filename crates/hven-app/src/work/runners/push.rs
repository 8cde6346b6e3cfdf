//! Takes in what a runner tells: starts, streams, parameters and ends of attempts.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use hven_core::{
    AttemptId, Fact, RunnerId, Time, limits, params,
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
        record_set_aside::{BadMessage, set_aside, set_bad_aside},
        runners::extent::Extent,
    },
};

/// What a runner tells.
#[derive(Clone, Debug)]
pub enum Event {
    Started {
        attempt: AttemptId,
        /// By the runner's clock; those of older versions do not say it.
        at: Option<Time>,
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
    /// This server cannot take in a message about the attempt.
    Bad {
        attempt: AttemptId,
        message: BadMessage,
    },
    /// The same of a stream: what follows in it has no place any more.
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

/// How long an answer takes that holds a runner's streams back.
const HELD_FOR: Duration = Duration::from_secs(1);

/// A runner that may tell something: found out before the body of its message is read, which may be large.
#[derive(Clone, Copy, Debug)]
pub struct Pusher(RunnerId);

/// Lets a runner tell something; nobody else may.
pub fn pusher(caller: &Caller) -> AppResult<Pusher> {
    caller.require_runner().map(Pusher)
}

/// Takes in events in their order. When it returns they are durable. Answers where streams are behind what was sent. What
/// can never be taken in is set aside and named in its run: it does not hinder what comes behind it.
///
/// While the disk is full, what runs may say is left in the runner's spool; of attempts that have ended the rest is
/// taken in, so that they end here too.
pub async fn push(work: &Work, pusher: Pusher, session: &str, events: Vec<Event>) -> AppResult<Vec<Extent>> {
    let Pusher(runner) = pusher;
    work.runners.heard_now(runner, session, work.now())?;
    let mut pieces = Vec::new();
    let mut ended = Vec::new();
    let asides = &work.runners.asides;
    for event in events {
        match event {
            Event::Stream(piece) if work.schedule.is_with(piece.attempt, runner) => {
                if !asides.is_broken(piece.attempt, piece.stream) {
                    pieces.push(piece);
                }
            }
            Event::Started { attempt, at } => {
                // Clocks differ, and what is told has happened.
                let now = work.now();
                let at = at.filter(|at| limits::time("a start", *at).is_ok()).map_or(now, |at| at.min(now));
                work.schedule.tell(EngineEvent::ProcessStarted { attempt, at }, now).await;
            }
            Event::Params { attempt, params } if work.schedule.is_with(attempt, runner) => {
                log_params(work, attempt, params).await?;
            }
            Event::SetAside { attempt, message } if work.schedule.is_with(attempt, runner) => {
                set_aside(work, attempt, message).await?;
            }
            Event::Bad { attempt, message } if work.schedule.is_with(attempt, runner) => {
                set_bad_aside(work, attempt, message).await?;
            }
            Event::StreamBroken { attempt, stream, message } if work.schedule.is_with(attempt, runner) => {
                set_bad_aside(work, attempt, message).await?;
                asides.broken(&work.schedule, attempt, stream);
            }
            // The attempt has ended here: nobody waits for them.
            Event::Stream(_)
            | Event::Params { .. }
            | Event::SetAside { .. }
            | Event::Bad { .. }
            | Event::StreamBroken { .. } => {}
            Event::Ended { attempt, result } => ended.push((attempt, result)),
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
    // The streams of an attempt come before its end: where they are behind, the runner sends both again.
    ended.retain(|(attempt, _)| behind.iter().all(|extent| extent.attempt != *attempt));
    let ends = ended
        .into_iter()
        .map(|(attempt, result)| work.schedule.tell_durably(EngineEvent::Ended { attempt, result }, now));
    futures::future::join_all(ends).await;
    if !held.is_empty() {
        // The runner sends at once what is wanted from it; nothing changes so quickly.
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
                set_bad_aside(work, attempt, message).await?;
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

/// Adds pieces to their streams. The last ones of attempts that have ended find space also on a full disk.
async fn append(work: &Work, pieces: Vec<StreamPiece>, are_last: bool) -> StoreResult<Vec<u64>> {
    let series = &work.ports.series;
    if are_last { series.append_last(pieces).await } else { series.append(pieces).await }
}

/// Adds pieces to their streams; where one does not follow on what is there, answers what is wanted.
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
        if work.runners.asides.is_broken(attempt, stream) {
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

/// Adds what can be read of a piece, and sets aside what cannot.
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
        set_bad_aside(work, attempt, BadMessage::new(what, fault.why, bytes)).await?;
    }
    if found.is_cut {
        work.runners.asides.broken(&work.schedule, attempt, stream);
    }
    Ok(Ok(()))
}

/// A piece of a stream at its place.
pub fn piece(attempt: AttemptId, stream: Stream, offset: u64, bytes: Bytes) -> StreamPiece {
    StreamPiece { attempt, stream, offset: Some(offset), bytes }
}
