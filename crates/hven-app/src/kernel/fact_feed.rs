//! What happens just now: facts as they are recorded, and whether there is room for more.

use std::sync::Arc;

use tokio::sync::broadcast::Receiver;

use crate::{kernel::floor::Kernel, ports::record::Recorded};

/// Each fact from now on, when it is recorded. Who listens decides what of it to pass on.
pub fn recorded(kernel: &Kernel) -> Receiver<Arc<Recorded>> {
    kernel.ports.record.subscribe()
}

/// Whether the disk has room for new work.
pub fn has_room(kernel: &Kernel) -> bool {
    kernel.ports.record.has_room()
}
