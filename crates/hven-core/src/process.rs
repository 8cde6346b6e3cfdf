//! The settings that a process inherits from the shell, in addition to folder, environment and file mode mask: limits of
//! resources, niceness, I/O class and processors. A shell passes them to its processes; so does Hven, because the runner that
//! starts the process has other settings.
//!
//! They limit a process but do not affect its results: two runs that differ only in these settings do the same work.
//!
//! They are recorded with each run, so their form is short: only limits that people set, in pairs, and only those that really
//! limit.

use std::{collections::BTreeMap, ops::RangeInclusive};

use serde::{Deserialize, Serialize};

use crate::{Malformed, limits};

/// The settings from one shell. A missing setting has its default: no niceness, no I/O class, all processors.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessSettings {
    /// By the names of [`LIMITS`]; a limit that is not named is unlimited. `None`: all limits are those of the runner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<BTreeMap<String, ResourceLimit>>,
    /// From -20, the highest priority, to 19.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub nice: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub io: Option<IoPriority>,
    /// The processors on which it may run, as [`write_cpus`] writes them; `None`: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpus: Option<String>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &i32) -> bool {
    *number == 0
}

/// A limit as `ulimit` sets it, written as a pair. `None`: no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "[Option<u64>; 2]", into = "[Option<u64>; 2]")]
pub struct ResourceLimit {
    /// The effective value. A process may increase it itself, up to the hard value.
    pub soft: Option<u64>,
    pub hard: Option<u64>,
}

impl From<[Option<u64>; 2]> for ResourceLimit {
    fn from([soft, hard]: [Option<u64>; 2]) -> Self {
        Self { soft, hard }
    }
}

impl From<ResourceLimit> for [Option<u64>; 2] {
    fn from(ResourceLimit { soft, hard }: ResourceLimit) -> Self {
        [soft, hard]
    }
}

impl ResourceLimit {
    /// The nearest limit that a process with the limit `own` may set without privileges.
    #[must_use]
    pub fn within(self, own: Self) -> Self {
        let least = |one: Option<u64>, other: Option<u64>| [one, other].into_iter().flatten().min();
        let hard = least(self.hard, own.hard);
        Self { soft: least(self.soft, hard), hard }
    }
}

/// The priority of a process in disk access, as `ionice` sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IoPriority {
    pub class: IoClass,
    /// From 0, the highest in the class, to 7.
    pub level: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IoClass {
    RealTime,
    BestEffort,
    Idle,
}

impl IoClass {
    /// As the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RealTime => "real_time",
            Self::BestEffort => "best_effort",
            Self::Idle => "idle",
        }
    }

    /// As `ionice -c` accepts it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RealTime => "realtime",
            Self::BestEffort => "best-effort",
            Self::Idle => "idle",
        }
    }

    /// The number in the Linux kernel; 0 is no class.
    pub const fn number(self) -> u8 {
        match self {
            Self::RealTime => 1,
            Self::BestEffort => 2,
            Self::Idle => 3,
        }
    }

    pub const fn of_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::RealTime),
            2 => Some(Self::BestEffort),
            3 => Some(Self::Idle),
            _ => None,
        }
    }
}

/// The unit of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    Number,
    Bytes,
    Seconds,
}

impl Counted {
    /// A value for people. Limits are set in whole KiB: the shown text is valid as input.
    pub fn shown(self, value: Option<u64>) -> String {
        let Some(value) = value else { return "unlimited".to_owned() };
        let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
        match self {
            Self::Number => value.to_string(),
            Self::Seconds => format!("{value} s"),
            Self::Bytes => units
                .into_iter()
                .find(|(size, _)| value > 0 && value.is_multiple_of(*size))
                .map_or_else(|| format!("{value} B"), |(size, unit)| format!("{} {unit}", value / size)),
        }
    }
}

/// The description of a limit.
#[derive(Clone, Copy, Debug)]
pub struct KnownLimit {
    /// The name of its constant, without `RLIMIT_` and in small letters.
    pub name: &'static str,
    /// The limited resource, for people.
    pub of: &'static str,
    pub counted: Counted,
    /// Its usual values; empty when they depend on the machine.
    usual: &'static [Option<u64>],
}

const fn known(name: &'static str, of: &'static str, counted: Counted, usual: &'static [Option<u64>]) -> KnownLimit {
    KnownLimit { name, of, counted, usual }
}

const NONE: &[Option<u64>] = &[None];

