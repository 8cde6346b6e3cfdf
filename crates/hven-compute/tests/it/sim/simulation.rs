//! The simulation: time, an unreliable network, clients, faults, and the rules that must always hold.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    time::Duration,
};

use hven_app::ports::engine::{EngineEvent, Queueing};
use hven_core::{
    ActorId, AttemptId, RunId, RunnerId,
    resources::Resources,
    run::{AttemptResult, Outcome},
};

use super::{
    RuleViolation,
    mistakes::Mistake,
    random::Random,
    record::{Fact, Record, Truth},
    runner::{Held, Runner},
    server::{Server, ServerState},
};

/// How long faults occur.
const FAULTS_US: u64 = 20_000_000;
/// How long the system may take after the faults until it is idle.
const REST_US: u64 = 900_000_000;

/// A request of a runner to the server.
#[derive(Clone, Debug)]
pub(super) enum Request {
    Attach { epoch: u64, capacity: Resources, prefetch: u32, holds: Vec<AttemptId>, started: Vec<AttemptId> },
    Pull { session: u64, after: u64 },
    Push { session: u64, reports: Vec<(u64, Report)> },
}

#[derive(Clone, Debug)]
pub(super) enum Report {
    Started(AttemptId),
    Ended(AttemptId, Box<AttemptResult>),
}

/// An answer of the server.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    Attached { epoch: u64, session: u64 },
    Refused { session: u64 },
    Pushed { session: u64, upto: u64 },
    Commands { session: u64, commands: Vec<(u64, Command)> },
}

#[derive(Clone, Debug)]
pub(super) enum Command {
    Start { attempt: AttemptId, want: Resources },
    Stop { attempt: AttemptId },
    Forget { attempt: AttemptId },
}

#[derive(Clone, Debug)]
pub(super) enum SimEvent {
    AtServer { from: RunnerId, request: Request },
    AtRunner { to: RunnerId, answer: Answer },
    RunnerTurn { runner: RunnerId, life: u64 },
    LeftoverEnds { runner: RunnerId, life: u64, attempt: AttemptId },
    ServerTurn,
    ServerStarts,
    ProcessEnds { process: usize, outcome: Outcome },
    Submit { run: RunId, resources: Resources, retries_max: Option<u32>, queueing: Queueing },
    Cancel { run: RunId },
    Hold { run: RunId, held: bool },
    Fault,
}

/// A process of a task. It does not end with its runner.
#[derive(Clone, Copy, Debug)]
pub(super) struct Process {
    pub(super) attempt: AttemptId,
    pub(super) runner: RunnerId,
    pub(super) alive: bool,
}

macro_rules! counts {
    ($($name:ident)*) => {
        /// How often important events occurred. A simulation without them proves nothing.
        #[derive(Clone, Copy, Debug, Default)]
        pub(super) struct Counts {
            $(pub(super) $name: u64,)*
        }
        impl Counts {
            pub(super) const fn add(&mut self, other: Self) {
                $(self.$name += other.$name;)*
            }
            pub(super) fn named(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name)),*]
            }
        }
    };
}

counts! {
    server_crashes
    server_crashes_between_steps
    runners_killed_holding_results
    runners_killed_running
    runners_gone
    runners_returned
    messages_lost
    messages_duplicated
    clock_jumps
    stale_attaches
    sent_again
    retries
    cancelled_in_line
    cancelled_with_attempt
    done_though_cancelled
    held
    not_started
    events
}

pub(super) struct Simulation {
    pub(super) random: Random,
    pub(super) mistake: Mistake,
    /// With every second seed, runners get few attempts in advance, as in production.
    pub(super) prefetch_window: Option<Duration>,
    pub(super) now_us: u64,
    pub(super) clock_offset_us: i64,
    pub(super) faults: bool,
    pub(super) queue: BTreeMap<(u64, u64), SimEvent>,
    queued: u64,
    pub(super) record: Record,
    pub(super) truth: Truth,
    pub(super) server: Option<Server>,
    pub(super) sessions_made: u64,
    pub(super) runners: BTreeMap<RunnerId, Runner>,
    /// The wanted runners, each with the id of its current one.
    pools: Vec<(Resources, u32, Option<RunnerId>)>,
    pub(super) processes: Vec<Process>,
    executed: BTreeSet<AttemptId>,
    pub(super) sent_again: BTreeSet<AttemptId>,
    /// Runners that do not return.
    pub(super) gone: BTreeSet<RunnerId>,
    wanted_runs: usize,
    pub(super) counts: Counts,
    /// Whether every event is printed.
    pub(super) traced: bool,
}

