//! A follower at work, without I/O and without a clock: what it knows, what is on its agenda, and what comes next.
//!
//! The agenda is bounded. When it is full, further intents are dropped and the follower resumes from the views as soon as the
//! agenda is empty: they are found there. An obstacle such as a full disk stands in the way of every intent, so the whole agenda
//! pauses, and the intent that met the obstacle goes to the end.

use std::collections::{HashMap, VecDeque};

use hven_core::Time;

use crate::{
    kernel::follower::{Follower, Obstacle, Resumed},
    ports::record::Recorded,
};

/// How many intents wait at most.
pub const AGENDA_MAX: usize = 16_384;

/// How often an intent is tried that meets [`Obstacle::MayPass`].
pub const TRIES_MAX: u32 = 5;

/// What a follower does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextIntent<I> {
    /// Read the state from the views.
    Resume,
    CarryOut(I),
    /// Wait for a fact, or for the end of the pause.
    Wait,
}

#[derive(Debug)]
pub struct FollowerAgenda<F: Follower> {
    /// `None` when facts were missed: it is to be read from the views.
    state: Option<F::State>,
    agenda: VecDeque<F::Intent>,
    /// Every intent of the agenda, and how often it was tried.
    tries: HashMap<F::Intent, u32>,
    agenda_max: usize,
    /// Intents were dropped because the agenda was full.
    is_incomplete: bool,
    is_paused: bool,
}

impl<F: Follower> FollowerAgenda<F> {
    /// Begins with a resumption.
    pub fn begin(agenda_max: usize) -> Self {
        Self {
            state: None,
            agenda: VecDeque::new(),
            tries: HashMap::new(),
            agenda_max,
            is_incomplete: false,
            is_paused: false,
        }
    }

    pub fn next(&self) -> NextIntent<F::Intent> {
        if self.is_paused {
            return NextIntent::Wait;
        }
        match self.agenda.front() {
            _ if self.state.is_none() => NextIntent::Resume,
            Some(intent) => NextIntent::CarryOut(intent.clone()),
            None if self.is_incomplete => NextIntent::Resume,
            None => NextIntent::Wait,
        }
    }

    /// The state was read, after the feed of facts had begun.
    pub fn resumed(&mut self, resumed: Resumed<F>) {
        // With too many at once there will be too many again: the others get their turn after a pause.
        self.is_paused = self.is_incomplete;
        self.state = Some(resumed.state);
        self.is_incomplete = false;
        self.add(resumed.due);
    }

    /// A fact arrived. It is left out while the state is unknown: reading the state finds it in the views.
    pub fn on_fact(&mut self, recorded: &Recorded, now: Time) {
        if let Some(state) = &mut self.state {
            let intents = F::on_fact(state, recorded, now);
            self.add(intents);
        }
    }

    /// The feed lost facts.
    pub fn missed_facts(&mut self) {
        self.state = None;
    }

    /// The first intent of the agenda was carried out.
    pub fn carried_out(&mut self) {
        if let Some(intent) = self.agenda.pop_front() {
            self.tries.remove(&intent);
        }
    }

    /// The first intent of the agenda was not carried out. Answers whether it will be tried again.
    pub fn not_carried_out(&mut self, obstacle: Obstacle) -> bool {
        let Some(intent) = self.agenda.pop_front() else { return false };
        let tries = self.tries.remove(&intent).unwrap_or_default() + 1;
        let again = match obstacle {
            Obstacle::Passes => true,
            Obstacle::MayPass => tries < TRIES_MAX,
            Obstacle::Stays => false,
        };
        if again {
            self.tries.insert(intent.clone(), tries);
            self.agenda.push_back(intent);
            self.is_paused = true;
        }
        again
    }

    /// The state could not be read.
    pub fn not_resumed(&mut self) {
        self.is_paused = true;
    }

    pub fn is_paused(&self) -> bool {
        self.is_paused
    }

    pub fn end_pause(&mut self) {
        self.is_paused = false;
    }

    fn add(&mut self, intents: Vec<F::Intent>) {
        for intent in intents {
            if self.tries.contains_key(&intent) {
                continue;
            }
            if self.agenda.len() >= self.agenda_max {
                self.is_incomplete = true;
                return;
            }
            self.tries.insert(intent.clone(), 0);
            self.agenda.push_back(intent);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Has no facts: its intents come from resumptions.
    #[derive(Debug)]
    struct Numbers;

    impl Follower for Numbers {
        type State = ();
        type Intent = u32;
        fn on_fact((): &mut (), _: &Recorded, _: Time) -> Vec<u32> {
            Vec::new()
        }
    }

    fn resumed(due: &[u32]) -> Resumed<Numbers> {
        Resumed { state: (), due: due.to_vec() }
    }

    #[test]
    fn an_obstacle_pauses_the_agenda_and_the_next_intent_has_its_turn() {
        let mut following = FollowerAgenda::<Numbers>::begin(10);
        assert_eq!(following.next(), NextIntent::Resume);
        following.resumed(resumed(&[1, 2, 1]));
        assert_eq!(following.next(), NextIntent::CarryOut(1));
        assert!(following.not_carried_out(Obstacle::Passes));
        assert_eq!(following.next(), NextIntent::Wait);
        following.end_pause();
        assert_eq!(following.next(), NextIntent::CarryOut(2));
        following.carried_out();
        assert_eq!(following.next(), NextIntent::CarryOut(1));
        following.carried_out();
        assert_eq!(following.next(), NextIntent::Wait);
    }

    #[test]
    fn an_intent_that_cannot_be_carried_out_is_given_up() {
        let mut following = FollowerAgenda::<Numbers>::begin(10);
        following.resumed(resumed(&[1]));
        for _ in 1..TRIES_MAX {
            assert!(following.not_carried_out(Obstacle::MayPass));
            following.end_pause();
        }
        assert!(!following.not_carried_out(Obstacle::MayPass));
        assert!(!following.is_paused());
        following.resumed(resumed(&[2]));
        assert!(!following.not_carried_out(Obstacle::Stays));
        assert_eq!(following.next(), NextIntent::Wait);
    }

    #[test]
    fn what_does_not_fit_the_agenda_is_found_again() {
        let mut following = FollowerAgenda::<Numbers>::begin(2);
        following.resumed(resumed(&[1, 2, 3]));
        following.carried_out();
        following.carried_out();
        assert_eq!(following.next(), NextIntent::Resume);
        following.resumed(resumed(&[3]));
        assert!(following.is_paused(), "the views are not read without end");
        following.end_pause();
        assert_eq!(following.next(), NextIntent::CarryOut(3));
        following.carried_out();
        assert_eq!(following.next(), NextIntent::Wait);
    }

    #[test]
    fn a_state_that_could_not_be_read_is_read_after_a_pause() {
        let mut following = FollowerAgenda::<Numbers>::begin(2);
        following.not_resumed();
        assert_eq!(following.next(), NextIntent::Wait);
        following.end_pause();
        assert_eq!(following.next(), NextIntent::Resume);
    }
}
