//! What the processes of an attempt use: looked up in `/proc` while they live, told by the kernel when they ended.

use hven_core::{Time, run::Usage, stream::Sample};

use crate::{
    kernel::Used,
    tree::{self, Stat},
};

/// Everything that is known to have been used so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter {
    /// By processes that have ended.
    ended: Used,
    memory_max_bytes: u64,
}

impl Meter {
    /// A process has ended.
    pub(crate) fn add(&mut self, used: Used) {
        self.ended.user_s += used.user_s;
        self.ended.system_s += used.system_s;
        self.ended.read_bytes += used.read_bytes;
        self.ended.written_bytes += used.written_bytes;
        self.memory_max_bytes = self.memory_max_bytes.max(used.memory_max_bytes);
    }

    /// What all use now, and have used.
    pub(crate) fn sample(&mut self, now: Time, living: &[Stat]) -> Sample {
        let rss = memory_bytes(living);
        self.memory_max_bytes = self.memory_max_bytes.max(rss);
        let disk: Vec<(u64, u64)> = living.iter().filter_map(|process| tree::disk_bytes(process.pid)).collect();
        Sample {
            time_us: now.micros(),
            cpu_s: self.ended.user_s + self.ended.system_s + living.iter().map(|process| process.cpu_s).sum::<f64>(),
            rss,
            read: self.ended.read_bytes + disk.iter().map(|(read, _)| read).sum::<u64>(),
            written: self.ended.written_bytes + disk.iter().map(|(_, written)| written).sum::<u64>(),
            procs: living.len() as u32,
        }
    }

    /// Whether the processes together have more memory than `limit_bytes`.
    pub(crate) fn exceeds(&mut self, living: &[Stat], limit_bytes: u64) -> bool {
        // What processes share counts for each of them here, so this is never less than what they have: usually it is
        // below the limit, and the dearer question need not be asked.
        if living.iter().map(|process| process.memory_bytes).sum::<u64>() <= limit_bytes {
            return false;
        }
        let bytes = memory_bytes(living);
        self.memory_max_bytes = self.memory_max_bytes.max(bytes);
        bytes > limit_bytes
    }

    pub(crate) fn usage(&self) -> Usage {
        Usage {
            cpu_user_s: self.ended.user_s,
            cpu_system_s: self.ended.system_s,
            memory_max_bytes: self.memory_max_bytes,
            read_bytes: self.ended.read_bytes,
            written_bytes: self.ended.written_bytes,
        }
    }
}

/// The memory of processes together; what several share counts once.
fn memory_bytes(living: &[Stat]) -> u64 {
    match living {
        [one] => one.memory_bytes,
        many => many
            .iter()
            .map(|process| tree::proportional_memory_bytes(process.pid).unwrap_or(process.memory_bytes))
            .sum(),
    }
}
