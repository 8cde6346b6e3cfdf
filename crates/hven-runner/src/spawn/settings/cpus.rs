//! A set of processors, as the system takes it.

use hven_core::process::CPU_MAX;

/// A bit for each processor.
pub(super) type Cpus = [u64; CPU_WORDS];

pub(super) const CPU_WORDS: usize = (CPU_MAX as usize + 1) / 64;
