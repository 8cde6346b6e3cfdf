//! The events that the server lacks: for each attempt, how far its streams have been written and sent, and whether the
//! server knows its start and its end.
//!
//! The bytes stay in the spool until they are sent, so a server that is away for a day costs no memory. Each event may
//! be sent twice: streams have offsets, and the other events are idempotent. The supervisor and the keepers fill the
//! outbox, and the push thread empties it.

use std::{
    collections::{HashMap, VecDeque},
    path::Path,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hven_api::{runner::Extent, spool::STREAMS};
use hven_core::{
    AttemptId, Time,
    params::{FACT_BYTES_MAX, Params, in_parts},
    resources::UnitNames,
    run::AttemptResult,
    set_aside::Aside,
    stream::Stream,
};

/// The bytes of streams in one message; Base64 adds a third.
const MESSAGE_BYTES_MAX: u64 = 768 * 1024;
/// The bytes of one stream in a message, so that one task with much output does not delay the others.
const PIECE_BYTES_MAX: u64 = 256 * 1024;
const ATTEMPTS_MAX: usize = 512;
/// How many parts of an attempt's parameters, each of the size of one fact, fit into one message.
const PARTS_MAX: usize = 4;

#[derive(Debug, Default)]
pub(crate) struct Outbox {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// `None` while the runner is not attached to the server.
    session: Option<Arc<str>>,
    pending: HashMap<AttemptId, Pending>,
    /// The attempts with something to send, in the order in which they became due.
    due: VecDeque<AttemptId>,
    /// The push thread waits for a notification.
    is_awaited: bool,
}

#[derive(Debug)]
struct Pending {
    dir: Arc<Path>,
    is_due: bool,
    /// When the process was started, and which units it has.
    started: Option<(Time, UnitNames)>,
    is_start_unsent: bool,
    streams: [StreamProgress; STREAMS.len()],
    params: Vec<Params>,
    asides: Vec<Aside>,
    result: Option<Arc<AttemptResult>>,
    is_end_unsent: bool,
}

/// The progress of a stream.
#[derive(Clone, Copy, Debug, Default)]
struct StreamProgress {
    written: u64,
    sent: u64,
    /// The server refuses the next bytes, so the runner sends no more of this stream.
    is_refused: bool,
}

impl StreamProgress {
    const fn has_unsent(self) -> bool {
        self.written > self.sent && !self.is_refused
    }
}

/// A part of a stream to send. The push thread may shorten it to a whole frame or line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) stream: Stream,
    pub(crate) from: u64,
    pub(crate) to: u64,
}

/// The events of one attempt, in the order of sending.
#[derive(Debug)]
pub(crate) struct AttemptEvents {
    pub(crate) attempt: AttemptId,
    pub(crate) dir: Arc<Path>,
    /// When the process was started, and which units it has.
    pub(crate) start: Option<(Time, UnitNames)>,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) params: Vec<Params>,
    pub(crate) asides: Vec<Aside>,
    pub(crate) end: Option<Arc<AttemptResult>>,
}

#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) session: Arc<str>,
    pub(crate) parts: Vec<AttemptEvents>,
}

fn index(stream: Stream) -> Option<usize> {
    STREAMS.iter().position(|&other| other == stream)
}

impl Pending {
    fn has_unsent(&self) -> bool {
        self.is_start_unsent
            || self.is_end_unsent
            || !self.params.is_empty()
            || !self.asides.is_empty()
            || self.streams.iter().any(|progress| progress.has_unsent())
    }
}

impl State {
    fn change(&mut self, attempt: AttemptId, change: impl FnOnce(&mut Pending)) -> bool {
        let Some(pending) = self.pending.get_mut(&attempt) else { return false };
        change(pending);
        if !pending.is_due && pending.has_unsent() {
            pending.is_due = true;
            self.due.push_back(attempt);
        }
        std::mem::take(&mut self.is_awaited)
    }
}

