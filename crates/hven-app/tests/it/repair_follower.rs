//! The follower that continues repairs, in a world of faults in which repairs are cancelled at random moments.

use std::collections::BTreeMap;

use hven_app::{
    follower::Resumed,
    ports::repairs::{ClosedRepair, StartedRepair},
    repair::follower::{RepairFollower, RepairIntent, resumed},
};
use hven_core::{
    ActorId, RepairId, RunId, Time,
    repair::{Started, State},
    soundness::{NodeId, RunRepaired},
};

use crate::faulty_server::{Counts, Mistake, Server, World, assert_all_worlds_are_right, assert_mistakes_are_found};

const FEED_MAX: usize = 1;
const AGENDA_MAX: usize = 16;
const TURNS: u64 = 500;
const REPAIRS_MAX: usize = 12;

#[derive(Clone, Debug)]
struct Repair {
    seq: u64,
    steps: usize,
    /// The sequence number of the fact that closed it, and whether a person did.
    closed: Option<(u64, bool)>,
    closings: u32,
    /// The submitted runs of its steps.
    runs: Vec<u128>,
}

#[derive(Clone, Debug)]
struct Run {
    repair: u128,
    seq: u64,
    /// Whether it succeeded.
    ended: Option<bool>,
    is_cancelled: bool,
}

struct OpenRepairs {
    server: Server<RepairFollower>,
    repairs: BTreeMap<u128, Repair>,
    runs: BTreeMap<u128, Run>,
}

/// The node that the repair with this id repairs. Each repair has its own.
fn of(repair: u128) -> NodeId {
    NodeId::Run(RunId::from_u128(1000 + repair))
}

impl World for OpenRepairs {
    type Follower = RepairFollower;
    const KILLED_ONE_IN: u64 = 25;

    fn server(&mut self) -> &mut Server<RepairFollower> {
        &mut self.server
    }

    fn resumed(&self) -> Resumed<RepairFollower> {
        let (closed, open): (Vec<StartedRepair>, Vec<StartedRepair>) =
            self.repairs.keys().map(|id| self.begun(*id)).partition(|repair| repair.closed.is_some());
        let unfinished = self.runs.iter().filter(|(_, run)| run.ended.is_none() && !run.is_cancelled);
        let runs = unfinished.map(|(id, run)| {
            let by = RunId::from_u128(*id);
            (run.seq, RunRepaired { run: RunId::from_u128(0), by, retracted: of(run.repair), replaced_by: None })
        });
        let runs: Vec<(u64, RunRepaired)> = runs.collect();
        let cancelled: Vec<StartedRepair> =
            closed.into_iter().filter(|repair| repair.state() == State::Cancelled).collect();
        resumed(&open, &runs, &cancelled)
    }

    fn nothing() -> Resumed<RepairFollower> {
        resumed(&[], &[], &[])
    }

    fn carry_out(&mut self, intent: RepairIntent) {
        match intent {
            RepairIntent::Proceed(repair) => self.proceed(repair.as_u128()),
            RepairIntent::CancelRun { run, .. } => {
                let run = self.runs.get_mut(&run.as_u128()).expect("it is there");
                if run.ended.is_none() {
                    self.server.count("runs cancelled");
                    run.is_cancelled = true;
                }
            }
        }
    }
}

impl OpenRepairs {
    fn new(seed: u64, mistake: Mistake) -> Self {
        Self {
            server: Server::new(seed, mistake, FEED_MAX, AGENDA_MAX),
            repairs: BTreeMap::new(),
            runs: BTreeMap::new(),
        }
    }

    fn begin(&mut self) {
        let repair = self.repairs.len() as u128 + 1;
        let steps = self.server.dice.place(4);
        let begun = begun(repair);
        let seq = self.server.record("repair.begun", repair, Some(begun.into()));
        self.repairs.insert(repair, Repair { seq, steps, closed: None, closings: 0, runs: Vec::new() });
    }

    fn cancel(&mut self, repair: u128) {
        self.server.count("repairs cancelled");
        self.close(repair, true);
    }

    fn close(&mut self, repair: u128, by_person: bool) {
        let kind = if by_person { "repair.cancelled" } else { "repair.ended" };
        let seq = self.server.record(kind, repair, None);
        let closed = self.repairs.get_mut(&repair).expect("it is there");
        closed.closed = Some((seq, by_person));
        closed.closings += 1;
    }

    fn end(&mut self, run: u128, well: bool) {
        self.runs.get_mut(&run).expect("it is there").ended = Some(well);
        self.server.record("run.finished", run, None);
    }

