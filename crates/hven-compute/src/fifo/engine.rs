//! The state of the engine, and its reaction to each event.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    sync::Arc,
    time::Duration,
};

use hven_app::ports::engine::{Engine, EngineAction, EngineEvent, EngineStanding, WaitReason, retry_reason};
use hven_core::{
    AttemptId, RunId, RunnerId, Time,
    resources::Resources,
    run::{AttemptResult, Outcome},
};

use super::{
    clock::{Clock, backoff},
    recent_ends::{Attempts, RecentEnds},
    runners::{Runner, could_hold},
    slots::{SlotId, Slots},
    waiting_queue::{Ticket, WaitingQueue},
};

/// A run that has not ended.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) ticket: Ticket,
    pub(super) want: Arc<Resources>,
    retries_max: Option<u32>,
    /// How many attempts were made, including the current one.
    pub(super) made: u32,
    pub(super) cancelled: bool,
    pub(super) stage: Stage,
    past: Attempts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Queued,
    /// Until the engine's clock shows this many microseconds.
    Backoff {
        due_us: u64,
    },
    /// Attempt `made` is assigned to the runner.
    Assigned {
        runner: RunnerId,
        slot: SlotId,
        process: bool,
    },
}

/// The scheduling engine: see the [module](self).
#[derive(Debug, Default)]
pub struct Fifo {
    pub(super) clock: Clock,
    pub(super) runs: BTreeMap<RunId, Run>,
    pub(super) tickets: Ticket,
    pub(super) waiting_queue: WaitingQueue,
    pub(super) backoff: BTreeSet<(u64, RunId)>,
    pub(super) runners: BTreeMap<RunnerId, Runner>,
    /// Runners that do not return; late messages of theirs are refused. They are few.
    gone: BTreeSet<RunnerId>,
    pub(super) past: RecentEnds,
    pub(super) processes: usize,
    /// No run starts, because the disk has no space for its output.
    pub(super) is_paused: bool,
}

impl Engine for Fifo {
    fn on_event(&mut self, event: EngineEvent, now: Time) -> Vec<EngineAction> {
        let mut actions = Vec::new();
        self.clock.advance(now);
        let woken = self.wake();
        let changed = match event {
            EngineEvent::Submitted { run, resources, retries_max, attempts_made } => {
                self.submitted(run, resources, retries_max, attempts_made)
            }
            EngineEvent::Resumed { attempt, runner, process, resources, retries_max } => {
                self.resumed(attempt, runner, process, resources, retries_max);
                false
            }
            EngineEvent::RunnerAttached { runner, capacity, prefetch, holds } => {
                self.runner_attached(runner, capacity, prefetch, &holds, &mut actions);
                true
            }
            EngineEvent::RunnerGone { runner, why } => self.runner_gone(runner, &why, &mut actions),
            EngineEvent::ProcessStarted { attempt, at } => {
                self.process_started(attempt, at, &mut actions);
                false
            }
            EngineEvent::Ended { attempt, result } => self.ended(attempt, result, &mut actions),
            EngineEvent::CancelRequested { run } => self.cancel_requested(run, &mut actions),
            EngineEvent::SpaceChanged { has_room } => {
                self.is_paused = !has_room;
                has_room
            }
            EngineEvent::Tick => false,
        };
        if woken || changed {
            self.place(&mut actions);
        }
        actions
    }

    fn standing(&self, id: RunId, now: Time) -> Option<EngineStanding> {
        let run = self.runs.get(&id)?;
        let attempt = AttemptId { run: id, number: run.made };
        Some(match run.stage {
            Stage::Assigned { runner, .. } if run.cancelled => EngineStanding::Stopping { attempt, runner },
            Stage::Assigned { runner, process: true, .. } => EngineStanding::Running { attempt, runner },
            Stage::Assigned { runner, slot, process: false } => {
                EngineStanding::Waiting(self.reason_in_runner(run, runner, slot))
            }
            Stage::Backoff { due_us } => {
                let wait_us = due_us.saturating_sub(self.clock.elapsed_us_at(now));
                EngineStanding::Waiting(WaitReason::Backoff { until: now.plus_micros(wait_us as i64) })
            }
            Stage::Queued => EngineStanding::Waiting(self.reason_in_queue(run)),
        })
    }

    fn wakes_after(&self, now: Time) -> Option<Duration> {
        let (due_us, _) = self.backoff.first()?;
        Some(Duration::from_micros(due_us.saturating_sub(self.clock.elapsed_us_at(now))))
    }

    fn load(&self) -> (usize, usize) {
        (self.runs.len() - self.processes, self.processes)
    }
}

