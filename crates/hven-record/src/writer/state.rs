//! The state of the writer: what it has open, and what it owes.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use hven_app::ports::record::Head;
use hven_core::{AttemptId, RunId, stream::Stream};

use super::{flusher::Flusher, open::Open, placed::Owed, scrub_due::Scrub, shared::Shared, upkeep};
use crate::{
    journal::{Group, Journal},
    sql::Connection,
    views::{self, Standing},
};

pub(super) struct Writer {
    pub(super) sql: Connection,
    pub(super) journal: Journal,
    /// Whether facts go through the journal.
    pub(super) facts_in_journal: bool,
    pub(super) shared: Arc<Shared>,
    pub(super) head: Head,
    pub(super) kinds: HashSet<(String, u16)>,
    pub(super) standing: HashMap<RunId, Standing>,
    pub(super) flusher: Flusher,
    pub(super) upkeep: upkeep::Upkeep,
    /// Segments that were written to since the journal's current file was begun.
    pub(super) unsynced: HashSet<(AttemptId, Stream)>,
    pub(super) frames: Group,
    pub(super) open: Open,
    /// How many callers the last group had and what its flush took.
    pub(super) callers: usize,
    pub(super) flush_took: Duration,
    pub(super) wal_bytes: usize,
    pub(super) scrub: Scrub,
    /// What the disk did not let be taken back yet.
    pub(super) owed: Option<Owed>,
    /// What made it impossible to go on: nothing is accepted any more.
    pub(super) broken: Option<String>,
}

pub(super) fn changes<'a>(sql: &'a mut Connection, standing: &mut HashMap<RunId, Standing>) -> views::Changes<'a> {
    let mut changes = views::Changes::new(sql);
    changes.gathered.standing = std::mem::take(standing);
    changes
}
