//! The queue of runs that wait for a runner.
//!
//! Runs that want the same resources are of one *kind*. Within a kind, no run can overtake another, so only the first of
//! each kind is examined: a hundred thousand equal runs cost as much as one. Kinds that no runner could hold even when idle
//! are skipped until a larger runner attaches.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use hven_core::{RunId, resources::Resources};

/// A position in the queue: lower is earlier. A run keeps its ticket for life, so a retried run keeps its position.
pub(super) type Ticket = u64;

pub(super) type KindId = u64;

/// How many consecutive tickets are counted together.
const BLOCK: u64 = 512;

#[derive(Debug)]
struct Kind {
    want: Arc<Resources>,
    waiting: BTreeMap<Ticket, RunId>,
    /// At least one runner could hold it.
    fits: bool,
}

#[derive(Debug, Default)]
pub(super) struct WaitingQueue {
    kinds: BTreeMap<KindId, Kind>,
    by_want: HashMap<Arc<Resources>, KindId>,
    kinds_made: KindId,
    /// The first run of each kind that fits.
    heads: BTreeMap<Ticket, KindId>,
    /// All tickets of kinds that fit.
    open: BTreeSet<Ticket>,
    /// The number of open tickets in each block.
    blocks: BTreeMap<u64, usize>,
    len: usize,
}

impl WaitingQueue {
    /// Adds a run. `fits` tells whether a runner could hold it, and is called only for a new kind. Returns whether the run is
    /// now the first of its kind and its kind fits.
    pub(super) fn insert(
        &mut self,
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
        let head_before = kind.waiting.keys().next().copied();
        if kind.waiting.insert(ticket, run).is_some() {
            return false;
        }
        self.len += 1;
        if !kind.fits {
            return false;
        }
        self.open_ticket(ticket);
        let is_head = head_before.is_none_or(|head| ticket < head);
        if is_head {
            if let Some(head) = head_before {
                self.heads.remove(&head);
            }
            self.heads.insert(ticket, id);
        }
        is_head
    }

    /// Removes a run. Returns whether it was the first of its kind and its kind fits.
    pub(super) fn remove(&mut self, ticket: Ticket, want: &Arc<Resources>) -> bool {
        let Some(&id) = self.by_want.get(want) else { return false };
        let Some(kind) = self.kinds.get_mut(&id) else { return false };
        if kind.waiting.remove(&ticket).is_none() {
            return false;
        }
        self.len -= 1;
        let (fits, next) = (kind.fits, kind.waiting.keys().next().copied());
        if next.is_none() {
            self.kinds.remove(&id);
            self.by_want.remove(want);
        }
        if !fits {
            return false;
        }
        self.close_ticket(ticket);
        let was_head = self.heads.remove(&ticket).is_some();
        if was_head && let Some(next) = next {
            self.heads.insert(next, id);
        }
        was_head
    }

    /// The first run with at least this ticket that is the first of its kind and could be placed.
    pub(super) fn head_from(&self, ticket: Ticket) -> Option<(Ticket, RunId, Arc<Resources>)> {
        let (&ticket, id) = self.heads.range(ticket..).next()?;
        let kind = self.kinds.get(id)?;
        Some((ticket, *kind.waiting.get(&ticket)?, kind.want.clone()))
    }

    /// Whether a runner could hold `want`; `None` if the queue has no such kind.
    pub(super) fn fits(&self, want: &Arc<Resources>) -> Option<bool> {
        Some(self.kinds.get(self.by_want.get(want)?)?.fits)
    }

