//! The order of lanes during one placement.
//!
//! Of the lanes with the highest priority, the one whose account used least is next, with its first run that may start. A placement
//! only assigns runs and passes over kinds, so a run that may not start now may not start later in the same placement. So each lane
//! is walked through once.

use std::{cmp::Ordering, collections::BTreeSet};

use super::{
    shares::Shares,
    waiting_queue::{Head, KindId, LaneId, Ticket, WaitingQueue},
};

/// How many kinds without room are passed over in one placement.
pub(super) const KINDS_MAX: usize = 32;

/// The use by a user and by a project: see [`Shares::rank`].
pub(super) type Rank = (f64, f64);

/// A lane, and how far it was walked through.
#[derive(Debug)]
struct Turn {
    lane: LaneId,
    rank: Rank,
    /// The first run that may start, if it is known.
    head: Option<Head>,
    /// How many first runs of their kinds may not start, and the last of them.
    refused: usize,
    last_refused: Option<Ticket>,
    /// All were examined.
    is_done: bool,
}

/// The lanes of one placement.
#[derive(Debug)]
pub(super) struct Turns {
    turns: Vec<Turn>,
    now_us: u64,
}

impl Turns {
    pub(super) fn new(queue: &WaitingQueue, shares: &Shares, now_us: u64) -> Self {
        let turn = |lane: &LaneId| Turn {
            lane: lane.clone(),
            rank: shares.rank(&lane.account, now_us),
            head: None,
            refused: 0,
            last_refused: None,
            is_done: false,
        };
        Self { turns: queue.lanes().map(turn).collect(), now_us }
    }

    /// The next run to place. Kinds that were passed over and runs above a limit of their user or project are left out. In a lane,
    /// a bounded number of first runs is examined. Returns the number of the lane, too.
    pub(super) fn next(
        &mut self,
        queue: &WaitingQueue,
        shares: &Shares,
        passed: &BTreeSet<KindId>,
    ) -> Option<(usize, Head)> {
        let mut best: Option<usize> = None;
        for at in 0..self.turns.len() {
            // Lanes with a lower priority follow.
            if best.is_some_and(|best| self.turns[best].lane.priority < self.turns[at].lane.priority) {
                break;
            }
            self.turns[at].advance(queue, shares, passed);
            let turn = &self.turns[at];
            let Some(head) = &turn.head else { continue };
            let is_first = best.map(|best| &self.turns[best]).is_none_or(|best| {
                let than = best.head.as_ref().map_or(Ticket::MAX, |head| head.ticket);
                precedes(turn.rank, head.ticket, best.rank, than)
            });
            if is_first {
                best = Some(at);
            }
        }
        Some((best?, self.turns[best?].head.clone()?))
    }

    /// The lane with a number that [`Self::next`] returned.
    pub(super) fn lane(&self, number: usize) -> &LaneId {
        &self.turns[number].lane
    }

    /// The first run of a lane was assigned.
    pub(super) fn assigned(&mut self, number: usize, shares: &Shares) {
        let turn = &mut self.turns[number];
        turn.head = None;
        turn.is_done = false;
        let user = turn.lane.account.user;
        for turn in self.turns.iter_mut().filter(|turn| turn.lane.account.user == user) {
            turn.rank = shares.rank(&turn.lane.account, self.now_us);
        }
    }
}

impl Turn {
    /// Walks to the first run that may start.
    fn advance(&mut self, queue: &WaitingQueue, shares: &Shares, passed: &BTreeSet<KindId>) {
        let may_start = |lane: &LaneId, head: &Head| {
            !passed.contains(&head.kind) && shares.limit(&lane.account, &head.want).is_none()
        };
        match &self.head {
            Some(head) if may_start(&self.lane, head) => return,
            Some(head) => {
                self.last_refused = Some(head.ticket);
                self.refused += 1;
                self.head = None;
            }
            None => {}
        }
        if self.is_done {
            return;
        }
        let examined_max = KINDS_MAX + passed.len();
        for (ticket, kind) in queue.heads_after(&self.lane, self.last_refused) {
            if self.refused >= examined_max {
                return;
            }
            if !passed.contains(&kind)
                && let Some(head) = queue.head(&self.lane, ticket, kind)
                && may_start(&self.lane, &head)
            {
                self.head = Some(head);
                return;
            }
            self.last_refused = Some(ticket);
            self.refused += 1;
        }
        self.is_done = true;
    }
}

