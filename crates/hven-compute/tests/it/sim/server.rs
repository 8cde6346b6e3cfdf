//! The model of the server: it drives the engine as the real server does. A crash loses all its state except the record.

use std::collections::BTreeMap;

use hven_app::ports::engine::{EngineAction, EngineEvent, Queueing};
use hven_core::{AttemptId, RunId, RunnerId, Time, resources::UnitNames, run::AttemptResult};

use super::{
    RuleViolation,
    mistakes::{Audited, Mistake},
    record::Fact,
    runner::Held,
    simulation::{Answer, Command, Report, Request, SimEvent, Simulation},
};

#[derive(Debug)]
struct Session {
    epoch: u64,
    id: u64,
    commands: Vec<(u64, Command)>,
}

#[derive(Debug)]
pub(super) struct Server {
    pub(super) engine: Box<dyn Audited>,
    sessions: BTreeMap<RunnerId, Session>,
}

/// Whether the server still runs.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ServerState {
    Running,
    Crashed,
}

impl Simulation {
    pub(super) fn server_now(&self) -> Time {
        Time::from_micros(1_700_000_000_000_000 + self.now_us as i64 + self.clock_offset_us)
    }

    /// Starts the server: sends the engine everything that has not ended.
    pub(super) fn start_server(&mut self) -> Result<(), RuleViolation> {
        self.server = Some(Server { engine: self.mistake.engine(self.prefetch_window), sessions: BTreeMap::new() });
        let mut events = Vec::new();
        for (id, run) in self.record.unfinished() {
            let (resources, retries_max) = (run.resources.clone(), run.retries_max);
            let queueing = Box::new(self.queueing_of(id, run.queueing.clone()));
            events.push(match run.last {
                Some((number, runner, false)) => {
                    let attempt = AttemptId { run: id, number };
                    // The runners report running attempts again.
                    EngineEvent::Resumed { attempt, runner, process: false, resources, retries_max, queueing }
                }
                last => {
                    let attempts_made = last.map_or(0, |(number, ..)| number);
                    EngineEvent::Submitted { run: id, resources, retries_max, attempts_made, queueing }
                }
            });
        }
        events.extend(
            self.record
                .unfinished()
                .filter(|(_, run)| run.cancelled)
                .map(|(run, _)| EngineEvent::CancelRequested { run }),
        );
        for event in events {
            if self.send_to_engine(event)? == ServerState::Crashed {
                return Ok(());
            }
        }
        self.later(0, SimEvent::ServerTurn);
        Ok(())
    }

    /// How a run enters the queue: after the unfinished runs among those that it waits for. If one of these was not
    /// successful, as when a crash separated its end from the ends that follow from it, the run cannot start.
    pub(super) fn queueing_of(&self, run: RunId, mut queueing: Queueing) -> Queueing {
        let unsuccessful = self.record.standing(run).unsuccessful;
        queueing.cannot_start = unsuccessful.then(|| "a run before it was not successful".to_owned());
        queueing.after.retain(|before, _| self.record.runs.get(before).is_some_and(|run| run.result.is_none()));
        queueing
    }

    pub(super) fn crash_server(&mut self) {
        if self.server.take().is_some() {
            self.counts.server_crashes += 1;
            // Connections end with the server.
            self.queue.retain(|_, event| !matches!(event, SimEvent::AtServer { .. } | SimEvent::ServerTurn));
            let pause_us = self.random.between(0, 3_000_000);
            self.later(pause_us, SimEvent::ServerStarts);
        }
    }

