//! The state of the engine, and what it does with each event.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    sync::Arc,
    time::Duration,
};

use hven_app::ports::engine::{Action, Engine, Event, Standing, Waiting, retry_reason};
use hven_core::{
    AttemptId, RunId, RunnerId, Time,
    resources::Resources,
    run::{AttemptResult, Outcome},
};

use super::{
    clock::{Clock, backoff},
    line::{Line, Ticket},
    past::{Attempts, Past},
    runners::{Runner, could_hold},
    seats::{SeatId, Seats},
};

/// A run that has not ended.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) ticket: Ticket,
    pub(super) want: Arc<Resources>,
    retries_max: Option<u32>,
    /// How many attempts were made, the one under way included.
    pub(super) made: u32,
    pub(super) cancelled: bool,
    pub(super) stage: Stage,
    past: Attempts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    InLine,
    /// Until so many microseconds have passed on the engine's clock.
    Backoff {
        due_us: u64,
    },
    /// Its attempt `made` was given to the runner.
    Given {
        runner: RunnerId,
        seat: SeatId,
        process: bool,
    },
}

/// The scheduling engine: see the [module](self).
#[derive(Debug, Default)]
pub struct Fifo {
    pub(super) clock: Clock,
    pub(super) runs: BTreeMap<RunId, Run>,
    pub(super) tickets: Ticket,
    pub(super) line: Line,
    pub(super) backoff: BTreeSet<(u64, RunId)>,
    pub(super) runners: BTreeMap<RunnerId, Runner>,
    /// Runners that do not come back; a late message of theirs does not make them there again. They are few.
    gone: BTreeSet<RunnerId>,
    pub(super) past: Past,
    pub(super) processes: usize,
    /// Nothing is begun: there is no space for what it would say.
    pub(super) is_held: bool,
}

impl Engine for Fifo {
    fn on_event(&mut self, event: Event, now: Time) -> Vec<Action> {
        let mut actions = Vec::new();
        self.clock.advance(now);
        let woken = self.wake();
        let changed = match event {
            Event::Submitted { run, resources, retries_max, attempts_made } => {
                self.submitted(run, resources, retries_max, attempts_made)
            }
            Event::Resumed { attempt, runner, process, resources, retries_max } => {
                self.resumed(attempt, runner, process, resources, retries_max);
                false
            }
            Event::RunnerAttached { runner, capacity, prefetch, holds } => {
                self.runner_attached(runner, capacity, prefetch, &holds, &mut actions);
                true
            }
            Event::RunnerGone { runner, why } => self.runner_gone(runner, &why, &mut actions),
            Event::ProcessStarted { attempt, at } => {
                self.process_started(attempt, at, &mut actions);
                false
            }
            Event::Ended { attempt, result } => self.ended(attempt, result, &mut actions),
            Event::CancelRequested { run } => self.cancel_requested(run, &mut actions),
            Event::SpaceChanged { has_room } => {
                self.is_held = !has_room;
                has_room
            }
            Event::Tick => false,
        };
        if woken || changed {
            self.place(&mut actions);
        }
        actions
    }

