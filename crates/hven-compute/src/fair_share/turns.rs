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
pub(super) struct Turn {
    pub(super) lane: LaneId,
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
    /// a bounded number of first runs is examined.
    pub(super) fn next(
        &mut self,
        queue: &WaitingQueue,
        shares: &Shares,
        passed: &BTreeSet<KindId>,
    ) -> Option<(LaneId, Head)> {
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
        let best = &self.turns[best?];
        Some((best.lane.clone(), best.head.clone()?))
    }

    /// The first run of a lane was assigned.
    pub(super) fn assigned(&mut self, lane: &LaneId, shares: &Shares) {
        for turn in &mut self.turns {
            if turn.lane == *lane {
                turn.head = None;
                turn.is_done = false;
            }
            if turn.lane.account.user == lane.account.user {
                turn.rank = shares.rank(&turn.lane.account, self.now_us);
            }
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
