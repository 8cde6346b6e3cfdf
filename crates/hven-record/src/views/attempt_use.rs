//! The use of the runners by ended attempts, as changes in minutes.
//!
//! An ended attempt reserved and used something from the start of its process to its end: two changes, added up for each minute.
//! All numbers are whole, because their sum does not depend on the order.

use std::collections::BTreeMap;

use hven_core::{Time, limits, resources::Resources, run::AttemptResult};

const MINUTE_US: i64 = 60_000_000;
pub(super) const MIB: u64 = 1 << 20;

/// Larger numbers, as in a record from another program, count as this much, so that sums stay whole numbers of 64 bits: 16 TiB,
/// and (below) a million cores.
const MEMORY_MIB_MAX: u64 = 1 << 24;
const MILLICORES_MAX: f64 = 1e9;

/// Longer descriptions of named resources are not counted by name: a key of PostgreSQL has at most 2,700 bytes.
const NAMED_BYTES_MAX: usize = 2000;

/// The resources that each attempt of a run reserves.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Reserved {
    pub(super) cpus: u32,
    pub(super) memory_bytes: u64,
    /// The named resources as a JSON object with sorted names; `None` without any.
    pub(super) named: Option<String>,
}

impl Reserved {
    pub(super) fn of(resources: &Resources) -> Self {
        let Resources { cpus, memory_bytes, named } = resources;
        // A map of texts and numbers is always JSON.
        let json = (!named.is_empty()).then(|| serde_json::to_string(named).unwrap_or_default());
        Self { cpus: *cpus, memory_bytes: *memory_bytes, named: json.filter(|json| json.len() <= NAMED_BYTES_MAX) }
    }
}

/// The resources that an ended attempt reserved and used while it had a process.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct AttemptUse {
    /// Microseconds since 1970.
    pub(super) from: i64,
    pub(super) until: i64,
    pub(super) reserved: Reserved,
    /// `None` if it is not known, as for an attempt that was lost.
    pub(super) cpu_s: Option<f64>,
}

impl AttemptUse {
    /// The use of an attempt whose process is known to have started at `started`, or started as its result says. `None` if it had
    /// no process, or no duration.
    pub(super) fn new(
        started: Option<i64>,
        until: i64,
        result: Option<&AttemptResult>,
        reserved: &Reserved,
    ) -> Option<Self> {
        let measured = result.filter(|result| result.started.is_some());
        let from = measured.and_then(|result| result.started).map(Time::micros).or(started)?;
        let cpu_s = measured.map(|result| result.usage.cpu_user_s + result.usage.cpu_system_s);
        let cpu_s = cpu_s.filter(|cpu_s| cpu_s.is_finite());
        (from < until).then(|| Self { from, until, reserved: reserved.clone(), cpu_s })
    }

    /// The levels in the order of [`Change::levels`].
    fn levels(&self) -> [i64; 5] {
        let cpus = i64::from(self.reserved.cpus.min(limits::CPUS_MAX));
        let memory_mib = self.reserved.memory_bytes.div_ceil(MIB).min(MEMORY_MIB_MAX) as i64;
        let duration_s = self.until.saturating_sub(self.from) as f64 / 1e6;
        let (millicores, unmeasured) = match self.cpu_s {
            Some(cpu_s) => ((cpu_s / duration_s * 1000.0).round().clamp(0.0, MILLICORES_MAX) as i64, 0),
            None => (0, cpus),
        };
        [1, cpus, memory_mib, millicores, unmeasured]
    }
}

/// The changes of one minute. The levels are: attempts, cores, memory in MiB, used millicores, and cores whose use is not
/// known.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Change {
    /// How many attempts began or ended.
    pub(super) events: i64,
    pub(super) levels: [i64; 5],
    /// Each change times the milliseconds of the minute before it.
    pub(super) levels_ms: [i64; 5],
}

/// The changes of one transaction, by the minute since 1970 and the named resources.
#[derive(Debug, Default)]
pub(super) struct UseChanges(pub(super) BTreeMap<(i64, String), Change>);

impl UseChanges {
    pub(super) fn add(&mut self, used: &AttemptUse) {
        self.count(used, 1);
    }

    pub(super) fn remove(&mut self, used: &AttemptUse) {
        self.count(used, -1);
    }

    fn count(&mut self, used: &AttemptUse, times: i64) {
        let levels = used.levels();
        for (at, sign) in [(used.from, times), (used.until, -times)] {
            let (minute, ms) = (at.div_euclid(MINUTE_US), at.rem_euclid(MINUTE_US) / 1000);
            let named = used.reserved.named.clone().unwrap_or_default();
            let change = self.0.entry((minute, named)).or_default();
            change.events += times;
            for (column, level) in levels.iter().enumerate() {
                change.levels[column] = change.levels[column].saturating_add(sign * level);
                change.levels_ms[column] = change.levels_ms[column].saturating_add(sign * level * ms);
            }
        }
    }
}
