//! The room that each attached runner has for a kind of run, in order: the first one is the best place.
//!
//! An event changes one runner or two, so the orders of the kinds that were asked for last are kept: when a kind is asked for again,
//! only the runners that have changed since are examined.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use hven_core::{RunnerId, resources::Resources};

use super::{
    runners::Runner,
    slots::{Slots, missing},
};

/// The position of an attached runner in the order of ids.
pub(super) type Place = u32;

/// The room of a runner for a kind of run. The best one is the first in the order of this type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Room {
    /// A run could start. The runner with the least left over is first, so that large gaps stay whole.
    Now { cpus: u32, memory_bytes: u64 },
    /// A run has to wait: the distance to enough resources ([`missing`]).
    Later { missing: u64 },
}

impl Room {
    /// The room on a runner where `left` is left.
    pub(super) fn of(slots: &Slots, left: &Resources, want: &Resources) -> Self {
        if slots.has_room(left, want) {
            Self::Now { cpus: left.cpus, memory_bytes: left.memory_bytes }
        } else {
            Self::Later { missing: missing(left, want) }
        }
    }
}

/// How many kinds are kept at most, and how many rooms of all kinds together.
const KEPT_MAX: usize = 256;
const KEPT_MIN: usize = 32;
const ROOMS_MAX: usize = 500_000;

#[derive(Debug)]
pub(super) struct Rooms {
    /// The attached runners in the order of ids.
    runners: Vec<RunnerId>,
    /// Their resources together.
    capacity: Resources,
    /// The runners that changed, in order; the first one has the number `changes_from`.
    changes: Vec<Place>,
    changes_from: u64,
    kinds: HashMap<Arc<Resources>, KindRooms>,
    asked: u64,
}

/// The rooms for one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct KindRooms {
    /// By runner; `None` if it could not hold the kind even when idle.
    rooms: Vec<Option<Room>>,
    order: BTreeSet<(Room, Place)>,
    /// The number of the first change that is not regarded yet.
    seen: u64,
    /// When it was asked for last.
    asked: u64,
}

impl Default for Rooms {
    /// Without runners.
    fn default() -> Self {
        Self {
            runners: Vec::new(),
            capacity: Resources::none(),
            changes: Vec::new(),
            changes_from: 0,
            kinds: HashMap::new(),
            asked: 0,
        }
    }
}

impl Rooms {
    /// Starts again after a runner has attached or gone.
    pub(super) fn reset(&mut self, runners: &BTreeMap<RunnerId, Runner>) {
        *self = Self::default();
        for (id, runner) in runners.iter().filter(|(_, runner)| runner.attached) {
            self.runners.push(*id);
            self.capacity.give_back(runner.slots.capacity());
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.runners.is_empty()
    }

    /// The resources of all attached runners together.
    pub(super) const fn capacity(&self) -> &Resources {
        &self.capacity
    }

    pub(super) fn runner(&self, place: Place) -> Option<RunnerId> {
        self.runners.get(place as usize).copied()
    }

    /// The resources that are left on a runner have changed.
    pub(super) fn changed(&mut self, runner: RunnerId) {
        let Ok(place) = self.runners.binary_search(&runner) else { return };
        if self.kinds.is_empty() {
            return;
        }
        self.changes.push(place as Place);
        // A kind that missed as many changes as there are runners is made again.
        let kept = self.runners.len().max(64);
        if self.changes.len() > 2 * kept {
            self.changes.drain(..kept);
            self.changes_from += kept as u64;
        }
    }

    /// The rooms for a kind now.
    pub(super) fn of(&mut self, want: &Arc<Resources>, runners: &BTreeMap<RunnerId, Runner>) -> &KindRooms {
        self.asked += 1;
        if !self.kinds.contains_key(want) {
            self.make_space();
        }
        let kind = self.kinds.entry(want.clone()).or_default();
        kind.asked = self.asked;
        let room = |place: Place| {
            let slots = &runners.get(self.runners.get(place as usize)?)?.slots;
            slots.could_hold(want).then(|| Room::of(slots, slots.left(), want))
        };
        let now = self.changes_from + self.changes.len() as u64;
        let is_new = kind.rooms.len() != self.runners.len();
        match kind.seen.checked_sub(self.changes_from) {
            Some(seen) if !is_new => {
                for &place in self.changes.get(seen as usize..).unwrap_or_default() {
                    kind.set(place, room(place));
                }
            }
            _ => {
                kind.rooms = (0..self.runners.len() as Place).map(room).collect();
                let rooms = (0..).zip(&kind.rooms);
                kind.order = rooms.filter_map(|(place, room)| Some(((*room)?, place))).collect();
            }
        }
        kind.seen = now;
        kind
    }

    /// Makes space for one more kind: drops the one that was asked for longest ago.
    fn make_space(&mut self) {
        let kept_max = (ROOMS_MAX / self.runners.len().max(1)).clamp(KEPT_MIN, KEPT_MAX);
        if self.kinds.len() < kept_max {
            return;
        }
        let oldest = self.kinds.iter().min_by_key(|(_, kind)| kind.asked).map(|(want, _)| want.clone());
        if let Some(oldest) = oldest {
            self.kinds.remove(&oldest);
        }
    }

    /// Compares everything that is kept with the runners.
    pub(super) fn audit(&self, runners: &BTreeMap<RunnerId, Runner>) -> Result<(), String> {
        let mut fresh = Self::default();
        fresh.reset(runners);
        if (&fresh.runners, &fresh.capacity) != (&self.runners, &self.capacity) {
            return Err(format!("the rooms are of other runners: {:?}", self.runners));
        }
        for (want, kept) in &self.kinds {
            let mut kept = kept.clone();
            let missed = kept.seen.checked_sub(self.changes_from);
            let missed = missed.map(|seen| self.changes.get(seen as usize..).unwrap_or_default());
            let found = fresh.of(want, runners);
            // Without the changes, the kind is made again.
            for &place in missed.unwrap_or_default() {
                kept.set(place, found.rooms.get(place as usize).copied().flatten());
            }
            if missed.is_some() && (&kept.rooms, &kept.order) != (&found.rooms, &found.order) {
                return Err(format!("the rooms for {want:?} are out of date"));
            }
        }
        Ok(())
    }
}

impl KindRooms {
    fn set(&mut self, place: Place, room: Option<Room>) {
        let Some(before) = self.rooms.get_mut(place as usize) else { return };
        if *before == room {
            return;
        }
        if let Some(before) = std::mem::replace(before, room) {
            self.order.remove(&(before, place));
        }
        self.order.extend(room.map(|room| (room, place)));
    }

