//! The queue of runs that wait for a runner.
//!
//! Runs of one account with one priority form a *lane*. Within a lane the order is that of submission; which lane is next
//! depends on its priority and on what its account has used. Runs that want the same resources are of one *kind*. Within a
//! lane and a kind no run can overtake another, so only the first of each kind is examined: a hundred thousand equal runs cost
//! as much as one. Kinds that no runner could hold even when idle are skipped until a larger runner attaches.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound,
    sync::Arc,
};

use hven_core::{RunId, resources::Resources};

use super::shares::Account;

/// A position in the order of submission: lower is earlier. A run keeps its ticket for life, so a retried run keeps its
/// position.
pub(super) type Ticket = u64;

pub(super) type KindId = u64;

/// The runs of an account with one priority. Lanes with a higher priority are first in the order of this type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LaneId {
    pub(super) priority: Reverse<i8>,
    pub(super) account: Account,
}

/// How many consecutive tickets are counted together.
const BLOCK: u64 = 512;

#[derive(Debug)]
struct Kind {
    want: Arc<Resources>,
    waiting: BTreeMap<LaneId, BTreeMap<Ticket, RunId>>,
    /// At least one runner could hold it.
    fits: bool,
}

/// The runs of a lane that could be placed.
#[derive(Debug, Default, PartialEq, Eq)]
struct Lane {
    /// The first run of each kind.
    heads: BTreeMap<Ticket, KindId>,
    /// All tickets, and (below) their number in each block.
    open: BTreeSet<Ticket>,
    blocks: BTreeMap<u64, usize>,
}

#[derive(Debug, Default)]
pub(super) struct WaitingQueue {
    kinds: BTreeMap<KindId, Kind>,
    by_want: HashMap<Arc<Resources>, KindId>,
    kinds_made: KindId,
    lanes: BTreeMap<LaneId, Lane>,
    len: usize,
}

/// The first run of a kind in a lane.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Head {
    pub(super) ticket: Ticket,
    pub(super) run: RunId,
    pub(super) kind: KindId,
    pub(super) want: Arc<Resources>,
}

impl WaitingQueue {
    /// Adds a run. `fits` tells whether a runner could hold it, and is called only for a new kind. Returns whether the run is
    /// now the first of its kind in its lane and its kind fits.
    pub(super) fn insert(
        &mut self,
        lane: &LaneId,
        ticket: Ticket,
        run: RunId,
        want: &Arc<Resources>,
        fits: impl Fn() -> bool,
    ) -> bool {
        let id = *self.by_want.entry(want.clone()).or_insert_with(|| {
            self.kinds_made += 1;
            self.kinds_made
        });
        let kind =
            self.kinds.entry(id).or_insert_with(|| Kind { want: want.clone(), waiting: BTreeMap::new(), fits: fits() });
        if !kind.waiting.contains_key(lane) {
            kind.waiting.insert(lane.clone(), BTreeMap::new());
        }
        let Some(waiting) = kind.waiting.get_mut(lane) else { return false };
        let head_before = waiting.keys().next().copied();
        if waiting.insert(ticket, run).is_some() {
            return false;
        }
        self.len += 1;
        if !kind.fits {
            return false;
        }
        if !self.lanes.contains_key(lane) {
            self.lanes.insert(lane.clone(), Lane::default());
        }
        let Some(lane) = self.lanes.get_mut(lane) else { return false };
        lane.add(ticket);
        let is_head = head_before.is_none_or(|head| ticket < head);
        if is_head {
            if let Some(head) = head_before {
                lane.heads.remove(&head);
            }
            lane.heads.insert(ticket, id);
        }
        is_head
    }

    /// Removes a run. Returns whether it was the first of its kind in its lane and its kind fits.
    pub(super) fn remove(&mut self, lane: &LaneId, ticket: Ticket, want: &Arc<Resources>) -> bool {
        let Some(&id) = self.by_want.get(want) else { return false };
        let Some(kind) = self.kinds.get_mut(&id) else { return false };
        let Some(waiting) = kind.waiting.get_mut(lane) else { return false };
        if waiting.remove(&ticket).is_none() {
            return false;
        }
        self.len -= 1;
        let (fits, next) = (kind.fits, waiting.keys().next().copied());
        if next.is_none() {
            kind.waiting.remove(lane);
        }
        if kind.waiting.is_empty() {
            self.kinds.remove(&id);
            self.by_want.remove(want);
        }
        if !fits {
            return false;
        }
        let Some(found) = self.lanes.get_mut(lane) else { return false };
        found.take_out(ticket);
        let was_head = found.heads.remove(&ticket).is_some();
        if was_head && let Some(next) = next {
            found.heads.insert(next, id);
        }
        if found.open.is_empty() {
            self.lanes.remove(lane);
        }
        was_head
    }

