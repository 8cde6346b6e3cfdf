//! The ends of attempts and runs, and the runs that end because of them.

use std::collections::btree_map::Entry;

use hven_app::ports::engine::{EngineAction, retry_reason};
use hven_core::{
    AttemptId, RunId, Time,
    recorded::Recorded,
    run::{AttemptResult, Outcome},
    sentence::Moment,
};

use super::{FairShare, Run, Stage, clock::backoff};

impl FairShare {
    /// Ends the current attempt: schedules a retry or ends the run.
    pub(super) fn attempt_ended(&mut self, id: RunId, mut result: Box<AttemptResult>, actions: &mut Vec<EngineAction>) {
        let Some(run) = self.runs.get_mut(&id) else { return };
        let Stage::Assigned { runner, slot, process } = run.stage else { return };
        self.processes -= usize::from(process);
        run.past.push(run.made, runner);
        run.stage = Stage::Blocked;
        self.shares.give_back(&run.lane.account, std::mem::take(&mut run.held), self.clock.elapsed_us());
        if let Entry::Occupied(mut place) = self.runners.entry(runner) {
            place.get_mut().slots.release(slot);
            self.rooms.changed(runner);
            if result.started.is_some() {
                place.get_mut().attempt_took(result.wall_s);
            }
            // A runner that never attached and holds nothing need not be remembered.
            if !place.get().attached && place.get().slots.is_empty() {
                place.remove();
            }
        }
        if run.cancelled {
            // A cancelled run whose runner was lost counts as cancelled.
            if matches!(result.outcome, Outcome::Lost { .. }) {
                result.outcome = Outcome::Cancelled;
            }
        } else if let Some(because) = retry_reason(&result.outcome, run.made, run.retries_max) {
            let wait = backoff(&result.outcome, run.made);
            let due_us = self.clock.elapsed_us().saturating_add(wait.as_micros() as u64);
            run.stage = Stage::Backoff { due_us };
            self.backoff.insert((due_us, id));
            actions.push(EngineAction::Retry { attempt: AttemptId { run: id, number: run.made }, result, because });
            return;
        }
        let number = run.made;
        self.finish(id, Some(number), *result, actions);
    }

    /// Ends a run, and the runs that waited for its success if it has none.
    pub(super) fn finish(
        &mut self,
        id: RunId,
        attempt: Option<u32>,
        result: AttemptResult,
        actions: &mut Vec<EngineAction>,
    ) {
        let mut ending = vec![(id, attempt, result)];
        while let Some((id, attempt, result)) = ending.pop() {
            let Some(run) = self.runs.remove(&id) else { continue };
            self.forget_waiting(id, &run);
            self.past.remember(id, run.past);
            let succeeded = result.recorded_outcome() == Outcome::Done;
            actions.push(EngineAction::Finish { run: id, attempt, result: Box::new(result) });
            for dependent in self.dependents.remove(&id).unwrap_or_default() {
                let Some(waiting) = self.runs.get_mut(&dependent) else { continue };
                let Some(name) = waiting.after.remove(&id) else { continue };
                if succeeded {
                    self.enqueue(dependent);
                } else {
                    ending.push((dependent, None, not_started(&Recorded::AfterUnsuccessful { run: name })));
                }
            }
        }
    }

    /// Removes an ended run from everything that lists waiting runs.
    fn forget_waiting(&mut self, id: RunId, run: &Run) {
        match run.stage {
            Stage::Backoff { due_us } => {
                self.backoff.remove(&(due_us, id));
            }
            Stage::Queued => {
                self.waiting_queue.remove(&run.lane, run.ticket, &run.want);
            }
            Stage::Blocked | Stage::Assigned { .. } => {}
        }
        if let Some(by) = run.start_by {
            self.deadlines.remove(&(by, id));
        }
        for before in run.after.keys() {
            if let Entry::Occupied(mut dependents) = self.dependents.entry(*before) {
                dependents.get_mut().remove(&id);
                if dependents.get().is_empty() {
                    dependents.remove();
                }
            }
        }
    }

    /// Ends the waiting runs that did not start in time. Returns whether one ended: resources may have been reserved for it.
    pub(super) fn end_overdue(&mut self, now: Time, actions: &mut Vec<EngineAction>) -> bool {
        let mut has_ended = false;
        while let Some(&(by, id)) = self.deadlines.first()
            && by <= now
        {
            self.deadlines.pop_first();
            let waits = self.runs.get(&id).is_some_and(|run| !matches!(run.stage, Stage::Assigned { .. }));
            if waits {
                self.finish(
                    id,
                    None,
                    not_started(&Recorded::DeadlinePassed { by: Moment(by).to_the_second() }),
                    actions,
                );
                has_ended = true;
            }
        }
        has_ended
    }
}

fn not_started(why: &Recorded) -> AttemptResult {
    AttemptResult::without_process(Outcome::NotStarted { why: why.to_string() })
}
