//! Placement: assigns waiting runs to runners, and explains why a run waits.

use hven_app::ports::engine::{EngineAction, WaitReason};
use hven_core::{
    AttemptId, RunId, RunnerId,
    resources::{Resources, Shortage},
};

use super::{
    Fifo, Run, Stage,
    slots::{SlotId, Slots, missing},
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

impl Fifo {
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
        let (mut from, mut passed) = (0, 0);
        while passed < KINDS_MAX {
            let Some((ticket, run, want)) = self.waiting_queue.head_from(from) else { break };
            from = ticket + 1;
            let Some((room, choice)) = self.choose(&rooms, &want) else {
                passed += 1;
                continue;
            };
            let (runner, left) = &mut rooms[room];
            left.take(&want);
            if choice == Choice::Reserve {
                passed += 1;
            } else {
                self.waiting_queue.remove(ticket, &want);
                self.assign(run, *runner, actions);
            }
        }
    }

    fn assign(&mut self, id: RunId, runner: RunnerId, actions: &mut Vec<EngineAction>) {
        let (Some(run), Some(place)) = (self.runs.get_mut(&id), self.runners.get_mut(&runner)) else { return };
        run.made += 1;
        run.stage = Stage::Assigned { runner, slot: place.slots.assign(id, run.want.clone()), process: false };
        actions.push(EngineAction::Place { attempt: AttemptId { run: id, number: run.made }, runner });
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
        if let [(room, slots, _)] = able[..]
            && slots.may_prefetch()
        {
            return Some((room, Choice::Prefetch));
        }
        let nearest = able.iter().min_by_key(|(_, _, left)| missing(left, want));
        nearest.map(|&(room, ..)| (room, Choice::Reserve))
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
        let ahead = self.waiting_queue.ahead(run.ticket) + able().map(Slots::waiting).sum::<usize>();
        if ahead > 0 {
            return WaitReason::Queue { ahead };
        }
        let nearest = able().map(|slots| (slots, slots.left())).min_by_key(|(_, left)| missing(left, &run.want));
        // There is a shortage, because the first run in the queue would have been placed otherwise.
        busy(nearest.and_then(|(slots, left)| slots.shortage(&left, &run.want)))
    }

    /// Why an assigned run waits: its runner starts it now, or it waits in the runner's queue.
    pub(super) fn reason_in_runner(&self, run: &Run, runner: RunnerId, slot: SlotId) -> WaitReason {
        let there = self.runners.get(&runner).filter(|there| there.attached).map(|there| &there.slots);
        match there.and_then(|slots| Some((slots, slots.ahead(slot)?))) {
            None => WaitReason::Placed { runner },
            Some((slots, 0)) => busy(slots.free().shortage(&run.want)),
            Some((_, ahead)) => WaitReason::Queue { ahead },
        }
    }
}

fn busy(shortage: Option<Shortage>) -> WaitReason {
    WaitReason::Busy {
        shortage: shortage.unwrap_or(Shortage { resource: "runner".to_owned(), wanted: 1, available: 0 }),
    }
}