    /// How many runs that could be placed precede a ticket.
    pub(super) fn ahead(&self, ticket: Ticket) -> usize {
        let block = ticket / BLOCK;
        let whole: usize = self.blocks.range(..block).map(|(_, count)| count).sum();
        whole + self.open.range(block * BLOCK..ticket).count()
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Computes again for each kind whether a runner could hold it, after the runners have changed.
    pub(super) fn reassess(&mut self, fits: impl Fn(&Resources) -> bool) {
        let changed: Vec<KindId> =
            self.kinds.iter().filter(|(_, kind)| fits(&kind.want) != kind.fits).map(|(id, _)| *id).collect();
        for id in changed {
            let Some(kind) = self.kinds.get_mut(&id) else { continue };
            kind.fits = !kind.fits;
            let fits = kind.fits;
            let tickets: Vec<Ticket> = kind.waiting.keys().copied().collect();
            if let Some(head) = tickets.first() {
                if fits {
                    self.heads.insert(*head, id);
                } else {
                    self.heads.remove(head);
                }
            }
            for ticket in tickets {
                if fits {
                    self.open_ticket(ticket);
                } else {
                    self.close_ticket(ticket);
                }
            }
        }
    }

    fn open_ticket(&mut self, ticket: Ticket) {
        if self.open.insert(ticket) {
            *self.blocks.entry(ticket / BLOCK).or_default() += 1;
        }
    }

    fn close_ticket(&mut self, ticket: Ticket) {
        if self.open.remove(&ticket)
            && let Some(count) = self.blocks.get_mut(&(ticket / BLOCK))
        {
            *count -= 1;
            if *count == 0 {
                self.blocks.remove(&(ticket / BLOCK));
            }
        }
    }

    /// Compares the redundant state.
    pub(super) fn audit(&self) -> Result<(), String> {
        let all: usize = self.kinds.values().map(|kind| kind.waiting.len()).sum();
        let open: BTreeSet<Ticket> =
            self.kinds.values().filter(|kind| kind.fits).flat_map(|kind| kind.waiting.keys().copied()).collect();
        let heads: BTreeMap<Ticket, KindId> = self
            .kinds
            .iter()
            .filter(|(_, kind)| kind.fits)
            .filter_map(|(id, kind)| Some((*kind.waiting.keys().next()?, *id)))
            .collect();
        let blocks: usize = self.blocks.values().sum();
        let named = self.kinds.iter().all(|(id, kind)| self.by_want.get(&kind.want) == Some(id));
        if all != self.len || open != self.open || heads != self.heads || blocks != open.len() {
            return Err(format!("the queue disagrees with itself: {self:?}"));
        }
        if !named || self.by_want.len() != self.kinds.len() || self.kinds.values().any(|kind| kind.waiting.is_empty()) {
            return Err(format!("the kinds disagree with their names: {self:?}"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn want(cpus: u32) -> Arc<Resources> {
        Arc::new(Resources { cpus, ..Resources::default() })
    }

    #[test]
    fn heads_are_the_first_of_each_kind_in_order() {
        let mut waiting_queue = WaitingQueue::default();
        for (ticket, cpus) in [(10, 1), (5, 2), (7, 1), (2000, 2), (3, 9)] {
            waiting_queue.insert(ticket, RunId::from_u128(ticket.into()), &want(cpus), || cpus < 9);
        }
        waiting_queue.audit().expect("consistent");
        let heads = |waiting_queue: &WaitingQueue| {
            let mut found = Vec::new();
            let mut from = 0;
            while let Some((ticket, _, want)) = waiting_queue.head_from(from) {
                found.push((ticket, want.cpus));
                from = ticket + 1;
            }
            found
        };
        assert_eq!(heads(&waiting_queue), [(5, 2), (7, 1)]);
        assert_eq!(
            (waiting_queue.open.first().copied(), waiting_queue.ahead(2000), waiting_queue.len()),
            (Some(5), 3, 5)
        );
        assert!(waiting_queue.remove(5, &want(2)) && !waiting_queue.remove(5, &want(2)));
        assert_eq!(heads(&waiting_queue), [(7, 1), (2000, 2)]);
        waiting_queue.reassess(|want| want.cpus != 1);
        waiting_queue.audit().expect("consistent");
        assert_eq!(heads(&waiting_queue), [(3, 9), (2000, 2)]);
        assert_eq!(waiting_queue.ahead(2000), 1);
    }
}
