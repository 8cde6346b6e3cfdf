//! Placement: assigns waiting runs to runners, and explains why a run waits.

use std::{cmp::Ordering, collections::BTreeSet};

use hven_app::ports::engine::{EngineAction, WaitReason};
use hven_core::{
    ActorId, AttemptId, RunId, RunnerId, Time,
    resources::{Resources, Shortage},
};

use super::{
    FairShare, Run, Stage, shares,
    slots::{SlotId, Slots, missing},
    waiting_queue::{Head, KindId, LaneId, Ticket},
};

/// How many kinds without room are passed over in one placement.
pub(super) const KINDS_MAX: usize = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// There is room.
    Start,
    /// The run waits in the runner.
    Prefetch,
    /// The run waits in the queue, and its resources are reserved.
    Reserve,
}

impl FairShare {
    /// Assigns all runs that can be assigned, from the front of the queue.
    pub(super) fn place(&mut self, actions: &mut Vec<EngineAction>) {
        if self.is_paused {
            return;
        }
        let mut rooms: Vec<(RunnerId, Resources)> = self
            .runners
            .iter()
            .filter(|(_, runner)| runner.attached)
            .map(|(id, runner)| (*id, runner.slots.left()))
            .collect();
        if rooms.is_empty() {
            return;
        }
        let all = self.attached_capacity();
        let mut passed = BTreeSet::new();
        while passed.len() < KINDS_MAX {
            let Some((lane, head)) = self.next_head(&passed) else { break };
            let Some((room, choice)) = self.choose(&rooms, &head.want) else {
                passed.insert(head.kind);
                continue;
            };
            let (runner, left) = &mut rooms[room];
            left.take(&head.want);
            if choice == Choice::Reserve {
                passed.insert(head.kind);
            } else {
                self.waiting_queue.remove(&lane, head.ticket, &head.want);
                self.assign(head.run, *runner, &all, actions);
            }
        }
    }

    /// The next run to place: the first of the lane whose turn it is. Kinds that were passed over and runs above a limit of
    /// their user or project are left out.
    pub(super) fn next_head(&self, passed: &BTreeSet<KindId>) -> Option<(LaneId, Head)> {
        let mut best: Option<(LaneId, Head, (f64, f64))> = None;
        for lane in self.waiting_queue.lanes() {
            // Lanes with a lower priority follow.
            if best.as_ref().is_some_and(|(found, ..)| found.priority < lane.priority) {
                break;
            }
            let may_start = |head: &Head| !passed.contains(&head.kind) && self.limit(lane, head).is_none();
            let Some(head) = self.waiting_queue.heads(lane).take(KINDS_MAX + passed.len()).find(may_start) else {
                continue;
            };
            let rank = self.shares.rank(&lane.account, self.clock.elapsed_us());
            let is_first =
                best.as_ref().is_none_or(|(_, other, than)| precedes(rank, head.ticket, *than, other.ticket));
            if is_first {
                best = Some((lane.clone(), head, rank));
            }
        }
        best.map(|(lane, head, _)| (lane, head))
    }

    fn limit(&self, lane: &LaneId, head: &Head) -> Option<WaitReason> {
        self.shares.limit(&lane.account, &head.want)
    }

    /// Assigns a run to a runner; `all` are the resources of all attached runners together.
    fn assign(&mut self, id: RunId, runner: RunnerId, all: &Resources, actions: &mut Vec<EngineAction>) {
        let (Some(run), Some(place)) = (self.runs.get_mut(&id), self.runners.get_mut(&runner)) else { return };
        run.made += 1;
        run.held = shares::held(&run.want, all);
        run.stage = Stage::Assigned { runner, slot: place.slots.assign(id, run.want.clone()), process: false };
        self.shares.take(&run.lane.account, run.held, self.clock.elapsed_us());
        actions.push(EngineAction::Place { attempt: AttemptId { run: id, number: run.made }, runner });
    }

    /// The resources of all attached runners together.
    pub(super) fn attached_capacity(&self) -> Resources {
        let mut all = Resources::none();
        self.runners
            .values()
            .filter(|runner| runner.attached)
            .for_each(|runner| all.give_back(runner.slots.capacity()));
        all
    }

    /// Counts the attempts of all runs with the resources that are attached now.
    pub(super) fn recount_shares(&mut self, now: Time) {
        let (all, now_us) = (self.attached_capacity(), self.clock.elapsed_us());
        self.shares.count_past(all.cpus, now, now_us);
        for run in self.runs.values_mut().filter(|run| matches!(run.stage, Stage::Assigned { .. })) {
            let held = shares::held(&run.want, &all);
            if held != run.held {
                self.shares.give_back(&run.lane.account, run.held, now_us);
                self.shares.take(&run.lane.account, held, now_us);
                run.held = held;
            }
        }
    }

