//! The runner's protocol as use cases: attach, pull, push. See `hven-api`'s module of the same name for the messages;
//! here they are in the domain's words.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use hven_core::{
    AttemptId, Fact, RunnerId, Time, limits, params,
    recorded::Recorded,
    resources::Resources,
    run::{AttemptResult, Outcome, ParamsLogged},
    runner::Enrolled,
    set_aside::Aside,
    stream::{Stream, salvage},
};
use tokio::sync::Notify;

use crate::{
    App, AppError, AppResult, Caller,
    asides::Asides,
    permissions,
    ports::{StoreError, StoreResult, engine::Event as EngineEvent, series::Piece, views::RunnerView},
    schedule::Live,
};

/// What is known of the runners that are attached.
#[derive(Debug, Default)]
pub struct Links {
    attached: Mutex<HashMap<RunnerId, Link>>,
    /// Runners that are not attached and not known to have ended, and since when.
    silent: Mutex<HashMap<RunnerId, Time>>,
    /// The highest count of an attach of each runner. Held while one is taken in, so that the engine hears of them in
    /// their order.
    counts: tokio::sync::Mutex<HashMap<RunnerId, u64>>,
    pub(crate) asides: Asides,
}

#[derive(Debug)]
struct Link {
    session: String,
    next_number: u64,
    /// Sent, but not known to have arrived.
    commands: VecDeque<(u64, Command)>,
    arrived: Arc<Notify>,
    heard: Time,
    leave_when_idle: bool,
    hands_on_stdin: bool,
    enters_folders: bool,
}

/// What a runner is told to do.
#[derive(Clone, Debug)]
pub enum Command {
    /// Start the attempt; what it needs is looked up when the command is handed out.
    Start {
        attempt: AttemptId,
        live: Box<Live>,
        token: String,
    },
    Stop {
        attempt: AttemptId,
    },
    /// Not to begin it; what has begun goes on.
    Withdraw {
        attempt: AttemptId,
        why: String,
    },
    Forget {
        attempt: AttemptId,
    },
}

/// A runner introduces itself.
#[derive(Clone, Debug)]
pub struct Attach {
    /// Higher with each attach of a runner; 0 when it does not count.
    pub count: u64,
    pub pool: String,
    pub host: String,
    pub version: String,
    pub capacity: Resources,
    pub prefetch: u32,
    pub hands_on_stdin: bool,
    /// It starts processes in folders within fresh ones.
    pub enters_folders: bool,
    pub holds: Vec<AttemptId>,
}

/// What a runner tells.
#[derive(Clone, Debug)]
pub enum Event {
    Started {
        attempt: AttemptId,
        /// By the runner's clock; those of older versions do not say it.
        at: Option<Time>,
    },
    Stream(Piece),
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

/// A message that cannot be taken in, with all of its bytes. Secrets may be in it.
#[derive(Clone, Debug)]
pub struct BadMessage {
    /// `the parameter lr`.
    pub what: String,
    pub why: String,
    pub bytes: Vec<u8>,
}

impl BadMessage {
    pub fn new(what: impl Into<String>, why: impl Into<String>, bytes: &[u8]) -> Self {
        Self { what: what.into(), why: why.into(), bytes: bytes.to_vec() }
    }
}

/// Where the server's copy of a stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    pub attempt: AttemptId,
    pub stream: Stream,
    pub bytes: u64,
}

impl Links {
    fn attached(&self) -> MutexGuard<'_, HashMap<RunnerId, Link>> {
        self.attached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a command, to be handed out after the next [`Self::ring`]. For a runner that is not attached it is
    /// dropped: the engine sends again what is still wanted when the runner attaches.
    pub(crate) fn send(&self, runner: RunnerId, command: Command) {
        let mut links = self.attached();
        let Some(link) = links.get_mut(&runner) else { return };
        let number = link.next_number;
        link.next_number += 1;
        link.commands.push_back((number, command));
    }

    /// Wakes the runners that have commands: once for all that was queued, so that they get it in one answer.
    pub(crate) fn ring(&self) {
        for link in self.attached().values().filter(|link| !link.commands.is_empty()) {
            link.arrived.notify_waiters();
        }
    }

    fn silent(&self) -> MutexGuard<'_, HashMap<RunnerId, Time>> {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A runner is not known to have ended. It counts as silent until it attaches, or has ended.
    pub(crate) fn note_silent(&self, runner: RunnerId, now: Time) {
        if self.heard(runner).is_none() {
            self.silent().entry(runner).or_insert(now);
        }
    }

    pub(crate) fn forget_silent(&self, runner: RunnerId) {
        self.silent().remove(&runner);
    }

