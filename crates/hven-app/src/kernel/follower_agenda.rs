//! The state and the agenda of a running follower, without I/O and without a clock.
//!
//! The agenda is bounded. When it is full, the follower drops further intents. As soon as the agenda is empty, the
//! follower resumes from the views and finds the dropped work there. An obstacle such as a full disk blocks every
//! intent, so the whole agenda pauses, and the intent that met the obstacle moves to the end.

use std::collections::{HashMap, VecDeque};

use hven_core::Time;

use crate::{
    kernel::follower::{Follower, Obstacle, Resumed},
    ports::record::Recorded,
};

/// The largest number of waiting intents.
pub const AGENDA_MAX: usize = 16_384;

/// How often an intent that meets [`Obstacle::MayPass`] is tried.
pub const TRIES_MAX: u32 = 5;

/// The next action of a follower.
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
    /// `None` after facts were missed: the state must be read from the views.
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
    /// Starts with a resumption.
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

    /// Stores a state that was read after the feed of facts had started.
    pub fn resumed(&mut self, resumed: Resumed<F>) {
        // If there were too many intents at once, there will be too many again. The others get their turn after a
        // pause.
        self.is_paused = self.is_incomplete;
        self.state = Some(resumed.state);
        self.is_incomplete = false;
        self.add(resumed.due);
    }

    /// Processes a fact. The fact is ignored while the state is unknown, because reading the state will include it.
    pub fn on_fact(&mut self, recorded: &Recorded, now: Time) {
        if let Some(state) = &mut self.state {
            let intents = F::on_fact(state, recorded, now);
            self.add(intents);
        }
    }

    /// The feed lost facts, so the state must be read again.
    pub fn missed_facts(&mut self) {
        self.state = None;
    }

    /// The first intent of the agenda was carried out.
    pub fn carried_out(&mut self) {
        if let Some(intent) = self.agenda.pop_front() {
            self.tries.remove(&intent);
        }
    }

    /// The first intent of the agenda failed. Returns whether it will be retried.
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

    /// Reading the state failed.
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

    /// Ignores facts: its intents come from resumptions.
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
    fn an_obstacle_pauses_the_agenda_and_the_next_intent_comes_first() {
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
    fn an_impossible_intent_is_dropped() {
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
    fn intents_beyond_the_agenda_are_found_by_a_resumption() {
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
    fn an_unreadable_state_is_read_again_after_a_pause() {
        let mut following = FollowerAgenda::<Numbers>::begin(2);
        following.not_resumed();
        assert_eq!(following.next(), NextIntent::Wait);
        following.end_pause();
        assert_eq!(following.next(), NextIntent::Resume);
    }
}
