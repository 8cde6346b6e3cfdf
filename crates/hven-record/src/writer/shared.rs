//! The state of the writer that other threads read.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use hven_app::ports::{fact_feed::FactSender, record::Head};
use hven_core::run::PartSealed;

use crate::{essential_thread::Death, reserve::Reserve, series::LiveStreams};

/// How many groups of facts a reader of the feed may be behind.
const FEED_GROUPS_MAX: usize = 4096;

/// The state of the writer that other threads read.
pub(crate) struct Shared {
    pub(super) head: Mutex<Head>,
    /// The last fact that readers can see.
    shown: AtomicU64,
    pub(crate) recorded: FactSender,
    pub(crate) live_streams: LiveStreams,
    /// While a backup reads, the writer removes no segment.
    pub(crate) keep_segments: Mutex<KeepSegments>,
    /// How often views were rebuilt or facts erased. Caches of views from an earlier generation are invalid.
    pub(crate) generation: AtomicU64,
    /// The WAL is long and mostly copied: the writer must restart it when it can.
    pub(crate) wal_is_long: AtomicBool,
    /// The unused space of some file still contains copies of erased content.
    pub(crate) copies_left: AtomicBool,
    pub(crate) reserve: Arc<Reserve>,
    pub(crate) death: Death,
}

#[derive(Default)]
pub(crate) struct KeepSegments {
    pub(crate) readers: usize,
    pub(crate) postponed: Vec<PartSealed>,
}

impl Shared {
    pub(crate) fn new(head: Head, live_streams: LiveStreams, reserve: Arc<Reserve>) -> Self {
        Self {
            head: Mutex::new(head),
            shown: AtomicU64::new(head.seq),
            recorded: FactSender::new(FEED_GROUPS_MAX),
            live_streams,
            keep_segments: Mutex::default(),
            generation: AtomicU64::new(0),
            wal_is_long: AtomicBool::new(false),
            copies_left: AtomicBool::new(false),
            reserve,
            death: Death::default(),
        }
    }
    pub(crate) fn head(&self) -> Head {
        *self.head.lock().unwrap_or_else(PoisonError::into_inner)
    }
    pub(super) fn set_head(&self, head: Head) {
        *self.head.lock().unwrap_or_else(PoisonError::into_inner) = head;
    }
    pub(super) fn set_shown(&self, seq: u64) {
        self.shown.store(seq, Ordering::Release);
    }
    /// Whether readers can see all acknowledged facts.
    pub(crate) fn is_all_shown(&self) -> bool {
        self.shown.load(Ordering::Acquire) >= self.head().seq
    }
}
