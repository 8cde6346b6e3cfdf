//! What the server is still to be told: per attempt, how far its streams have been written and how far they have been
//! sent, and whether its start and its end are known there.
//!
//! The bytes themselves stay in the spool until they are sent, so a server that is gone for a day costs no memory.
//! Everything may be sent twice: a stream is known by its offsets, the rest means the same a second time. One thread
//! fills the outbox, one empties it.

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
    run::AttemptResult,
    set_aside::Aside,
    stream::Stream,
};

/// Bytes of streams in one message; as text they are a third more.
const MESSAGE_BYTES_MAX: u64 = 768 * 1024;
/// Of one stream, so that a loud task does not silence the others.
const PIECE_BYTES_MAX: u64 = 256 * 1024;
const ATTEMPTS_MAX: usize = 512;
/// So many parts of an attempt's parameters, each of a fact's size, are in one message.
const PARTS_MAX: usize = 4;

#[derive(Debug, Default)]
pub(crate) struct Outbox {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// `None` until the server has taken the runner in.
    session: Option<Arc<str>>,
    posts: HashMap<AttemptId, Post>,
    /// Those with something to send, in the order in which they came to have it.
    due: VecDeque<AttemptId>,
    /// The sender waits to be woken.
    is_awaited: bool,
}

#[derive(Debug)]
struct Post {
    dir: Arc<Path>,
    is_due: bool,
    /// When its process was started.
    started: Option<Time>,
    start_owed: bool,
    flows: [Flow; STREAMS.len()],
    params: Vec<Params>,
    asides: Vec<Aside>,
    result: Option<Arc<AttemptResult>>,
    end_owed: bool,
}

/// How far a stream is.
#[derive(Clone, Copy, Debug, Default)]
struct Flow {
    written: u64,
    sent: u64,
    /// The server refuses what comes next: nothing more is sent.
    is_refused: bool,
}

impl Flow {
    const fn owes(self) -> bool {
        self.written > self.sent && !self.is_refused
    }
}

/// A part of a stream that is to be sent. Its end may be moved forward, to where a frame or a line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) stream: Stream,
    pub(crate) from: u64,
    pub(crate) to: u64,
}

/// What is to be sent of one attempt, in this order.
#[derive(Debug)]
pub(crate) struct Letter {
    pub(crate) attempt: AttemptId,
    pub(crate) dir: Arc<Path>,
    /// When its process was started.
    pub(crate) start: Option<Time>,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) params: Vec<Params>,
    pub(crate) asides: Vec<Aside>,
    pub(crate) end: Option<Arc<AttemptResult>>,
}

#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) session: Arc<str>,
    pub(crate) letters: Vec<Letter>,
}

fn index(stream: Stream) -> Option<usize> {
    STREAMS.iter().position(|&other| other == stream)
}

impl Post {
    fn owes(&self) -> bool {
        self.start_owed
            || self.end_owed
            || !self.params.is_empty()
            || !self.asides.is_empty()
            || self.flows.iter().any(|flow| flow.owes())
    }
}

impl State {
    fn change(&mut self, attempt: AttemptId, change: impl FnOnce(&mut Post)) -> bool {
        let Some(post) = self.posts.get_mut(&attempt) else { return false };
        change(post);
        if !post.is_due && post.owes() {
            post.is_due = true;
            self.due.push_back(attempt);
        }
        std::mem::take(&mut self.is_awaited)
    }
}

