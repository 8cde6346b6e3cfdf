//! Messages about attempts that cannot be taken in: each is recorded as set aside, so that a run says what it lacks, and
//! what comes behind goes on. A script can write bad messages without end: so many of an attempt are named, the others
//! are counted, and the number is recorded with its end.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use hven_core::{
    AttemptId, Digest,
    set_aside::{Aside, MessageSetAside, NAMED_MAX},
    stream::Stream,
};

use crate::{App, AppResult};

#[derive(Debug, Default)]
pub(crate) struct Asides {
    of: Mutex<HashMap<AttemptId, Of>>,
}

/// What is known of an attempt that goes on.
#[derive(Debug, Default)]
struct Of {
    named: HashSet<Digest>,
    more: u64,
    /// Streams that end where they are, because what follows has no place.
    broken: HashSet<Stream>,
}

impl Asides {
    fn of(&self) -> MutexGuard<'_, HashMap<AttemptId, Of>> {
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_broken(&self, attempt: AttemptId, stream: Stream) -> bool {
        self.of().get(&attempt).is_some_and(|of| of.broken.contains(&stream))
    }

    pub(crate) fn broken(&self, attempt: AttemptId, stream: Stream) {
        self.of().entry(attempt).or_default().broken.insert(stream);
    }

    /// Records that a message was set aside. The same one twice, as a runner sends it after a lost answer, is one.
    pub(crate) async fn set_aside(&self, app: &App, attempt: AttemptId, message: Aside) -> AppResult<()> {
        let secrets = app.schedule.secrets(attempt.run);
        let hide = |text: &str| secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "***"));
        let message = message.masked(hide).within_bounds();
        let which = Digest::of(format!("{attempt}\0{}\0{}\0{}", message.what, message.why, message.digest).as_bytes());
        {
            let mut all = self.of();
            let of = all.entry(attempt).or_default();
            if !of.named.contains(&which) {
                if of.named.len() >= NAMED_MAX as usize {
                    of.more += message.count();
                    return Ok(());
                }
                of.named.insert(which);
            }
        }
        tracing::warn!(%attempt, what = message.what, why = message.why, "a message was set aside");
        record(app, attempt, message, format!("aside-{which}")).await
    }

    /// The attempt is about to end: what was only counted is recorded.
    pub(crate) async fn conclude(&self, app: &App, attempt: AttemptId) -> AppResult<()> {
        let of = self.of().remove(&attempt);
        match of.map(|of| of.more).filter(|more| *more > 0) {
            Some(more) => record(app, attempt, Aside::uncounted(more), format!("asides-of-{attempt}")).await,
            None => Ok(()),
        }
    }
}

async fn record(app: &App, attempt: AttemptId, message: Aside, key: String) -> AppResult<()> {
    app.record(attempt.run.into(), Some(key), vec![MessageSetAside { attempt, message }.into()]).await.map(drop)
}