impl Simulation {
    pub(super) fn new(seed: u64, mistake: Mistake) -> Self {
        let mut random = Random::new(seed);
        // One runner can hold every run, others may be smaller.
        let mut pools = vec![(amount(8, 2), random.between(0, 5) as u32, None)];
        for _ in 0..random.between(0, 3) {
            let capacity = amount(random.between(1, 9), random.between(0, 3));
            pools.push((capacity, random.between(0, 5) as u32, None));
        }
        let mut simulation = Self {
            random,
            mistake,
            prefetch_window: (seed % 2 == 1).then_some(Duration::from_millis(500)),
            now_us: 0,
            clock_offset_us: 0,
            faults: true,
            queue: BTreeMap::new(),
            queued: 0,
            record: Record::default(),
            truth: Truth::default(),
            server: None,
            sessions_made: 0,
            runners: BTreeMap::new(),
            pools,
            processes: Vec::new(),
            executed: BTreeSet::new(),
            sent_again: BTreeSet::new(),
            gone: BTreeSet::new(),
            wanted_runs: 0,
            counts: Counts::default(),
            traced: false,
        };
        simulation.plan();
        simulation
    }

    /// Schedules the actions of clients.
    fn plan(&mut self) {
        self.wanted_runs = self.random.between(5, 40) as usize;
        for n in 0..self.wanted_runs {
            let run = RunId::from_u128(n as u128 + 1);
            let resources = match self.random.between(0, 10) {
                0 => amount(8, 0),
                1 | 2 => amount(self.random.between(1, 9), self.random.between(0, 3)),
                3 => amount(0, 1),
                _ => amount(1, 0),
            };
            let retries_max = Some(self.random.between(0, 5) as u32).filter(|retries| *retries < 4);
            let at_us = self.random.between(0, FAULTS_US);
            let queueing = self.wishes(n as u128);
            if queueing.held {
                let wait_us = self.random.between(0, 6_000_000);
                self.later(at_us + wait_us, SimEvent::Hold { run, held: false });
            } else if self.random.chance(100) {
                self.later(at_us + 100_000, SimEvent::Hold { run, held: true });
            }
            self.later(at_us, SimEvent::Submit { run, resources, retries_max, queueing });
            if self.random.chance(250) {
                let wait_us = self.random.between(0, 6_000_000);
                self.later(at_us + wait_us, SimEvent::Cancel { run });
            }
        }
        self.later(0, SimEvent::ServerStarts);
        self.later(1_000_000, SimEvent::Fault);
    }

    /// The wishes of the run with this number: it may wait for earlier ones.
    fn wishes(&mut self, number: u128) -> Queueing {
        let mut queueing = Queueing {
            user: ActorId::from_u128(self.random.between(1, 4).into()),
            priority: self.random.between(0, 3) as i8 - 1,
            held: self.random.chance(100),
            ..Queueing::default()
        };
        if number > 0 && self.random.chance(200) {
            let before = RunId::from_u128(u128::from(self.random.next()) % number + 1);
            queueing.after.insert(before, "an earlier one".to_owned());
        }
        queueing
    }

    /// Runs the simulation until it is idle.
    pub(super) fn run(&mut self) -> Result<Counts, RuleViolation> {
        while let Some(((at_us, _), event)) = self.queue.pop_first() {
            self.now_us = self.now_us.max(at_us);
            self.faults = self.now_us < FAULTS_US;
            self.counts.events += 1;
            self.trace(&event);
            self.handle(event)?;
            self.check_runners()?;
            if !self.faults && self.is_idle() {
                return self.check_idle().map(|()| self.counts);
            }
            if self.now_us > FAULTS_US + REST_US {
                break;
            }
        }
        let open: Vec<_> = self.record.unfinished().collect();
        let held: Vec<_> = self.runners.values().filter(|runner| runner.alive).collect();
        Err(RuleViolation(format!("it did not become idle: {open:?}\n{held:?}\n{:?}", self.server)))
    }

    #[allow(clippy::print_stdout)] // the trace of a repeated seed
    pub(super) fn trace(&self, what: &impl Debug) {
        if self.traced {
            println!("{:.3} s {what:?}", self.now_us as f64 / 1e6);
        }
    }

