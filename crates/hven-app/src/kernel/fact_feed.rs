//! The live feed of recorded facts, and whether the disk has space for more.

use crate::{kernel::floor::Kernel, ports::fact_feed::FactFeed};

/// Each fact from now on, when it is recorded. The listener decides which facts it forwards.
pub fn subscribe(kernel: &Kernel) -> FactFeed {
    kernel.ports.record.subscribe()
}

/// Whether the disk has space for new work.
pub fn has_room(kernel: &Kernel) -> bool {
    kernel.ports.record.has_room()
}
