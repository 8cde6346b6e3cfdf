//! The follower that settles results, in a world of faults: the server is killed between an intent and its effect, and between
//! the effect and the moment at which the follower learns of it; the feed loses facts; the disk is full now and then.
//! Everything follows from one number, the seed: `HVEN_SOAK_SEED=7 HVEN_SOAK_ROUNDS=1` repeats one world.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use hven_app::{
    follower::Obstacle,
    following::{Following, Next},
    ports::{record::Recorded, run::Unsettled},
    settling::{Settle, Settling, resumed},
};
use hven_core::{ActorId, Fact, FactId, RunId, Time, catalogue::Purpose, envelope::Header, reproduction::Tolerances};
use hven_testing::{Dice, rounds, seed};

/// How many facts the feed holds for a follower that is slow.
const FEED_MAX: usize = 3;
const AGENDA_MAX: usize = 4;
const STEPS: u64 = 400;
const RUNS_MAX: usize = 80;

/// A follower that is built wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mistake {
    None,
    /// After a kill it begins with an empty state.
    BeginsEmpty,
    /// It goes on after facts were lost.
    IgnoresLag,
    /// What a full disk kept it from doing is given up.
    GivesUp,
    /// The effect has no idempotency key.
    ActsTwice,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// Its table becomes a version of a dataset.
    Import,
    /// It makes another again.
    Again,
    /// It compares what was made again.
    Compare,
    /// It is for nothing else.
    Plain,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    what: What,
    /// Whether it did well.
    ended: Option<bool>,
    has_compare: bool,
    /// How often its result was recorded.
    settled: u32,
}

/// What happened in a world, so that a test knows that it happened at all.
#[derive(Debug, Default)]
struct Counts {
    kills: u32,
    kills_after_effect: u32,
    lags: u32,
    full_disk: u32,
    settled: u32,
    settled_by_facts: u32,
}

struct World {
    dice: Dice,
    mistake: Mistake,
    runs: BTreeMap<u128, Run>,
    seq: u64,
    feed: VecDeque<Arc<Recorded>>,
    has_lagged: bool,
    is_full: bool,
    is_resumed: bool,
    following: Following<Settling>,
    counts: Counts,
}

impl World {
    fn new(seed: u64, mistake: Mistake) -> Self {
        Self {
            dice: Dice::new(seed),
            mistake,
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

    fn record(&mut self, kind: &str, run: u128, fact: Option<Fact>) {
        self.seq += 1;
        let header = Header {
            seq: self.seq,
            id: FactId::from_u128(self.seq.into()),
            kind: kind.to_owned(),
            version: 1,
            time: Time::from_micros(0),
            actor: ActorId::SYSTEM,
            subject: Some(run),
            key: None,
        };
        self.feed.push_back(Arc::new(Recorded { header, fact }));
        if self.feed.len() > FEED_MAX {
            self.feed.pop_front();
            self.has_lagged = true;
            self.counts.lags += 1;
        }
    }

    fn submit(&mut self, what: What) {
        let run = self.runs.len() as u128 + 1;
        self.runs.insert(run, Run { what, ended: None, has_compare: false, settled: 0 });
        self.record("run.submitted", run, Some(submitted(run, what)));
    }

    fn end(&mut self, run: u128, well: bool) {
        self.runs.get_mut(&run).expect("it is there").ended = Some(well);
        self.record("run.finished", run, None);
    }

    fn unfinished(&self) -> Vec<u128> {
        self.runs.iter().filter(|(_, run)| run.ended.is_none()).map(|(id, _)| *id).collect()
    }

    /// What the views say.
    fn unsettled(&self) -> Vec<Unsettled> {
        let waits = |run: &Run| match run.what {
            What::Plain => false,
            What::Import => run.settled == 0 && run.ended != Some(false),
            What::Again => run.settled == 0 && !run.has_compare,
            What::Compare => run.settled == 0,
        };
        let runs = self.runs.iter().filter(|(_, run)| waits(run));
        runs.map(|(id, run)| Unsettled { run: RunId::from_u128(*id), has_ended: run.ended.is_some() }).collect()
    }

    /// What settling does. Twice is once, by the idempotency key of each fact.
    fn settle(&mut self, run: u128) {
        let acts_twice = self.mistake == Mistake::ActsTwice;
        let Some(known) = self.runs.get_mut(&run) else { return };
        match (known.what, known.ended) {
            (What::Plain, _) | (_, None) | (What::Import, Some(false)) => {}
            (What::Again, Some(true)) => {
                if !known.has_compare || acts_twice {
                    known.has_compare = true;
                    self.submit(What::Compare);
                }
            }
            (What::Import | What::Compare | What::Again, Some(_)) => {
                if known.settled == 0 || acts_twice {
                    known.settled += 1;
                    self.counts.settled += 1;
                    self.record("run.reproduced", run, None);
                }
            }
        }
    }

    fn kill(&mut self) {
        self.counts.kills += 1;
        self.following = Following::begin(AGENDA_MAX);
        if self.mistake == Mistake::BeginsEmpty && self.is_resumed {
            self.following.resumed(resumed([]));
        }
        self.feed.clear();
        self.has_lagged = false;
    }

    /// One turn of the service: a fact of the feed, or what comes next.
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
            Next::Resume => {
                self.is_resumed = true;
                self.following.resumed(resumed(self.unsettled()));
            }
            Next::CarryOut(_) if self.is_full => {
                self.counts.full_disk += 1;
                let gives_up = self.mistake == Mistake::GivesUp;
                self.following.not_carried_out(if gives_up { Obstacle::Stays } else { Obstacle::Passes });
            }
            Next::CarryOut(Settle(run)) => {
                if with_faults && self.dice.below(20) == 0 {
                    return self.kill();
                }
                self.settle(run.as_u128());
                if with_faults && self.dice.below(20) == 0 {
                    self.counts.kills_after_effect += 1;
                    return self.kill();
                }
                self.following.carried_out();
            }
            Next::Wait => self.following.end_pause(),
        }
    }

