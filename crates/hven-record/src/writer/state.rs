//! The state of the writer: its open files and its pending work.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use hven_app::ports::record::Head;
use hven_core::{AttemptId, RunId, stream::Stream};

use super::{flusher::Flusher, numbered::Revocation, open::Open, scrub_schedule::Scrub, shared::Shared, upkeep};
use crate::{
    journal::{Group, Journal},
    sql::Connection,
    views::{self, ChangedRun},
};

pub(super) struct Writer {
    pub(super) sql: Connection,
    pub(super) journal: Journal,
    /// Whether facts go through the journal.
    pub(super) facts_in_journal: bool,
    pub(super) shared: Arc<Shared>,
    pub(super) head: Head,
    pub(super) kinds: HashSet<(String, u16)>,
    pub(super) changed_runs: HashMap<RunId, ChangedRun>,
    pub(super) flusher: Flusher,
    pub(super) upkeep: upkeep::Upkeep,
    /// Segments that were written since the current file of the journal was created.
    pub(super) unsynced: HashSet<(AttemptId, Stream)>,
    pub(super) frames: Group,
    pub(super) open: Open,
    /// The number of callers in the last group, and the duration of its flush.
    pub(super) callers: usize,
    pub(super) flush_took: Duration,
    pub(super) wal_bytes: usize,
    pub(super) scrub: Scrub,
    /// A cleanup that the disk did not allow yet.
    pub(super) pending_revocation: Option<Revocation>,
    /// The error after which the writer accepts nothing.
    pub(super) broken: Option<String>,
}

pub(super) fn changes<'a>(
    sql: &'a mut Connection,
    changed_runs: &mut HashMap<RunId, ChangedRun>,
) -> views::Changes<'a> {
    let mut changes = views::Changes::new(sql);
    changes.pending.changed_runs = std::mem::take(changed_runs);
    changes
}
