//! The connections that are open: at most so many, and at most half of them by clients that have shown no good token.
//!
//! Whoever can reach the port can open connections and say nothing, until no file is left to accept another. So a client
//! is a stranger until one of its requests had a good token. When strangers have their half, or all places are taken, the
//! oldest stranger goes: an honest client shows its token within milliseconds, and is no stranger any more.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::Notify;

#[derive(Debug)]
pub(crate) struct Connections {
    max: usize,
    open: Mutex<Open>,
    /// Told when a connection ends.
    freed: Notify,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    /// By the order in which they came.
    strangers: BTreeMap<u64, Arc<Connection>>,
    known: BTreeSet<u64>,
}

impl Open {
    fn count(&self) -> usize {
        self.strangers.len() + self.known.len()
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
    /// Told when it has to make room.
    evicted: Notify,
    all: Arc<Connections>,
}

/// A connection's place, which is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Place(pub(crate) Arc<Connection>);

impl Connections {
    pub(crate) fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { max: max.max(2), open: Mutex::default(), freed: Notify::new() })
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
            // Only one waits, so that a place which was freed since is not missed: the notice is kept for it.
            self.freed.notified().await;
        }
    }

    fn try_enter(self: &Arc<Self>, server: SocketAddr, client: SocketAddr) -> Option<Place> {
        let mut open = self.open();
        if open.strangers.len() >= self.max / 2 || open.count() >= self.max {
            evict_oldest(&mut open);
        }
        if open.count() >= self.max {
            return None;
        }
        open.next += 1;
        let number = open.next;
        let connection = Arc::new(Connection {
            number,
            server,
            client,
            is_known: AtomicBool::new(false),
            evicted: Notify::new(),
            all: Arc::clone(self),
        });
        open.strangers.insert(number, Arc::clone(&connection));
        Some(Place(connection))
    }

    /// The oldest stranger goes, if there is one: somebody needs what it holds.
    pub(crate) fn make_room(&self) {
        evict_oldest(&mut self.open());
    }

    /// Returns when no connection is open.
    pub(crate) async fn empty(&self) {
        while self.open().count() > 0 {
            self.freed.notified().await;
        }
    }
}

fn evict_oldest(open: &mut Open) {
    if let Some((_, oldest)) = open.strangers.pop_first() {
        oldest.evicted.notify_one();
    }
}

impl Connection {
    /// A good token came through it.
    pub(crate) fn know(&self) {
        if self.is_known.swap(true, Ordering::Relaxed) {
            return;
        }
        let mut open = self.all.open();
        // One that has to go already does not stay.
        if open.strangers.remove(&self.number).is_some() {
            open.known.insert(self.number);
        }
    }

    pub(crate) fn is_known(&self) -> bool {
        self.is_known.load(Ordering::Relaxed)
    }

    /// Returns when it has to make room.
    pub(crate) async fn evicted(&self) {
        self.evicted.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let connection = &self.0;
        {
            let mut open = connection.all.open();
            open.strangers.remove(&connection.number);
            open.known.remove(&connection.number);
        }
        connection.all.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn enter(connections: &Arc<Connections>) -> Option<Place> {
        let address = "127.0.0.1:1".parse().expect("an address");
        connections.enter(address, address).now_or_never()
    }

    fn is_evicted(place: &Place) -> bool {
        place.0.evicted().now_or_never().is_some()
    }

    #[test]
    fn strangers_never_hold_more_than_half_and_the_oldest_goes_first() {
        let connections = Connections::new(8);
        let places: Vec<_> = (0..5).map(|_| enter(&connections).expect("room")).collect();
        let evicted: Vec<bool> = places.iter().map(is_evicted).collect();
        assert_eq!(evicted, [true, false, false, false, false]);
        // Known ones take no place of the strangers' half.
        places[1].0.know();
        places[2].0.know();
        let more: Vec<_> = (0..2).map(|_| enter(&connections).expect("room")).collect();
        assert!(places[1..].iter().chain(&more).all(|place| !is_evicted(place)));
        let _last = enter(&connections).expect("room");
        assert!(!is_evicted(&places[1]) && !is_evicted(&places[2]) && is_evicted(&places[3]));
    }

    #[test]
    fn known_ones_stay_and_who_comes_then_waits() {
        let connections = Connections::new(4);
        let mut known: Vec<_> = (0..4)
            .map(|_| {
                let place = enter(&connections).expect("room");
                place.0.know();
                place
            })
            .collect();
        assert!(enter(&connections).is_none(), "all places are taken by known ones");
        assert!(known.iter().all(|place| !is_evicted(place)));
        known.pop();
        let stranger = enter(&connections).expect("room");
        // At the limit a stranger makes room for the next.
        let next = enter(&connections).expect("room");
        assert!(is_evicted(&stranger));
        // What was evicted and is known too late stays out.
        stranger.0.know();
        drop((known, next, stranger));
        assert_eq!(connections.open().count(), 0);
        assert!(connections.empty().now_or_never().is_some());
    }
}