impl Outbox {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, attempt: AttemptId, change: impl FnOnce(&mut Post)) {
        if self.state().change(attempt, change) {
            self.changed.notify_one();
        }
    }

    /// Begins to keep an attempt, of whose streams nothing is written.
    pub(crate) fn open(&self, attempt: AttemptId, dir: Arc<Path>) {
        let post = Post {
            dir,
            is_due: false,
            started: None,
            start_owed: false,
            flows: Default::default(),
            params: Vec::new(),
            asides: Vec::new(),
            result: None,
            end_owed: false,
        };
        self.state().posts.insert(attempt, post);
    }

    pub(crate) fn started(&self, attempt: AttemptId, at: Time) {
        self.change(attempt, |post| (post.started, post.start_owed) = (Some(at), true));
    }

    pub(crate) fn written(&self, attempt: AttemptId, stream: Stream, bytes: u64) {
        let Some(index) = index(stream) else { return };
        self.change(attempt, |post| post.flows[index].written = bytes);
    }

    pub(crate) fn params(&self, attempt: AttemptId, params: Params) {
        self.change(attempt, |post| {
            let mut params = params;
            // A later value takes the place of an earlier one that is not on its way: of what waits long little is kept.
            if post.params.len() > PARTS_MAX
                && let Some(mut last) = post.params.pop()
            {
                last.append(&mut params);
                params = last;
            }
            post.params.extend(in_parts(params, FACT_BYTES_MAX));
        });
    }

    pub(crate) fn set_aside(&self, attempt: AttemptId, asides: Vec<Aside>) {
        self.change(attempt, |post| post.asides.extend(asides));
    }

    /// The server refuses what comes next in a stream, whatever is done.
    pub(crate) fn refused(&self, attempt: AttemptId, stream: Stream) {
        let Some(index) = index(stream) else { return };
        self.change(attempt, |post| post.flows[index].is_refused = true);
    }

    pub(crate) fn ended(&self, attempt: AttemptId, result: Arc<AttemptResult>) {
        self.change(attempt, |post| (post.result, post.end_owed) = (Some(result), true));
    }

    pub(crate) fn forget(&self, attempt: AttemptId) {
        self.state().posts.remove(&attempt);
    }

    /// The server has taken the runner in and says how far it has the streams; what it does not name it does not have.
    pub(crate) fn attached(&self, session: &str, extents: &[Extent]) {
        let mut state = self.state();
        state.session = Some(session.into());
        let attempts: Vec<AttemptId> = state.posts.keys().copied().collect();
        for attempt in attempts {
            state.change(attempt, |post| {
                post.flows.iter_mut().for_each(|flow| flow.sent = 0);
                post.start_owed = post.started.is_some() && post.result.is_none();
                post.end_owed = post.result.is_some();
                for extent in extents.iter().filter(|extent| extent.attempt == attempt) {
                    if let Some(index) = index(extent.stream) {
                        post.flows[index].sent = extent.bytes;
                    }
                }
            });
        }
        state.is_awaited = false;
        self.changed.notify_one();
    }

    /// Nothing can be sent until the runner is attached again.
    pub(crate) fn detached(&self, session: &str) {
        let mut state = self.state();
        if state.session.as_deref() == Some(session) {
            state.session = None;
        }
    }

    pub(crate) fn is_attached(&self, session: &str) -> bool {
        self.state().session.as_deref() == Some(session)
    }

    /// Whether everything has been sent and acknowledged.
    #[cfg(test)]
    fn is_empty(&self) -> bool {
        self.state().due.is_empty()
    }

    /// Waits until there is something to send, and says what; `None` after `timeout`.
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
        let mut letters = Vec::new();
        let mut room = MESSAGE_BYTES_MAX;
        while letters.len() < ATTEMPTS_MAX && room > 0 {
            let Some(attempt) = state.due.pop_front() else { break };
            let Some(post) = state.posts.get_mut(&attempt) else { continue };
            post.is_due = false;
            let mut pieces = Vec::new();
            let mut is_whole = true;
            for (&stream, flow) in STREAMS.iter().zip(&post.flows) {
                if !flow.owes() {
                    continue;
                }
                let to = flow.written.min(flow.sent + room.min(PIECE_BYTES_MAX));
                if to > flow.sent {
                    room -= to - flow.sent;
                    pieces.push(Piece { stream, from: flow.sent, to });
                }
                is_whole &= to >= flow.written;
            }
            is_whole &= post.params.len() <= PARTS_MAX;
            let end = post.result.clone().filter(|_| post.end_owed && is_whole);
            letters.push(Letter {
                attempt,
                dir: Arc::clone(&post.dir),
                // Its end says that it had started.
                start: post.started.filter(|_| post.start_owed && end.is_none()),
                pieces,
                params: post.params.iter().take(PARTS_MAX).cloned().collect(),
                asides: post.asides.clone(),
                end,
            });
        }
        (!letters.is_empty()).then_some(Batch { session, letters })
    }

    /// The server has what `batch` says, or (`behind`) wants some streams from an earlier place, and then took no end.
    pub(crate) fn delivered(&self, batch: &Batch, behind: &[Extent]) {
        self.settle(batch, |letter, post| {
            post.start_owed &= letter.start.is_none() && letter.end.is_none();
            post.params.drain(..letter.params.len().min(post.params.len()));
            post.asides.drain(..letter.asides.len().min(post.asides.len()));
            for piece in &letter.pieces {
                if let Some(index) = index(piece.stream) {
                    post.flows[index].sent = piece.to;
                }
            }
            for extent in behind.iter().filter(|extent| extent.attempt == letter.attempt) {
                if let Some(index) = index(extent.stream) {
                    post.flows[index].sent = extent.bytes;
                }
            }
            post.end_owed &= letter.end.is_none() || !behind.is_empty();
        });
    }

    /// The batch may or may not have arrived: it is sent again.
    pub(crate) fn returned(&self, batch: &Batch) {
        self.settle(batch, |_, _| {});
    }

    fn settle(&self, batch: &Batch, settle: impl Fn(&Letter, &mut Post)) {
        let mut state = self.state();
        // After a new attachment everything was reckoned anew.
        let is_current = state.session.as_ref() == Some(&batch.session);
        for letter in &batch.letters {
            state.change(letter.attempt, |post| {
                if is_current {
                    settle(letter, post);
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
    const BEGUN: Time = Time::from_micros(1);

    fn outbox() -> Outbox {
        let outbox = Outbox::default();
        outbox.open(A, Path::new("/a").into());
        outbox
    }

    fn say(outbox: &Outbox) -> (Batch, String) {
        let batch = outbox.take(NOW).expect("something to send");
        let letters = batch.letters.iter().map(|letter| {
            let pieces = letter.pieces.iter().map(|p| format!("{}:{}-{}", p.stream, p.from, p.to)).collect::<Vec<_>>();
            format!(
                "start={} {} params={} end={}",
                letter.start.is_some(),
                pieces.join(","),
                letter.params.len(),
                letter.end.is_some()
            )
        });
        let said = letters.collect::<Vec<_>>().join(" | ");
        (batch, said)
    }

    fn result() -> Arc<AttemptResult> {
        Arc::new(AttemptResult::without_process(Outcome::Done))
    }

    #[test]
    fn nothing_is_sent_before_the_runner_is_attached() {
        let outbox = outbox();
        outbox.started(A, BEGUN);
        assert!(outbox.take(NOW).is_none());
        outbox.attached("s", &[]);
        let (batch, said) = say(&outbox);
        assert_eq!(said, "start=true  params=0 end=false");
        outbox.delivered(&batch, &[]);
        assert!(outbox.is_empty() && outbox.take(NOW).is_none());
    }

    #[test]
    fn a_lost_message_is_sent_again_with_what_came_since() {
        let outbox = outbox();
        outbox.attached("s", &[]);
        outbox.started(A, BEGUN);
        outbox.written(A, Stream::Log, 10);
        let (batch, said) = say(&outbox);
        assert_eq!(said, "start=true log:0-10 params=0 end=false");
        outbox.written(A, Stream::Log, 25);
        outbox.params(A, [("lr".to_owned(), 1.into())].into());
        outbox.returned(&batch);
        let (batch, said) = say(&outbox);
        assert_eq!(said, "start=true log:0-25 params=1 end=false");
        outbox.ended(A, result());
        outbox.delivered(&batch, &[]);
        assert_eq!(say(&outbox).1, "start=false  params=0 end=true");
    }

    #[test]
    fn the_end_comes_after_all_bytes() {
        let outbox = outbox();
        outbox.attached("s", &[]);
        outbox.written(A, Stream::Log, 600 * 1024);
        outbox.ended(A, result());
        for want in [
            "log:0-262144 params=0 end=false",
            "log:262144-524288 params=0 end=false",
            "log:524288-614400 params=0 end=true",
        ] {
            let (batch, said) = say(&outbox);
            assert_eq!(said, format!("start=false {want}"));
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
        let (batch, _) = say(&outbox);
        outbox.delivered(&batch, &[Extent { attempt: A, stream: Stream::Metrics, bytes: 4 }]);
        assert_eq!(say(&outbox).1, "start=false metrics:4-9 params=0 end=true");
    }

    #[test]
    fn many_parameters_go_in_parts_and_the_end_comes_after_them() {
        let outbox = outbox();
        outbox.attached("s", &[]);
        for look in 0..3 {
            outbox.params(A, (0..3000).map(|i| (format!("{}", look * 3000 + i), 1.into())).collect());
        }
        outbox.ended(A, result());
        for want in ["params=4 end=false", "params=4 end=false", "params=1 end=true"] {
            let (batch, said) = say(&outbox);
            assert_eq!(said, format!("start=false  {want}"));
            outbox.delivered(&batch, &[]);
        }
        assert!(outbox.is_empty());
    }

    #[test]
    fn a_refused_stream_does_not_hold_up_the_end() {
        let outbox = outbox();
        outbox.attached("s", &[]);
        outbox.written(A, Stream::Metrics, 9);
        outbox.refused(A, Stream::Metrics);
        outbox.ended(A, result());
        assert_eq!(say(&outbox).1, "start=false  params=0 end=true");
    }

    #[test]
    fn a_new_attachment_reckons_anew() {
        let outbox = outbox();
        outbox.attached("s", &[]);
        outbox.started(A, BEGUN);
        outbox.written(A, Stream::Log, 9);
        let (batch, _) = say(&outbox);
        outbox.attached("t", &[Extent { attempt: A, stream: Stream::Log, bytes: 3 }]);
        outbox.delivered(&batch, &[]);
        assert_eq!(say(&outbox).1, "start=true log:3-9 params=0 end=false");
    }
}