/// The limits that Hven passes on: those that people set, and that both Linux and macOS have. Seven more limits of Linux stay
/// as the runner has them: `locks` and `rss` have no effect any more; `msgqueue`, `sigpending`, `nice`, `rtprio` and `rttime`
/// limit how many messages and signals may wait, and how far and how long a process may increase its own priority.
pub const LIMITS: &[KnownLimit] = &[
    known("as", "memory addresses", Counted::Bytes, NONE),
    // Without a core file, or with one in the place that the system chooses.
    known("core", "core file", Counted::Bytes, &[Some(0), None]),
    known("cpu", "CPU time", Counted::Seconds, NONE),
    known("data", "data segment", Counted::Bytes, NONE),
    known("fsize", "size of a file", Counted::Bytes, NONE),
    known("memlock", "locked memory", Counted::Bytes, &[]),
    // The defaults of a login, a service, a container, and macOS.
    known("nofile", "open files", Counted::Number, &[Some(1024), Some(524_288), Some(1_048_576), Some(256), None]),
    known("nproc", "processes", Counted::Number, &[]),
    known("stack", "stack", Counted::Bytes, &[Some(8 << 20)]),
];

impl ProcessSettings {
    /// The limits that differ from the usual values, in the order of [`LIMITS`].
    pub fn unusual_limits(&self) -> impl Iterator<Item = (&'static KnownLimit, Option<u64>)> {
        self.known_limits().filter_map(|(known, limit)| {
            let is_usual = known.usual.is_empty() || known.usual.contains(&limit.soft);
            (!is_usual).then_some((known, limit.soft))
        })
    }

    /// The value of each limit, in the order of [`LIMITS`]; nothing when all are those of the runner.
    pub fn known_limits(&self) -> impl Iterator<Item = (&'static KnownLimit, ResourceLimit)> {
        self.limits.iter().flat_map(|limits| {
            LIMITS.iter().map(move |known| (known, limits.get(known.name).copied().unwrap_or_default()))
        })
    }

    /// Checks that a process can have these settings.
    pub fn check(&self) -> Result<(), Malformed> {
        let refuse = |what: String, why: &str| Err(Malformed::Bound { what, why: why.to_owned() });
        for (name, limit) in self.limits.iter().flatten() {
            if !LIMITS.iter().any(|known| known.name == name) {
                return refuse(format!("the limit {name:?}"), "is none that a process has");
            }
            for number in [limit.soft, limit.hard].into_iter().flatten() {
                limits::whole(&format!("the limit {name}"), number, limits::WHOLE_MAX)?;
            }
            if limit.within(*limit) != *limit {
                return refuse(format!("the limit {name}"), "has a soft value above its hard one");
            }
        }
        if !(-20..=19).contains(&self.nice) {
            return refuse("the niceness".to_owned(), "does not lie between -20 and 19");
        }
        if self.io.is_some_and(|io| io.level > 7) {
            return refuse("the level of the I/O class".to_owned(), "is above 7");
        }
        match self.cpus.as_deref().map(read_cpus) {
            Some(None) => refuse("the processors".to_owned(), "are not written as in 0-3,8"),
            _ => Ok(()),
        }
    }
}

/// The largest number of a processor.
pub const CPU_MAX: u32 = 8191;

/// Processors in the format of `taskset -c`: `0-3,8`. `cpus` must be sorted.
pub fn write_cpus(cpus: impl IntoIterator<Item = u32>) -> String {
    let mut ranges: Vec<RangeInclusive<u32>> = Vec::new();
    for cpu in cpus {
        match ranges.last_mut() {
            Some(last) if cpu == last.end() + 1 => *last = *last.start()..=cpu,
            _ => ranges.push(cpu..=cpu),
        }
    }
    let written = ranges.iter().map(|range| match (range.start(), range.end()) {
        (first, last) if first == last => first.to_string(),
        (first, last) => format!("{first}-{last}"),
    });
    written.collect::<Vec<_>>().join(",")
}

/// Reads the output of [`write_cpus`]; `None` for other text.
pub fn read_cpus(text: &str) -> Option<Vec<u32>> {
    let mut cpus = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
        let is_next = cpus.last().is_none_or(|before| *before < first);
        if !is_next || first > last || last > CPU_MAX {
            return None;
        }
        cpus.extend(first..=last);
    }
    Some(cpus)
}

