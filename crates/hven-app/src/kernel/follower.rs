//! Followers: work that goes on by itself while a server runs, because something happened.
//!
//! A follower has two halves. The [`Follower`] decides: it is shown every fact in order, keeps a state, and answers what is to
//! be done now (its intents). The [`Executor`] reads that state from the views and carries intents out. The rules:
//!
//! 1. `on_fact` is pure: no I/O, no clock, no randomness. It decides from the fact, the state and `now` alone.
//! 2. The state is rebuilt from the views at each start, and whenever facts were missed. So nothing that a follower must
//!    remember may stand in the state alone.
//! 3. A fact may be shown again that the state knows already: facts arrive while the state is being read.
//! 4. Carrying out an intent twice is carrying it out once. The server may be killed after the effect and before it knows of it.
//! 5. An intent whose effect is in the record is not due after a resumption. An intent whose effect is missing is.
//! 6. Clients start work and watch it. They never drive it: closing a terminal or a tab changes nothing.
//!
//! [`crate::kernel::follower_agenda`] puts the halves together, and [`crate::services::followers`] gives it a feed of facts and time.

use std::{fmt, hash::Hash};

use async_trait::async_trait;
use hven_core::Time;

use crate::{
    kernel::error::{AppError, AppResult},
    ports::record::Recorded,
};

/// The half that decides.
pub trait Follower: Send + Sync + 'static {
    /// What the follower knows of the work that goes on.
    type State: Send;
    /// Something that is to be done.
    type Intent: Clone + Eq + Hash + fmt::Debug + Send + Sync;

    /// Learns that something happened, and answers what is to be done because of it.
    fn on_fact(state: &mut Self::State, recorded: &Recorded, now: Time) -> Vec<Self::Intent>;
}

/// What a follower knows after a start, and what is due at once.
#[derive(Debug)]
pub struct Resumed<F: Follower> {
    pub state: F::State,
    pub due: Vec<F::Intent>,
}

/// The half that acts.
#[async_trait]
pub trait Executor: Send + Sync + 'static {
    type Follower: Follower;

    /// Reads from the views what goes on, and what should have been done already.
    async fn resume(&self) -> AppResult<Resumed<Self::Follower>>;

    /// Does what was decided. Doing it again changes nothing more.
    async fn carry_out(&self, intent: &<Self::Follower as Follower>::Intent) -> AppResult<()>;
}

/// Whether an intent that failed is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// It stands in the way of every intent, and goes away: a full disk, a busy store. Tried again until it is gone.
    Passes,
    /// The store did not answer as it should. Tried again a few times.
    MayPass,
    /// The intent itself cannot be carried out.
    Stays,
}

impl Obstacle {
    pub fn of(error: &AppError) -> Self {
        match error.code() {
            "store.full" | "store.read_only" | "busy" => Self::Passes,
            "store.failed" => Self::MayPass,
            _ => Self::Stays,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::error::StoreError;

    #[test]
    fn only_obstacles_that_go_away_are_waited_for() {
        let check = |error: AppError, expect| assert_eq!(Obstacle::of(&error), expect, "{error}");
        check(StoreError::Full { what: "the journal".to_owned() }.into(), Obstacle::Passes);
        check(AppError::Busy("queue".to_owned()), Obstacle::Passes);
        check(StoreError::Database("the connection is closed".to_owned()).into(), Obstacle::MayPass);
        check(StoreError::Damaged { what: "a report".to_owned(), why: "no JSON".to_owned() }.into(), Obstacle::Stays);
        check(AppError::Denied, Obstacle::Stays);
    }
}