    /// The lanes with runs that could be placed, those of a higher priority first.
    pub(super) fn lanes(&self) -> impl Iterator<Item = &LaneId> {
        self.lanes.keys()
    }

    /// Whether their order can change with time.
    pub(super) fn has_several_lanes(&self) -> bool {
        self.lanes.len() > 1
    }

    /// The first runs of each kind in a lane, the earliest first.
    pub(super) fn heads<'a>(&'a self, lane: &'a LaneId) -> impl Iterator<Item = Head> + 'a {
        self.heads_after(lane, None).filter_map(move |(ticket, kind)| self.head(lane, ticket, kind))
    }

    /// The tickets and kinds of the first runs of each kind in a lane, those after a ticket, the earliest first.
    pub(super) fn heads_after(
        &self,
        lane: &LaneId,
        after: Option<Ticket>,
    ) -> impl Iterator<Item = (Ticket, KindId)> + '_ {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let heads = self.lanes.get(lane).into_iter().flat_map(move |lane| lane.heads.range((from, Bound::Unbounded)));
        heads.map(|(&ticket, &kind)| (ticket, kind))
    }

    /// The run with a ticket.
    pub(super) fn head(&self, lane: &LaneId, ticket: Ticket, kind: KindId) -> Option<Head> {
        let found = self.kinds.get(&kind)?;
        let run = *found.waiting.get(lane)?.get(&ticket)?;
        Some(Head { ticket, run, kind, want: found.want.clone() })
    }

    /// Whether a runner could hold `want`; `None` if the queue has no such kind.
    pub(super) fn fits(&self, want: &Arc<Resources>) -> Option<bool> {
        Some(self.kinds.get(self.by_want.get(want)?)?.fits)
    }

    /// How many runs that could be placed precede a ticket for certain: the earlier ones of its lane, and all of a higher
    /// priority.
    pub(super) fn ahead(&self, lane: &LaneId, ticket: Ticket) -> usize {
        let higher = self.lanes.iter().take_while(|(other, _)| other.priority < lane.priority);
        let own = self.lanes.get(lane).map_or(0, |lane| lane.before(ticket));
        higher.map(|(_, lane)| lane.open.len()).sum::<usize>() + own
    }

    /// The runs that [`Self::ahead`] counts, in their order: that of the lanes, and of the tickets within each.
    pub(super) fn before(&self, lane: &LaneId, ticket: Ticket) -> Vec<RunId> {
        let is_before = |other: &LaneId, of: Ticket| other.priority < lane.priority || (other == lane && of < ticket);
        let fitting = self.kinds.values().filter(|kind| kind.fits).flat_map(|kind| &kind.waiting);
        let mut before: Vec<(&LaneId, Ticket, RunId)> = fitting
            .flat_map(|(other, waiting)| waiting.iter().map(move |(of, run)| (other, *of, *run)))
            .filter(|(other, of, _)| is_before(other, *of))
            .collect();
        before.sort_unstable_by_key(|(lane, ticket, _)| (*lane, *ticket));
        before.into_iter().map(|(.., run)| run).collect()
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Computes again for each kind whether a runner could hold it, after the runners have changed.
    pub(super) fn reassess(&mut self, fits: impl Fn(&Resources) -> bool) {
        for (&id, kind) in &mut self.kinds {
            if fits(&kind.want) == kind.fits {
                continue;
            }
            kind.fits = !kind.fits;
            for (lane_id, waiting) in &kind.waiting {
                if kind.fits {
                    let lane = self.lanes.entry(lane_id.clone()).or_default();
                    lane.heads.extend(waiting.keys().next().map(|head| (*head, id)));
                    for ticket in waiting.keys() {
                        lane.add(*ticket);
                    }
                } else if let Some(lane) = self.lanes.get_mut(lane_id) {
                    waiting.keys().next().map(|head| lane.heads.remove(head));
                    for ticket in waiting.keys() {
                        lane.take_out(*ticket);
                    }
                    if lane.open.is_empty() {
                        self.lanes.remove(lane_id);
                    }
                }
            }
        }
    }

    /// Compares the redundant state.
    pub(super) fn audit(&self) -> Result<(), String> {
        let waiting = || self.kinds.values().flat_map(|kind| kind.waiting.values());
        let all: usize = waiting().map(BTreeMap::len).sum();
        let mut lanes: BTreeMap<LaneId, Lane> = BTreeMap::new();
        for (id, kind) in self.kinds.iter().filter(|(_, kind)| kind.fits) {
            for (lane, waiting) in &kind.waiting {
                let lane = lanes.entry(lane.clone()).or_default();
                lane.heads.extend(waiting.keys().next().map(|head| (*head, *id)));
                for ticket in waiting.keys() {
                    lane.add(*ticket);
                }
            }
        }
        if all != self.len || lanes != self.lanes {
            return Err(format!("the queue disagrees with itself: {self:?}"));
        }
        let named = self.kinds.iter().all(|(id, kind)| self.by_want.get(&kind.want) == Some(id));
        let is_empty = self.kinds.values().any(|kind| kind.waiting.is_empty()) || waiting().any(BTreeMap::is_empty);
        if !named || self.by_want.len() != self.kinds.len() || is_empty {
            return Err(format!("the kinds disagree with their names: {self:?}"));
        }
        Ok(())
    }
}