    /// How many runners could hold the kind when idle.
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    pub(super) fn could_hold(&self, place: Place) -> bool {
        self.rooms.get(place as usize).is_some_and(Option::is_some)
    }

    /// The best room on runners other than these.
    pub(super) fn best_without(&self, others: &BTreeMap<Place, Resources>) -> Option<(Room, Place)> {
        self.order.iter().find(|(_, place)| !others.contains_key(place)).copied()
    }
}

#[cfg(test)]
mod tests {
    use hven_core::RunId;

    use super::*;

    fn resources(cpus: u32, gpus: u64) -> Arc<Resources> {
        Arc::new(Resources { cpus, memory_bytes: 0, named: [("gpu".to_owned(), gpus)].into() })
    }

    fn runner(n: u128) -> RunnerId {
        RunnerId::from_u128(n)
    }

    #[test]
    fn rooms_follow_the_changes_of_runners() {
        let attached = |cpus, gpus| Runner::new(true, Slots::new(resources(cpus, gpus).as_ref().clone(), 0));
        let mut runners: BTreeMap<RunnerId, Runner> =
            [(runner(1), attached(8, 2)), (runner(2), attached(4, 1)), (runner(3), attached(4, 0))].into();
        runners.insert(runner(9), Runner::new(false, Slots::new(Resources::none(), 0)));
        let mut rooms = Rooms::default();
        rooms.reset(&runners);
        assert_eq!((rooms.capacity().cpus, rooms.runner(2), rooms.runner(3)), (16, Some(runner(3)), None));
        let (small, gpu) = (resources(3, 0), resources(1, 1));
        let now = |cpus| Room::Now { cpus, memory_bytes: 0 };
        let none = BTreeMap::new();
        let without = |place| (place, Resources::none());
        assert_eq!(rooms.of(&small, &runners).best_without(&none), Some((now(4), 1)));
        assert_eq!((rooms.of(&gpu, &runners).len(), rooms.of(&gpu, &runners).could_hold(2)), (2, false));
        for (place, want) in [(2, &small), (1, &gpu)] {
            let slots = &mut runners.get_mut(&runner(place)).expect("a runner").slots;
            slots.assign(RunId::from_u128(place), want.clone());
            rooms.changed(runner(place));
        }
        rooms.audit(&runners).expect("up to date");
        assert_eq!(rooms.of(&small, &runners).best_without(&none), Some((now(4), 2)));
        assert_eq!(rooms.of(&gpu, &runners).best_without(&none), Some((now(1), 1)));
        assert_eq!(rooms.of(&gpu, &runners).best_without(&[without(1)].into()), Some((now(7), 0)));
        let later = Some((Room::Later { missing: 666_666 }, 1));
        assert_eq!(rooms.of(&small, &runners).best_without(&[without(0), without(2)].into()), later);
        rooms.audit(&runners).expect("up to date");
        runners.get_mut(&runner(1)).expect("a runner").slots.assign(RunId::from_u128(7), gpu.clone());
        rooms.of(&gpu, &runners);
        assert!(rooms.audit(&runners).is_err(), "a change that was not reported");
    }

    #[test]
    fn a_kind_that_missed_many_changes_is_made_again() {
        let slots = Slots::new(resources(4, 0).as_ref().clone(), 0);
        let mut runners: BTreeMap<RunnerId, Runner> = [(runner(1), Runner::new(true, slots))].into();
        let mut rooms = Rooms::default();
        rooms.reset(&runners);
        let want = resources(1, 0);
        for n in 0..1000_u32 {
            if n % 300 == 0 {
                let left = runners[&runner(1)].slots.left().cpus;
                let best = rooms.of(&want, &runners).best_without(&BTreeMap::new());
                assert_eq!(best, Some((Room::Now { cpus: left, memory_bytes: 0 }, 0)));
                let slots = &mut runners.get_mut(&runner(1)).expect("a runner").slots;
                slots.assign(RunId::from_u128(n.into()), want.clone());
            }
            rooms.changed(runner(1));
            rooms.audit(&runners).expect("up to date");
        }
        for n in 0..2 * KEPT_MAX as u32 {
            rooms.of(&resources(1, n.into()), &runners);
        }
        assert_eq!(rooms.kinds.len(), KEPT_MAX);
    }
}