/// The order of the heads of two lanes with the same priority: who used less is first; then the earlier submission.
pub(super) fn order(rank: Rank, ticket: Ticket, than: Rank, than_ticket: Ticket) -> Ordering {
    let by_use = rank.0.total_cmp(&than.0).then(rank.1.total_cmp(&than.1));
    by_use.then(ticket.cmp(&than_ticket))
}

pub(super) fn precedes(rank: Rank, ticket: Ticket, than: Rank, than_ticket: Ticket) -> bool {
    order(rank, ticket, than, than_ticket) == Ordering::Less
}

#[cfg(test)]
mod tests {
    use std::{cmp::Reverse, sync::Arc};

    use hven_app::ports::engine::{SharingRules, UseLimit};
    use hven_core::{ActorId, RunId, resources::Resources};
    use proptest::prelude::*;

    use super::{
        super::shares::{Account, held},
        *,
    };

    /// The next run, found from the start each time.
    fn next_by_scan(queue: &WaitingQueue, shares: &Shares, passed: &BTreeSet<KindId>) -> Option<(LaneId, Head)> {
        let mut best: Option<(&LaneId, Head, Rank)> = None;
        for lane in queue.lanes() {
            if best.as_ref().is_some_and(|(found, ..)| found.priority < lane.priority) {
                break;
            }
            let may_start =
                |head: &Head| !passed.contains(&head.kind) && shares.limit(&lane.account, &head.want).is_none();
            let Some(head) = queue.heads(lane).take(KINDS_MAX + passed.len()).find(may_start) else { continue };
            let rank = shares.rank(&lane.account, 0);
            if best.as_ref().is_none_or(|(_, other, than)| precedes(rank, head.ticket, *than, other.ticket)) {
                best = Some((lane, head, rank));
            }
        }
        best.map(|(lane, head, _)| (lane.clone(), head))
    }

    proptest! {
        #[test]
        fn lanes_that_are_walked_once_give_the_same_order(
            runs in prop::collection::vec((0..3_u128, 0..2_u8, 0..2_i8, 1..90_u32), 1..300),
            limits in (prop::option::of(1..200_u32), prop::option::of(1..300_u32)),
            assigns in prop::collection::vec(any::<bool>(), 200),
        ) {
            let limit = |cpus| UseLimit { runs: None, cpus };
            let rules = SharingRules { user: limit(limits.0), project: limit(limits.1), ..SharingRules::default() };
            let (mut queue, mut shares) = (WaitingQueue::default(), Shares::new(rules));
            for (ticket, (user, project, priority, cpus)) in (1..).zip(runs) {
                let project = if project == 0 { "astro" } else { "bio" }.parse().expect("a project");
                let account = Account { user: ActorId::from_u128(user), project };
                let want = Arc::new(Resources { cpus, ..Resources::none() });
                let lane = LaneId { priority: Reverse(priority), account };
                queue.insert(&lane, ticket, RunId::from_u128(ticket.into()), &want, || true);
            }
            let all = Resources { cpus: 1000, ..Resources::none() };
            let mut turns = Turns::new(&queue, &shares, 0);
            let mut passed = BTreeSet::new();
            for is_assigned in assigns {
                let next = turns.next(&queue, &shares, &passed);
                let named = next.clone().map(|(number, head)| (turns.lane(number).clone(), head));
                prop_assert_eq!(named, next_by_scan(&queue, &shares, &passed));
                let Some((number, head)) = next else { break };
                if is_assigned {
                    let lane = turns.lane(number);
                    queue.remove(lane, head.ticket, &head.want);
                    shares.take(&lane.account, held(&head.want, &all), 0);
                    turns.assigned(number, &shares);
                } else {
                    passed.insert(head.kind);
                }
            }
        }
    }
}
