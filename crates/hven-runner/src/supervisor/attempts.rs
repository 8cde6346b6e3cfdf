//! The attempts that the runner holds, in order of arrival, with the stage of each.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    path::Path,
    sync::{Arc, atomic::AtomicBool},
    time::Instant,
};

use hven_api::runner::Start;
use hven_core::{AttemptId, resources::Resources, run::AttemptResult};

use crate::{grants::Grant, leftovers::LostProcesses, live::Live, staging_result::StagingResult};

/// The number of an attempt in order of arrival, from 1.
pub(super) type Key = u64;

#[derive(Debug)]
pub(super) struct HeldAttempt {
    pub(super) attempt: AttemptId,
    pub(super) dir: Arc<Path>,
    pub(super) stage: Stage,
    /// The server does not want reports of this attempt any more.
    pub(super) is_unwanted: bool,
    /// The reason why the attempt may not start any more.
    pub(super) withdrawn: Option<String>,
    /// The end is not in the ledger yet, because the disk was full.
    pub(super) is_unwritten: bool,
}

#[derive(Debug)]
pub(super) enum Stage {
    Waiting(Box<Start>),
    /// The stagers fill the fresh folder, or the checkers compare its files. The attempt holds its resources already.
    Staging {
        start: Box<Start>,
        stop: Arc<AtomicBool>,
    },
    /// All files are there, but the ledger cannot record the start. The attempt holds its resources.
    WaitingForLedger(Box<Start>, StagingResult),
    /// Between two stages.
    InTransition,
    Live(Box<Live>),
    /// The attempt belonged to an earlier runner; this runner ends its remaining processes.
    LostProcesses {
        lost_processes: LostProcesses,
        next: Instant,
    },
    /// The processes have ended and the keepers keep the outputs. The attempt holds its resources until they are done.
    Keeping {
        grant: Grant,
        stop: Arc<AtomicBool>,
    },
    /// The attempt has ended; the keepers upload copies of its outputs to the server.
    Uploading(Arc<AttemptResult>),
    Ended(Arc<AttemptResult>),
}

impl Stage {
    /// When the supervisor must look at the attempt, even if nothing happens before.
    fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Live(live) => Some(live.deadline()),
            Self::LostProcesses { next, .. } => Some(*next),
            _ => None,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Attempts {
    all: BTreeMap<Key, HeldAttempt>,
    keys: HashMap<AttemptId, Key>,
    last: Key,
    /// The resources that each waiting attempt asks for.
    waiting: BTreeMap<Key, Resources>,
    /// The attempts that have deadlines.
    active: BTreeSet<Key>,
    forgotten: Forgotten,
}

/// Attempts that are over. The runner remembers some of them, so that a late command does not start one again.
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

impl Attempts {
    pub(super) fn enter(&mut self, attempt: AttemptId, dir: Arc<Path>, stage: Stage) -> Key {
        self.last += 1;
        let key = self.last;
        let entry = HeldAttempt {
            attempt,
            dir,
            stage: Stage::InTransition,
            is_unwanted: false,
            withdrawn: None,
            is_unwritten: false,
        };
        self.all.insert(key, entry);
        self.keys.insert(attempt, key);
        self.set_stage(key, stage);
        key
    }

    /// Moves an attempt to another stage and returns the previous one.
    pub(super) fn set_stage(&mut self, key: Key, stage: Stage) -> Option<Stage> {
        let entry = self.all.get_mut(&key)?;
        self.waiting.remove(&key);
        self.active.remove(&key);
        match &stage {
            Stage::Waiting(start) => drop(self.waiting.insert(key, start.resources.clone())),
            Stage::Live(_) | Stage::LostProcesses { .. } => drop(self.active.insert(key)),
            _ => {}
        }
        Some(std::mem::replace(&mut entry.stage, stage))
    }

    pub(super) fn remove(&mut self, key: Key) -> Option<HeldAttempt> {
        self.set_stage(key, Stage::InTransition);
        let entry = self.all.remove(&key)?;
        self.keys.remove(&entry.attempt);
        self.forgotten.add(entry.attempt);
        Some(entry)
    }

    pub(super) fn key_of(&self, attempt: AttemptId) -> Option<Key> {
        self.keys.get(&attempt).copied()
    }

    /// Whether the runner holds an attempt, or remembers that it is over.
    pub(super) fn knows(&self, attempt: AttemptId) -> bool {
        self.keys.contains_key(&attempt) || self.forgotten.all.contains(&attempt)
    }

    pub(super) fn get(&mut self, key: Key) -> Option<&mut HeldAttempt> {
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

    /// Whether an attempt is live and its first process has not ended.
    pub(super) fn has_main(&self, key: Key) -> bool {
        matches!(self.all.get(&key), Some(HeldAttempt { stage: Stage::Live(live), .. }) if live.end.is_none())
    }

    pub(super) fn is_live(&self, key: Key) -> bool {
        matches!(self.all.get(&key), Some(HeldAttempt { stage: Stage::Live(_), .. }))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether any attempt has processes.
    pub(super) fn is_any_alive(&self) -> bool {
        !self.active.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &HeldAttempt> {
        self.all.values()
    }

    /// The attempts with processes that this runner started.
    pub(super) fn all_live(&self) -> impl Iterator<Item = (Key, &Live)> {
        self.active.iter().filter_map(|key| match &self.all.get(key)?.stage {
            Stage::Live(live) => Some((*key, &**live)),
            _ => None,
        })
    }

    /// The attempts that wait only for the ledger.
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

    /// The earliest deadline, at most `latest`.
    pub(super) fn deadline(&self, latest: Instant) -> Instant {
        self.deadlines().fold(latest, |first, (_, deadline)| first.min(deadline))
    }

    pub(super) fn due(&self, at: Instant) -> Vec<Key> {
        self.deadlines().filter(|&(_, deadline)| deadline <= at).map(|(key, _)| key).collect()
    }

    /// The content of a new ledger: each attempt that started, with its result if it has ended.
    pub(super) fn known(&self) -> impl Iterator<Item = (AttemptId, Option<&AttemptResult>)> {
        self.iter().filter_map(|entry| match &entry.stage {
            Stage::Waiting(_) | Stage::Staging { .. } | Stage::WaitingForLedger(..) => None,
            Stage::Ended(result) | Stage::Uploading(result) => Some((entry.attempt, Some(&**result))),
            Stage::InTransition | Stage::Live(_) | Stage::LostProcesses { .. } | Stage::Keeping { .. } => {
                Some((entry.attempt, None))
            }
        })
    }
}
