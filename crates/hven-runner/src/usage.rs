//! The resource use of an attempt's processes: read from `/proc` while they live, and from the kernel after their end.

use hven_core::{Time, run::Usage, stream::Sample};

use crate::{
    kernel::ResourceUse,
    tree::{self, Stat},
};

/// The known resource use of an attempt so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter {
    /// The use of processes that have ended.
    ended: ResourceUse,
    memory_max_bytes: u64,
}

impl Meter {
    /// Adds the use of a process that has ended.
    pub(crate) fn add(&mut self, used: ResourceUse) {
        self.ended.user_s += used.user_s;
        self.ended.system_s += used.system_s;
        self.ended.read_bytes += used.read_bytes;
        self.ended.written_bytes += used.written_bytes;
        self.memory_max_bytes = self.memory_max_bytes.max(used.memory_max_bytes);
    }

    /// The current memory of the living processes, and the total use of all processes.
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

    /// Whether the processes together use more memory than `limit_bytes`.
    pub(crate) fn exceeds(&mut self, living: &[Stat], limit_bytes: u64) -> bool {
        // This sum counts shared memory for each process, so it is an upper bound. It is usually below the limit, and then
        // the more expensive measurement is not needed.
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

/// The total memory of processes, with shared memory counted once.
///
/// The processes are measured one after the other. If one ends meanwhile, its share of common memory moves to those that are
/// measured later, and would be counted twice. So only processes that still live after all measurements count.
fn memory_bytes(living: &[Stat]) -> u64 {
    if let [one] = living {
        return one.memory_bytes;
    }
    let asked: Vec<(&Stat, Option<u64>)> =
        living.iter().map(|process| (process, tree::proportional_memory_bytes(process.pid))).collect();
    asked.into_iter().filter_map(|(process, share)| memory_if_alive(process, share)).sum()
}

/// The share of a process, or `None` if it has ended. If the system gives no share, all its memory counts.
fn memory_if_alive(process: &Stat, share: Option<u64>) -> Option<u64> {
    let now = tree::stat(process.pid).filter(|now| !now.ended && now.start_time == process.start_time)?;
    Some(share.unwrap_or(now.memory_bytes))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// A living process with memory. Directly after its start the system may count no pages for it.
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
        // A share that was measured before the process ended does not count.
        let asked = Some(1 << 30);
        assert_eq!(memory_if_alive(&living[0], asked), asked);
        for child in &mut children {
            child.kill().expect("killed");
        }
        // Until it is reaped, an ended process exists without memory; the second one is reaped here.
        for (look, child) in children.iter_mut().enumerate() {
            while tree::stat(living[look].pid).is_some_and(|stat| !stat.ended) {
                std::thread::yield_now();
            }
            if look == 1 {
                child.wait().expect("reaped");
            }
        }
        assert_eq!((memory_if_alive(&living[0], asked), memory_bytes(&living)), (None, 0));
        assert!(!meter.exceeds(&living, 1), "none is left");
        children[0].wait().expect("reaped");
    }
}
