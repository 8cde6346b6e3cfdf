//! The model of a runner: it holds attempts in order, starts those that fit, and reports them until the server orders it to
//! forget them. Its attempts are its spool, which outlives its process.

use std::collections::BTreeSet;

use hven_core::{
    AttemptId, RunnerId,
    resources::Resources,
    run::{AttemptResult, Outcome},
};

use super::{
    RuleViolation,
    mistakes::Mistake,
    simulation::{Answer, Command, Process, Report, Request, SimEvent, Simulation},
};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Held {
    Queued,
    Running {
        process: usize,
    },
    /// An earlier process of this runner started it; its remaining processes are being ended.
    Leftover {
        process: usize,
    },
    Finished {
        result: Box<AttemptResult>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Phase {
    Attaching,
    Attached { session: u64, after: u64 },
}

#[derive(Clone, Debug)]
pub(super) struct Runner {
    pub(super) id: RunnerId,
    pub(super) capacity: Resources,
    pub(super) prefetch: u32,
    pub(super) alive: bool,
    /// Counts its processes: it may be restarted in its spool.
    pub(super) life: u64,
    pub(super) spool_is_lost: bool,
    pub(super) held: Vec<(AttemptId, Resources, Held)>,
    phase: Phase,
    epoch: u64,
    /// Reports that the server has not acknowledged.
    unacknowledged: Vec<(u64, Report)>,
    report_count: u64,
}

impl Runner {
    pub(super) fn new(id: RunnerId, capacity: Resources, prefetch: u32) -> Self {
        let (held, unacknowledged) = (Vec::new(), Vec::new());
        Self {
            id,
            capacity,
            prefetch,
            alive: true,
            life: 1,
            spool_is_lost: false,
            held,
            phase: Phase::Attaching,
            epoch: 0,
            unacknowledged,
            report_count: 0,
        }
    }

    /// From now on, no answer to an earlier attach counts.
    const fn detach(&mut self) {
        self.phase = Phase::Attaching;
        self.epoch += 1;
    }

    fn report(&mut self, report: Report) {
        self.report_count += 1;
        self.unacknowledged.push((self.report_count, report));
    }

    /// How many of the unfinished attempts wait in the runner when earlier ones take or reserve their resources. Attempts that
    /// were sent again do not count, because their order may have changed.
    pub(super) fn beyond_what_fits(&self, sent_again: &BTreeSet<AttemptId>) -> usize {
        let mut left = self.capacity.clone();
        let unfinished = self.held.iter().filter(|(_, _, held)| matches!(held, Held::Queued | Held::Running { .. }));
        unfinished
            .filter(|(attempt, want, _)| {
                let waits = left.shortage(want).is_some();
                left.take(want);
                waits && !sent_again.contains(attempt)
            })
            .count()
    }

    /// The next attempt to start.
    fn startable(&self) -> Option<usize> {
        let mut left = self.capacity.clone();
        for (_, want, held) in &self.held {
            if matches!(held, Held::Running { .. }) {
                left.take(want);
            }
        }
        self.held.iter().position(|(_, want, held)| {
            if *held != Held::Queued {
                return false;
            }
            let fits = left.shortage(want).is_none();
            left.take(want);
            fits
        })
    }
}

impl Simulation {
    /// One turn of the runner: it attaches, or sends its reports and asks for commands.
    pub(super) fn runner_turn(&mut self, id: RunnerId, life: u64) {
        let pause_us = self.random.between(50_000, 300_000);
        let lives = |runner: &&mut Runner| runner.alive && runner.life == life;
        let Some(runner) = self.runners.get_mut(&id).filter(lives) else { return };
        match runner.phase {
            Phase::Attaching => {
                runner.epoch += 1;
                let holds = runner.held.iter().map(|(attempt, ..)| *attempt).collect();
                let running = |held: &Held| matches!(held, Held::Running { .. });
                let started = runner.held.iter().filter(|(_, _, held)| running(held)).map(|(a, ..)| *a).collect();
                let (capacity, prefetch) = (runner.capacity.clone(), runner.prefetch);
                let request = Request::Attach { epoch: runner.epoch, capacity, prefetch, holds, started };
                self.send_to_server(id, request);
            }
            Phase::Attached { session, after } => {
                let unacknowledged = runner.unacknowledged.clone();
                if !unacknowledged.is_empty() {
                    self.send_to_server(id, Request::Push { session, reports: unacknowledged });
                }
                self.send_to_server(id, Request::Pull { session, after });
            }
        }
        self.later(pause_us, SimEvent::RunnerTurn { runner: id, life });
    }

    /// Restarts a dead runner in its spool. Attempts that it had not started are gone. Those that it had started cannot be
    /// watched any more, so they are ended and lost. Results are kept.
    pub(super) fn runner_returns(&mut self, id: RunnerId) {
        let Some(runner) = self.runners.get_mut(&id) else { return };
        runner.alive = true;
        runner.life += 1;
        runner.detach();
        runner.held.retain(|(_, _, held)| *held != Held::Queued);
        let life = runner.life;
        let mut leftovers = Vec::new();
        for (attempt, _, held) in &mut runner.held {
            if let Held::Running { process } | Held::Leftover { process } = *held {
                *held = Held::Leftover { process };
                leftovers.push(SimEvent::LeftoverEnds { runner: id, life, attempt: *attempt });
            }
        }
        self.truth.dead_runners.remove(&id);
        for event in leftovers {
            let pause_us = self.random.between(0, 3_000_000);
            self.later(pause_us, event);
        }
        self.later(0, SimEvent::RunnerTurn { runner: id, life });
    }

    pub(super) fn leftover_ends(&mut self, id: RunnerId, life: u64, attempt: AttemptId) -> Result<(), RuleViolation> {
        let lives = |runner: &&mut Runner| runner.alive && runner.life == life;
        let Some(runner) = self.runners.get_mut(&id).filter(lives) else { return Ok(()) };
        if let Some((_, _, held)) = runner.held.iter_mut().find(|(a, ..)| *a == attempt)
            && let Held::Leftover { process } = *held
        {
            if self.mistake != Mistake::LeavesProcessesAlive {
                self.processes[process].alive = false;
            }
            let result = Box::new(AttemptResult::without_process(Outcome::Lost { why: "its runner died".to_owned() }));
            *held = Held::Finished { result: result.clone() };
            runner.report(Report::Ended(attempt, result.clone()));
            self.result_may_be_written(attempt)?;
            self.truth.written.insert(attempt, *result);
        }
        Ok(())
    }

    pub(super) fn runner_receives(&mut self, id: RunnerId, answer: Answer) -> Result<(), RuleViolation> {
        let Some(runner) = self.runners.get_mut(&id).filter(|runner| runner.alive) else { return Ok(()) };
        match (answer, &mut runner.phase) {
            (Answer::Attached { epoch, session }, Phase::Attaching) if epoch == runner.epoch => {
                runner.phase = Phase::Attached { session, after: 0 };
                runner.unacknowledged.clear();
                for (attempt, _, held) in runner.held.clone() {
                    match held {
                        Held::Queued | Held::Leftover { .. } => {}
                        Held::Running { .. } => runner.report(Report::Started(attempt)),
                        Held::Finished { result } => runner.report(Report::Ended(attempt, result)),
                    }
                }
            }
            (Answer::Refused { session: of }, Phase::Attached { session, .. }) if *session == of => runner.detach(),
            (Answer::Pushed { session: of, upto }, Phase::Attached { session, .. }) if *session == of => {
                runner.unacknowledged.retain(|(number, _)| *number > upto);
            }
            (Answer::Commands { session: of, commands }, Phase::Attached { session, .. }) if *session == of => {
                for (number, command) in commands {
                    self.runner_executes(id, number, command);
                }
                self.start_fitting(id)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn runner_executes(&mut self, id: RunnerId, number: u64, command: Command) {
        let grace_us = self.random.between(1_000, 2_000_000);
        let Some(runner) = self.runners.get_mut(&id) else { return };
        let Phase::Attached { after, .. } = &mut runner.phase else { return };
        // A repeated command, or an earlier one is still on its way.
        if number != *after + 1 {
            return;
        }
        *after = number;
        let at = |runner: &Runner, attempt| runner.held.iter().position(|(a, ..)| *a == attempt);
        match command {
            Command::Start { attempt, want } => {
                if at(runner, attempt).is_none() {
                    runner.held.push((attempt, want, Held::Queued));
                }
            }
            Command::Stop { attempt } => match at(runner, attempt).map(|at| &mut runner.held[at].2) {
                Some(held @ Held::Queued) => {
                    let result = Box::new(AttemptResult::without_process(Outcome::Cancelled));
                    *held = Held::Finished { result: result.clone() };
                    runner.report(Report::Ended(attempt, result.clone()));
                    self.truth.written.insert(attempt, *result);
                }
                Some(Held::Running { process }) => {
                    let process = *process;
                    self.later(grace_us, SimEvent::ProcessEnds { process, outcome: Outcome::Cancelled });
                }
                Some(Held::Leftover { .. } | Held::Finished { .. }) | None => {}
            },
            Command::Forget { attempt } => {
                if let Some(at) = at(runner, attempt)
                    && let (_, _, Held::Running { process } | Held::Leftover { process }) = runner.held.remove(at)
                {
                    self.processes[process].alive = false;
                }
            }
        }
    }

    fn start_fitting(&mut self, id: RunnerId) -> Result<(), RuleViolation> {
        while let Some(runner) = self.runners.get_mut(&id).filter(|runner| runner.alive)
            && let Some(at) = runner.startable()
        {
            let process = self.processes.len();
            let attempt = runner.held[at].0;
            runner.held[at].2 = Held::Running { process };
            runner.report(Report::Started(attempt));
            self.processes.push(Process { attempt, runner: id, alive: true });
            let outcome = match self.random.between(0, 10) {
                0..=6 => Outcome::Done,
                7 | 8 => Outcome::Failed { exit: 3 },
                _ => Outcome::Killed { signal: 11 },
            };
            let time_us = if self.random.chance(700) {
                self.random.between(0, 200_000)
            } else {
                self.random.between(0, 8_000_000)
            };
            self.later(time_us, SimEvent::ProcessEnds { process, outcome });
            self.process_may_start(attempt)?;
        }
        Ok(())
    }

    pub(super) fn process_ends(&mut self, process: usize, outcome: Outcome) -> Result<(), RuleViolation> {
        let Process { attempt, runner: id, alive } = self.processes[process];
        if !alive {
            return Ok(());
        }
        self.processes[process].alive = false;
        if self.faults && self.random.chance(20) {
            self.kill_runner(id);
        }
        let Some(runner) = self.runners.get_mut(&id).filter(|runner| runner.alive) else { return Ok(()) };
        let result = Box::new(AttemptResult { wall_s: process as f64, ..AttemptResult::without_process(outcome) });
        let running = Held::Running { process };
        if let Some((_, _, held)) = runner.held.iter_mut().find(|(a, _, held)| *a == attempt && *held == running) {
            *held = Held::Finished { result: result.clone() };
            runner.report(Report::Ended(attempt, result.clone()));
            self.result_may_be_written(attempt)?;
            self.truth.written.insert(attempt, *result);
        }
        if self.faults && self.random.chance(20) {
            self.kill_runner(id);
        }
        self.start_fitting(id)
    }
}
