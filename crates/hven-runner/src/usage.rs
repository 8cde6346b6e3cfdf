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
///
/// They are asked one after the other. Of what they share, one that ends meanwhile leaves its part to those that are asked
/// later, and it would be counted twice. So only those count that are still there when all were asked.
fn memory_bytes(living: &[Stat]) -> u64 {
    if let [one] = living {
        return one.memory_bytes;
    }
    let asked: Vec<(&Stat, Option<u64>)> =
        living.iter().map(|process| (process, tree::proportional_memory_bytes(process.pid))).collect();
    asked.into_iter().filter_map(|(process, share)| memory_bytes_still(process, share)).sum()
}

/// The part of a process, `None` when it has ended. Where the system tells no part, all that it has counts.
fn memory_bytes_still(process: &Stat, share: Option<u64>) -> Option<u64> {
    let now = tree::stat(process.pid).filter(|now| !now.ended && now.start_time == process.start_time)?;
    Some(share.unwrap_or(now.memory_bytes))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// A living process as soon as the system counts pages for it: just after it began there may be none.
    fn with_memory(pid: u32) -> Stat {
        loop {
            let stat = tree::stat(pid).expect("a living process");
            if stat.memory_bytes > 0 {
                return stat;
            }
            std::thread::yield_now();
        }
    }

    #[test]
    fn processes_that_ended_meanwhile_have_no_memory() {
        let mut children: Vec<_> =
            (0..2).map(|_| Command::new("sleep").arg("60").spawn().expect("sleep starts")).collect();
        let living: Vec<Stat> = children.iter().map(|child| with_memory(child.id())).collect();
        assert!(memory_bytes(&living) > 0);
        let mut meter = Meter::default();
        assert!(meter.exceeds(&living, 1), "both live");
        // What one said before it ended counts no more.
        let asked = Some(1 << 30);
        assert_eq!(memory_bytes_still(&living[0], asked), asked);
        for child in &mut children {
            child.kill().expect("killed");
        }
        // Until it is reaped it is there without memory; then it is gone.
        for (look, child) in children.iter_mut().enumerate() {
            while tree::stat(living[look].pid).is_some_and(|stat| !stat.ended) {
                std::thread::yield_now();
            }
            if look == 1 {
                child.wait().expect("reaped");
            }
        }
        assert_eq!((memory_bytes_still(&living[0], asked), memory_bytes(&living)), (None, 0));
        assert!(!meter.exceeds(&living, 1), "none is left");
        children[0].wait().expect("reaped");
    }
}