impl Outbox {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, attempt: AttemptId, change: impl FnOnce(&mut Pending)) {
        if self.state().change(attempt, change) {
            self.changed.notify_one();
        }
    }

    /// Adds an attempt with empty streams.
    pub(crate) fn open(&self, attempt: AttemptId, dir: Arc<Path>) {
        let pending = Pending {
            dir,
            is_due: false,
            started: None,
            is_start_unsent: false,
            streams: Default::default(),
            params: Vec::new(),
            asides: Vec::new(),
            result: None,
            is_end_unsent: false,
        };
        self.state().pending.insert(attempt, pending);
    }

    pub(crate) fn started(&self, attempt: AttemptId, at: Time, units: UnitNames) {
        self.change(attempt, |pending| (pending.started, pending.is_start_unsent) = (Some((at, units)), true));
    }

    pub(crate) fn written(&self, attempt: AttemptId, stream: Stream, bytes: u64) {
        let Some(index) = index(stream) else { return };
        self.change(attempt, |pending| pending.streams[index].written = bytes);
    }

    pub(crate) fn params(&self, attempt: AttemptId, params: Params) {
        self.change(attempt, |pending| {
            let mut params = params;
            // Merge with the last waiting part, so that later values replace earlier ones and few parts wait.
            if pending.params.len() > PARTS_MAX
                && let Some(mut last) = pending.params.pop()
            {
                last.append(&mut params);
                params = last;
            }
            pending.params.extend(in_parts(params, FACT_BYTES_MAX));
        });
    }

    pub(crate) fn set_aside(&self, attempt: AttemptId, asides: Vec<Aside>) {
        self.change(attempt, |pending| pending.asides.extend(asides));
    }

    /// Marks a stream of which the server refuses the next bytes for good.
    pub(crate) fn refused(&self, attempt: AttemptId, stream: Stream) {
        let Some(index) = index(stream) else { return };
        self.change(attempt, |pending| pending.streams[index].is_refused = true);
    }

    pub(crate) fn ended(&self, attempt: AttemptId, result: Arc<AttemptResult>) {
        self.change(attempt, |pending| (pending.result, pending.is_end_unsent) = (Some(result), true));
    }

    pub(crate) fn forget(&self, attempt: AttemptId) {
        self.state().pending.remove(&attempt);
    }

    /// Starts a session. `extents` says how much of each stream the server has; it has nothing of the other streams.
    pub(crate) fn attached(&self, session: &str, extents: &[Extent]) {
        let mut state = self.state();
        state.session = Some(session.into());
        let attempts: Vec<AttemptId> = state.pending.keys().copied().collect();
        for attempt in attempts {
            state.change(attempt, |pending| {
                pending.streams.iter_mut().for_each(|progress| progress.sent = 0);
                pending.is_start_unsent = pending.started.is_some() && pending.result.is_none();
                pending.is_end_unsent = pending.result.is_some();
                for extent in extents.iter().filter(|extent| extent.attempt == attempt) {
                    if let Some(index) = index(extent.stream) {
                        pending.streams[index].sent = extent.bytes;
                    }
                }
            });
        }
        state.is_awaited = false;
        self.changed.notify_one();
    }

    /// Ends a session: nothing is sent until the runner is attached again.
    pub(crate) fn detached(&self, session: &str) {
        let mut state = self.state();
        if state.session.as_deref() == Some(session) {
            state.session = None;
        }
    }

    pub(crate) fn is_attached(&self, session: &str) -> bool {
        self.state().session.as_deref() == Some(session)
    }

    /// Whether all events have been sent and acknowledged.
    #[cfg(test)]
    fn is_empty(&self) -> bool {
        self.state().due.is_empty()
    }

    /// Waits until there is something to send and returns it; returns `None` after `timeout`.
    pub(crate) fn take(&self, timeout: Duration) -> Option<Batch> {
        let mut state = self.state();
        if state.session.is_none() || state.due.is_empty() {
            state.is_awaited = true;
            let waited = self.changed.wait_timeout_while(state, timeout, |state| {
                let is_waiting = state.session.is_none() || state.due.is_empty();
                state.is_awaited = is_waiting;
                is_waiting
            });
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let session = state.session.clone()?;
        let mut parts = Vec::new();
        let mut room = MESSAGE_BYTES_MAX;
        while parts.len() < ATTEMPTS_MAX && room > 0 {
            let Some(attempt) = state.due.pop_front() else { break };
            let Some(pending) = state.pending.get_mut(&attempt) else { continue };
            pending.is_due = false;
            let mut pieces = Vec::new();
            let mut is_whole = true;
            for (&stream, progress) in STREAMS.iter().zip(&pending.streams) {
                if !progress.has_unsent() {
                    continue;
                }
                let to = progress.written.min(progress.sent + room.min(PIECE_BYTES_MAX));
                if to > progress.sent {
                    room -= to - progress.sent;
                    pieces.push(Piece { stream, from: progress.sent, to });
                }
                is_whole &= to >= progress.written;
            }
            is_whole &= pending.params.len() <= PARTS_MAX;
            let end = pending.result.clone().filter(|_| pending.is_end_unsent && is_whole);
            parts.push(AttemptEvents {
                attempt,
                dir: Arc::clone(&pending.dir),
                // The event of the end implies the start.
                start: pending.started.clone().filter(|_| pending.is_start_unsent && end.is_none()),
                pieces,
                params: pending.params.iter().take(PARTS_MAX).cloned().collect(),
                asides: pending.asides.clone(),
                end,
            });
        }
        (!parts.is_empty()).then_some(Batch { session, parts })
    }

    /// Records that the server has the events of `batch`. If `behind` is not empty, the server wants these streams from an
    /// earlier offset and has not recorded the ends.
    pub(crate) fn delivered(&self, batch: &Batch, behind: &[Extent]) {
        self.settle(batch, |part, pending| {
            pending.is_start_unsent &= part.start.is_none() && part.end.is_none();
            pending.params.drain(..part.params.len().min(pending.params.len()));
            pending.asides.drain(..part.asides.len().min(pending.asides.len()));
            for piece in &part.pieces {
                if let Some(index) = index(piece.stream) {
                    pending.streams[index].sent = piece.to;
                }
            }
            for extent in behind.iter().filter(|extent| extent.attempt == part.attempt) {
                if let Some(index) = index(extent.stream) {
                    pending.streams[index].sent = extent.bytes;
                }
            }
            pending.is_end_unsent &= part.end.is_none() || !behind.is_empty();
        });
    }

    /// Makes a batch due again, because it may not have arrived.
    pub(crate) fn returned(&self, batch: &Batch) {
        self.settle(batch, |_, _| {});
    }

    fn settle(&self, batch: &Batch, settle: impl Fn(&AttemptEvents, &mut Pending)) {
        let mut state = self.state();
        // A new attachment has already recomputed the state.
        let is_current = state.session.as_ref() == Some(&batch.session);
        for part in &batch.parts {
            state.change(part.attempt, |pending| {
                if is_current {
                    settle(part, pending);
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use hven_core::{RunId, run::Outcome};

    use super::*;

    const A: AttemptId = AttemptId { run: RunId::from_u128(1), number: 1 };
    const NOW: Duration = Duration::ZERO;
    const STARTED: Time = Time::from_micros(1);

    fn outbox() -> Outbox {
        let outbox = Outbox::default();
        outbox.open(A, Path::new("/a").into());
        outbox
    }

    fn take_text(outbox: &Outbox) -> (Batch, String) {
        let batch = outbox.take(NOW).expect("something to send");
        let parts = batch.parts.iter().map(|part| {
            let pieces = part.pieces.iter().map(|p| format!("{}:{}-{}", p.stream, p.from, p.to)).collect::<Vec<_>>();
            format!(
                "start={} {} params={} end={}",
                part.start.is_some(),
                pieces.join(","),
                part.params.len(),
                part.end.is_some()
            )
        });
        let text = parts.collect::<Vec<_>>().join(" | ");
        (batch, text)
    }

    fn result() -> Arc<AttemptResult> {
        Arc::new(AttemptResult::without_process(Outcome::Done))
    }

    #[test]
    fn nothing_is_sent_before_the_runner_is_attached() {
        let outbox = outbox();
        outbox.started(A, STARTED, UnitNames::new());
        assert!(outbox.take(NOW).is_none());
        outbox.attached("s", &[]);
        let (batch, text) = take_text(&outbox);
        assert_eq!(text, "start=true  params=0 end=false");
        outbox.delivered(&batch, &[]);
        assert!(outbox.is_empty() && outbox.take(NOW).is_none());
    }

    #[test]
    fn a_lost_message_is_sent_again_with_what_came_since() {
        let outbox = outbox();
        outbox.attached("s", &[]);
        outbox.started(A, STARTED, UnitNames::new());
        outbox.written(A, Stream::Log, 10);
        let (batch, text) = take_text(&outbox);
        assert_eq!(text, "start=true log:0-10 params=0 end=false");
        outbox.written(A, Stream::Log, 25);
        outbox.params(A, [("lr".to_owned(), 1.into())].into());
        outbox.returned(&batch);
        let (batch, text) = take_text(&outbox);
        assert_eq!(text, "start=true log:0-25 params=1 end=false");
        outbox.ended(A, result());
        outbox.delivered(&batch, &[]);
        assert_eq!(take_text(&outbox).1, "start=false  params=0 end=true");
    }

    #[test]
    fn the_end_is_sent_after_all_bytes() {
        let outbox = outbox();
        outbox.attached("s", &[]);
        outbox.written(A, Stream::Log, 600 * 1024);
        outbox.ended(A, result());
        for want in [
            "log:0-262144 params=0 end=false",
            "log:262144-524288 params=0 end=false",
            "log:524288-614400 params=0 end=true",
        ] {
            let (batch, text) = take_text(&outbox);
            assert_eq!(text, format!("start=false {want}"));
            outbox.delivered(&batch, &[]);
        }
        assert!(outbox.is_empty());
    }

    #[test]
    fn a_server_that_is_behind_gets_bytes_and_end_again() {
        let outbox = outbox();
        outbox.attached("s", &[]);
        outbox.written(A, Stream::Metrics, 9);
        outbox.ended(A, result());
        let (batch, _) = take_text(&outbox);
        outbox.delivered(&batch, &[Extent { attempt: A, stream: Stream::Metrics, bytes: 4 }]);
        assert_eq!(take_text(&outbox).1, "start=false metrics:4-9 params=0 end=true");
    }

    #[test]
    fn many_parameters_are_sent_in_parts_before_the_end() {
        let outbox = outbox();
        outbox.attached("s", &[]);
        for look in 0..3 {
            outbox.params(A, (0..3000).map(|i| (format!("{}", look * 3000 + i), 1.into())).collect());
        }
        outbox.ended(A, result());
        for want in ["params=4 end=false", "params=4 end=false", "params=1 end=true"] {
            let (batch, text) = take_text(&outbox);
            assert_eq!(text, format!("start=false  {want}"));
            outbox.delivered(&batch, &[]);
        }
        assert!(outbox.is_empty());
    }

    #[test]
    fn a_refused_stream_does_not_delay_the_end() {
        let outbox = outbox();
        outbox.attached("s", &[]);
        outbox.written(A, Stream::Metrics, 9);
        outbox.refused(A, Stream::Metrics);
        outbox.ended(A, result());
        assert_eq!(take_text(&outbox).1, "start=false  params=0 end=true");
    }

    #[test]
    fn a_new_attachment_recomputes_what_is_due() {
        let outbox = outbox();
        outbox.attached("s", &[]);
        outbox.started(A, STARTED, UnitNames::new());
        outbox.written(A, Stream::Log, 9);
        let (batch, _) = take_text(&outbox);
        outbox.attached("t", &[Extent { attempt: A, stream: Stream::Log, bytes: 3 }]);
        outbox.delivered(&batch, &[]);
        assert_eq!(take_text(&outbox).1, "start=true log:3-9 params=0 end=false");
    }
}