    fn step(&mut self) {
        match self.dice.below(12) {
            0 | 1 if self.runs.len() < RUNS_MAX => {
                let all = [What::Import, What::Again, What::Plain];
                let what = all[self.dice.place(all.len())];
                self.submit(what);
            }
            2 | 3 => {
                let unfinished = self.unfinished();
                if !unfinished.is_empty() {
                    let run = unfinished[self.dice.place(unfinished.len())];
                    let well = self.dice.below(4) > 0;
                    self.end(run, well);
                }
            }
            4 if self.dice.below(20) == 0 => self.kill(),
            5 if self.dice.below(4) == 0 => self.is_full = !self.is_full,
            // Somebody asks for a result, which settles it.
            6 if self.dice.below(4) == 0 && !self.is_full => {
                let ended = self.runs.iter().filter(|(_, run)| run.ended.is_some()).map(|(id, _)| *id);
                let ended: Vec<u128> = ended.collect();
                if !ended.is_empty() {
                    let run = ended[self.dice.place(ended.len())];
                    self.settle(run);
                }
            }
            _ => self.turn(true),
        }
    }

    fn is_at_rest(&self) -> bool {
        let is_idle = self.following.next() == Next::Wait && !self.following.is_paused();
        is_idle && self.feed.is_empty() && !self.has_lagged
    }

    /// Lets everything end, and the follower do the rest without further faults.
    fn come_to_rest(&mut self) {
        self.is_full = false;
        loop {
            while !self.is_at_rest() {
                self.turn(false);
            }
            let Some(&run) = self.unfinished().first() else { return };
            self.end(run, true);
        }
    }

    /// What is wrong at the end.
    fn wrong(&self) -> Option<String> {
        let compares = self.runs.values().filter(|run| run.what == What::Compare).count();
        let compared = self.runs.values().filter(|run| run.has_compare).count();
        if compares != compared {
            return Some(format!("{compared} runs were compared by {compares}"));
        }
        self.runs.iter().find_map(|(id, run)| {
            let expect = match (run.what, run.ended) {
                (What::Plain, _) | (What::Import, Some(false)) | (What::Again, Some(true)) => 0,
                _ => 1,
            };
            let is_wrong = run.settled != expect || run.ended.is_none();
            is_wrong.then(|| format!("run {id} should be settled {expect} times: {run:?}"))
        })
    }

    fn run(mut self) -> Result<Counts, String> {
        for _ in 0..STEPS {
            self.step();
        }
        let before = self.counts.settled;
        self.come_to_rest();
        self.counts.settled_by_facts = self.counts.settled - before;
        self.wrong().map_or(Ok(self.counts), Err)
    }
}

fn submitted(run: u128, what: What) -> Fact {
    let mut fact = Fact::decode("run.submitted", 1, SUBMITTED.as_bytes()).expect("a submission");
    let of = RunId::from_u128(999);
    let (tolerances, surroundings) = (Tolerances::default(), Vec::new());
    if let Fact::RunSubmitted(submitted) = &mut fact {
        submitted.run = RunId::from_u128(run);
        submitted.purpose = match what {
            What::Plain => None,
            What::Import => Some(Purpose::Dataset {
                name: "planets".parse().expect("a name"),
                license: None,
                description: None,
                source: "planets.csv".to_owned(),
            }),
            What::Again => Some(Purpose::Again { of, tolerances, surroundings }),
            What::Compare => Some(Purpose::Compare { of, again: of, tolerances, surroundings }),
        };
    }
    fact
}

const SUBMITTED: &str = concat!(
    r#"{"run":"00000000000000000000000000000007","handle":"ZY5W","project":"astro","name":null,"#,
    r#""spec":{"argv":["true"],"cwd":"/work","umask":18,"environment":{},"secrets":[],"#,
    r#""resources":{"cpus":1,"memory_bytes":0},"#,
    r#""limits":{"wall_s":null,"memory_bytes":null,"output_bytes":null,"grace_s":10.0},"#,
    r#""inputs":[],"outputs":[],"code":null,"retries_max":0},"launch":"","cache_key":null}"#,
);

#[test]
fn every_result_is_settled_once() {
    let first = seed(1);
    let mut seen = Counts::default();
    for seed in first..first + rounds(300) {
        let counts = World::new(seed, Mistake::None).run();
        let counts = counts.unwrap_or_else(|wrong| panic!("HVEN_SOAK_SEED={seed} HVEN_SOAK_ROUNDS=1: {wrong}"));
        seen.kills += counts.kills;
        seen.kills_after_effect += counts.kills_after_effect;
        seen.lags += counts.lags;
        seen.full_disk += counts.full_disk;
        seen.settled += counts.settled;
        seen.settled_by_facts += counts.settled_by_facts;
    }
    if rounds(300) >= 100 {
        let all = [seen.kills, seen.kills_after_effect, seen.lags, seen.full_disk, seen.settled, seen.settled_by_facts];
        assert!(all.iter().all(|&count| count > 0), "something never happened, so it was not tested: {seen:?}");
    }
}

#[test]
fn followers_that_are_built_wrongly_are_found() {
    let mut missed = BTreeSet::new();
    for mistake in [Mistake::BeginsEmpty, Mistake::IgnoresLag, Mistake::GivesUp, Mistake::ActsTwice] {
        if !(0..300).any(|seed| World::new(seed, mistake).run().is_err()) {
            missed.insert(format!("{mistake:?}"));
        }
    }
    assert!(missed.is_empty(), "not found: {missed:?}");
}
