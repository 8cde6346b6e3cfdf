//! Who is given to which runner: the walk along the line, and the reason why somebody stays in it.

use hven_app::ports::engine::{Action, Waiting};
use hven_core::{
    AttemptId, RunId, RunnerId,
    resources::{Resources, Shortage},
};

use super::{
    Fifo, Run, Stage,
    seats::{SeatId, Seats, missing},
};

/// How many kinds of wants for which there is no room are passed over in one walk along the line.
pub(super) const KINDS_MAX: usize = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// There is room.
    Seat,
    /// It waits in the runner.
    Prefetch,
    /// It waits in line, and what it wants is set aside for it.
    SetAside,
}

impl Fifo {
    /// Gives whatever can be given, from the front of the line.
    pub(super) fn place(&mut self, actions: &mut Vec<Action>) {
        if self.is_held {
            return;
        }
        let mut rooms: Vec<(RunnerId, Resources)> = self
            .runners
            .iter()
            .filter(|(_, runner)| runner.attached)
            .map(|(id, runner)| (*id, runner.seats.left()))
            .collect();
        if rooms.is_empty() {
            return;
        }
        let (mut from, mut passed) = (0, 0);
        while passed < KINDS_MAX {
            let Some((ticket, run, want)) = self.line.head_from(from) else { break };
            from = ticket + 1;
            let Some((room, choice)) = self.choose(&rooms, &want) else {
                passed += 1;
                continue;
            };
            let (runner, left) = &mut rooms[room];
            left.take(&want);
            if choice == Choice::SetAside {
                passed += 1;
            } else {
                self.line.remove(ticket, &want);
                self.give(run, *runner, actions);
            }
        }
    }

    fn give(&mut self, id: RunId, runner: RunnerId, actions: &mut Vec<Action>) {
        let (Some(run), Some(place)) = (self.runs.get_mut(&id), self.runners.get_mut(&runner)) else { return };
        run.made += 1;
        run.stage = Stage::Given { runner, seat: place.seats.give(id, run.want.clone()), process: false };
        actions.push(Action::Place { attempt: AttemptId { run: id, number: run.made }, runner });
    }

    /// Where a run goes, or where room is kept for it; `rooms` says what is left on each runner.
    pub(super) fn choose(&self, rooms: &[(RunnerId, Resources)], want: &Resources) -> Option<(usize, Choice)> {
        let able: Vec<(usize, &Seats, &Resources)> = rooms
            .iter()
            .enumerate()
            .filter_map(|(room, (id, left))| Some((room, &self.runners.get(id)?.seats, left)))
            .filter(|(_, seats, _)| seats.could_hold(want))
            .collect();
        let tightest = able
            .iter()
            .filter(|(_, seats, left)| seats.shortage(left, want).is_none())
            .min_by_key(|(_, _, left)| (left.cpus, left.memory_bytes));
        if let Some(&(room, ..)) = tightest {
            return Some((room, Choice::Seat));
        }
        if let [(room, seats, _)] = able[..]
            && seats.may_prefetch()
        {
            return Some((room, Choice::Prefetch));
        }
        let nearest = able.iter().min_by_key(|(_, _, left)| missing(left, want));
        nearest.map(|&(room, ..)| (room, Choice::SetAside))
    }

    pub(super) fn why_in_line(&self, run: &Run) -> Waiting {
        if self.is_held {
            return Waiting::NoSpace;
        }
        let attached = || self.runners.values().filter(|runner| runner.attached).map(|runner| &runner.seats);
        if attached().next().is_none() {
            return Waiting::NoRunner;
        }
        if self.line.fits(&run.want) == Some(false) {
            let largest = attached().min_by_key(|seats| missing(seats.capacity(), &run.want));
            if let Some(shortage) = largest.and_then(|seats| seats.capacity().shortage(&run.want)) {
                return Waiting::TooLarge { shortage };
            }
        }
        // Those that wait in the runners where it could be placed are before it, too.
        let able = || attached().filter(|seats| seats.could_hold(&run.want));
        let ahead = self.line.ahead(run.ticket) + able().map(Seats::waiting).sum::<usize>();
        if ahead > 0 {
            return Waiting::Queue { ahead };
        }
        let nearest = able().map(|seats| (seats, seats.left())).min_by_key(|(_, left)| missing(left, &run.want));
        // The first in line for which there is room would have been placed.
        busy(nearest.and_then(|(seats, left)| seats.shortage(&left, &run.want)))
    }

    /// Why a run waits that was given to a runner: that starts it now, or it waits there as it would in line.
    pub(super) fn why_in_runner(&self, run: &Run, runner: RunnerId, seat: SeatId) -> Waiting {
        let there = self.runners.get(&runner).filter(|there| there.attached).map(|there| &there.seats);
        match there.and_then(|seats| Some((seats, seats.ahead(seat)?))) {
            None => Waiting::Placed { runner },
            Some((seats, 0)) => busy(seats.free().shortage(&run.want)),
            Some((_, ahead)) => Waiting::Queue { ahead },
        }
    }
}

fn busy(shortage: Option<Shortage>) -> Waiting {
    Waiting::Busy { shortage: shortage.unwrap_or(Shortage { resource: "runner".to_owned(), wanted: 1, available: 0 }) }
}
