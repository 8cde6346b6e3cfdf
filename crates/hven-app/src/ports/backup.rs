//! A copy of the whole home while it is in use.

use std::io::Write;

use crate::ports::error::StoreResult;

pub trait Backup: Send + Sync + 'static {
    /// Writes everything that a home needs to continue elsewhere, as a tar archive: facts up to the moment of the call,
    /// objects and streams, but no private launch and no key. This call blocks, so it needs its own thread.
    fn write(&self, out: &mut dyn Write) -> StoreResult<()>;
}