    /// The index of the runner for a run, or of the runner that reserves resources for it. `rooms` holds what is left on each
    /// runner.
    pub(super) fn choose(&self, rooms: &[(RunnerId, Resources)], want: &Resources) -> Option<(usize, Choice)> {
        let able: Vec<(usize, &Slots, &Resources)> = rooms
            .iter()
            .enumerate()
            .filter_map(|(room, (id, left))| Some((room, &self.runners.get(id)?.slots, left)))
            .filter(|(_, slots, _)| slots.could_hold(want))
            .collect();
        let tightest = able
            .iter()
            .filter(|(_, slots, left)| slots.shortage(left, want).is_none())
            .min_by_key(|(_, _, left)| (left.cpus, left.memory_bytes));
        if let Some(&(room, ..)) = tightest {
            return Some((room, Choice::Start));
        }
        if let [(room, ..)] = able[..]
            && self.may_prefetch(rooms[room].0)
        {
            return Some((room, Choice::Prefetch));
        }
        let nearest = able.iter().min_by_key(|(_, _, left)| missing(left, want));
        nearest.map(|&(room, ..)| (room, Choice::Reserve))
    }

    fn may_prefetch(&self, runner: RunnerId) -> bool {
        self.runners.get(&runner).is_some_and(|runner| runner.may_prefetch(self.shares.rules().prefetch_window))
    }

    pub(super) fn reason_in_queue(&self, run: &Run) -> WaitReason {
        if self.is_paused {
            return WaitReason::NoSpace;
        }
        let attached = || self.runners.values().filter(|runner| runner.attached).map(|runner| &runner.slots);
        if attached().next().is_none() {
            return WaitReason::NoRunner;
        }
        if self.waiting_queue.fits(&run.want) == Some(false) {
            let largest = attached().min_by_key(|slots| missing(slots.capacity(), &run.want));
            if let Some(shortage) = largest.and_then(|slots| slots.capacity().shortage(&run.want)) {
                return WaitReason::TooLarge { shortage };
            }
        }
        // Attempts that wait in the runners which could hold this run also precede it.
        let able = || attached().filter(|slots| slots.could_hold(&run.want));
        if let Some(limit) = self.shares.limit(&run.lane.account, &run.want) {
            return limit;
        }
        let ahead = self.waiting_queue.ahead(&run.lane, run.ticket) + able().map(Slots::waiting).sum::<usize>();
        let due = self.due_before(run);
        if ahead > 0 || due.is_some() {
            return WaitReason::Queue { ahead, due };
        }
        let nearest = able().map(|slots| (slots, slots.left())).min_by_key(|(_, left)| missing(left, &run.want));
        // There is a shortage, because the first run in the queue would have been placed otherwise.
        busy(nearest.and_then(|(slots, left)| slots.shortage(&left, &run.want)))
    }

    /// Another user with the same priority whose turn is before that of a run.
    fn due_before(&self, run: &Run) -> Option<ActorId> {
        let now_us = self.clock.elapsed_us();
        let own = self.shares.rank(&run.lane.account, now_us);
        let others = self
            .waiting_queue
            .lanes()
            .filter(|lane| lane.priority == run.lane.priority && lane.account.user != run.lane.account.user);
        let first = others
            .filter_map(|lane| {
                let head = self.waiting_queue.heads(lane).find(|head| self.limit(lane, head).is_none())?;
                Some((self.shares.rank(&lane.account, now_us), head.ticket, lane.account.user))
            })
            .min_by(|(rank, ticket, _), (other, than, _)| order(*rank, *ticket, *other, *than))?;
        let (rank, ticket, user) = first;
        precedes(rank, ticket, own, run.ticket).then_some(user)
    }

    /// Why an assigned run waits: its runner starts it now, or it waits in the runner's queue.
    pub(super) fn reason_in_runner(&self, run: &Run, runner: RunnerId, slot: SlotId) -> WaitReason {
        let there = self.runners.get(&runner).filter(|there| there.attached).map(|there| &there.slots);
        match there.and_then(|slots| Some((slots, slots.ahead(slot)?))) {
            None => WaitReason::Placed { runner },
            Some((slots, 0)) => busy(slots.free().shortage(&run.want)),
            Some((_, ahead)) => WaitReason::Queue { ahead, due: None },
        }
    }
}

/// The order of the heads of two lanes with the same priority: who used less is first; then the earlier submission.
fn order(rank: (f64, f64), ticket: Ticket, than: (f64, f64), than_ticket: Ticket) -> Ordering {
    let by_use = rank.0.total_cmp(&than.0).then(rank.1.total_cmp(&than.1));
    by_use.then(ticket.cmp(&than_ticket))
}

fn precedes(rank: (f64, f64), ticket: Ticket, than: (f64, f64), than_ticket: Ticket) -> bool {
    order(rank, ticket, than, than_ticket) == Ordering::Less
}

fn busy(shortage: Option<Shortage>) -> WaitReason {
    WaitReason::Busy {
        shortage: shortage.unwrap_or(Shortage { resource: "runner".to_owned(), wanted: 1, available: 0 }),
    }
}