    /// The effect of the executor: it takes the next step, or records the end.
    fn proceed(&mut self, id: u128) {
        let repair = self.repairs[&id].clone();
        if repair.closed.is_some() {
            return;
        }
        let last = repair.runs.last().map(|run| self.runs[run].ended);
        match last {
            Some(None) => {}
            Some(Some(false)) => self.close(id, false),
            None | Some(Some(true)) if repair.runs.len() < repair.steps => {
                let run = self.runs.len() as u128 + 1;
                let repaired = RunRepaired {
                    run: RunId::from_u128(0),
                    by: RunId::from_u128(run),
                    retracted: of(id),
                    replaced_by: None,
                };
                let seq = self.server.record("soundness.run_repaired", 0, Some(repaired.into()));
                self.runs.insert(run, Run { repair: id, seq, ended: None, is_cancelled: false });
                self.repairs.get_mut(&id).expect("it is there").runs.push(run);
            }
            _ => {
                self.server.count("repairs ended");
                self.close(id, false);
            }
        }
    }

    fn begun(&self, id: u128) -> StartedRepair {
        let repair = &self.repairs[&id];
        let (time, by) = (Time::from_micros(0), ActorId::SYSTEM);
        let closed = repair.closed.map(|(seq, by_person)| {
            let state = if by_person { State::Cancelled } else { State::Done };
            ClosedRepair { state, seq, time, by, ended: None }
        });
        StartedRepair { begun: begun(id), seq: repair.seq, time, by, closed }
    }

    fn unfinished(&self) -> Vec<u128> {
        self.runs.iter().filter(|(_, run)| run.ended.is_none()).map(|(id, _)| *id).collect()
    }

    fn step(&mut self) {
        match self.server.dice.below(14) {
            0 if self.repairs.len() < REPAIRS_MAX => self.begin(),
            1..4 => {
                let unfinished = self.unfinished();
                if !unfinished.is_empty() {
                    let run = unfinished[self.server.dice.place(unfinished.len())];
                    let well = self.server.dice.below(5) > 0 && !self.runs[&run].is_cancelled;
                    self.end(run, well);
                }
            }
            4 if self.server.dice.below(40) == 0 => self.kill(),
            5 if self.server.dice.below(4) == 0 => self.server.is_full = !self.server.is_full,
            6 if self.server.dice.below(3) == 0 => {
                let open: Vec<u128> =
                    self.repairs.iter().filter(|(_, repair)| repair.closed.is_none()).map(|(id, _)| *id).collect();
                if !open.is_empty() {
                    let repair = open[self.server.dice.place(open.len())];
                    self.cancel(repair);
                }
            }
            _ => self.turn(true),
        }
    }

    /// The error at the end, after all runs ended.
    fn wrong(&mut self) -> Option<String> {
        self.server.is_full = false;
        self.rest();
        // Checked before its runs end: the runs of a cancelled repair must be cancelled.
        let is_left = |world: &Self, run: &Run| {
            let closed = world.repairs[&run.repair].closed;
            run.ended.is_none() && !run.is_cancelled && closed.is_some_and(|(_, by_person)| by_person)
        };
        if let Some((id, run)) = self.runs.iter().find(|(_, run)| is_left(self, run)) {
            return Some(format!("run {id} of a cancelled repair goes on: {run:?}"));
        }
        while let Some(&run) = self.unfinished().first() {
            self.end(run, true);
            self.rest();
        }
        let wrong = self.repairs.iter().find(|(_, repair)| {
            let is_done = repair.runs.iter().all(|run| self.runs[run].ended == Some(true));
            let by_person = repair.closed.is_some_and(|(_, by_person)| by_person);
            let is_short = is_done && repair.runs.len() < repair.steps && !by_person;
            repair.closings != 1 || is_short || repair.runs.len() > repair.steps
        });
        wrong.map(|(id, repair)| format!("repair {id} did not end as it should: {repair:?}"))
    }

    fn run(mut self) -> Result<Counts, String> {
        for _ in 0..TURNS {
            self.step();
        }
        self.wrong().map_or(Ok(self.server.counts), Err)
    }
}

fn begun(repair: u128) -> Started {
    Started {
        repair: RepairId::from_u128(repair),
        number: repair as u32,
        project: "astro".parse().expect("a path"),
        of: of(repair),
        with: None,
        again: false,
    }
}

fn run(seed: u64, mistake: Mistake) -> Result<Counts, String> {
    OpenRepairs::new(seed, mistake).run()
}

#[test]
fn every_repair_ends_once() {
    let happens = ["kills", "lags", "full disk", "repairs ended", "repairs cancelled", "runs cancelled"];
    assert_all_worlds_are_right(&happens, run);
}

#[test]
fn mistakes_in_a_follower_of_repairs_are_found() {
    assert_mistakes_are_found(&[Mistake::BeginsEmpty, Mistake::IgnoresLag, Mistake::GivesUp], run);
}
