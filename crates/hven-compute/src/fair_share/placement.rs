//! Placement: assigns waiting runs to runners, and explains why a run waits.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use hven_app::ports::engine::{EngineAction, WaitReason};
use hven_core::{
    ActorId, AttemptId, RunId, RunnerId, Time,
    resources::{Resources, Shortage},
};

use super::{
    FairShare, Run, Stage,
    rooms::{Place, Room},
    shares,
    slots::{SlotId, Slots, missing},
    turns::{KINDS_MAX, Turns, order, precedes},
    waiting_queue::{Head, LaneId},
};

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
        if self.is_paused || self.rooms.is_empty() {
            return;
        }
        let mut turns = Turns::new(&self.waiting_queue, &self.shares, self.clock.elapsed_us());
        let mut passed = BTreeSet::new();
        // The rest on the runners on which this placement assigned or reserved something.
        let mut touched = BTreeMap::new();
        while passed.len() < KINDS_MAX {
            let Some((number, head)) = turns.next(&self.waiting_queue, &self.shares, &passed) else { break };
            let Some((place, runner, choice)) = self.choose(&touched, &head.want) else {
                passed.insert(head.kind);
                continue;
            };
            let Some(found) = self.runners.get(&runner) else { break };
            touched.entry(place).or_insert_with(|| found.slots.left().clone()).take(&head.want);
            if choice == Choice::Reserve {
                passed.insert(head.kind);
            } else {
                self.waiting_queue.remove(turns.lane(number), head.ticket, &head.want);
                self.assign(head.run, runner, actions);
                turns.assigned(number, &self.shares);
            }
        }
    }

    /// The first run in the order.
    pub(super) fn first(&self) -> Option<Head> {
        let mut turns = Turns::new(&self.waiting_queue, &self.shares, self.clock.elapsed_us());
        Some(turns.next(&self.waiting_queue, &self.shares, &BTreeSet::new())?.1)
    }

    fn limit(&self, lane: &LaneId, head: &Head) -> Option<WaitReason> {
        self.shares.limit(&lane.account, &head.want)
    }

    /// Assigns a run to a runner.
    fn assign(&mut self, id: RunId, runner: RunnerId, actions: &mut Vec<EngineAction>) {
        let (Some(run), Some(place)) = (self.runs.get_mut(&id), self.runners.get_mut(&runner)) else { return };
        run.made += 1;
        run.held = shares::held(&run.want, self.rooms.capacity());
        run.stage = Stage::Assigned { runner, slot: place.slots.assign(id, run.want.clone()), process: false };
        self.rooms.changed(runner);
        self.shares.take(&run.lane.account, run.held, self.clock.elapsed_us());
        actions.push(EngineAction::Place { attempt: AttemptId { run: id, number: run.made }, runner });
    }

    /// Counts the attempts of all runs with the resources that are attached now.
    pub(super) fn recount_shares(&mut self, now: Time) {
        let (all, now_us) = (self.rooms.capacity(), self.clock.elapsed_us());
        self.shares.count_past(all.cpus, now, now_us);
        for run in self.runs.values_mut().filter(|run| matches!(run.stage, Stage::Assigned { .. })) {
            let held = shares::held(&run.want, all);
            if held != run.held {
                self.shares.give_back(&run.lane.account, run.held, now_us);
                self.shares.take(&run.lane.account, held, now_us);
                run.held = held;
            }
        }
    }

    /// The runner for a run, or the runner that reserves resources for it. `touched` holds what is left on runners where other
    /// runs of the same placement were assigned, or got a reservation.
    fn choose(
        &mut self,
        touched: &BTreeMap<Place, Resources>,
        want: &Arc<Resources>,
    ) -> Option<(Place, RunnerId, Choice)> {
        let rooms = self.rooms.of(want, &self.runners);
        let mut best = rooms.best_without(touched);
        let is_only = rooms.len() == 1;
        let able: Vec<Place> = touched.keys().copied().filter(|place| rooms.could_hold(*place)).collect();
        for place in able {
            let slots = &self.runners.get(&self.rooms.runner(place)?)?.slots;
            let room = (Room::of(slots, touched.get(&place)?, want), place);
            best = Some(best.map_or(room, |best| best.min(room)));
        }
        let (room, place) = best?;
        let runner = self.rooms.runner(place)?;
        let choice = match room {
            Room::Now { .. } => Choice::Start,
            Room::Later { .. } if is_only && self.may_prefetch(runner) => Choice::Prefetch,
            Room::Later { .. } => Choice::Reserve,
        };
        Some((place, runner, choice))
    }

    /// The choice for a run that is first, found by examining all runners: see [`Self::choose`]. For the audit.
    pub(super) fn choice_by_scan(&self, want: &Resources) -> Option<Choice> {
        let attached = self.runners.iter().filter(|(_, runner)| runner.attached && runner.slots.could_hold(want));
        let able: Vec<(RunnerId, &Slots)> = attached.map(|(id, runner)| (*id, &runner.slots)).collect();
        if able.iter().any(|(_, slots)| slots.has_room(slots.left(), want)) {
            return Some(Choice::Start);
        }
        match able[..] {
            [] => None,
            [(runner, _)] if self.may_prefetch(runner) => Some(Choice::Prefetch),
            _ => Some(Choice::Reserve),
        }
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
        busy(nearest.and_then(|(slots, left)| slots.shortage(left, &run.want)))
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

fn busy(shortage: Option<Shortage>) -> WaitReason {
    WaitReason::Busy {
        shortage: shortage.unwrap_or(Shortage { resource: "runner".to_owned(), wanted: 1, available: 0 }),
    }
}