    /// Sends an event to the engine and executes its actions in order; the server may crash between any two steps.
    pub(super) fn send_to_engine(&mut self, event: EngineEvent) -> Result<ServerState, RuleViolation> {
        let now = self.server_now();
        let twice = self.faults && self.random.chance(50);
        for event in std::iter::once(event.clone()).chain(twice.then_some(event)) {
            self.trace(&event);
            let Some(server) = &mut self.server else { return Ok(ServerState::Crashed) };
            let actions = server.engine.on_event(event, now);
            server.engine.audit().map_err(RuleViolation)?;
            for action in actions {
                if self.crashes_now() {
                    return Ok(ServerState::Crashed);
                }
                self.execute(action)?;
            }
        }
        Ok(if self.crashes_now() { ServerState::Crashed } else { ServerState::Running })
    }

    fn crashes_now(&mut self) -> bool {
        let crashes = self.faults && self.random.chance(2);
        if crashes {
            self.counts.server_crashes_between_steps += 1;
            self.crash_server();
        }
        crashes
    }

    fn execute(&mut self, action: EngineAction) -> Result<(), RuleViolation> {
        self.trace(&action);
        let (runner, command) = match action {
            EngineAction::Place { attempt, runner } => {
                self.record.append(Fact::Started { attempt, runner }, &self.truth)?;
                (runner, self.start_command(attempt))
            }
            EngineAction::Run { .. } => return Ok(()),
            EngineAction::SendAgain { attempt, runner } => {
                self.counts.sent_again += 1;
                self.sent_again.insert(attempt);
                (runner, self.start_command(attempt))
            }
            EngineAction::Stop { attempt, runner } => (runner, Command::Stop { attempt }),
            EngineAction::Forget { attempt, runner } => (runner, Command::Forget { attempt }),
            EngineAction::Retry { attempt, result, .. } => {
                self.counts.retries += 1;
                return self.record.append(Fact::AttemptEnded { attempt, result: *result }, &self.truth);
            }
            EngineAction::Finish { run, attempt, result } => {
                return self.record.append(Fact::Finished { run, attempt, result: *result }, &self.truth);
            }
        };
        let Some(server) = &mut self.server else { return Ok(()) };
        let Some(session) = server.sessions.get_mut(&runner) else {
            return Err(RuleViolation(format!("{command:?} is for runner {runner}, which did not attach")));
        };
        session.commands.push((session.commands.len() as u64 + 1, command));
        Ok(())
    }

    fn start_command(&self, attempt: AttemptId) -> Command {
        Command::Start { attempt, want: self.record.runs[&attempt.run].resources.clone() }
    }

    pub(super) fn server_receives(&mut self, from: RunnerId, request: Request) -> Result<(), RuleViolation> {
        let Some(server) = &mut self.server else { return Ok(()) };
        let session_id = server.sessions.get(&from).map(|session| session.id);
        match request {
            Request::Attach { .. } if self.gone.contains(&from) => {}
            Request::Attach { epoch, capacity, prefetch, holds, started } => {
                if let Some(session) = server.sessions.get(&from) {
                    if epoch == session.epoch {
                        let answer = Answer::Attached { epoch, session: session.id };
                        self.send_to_runner(from, answer);
                        return Ok(());
                    }
                    if epoch < session.epoch {
                        self.counts.stale_attaches += 1;
                        if self.mistake != Mistake::AcceptsStaleAttaches {
                            return Ok(());
                        }
                    }
                }
                self.sessions_made += 1;
                let session = self.sessions_made;
                server.sessions.insert(from, Session { epoch, id: session, commands: Vec::new() });
                let attached = EngineEvent::RunnerAttached { runner: from, capacity, prefetch, holds };
                let at = self.server_now();
                let started = started.into_iter().map(|attempt| EngineEvent::ProcessStarted {
                    attempt,
                    at,
                    units: UnitNames::new(),
                });
                for event in std::iter::once(attached).chain(started) {
                    if self.send_to_engine(event)? == ServerState::Crashed {
                        return Ok(());
                    }
                }
                self.send_to_runner(from, Answer::Attached { epoch, session });
            }
            Request::Push { session, reports } => {
                let upto = reports.iter().map(|(number, _)| *number).max().unwrap_or(0);
                let at = self.server_now();
                for (_, report) in reports {
                    let event = match report {
                        Report::Started(attempt) => {
                            EngineEvent::ProcessStarted { attempt, at, units: UnitNames::new() }
                        }
                        Report::Ended(attempt, result) => EngineEvent::Ended { attempt, result },
                    };
                    if self.send_to_engine(event)? == ServerState::Crashed {
                        return Ok(());
                    }
                }
                self.send_to_runner(from, Answer::Pushed { session, upto });
            }
            Request::Pull { session, .. } if session_id != Some(session) => {
                self.send_to_runner(from, Answer::Refused { session });
            }
            Request::Pull { session, after } => {
                let commands = server.sessions.get(&from).map_or(&[][..], |session| &session.commands);
                let commands: Vec<_> = commands.iter().filter(|(number, _)| *number > after).cloned().collect();
                if !commands.is_empty() {
                    self.send_to_runner(from, Answer::Commands { session, commands });
                }
            }
        }
        Ok(())
    }

