//! The model of a runner: it keeps what it holds in order, starts what fits, and tells of it until it is told to
//! forget. What it holds is its spool: it outlives its process.

use std::collections::BTreeSet;

use hven_core::{
    AttemptId, RunnerId,
    resources::Resources,
    run::{AttemptResult, Outcome},
};

use super::{
    Broken,
    mistakes::Mistake,
    world::{Answer, Ask, Command, Happening, Process, Said, World},
};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Held {
    Queued,
    Running {
        process: usize,
    },
    /// An earlier life of this runner had started it: what is left of it is being ended.
    Remains {
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
    /// Counts its lives: it may be started again in its spool.
    pub(super) life: u64,
    pub(super) spool_is_lost: bool,
    pub(super) held: Vec<(AttemptId, Resources, Held)>,
    phase: Phase,
    epoch: u64,
    /// What the server has not acknowledged.
    unsaid: Vec<(u64, Said)>,
    said: u64,
}

impl Runner {
    pub(super) fn new(id: RunnerId, capacity: Resources, prefetch: u32) -> Self {
        let (held, unsaid) = (Vec::new(), Vec::new());
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
            unsaid,
            said: 0,
        }
    }

    /// No answer to an earlier attach counts from now on.
    const fn detach(&mut self) {
        self.phase = Phase::Attaching;
        self.epoch += 1;
    }

    fn say(&mut self, said: Said) {
        self.said += 1;
        self.unsaid.push((self.said, said));
    }

    /// How many of the unfinished wait in it, when those before take or reserve what they want. Those that were sent
    /// again do not count: their order may be another one than before.
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

    /// The next to be started.
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

impl World {
    /// The runner's turn: it attaches, tells what is new and asks for commands.
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
                let ask = Ask::Attach { epoch: runner.epoch, capacity, prefetch, holds, started };
                self.send_to_server(id, ask);
            }
            Phase::Attached { session, after } => {
                let unsaid = runner.unsaid.clone();
                if !unsaid.is_empty() {
                    self.send_to_server(id, Ask::Push { session, said: unsaid });
                }
                self.send_to_server(id, Ask::Pull { session, after });
            }
        }
        self.later(pause_us, Happening::RunnerTurn { runner: id, life });
    }

    /// A dead runner is started again in its spool. What had not been started is not there; what had been started
    /// cannot be watched any more, so it is ended and lost; results are still there.
    pub(super) fn runner_returns(&mut self, id: RunnerId) {
        let Some(runner) = self.runners.get_mut(&id) else { return };
        runner.alive = true;
        runner.life += 1;
        runner.detach();
        runner.held.retain(|(_, _, held)| *held != Held::Queued);
        let life = runner.life;
        let mut remains = Vec::new();
        for (attempt, _, held) in &mut runner.held {
            if let Held::Running { process } | Held::Remains { process } = *held {
                *held = Held::Remains { process };
                remains.push(Happening::RemainsEnd { runner: id, life, attempt: *attempt });
            }
        }
        self.truth.dead_runners.remove(&id);
        for happening in remains {
            let pause_us = self.random.between(0, 3_000_000);
            self.later(pause_us, happening);
        }
        self.later(0, Happening::RunnerTurn { runner: id, life });
    }

    pub(super) fn remains_end(&mut self, id: RunnerId, life: u64, attempt: AttemptId) -> Result<(), Broken> {
        let lives = |runner: &&mut Runner| runner.alive && runner.life == life;
        let Some(runner) = self.runners.get_mut(&id).filter(lives) else { return Ok(()) };
        if let Some((_, _, held)) = runner.held.iter_mut().find(|(a, ..)| *a == attempt)
            && let Held::Remains { process } = *held
        {
            if self.mistake != Mistake::BuriesTheLiving {
                self.processes[process].alive = false;
            }
            let result = Box::new(AttemptResult::without_process(Outcome::Lost { why: "its runner died".to_owned() }));
            *held = Held::Finished { result: result.clone() };
            runner.say(Said::Ended(attempt, result.clone()));
            self.result_may_be_written(attempt)?;
            self.truth.written.insert(attempt, *result);
        }
        Ok(())
    }

    pub(super) fn runner_hears(&mut self, id: RunnerId, answer: Answer) -> Result<(), Broken> {
        let Some(runner) = self.runners.get_mut(&id).filter(|runner| runner.alive) else { return Ok(()) };
        match (answer, &mut runner.phase) {
            (Answer::Attached { epoch, session }, Phase::Attaching) if epoch == runner.epoch => {
                runner.phase = Phase::Attached { session, after: 0 };
                runner.unsaid.clear();
                for (attempt, _, held) in runner.held.clone() {
                    match held {
                        Held::Queued | Held::Remains { .. } => {}
                        Held::Running { .. } => runner.say(Said::Started(attempt)),
                        Held::Finished { result } => runner.say(Said::Ended(attempt, result)),
                    }
                }
            }
            (Answer::Refused { session: of }, Phase::Attached { session, .. }) if *session == of => runner.detach(),
            (Answer::Pushed { session: of, upto }, Phase::Attached { session, .. }) if *session == of => {
                runner.unsaid.retain(|(number, _)| *number > upto);
            }
            (Answer::Commands { session: of, commands }, Phase::Attached { session, .. }) if *session == of => {
                for (number, command) in commands {
                    self.runner_obeys(id, number, command);
                }
                self.start_what_fits(id)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn runner_obeys(&mut self, id: RunnerId, number: u64, command: Command) {
        let grace_us = self.random.between(1_000, 2_000_000);
        let Some(runner) = self.runners.get_mut(&id) else { return };
        let Phase::Attached { after, .. } = &mut runner.phase else { return };
        // Told twice, or something before it is still on its way.
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
                    runner.say(Said::Ended(attempt, result.clone()));
                    self.truth.written.insert(attempt, *result);
                }
                Some(Held::Running { process }) => {
                    let process = *process;
                    self.later(grace_us, Happening::ProcessEnds { process, outcome: Outcome::Cancelled });
                }
                Some(Held::Remains { .. } | Held::Finished { .. }) | None => {}
            },
            Command::Forget { attempt } => {
                if let Some(at) = at(runner, attempt)
                    && let (_, _, Held::Running { process } | Held::Remains { process }) = runner.held.remove(at)
                {
                    self.processes[process].alive = false;
                }
            }
        }
    }

    fn start_what_fits(&mut self, id: RunnerId) -> Result<(), Broken> {
        while let Some(runner) = self.runners.get_mut(&id).filter(|runner| runner.alive)
            && let Some(at) = runner.startable()
        {
            let process = self.processes.len();
            let attempt = runner.held[at].0;
            runner.held[at].2 = Held::Running { process };
            runner.say(Said::Started(attempt));
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
            self.later(time_us, Happening::ProcessEnds { process, outcome });
            self.process_may_start(attempt)?;
        }
        Ok(())
    }

    pub(super) fn process_ends(&mut self, process: usize, outcome: Outcome) -> Result<(), Broken> {
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
            runner.say(Said::Ended(attempt, result.clone()));
            self.result_may_be_written(attempt)?;
            self.truth.written.insert(attempt, *result);
        }
        if self.faults && self.random.chance(20) {
            self.kill_runner(id);
        }
        self.start_what_fits(id)
    }
}