// Events.
impl Fifo {
    fn submitted(&mut self, id: RunId, resources: Resources, retries_max: Option<u32>, made: u32) -> bool {
        if self.knows(id) {
            return false;
        }
        let run = self.new_run(resources, retries_max, made, Stage::Queued);
        self.runs.insert(id, run);
        self.enqueue(id)
    }

    fn resumed(
        &mut self,
        attempt: AttemptId,
        runner: RunnerId,
        process: bool,
        resources: Resources,
        retries_max: Option<u32>,
    ) {
        if self.knows(attempt.run) {
            return;
        }
        let want = Arc::new(normal(resources));
        let place = self
            .runners
            .entry(runner)
            .or_insert_with(|| Runner { attached: false, slots: Slots::new(Resources::none(), 0) });
        let slot = place.slots.assign(attempt.run, want.clone());
        self.processes += usize::from(process);
        let stage = Stage::Assigned { runner, slot, process };
        let mut run = self.new_run(Resources::none(), retries_max, attempt.number, stage);
        run.want = want;
        self.runs.insert(attempt.run, run);
    }

    fn runner_attached(
        &mut self,
        runner: RunnerId,
        capacity: Resources,
        prefetch: u32,
        holds: &[AttemptId],
        actions: &mut Vec<EngineAction>,
    ) {
        if self.gone.contains(&runner) {
            let commands =
                |&attempt| [EngineAction::Stop { attempt, runner }, EngineAction::Forget { attempt, runner }];
            actions.extend(holds.iter().flat_map(commands));
            return;
        }
        let before = self.runners.remove(&runner);
        let assigned: Vec<RunId> = before.iter().flat_map(|runner| runner.slots.runs()).collect();
        let mut slots = Slots::new(normal(capacity), prefetch);
        let mut has_resources = BTreeSet::new();
        let mut commands = Vec::new();
        for &attempt in holds {
            match self.runs.get_mut(&attempt.run) {
                Some(run) if run.made == attempt.number && run.stage.is_assigned_to(runner) => {
                    if has_resources.insert(attempt.run) {
                        run.stage.move_to(slots.assign(attempt.run, run.want.clone()));
                        if run.cancelled {
                            commands.push(EngineAction::Stop { attempt, runner });
                        }
                    }
                }
                known => {
                    // A number above the known ones: the record is older than the runner's state, as after a restore from a
                    // backup. The number must not be used twice.
                    if let Some(run) = known
                        && !matches!(run.stage, Stage::Assigned { .. })
                    {
                        run.made = run.made.max(attempt.number);
                    }
                    commands.push(EngineAction::Stop { attempt, runner });
                    commands.push(EngineAction::Forget { attempt, runner });
                }
            }
        }
        for id in assigned {
            if has_resources.contains(&id) {
                continue;
            }
            let Some(run) = self.runs.get_mut(&id) else { continue };
            let attempt = AttemptId { run: id, number: run.made };
            if let Stage::Assigned { process, .. } = &mut run.stage {
                self.processes -= usize::from(std::mem::take(process));
            }
            if run.cancelled {
                // The runner never received the attempt and will not receive it.
                run.stage = Stage::Queued;
                run.past.push(attempt.number, runner);
                self.finish(id, Some(attempt.number), AttemptResult::without_process(Outcome::Cancelled), actions);
                commands.push(EngineAction::Stop { attempt, runner });
                commands.push(EngineAction::Forget { attempt, runner });
            } else {
                run.stage.move_to(slots.assign(id, run.want.clone()));
                commands.push(EngineAction::SendAgain { attempt, runner });
            }
        }
        self.runners.insert(runner, Runner { attached: true, slots });
        self.reassess_queue();
        actions.append(&mut commands);
    }

    fn runner_gone(&mut self, id: RunnerId, why: &str, actions: &mut Vec<EngineAction>) -> bool {
        self.gone.insert(id);
        let Some(runner) = self.runners.remove(&id) else { return false };
        for run in runner.slots.runs() {
            let lost = AttemptResult::without_process(Outcome::Lost { why: why.to_owned() });
            self.attempt_ended(run, Box::new(lost), actions);
        }
        self.reassess_queue();
        true
    }

    fn process_started(&mut self, attempt: AttemptId, at: Time, actions: &mut Vec<EngineAction>) {
        if let Some(run) = self.runs.get_mut(&attempt.run)
            && run.made == attempt.number
            && let Stage::Assigned { process, .. } = &mut run.stage
            && !*process
        {
            *process = true;
            self.processes += 1;
            actions.push(EngineAction::Run { attempt, at });
        }
    }