    /// Handles the passing of time: ends of backoffs, dead runners, missing runners.
    pub(super) fn server_turn(&mut self) -> Result<(), RuleViolation> {
        if self.send_to_engine(EngineEvent::Tick)? == ServerState::Crashed {
            return Ok(());
        }
        for id in self.runners.keys().copied().collect::<Vec<_>>() {
            if self.gone.contains(&id) || !self.seems_dead(id) {
                continue;
            }
            if self.returns(id) {
                self.counts.runners_returned += 1;
                self.runner_returns(id);
                continue;
            }
            for (attempt, result) in self.clean_up_after(id) {
                let result = Box::new(result);
                if self.send_to_engine(EngineEvent::Ended { attempt, result })? == ServerState::Crashed {
                    return Ok(());
                }
            }
            self.counts.runners_gone += 1;
            let gone = EngineEvent::RunnerGone { runner: id, why: "it was killed".to_owned() };
            if self.send_to_engine(gone)? == ServerState::Crashed {
                return Ok(());
            }
            // Recorded last: a server that crashes before this repeats all of it.
            self.gone.insert(id);
            if let Some(server) = &mut self.server {
                server.sessions.remove(&id);
            }
        }
        self.start_missing_runners();
        let Some(server) = &self.server else { return Ok(()) };
        let wake = server.engine.wakes_after(self.server_now()).map_or(500_000, |wake| wake.as_micros() as u64);
        self.later(wake.clamp(10_000, 500_000), SimEvent::ServerTurn);
        Ok(())
    }

    /// Whether a dead runner can be restarted in its spool; a runner whose spool is lost never can.
    fn returns(&mut self, id: RunnerId) -> bool {
        let is_kept = self.random.chance(700);
        let Some(runner) = self.runners.get_mut(&id) else { return false };
        runner.spool_is_lost |= !runner.alive && !is_kept;
        !runner.alive && !runner.spool_is_lost
    }

    fn seems_dead(&mut self, id: RunnerId) -> bool {
        let dead = !self.runners[&id].alive;
        dead || self.mistake == Mistake::TreatsSilenceAsDeath && self.random.chance(5)
    }

    /// Ends the processes of a dead runner and returns the results that it wrote.
    fn clean_up_after(&mut self, id: RunnerId) -> Vec<(AttemptId, AttemptResult)> {
        if self.mistake != Mistake::LeavesProcessesAlive {
            for process in self.processes.iter_mut().filter(|process| process.runner == id) {
                process.alive = false;
            }
        }
        if self.mistake == Mistake::IgnoresLeftovers {
            return Vec::new();
        }
        let held = self.runners.get(&id).map_or(&[][..], |runner| &runner.held);
        let results = held.iter().filter_map(|(attempt, _, held)| match held {
            Held::Finished { result } => Some((*attempt, result.as_ref().clone())),
            _ => None,
        });
        results.collect()
    }
}
