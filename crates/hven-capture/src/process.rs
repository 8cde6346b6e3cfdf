//! Settings of this process from its shell, in addition to environment and file mode mask: limits, niceness, I/O class and
//! processors. The process has not changed them since its start.

use std::collections::BTreeMap;

use hven_api::process::{IoPriority, ProcessSettings, ResourceLimit};
use hven_core::limits::WHOLE_MAX;
#[cfg(target_os = "linux")]
use hven_core::process::{IoClass, read_cpus, write_cpus};
use rustix::process::{Resource, getpriority_process, getrlimit};

/// The settings from `ulimit`, `nice`, `ionice` and `taskset`.
pub fn of_process() -> ProcessSettings {
    ProcessSettings {
        limits: Some(limits()),
        nice: getpriority_process(None).unwrap_or(0),
        io: io_priority(),
        cpus: cpus(),
    }
}

/// The resource limits that are set.
fn limits() -> BTreeMap<String, ResourceLimit> {
    let limit = |&(name, resource): &(&str, Resource)| {
        let limit = getrlimit(resource);
        // A larger number means no limit on every system.
        let known = |number: Option<u64>| number.filter(|&number| number <= WHOLE_MAX);
        (name.to_owned(), ResourceLimit { soft: known(limit.current), hard: known(limit.maximum) })
    };
    RESOURCES.iter().map(limit).filter(|(_, limit)| *limit != ResourceLimit::default()).collect()
}

/// By the names of [`hven_core::process::LIMITS`].
const RESOURCES: &[(&str, Resource)] = &[
    ("as", Resource::As),
    ("core", Resource::Core),
    ("cpu", Resource::Cpu),
    ("data", Resource::Data),
    ("fsize", Resource::Fsize),
    ("memlock", Resource::Memlock),
    ("nofile", Resource::Nofile),
    ("nproc", Resource::Nproc),
    ("stack", Resource::Stack),
];

/// The processors on which this process may run; `None` if these are all of the machine.
#[cfg(target_os = "linux")]
fn cpus() -> Option<String> {
    let own = rustix::thread::sched_getaffinity(None).ok()?;
    let own = (0..rustix::thread::CpuSet::MAX_CPU).filter(|&cpu| own.is_set(cpu)).map(|cpu| cpu as u32);
    let own: Vec<u32> = own.collect();
    let online = std::fs::read_to_string("/sys/devices/system/cpu/online").ok();
    let online = online.and_then(|text| read_cpus(text.trim()));
    if own.is_empty() || online.as_ref() == Some(&own) { None } else { Some(write_cpus(own)) }
}
#[cfg(not(target_os = "linux"))]
const fn cpus() -> Option<String> {
    None
}

/// `None`: no class, the default.
#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn io_priority() -> Option<IoPriority> {
    const OF_A_PROCESS: libc::c_int = 1;
    // SAFETY: the call passes no pointers. No library has a function for it.
    let priority = unsafe { libc::syscall(libc::SYS_ioprio_get, OF_A_PROCESS, 0) };
    let class = match IoClass::of_number(u8::try_from(priority >> 13).ok()?)? {
        IoClass::RealTime => "real_time",
        IoClass::BestEffort => "best_effort",
        IoClass::Idle => "idle",
    };
    Some(IoPriority { class: class.to_owned(), level: (priority & 7) as u8 })
}
#[cfg(not(target_os = "linux"))]
const fn io_priority() -> Option<IoPriority> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_known_limits_are_captured() {
        let known: Vec<&str> = hven_core::process::LIMITS.iter().map(|limit| limit.name).collect();
        assert_eq!(RESOURCES.iter().map(|(name, _)| *name).collect::<Vec<_>>(), known);
    }

    #[test]
    fn captured_settings_can_be_recorded() {
        let settings = of_process();
        let limits = settings.limits.expect("it has limits");
        assert!(limits.contains_key("nofile"), "{limits:?}");
        assert!(limits.values().all(|limit| limit.soft.is_some() || limit.hard.is_some()), "{limits:?}");
        assert!((-20..=19).contains(&settings.nice));
        assert!(settings.cpus.is_none_or(|cpus| hven_core::process::read_cpus(&cpus).is_some()));
    }
}
