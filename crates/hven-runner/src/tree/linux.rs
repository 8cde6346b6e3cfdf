//! Processes as `/proc` shows them.

use std::{fs::File, io::Read as _, sync::LazyLock};

use super::{ProcessScope, Stat};
use crate::kernel;

static UNITS: LazyLock<(f64, u64)> = LazyLock::new(kernel::units);

/// The start time of a process in seconds since the machine was started.
pub(super) fn began_s(start_time: u64) -> f64 {
    start_time as f64 / UNITS.0
}

/// Reads a small file of `/proc`, which has no known size, with one call.
fn read_small(path: &str, buffer: &mut [u8]) -> Option<usize> {
    File::open(path).ok()?.read(buffer).ok()
}

pub(crate) fn stat(pid: u32) -> Option<Stat> {
    let mut buffer = [0; 1024];
    let length = read_small(&format!("/proc/{pid}/stat"), &mut buffer)?;
    parse_stat(pid, &buffer[..length])
}

fn parse_stat(pid: u32, bytes: &[u8]) -> Option<Stat> {
    // The name is in parentheses and may contain any characters, including parentheses.
    let open = bytes.iter().position(|&b| b == b'(')?;
    let close = bytes.iter().rposition(|&b| b == b')')?;
    let name = String::from_utf8_lossy(bytes.get(open + 1..close)?).into_owned();
    let rest = std::str::from_utf8(bytes.get(close + 1..)?).ok()?;
    // The first of these is field 3 of proc(5).
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
    let (ticks_per_s, page_bytes) = *UNITS;
    Some(Stat {
        pid,
        name,
        ended: matches!(*fields.first()?, "Z" | "X"),
        session: number(6)? as u32,
        start_time: number(22)?,
        cpu_s: (number(14)? + number(15)? + number(16)? + number(17)?) as f64 / ticks_per_s,
        memory_bytes: number(24)? * page_bytes,
    })
}

/// The children of a process that any of its threads started.
pub(crate) fn children(pid: u32) -> Vec<u32> {
    let mut children = Vec::new();
    let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return children };
    for thread in threads.flatten() {
        if let Ok(text) = std::fs::read_to_string(thread.path().join("children")) {
            children.extend(text.split_ascii_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
        }
    }
    children
}

/// The children of this process that its main thread started or adopted (the kernel gives orphans to the first thread). Only
/// this thread removes children, by reaping them, so none is missed.
#[derive(Debug)]
pub(crate) struct OwnChildren {
    file: File,
    text: Vec<u8>,
}

impl OwnChildren {
    pub(crate) fn open() -> std::io::Result<Self> {
        let pid = std::process::id();
        Ok(Self { file: File::open(format!("/proc/{pid}/task/{pid}/children"))?, text: vec![0; 64 * 1024] })
    }

    /// The list includes orphans, so the sessions of attempts are not needed.
    pub(crate) fn list(&mut self, _is_session: impl Fn(u32) -> bool) -> Vec<u32> {
        use std::os::unix::fs::FileExt as _;
        let mut length = 0;
        // Each read returns at most one page.
        while let Ok(read @ 1..) = self.file.read_at(&mut self.text[length..], length as u64) {
            length += read;
            if length == self.text.len() {
                self.text.resize(2 * length, 0);
            }
        }
        let text = std::str::from_utf8(&self.text[..length]).unwrap_or_default();
        text.split_ascii_whitespace().filter_map(|pid| pid.parse().ok()).collect()
    }
}

/// The ids of all processes of the machine.
pub(super) fn all() -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()).collect()
}

/// A variable of the initial environment of a process.
pub(super) fn variable(pid: u32, name: &str) -> Option<Vec<u8>> {
    let environment = std::fs::read(format!("/proc/{pid}/environ")).ok()?;
    let value = |entry: &[u8]| Some(entry.strip_prefix(name.as_bytes())?.strip_prefix(b"=")?.to_vec());
    environment.split(|&b| b == 0).find_map(value)
}

/// The memory of a process, with shared memory counted in proportion. More expensive than [`Stat`].
pub(crate) fn proportional_memory_bytes(pid: u32) -> Option<u64> {
    let mut buffer = [0; 2048];
    let length = read_small(&format!("/proc/{pid}/smaps_rollup"), &mut buffer)?;
    let text = std::str::from_utf8(&buffer[..length]).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.split_ascii_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// How many bytes a process and the children that it waited for read from disks and wrote to them.
pub(crate) fn disk_bytes(pid: u32) -> Option<(u64, u64)> {
    let mut buffer = [0; 512];
    let length = read_small(&format!("/proc/{pid}/io"), &mut buffer)?;
    let text = std::str::from_utf8(&buffer[..length]).ok()?;
    let value = |name| text.lines().find_map(|line| line.strip_prefix(name))?.trim().parse().ok();
    Some((value("read_bytes:")?, value("write_bytes:")?))
}

pub(super) fn scope() -> ProcessScope {
    let line = |path| std::fs::read_to_string(path).unwrap_or_default().trim().to_owned();
    let namespace = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    ProcessScope {
        boot_id: line("/proc/sys/kernel/random/boot_id"),
        host: line("/proc/sys/kernel/hostname"),
        pid_namespace: namespace.to_string_lossy().into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_name_may_contain_any_characters() {
        let line = b"42 (a) b (c) S 1 42 41 0 -1 4194560 1 0 0 0 7 3 2 1 20 0 1 0 12345 1000 10 18446744073709551615";
        let stat = parse_stat(42, line).expect("a stat line");
        assert_eq!((stat.name.as_str(), stat.session, stat.start_time, stat.ended), ("a) b (c", 41, 12345, false));
        assert!((stat.cpu_s * UNITS.0 - 13.0).abs() < 1e-9);
        assert_eq!(stat.memory_bytes, 10 * UNITS.1);
        assert_eq!(parse_stat(42, b"42 (short) S 1"), None);
    }
}
