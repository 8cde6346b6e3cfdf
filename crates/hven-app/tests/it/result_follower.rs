//! The follower that processes results, in a world of faults.

use std::collections::BTreeMap;

use hven_app::{
    follower::Resumed,
    ports::run::UnprocessedRun,
    result_follower::{ProcessResult, ResultFollower, resumed},
};
use hven_core::{Fact, RunId, catalogue::Purpose, reproduction::Tolerances};

use crate::faulty_server::{Counts, Mistake, Server, World, assert_all_worlds_are_right, assert_mistakes_are_found};

/// The number of facts that the feed holds for a slow follower.
const FEED_MAX: usize = 3;
const AGENDA_MAX: usize = 4;
const STEPS: u64 = 400;
const RUNS_MAX: usize = 80;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// Its table becomes a version of a dataset.
    Import,
    /// It repeats another run.
    Again,
    /// It compares a run with its repetition.
    Compare,
    /// It has no purpose.
    Plain,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    what: What,
    /// Whether it succeeded.
    ended: Option<bool>,
    has_compare: bool,
    /// How often its result was recorded.
    processed: u32,
}

struct Results {
    server: Server<ResultFollower>,
    runs: BTreeMap<u128, Run>,
}

impl World for Results {
    type Follower = ResultFollower;
    const KILLED_ONE_IN: u64 = 20;

    fn server(&mut self) -> &mut Server<ResultFollower> {
        &mut self.server
    }
    fn resumed(&self) -> Resumed<ResultFollower> {
        resumed(self.unsettled())
    }
    fn nothing() -> Resumed<ResultFollower> {
        resumed([])
    }
    fn carry_out(&mut self, ProcessResult(run): ProcessResult) {
        self.process(run.as_u128());
    }
}

impl Results {
    fn new(seed: u64, mistake: Mistake) -> Self {
        Self { server: Server::new(seed, mistake, FEED_MAX, AGENDA_MAX), runs: BTreeMap::new() }
    }

    fn submit(&mut self, what: What) {
        let run = self.runs.len() as u128 + 1;
        self.runs.insert(run, Run { what, ended: None, has_compare: false, processed: 0 });
        self.server.record("run.submitted", run, Some(submitted(run, what)));
    }

    fn end(&mut self, run: u128, well: bool) {
        self.runs.get_mut(&run).expect("it is there").ended = Some(well);
        self.server.record("run.finished", run, None);
    }

    fn unfinished(&self) -> Vec<u128> {
        self.runs.iter().filter(|(_, run)| run.ended.is_none()).map(|(id, _)| *id).collect()
    }

    /// The intents in the views.
    fn unsettled(&self) -> Vec<UnprocessedRun> {
        let waits = |run: &Run| match run.what {
            What::Plain => false,
            What::Import => run.processed == 0 && run.ended != Some(false),
            What::Again => run.processed == 0 && !run.has_compare,
            What::Compare => run.processed == 0,
        };
        let runs = self.runs.iter().filter(|(_, run)| waits(run));
        runs.map(|(id, run)| UnprocessedRun { run: RunId::from_u128(*id), has_ended: run.ended.is_some() }).collect()
    }

    /// The effect of processing a result. A second call has no effect, because each fact has an idempotency key.
    fn process(&mut self, run: u128) {
        let acts_twice = self.server.mistake == Mistake::ActsTwice;
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
                if known.processed == 0 || acts_twice {
                    known.processed += 1;
                    self.server.count("processed");
                    self.server.record("run.reproduced", run, None);
                }
            }
        }
    }

    fn step(&mut self) {
        match self.server.dice.below(12) {
            0 | 1 if self.runs.len() < RUNS_MAX => {
                let all = [What::Import, What::Again, What::Plain];
                let what = all[self.server.dice.place(all.len())];
                self.submit(what);
            }
            2 | 3 => {
                let unfinished = self.unfinished();
                if !unfinished.is_empty() {
                    let run = unfinished[self.server.dice.place(unfinished.len())];
                    let well = self.server.dice.below(4) > 0;
                    self.end(run, well);
                }
            }
            4 if self.server.dice.below(20) == 0 => self.kill(),
            5 if self.server.dice.below(4) == 0 => self.server.is_full = !self.server.is_full,
            // A caller asks for a result, which processes it.
            6 if self.server.dice.below(4) == 0 && !self.server.is_full => {
                let ended = self.runs.iter().filter(|(_, run)| run.ended.is_some()).map(|(id, _)| *id);
                let ended: Vec<u128> = ended.collect();
                if !ended.is_empty() {
                    let run = ended[self.server.dice.place(ended.len())];
                    self.process(run);
                }
            }
            _ => self.turn(true),
        }
    }

    /// Lets all runs end, and the follower finish without further faults.
    fn come_to_rest(&mut self) {
        self.server.is_full = false;
        loop {
            self.rest();
            let Some(&run) = self.unfinished().first() else { return };
            self.end(run, true);
        }
    }

    /// The error at the end, if any.
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
            let is_wrong = run.processed != expect || run.ended.is_none();
            is_wrong.then(|| format!("run {id} should be processed {expect} times: {run:?}"))
        })
    }

    fn run(mut self) -> Result<Counts, String> {
        for _ in 0..STEPS {
            self.step();
        }
        let processed = |counts: &Counts| counts.get("processed").copied().unwrap_or_default();
        let before = processed(&self.server.counts);
        self.come_to_rest();
        let by_facts = processed(&self.server.counts) - before;
        self.server.counts.insert("processed at the end", by_facts);
        self.wrong().map_or(Ok(self.server.counts), Err)
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

fn run(seed: u64, mistake: Mistake) -> Result<Counts, String> {
    Results::new(seed, mistake).run()
}

#[test]
fn every_result_is_processed_once() {
    let happens = ["kills", "kills after the effect", "lags", "full disk", "processed", "processed at the end"];
    assert_all_worlds_are_right(&happens, run);
}

#[test]
fn mistakes_in_a_follower_are_found() {
    let mistakes = [Mistake::BeginsEmpty, Mistake::IgnoresLag, Mistake::GivesUp, Mistake::ActsTwice];
    assert_mistakes_are_found(&mistakes, run);
}
