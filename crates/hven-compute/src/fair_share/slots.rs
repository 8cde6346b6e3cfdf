//! The attempts that are assigned to one runner, and its remaining resources.
//!
//! The runner walks through its attempts in order of assignment: an attempt that fits is started, and one that does not fit
//! reserves its resources. The engine does the same walk, so both reach the same result without a message.

use std::{collections::BTreeMap, sync::Arc};

use hven_core::{
    RunId,
    resources::{Resources, Shortage},
};

/// The order in which a runner got its attempts.
pub(super) type SlotId = u64;

/// The limit of attempts that a runner holds at once, including those that want no countable resource.
const HELD_MAX: usize = 4096;

#[derive(Clone, Debug)]
struct Slot {
    run: RunId,
    want: Arc<Resources>,
    /// Its resources are taken from the free ones; otherwise it waits in the runner.
    has_resources: bool,
}

#[derive(Debug)]
pub(super) struct Slots {
    capacity: Resources,
    prefetch: usize,
    free: Resources,
    /// The free resources without the reservations of attempts that wait in the runner.
    left: Resources,
    held: BTreeMap<SlotId, Slot>,
    /// The attempts that wait in the runner, in order.
    queue: BTreeMap<SlotId, Arc<Resources>>,
    assigned: SlotId,
}