    /// The runners that have been silent since before this time.
    pub(crate) fn silent_since(&self, before: Time) -> Vec<RunnerId> {
        let silent = self.silent();
        let long = silent.iter().filter(|(_, since)| **since <= before).map(|(runner, _)| *runner);
        // One may have attached just when it was noted.
        let mut found: Vec<RunnerId> = long.filter(|runner| self.heard(*runner).is_none()).collect();
        drop(silent);
        found.sort_unstable();
        found
    }

    /// When a runner was last heard; `None` when it is not attached.
    pub fn heard(&self, runner: RunnerId) -> Option<Time> {
        self.attached().get(&runner).map(|link| link.heard)
    }

    /// Takes back a command that was not given out.
    fn withdraw(&self, runner: RunnerId, session: &str, number: u64) {
        let mut links = self.attached();
        if let Some(link) = links.get_mut(&runner).filter(|link| link.session == session) {
            link.commands.retain(|(queued, _)| *queued != number);
        }
    }

    pub(crate) fn drop_link(&self, runner: RunnerId) {
        if let Some(link) = self.attached().remove(&runner) {
            // One that waits for commands is told at once that there will be none.
            link.arrived.notify_waiters();
        }
    }

    /// Tells all runners to end when they have nothing left to do.
    pub fn dismiss(&self) {
        for link in self.attached().values_mut() {
            link.leave_when_idle = true;
            link.arrived.notify_waiters();
        }
    }

    fn heard_now(&self, runner: RunnerId, session: &str, now: Time) -> AppResult<()> {
        let mut links = self.attached();
        let link = links.get_mut(&runner).filter(|link| link.session == session);
        link.ok_or_else(|| AppError::StaleSession(session.to_owned()))?.heard = now;
        Ok(())
    }
}

/// The answer to [`attach`].
#[derive(Debug)]
pub struct Attached {
    pub session: String,
    pub extents: Vec<Extent>,
}

/// Takes in a runner, new or again, with what it holds.
pub async fn attach(app: &App, caller: &Caller, attach: Attach) -> AppResult<Attached> {
    let runner = caller.require_runner()?;
    for (what, text) in [("the pool", &attach.pool), ("the host", &attach.host), ("the version", &attach.version)] {
        limits::lines(what, text, limits::NAME_BYTES_MAX)?;
    }
    let known = app.ports.views.runners().await?.into_iter().find(|view| view.id == runner);
    let enrolled = Enrolled {
        runner,
        pool: attach.pool,
        host: attach.host,
        capacity: attach.capacity.clone(),
        version: attach.version,
    };
    match known {
        Some(view) if view.gone.is_some() => return Err(AppError::Unauthenticated),
        Some(view) if is_as_it_was(&view, &enrolled) => {}
        // A process that was started anew in an old spool may have other resources, or be of another version.
        _ => {
            app.record(runner.into(), None, vec![enrolled.into()]).await?;
        }
    }
    let mut counts = app.runners.counts.lock().await;
    let last = counts.entry(runner).or_default();
    if attach.count > 0 && attach.count <= *last {
        // It was under way while a later one was taken in: the runner holds other attempts by now.
        return Err(AppError::StaleSession(format!("attach {} (the last was {last})", attach.count)));
    }
    *last = attach.count.max(*last);
    let mut extents = Vec::new();
    for &attempt in &attach.holds {
        for stream in Stream::ALL {
            let bytes = app.ports.series.extent(attempt, stream).await?;
            extents.push(Extent { attempt, stream, bytes });
        }
    }
    let now = app.now();
    let session = URL_SAFE_NO_PAD.encode(crate::random::<12>());
    let link = Link {
        session: session.clone(),
        next_number: 1,
        commands: VecDeque::new(),
        arrived: Arc::default(),
        heard: now,
        leave_when_idle: false,
        hands_on_stdin: attach.hands_on_stdin,
        enters_folders: attach.enters_folders,
    };
    app.runners.attached().insert(runner, link);
    app.runners.forget_silent(runner);
    let event = EngineEvent::RunnerAttached {
        runner,
        capacity: attach.capacity,
        prefetch: attach.prefetch,
        holds: attach.holds,
    };
    app.schedule.tell(event, now).await;
    drop(counts);
    // The permission to run what it holds may have been taken back while it was away.
    permissions::withdraw(app, |with| with == runner).await;
    Ok(Attached { session, extents })
}

fn is_as_it_was(view: &RunnerView, now: &Enrolled) -> bool {
    let RunnerView { pool, host, capacity, version, .. } = view;
    (pool, host, capacity, version) == (&now.pool, &now.host, &now.capacity, &now.version)
}

