//! The follower that goes on with repairs, in a world of faults: the server is killed between an intent and its effect, and
//! after the effect, the feed loses facts, repairs are cancelled at any moment. Everything follows from one number, the seed.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use hven_app::{
    follower::Obstacle,
    following::{Following, Next},
    ports::{
        record::Recorded,
        repairs::{BegunRepair, ClosedRepair},
    },
    repair::repairing::{Intent, Repairing, resumed},
};
use hven_core::{
    ActorId, Fact, FactId, RepairId, RunId, Time,
    envelope::Header,
    repair::{Begun, State},
    soundness::{Node, RunRepaired},
};
use hven_testing::{Dice, rounds, seed};

const FEED_MAX: usize = 1;
const AGENDA_MAX: usize = 16;
const TURNS: u64 = 500;
const REPAIRS_MAX: usize = 12;

/// A follower that is built wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mistake {
    None,
    BeginsEmpty,
    IgnoresLag,
    GivesUp,
}

#[derive(Clone, Debug)]
struct Repair {
    seq: u64,
    steps: usize,
    /// With which fact it was closed, and whether by a person.
    closed: Option<(u64, bool)>,
    closings: u32,
    /// The runs of its steps, as far as they were submitted.
    runs: Vec<u128>,
}

#[derive(Clone, Debug)]
struct Run {
    repair: u128,
    seq: u64,
    /// Whether it did well.
    ended: Option<bool>,
    is_cancelled: bool,
}

#[derive(Debug, Default)]
struct Counts {
    kills: u32,
    lags: u32,
    full_disk: u32,
    ended: u32,
    cancelled: u32,
    runs_cancelled: u32,
}

struct World {
    dice: Dice,
    mistake: Mistake,
    repairs: BTreeMap<u128, Repair>,
    runs: BTreeMap<u128, Run>,
    seq: u64,
    feed: VecDeque<Arc<Recorded>>,
    has_lagged: bool,
    is_full: bool,
    is_resumed: bool,
    following: Following<Repairing>,
    counts: Counts,
}

/// What the repair of this id is about: each repairs something of its own.
fn of(repair: u128) -> Node {
    Node::Run(RunId::from_u128(1000 + repair))
}

impl World {
    fn new(seed: u64, mistake: Mistake) -> Self {
        Self {
            dice: Dice::new(seed),
            mistake,
            repairs: BTreeMap::new(),
            runs: BTreeMap::new(),
            seq: 0,
            feed: VecDeque::new(),
            has_lagged: false,
            is_full: false,
            is_resumed: false,
            following: Following::begin(AGENDA_MAX),
            counts: Counts::default(),
        }
    }

    fn record(&mut self, kind: &str, subject: u128, fact: Option<Fact>) -> u64 {
        self.seq += 1;
        let header = Header {
            seq: self.seq,
            id: FactId::from_u128(self.seq.into()),
            kind: kind.to_owned(),
            version: 1,
            time: Time::from_micros(0),
            actor: ActorId::SYSTEM,
            subject: Some(subject),
            key: None,
        };
        self.feed.push_back(Arc::new(Recorded { header, fact }));
        if self.feed.len() > FEED_MAX {
            self.feed.pop_front();
            self.has_lagged = true;
            self.counts.lags += 1;
        }
        self.seq
    }

    fn begin(&mut self) {
        let repair = self.repairs.len() as u128 + 1;
        let steps = self.dice.place(4);
        let begun = begun(repair);
        let seq = self.record("repair.begun", repair, Some(begun.into()));
        self.repairs.insert(repair, Repair { seq, steps, closed: None, closings: 0, runs: Vec::new() });
    }

    fn cancel(&mut self, repair: u128) {
        self.counts.cancelled += 1;
        self.close(repair, true);
    }

    fn close(&mut self, repair: u128, by_person: bool) {
        let kind = if by_person { "repair.cancelled" } else { "repair.ended" };
        let seq = self.record(kind, repair, None);
        let closed = self.repairs.get_mut(&repair).expect("it is there");
        closed.closed = Some((seq, by_person));
        closed.closings += 1;
    }

    fn end(&mut self, run: u128, well: bool) {
        self.runs.get_mut(&run).expect("it is there").ended = Some(well);
        self.record("run.finished", run, None);
    }

