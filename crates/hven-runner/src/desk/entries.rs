//! The attempts that the runner holds, in the order in which they came, and where each stands.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    path::Path,
    sync::{Arc, atomic::AtomicBool},
    time::Instant,
};

use hven_api::runner::Start;
use hven_core::{AttemptId, resources::Resources, run::AttemptResult};

use crate::{leftovers::Remains, live::Live, ready::Ready};

/// Counts attempts in the order in which they came, from 1.
pub(super) type Key = u64;

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) attempt: AttemptId,
    pub(super) dir: Arc<Path>,
    pub(super) stage: Stage,
    /// The server wants to hear no more of it.
    pub(super) is_unwanted: bool,
    /// Why it may not begin any more.
    pub(super) withdrawn: Option<String>,
    /// Its end is not in the ledger: the disk was full.
    pub(super) is_unwritten: bool,
}

#[derive(Debug)]
pub(super) enum Stage {
    Waiting(Box<Start>),
    /// Its fresh folder is being filled, or its files are looked at. It has its place already.
    Staging {
        start: Box<Start>,
        stop: Arc<AtomicBool>,
    },
    /// Everything is there, but the ledger cannot say that it begins. It has its place.
    WaitingForLedger(Box<Start>, Ready),
    /// On its way from one stage to the next.
    Coming,
    Live(Box<Live>),
    /// An earlier runner's: what is left of it is ended.
    Remains {
        remains: Remains,
        next: Instant,
    },
    /// Its processes have ended, its outputs are being kept. It has its place until they are.
    Keeping {
        resources: Resources,
        stop: Arc<AtomicBool>,
    },
    /// It has ended; copies of its outputs are on their way to the server.
    Uploading(Arc<AttemptResult>),
    Ended(Arc<AttemptResult>),
}

impl Stage {
    /// When something is to be done whatever happens.
    fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Live(live) => Some(live.deadline()),
            Self::Remains { next, .. } => Some(*next),
            _ => None,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Entries {
    all: BTreeMap<Key, Entry>,
    keys: HashMap<AttemptId, Key>,
    last: Key,
    /// What those that wait ask for.
    waiting: BTreeMap<Key, Resources>,
    /// Those with deadlines.
    active: BTreeSet<Key>,
    forgotten: Forgotten,
}

/// Attempts that are over. Some are remembered, so that a command that comes late does not start one again.
#[derive(Debug, Default)]
struct Forgotten {
    all: HashSet<AttemptId>,
    /// The oldest first.
    order: VecDeque<AttemptId>,
}

const FORGOTTEN_MAX: usize = 4096;

impl Forgotten {
    fn add(&mut self, attempt: AttemptId) {
        if self.all.insert(attempt) {
            self.order.push_back(attempt);
        }
        if self.order.len() > FORGOTTEN_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.all.remove(&oldest);
        }
    }
}

impl Entries {
    pub(super) fn enter(&mut self, attempt: AttemptId, dir: Arc<Path>, stage: Stage) -> Key {
        self.last += 1;
        let key = self.last;
        let entry =
            Entry { attempt, dir, stage: Stage::Coming, is_unwanted: false, withdrawn: None, is_unwritten: false };
        self.all.insert(key, entry);
        self.keys.insert(attempt, key);
        self.set_stage(key, stage);
        key
    }

    /// Moves an attempt to another stage and answers the one that it leaves.
    pub(super) fn set_stage(&mut self, key: Key, stage: Stage) -> Option<Stage> {
        let entry = self.all.get_mut(&key)?;
        self.waiting.remove(&key);
        self.active.remove(&key);
        match &stage {
            Stage::Waiting(start) => drop(self.waiting.insert(key, start.resources.clone())),
            Stage::Live(_) | Stage::Remains { .. } => drop(self.active.insert(key)),
            _ => {}
        }
        Some(std::mem::replace(&mut entry.stage, stage))
    }

    pub(super) fn remove(&mut self, key: Key) -> Option<Entry> {
        self.set_stage(key, Stage::Coming);
        let entry = self.all.remove(&key)?;
        self.keys.remove(&entry.attempt);
        self.forgotten.add(entry.attempt);
        Some(entry)
    }

    pub(super) fn key_of(&self, attempt: AttemptId) -> Option<Key> {
        self.keys.get(&attempt).copied()
    }

    /// Whether the runner has, or had, an attempt.
    pub(super) fn knows(&self, attempt: AttemptId) -> bool {
        self.keys.contains_key(&attempt) || self.forgotten.all.contains(&attempt)
    }

    pub(super) fn get(&mut self, key: Key) -> Option<&mut Entry> {
        self.all.get_mut(&key)
    }

    pub(super) fn stage(&mut self, key: Key) -> Option<&mut Stage> {
        self.all.get_mut(&key).map(|entry| &mut entry.stage)
    }

    pub(super) fn live(&mut self, key: Key) -> Option<&mut Live> {
        match self.stage(key)? {
            Stage::Live(live) => Some(live),
            _ => None,
        }
    }

    /// Whether an attempt has processes, and of these the first.
    pub(super) fn has_main(&self, key: Key) -> bool {
        matches!(self.all.get(&key), Some(Entry { stage: Stage::Live(live), .. }) if live.end.is_none())
    }

    pub(super) fn is_live(&self, key: Key) -> bool {
        matches!(self.all.get(&key), Some(Entry { stage: Stage::Live(_), .. }))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether any has processes.
    pub(super) fn is_any_alive(&self) -> bool {
        !self.active.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.all.values()
    }

    /// Those that have processes which this runner started.
    pub(super) fn all_live(&self) -> impl Iterator<Item = (Key, &Live)> {
        self.active.iter().filter_map(|key| match &self.all.get(key)?.stage {
            Stage::Live(live) => Some((*key, &**live)),
            _ => None,
        })
    }

    /// Those that only the ledger holds up.
    pub(super) fn all_waiting_for_ledger(&self) -> Vec<Key> {
        let waiting = self.all.iter().filter(|(_, entry)| matches!(entry.stage, Stage::WaitingForLedger(..)));
        waiting.map(|(key, _)| *key).collect()
    }

    pub(super) fn all_waiting(&self) -> impl Iterator<Item = (Key, &Resources)> {
        self.waiting.iter().map(|(key, wanted)| (*key, wanted))
    }

    fn deadlines(&self) -> impl Iterator<Item = (Key, Instant)> {
        self.active.iter().filter_map(|key| Some((*key, self.all.get(key)?.stage.deadline()?)))
    }

    /// The first deadline, `latest` when there is none before.
    pub(super) fn deadline(&self, latest: Instant) -> Instant {
        self.deadlines().fold(latest, |first, (_, deadline)| first.min(deadline))
    }

    pub(super) fn due(&self, at: Instant) -> Vec<Key> {
        self.deadlines().filter(|&(_, deadline)| deadline <= at).map(|(key, _)| key).collect()
    }

    /// What counts for the ledger: what began, and how it ended.
    pub(super) fn known(&self) -> impl Iterator<Item = (AttemptId, Option<&AttemptResult>)> {
        self.iter().filter_map(|entry| match &entry.stage {
            Stage::Waiting(_) | Stage::Staging { .. } | Stage::WaitingForLedger(..) => None,
            Stage::Ended(result) | Stage::Uploading(result) => Some((entry.attempt, Some(&**result))),
            Stage::Coming | Stage::Live(_) | Stage::Remains { .. } | Stage::Keeping { .. } => {
                Some((entry.attempt, None))
            }
        })
    }
}