    fn standing(&self, id: RunId, now: Time) -> Option<Standing> {
        let run = self.runs.get(&id)?;
        let attempt = AttemptId { run: id, number: run.made };
        Some(match run.stage {
            Stage::Given { runner, .. } if run.cancelled => Standing::Stopping { attempt, runner },
            Stage::Given { runner, process: true, .. } => Standing::Running { attempt, runner },
            Stage::Given { runner, seat, process: false } => Standing::Waiting(self.why_in_runner(run, runner, seat)),
            Stage::Backoff { due_us } => {
                let wait_us = due_us.saturating_sub(self.clock.elapsed_us_at(now));
                Standing::Waiting(Waiting::Backoff { until: now.plus_micros(wait_us as i64) })
            }
            Stage::InLine => Standing::Waiting(self.why_in_line(run)),
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

// What happened.
impl Fifo {
    fn submitted(&mut self, id: RunId, resources: Resources, retries_max: Option<u32>, made: u32) -> bool {
        if self.knows(id) {
            return false;
        }
        let run = self.new_run(resources, retries_max, made, Stage::InLine);
        self.runs.insert(id, run);
        self.stand_in_line(id)
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
            .or_insert_with(|| Runner { attached: false, seats: Seats::new(Resources::none(), 0) });
        let seat = place.seats.give(attempt.run, want.clone());
        self.processes += usize::from(process);
        let stage = Stage::Given { runner, seat, process };
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
        actions: &mut Vec<Action>,
    ) {
        if self.gone.contains(&runner) {
            let commands = |&attempt| [Action::Stop { attempt, runner }, Action::Forget { attempt, runner }];
            actions.extend(holds.iter().flat_map(commands));
            return;
        }
        let before = self.runners.remove(&runner);
        let given: Vec<RunId> = before.iter().flat_map(|runner| runner.seats.runs()).collect();
        let mut seats = Seats::new(normal(capacity), prefetch);
        let mut seated = BTreeSet::new();
        let mut commands = Vec::new();
        for &attempt in holds {
            match self.runs.get_mut(&attempt.run) {
                Some(run) if run.made == attempt.number && run.stage.is_given_to(runner) => {
                    if seated.insert(attempt.run) {
                        run.stage.move_to(seats.give(attempt.run, run.want.clone()));
                        if run.cancelled {
                            commands.push(Action::Stop { attempt, runner });
                        }
                    }
                }
                known => {
                    // A number above those that are known: the record is younger than the runner, as after a restore
                    // from a backup. The number is not used twice.
                    if let Some(run) = known
                        && !matches!(run.stage, Stage::Given { .. })
                    {
                        run.made = run.made.max(attempt.number);
                    }
                    commands.push(Action::Stop { attempt, runner });
                    commands.push(Action::Forget { attempt, runner });
                }
            }
        }
        for id in given {
            if seated.contains(&id) {
                continue;
            }
            let Some(run) = self.runs.get_mut(&id) else { continue };
            let attempt = AttemptId { run: id, number: run.made };
            if let Stage::Given { process, .. } = &mut run.stage {
                self.processes -= usize::from(std::mem::take(process));
            }
            if run.cancelled {
                // It never got there, and it never will.
                run.stage = Stage::InLine;
                run.past.push(attempt.number, runner);
                self.finish(id, Some(attempt.number), AttemptResult::without_process(Outcome::Cancelled), actions);
                commands.push(Action::Stop { attempt, runner });
                commands.push(Action::Forget { attempt, runner });
            } else {
                run.stage.move_to(seats.give(id, run.want.clone()));
                commands.push(Action::SendAgain { attempt, runner });
            }
        }
        self.runners.insert(runner, Runner { attached: true, seats });
        self.runners_changed();
        actions.append(&mut commands);
    }

    fn runner_gone(&mut self, id: RunnerId, why: &str, actions: &mut Vec<Action>) -> bool {
        self.gone.insert(id);
        let Some(runner) = self.runners.remove(&id) else { return false };
        for run in runner.seats.runs() {
            let lost = AttemptResult::without_process(Outcome::Lost { why: why.to_owned() });
            self.attempt_ended(run, Box::new(lost), actions);
        }
        self.runners_changed();
        true
    }

    fn process_started(&mut self, attempt: AttemptId, at: Time, actions: &mut Vec<Action>) {
        if let Some(run) = self.runs.get_mut(&attempt.run)
            && run.made == attempt.number
            && let Stage::Given { process, .. } = &mut run.stage
            && !*process
        {
            *process = true;
            self.processes += 1;
            actions.push(Action::Run { attempt, at });
        }
    }

    fn ended(&mut self, attempt: AttemptId, result: Box<AttemptResult>, actions: &mut Vec<Action>) -> bool {
        let runner = match self.runs.get(&attempt.run) {
            Some(Run { made, stage: Stage::Given { runner, .. }, .. }) if *made == attempt.number => {
                let runner = *runner;
                self.attempt_ended(attempt.run, result, actions);
                Some(runner)
            }
            // Told twice, or late.
            Some(run) => run.past.runner_of(attempt.number),
            None => self.past.get(attempt.run).and_then(|past| past.runner_of(attempt.number)),
        };
        if let Some(runner) = runner
            && self.runners.get(&runner).is_some_and(|runner| runner.attached)
        {
            actions.push(Action::Forget { attempt, runner });
        }
        runner.is_some()
    }

    fn cancel_requested(&mut self, id: RunId, actions: &mut Vec<Action>) -> bool {
        let Some(run) = self.runs.get_mut(&id) else { return false };
        if run.cancelled {
            return false;
        }
        run.cancelled = true;
        match run.stage {
            Stage::Given { runner, .. } => {
                // A runner that is not here yet is told when it comes.
                if self.runners.get(&runner).is_some_and(|runner| runner.attached) {
                    actions.push(Action::Stop { attempt: AttemptId { run: id, number: run.made }, runner });
                }
                false
            }
            Stage::InLine | Stage::Backoff { .. } => {
                self.finish(id, None, AttemptResult::without_process(Outcome::Cancelled), actions);
                true
            }
        }
    }
}

// What follows from it.
impl Fifo {
    /// The attempt under way has ended: another follows, or the run has ended with it.
    fn attempt_ended(&mut self, id: RunId, mut result: Box<AttemptResult>, actions: &mut Vec<Action>) {
        let Some(run) = self.runs.get_mut(&id) else { return };
        let Stage::Given { runner, seat, process } = run.stage else { return };
        self.processes -= usize::from(process);
        run.past.push(run.made, runner);
        run.stage = Stage::InLine;
        if let Entry::Occupied(mut place) = self.runners.entry(runner) {
            place.get_mut().seats.vacate(seat);
            // One that never came and holds nothing any more need not be remembered.
            if !place.get().attached && place.get().seats.is_empty() {
                place.remove();
            }
        }
        if run.cancelled {
            // Whoever cancelled it does not mind that its runner was lost, too.
            if matches!(result.outcome, Outcome::Lost { .. }) {
                result.outcome = Outcome::Cancelled;
            }
        } else if let Some(because) = retry_reason(&result.outcome, run.made, run.retries_max) {
            let wait = backoff(&result.outcome, run.made);
            let due_us = self.clock.elapsed_us().saturating_add(wait.as_micros() as u64);
            run.stage = Stage::Backoff { due_us };
            self.backoff.insert((due_us, id));
            actions.push(Action::Retry { attempt: AttemptId { run: id, number: run.made }, result, because });
            return;
        }
        let number = run.made;
        self.finish(id, Some(number), *result, actions);
    }

    fn finish(&mut self, id: RunId, attempt: Option<u32>, result: AttemptResult, actions: &mut Vec<Action>) {
        let Some(run) = self.runs.remove(&id) else { return };
        match run.stage {
            Stage::Backoff { due_us } => {
                self.backoff.remove(&(due_us, id));
            }
            // Also of one that was given a moment ago and is nowhere now; the line does not know it then.
            Stage::InLine | Stage::Given { .. } => {
                self.line.remove(run.ticket, &run.want);
            }
        }
        self.past.remember(id, run.past);
        actions.push(Action::Finish { run: id, attempt, result: Box::new(result) });
    }

    /// Those whose backoff is over stand in line again.
    fn wake(&mut self) -> bool {
        let mut woken = false;
        while let Some(&(due_us, id)) = self.backoff.first() {
            if due_us > self.clock.elapsed_us() {
                break;
            }
            self.backoff.pop_first();
            if let Some(run) = self.runs.get_mut(&id) {
                run.stage = Stage::InLine;
            }
            woken |= self.stand_in_line(id);
        }
        woken
    }

    /// Answers whether it is worth looking along the line: whether the run is the first of its kind.
    fn stand_in_line(&mut self, id: RunId) -> bool {
        let Some(run) = self.runs.get(&id) else { return false };
        self.line.insert(run.ticket, id, &run.want, || could_hold(&self.runners, &run.want))
    }

    fn runners_changed(&mut self) {
        self.line.reassess(|want| could_hold(&self.runners, want));
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
    fn is_given_to(&self, to: RunnerId) -> bool {
        matches!(self, Self::Given { runner, .. } if *runner == to)
    }

    fn move_to(&mut self, to: SeatId) {
        if let Self::Given { seat, .. } = self {
            *seat = to;
        }
    }
}

/// Without names of which nothing is wanted, so that equal wants are equal.
fn normal(mut resources: Resources) -> Resources {
    resources.named.retain(|_, n| *n > 0);
    resources
}
