//! The connections that are open: at most so many, and at most half of them by clients that have shown no good token.
//!
//! Each program that reaches the port can open connections and send nothing. The server would run out of files. So a
//! client is a stranger until one of its requests had a good token, and again when that token opens nothing any more.
//! When strangers have their half, or all places are taken, one stranger goes: first one that was refused for its token,
//! then the one that is idle for the longest, and when none is idle the oldest. An honest client shows its token within
//! milliseconds, and is no stranger any more.
//!
//! A good token is no leave to take all places either. The connections of one guest are bounded, and so are those of all guests
//! together: a guest is a user other than the home's own, or a task. What is left is for the user to whom the home's files
//! belong, and for the runners. A guest's connection beyond that stays a stranger, and its request is refused.
//!
//! A client is idle while the server answers no whole request of it: a client that sends a request byte by byte, or does not
//! read its answer, is idle too.
//!
//! A stranger must have had the time to show its token, also when the server is busy: it goes only after the server has
//! waited for it for a moment, and not while a first token of it is looked at. The accept loop waits until a stranger can
//! go; so a crowd that comes again and again costs the server no more than that.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use hven_core::ActorId;
use tokio::sync::Notify;

use crate::token::Token;

/// How long the server waits for a stranger, at least, before it has to make room.
const GRACE: Duration = Duration::from_millis(250);
/// So many times as long has a stranger for which the server had no time yet.
const UNSEEN_TIMES: u32 = 8;
/// More than that has no guest, however many places there are: a browser takes half a dozen, a script a few.
const PER_GUEST_MAX: usize = 256;

#[derive(Debug)]
pub(crate) struct Connections {
    max: usize,
    grace: Duration,
    open: Mutex<Open>,
    /// Told when a connection ends.
    freed: Notify,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    /// By the order in which they came.
    strangers: BTreeMap<u64, Arc<Connection>>,
    known: BTreeMap<u64, Known>,
    /// How many connections each guest has.
    guests: HashMap<ActorId, usize>,
}

#[derive(Debug)]
struct Known {
    connection: Arc<Connection>,
    /// By which it is known.
    token: Token,
    /// Whose it is, unless places are kept for them.
    guest: Option<ActorId>,
}

impl Open {
    fn count(&self) -> usize {
        self.strangers.len() + self.known.len()
    }

    fn add_known(&mut self, number: u64, known: Known) {
        if let Some(guest) = known.guest {
            *self.guests.entry(guest).or_default() += 1;
        }
        self.known.insert(number, known);
    }

    fn remove_known(&mut self, number: u64) -> Option<Known> {
        let known = self.known.remove(&number)?;
        if let Some(guest) = known.guest
            && let Some(held) = self.guests.get_mut(&guest)
        {
            *held -= 1;
            if *held == 0 {
                self.guests.remove(&guest);
            }
        }
        Some(known)
    }
}

/// A guest has all connections that one may have, or all guests together have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crowded {
    ByOne(usize),
    ByAll(usize),
}

impl fmt::Display for Crowded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByOne(most) => {
                write!(f, "one user or task may have {most} connections to this server, and you have as many")
            }
            Self::ByAll(most) => {
                write!(f, "users and tasks have {most} connections to this server; the rest is kept for its owner")
            }
        }
    }
}

/// One connection; requests find it among their extensions.
#[derive(Debug)]
pub(crate) struct Connection {
    number: u64,
    /// This end of it.
    pub(crate) server: SocketAddr,
    /// The other end.
    pub(crate) client: SocketAddr,
    is_known: AtomicBool,
    /// A request of it was refused for its token.
    is_refused: AtomicBool,
    /// How many tokens of it are looked at.
    examined: AtomicU32,
    since: Instant,
    /// Since when it is idle; nothing while a whole request of it is answered.
    idle_since: Mutex<Option<Instant>>,
    /// When the server first waited for it.
    awaited_since: OnceLock<Instant>,
    /// Told when it has to make room.
    evicted: Notify,
    all: Arc<Connections>,
}

