//! A set of processors in the system's form.

use hven_core::process::CPU_MAX;

/// One bit for each processor.
pub(super) type Cpus = [u64; CPU_WORDS];

pub(super) const CPU_WORDS: usize = (CPU_MAX as usize + 1) / 64;
