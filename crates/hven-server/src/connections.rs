//! Limits the open connections: at most a fixed number, and at most half of them from clients without a valid token.
//!
//! Any program that reaches the port can open connections and send nothing, until the server has no file descriptors
//! left. So a connection counts as a *stranger* until one of its requests has a valid token, and again when that token
//! becomes invalid. When strangers hold half of the slots, or all slots are taken, the server evicts one stranger:
//! first one whose token was refused, then the one that has been idle for the longest time, and if none is idle, the
//! oldest. An honest client shows its token within milliseconds, and stops being a stranger.
//!
//! A valid token does not entitle a client to all slots. A *guest* is a task, or a user other than the owner of the
//! home's files. The connections of one guest are limited, and so are those of all guests together. The rest is reserved
//! for the owner and the runners. A connection above the limit of its guest stays a stranger, and its request is refused.
//!
//! A client is idle while the server is not answering a complete request from it. A client that sends a request byte by
//! byte, or that does not read its answer, is idle too.
//!
//! A stranger gets time to show its token, also when the server is busy: the server evicts it only after it has waited
//! for the client for a moment, and never while it checks the first token of the connection. Until a stranger can be
//! evicted, the accept loop waits. So a client that opens connections again and again costs the server no more than this.

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

/// The shortest time that the server waits for a stranger before it evicts it.
const GRACE: Duration = Duration::from_millis(250);
/// A stranger for which the server had no time yet is kept this many times as long.
const UNSEEN_TIMES: u32 = 8;
/// The limit for one guest on a server with many slots. A browser uses about six connections, a script a few.
const PER_GUEST_MAX: usize = 256;

#[derive(Debug)]
pub(crate) struct Connections {
    max: usize,
    grace: Duration,
    open: Mutex<OpenConnections>,
    /// Notified when a connection ends.
    freed: Notify,
}

#[derive(Debug, Default)]
struct OpenConnections {
    next: u64,
    /// By number, so in the order of arrival.
    strangers: BTreeMap<u64, Arc<Connection>>,
    known: BTreeMap<u64, KnownConnection>,
    /// The number of connections of each guest.
    guests: HashMap<ActorId, usize>,
}

#[derive(Debug)]
struct KnownConnection {
    connection: Arc<Connection>,
    /// The token that was shown on the connection.
    token: Token,
    /// The guest that the connection belongs to; nothing for the owner and the runners.
    guest: Option<ActorId>,
}

impl OpenConnections {
    fn count(&self) -> usize {
        self.strangers.len() + self.known.len()
    }

    fn add_known(&mut self, number: u64, known: KnownConnection) {
        if let Some(guest) = known.guest {
            *self.guests.entry(guest).or_default() += 1;
        }
        self.known.insert(number, known);
    }

    fn remove_known(&mut self, number: u64) -> Option<KnownConnection> {
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

/// A guest has reached its limit of connections, or all guests together have reached theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TooManyConnections {
    ByGuest(usize),
    ByAllGuests(usize),
}

impl fmt::Display for TooManyConnections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByGuest(most) => {
                write!(f, "one user or task may have {most} connections to this server, and you have as many")
            }
            Self::ByAllGuests(most) => {
                write!(f, "users and tasks have {most} connections to this server; the rest is kept for its owner")
            }
        }
    }
}

/// An open connection. Handlers find it in the extensions of a request.
#[derive(Debug)]
pub(crate) struct Connection {
    number: u64,
    /// The address on the server's side.
    pub(crate) server: SocketAddr,
    /// The address on the client's side.
    pub(crate) client: SocketAddr,
    is_known: AtomicBool,
    /// A request on the connection was refused because of its token.
    is_refused: AtomicBool,
    /// The number of tokens on the connection that the server is checking now.
    token_checks: AtomicU32,
    since: Instant,
    /// Since when the connection is idle; nothing while the server answers a complete request from it.
    idle_since: Mutex<Option<Instant>>,
    /// When the server first waited for the client.
    awaited_since: OnceLock<Instant>,
    /// Notified when the server evicts the connection.
    evicted: Notify,
    all: Arc<Connections>,
}

/// While this value lives, the server is checking a token of the connection.
#[derive(Debug)]
pub(crate) struct TokenCheck(Arc<Connection>);

/// The slot of a connection. It becomes free when this value is dropped.
#[derive(Debug)]
pub(crate) struct ConnectionSlot(pub(crate) Arc<Connection>);

impl Connections {
    pub(crate) fn new(max: usize) -> Arc<Self> {
        Self::with_grace(max, GRACE)
    }

    fn with_grace(max: usize, grace: Duration) -> Arc<Self> {
        Arc::new(Self { max: max.max(2), grace, open: Mutex::default(), freed: Notify::new() })
    }

    fn open(&self) -> MutexGuard<'_, OpenConnections> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a slot for a new connection. A stranger is evicted if needed. When all connections are known, this
    /// waits until one of them ends.
    pub(crate) async fn enter(self: &Arc<Self>, server: SocketAddr, client: SocketAddr) -> ConnectionSlot {
        loop {
            if let Some(slot) = self.try_enter(server, client) {
                return slot;
            }
            // Only one task waits here, and the notification is stored for it, so no freed slot is missed. The time
            // limit is for strangers that may be evicted only after a moment.
            let _ = tokio::time::timeout(self.grace / 10, self.freed.notified()).await;
        }
    }