/// A token of the connection is looked at for as long as this lives.
#[derive(Debug)]
pub(crate) struct Examined(Arc<Connection>);

/// A connection's place, which is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Place(pub(crate) Arc<Connection>);

impl Connections {
    pub(crate) fn new(max: usize) -> Arc<Self> {
        Self::with_grace(max, GRACE)
    }

    fn with_grace(max: usize, grace: Duration) -> Arc<Self> {
        Arc::new(Self { max: max.max(2), grace, open: Mutex::default(), freed: Notify::new() })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a new connection. Strangers make room for it; when nobody but known clients is there, it waits until
    /// one of them leaves.
    pub(crate) async fn enter(self: &Arc<Self>, server: SocketAddr, client: SocketAddr) -> Place {
        loop {
            if let Some(place) = self.try_enter(server, client) {
                return place;
            }
            // Only one waits, so that a place which was freed since is not missed: the notice is kept for it. After a
            // moment a stranger may have had its time.
            let _ = tokio::time::timeout(self.grace / 10, self.freed.notified()).await;
        }
    }

    fn try_enter(self: &Arc<Self>, server: SocketAddr, client: SocketAddr) -> Option<Place> {
        let mut open = self.open();
        let is_crowded = |open: &Open| open.strangers.len() >= self.max / 2 || open.count() >= self.max;
        if is_crowded(&open) && !evict_one(&mut open, self.grace) && !open.strangers.is_empty() {
            return None;
        }
        if open.count() >= self.max {
            return None;
        }
        open.next += 1;
        let number = open.next;
        let now = Instant::now();
        let connection = Arc::new(Connection {
            number,
            server,
            client,
            is_known: AtomicBool::new(false),
            is_refused: AtomicBool::new(false),
            examined: AtomicU32::new(0),
            since: now,
            idle_since: Mutex::new(Some(now)),
            awaited_since: OnceLock::new(),
            evicted: Notify::new(),
            all: Arc::clone(self),
        });
        open.strangers.insert(number, Arc::clone(&connection));
        Some(Place(connection))
    }

    /// A stranger goes, if there is one: somebody needs what it holds.
    pub(crate) fn make_room(&self) {
        evict_one(&mut self.open(), Duration::ZERO);
    }

    /// The tokens by which connections are known.
    pub(crate) fn tokens(&self) -> HashSet<Token> {
        self.open().known.values().map(|known| known.token.clone()).collect()
    }

    /// The token opens nothing any more. The connections that are known by it are strangers until they show a good one.
    pub(crate) fn forget(&self, token: &Token) {
        let mut guard = self.open();
        let open = &mut *guard;
        let by_it = open.known.iter().filter(|(_, known)| known.token == *token);
        let numbers: Vec<u64> = by_it.map(|(number, _)| *number).collect();
        for number in numbers {
            if let Some(Known { connection, .. }) = open.remove_known(number) {
                connection.is_known.store(false, Ordering::Relaxed);
                open.strangers.insert(number, connection);
            }
        }
    }

    /// Whether a guest may have one more.
    fn check_room(&self, open: &Open, guest: ActorId) -> Result<(), Crowded> {
        let for_one = (self.max / 8).clamp(1, PER_GUEST_MAX);
        let for_all = self.max * 3 / 4;
        if open.guests.get(&guest).is_some_and(|held| *held >= for_one) {
            return Err(Crowded::ByOne(for_one));
        }
        if open.guests.values().sum::<usize>() >= for_all {
            return Err(Crowded::ByAll(for_all));
        }
        Ok(())
    }

    /// Returns when no connection is open.
    pub(crate) async fn empty(&self) {
        while self.open().count() > 0 {
            self.freed.notified().await;
        }
    }
}

/// Sends the first stranger away that may go. Answers whether one had to go.
fn evict_one(open: &mut Open, grace: Duration) -> bool {
    let may_go = open.strangers.values().filter(|stranger| stranger.may_go(grace));
    let chosen = may_go.min_by_key(|stranger| stranger.rank()).map(|stranger| stranger.number);
    let Some(stranger) = chosen.and_then(|number| open.strangers.remove(&number)) else { return false };
    stranger.evicted.notify_one();
    true
}

impl Connection {
    /// A good token came through it, of a guest or of those for whom places are kept. When the guest may have no more
    /// connections, it stays what it is.
    pub(crate) fn know(&self, token: &str, guest: Option<ActorId>) -> Result<(), Crowded> {
        let mut guard = self.all.open();
        let open = &mut *guard;
        if let Some(known) = open.known.get_mut(&self.number)
            && known.guest == guest
        {
            if !known.token.is(token) {
                known.token = Token::new(token);
            }
            return Ok(());
        }
        if let Some(guest) = guest {
            self.all.check_room(open, guest)?;
        }
        let before = open.remove_known(self.number).map(|known| known.connection);
        // One that has to go already is neither known nor a stranger, and does not stay.
        if let Some(connection) = before.or_else(|| open.strangers.remove(&self.number)) {
            self.is_known.store(true, Ordering::Relaxed);
            self.is_refused.store(false, Ordering::Relaxed);
            open.add_known(self.number, Known { connection, token: Token::new(token), guest });
        }
        Ok(())
    }

