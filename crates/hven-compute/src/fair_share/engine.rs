//! The state of the engine, and its reaction to each event.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use hven_app::ports::engine::{
    Engine, EngineAction, EngineEvent, EngineStanding, Line, Queueing, SharingRules, WaitReason,
};
use hven_core::{
    AttemptId, RunId, RunnerId, Time,
    resources::{Resources, UnitNames},
    run::{AttemptResult, Outcome},
};

use super::{
    clock::Clock,
    recent_ends::{Attempts, RecentEnds},
    rooms::Rooms,
    runners::{Runner, could_hold},
    shares::{Account, Held, PastUse, Shares},
    slots::{SlotId, Slots},
    waiting_queue::{LaneId, Ticket, WaitingQueue},
};

/// A run that has not ended.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) ticket: Ticket,
    pub(super) want: Arc<Resources>,
    pub(super) lane: LaneId,
    /// A person holds it.
    pub(super) is_held: bool,
    /// The unfinished runs that must succeed before, with their names.
    pub(super) after: BTreeMap<RunId, String>,
    pub(super) start_by: Option<Time>,
    /// The share and cores that its current attempt holds.
    pub(super) held: Held,
    pub(super) retries_max: Option<u32>,
    /// How many attempts were made, including the current one.
    pub(super) made: u32,
    pub(super) cancelled: bool,
    pub(super) stage: Stage,
    pub(super) past: Attempts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Queued,
    /// It is held, or waits for another run.
    Blocked,
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

/// While several lanes wait, their order is checked again after this time.
const ORDER_CHECK_US: u64 = 1_000_000;

/// The scheduling engine: see the [module](self).
#[derive(Debug, Default)]
pub struct FairShare {
    pub(super) clock: Clock,
    pub(super) runs: BTreeMap<RunId, Run>,
    pub(super) tickets: Ticket,
    pub(super) waiting_queue: WaitingQueue,
    pub(super) shares: Shares,
    /// The runs that wait for each unfinished run.
    pub(super) dependents: BTreeMap<RunId, BTreeSet<RunId>>,
    /// The runs that end if they have not started by a time.
    pub(super) deadlines: BTreeSet<(Time, RunId)>,
    pub(super) backoff: BTreeSet<(u64, RunId)>,
    pub(super) runners: BTreeMap<RunnerId, Runner>,
    pub(super) rooms: Rooms,
    /// Runners that do not return; late messages of theirs are refused. They are few.
    gone: BTreeSet<RunnerId>,
    pub(super) past: RecentEnds,
    pub(super) processes: usize,
    /// No run starts, because the disk has no space for its output.
    pub(super) is_paused: bool,
}

impl FairShare {
    pub fn new(rules: SharingRules) -> Self {
        Self { shares: Shares::new(rules), ..Self::default() }
    }
}