impl Lane {
    fn add(&mut self, ticket: Ticket) {
        if self.open.insert(ticket) {
            *self.blocks.entry(ticket / BLOCK).or_default() += 1;
        }
    }

    fn take_out(&mut self, ticket: Ticket) {
        if self.open.remove(&ticket)
            && let Some(count) = self.blocks.get_mut(&(ticket / BLOCK))
        {
            *count -= 1;
            if *count == 0 {
                self.blocks.remove(&(ticket / BLOCK));
            }
        }
    }

    /// How many tickets precede this one.
    fn before(&self, ticket: Ticket) -> usize {
        let block = ticket / BLOCK;
        let whole: usize = self.blocks.range(..block).map(|(_, count)| count).sum();
        whole + self.open.range(block * BLOCK..ticket).count()
    }
}

#[cfg(test)]
mod tests {
    use hven_core::ActorId;

    use super::*;

    fn want(cpus: u32) -> Arc<Resources> {
        Arc::new(Resources { cpus, ..Resources::default() })
    }

    fn lane(user: u128, priority: i8) -> LaneId {
        let account = Account { user: ActorId::from_u128(user), project: hven_core::project::ProjectPath::home() };
        LaneId { priority: Reverse(priority), account }
    }

    #[test]
    fn heads_are_the_first_of_each_kind_in_order() {
        let mut queue = WaitingQueue::default();
        let (mira, jun, urgent) = (lane(1, 0), lane(2, 0), lane(2, 5));
        for (lane, ticket, cpus) in [
            (&mira, 10, 1),
            (&mira, 5, 2),
            (&mira, 7, 1),
            (&jun, 6, 1),
            (&mira, 2000, 2),
            (&mira, 3, 9),
            (&urgent, 3000, 1),
        ] {
            queue.insert(lane, ticket, RunId::from_u128(ticket.into()), &want(cpus), || cpus < 9);
            queue.audit().expect("consistent");
        }
        let heads = |queue: &WaitingQueue, lane: &LaneId| -> Vec<(Ticket, u32)> {
            queue.heads(lane).map(|head| (head.ticket, head.want.cpus)).collect()
        };
        assert_eq!(heads(&queue, &mira), [(5, 2), (7, 1)]);
        assert_eq!(heads(&queue, &jun), [(6, 1)]);
        assert_eq!(queue.lanes().collect::<Vec<_>>(), [&urgent, &mira, &jun]);
        assert_eq!(queue.len(), 7);
        assert_eq!((queue.ahead(&mira, 2000), queue.ahead(&jun, 6), queue.ahead(&urgent, 3000)), (4, 1, 0));
        let before = |lane, ticket| queue.before(lane, ticket).into_iter().map(RunId::as_u128).collect::<Vec<_>>();
        assert_eq!(before(&mira, 2000), [3000, 5, 7, 10], "the one that no runner could hold is left out");
        assert_eq!(before(&jun, 6), [3000]);
        assert!(queue.remove(&mira, 5, &want(2)) && !queue.remove(&mira, 5, &want(2)));
        assert!(queue.remove(&urgent, 3000, &want(1)) && queue.remove(&jun, 6, &want(1)));
        assert_eq!(heads(&queue, &mira), [(7, 1), (2000, 2)]);
        queue.reassess(|want| want.cpus != 1);
        queue.audit().expect("consistent");
        assert_eq!(heads(&queue, &mira), [(3, 9), (2000, 2)]);
        assert_eq!(queue.ahead(&mira, 2000), 1);
        queue.reassess(|_| false);
        queue.audit().expect("consistent");
        assert_eq!((queue.lanes().count(), queue.len()), (0, 4));
    }
}
