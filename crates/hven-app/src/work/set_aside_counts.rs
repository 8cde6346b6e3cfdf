//! Counts the messages about attempts that the server could not process. Each is recorded as set aside, so the run
//! shows what it lacks, and the messages behind it continue. A script can write bad messages without end, so only the
//! first [`NAMED_MAX`] of an attempt are recorded one by one. The number of the others is recorded with the attempt's
//! end. A server that is killed before that loses this number. A number that a runner sends is recorded at once.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use hven_core::{
    AttemptId, Digest, Fact,
    set_aside::{Aside, MessageSetAside, NAMED_MAX},
    stream::Stream,
};

use crate::work::schedule::Schedule;

/// How many messages that are only counted are distinguished, so that none is counted twice.
const COUNTED_MAX: usize = 1000;

#[derive(Debug, Default)]
pub(crate) struct SetAsideCounts {
    by_attempt: Mutex<HashMap<AttemptId, NotedOfAttempt>>,
}

/// The messages of an unfinished attempt.
#[derive(Debug, Default)]
struct NotedOfAttempt {
    named: HashSet<Digest>,
    /// Only counted: a runner sends the same message again when an answer was lost.
    counted: HashSet<Digest>,
    /// Streams that cannot grow any more, because bytes in them are missing.
    broken: HashSet<Stream>,
}

impl SetAsideCounts {
    fn by_attempt(&self) -> MutexGuard<'_, HashMap<AttemptId, NotedOfAttempt>> {
        self.by_attempt.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_broken(&self, attempt: AttemptId, stream: Stream) -> bool {
        self.by_attempt().get(&attempt).is_some_and(|noted| noted.broken.contains(&stream))
    }

    pub(crate) fn broken(&self, schedule: &Schedule, attempt: AttemptId, stream: Stream) {
        let mut all = self.by_attempt();
        // Nothing is kept for an attempt that has ended, because the driver would not remove it any more.
        if schedule.is_live(attempt) {
            all.entry(attempt).or_default().broken.insert(stream);
        }
    }

    /// Whether a message is recorded by itself. Otherwise it is counted.
    pub(super) fn is_to_be_named(
        &self,
        schedule: &Schedule,
        attempt: AttemptId,
        message: &Aside,
        which: Digest,
    ) -> bool {
        let mut all = self.by_attempt();
        if !schedule.is_live(attempt) {
            return false;
        }
        if message.more > 0 {
            return true;
        }
        let noted = all.entry(attempt).or_default();
        if noted.named.contains(&which) {
            return true;
        }
        if noted.named.len() < NAMED_MAX as usize {
            return noted.named.insert(which);
        }
        if noted.counted.len() < COUNTED_MAX {
            noted.counted.insert(which);
        }
        false
    }

    /// The number of messages that were only counted, to be recorded with the end of the attempt.
    pub(crate) fn final_count(&self, attempt: AttemptId) -> Option<Fact> {
        let counted = self.by_attempt().get(&attempt)?.counted.len();
        if counted == 0 {
            return None;
        }
        let mut message = Aside::unnamed(counted as u64);
        if counted >= COUNTED_MAX {
            message.why.push_str("; there may be more than these");
        }
        Some(MessageSetAside { attempt, message }.into())
    }

    /// Drops the counts of an attempt whose end is recorded.
    pub(crate) fn forget(&self, attempt: AttemptId) {
        self.by_attempt().remove(&attempt);
    }
}