impl Engine for FairShare {
    fn on_event(&mut self, event: EngineEvent, now: Time) -> Vec<EngineAction> {
        let mut actions = Vec::new();
        self.clock.advance(now);
        let has_ended = self.end_overdue(now, &mut actions);
        let woken = self.wake() || has_ended;
        let changed = match event {
            EngineEvent::UsedBefore { user, project, core_seconds, ended } => {
                let past = PastUse { account: Account { user, project }, core_seconds, ended };
                self.shares.used_before(past, self.rooms.capacity().cpus, now, self.clock.elapsed_us());
                false
            }
            EngineEvent::Submitted { run, resources, retries_max, attempts_made, queueing } => {
                let changed = self.submitted(run, resources, retries_max, attempts_made, *queueing, &mut actions);
                self.end_overdue(now, &mut actions);
                changed
            }
            EngineEvent::Resumed { attempt, runner, process, resources, retries_max, queueing } => {
                self.resumed(attempt, runner, process, resources, retries_max, *queueing);
                false
            }
            EngineEvent::QueueingChanged { run, priority, held } => self.queueing_changed(run, priority, held),
            EngineEvent::RunnerAttached { runner, capacity, prefetch, holds } => {
                self.runner_attached(runner, capacity, prefetch, &holds, now, &mut actions);
                true
            }
            EngineEvent::RunnerGone { runner, why } => self.runner_gone(runner, &why, &mut actions),
            EngineEvent::ProcessStarted { attempt, at, units } => {
                self.process_started(attempt, at, units, &mut actions);
                false
            }
            EngineEvent::Ended { attempt, result } => self.ended(attempt, result, &mut actions),
            EngineEvent::CancelRequested { run } => self.cancel_requested(run, &mut actions),
            EngineEvent::SpaceChanged { has_room } => {
                self.is_paused = !has_room;
                has_room
            }
            // The order of lanes changes with time.
            EngineEvent::Tick => self.waiting_queue.has_several_lanes(),
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
            Stage::Blocked => EngineStanding::Waiting(match run.after.first_key_value() {
                Some((&before, name)) if !run.is_held => WaitReason::After { run: before, name: name.clone() },
                _ => WaitReason::Held,
            }),
        })
    }

    fn wakes_after(&self, now: Time) -> Option<Duration> {
        let elapsed_us = self.clock.elapsed_us_at(now);
        let retry = self.backoff.first().map(|(due_us, _)| due_us.saturating_sub(elapsed_us));
        let deadline =
            self.deadlines.first().map(|(by, _)| by.micros().saturating_sub(now.micros()).max(0).unsigned_abs());
        let order = self.waiting_queue.has_several_lanes().then_some(ORDER_CHECK_US);
        [retry, deadline, order].into_iter().flatten().min().map(Duration::from_micros)
    }

    fn limit_below(&self, resources: &Resources) -> Option<WaitReason> {
        self.shares.limit_below(resources)
    }

    fn line(&self, run: RunId) -> Option<Line> {
        self.line_of(run)
    }

    fn capacities(&self) -> Vec<Resources> {
        self.capacities_attached()
    }

    fn remembers(&self) -> Duration {
        self.shares.remembers()
    }

    fn load(&self) -> (usize, usize) {
        (self.runs.len() - self.processes, self.processes)
    }
}

// Events.
impl FairShare {
    fn submitted(
        &mut self,
        id: RunId,
        resources: Resources,
        retries_max: Option<u32>,
        made: u32,
        mut queueing: Queueing,
        actions: &mut Vec<EngineAction>,
    ) -> bool {
        if self.knows(id) {
            return false;
        }
        let cannot_start = queueing.cannot_start.take();
        let run = self.new_run(resources, retries_max, made, Stage::Blocked, queueing);
        self.add_run(id, run);
        if let Some(why) = cannot_start {
            self.finish(id, None, AttemptResult::without_process(Outcome::NotStarted { why }), actions);
            return false;
        }
        self.enqueue(id)
    }

    /// Adds a run, also to the runs that wait for others and to those with a deadline.
    fn add_run(&mut self, id: RunId, mut run: Run) {
        // The caller names unfinished runs alone.
        run.after.retain(|before, _| self.runs.contains_key(before));
        for before in run.after.keys() {
            self.dependents.entry(*before).or_default().insert(id);
        }
        self.deadlines.extend(run.start_by.map(|by| (by, id)));
        self.runs.insert(id, run);
    }

    fn queueing_changed(&mut self, id: RunId, priority: Option<i8>, held: Option<bool>) -> bool {
        let Some(run) = self.runs.get_mut(&id) else { return false };
        let was_head = match run.stage {
            Stage::Queued => self.waiting_queue.remove(&run.lane, run.ticket, &run.want),
            Stage::Blocked | Stage::Backoff { .. } | Stage::Assigned { .. } => false,
        };
        if let Some(priority) = priority {
            run.lane.priority = Reverse(priority);
        }
        run.is_held = held.unwrap_or(run.is_held);
        let waits = matches!(run.stage, Stage::Queued | Stage::Blocked);
        // Another run may have become the first of its kind.
        (waits && self.enqueue(id)) || was_head
    }

    fn resumed(
        &mut self,
        attempt: AttemptId,
        runner: RunnerId,
        process: bool,
        resources: Resources,
        retries_max: Option<u32>,
        queueing: Queueing,
    ) {
        if self.knows(attempt.run) {
            return;
        }
        let want = Arc::new(normal(resources));
        let place = self.runners.entry(runner).or_insert_with(|| Runner::new(false, Slots::new(Resources::none(), 0)));
        let slot = place.slots.assign(attempt.run, want.clone());
        self.rooms.changed(runner);
        self.processes += usize::from(process);
        let stage = Stage::Assigned { runner, slot, process };
        // It was given to a runner, so the runs before it have succeeded.
        let queueing = Queueing { after: BTreeMap::new(), ..queueing };
        let mut run = self.new_run(Resources::none(), retries_max, attempt.number, stage, queueing);
        // No runner is attached yet, so what there is in total is not known: its share counts when it is placed again.
        run.held = Held { share_ppm: 1, cpus: want.cpus };
        self.shares.take(&run.lane.account, run.held, self.clock.elapsed_us());
        run.want = want;
        self.add_run(attempt.run, run);
    }

