//! A server with one follower and with faults: it is killed between an intent and its effect, and between the effect
//! and the moment at which the follower notes it. The feed loses facts, and the disk is full at times. Everything
//! follows from one number, the seed: `HVEN_SOAK_SEED=7 HVEN_SOAK_ROUNDS=1` repeats one world.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use hven_app::{
    follower::{Follower, Obstacle, Resumed},
    follower_agenda::{FollowerAgenda, NextIntent},
    ports::record::Recorded,
};
use hven_core::{ActorId, Fact, FactId, Time, envelope::Header};
use hven_testing::{Dice, rounds, seed};

/// A mistake that is built into a follower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    None,
    /// After a kill it starts with an empty state.
    BeginsEmpty,
    /// It continues after facts were lost.
    IgnoresLag,
    /// It gives up work that failed because of a full disk.
    GivesUp,
    /// The effect has no idempotency key.
    ActsTwice,
}

/// How often each event happened in a world.
pub type Counts = BTreeMap<&'static str, u32>;

pub struct Server<F: Follower> {
    pub dice: Dice,
    pub mistake: Mistake,
    pub is_full: bool,
    pub counts: Counts,
    seq: u64,
    feed: VecDeque<Arc<Recorded>>,
    /// The number of facts that the feed holds for a slow follower.
    feed_max: usize,
    has_lagged: bool,
    is_resumed: bool,
    following: FollowerAgenda<F>,
    agenda_max: usize,
}

impl<F: Follower> Server<F> {
    pub fn new(seed: u64, mistake: Mistake, feed_max: usize, agenda_max: usize) -> Self {
        Self {
            dice: Dice::new(seed),
            mistake,
            is_full: false,
            counts: Counts::new(),
            seq: 0,
            feed: VecDeque::new(),
            feed_max,
            has_lagged: false,
            is_resumed: false,
            following: FollowerAgenda::begin(agenda_max),
            agenda_max,
        }
    }

    pub fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// Records a fact and returns its sequence number.
    pub fn record(&mut self, kind: &str, subject: u128, fact: Option<Fact>) -> u64 {
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
        if self.feed.len() > self.feed_max {
            self.feed.pop_front();
            self.has_lagged = true;
            self.count("lags");
        }
        self.seq
    }

    /// The server is killed and starts again. `nothing` gives the state and the intents of a new home.
    pub fn kill(&mut self, nothing: impl FnOnce() -> Resumed<F>) {
        self.count("kills");
        self.following = FollowerAgenda::begin(self.agenda_max);
        if self.mistake == Mistake::BeginsEmpty && self.is_resumed {
            self.following.resumed(nothing());
        }
        self.feed.clear();
        self.has_lagged = false;
    }

    fn is_at_rest(&self) -> bool {
        let is_idle = matches!(self.following.next(), NextIntent::Wait) && !self.following.is_paused();
        is_idle && self.feed.is_empty() && !self.has_lagged
    }
}

type IntentOf<W> = <<W as World>::Follower as Follower>::Intent;

/// The content of the record, without the follower's own state.
pub trait World {
    type Follower: Follower;
    /// The server is killed before the effect of one intent in this number, and after the effect of one in this number.
    const KILLED_ONE_IN: u64;

    fn server(&mut self) -> &mut Server<Self::Follower>;
    /// The state and the intents in the views.
    fn resumed(&self) -> Resumed<Self::Follower>;
    /// The state and the intents in the views of a new home.
    fn nothing() -> Resumed<Self::Follower>;
    fn carry_out(&mut self, intent: IntentOf<Self>);

    fn kill(&mut self) {
        self.server().kill(Self::nothing);
    }

    /// One turn of the service: a fact of the feed, or the next action.
    fn turn(&mut self, with_faults: bool) {
        let server = self.server();
        if std::mem::take(&mut server.has_lagged) && server.mistake != Mistake::IgnoresLag {
            server.following.missed_facts();
        }
        if let Some(recorded) = server.feed.pop_front() {
            server.following.on_fact(&recorded, Time::from_micros(0));
            return;
        }
        match server.following.next() {
            NextIntent::Resume if with_faults && server.dice.below(5) == 0 => server.following.not_resumed(),
            NextIntent::Resume => {
                server.is_resumed = true;
                let resumed = self.resumed();
                self.server().following.resumed(resumed);
            }
            NextIntent::CarryOut(_) if server.is_full => {
                server.count("full disk");
                let gives_up = server.mistake == Mistake::GivesUp;
                server.following.not_carried_out(if gives_up { Obstacle::Stays } else { Obstacle::Passes });
            }
            NextIntent::CarryOut(intent) => {
                if with_faults && server.dice.below(Self::KILLED_ONE_IN) == 0 {
                    return self.kill();
                }
                self.carry_out(intent);
                if with_faults && self.server().dice.below(Self::KILLED_ONE_IN) == 0 {
                    self.server().count("kills after the effect");
                    return self.kill();
                }
                self.server().following.carried_out();
            }
            NextIntent::Wait => server.following.end_pause(),
        }
    }

    /// Lets the follower finish, without further faults.
    fn rest(&mut self) {
        while !self.server().is_at_rest() {
            self.turn(false);
        }
    }
}

/// Runs a world for each seed. With many seeds, every event in `happens` must have happened at least once.
pub fn assert_all_worlds_are_right(happens: &[&str], run: impl Fn(u64, Mistake) -> Result<Counts, String>) {
    let first = seed(1);
    let mut seen = Counts::new();
    for seed in first..first + rounds(300) {
        let counts = run(seed, Mistake::None);
        let counts = counts.unwrap_or_else(|wrong| panic!("HVEN_SOAK_SEED={seed} HVEN_SOAK_ROUNDS=1: {wrong}"));
        for (what, count) in counts {
            *seen.entry(what).or_default() += count;
        }
    }
    if rounds(300) >= 100 {
        let has_happened = |what: &&str| seen.get(what).is_some_and(|&count| count > 0);
        assert!(happens.iter().all(has_happened), "something never happened, so it was not tested: {seen:?}");
    }
}

/// Asserts that some world shows each of these mistakes.
pub fn assert_mistakes_are_found(mistakes: &[Mistake], run: impl Fn(u64, Mistake) -> Result<Counts, String>) {
    for mistake in mistakes {
        let is_found = (0..300).any(|seed| run(seed, *mistake).is_err());
        assert!(is_found, "{mistake:?} was not found");
    }
}
