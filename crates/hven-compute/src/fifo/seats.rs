//! What one runner has been given, and what it has left.
//!
//! The runner walks what it holds in the order in which it got it: what fits is started, what does not fit has its
//! resources set aside. This is the same walk, done by the engine, so both come to the same result without a message.

use std::{collections::BTreeMap, sync::Arc};

use hven_core::{
    RunId,
    resources::{Resources, Shortage},
};

/// The order in which a runner was given its attempts.
pub(super) type SeatId = u64;

/// A runner holds as many attempts at once at most, also of those that want nothing countable.
const HELD_MAX: usize = 4096;

#[derive(Clone, Debug)]
struct Seat {
    run: RunId,
    want: Arc<Resources>,
    /// Its resources are taken from what is free; otherwise it waits in the runner.
    seated: bool,
}

#[derive(Debug)]
pub(super) struct Seats {
    capacity: Resources,
    prefetch: usize,
    free: Resources,
    held: BTreeMap<SeatId, Seat>,
    /// Those that are not seated, in order.
    queue: BTreeMap<SeatId, Arc<Resources>>,
    given: SeatId,
}

impl Seats {
    pub(super) fn new(capacity: Resources, prefetch: u32) -> Self {
        let free = capacity.clone();
        let prefetch = prefetch as usize;
        Self { capacity, prefetch, free, held: BTreeMap::new(), queue: BTreeMap::new(), given: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// The runs that are held, in the order in which they were given.
    pub(super) fn runs(&self) -> impl Iterator<Item = RunId> + '_ {
        self.held.values().map(|seat| seat.run)
    }

    pub(super) const fn capacity(&self) -> &Resources {
        &self.capacity
    }

    /// Whether it could hold that when idle.
    pub(super) fn could_hold(&self, want: &Resources) -> bool {
        self.capacity.shortage(want).is_none()
    }

    /// What a newcomer may take: what is free, less what is set aside for those that wait in the runner.
    pub(super) fn left(&self) -> Resources {
        let mut left = self.free.clone();
        for want in self.queue.values() {
            left.take(want);
        }
        left
    }

    /// What keeps a newcomer from being seated when `left` is left.
    pub(super) fn shortage(&self, left: &Resources, want: &Resources) -> Option<Shortage> {
        left.shortage(want).or_else(|| {
            (self.held.len() >= HELD_MAX).then(|| Shortage { resource: "attempts".to_owned(), wanted: 1, available: 0 })
        })
    }

    /// What is free, also that which is set aside for those that wait in the runner.
    pub(super) const fn free(&self) -> &Resources {
        &self.free
    }

    /// How many wait in the runner.
    pub(super) fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// How many wait in the runner before this one; `None` when there is room for it.
    pub(super) fn ahead(&self, id: SeatId) -> Option<usize> {
        self.queue.contains_key(&id).then(|| self.queue.range(..id).count())
    }

    /// Whether one more may be given before there is room for it.
    pub(super) fn may_prefetch(&self) -> bool {
        self.queue.len() < self.prefetch && self.held.len() < HELD_MAX
    }

    /// Gives an attempt, behind all others: seated when what is left is enough for it.
    pub(super) fn give(&mut self, run: RunId, want: Arc<Resources>) -> SeatId {
        self.given += 1;
        let seated = self.left().shortage(&want).is_none();
        if seated {
            self.free.take(&want);
        } else {
            self.queue.insert(self.given, want.clone());
        }
        self.held.insert(self.given, Seat { run, want, seated });
        self.given
    }

    /// The attempt ended: its resources go to those that wait in the runner, in order.
    pub(super) fn vacate(&mut self, id: SeatId) {
        let Some(seat) = self.held.remove(&id) else { return };
        self.queue.remove(&id);
        if seat.seated {
            self.free.give_back(&seat.want);
        }
        let mut left = self.free.clone();
        let mut now_seated = Vec::new();
        for (&id, want) in &self.queue {
            if left.shortage(want).is_none() {
                now_seated.push(id);
            }
            left.take(want);
        }
        for id in now_seated {
            if let Some(want) = self.queue.remove(&id) {
                self.free.take(&want);
            }
            if let Some(seat) = self.held.get_mut(&id) {
                seat.seated = true;
            }
        }
    }

    /// Compares what is kept twice.
    pub(super) fn audit(&self) -> Result<(), String> {
        let mut used = Resources::none();
        for seat in self.held.values().filter(|seat| seat.seated) {
            used.give_back(&seat.want);
        }
        if let Some(over) = self.capacity.shortage(&used) {
            return Err(format!("more is seated than there is: {over:?}"));
        }
        let mut free = self.capacity.clone();
        free.take(&used);
        let queue: Vec<_> = self.held.iter().filter(|(_, seat)| !seat.seated).map(|(id, _)| *id).collect();
        if free != self.free || !queue.iter().eq(self.queue.keys()) {
            return Err(format!("the seats disagree with what is free: {self:?}"));
        }
        let mut left = self.free.clone();
        for want in self.queue.values() {
            if left.shortage(want).is_none() {
                return Err(format!("one waits in the runner for which there is room: {self:?}"));
            }
            left.take(want);
        }
        Ok(())
    }
}

/// How far `left` is from what is wanted: the missing parts of each kind in millionths, summed up. On a runner where
/// that is set aside it never grows, so a room that is being made for somebody is not left for a worse one.
pub(super) fn missing(left: &Resources, want: &Resources) -> u128 {
    let part = |left: u64, want: u64| match want {
        0 => 0,
        _ => u128::from(want.saturating_sub(left)) * 1_000_000 / u128::from(want),
    };
    let named = want.named.iter().map(|(name, &n)| part(left.named.get(name).copied().unwrap_or(0), n)).sum::<u128>();
    part(left.cpus.into(), want.cpus.into()) + part(left.memory_bytes, want.memory_bytes) + named
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resources(cpus: u32, gpus: u64) -> Arc<Resources> {
        let named = if gpus > 0 { [("gpu".to_owned(), gpus)].into() } else { BTreeMap::new() };
        Arc::new(Resources { cpus, memory_bytes: 0, named })
    }

    #[test]
    fn who_waits_in_the_runner_is_not_delayed_by_those_behind() {
        let mut seats = Seats::new(resources(4, 1).as_ref().clone(), 9);
        let give = |seats: &mut Seats, cpus, gpus| {
            let id = seats.give(RunId::from_u128(0), resources(cpus, gpus));
            seats.audit().expect("consistent");
            (id, seats.held[&id].seated)
        };
        let (gpu, seated) = give(&mut seats, 1, 1);
        assert!(seated);
        let (second, seated) = give(&mut seats, 1, 1);
        assert!(!seated, "the gpu is in use");
        assert_eq!((seats.left().cpus, seats.left().named["gpu"]), (2, 0), "one core is set aside for it");
        let (wide, seated) = give(&mut seats, 3, 0);
        assert!(!seated, "three cores would be one of those set aside");
        let (small, seated) = give(&mut seats, 1, 0);
        assert!(!seated, "all that is left is set aside for the wide one");
        assert_eq!([gpu, second, wide, small].map(|id| seats.ahead(id)), [None, Some(0), Some(1), Some(2)]);
        seats.vacate(gpu);
        seats.audit().expect("consistent");
        assert!(seats.held[&second].seated && seats.held[&wide].seated && !seats.held[&small].seated);
        assert_eq!((seats.waiting(), seats.ahead(wide), seats.ahead(small)), (1, None, Some(0)));
        seats.vacate(wide);
        assert!(seats.held[&small].seated);
        seats.vacate(second);
        seats.vacate(second);
        seats.vacate(small);
        seats.audit().expect("consistent");
        assert!(seats.is_empty());
    }

    #[test]
    fn missing_sums_the_parts() {
        assert_eq!(missing(&resources(4, 1), &resources(4, 1)), 0);
        assert_eq!(missing(&resources(1, 0), &resources(4, 2)), 750_000 + 1_000_000);
        assert_eq!(missing(&resources(0, 0), &resources(0, 0)), 0);
    }
}