    fn handle(&mut self, event: SimEvent) -> Result<(), RuleViolation> {
        match event {
            SimEvent::AtServer { from, request } => self.server_receives(from, request),
            SimEvent::AtRunner { to, answer } => self.runner_receives(to, answer),
            SimEvent::RunnerTurn { runner, life } => {
                self.runner_turn(runner, life);
                Ok(())
            }
            SimEvent::LeftoverEnds { runner, life, attempt } => self.leftover_ends(runner, life, attempt),
            SimEvent::ServerTurn => self.server_turn(),
            SimEvent::ServerStarts => self.start_server(),
            SimEvent::ProcessEnds { process, outcome } => self.process_ends(process, outcome),
            SimEvent::Submit { .. } | SimEvent::Cancel { .. } | SimEvent::Hold { .. } if self.server.is_none() => {
                self.later(200_000, event);
                Ok(())
            }
            // A run can only name runs that exist.
            SimEvent::Submit { queueing: Queueing { ref after, .. }, .. }
                if !after.keys().all(|before| self.record.runs.contains_key(before)) =>
            {
                self.later(200_000, event);
                Ok(())
            }
            SimEvent::Submit { run, resources, retries_max, queueing } => {
                let wishes = queueing.clone();
                let fact = Fact::Submitted { run, resources: resources.clone(), retries_max, queueing };
                self.record.append(fact, &self.truth)?;
                let queueing = Box::new(self.queueing_of(run, wishes));
                self.counts.not_started += u64::from(queueing.cannot_start.is_some());
                self.send_unless_crashed(EngineEvent::Submitted {
                    run,
                    resources,
                    retries_max,
                    attempts_made: 0,
                    queueing,
                })
            }
            SimEvent::Hold { run, held } => self.hold(run, held),
            SimEvent::Cancel { run } => self.cancel(run),
            SimEvent::Fault => {
                self.fault();
                Ok(())
            }
        }
    }

    fn cancel(&mut self, id: RunId) -> Result<(), RuleViolation> {
        let Some(run) = self.record.runs.get(&id) else {
            self.later(200_000, SimEvent::Cancel { run: id });
            return Ok(());
        };
        if run.result.is_some() {
            return Ok(());
        }
        if run.last.is_some_and(|(_, _, ended)| !ended) {
            self.counts.cancelled_with_attempt += 1;
        } else {
            self.counts.cancelled_in_line += 1;
        }
        self.record.append(Fact::CancelRequested { run: id }, &self.truth)?;
        self.send_unless_crashed(EngineEvent::CancelRequested { run: id })
    }

    fn hold(&mut self, id: RunId, held: bool) -> Result<(), RuleViolation> {
        let Some(run) = self.record.runs.get(&id) else {
            self.later(200_000, SimEvent::Hold { run: id, held });
            return Ok(());
        };
        // A run that has an attempt does not wait any more.
        if run.result.is_some() || (held && run.last.is_some()) {
            return Ok(());
        }
        if held {
            self.counts.held += 1;
            self.later(3_000_000, SimEvent::Hold { run: id, held: false });
        }
        self.record.append(Fact::Held { run: id, held }, &self.truth)?;
        self.send_unless_crashed(EngineEvent::QueueingChanged { run: id, priority: None, held: Some(held) })
    }

    fn send_unless_crashed(&mut self, event: EngineEvent) -> Result<(), RuleViolation> {
        match self.send_to_engine(event)? {
            ServerState::Running | ServerState::Crashed => Ok(()),
        }
    }

    fn fault(&mut self) {
        if !self.faults {
            return;
        }
        match self.random.between(0, 10) {
            0..=3 => self.crash_server(),
            4..=6 => {
                let alive: Vec<_> = self.runners.values().filter(|runner| runner.alive).map(|r| r.id).collect();
                if !alive.is_empty() {
                    let victim = alive[self.random.between(0, alive.len() as u64) as usize];
                    self.kill_runner(victim);
                }
            }
            7 | 8 => {
                self.counts.clock_jumps += 1;
                self.clock_offset_us += self.random.between(0, 14_400_000_000) as i64 - 7_200_000_000;
            }
            _ => {}
        }
        let pause_us = self.random.between(100_000, 4_000_000);
        self.later(pause_us, SimEvent::Fault);
    }

    /// Kills a runner; its processes live on.
    pub(super) fn kill_runner(&mut self, id: RunnerId) {
        if let Some(runner) = self.runners.get_mut(&id).filter(|runner| runner.alive) {
            runner.alive = false;
            self.truth.dead_runners.insert(id);
            let has = |wanted: fn(&Held) -> bool| u64::from(runner.held.iter().any(|(_, _, held)| wanted(held)));
            self.counts.runners_killed_holding_results += has(|held| matches!(held, Held::Finished { .. }));
            self.counts.runners_killed_running += has(|held| matches!(held, Held::Running { .. }));
        }
    }

    pub(super) fn start_missing_runners(&mut self) {
        for pool in 0..self.pools.len() {
            let (capacity, prefetch, now) = self.pools[pool].clone();
            if now.is_none_or(|id| self.gone.contains(&id)) {
                let id = RunnerId::from_u128(self.runners.len() as u128 + 1);
                self.runners.insert(id, Runner::new(id, capacity, prefetch));
                self.pools[pool].2 = Some(id);
                let pause_us = self.random.between(0, 500_000);
                self.later(pause_us, SimEvent::RunnerTurn { runner: id, life: 1 });
            }
        }
    }

