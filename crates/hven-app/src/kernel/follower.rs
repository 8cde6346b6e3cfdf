//! Followers: background work of the server that starts because something happened.
//!
//! A follower has two halves. The [`Follower`] decides: it sees every fact in order, keeps a state, and returns the
//! work to do now (its intents). The [`Executor`] reads that state from the views and carries intents out. The rules:
//!
//! 1. `on_fact` is pure: no I/O, no clock, no randomness. It decides from the fact, the state and `now` alone.
//! 2. The state is rebuilt from the views at each start, and whenever facts were missed. So the state must not be the only
//!    place that holds something.
//! 3. A fact may arrive although the state includes it already: facts arrive while the state is being read.
//! 4. Carrying out an intent twice has the effect of carrying it out once. The server may be killed after the effect and before
//!    it notes it.
//! 5. After a resumption, an intent is due if and only if its effect is not in the record.
//! 6. Clients start work and watch it. They never drive it: closing a terminal or a tab changes nothing.
//!
//! [`crate::kernel::follower_agenda`] connects the halves, and [`crate::services::followers`] gives it a feed of facts
//! and time.

use std::{fmt, hash::Hash};

use async_trait::async_trait;
use hven_core::Time;

use crate::{
    kernel::error::{AppError, AppResult},
    ports::record::Recorded,
};

/// The half that decides.
pub trait Follower: Send + Sync + 'static {
    /// The known unfinished work.
    type State: Send;
    /// One piece of work to do.
    type Intent: Clone + Eq + Hash + fmt::Debug + Send + Sync;

    /// Processes a fact, and returns the work that it causes.
    fn on_fact(state: &mut Self::State, recorded: &Recorded, now: Time) -> Vec<Self::Intent>;
}

/// The state of a follower after a start, and the work that is due at once.
#[derive(Debug)]
pub struct Resumed<F: Follower> {
    pub state: F::State,
    pub due: Vec<F::Intent>,
}

/// The half that acts.
#[async_trait]
pub trait Executor: Send + Sync + 'static {
    type Follower: Follower;

    /// Reads from the views the unfinished work, and the work that is overdue.
    async fn resume(&self) -> AppResult<Resumed<Self::Follower>>;

    /// Carries out an intent. A second call changes nothing more.
    async fn carry_out(&self, intent: &<Self::Follower as Follower>::Intent) -> AppResult<()>;
}

/// Why an intent failed, and whether to retry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// It blocks every intent and is temporary: a full disk, a busy store. Retried until it is gone.
    Passes,
    /// The store failed unexpectedly. Retried a few times.
    MayPass,
    /// The intent itself cannot be carried out. Not retried.
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
    fn only_temporary_obstacles_are_retried() {
        let check = |error: AppError, expect| assert_eq!(Obstacle::of(&error), expect, "{error}");
        check(StoreError::Full { what: "the journal".to_owned() }.into(), Obstacle::Passes);
        check(AppError::Busy("queue".to_owned()), Obstacle::Passes);
        check(StoreError::Database("the connection is closed".to_owned()).into(), Obstacle::MayPass);
        check(StoreError::Damaged { what: "a report".to_owned(), why: "no JSON".to_owned() }.into(), Obstacle::Stays);
        check(AppError::Denied, Obstacle::Stays);
    }
}