    fn ended(&mut self, attempt: AttemptId, result: Box<AttemptResult>, actions: &mut Vec<EngineAction>) -> bool {
        let runner = match self.runs.get(&attempt.run) {
            Some(Run { made, stage: Stage::Assigned { runner, .. }, .. }) if *made == attempt.number => {
                let runner = *runner;
                self.attempt_ended(attempt.run, result, actions);
                Some(runner)
            }
            // A repeated or late event.
            Some(run) => run.past.runner_of(attempt.number),
            None => self.past.get(attempt.run).and_then(|past| past.runner_of(attempt.number)),
        };
        if let Some(runner) = runner
            && self.runners.get(&runner).is_some_and(|runner| runner.attached)
        {
            actions.push(EngineAction::Forget { attempt, runner });
        }
        runner.is_some()
    }

    fn cancel_requested(&mut self, id: RunId, actions: &mut Vec<EngineAction>) -> bool {
        let Some(run) = self.runs.get_mut(&id) else { return false };
        if run.cancelled {
            return false;
        }
        run.cancelled = true;
        match run.stage {
            Stage::Assigned { runner, .. } => {
                // An absent runner gets the command when it attaches.
                if self.runners.get(&runner).is_some_and(|runner| runner.attached) {
                    actions.push(EngineAction::Stop { attempt: AttemptId { run: id, number: run.made }, runner });
                }
                false
            }
            Stage::Queued | Stage::Backoff { .. } => {
                self.finish(id, None, AttemptResult::without_process(Outcome::Cancelled), actions);
                true
            }
        }
    }
}

// Consequences of events.
impl Fifo {
    /// Ends the current attempt: schedules a retry or ends the run.
    fn attempt_ended(&mut self, id: RunId, mut result: Box<AttemptResult>, actions: &mut Vec<EngineAction>) {
        let Some(run) = self.runs.get_mut(&id) else { return };
        let Stage::Assigned { runner, slot, process } = run.stage else { return };
        self.processes -= usize::from(process);
        run.past.push(run.made, runner);
        run.stage = Stage::Queued;
        if let Entry::Occupied(mut place) = self.runners.entry(runner) {
            place.get_mut().slots.release(slot);
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

    fn finish(&mut self, id: RunId, attempt: Option<u32>, result: AttemptResult, actions: &mut Vec<EngineAction>) {
        let Some(run) = self.runs.remove(&id) else { return };
        match run.stage {
            Stage::Backoff { due_us } => {
                self.backoff.remove(&(due_us, id));
            }
            // For a run that was assigned until now, the queue has no entry and `remove` does nothing.
            Stage::Queued | Stage::Assigned { .. } => {
                self.waiting_queue.remove(run.ticket, &run.want);
            }
        }
        self.past.remember(id, run.past);
        actions.push(EngineAction::Finish { run: id, attempt, result: Box::new(result) });
    }

    /// Enqueues the runs whose backoff is over.
    fn wake(&mut self) -> bool {
        let mut woken = false;
        while let Some(&(due_us, id)) = self.backoff.first() {
            if due_us > self.clock.elapsed_us() {
                break;
            }
            self.backoff.pop_first();
            if let Some(run) = self.runs.get_mut(&id) {
                run.stage = Stage::Queued;
            }
            woken |= self.enqueue(id);
        }
        woken
    }

    /// Enqueues a run. Returns whether it is the first of its kind, so that placement is worth trying.
    fn enqueue(&mut self, id: RunId) -> bool {
        let Some(run) = self.runs.get(&id) else { return false };
        self.waiting_queue.insert(run.ticket, id, &run.want, || could_hold(&self.runners, &run.want))
    }

    fn reassess_queue(&mut self) {
        self.waiting_queue.reassess(|want| could_hold(&self.runners, want));
    }

    fn knows(&self, run: RunId) -> bool {
        self.runs.contains_key(&run) || self.past.get(run).is_some()
    }

    fn new_run(&mut self, resources: Resources, retries_max: Option<u32>, made: u32, stage: Stage) -> Run {
        self.tickets += 1;
        Run {
            ticket: self.tickets,
            want: Arc::new(normal(resources)),
            retries_max,
            made,
            cancelled: false,
            stage,
            past: Attempts::default(),
        }
    }
}

impl Stage {
    fn is_assigned_to(&self, to: RunnerId) -> bool {
        matches!(self, Self::Assigned { runner, .. } if *runner == to)
    }

    fn move_to(&mut self, to: SlotId) {
        if let Self::Assigned { slot, .. } = self {
            *slot = to;
        }
    }
}

/// Removes resources with the amount 0, so that equal wants compare equal.
fn normal(mut resources: Resources) -> Resources {
    resources.named.retain(|_, n| *n > 0);
    resources
}
