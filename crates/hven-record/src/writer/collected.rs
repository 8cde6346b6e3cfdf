//! Collects commands for one group.

use hven_app::ports::{record::Appended, series::StreamPiece};

use super::{
    command::{Command, Reply},
    prepare::Prepared,
};

/// The limit of facts in one group; further commands wait for the next.
const GROUP_FACTS_MAX: usize = 10_000;
/// The limit of bytes in one group.
const GROUP_BYTES_MAX: usize = 16 << 20;

/// The commands of one group.
#[derive(Default)]
pub(super) struct CollectedGroup {
    pub(super) batches: Vec<(Prepared, Reply<Appended>)>,
    pub(super) pieces: Vec<(Vec<StreamPiece>, Reply<Vec<u64>>)>,
    /// The whole group may use the reserve.
    pub(super) may_use_reserve: bool,
    /// Readers that wait to see earlier facts. They are served first, because the commands of this group do not concern them.
    pub(super) shows: Vec<Reply<()>>,
    pub(super) facts: usize,
    pub(super) bytes: usize,
}

impl CollectedGroup {
    /// Adds a command; returns it if it needs the writer exclusively.
    pub(super) fn take(&mut self, command: Command) -> Option<Command> {
        match command {
            Command::Append { batch, reply } => {
                let is_first = self.is_empty();
                self.may_use_reserve = batch.may_use_reserve() && (is_first || self.may_use_reserve);
                self.facts += batch.facts.len();
                self.bytes += batch.byte_count();
                self.batches.push((*batch, reply));
                None
            }
            Command::Pieces { pieces, are_last, reply } => {
                self.may_use_reserve = are_last && (self.is_empty() || self.may_use_reserve);
                self.bytes += pieces.iter().map(|piece| piece.bytes.len()).sum::<usize>();
                self.pieces.push((pieces, reply));
                None
            }
            Command::Show { reply } => {
                self.shows.push(reply);
                None
            }
            other => Some(other),
        }
    }
    pub(super) fn has_room(&self) -> bool {
        self.facts < GROUP_FACTS_MAX && self.bytes < GROUP_BYTES_MAX
    }
    pub(super) fn is_empty(&self) -> bool {
        self.batches.is_empty() && self.pieces.is_empty()
    }
    pub(super) fn callers(&self) -> usize {
        self.batches.len() + self.pieces.len()
    }
}