    /// What the executor does: it takes the next step, or records the end.
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
                let seq = self.record("soundness.run_repaired", 0, Some(repaired.into()));
                self.runs.insert(run, Run { repair: id, seq, ended: None, is_cancelled: false });
                self.repairs.get_mut(&id).expect("it is there").runs.push(run);
            }
            _ => {
                self.counts.ended += 1;
                self.close(id, false);
            }
        }
    }

    fn carry_out(&mut self, intent: Intent) {
        match intent {
            Intent::Proceed(repair) => self.proceed(repair.as_u128()),
            Intent::CancelRun { run, .. } => {
                let run = self.runs.get_mut(&run.as_u128()).expect("it is there");
                if run.ended.is_none() {
                    self.counts.runs_cancelled += 1;
                    run.is_cancelled = true;
                }
            }
        }
    }

    fn begun(&self, id: u128) -> BegunRepair {
        let repair = &self.repairs[&id];
        let (time, by) = (Time::from_micros(0), ActorId::SYSTEM);
        let closed = repair.closed.map(|(seq, by_person)| {
            let state = if by_person { State::Cancelled } else { State::Done };
            ClosedRepair { state, seq, time, by, ended: None }
        });
        BegunRepair { begun: begun(id), seq: repair.seq, time, by, closed }
    }

    fn kill(&mut self) {
        self.counts.kills += 1;
        self.following = Following::begin(AGENDA_MAX);
        if self.mistake == Mistake::BeginsEmpty && self.is_resumed {
            self.following.resumed(resumed(&[], &[], &[]));
        }
        self.feed.clear();
        self.has_lagged = false;
    }

    fn resume(&mut self) {
        self.is_resumed = true;
        let (closed, open): (Vec<BegunRepair>, Vec<BegunRepair>) =
            self.repairs.keys().map(|id| self.begun(*id)).partition(|repair| repair.closed.is_some());
        let unfinished = self.runs.iter().filter(|(_, run)| run.ended.is_none() && !run.is_cancelled);
        let runs = unfinished.map(|(id, run)| {
            let by = RunId::from_u128(*id);
            (run.seq, RunRepaired { run: RunId::from_u128(0), by, retracted: of(run.repair), replaced_by: None })
        });
        let runs: Vec<(u64, RunRepaired)> = runs.collect();
        let cancelled: Vec<BegunRepair> =
            closed.into_iter().filter(|repair| repair.state() == State::Cancelled).collect();
        self.following.resumed(resumed(&open, &runs, &cancelled));
    }

    fn turn(&mut self, with_faults: bool) {
        if std::mem::take(&mut self.has_lagged) && self.mistake != Mistake::IgnoresLag {
            self.following.missed_facts();
        }
        if let Some(recorded) = self.feed.pop_front() {
            self.following.on_fact(&recorded, Time::from_micros(0));
            return;
        }
        match self.following.next() {
            Next::Resume if with_faults && self.dice.below(5) == 0 => self.following.not_resumed(),
            Next::Resume => self.resume(),
            Next::CarryOut(_) if self.is_full => {
                self.counts.full_disk += 1;
                let gives_up = self.mistake == Mistake::GivesUp;
                self.following.not_carried_out(if gives_up { Obstacle::Stays } else { Obstacle::Passes });
            }
            Next::CarryOut(intent) => {
                if with_faults && self.dice.below(25) == 0 {
                    return self.kill();
                }
                self.carry_out(intent);
                if with_faults && self.dice.below(25) == 0 {
                    return self.kill();
                }
                self.following.carried_out();
            }
            Next::Wait => self.following.end_pause(),
        }
    }

    fn unfinished(&self) -> Vec<u128> {
        self.runs.iter().filter(|(_, run)| run.ended.is_none()).map(|(id, _)| *id).collect()
    }

    fn step(&mut self) {
        match self.dice.below(14) {
            0 if self.repairs.len() < REPAIRS_MAX => self.begin(),
            1..4 => {
                let unfinished = self.unfinished();
                if !unfinished.is_empty() {
                    let run = unfinished[self.dice.place(unfinished.len())];
                    let well = self.dice.below(5) > 0 && !self.runs[&run].is_cancelled;
                    self.end(run, well);
                }
            }
            4 if self.dice.below(40) == 0 => self.kill(),
            5 if self.dice.below(4) == 0 => self.is_full = !self.is_full,
            6 if self.dice.below(3) == 0 => {
                let open: Vec<u128> =
                    self.repairs.iter().filter(|(_, repair)| repair.closed.is_none()).map(|(id, _)| *id).collect();
                if !open.is_empty() {
                    let repair = open[self.dice.place(open.len())];
                    self.cancel(repair);
                }
            }
            _ => self.turn(true),
        }
    }

    fn rest(&mut self) {
        while !self.feed.is_empty()
            || self.has_lagged
            || self.following.is_paused()
            || self.following.next() != Next::Wait
        {
            self.turn(false);
        }
    }

    /// What is wrong at the end, after everything ended that goes on.
    fn wrong(&mut self) -> Option<String> {
        self.is_full = false;
        self.rest();
        // Before its runs end: the runs of a cancelled repair are told to end.
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
        self.wrong().map_or(Ok(self.counts), Err)
    }
}

fn begun(repair: u128) -> Begun {
    Begun {
        repair: RepairId::from_u128(repair),
        number: repair as u32,
        project: "astro".parse().expect("a path"),
        of: of(repair),
        with: None,
        again: false,
    }
}

#[test]
fn every_repair_ends_once() {
    let first = seed(1);
    let mut seen = Counts::default();
    for seed in first..first + rounds(300) {
        let counts = World::new(seed, Mistake::None).run();
        let counts = counts.unwrap_or_else(|wrong| panic!("HVEN_SOAK_SEED={seed} HVEN_SOAK_ROUNDS=1: {wrong}"));
        seen.kills += counts.kills;
        seen.lags += counts.lags;
        seen.full_disk += counts.full_disk;
        seen.ended += counts.ended;
        seen.cancelled += counts.cancelled;
        seen.runs_cancelled += counts.runs_cancelled;
    }
    if rounds(300) >= 100 {
        let all = [seen.kills, seen.lags, seen.full_disk, seen.ended, seen.cancelled, seen.runs_cancelled];
        assert!(all.iter().all(|&count| count > 0), "something never happened, so it was not tested: {seen:?}");
    }
}

#[test]
fn followers_of_repairs_that_are_built_wrongly_are_found() {
    for mistake in [Mistake::BeginsEmpty, Mistake::IgnoresLag, Mistake::GivesUp] {
        let is_found = (0..300).any(|seed| World::new(seed, mistake).run().is_err());
        assert!(is_found, "{mistake:?} was not found");
    }
}
