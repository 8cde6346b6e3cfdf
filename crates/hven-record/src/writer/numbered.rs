//! The state of a group during its execution, and pending revocations.

use hven_app::ports::{StoreError, record::Appended};
use hven_core::{Fact, envelope::Envelope};

use super::Reply;

/// How a group is executed.
#[derive(Clone, Copy, Debug)]
pub(super) struct GroupOptions {
    /// Its commit may wait.
    pub(super) waits: bool,
    /// It may use the reserve.
    pub(super) may_use_reserve: bool,
}

/// A batch whose facts have their sequence numbers.
pub(super) struct NumberedBatch {
    pub(super) envelopes: Vec<Envelope>,
    pub(super) facts: Vec<Fact>,
    pub(super) reply: Reply<Appended>,
    /// Callers that sent the same key meanwhile.
    pub(super) same_key: Vec<Reply<Appended>>,
}

/// A part of a group that was not executed and stays in the journal until it is revoked.
#[derive(Clone, Copy)]
pub(super) struct Revocation {
    pub(super) serial: u64,
    pub(super) facts: bool,
    pub(super) pieces: bool,
}

impl NumberedBatch {
    pub(super) fn refuse(self, error: &dyn Fn() -> StoreError) {
        self.same_key.into_iter().chain([self.reply]).for_each(|reply| drop(reply.send(Err(error()))));
    }
}
