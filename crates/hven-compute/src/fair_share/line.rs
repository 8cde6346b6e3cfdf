//! The runs before a waiting run.

use hven_app::ports::engine::{LINE_MAX, Line, LinePlace};
use hven_core::{RunId, resources::Resources};

use super::{FairShare, Run, Stage, runners::Runner};

impl FairShare {
    /// See [`hven_app::ports::engine::Engine::line`].
    pub(super) fn line_of(&self, id: RunId) -> Option<Line> {
        let run = self.runs.get(&id).filter(|run| !self.is_paused && !run.cancelled)?;
        match run.stage {
            Stage::Queued => self.line_in_queue(run),
            // It waits in this runner, behind those that it got before.
            Stage::Assigned { runner, process: false, .. } => {
                let mut place = place(self.runners.get(&runner).filter(|runner| runner.attached)?);
                let own = place.waiting.iter().position(|(other, _)| *other == id)?;
                place.waiting.truncate(own);
                within_limit(Line { places: vec![place], queued: Vec::new() })
            }
            _ => None,
        }
    }

    fn line_in_queue(&self, run: &Run) -> Option<Line> {
        // Users of the same priority take turns, which depend on what they will have used by then.
        let mut lanes = self.waiting_queue.lanes();
        let is_shared = lanes.any(|lane| lane.priority <= run.lane.priority && lane.account != run.lane.account);
        if is_shared || self.shares.limit(&run.lane.account, &run.want).is_some() {
            return None;
        }
        let able = self.runners.values().filter(|runner| runner.attached && runner.slots.could_hold(&run.want));
        let places: Vec<LinePlace> = able.map(place).collect();
        if places.is_empty() || self.waiting_queue.ahead(&run.lane, run.ticket) > LINE_MAX {
            return None;
        }
        let before = self.waiting_queue.before(&run.lane, run.ticket);
        let queued = before.into_iter().filter_map(|id| Some((id, (*self.runs.get(&id)?.want).clone()))).collect();
        within_limit(Line { places, queued })
    }

    /// The resources of each attached runner.
    pub(super) fn capacities_attached(&self) -> Vec<Resources> {
        let attached = self.runners.values().filter(|runner| runner.attached);
        attached.map(|runner| runner.slots.capacity().clone()).collect()
    }
}

fn place(runner: &Runner) -> LinePlace {
    let with = |has_resources| {
        let slots = runner.slots.by_state(has_resources);
        slots.map(|(run, want)| (run, (**want).clone())).collect()
    };
    LinePlace { capacity: runner.slots.capacity().clone(), running: with(true), waiting: with(false) }
}

fn within_limit(line: Line) -> Option<Line> {
    let of_places = line.places.iter().map(|place| place.running.len() + place.waiting.len());
    (of_places.sum::<usize>() + line.queued.len() <= LINE_MAX).then_some(line)
}