    /// A request of it had no good token where it needs one, or came from a guest who may have no more connections. From then
    /// on a token that is looked at does not protect it: else a stranger could stay by sending wrong ones without a pause.
    pub(crate) fn note_refused(&self) {
        self.is_refused.store(true, Ordering::Relaxed);
    }

    /// A token of it is looked at: it stays meanwhile.
    pub(crate) fn examine(self: &Arc<Self>) -> Examined {
        self.examined.fetch_add(1, Ordering::Relaxed);
        Examined(Arc::clone(self))
    }

    /// A whole request of it is there: it is not idle until it is answered.
    pub(crate) fn note_whole(&self) {
        *self.idle() = None;
    }

    /// What it asked is answered. A request that was refused before its body came was no whole one.
    pub(crate) fn note_answered(&self) {
        self.idle().get_or_insert_with(Instant::now);
    }

    fn idle(&self) -> MutexGuard<'_, Option<Instant>> {
        self.idle_since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The server waits for the client: to write, or to read.
    pub(crate) fn note_awaited(&self) {
        self.awaited_since.get_or_init(Instant::now);
    }

    fn may_go(&self, grace: Duration) -> bool {
        let awaited = self.awaited_since.get().is_some_and(|since| since.elapsed() >= grace);
        let is_protected = self.examined.load(Ordering::Relaxed) > 0 && !self.is_refused.load(Ordering::Relaxed);
        (awaited || self.since.elapsed() >= grace * UNSEEN_TIMES) && !is_protected
    }

    /// The lowest goes first: one that was refused, one that is idle for longer, one that is older.
    fn rank(&self) -> (bool, bool, Option<Instant>, u64) {
        let idle_since = *self.idle();
        (!self.is_refused.load(Ordering::Relaxed), idle_since.is_none(), idle_since, self.number)
    }

    pub(crate) fn is_known(&self) -> bool {
        self.is_known.load(Ordering::Relaxed)
    }

    /// Returns when it has to make room.
    pub(crate) async fn evicted(&self) {
        self.evicted.notified().await;
    }
}

impl Drop for Examined {
    fn drop(&mut self) {
        self.0.examined.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let connection = &self.0;
        {
            let mut open = connection.all.open();
            open.strangers.remove(&connection.number);
            open.remove_known(connection.number);
        }
        connection.all.freed.notify_one();
    }
}

#[cfg(test)]
mod tests;