    fn try_enter(self: &Arc<Self>, server: SocketAddr, client: SocketAddr) -> Option<ConnectionSlot> {
        let mut open = self.open();
        let is_full = |open: &OpenConnections| open.strangers.len() >= self.max / 2 || open.count() >= self.max;
        if is_full(&open) && !evict_one(&mut open, self.grace) && !open.strangers.is_empty() {
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
            token_checks: AtomicU32::new(0),
            since: now,
            idle_since: Mutex::new(Some(now)),
            awaited_since: OnceLock::new(),
            evicted: Notify::new(),
            all: Arc::clone(self),
        });
        open.strangers.insert(number, Arc::clone(&connection));
        Some(ConnectionSlot(connection))
    }

    /// Evicts a stranger, if there is one, to free its file descriptor.
    pub(crate) fn make_room(&self) {
        evict_one(&mut self.open(), Duration::ZERO);
    }

    /// The tokens of all known connections.
    pub(crate) fn tokens(&self) -> HashSet<Token> {
        self.open().known.values().map(|known| known.token.clone()).collect()
    }

    /// The token is no longer valid. Its connections are strangers again until they show a valid one.
    pub(crate) fn forget(&self, token: &Token) {
        let mut guard = self.open();
        let open = &mut *guard;
        let by_it = open.known.iter().filter(|(_, known)| known.token == *token);
        let numbers: Vec<u64> = by_it.map(|(number, _)| *number).collect();
        for number in numbers {
            if let Some(KnownConnection { connection, .. }) = open.remove_known(number) {
                connection.is_known.store(false, Ordering::Relaxed);
                open.strangers.insert(number, connection);
            }
        }
    }

    /// Checks that a guest may have one more connection.
    fn check_room(&self, open: &OpenConnections, guest: ActorId) -> Result<(), TooManyConnections> {
        let for_one = (self.max / 8).clamp(1, PER_GUEST_MAX);
        let for_all = self.max * 3 / 4;
        if open.guests.get(&guest).is_some_and(|held| *held >= for_one) {
            return Err(TooManyConnections::ByGuest(for_one));
        }
        if open.guests.values().sum::<usize>() >= for_all {
            return Err(TooManyConnections::ByAllGuests(for_all));
        }
        Ok(())
    }

    /// Waits until no connection is open.
    pub(crate) async fn until_empty(&self) {
        while self.open().count() > 0 {
            self.freed.notified().await;
        }
    }
}

/// Evicts the first stranger that may be evicted. Returns whether there was one.
fn evict_one(open: &mut OpenConnections, grace: Duration) -> bool {
    let may_go = open.strangers.values().filter(|stranger| stranger.may_go(grace));
    let chosen = may_go.min_by_key(|stranger| stranger.rank()).map(|stranger| stranger.number);
    let Some(stranger) = chosen.and_then(|number| open.strangers.remove(&number)) else { return false };
    stranger.evicted.notify_one();
    true
}

impl Connection {
    /// Notes that the connection showed a valid token: of a guest, or of a caller with reserved slots. When the guest
    /// has reached its limit, the connection keeps its present state.
    pub(crate) fn note_valid_token(&self, token: &str, guest: Option<ActorId>) -> Result<(), TooManyConnections> {
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
        // A connection that was evicted already is in neither map, and is not added again.
        if let Some(connection) = before.or_else(|| open.strangers.remove(&self.number)) {
            self.is_known.store(true, Ordering::Relaxed);
            self.is_refused.store(false, Ordering::Relaxed);
            open.add_known(self.number, KnownConnection { connection, token: Token::new(token), guest });
        }
        Ok(())
    }

    /// Notes that a request was refused: its token is not valid, or its guest has reached the limit. From then on, a
    /// token check does not protect the connection from eviction. Otherwise a stranger could stay by sending wrong tokens
    /// without a pause.
    pub(crate) fn note_refused(&self) {
        self.is_refused.store(true, Ordering::Relaxed);
    }

    /// Notes that the server checks a token of the connection. The connection is not evicted during the check.
    pub(crate) fn start_token_check(self: &Arc<Self>) -> TokenCheck {
        self.token_checks.fetch_add(1, Ordering::Relaxed);
        TokenCheck(Arc::clone(self))
    }

    /// Notes that a complete request arrived. The connection is not idle until it is answered.
    pub(crate) fn note_whole(&self) {
        *self.idle() = None;
    }

    /// Notes that a request was answered. A request that was refused before its body arrived was never complete.
    pub(crate) fn note_answered(&self) {
        self.idle().get_or_insert_with(Instant::now);
    }

    fn idle(&self) -> MutexGuard<'_, Option<Instant>> {
        self.idle_since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the server waits for the client to send or to read.
    pub(crate) fn note_awaited(&self) {
        self.awaited_since.get_or_init(Instant::now);
    }

    fn may_go(&self, grace: Duration) -> bool {
        let awaited = self.awaited_since.get().is_some_and(|since| since.elapsed() >= grace);
        let is_protected = self.token_checks.load(Ordering::Relaxed) > 0 && !self.is_refused.load(Ordering::Relaxed);
        (awaited || self.since.elapsed() >= grace * UNSEEN_TIMES) && !is_protected
    }

    /// Strangers with a lower rank are evicted first: refused ones, then the longest idle, then the oldest.
    fn rank(&self) -> (bool, bool, Option<Instant>, u64) {
        let idle_since = *self.idle();
        (!self.is_refused.load(Ordering::Relaxed), idle_since.is_none(), idle_since, self.number)
    }

    pub(crate) fn is_known(&self) -> bool {
        self.is_known.load(Ordering::Relaxed)
    }

    /// Waits until the server evicts the connection.
    pub(crate) async fn evicted(&self) {
        self.evicted.notified().await;
    }
}

impl Drop for TokenCheck {
    fn drop(&mut self) {
        self.0.token_checks.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for ConnectionSlot {
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