/// The commands after number `after`, waiting up to `wait` for one, and whether the runner may leave when idle.
pub async fn pull(
    app: &App,
    caller: &Caller,
    session: &str,
    after: u64,
    wait: Duration,
) -> AppResult<(Vec<(u64, Command)>, bool)> {
    const COMMANDS_MAX: usize = 256;
    let runner = caller.require_runner()?;
    let deadline = tokio::time::Instant::now() + wait;
    loop {
        app.runners.heard_now(runner, session, app.now())?;
        let (queued, may_leave, arrived) = {
            let mut links = app.runners.attached();
            let link = links.get_mut(&runner).ok_or_else(|| AppError::StaleSession(session.to_owned()))?;
            while link.commands.front().is_some_and(|(number, _)| *number <= after) {
                link.commands.pop_front();
            }
            let queued: Vec<_> = link.commands.iter().take(COMMANDS_MAX).cloned().collect();
            // Made while the lock is held, so that no command can slip in between unseen.
            (queued, link.leave_when_idle, Arc::clone(&link.arrived).notified_owned())
        };
        let is_queue_empty = queued.is_empty();
        let commands = permitted(app, runner, session, queued).await;
        if !commands.is_empty() || may_leave {
            return Ok((commands, may_leave));
        }
        // When none of them was permitted, there may be others behind them.
        if is_queue_empty && tokio::time::timeout_at(deadline, arrived).await.is_err() {
            return Ok((Vec::new(), false));
        }
    }
}

/// Those of the commands that may be given out. A start may have waited for its runner for long: when the permission to run
/// commands was taken back meanwhile, the attempt ends here, as does one that this runner cannot start. The numbers of
/// commands may then have holes.
async fn permitted(app: &App, runner: RunnerId, session: &str, commands: Vec<(u64, Command)>) -> Vec<(u64, Command)> {
    let mut permitted = Vec::with_capacity(commands.len());
    for (number, command) in commands {
        if let Command::Start { attempt, live, .. } = &command
            && let Some(why) = hindrance(app, runner, live).await
        {
            let outcome = Outcome::NotStarted { why: why.to_string() };
            let result = Box::new(AttemptResult::without_process(outcome));
            // First, because a runner may hang up: a start that is only withdrawn would never end.
            app.schedule.tell(EngineEvent::Ended { attempt: *attempt, result }, app.now()).await;
            app.runners.withdraw(runner, session, number);
            continue;
        }
        permitted.push((number, command));
    }
    permitted
}