impl Slots {
    pub(super) fn new(capacity: Resources, prefetch: u32) -> Self {
        let (free, left) = (capacity.clone(), capacity.clone());
        let prefetch = prefetch as usize;
        Self { capacity, prefetch, free, left, held: BTreeMap::new(), queue: BTreeMap::new(), assigned: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// The held runs in order of assignment.
    pub(super) fn runs(&self) -> impl Iterator<Item = RunId> + '_ {
        self.held.values().map(|slot| slot.run)
    }

    /// The runs that have their resources, or those that wait in the runner, in order of assignment.
    pub(super) fn by_state(&self, has_resources: bool) -> impl Iterator<Item = (RunId, &Arc<Resources>)> {
        let slots = self.held.values().filter(move |slot| slot.has_resources == has_resources);
        slots.map(|slot| (slot.run, &slot.want))
    }

    pub(super) const fn capacity(&self) -> &Resources {
        &self.capacity
    }

    /// Whether the runner could hold `want` when idle.
    pub(super) fn could_hold(&self, want: &Resources) -> bool {
        fits(&self.capacity, want)
    }

    /// The resources for a new attempt: the free ones without the reservations of attempts that wait in the runner.
    pub(super) const fn left(&self) -> &Resources {
        &self.left
    }

    /// Whether a new attempt could start when `left` is left.
    pub(super) fn has_room(&self, left: &Resources, want: &Resources) -> bool {
        fits(left, want) && self.held.len() < HELD_MAX
    }

    /// The shortage that keeps a new attempt from starting when `left` is left.
    pub(super) fn shortage(&self, left: &Resources, want: &Resources) -> Option<Shortage> {
        left.shortage(want).or_else(|| {
            (self.held.len() >= HELD_MAX).then(|| Shortage { resource: "attempts".to_owned(), wanted: 1, available: 0 })
        })
    }

    /// The free resources, including those that are reserved for attempts that wait in the runner.
    pub(super) const fn free(&self) -> &Resources {
        &self.free
    }

    /// How many attempts wait in the runner.
    pub(super) fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// How many attempts have their resources.
    pub(super) fn running(&self) -> usize {
        self.held.len() - self.queue.len()
    }

    /// How many attempts wait in the runner before this one; `None` when it has its resources.
    pub(super) fn ahead(&self, id: SlotId) -> Option<usize> {
        self.queue.contains_key(&id).then(|| self.queue.range(..id).count())
    }

    /// Whether one more attempt may be assigned before there is room for it.
    pub(super) fn may_prefetch(&self) -> bool {
        self.queue.len() < self.prefetch && self.held.len() < HELD_MAX
    }

    /// Assigns an attempt after all others. It gets its resources at once if enough are left.
    pub(super) fn assign(&mut self, run: RunId, want: Arc<Resources>) -> SlotId {
        self.assigned += 1;
        let has_resources = fits(&self.left, &want);
        self.left.take(&want);
        if has_resources {
            self.free.take(&want);
        } else {
            self.queue.insert(self.assigned, want.clone());
        }
        self.held.insert(self.assigned, Slot { run, want, has_resources });
        self.assigned
    }

    /// Removes an ended attempt and gives its resources to attempts that wait in the runner, in order.
    pub(super) fn release(&mut self, id: SlotId) {
        let Some(slot) = self.held.remove(&id) else { return };
        self.queue.remove(&id);
        if slot.has_resources {
            self.free.give_back(&slot.want);
        }
        if self.queue.is_empty() && slot.has_resources {
            self.left.give_back(&slot.want);
            return;
        }
        let mut left = self.free.clone();
        let mut now_fitting = Vec::new();
        for (&id, want) in &self.queue {
            if fits(&left, want) {
                now_fitting.push(id);
            }
            left.take(want);
        }
        self.left = left;
        for id in now_fitting {
            if let Some(want) = self.queue.remove(&id) {
                self.free.take(&want);
            }
            if let Some(slot) = self.held.get_mut(&id) {
                slot.has_resources = true;
            }
        }
    }

    /// Compares the redundant state.
    pub(super) fn audit(&self) -> Result<(), String> {
        let mut used = Resources::none();
        for slot in self.held.values().filter(|slot| slot.has_resources) {
            used.give_back(&slot.want);
        }
        if let Some(over) = self.capacity.shortage(&used) {
            return Err(format!("more is in use than there is: {over:?}"));
        }
        let mut free = self.capacity.clone();
        free.take(&used);
        let queue: Vec<_> = self.held.iter().filter(|(_, slot)| !slot.has_resources).map(|(id, _)| *id).collect();
        if free != self.free || !queue.iter().eq(self.queue.keys()) {
            return Err(format!("the slots disagree with the free resources: {self:?}"));
        }
        let mut left = self.free.clone();
        for want in self.queue.values() {
            if left.shortage(want).is_none() {
                return Err(format!("an attempt waits in the runner although there is room for it: {self:?}"));
            }
            left.take(want);
        }
        if left != self.left {
            return Err(format!("the slots disagree with what is left: {self:?}"));
        }
        Ok(())
    }
}

/// Whether there is enough for `want`.
pub(super) fn fits(have: &Resources, want: &Resources) -> bool {
    let has = |(name, n): (&String, &u64)| *n <= have.named.get(name).copied().unwrap_or(0);
    want.cpus <= have.cpus && want.memory_bytes <= have.memory_bytes && want.named.iter().all(has)
}

/// The distance between `left` and `want`: the missing fractions of all resources in millionths, added up. On a runner with
/// a reservation the distance never grows, so a reservation does not move to a worse runner.
pub(super) fn missing(left: &Resources, want: &Resources) -> u64 {
    let part = |left: u64, want: u64| {
        // At most a million, because no more than `want` is missing.
        let millionths = |missing: u64| (u128::from(missing) * 1_000_000 / u128::from(want)) as u64;
        match want.saturating_sub(left) {
            0 => 0,
            missing => missing.checked_mul(1_000_000).map_or_else(|| millionths(missing), |product| product / want),
        }
    };
    let named = want.named.iter().map(|(name, &n)| part(left.named.get(name).copied().unwrap_or(0), n)).sum::<u64>();
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
    fn an_attempt_that_waits_in_the_runner_is_not_delayed_by_later_ones() {
        let mut slots = Slots::new(resources(4, 1).as_ref().clone(), 9);
        let assign = |slots: &mut Slots, cpus, gpus| {
            let id = slots.assign(RunId::from_u128(0), resources(cpus, gpus));
            slots.audit().expect("consistent");
            (id, slots.held[&id].has_resources)
        };
        let (gpu, has_resources) = assign(&mut slots, 1, 1);
        assert!(has_resources);
        let (second, has_resources) = assign(&mut slots, 1, 1);
        assert!(!has_resources, "the gpu is in use");
        assert_eq!((slots.left().cpus, slots.left().named["gpu"]), (2, 0), "one core is reserved for it");
        let (wide, has_resources) = assign(&mut slots, 3, 0);
        assert!(!has_resources, "the three cores would include the reserved one");
        let (small, has_resources) = assign(&mut slots, 1, 0);
        assert!(!has_resources, "all remaining cores are reserved for the wide attempt");
        assert_eq!([gpu, second, wide, small].map(|id| slots.ahead(id)), [None, Some(0), Some(1), Some(2)]);
        slots.release(gpu);
        slots.audit().expect("consistent");
        assert!(
            slots.held[&second].has_resources && slots.held[&wide].has_resources && !slots.held[&small].has_resources
        );
        assert_eq!((slots.waiting(), slots.ahead(wide), slots.ahead(small)), (1, None, Some(0)));
        slots.release(wide);
        assert!(slots.held[&small].has_resources);
        slots.release(second);
        slots.release(second);
        slots.release(small);
        slots.audit().expect("consistent");
        assert!(slots.is_empty());
    }

    #[test]
    fn missing_sums_the_parts() {
        assert_eq!(missing(&resources(4, 1), &resources(4, 1)), 0);
        assert_eq!(missing(&resources(1, 0), &resources(4, 2)), 750_000 + 1_000_000);
        assert_eq!(missing(&resources(0, 0), &resources(0, 0)), 0);
        let memory = |memory_bytes| Resources { memory_bytes, ..Resources::none() };
        assert_eq!(missing(&memory(u64::MAX / 4), &memory(u64::MAX)), 750_000, "without an overflow");
    }
}
