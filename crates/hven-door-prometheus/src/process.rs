//! The figures of the process itself, from `/proc`. A system without it has none.

use std::fs;

use crate::families::Families;

/// Adds the conventional figures of a process, as far as the system reports them.
pub(crate) fn add(families: &mut Families) {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name in parentheses may contain any character: the fields follow the last parenthesis.
    let fields: Vec<f64> = match stat.rsplit_once(')') {
        Some((_, rest)) => rest.split_whitespace().map(|field| field.parse().unwrap_or(f64::NAN)).collect(),
        None => return,
    };
    let ticks = rustix::param::clock_ticks_per_second() as f64;
    let field = |place: usize| fields.get(place).copied().filter(|value| value.is_finite());
    if let (Some(user), Some(system)) = (field(11), field(12)) {
        let help = "CPU time of the server, user and system, in seconds.";
        families.add("process_cpu_seconds_total", "counter", help, &[(&[], (user + system) / ticks)]);
    }
    if let Some(pages) = field(21) {
        let bytes = pages * rustix::param::page_size() as f64;
        families.add("process_resident_memory_bytes", "gauge", "Resident memory of the server.", &[(&[], bytes)]);
    }
    if let (Some(since_boot), Some(boot)) = (field(19), boot_time()) {
        let help = "Start of the server, in seconds since 1970.";
        families.add("process_start_time_seconds", "gauge", help, &[(&[], boot + since_boot / ticks)]);
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        families.add("process_open_fds", "gauge", "Open file descriptors.", &[(&[], open.count() as f64)]);
    }
}

/// When the machine started, in seconds since 1970.
fn boot_time() -> Option<f64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}
