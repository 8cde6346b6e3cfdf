//! Where the pieces of a group lie, and what the disk did not let be taken back.

use hven_app::ports::{StoreError, record::Appended};
use hven_core::{Fact, envelope::Envelope};

use super::Reply;

/// How a group is carried out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    /// Its commit may wait.
    pub(super) waits: bool,
    /// It may use the reserve.
    pub(super) may_give: bool,
}

/// A batch whose facts have their places.
pub(super) struct Placed {
    pub(super) envelopes: Vec<Envelope>,
    pub(super) facts: Vec<Fact>,
    pub(super) reply: Reply<Appended>,
    /// Callers who sent the same key meanwhile.
    pub(super) same_key: Vec<Reply<Appended>>,
}

/// What of a group was not carried out and stands in the journal until it is taken back.
#[derive(Clone, Copy)]
pub(super) struct Owed {
    pub(super) serial: u64,
    pub(super) facts: bool,
    pub(super) pieces: bool,
}

impl Placed {
    pub(super) fn refuse(self, error: &dyn Fn() -> StoreError) {
        self.same_key.into_iter().chain([self.reply]).for_each(|reply| drop(reply.send(Err(error()))));
    }
}