    pub(super) fn later(&mut self, pause_us: u64, event: SimEvent) {
        self.queued += 1;
        self.queue.insert((self.now_us + pause_us, self.queued), event);
    }

    pub(super) fn send_to_server(&mut self, from: RunnerId, request: Request) {
        self.send(&SimEvent::AtServer { from, request });
    }

    pub(super) fn send_to_runner(&mut self, to: RunnerId, answer: Answer) {
        self.send(&SimEvent::AtRunner { to, answer });
    }

    /// Loses some messages, duplicates some, and reorders them.
    fn send(&mut self, message: &SimEvent) {
        if !self.faults {
            self.later(1_000, message.clone());
            return;
        }
        if self.random.chance(100) {
            self.counts.messages_lost += 1;
            return;
        }
        let copies = if self.random.chance(100) { 2 } else { 1 };
        self.counts.messages_duplicated += copies - 1;
        for _ in 0..copies {
            let longest_us = if self.random.chance(100) { 2_000_000 } else { 100_000 };
            let pause_us = self.random.between(100, longest_us);
            self.later(pause_us, message.clone());
        }
    }

    pub(super) fn process_may_start(&mut self, attempt: AttemptId) -> Result<(), RuleViolation> {
        let violation = |why: &str| Err(RuleViolation(format!("a process of {attempt} was started, but {why}")));
        let alive = self.processes.iter().filter(|process| process.alive && process.attempt.run == attempt.run);
        if alive.count() > 1 {
            return violation("another process of that run lives");
        }
        if !self.executed.insert(attempt) {
            return violation("that attempt was executed before");
        }
        let Some(run) = self.record.runs.get(&attempt.run) else { return violation("the run was never submitted") };
        match run.last {
            _ if run.result.is_some() => violation("the run has ended"),
            Some((number, _, false)) if number == attempt.number => Ok(()),
            _ => violation("it is not the current attempt"),
        }
    }

    pub(super) fn result_may_be_written(&self, attempt: AttemptId) -> Result<(), RuleViolation> {
        let run = &self.record.runs[&attempt.run];
        match run.last {
            Some((number, _, false)) if number == attempt.number && run.result.is_none() => Ok(()),
            _ => Err(RuleViolation(format!("a result of {attempt} was written after its end had been recorded"))),
        }
    }

    fn check_runners(&self) -> Result<(), RuleViolation> {
        for runner in self.runners.values().filter(|runner| runner.alive) {
            let mut left = runner.capacity.clone();
            for (attempt, want, held) in &runner.held {
                if matches!(held, Held::Running { .. }) {
                    if let Some(over) = left.shortage(want) {
                        return Err(RuleViolation(format!("{attempt} runs without resources: {over:?}")));
                    }
                    left.take(want);
                }
            }
            let beyond = runner.beyond_what_fits(&self.sent_again);
            if beyond > runner.prefetch as usize {
                return Err(RuleViolation(format!(
                    "runner {} got {beyond} attempts beyond its capacity: {runner:?}",
                    runner.id
                )));
            }
        }
        Ok(())
    }

    fn is_idle(&self) -> bool {
        self.record.runs.len() == self.wanted_runs
            && self.record.unfinished().next().is_none()
            && self.runners.values().filter(|runner| runner.alive).all(|runner| runner.held.is_empty())
            && self.server.is_some()
    }

    fn check_idle(&mut self) -> Result<(), RuleViolation> {
        let Some(server) = &self.server else { return Ok(()) };
        if server.engine.load() != (0, 0) {
            return Err(RuleViolation(format!(
                "all runs have ended, but the engine does not know it: {:?}",
                server.engine
            )));
        }
        for (id, run) in &self.record.runs {
            if server.engine.standing(*id, self.server_now()).is_some() {
                return Err(RuleViolation(format!("{id} has ended, but the engine does not know it")));
            }
            let done = run.result.as_ref().is_some_and(|result| result.outcome == Outcome::Done);
            self.counts.done_though_cancelled += u64::from(run.cancelled && done);
        }
        if let Some(process) = self.processes.iter().find(|process| process.alive) {
            return Err(RuleViolation(format!("all runs have ended, but a process lives: {process:?}")));
        }
        Ok(())
    }
}

fn amount(cpus: u64, gpus: u64) -> Resources {
    let named = if gpus > 0 { [("gpu".to_owned(), gpus)].into() } else { BTreeMap::new() };
    Resources { cpus: cpus as u32, memory_bytes: 0, named }
}