/// Why a runner may not be told to start this run.
async fn hindrance(app: &App, runner: RunnerId, live: &Live) -> Option<Recorded> {
    if !permissions::may_start(app, live).await {
        return Some(Recorded::MayNotRun);
    }
    let can = app.runners.attached().get(&runner).map(|link| (link.hands_on_stdin, link.enters_folders));
    let (hands_on_stdin, enters_folders) = can.unwrap_or_default();
    let spec = &live.spec;
    if spec.stdin.is_some() && !hands_on_stdin {
        return Some(Recorded::RunnerOlder);
    }
    let is_within = !spec.place.is_here() && !spec.cwd.is_empty();
    (is_within && !enters_folders).then_some(Recorded::RunnerOlderFolder)
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
pub async fn push(app: &App, pusher: Pusher, session: &str, events: Vec<Event>) -> AppResult<Vec<Extent>> {
    let Pusher(runner) = pusher;
    app.runners.heard_now(runner, session, app.now())?;
    let mut pieces = Vec::new();
    let mut ended = Vec::new();
    let asides = &app.runners.asides;
    for event in events {
        match event {
            Event::Stream(piece) if app.schedule.is_with(piece.attempt, runner) => {
                if !asides.is_broken(piece.attempt, piece.stream) {
                    pieces.push(piece);
                }
            }
            Event::Started { attempt, at } => {
                // Clocks differ, and what is told has happened.
                let now = app.now();
                let at = at.filter(|at| limits::time("a start", *at).is_ok()).map_or(now, |at| at.min(now));
                app.schedule.tell(EngineEvent::ProcessStarted { attempt, at }, now).await;
            }
            Event::Params { attempt, params } if app.schedule.is_with(attempt, runner) => {
                log_params(app, attempt, params).await?;
            }
            Event::SetAside { attempt, message } if app.schedule.is_with(attempt, runner) => {
                asides.set_aside(app, attempt, message).await?;
            }
            Event::Bad { attempt, message } if app.schedule.is_with(attempt, runner) => {
                asides.set_bad_aside(app, attempt, message).await?;
            }
            Event::StreamBroken { attempt, stream, message } if app.schedule.is_with(attempt, runner) => {
                asides.set_bad_aside(app, attempt, message).await?;
                asides.broken(app, attempt, stream);
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
    let has_room = app.ports.record.has_room();
    let is_ending = |piece: &Piece| ended.iter().any(|(attempt, _)| *attempt == piece.attempt);
    let (pieces, held): (Vec<Piece>, Vec<Piece>) = pieces.into_iter().partition(|piece| has_room || is_ending(piece));
    let mut behind = append_pieces(app, pieces, !has_room).await?;
    for Piece { attempt, stream, .. } in held.iter().cloned() {
        let bytes = app.ports.series.extent(attempt, stream).await?;
        behind.push(Extent { attempt, stream, bytes });
    }
    let now = app.now();
    // The streams of an attempt come before its end: where they are behind, the runner sends both again.
    ended.retain(|(attempt, _)| behind.iter().all(|extent| extent.attempt != *attempt));
    let ends = ended
        .into_iter()
        .map(|(attempt, result)| app.schedule.tell_durably(EngineEvent::Ended { attempt, result }, now));
    futures::future::join_all(ends).await;
    if !held.is_empty() {
        // The runner sends at once what is wanted from it; nothing changes so quickly.
        tokio::time::sleep(HELD_FOR).await;
    }
    Ok(behind)
}

async fn log_params(app: &App, attempt: AttemptId, params: BTreeMap<String, serde_json::Value>) -> AppResult<()> {
    let mut good = params::Params::new();
    for (name, value) in params {
        match params::fault(&name, &value) {
            None => drop(good.insert(name, value)),
            Some(why) => {
                let message = BadMessage::new(format!("the parameter {name}"), why, value.to_string().as_bytes());
                app.runners.asides.set_bad_aside(app, attempt, message).await?;
            }
        }
    }
    let good = crate::submit::mask(good, &app.schedule.secrets(attempt.run));
    let bytes_max = if app.ports.record.has_room() { params::FACT_BYTES_MAX } else { params::FACT_BYTES_ON_FULL_DISK };
    for params in params::in_parts(good, bytes_max) {
        let of = params::Origin::of_attempt(attempt.number);
        let fact: Fact = ParamsLogged { run: attempt.run, of, params }.into();
        let _no_end = app.schedule.without_ends().await;
        app.record(attempt.run.into(), None, vec![fact]).await?;
    }
    Ok(())
}

/// Adds pieces to their streams. The last ones of attempts that have ended find space also on a full disk.
async fn append(app: &App, pieces: Vec<Piece>, are_last: bool) -> StoreResult<Vec<u64>> {
    let series = &app.ports.series;
    if are_last { series.append_last(pieces).await } else { series.append(pieces).await }
}

/// Adds pieces to their streams; where one does not follow on what is there, answers what is wanted.
async fn append_pieces(app: &App, pieces: Vec<Piece>, are_last: bool) -> AppResult<Vec<Extent>> {
    if pieces.is_empty() {
        return Ok(Vec::new());
    }
    let _no_end = app.schedule.without_ends().await;
    match append(app, pieces.clone(), are_last).await {
        Ok(_) => return Ok(Vec::new()),
        Err(StoreError::Gap { .. } | StoreError::Malformed(_)) => {}
        Err(error) => return Err(error.into()),
    }
    let mut behind = Vec::new();
    for piece in pieces {
        let (attempt, stream) = (piece.attempt, piece.stream);
        if app.runners.asides.is_broken(attempt, stream) {
            continue;
        }
        let appended = match append(app, vec![piece.clone()], are_last).await {
            Err(StoreError::Malformed(_)) => append_salvaged(app, piece, are_last).await?,
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
async fn append_salvaged(app: &App, piece: Piece, is_last: bool) -> AppResult<Result<(), StoreError>> {
    let (attempt, stream) = (piece.attempt, piece.stream);
    let found = salvage(stream, &piece.bytes);
    let salvaged = Piece { bytes: found.bytes.into(), ..piece.clone() };
    if let Err(error) = append(app, vec![salvaged], is_last).await {
        return Ok(Err(error));
    }
    let begin = piece.offset.unwrap_or(0);
    for fault in found.faults {
        let bytes = &piece.bytes[fault.at..fault.at + fault.length];
        let what = format!("{} bytes of its {stream} from byte {} on", fault.length, begin + fault.at as u64);
        app.runners.asides.set_bad_aside(app, attempt, BadMessage::new(what, fault.why, bytes)).await?;
    }
    if found.is_cut {
        app.runners.asides.broken(app, attempt, stream);
    }
    Ok(Ok(()))
}

/// A piece of a stream at its place.
pub fn piece(attempt: AttemptId, stream: Stream, offset: u64, bytes: Bytes) -> Piece {
    Piece { attempt, stream, offset: Some(offset), bytes }
}