crate::sample::sampled! {
    ProcessSettings { limits, nice, io, cpus }
    ResourceLimit { soft, hard }
    IoPriority { class, level }
    enum IoClass { RealTime, BestEffort, Idle }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(soft: Option<u64>, hard: Option<u64>) -> ResourceLimit {
        ResourceLimit { soft, hard }
    }

    #[test]
    fn processors_are_written_in_ranges_and_read_back() {
        let check = |cpus: &[u32], text: &str| {
            assert_eq!(write_cpus(cpus.iter().copied()), text);
            assert_eq!(read_cpus(text).as_deref(), Some(cpus), "{text}");
        };
        check(&[1], "1");
        check(&[0, 1, 2, 3, 8], "0-3,8");
        check(&[0, 2, 4, 5, 8191], "0,2,4-5,8191");
        for bad in ["", "a", "1-", "3-1", "1,1", "2,1", "0-8192", "-1", "0-4294967295"] {
            assert_eq!(read_cpus(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_limit_above_the_own_one_becomes_the_nearest() {
        let own = limit(Some(1024), Some(4096));
        assert_eq!(limit(Some(321), Some(321)).within(own), limit(Some(321), Some(321)));
        assert_eq!(limit(Some(100), Some(9000)).within(own), limit(Some(100), Some(4096)));
        assert_eq!(limit(None, None).within(own), limit(Some(4096), Some(4096)));
        assert_eq!(limit(None, None).within(limit(Some(1), None)), limit(None, None));
    }

    #[test]
    fn only_unusual_limits_are_named() {
        let settings = ProcessSettings {
            limits: Some(BTreeMap::from([
                ("nofile".to_owned(), limit(Some(321), Some(321))),
                ("core".to_owned(), limit(Some(0), Some(0))),
                ("nproc".to_owned(), limit(Some(7), Some(7))),
            ])),
            ..ProcessSettings::default()
        };
        let unusual = |settings: &ProcessSettings| -> Vec<_> {
            settings.unusual_limits().map(|(known, soft)| (known.name, soft)).collect()
        };
        // A stack that is not named has no limit.
        assert_eq!(unusual(&settings), [("nofile", Some(321)), ("stack", None)]);
        assert!(unusual(&ProcessSettings::default()).is_empty(), "those of the runner are not known here");
    }

    #[test]
    fn a_value_is_shown_as_it_is_typed() {
        let check = |counted: Counted, value, text: &str| assert_eq!(counted.shown(value), text);
        check(Counted::Number, Some(321), "321");
        check(Counted::Seconds, Some(60), "60 s");
        check(Counted::Bytes, Some(8 << 20), "8 MiB");
        check(Counted::Bytes, Some(1000), "1000 B");
        check(Counted::Bytes, Some(0), "0 B");
        check(Counted::Bytes, None, "unlimited");
    }

    #[test]
    fn impossible_settings_are_refused() {
        let base = ProcessSettings::default();
        assert_eq!(base.check(), Ok(()));
        let with =
            |name: &str, value| ProcessSettings { limits: Some([(name.to_owned(), value)].into()), ..base.clone() };
        assert_eq!(with("stack", limit(None, None)).check(), Ok(()));
        let nice = |nice| ProcessSettings { nice, ..base.clone() };
        let io = |level| ProcessSettings { io: Some(IoPriority { class: IoClass::Idle, level }), ..base.clone() };
        let cpus = |text: &str| ProcessSettings { cpus: Some(text.to_owned()), ..base.clone() };
        for (bad, why) in [
            (with("sofa", limit(None, None)), "the limit \"sofa\" is none that a process has"),
            (with("stack", limit(None, Some(1))), "the limit stack has a soft value above its hard one"),
            (nice(20), "the niceness does not lie between -20 and 19"),
            (io(8), "the level of the I/O class is above 7"),
            (cpus("all"), "the processors are not written as in 0-3,8"),
        ] {
            assert_eq!(bad.check().expect_err(why).to_string(), why);
        }
        assert!(with("stack", limit(Some(u64::MAX), None)).check().is_err());
    }

    #[test]
    fn the_recorded_form_is_short() {
        let check = |settings: &ProcessSettings, wanted: &str| {
            let text = serde_json::to_string(settings).expect("JSON");
            assert_eq!(text, wanted);
            assert_eq!(&serde_json::from_str::<ProcessSettings>(&text).expect("read"), settings);
        };
        let base = ProcessSettings::default();
        check(&base, "{}");
        check(&ProcessSettings { limits: Some(BTreeMap::new()), ..base }, r#"{"limits":{}}"#);
        let all = ProcessSettings {
            limits: Some(BTreeMap::from([
                ("nofile".to_owned(), limit(Some(1024), Some(1_048_576))),
                ("stack".to_owned(), limit(Some(8192), None)),
            ])),
            nice: 7,
            io: Some(IoPriority { class: IoClass::BestEffort, level: 4 }),
            cpus: Some("0-3".to_owned()),
        };
        let limits = r#""limits":{"nofile":[1024,1048576],"stack":[8192,null]}"#;
        check(&all, &format!(r#"{{{limits},"nice":7,"io":{{"class":"best_effort","level":4}},"cpus":"0-3"}}"#));
    }
}