    fn runner_attached(
        &mut self,
        runner: RunnerId,
        capacity: Resources,
        prefetch: u32,
        holds: &[AttemptId],
        now: Time,
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
                run.stage = Stage::Blocked;
                self.shares.give_back(&run.lane.account, std::mem::take(&mut run.held), self.clock.elapsed_us());
                run.past.push(attempt.number, runner);
                self.finish(id, Some(attempt.number), AttemptResult::without_process(Outcome::Cancelled), actions);
                commands.push(EngineAction::Stop { attempt, runner });
                commands.push(EngineAction::Forget { attempt, runner });
            } else {
                run.stage.move_to(slots.assign(id, run.want.clone()));
                commands.push(EngineAction::SendAgain { attempt, runner });
            }
        }
        self.runners.insert(runner, Runner::new(true, slots));
        self.rooms.reset(&self.runners);
        self.recount_shares(now);
        self.reassess_queue();
        actions.append(&mut commands);
    }

    fn runner_gone(&mut self, id: RunnerId, why: &str, actions: &mut Vec<EngineAction>) -> bool {
        self.gone.insert(id);
        let Some(runner) = self.runners.remove(&id) else { return false };
        self.rooms.reset(&self.runners);
        for run in runner.slots.runs() {
            let lost = AttemptResult::without_process(Outcome::Lost { why: why.to_owned() });
            self.attempt_ended(run, Box::new(lost), actions);
        }
        self.reassess_queue();
        true
    }

    fn process_started(&mut self, attempt: AttemptId, at: Time, units: UnitNames, actions: &mut Vec<EngineAction>) {
        if let Some(run) = self.runs.get_mut(&attempt.run)
            && run.made == attempt.number
            && let Stage::Assigned { process, .. } = &mut run.stage
            && !*process
        {
            *process = true;
            self.processes += 1;
            actions.push(EngineAction::Run { attempt, at, units });
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
            Stage::Queued | Stage::Blocked | Stage::Backoff { .. } => {
                self.finish(id, None, AttemptResult::without_process(Outcome::Cancelled), actions);
                true
            }
        }
    }
}

// The queue.
impl FairShare {
    /// Enqueues the runs whose backoff is over.
    fn wake(&mut self) -> bool {
        let mut woken = false;
        while let Some(&(due_us, id)) = self.backoff.first() {
            if due_us > self.clock.elapsed_us() {
                break;
            }
            self.backoff.pop_first();
            woken |= self.enqueue(id);
        }
        woken
    }

    /// Enqueues a run unless something blocks it. Returns whether it is the first of its kind, so that placement is worth
    /// trying.
    pub(super) fn enqueue(&mut self, id: RunId) -> bool {
        let Some(run) = self.runs.get_mut(&id) else { return false };
        if run.is_held || !run.after.is_empty() {
            run.stage = Stage::Blocked;
            return false;
        }
        run.stage = Stage::Queued;
        self.waiting_queue.insert(&run.lane, run.ticket, id, &run.want, || could_hold(&self.runners, &run.want))
    }

    fn reassess_queue(&mut self) {
        self.waiting_queue.reassess(|want| could_hold(&self.runners, want));
    }

    fn knows(&self, run: RunId) -> bool {
        self.runs.contains_key(&run) || self.past.get(run).is_some()
    }

    fn new_run(
        &mut self,
        resources: Resources,
        retries_max: Option<u32>,
        made: u32,
        stage: Stage,
        queueing: Queueing,
    ) -> Run {
        self.tickets += 1;
        let account = Account::of(&queueing);
        Run {
            ticket: self.tickets,
            want: Arc::new(normal(resources)),
            lane: LaneId { priority: Reverse(queueing.priority), account },
            is_held: queueing.held,
            after: queueing.after,
            start_by: queueing.start_by,
            held: Held::default(),
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
