//! The machine: its runners, what they have, what is in use now, and what was in use over time.

use std::collections::BTreeMap;

use hven_core::{RunnerId, Time, resources::Resources};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
    },
    ports::machine::{LevelChange, Levels, LiveUse, PeriodQuery, PeriodUse},
    work::{
        floor::Work,
        home::{self, RunnerState},
    },
};

/// Which period a person asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct MachineRequest {
    /// `None`: 24 hours before the end.
    pub since: Option<Time>,
    /// `None`, or a time to come: until now.
    pub until: Option<Time>,
    /// The largest number of bins.
    pub points: Option<usize>,
}

/// The runners with their use, and the use of all of them in bins of time. It names no user, project or run.
#[derive(Clone, Debug)]
pub struct Machine {
    pub now: Time,
    /// Those that are not known to have ended, the newest first.
    pub runners: Vec<RunnerUse>,
    /// The resources of all attached runners.
    pub capacity: Resources,
    pub in_use: Resources,
    /// Runs with a process.
    pub running: u64,
    /// Runs without one that have not ended.
    pub waiting: u64,
    /// Tasks of arrays that wait and have no run yet.
    pub tasks_queued: u64,
    pub period: Period,
}

/// A runner, and what its processes reserve now.
#[derive(Clone, Debug)]
pub struct RunnerUse {
    pub runner: RunnerState,
    pub running: u64,
    pub in_use: Resources,
}

/// The use of all runners together in a period.
#[derive(Clone, Debug, PartialEq)]
pub struct Period {
    pub since: Time,
    /// The end of the last bin, which may be in the future: its means are those of the time until now.
    pub until: Time,
    pub bin_minutes: u64,
    /// The answer reached its limit, and begins later than it was asked for.
    pub is_cut: bool,
    pub bins: Vec<UseBin>,
}

/// The mean use in a bin of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UseBin {
    pub start: Time,
    pub levels: Levels,
    /// The reserved units of each named resource.
    pub named: BTreeMap<String, f64>,
}

/// For 24 hours, bins of a quarter of an hour.
const POINTS_DEFAULT: usize = 100;
const POINTS_MAX: usize = 1000;
/// A period from the middle of a bin to the middle of the next one has two bins, however long a bin is.
const POINTS_MIN: usize = 2;
const PERIOD_US: i64 = 24 * 3_600_000_000;
const MINUTE_US: i64 = 60_000_000;
const MINUTE_MS: f64 = 60_000.0;
const DAY_MINUTES: i64 = 24 * 60;

/// The machine now, and its use in a period. Any user may see it: it contains only sums over all projects.
pub async fn machine(work: &Work, caller: &Caller, request: MachineRequest) -> AppResult<Machine> {
    caller.require_user()?;
    let now = work.now();
    let query = period_query(&request, now)?;
    let used = work.ports.views.period_use(&query).await?;
    let states = home::runners(work, |view| view.gone.is_none()).await?;
    let by_runner = live_by_runner(&used.live);
    let with_use = |runner: RunnerState| {
        let (running, in_use) = by_runner.get(&runner.view.id).cloned().unwrap_or((0, Resources::none()));
        RunnerUse { runner, running, in_use }
    };
    let attached = states.iter().filter(|runner| runner.is_attached());
    let capacity = sum(attached.map(|runner| &runner.view.capacity));
    Ok(Machine {
        now,
        capacity,
        runners: states.into_iter().map(with_use).collect(),
        in_use: sum(used.live.iter().map(|live| &live.resources)),
        running: used.live.len() as u64,
        waiting: work.schedule.load().0 as u64,
        tasks_queued: used.tasks_queued,
        period: period(&query, used, now),
    })
}

fn live_by_runner(live: &[LiveUse]) -> BTreeMap<RunnerId, (u64, Resources)> {
    let mut by_runner: BTreeMap<RunnerId, (u64, Resources)> = BTreeMap::new();
    for LiveUse { runner, resources, .. } in live {
        let Some(runner) = runner else { continue };
        let (running, in_use) = by_runner.entry(*runner).or_insert_with(|| (0, Resources::none()));
        *running += 1;
        add(in_use, resources);
    }
    by_runner
}

fn sum<'a>(parts: impl Iterator<Item = &'a Resources>) -> Resources {
    parts.fold(Resources::none(), |mut sum, part| {
        add(&mut sum, part);
        sum
    })
}

/// The largest number at most: a record may contain any.
fn add(sum: &mut Resources, part: &Resources) {
    sum.cpus = sum.cpus.saturating_add(part.cpus);
    sum.memory_bytes = sum.memory_bytes.saturating_add(part.memory_bytes);
    for (name, units) in &part.named {
        let all = sum.named.entry(name.clone()).or_default();
        *all = all.saturating_add(*units);
    }
}

/// The bins of a period. They begin at round times, so that a period that goes on with the clock keeps its bins.
fn period_query(request: &MachineRequest, now: Time) -> AppResult<PeriodQuery> {
    let points = request.points.unwrap_or(POINTS_DEFAULT);
    if !(POINTS_MIN..=POINTS_MAX).contains(&points) {
        return Err(AppError::invalid("the number of points", format!("is not from {POINTS_MIN} to {POINTS_MAX}")));
    }
    let until = request.until.unwrap_or(now).min(now);
    let since = request.since.unwrap_or_else(|| until.plus_micros(-PERIOD_US));
    if since >= until {
        return Err(AppError::invalid("the period", format!("is empty: {since} is not before {until}")));
    }
    let first_minute = since.micros().div_euclid(MINUTE_US);
    let last_minute = (until.micros() - 1).div_euclid(MINUTE_US);
    let bins_of = |bin_minutes: i64| last_minute.div_euclid(bin_minutes) - first_minute.div_euclid(bin_minutes) + 1;
    let fits = |bin_minutes: &i64| bins_of(*bin_minutes) <= points as i64;
    let round = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720].into_iter().find(fits);
    let bin_minutes = round.unwrap_or_else(|| {
        // Days: as many as are needed, and one more if the bins begin before the period and end after it.
        let days = (last_minute - first_minute).div_euclid(DAY_MINUTES * points as i64).max(1);
        (days..i64::MAX / DAY_MINUTES).map(|days| days * DAY_MINUTES).find(fits).unwrap_or(i64::MAX)
    });
    let since_minute = first_minute.div_euclid(bin_minutes) * bin_minutes;
    Ok(PeriodQuery { since_minute, bin_minutes, bins: bins_of(bin_minutes) })
}

fn minute_start(minute: i64) -> Time {
    Time::from_micros(minute.saturating_mul(MINUTE_US))
}

/// The begin of a minute as a time that can be written.
fn shown(minute: i64) -> Time {
    minute_start(minute).plus_micros(0)
}

/// The means of the bins, from the changes of ended attempts and from the processes that run now.
fn period(query: &PeriodQuery, used: PeriodUse, now: Time) -> Period {
    let &PeriodQuery { since_minute, bin_minutes, bins } = query;
    let bin_ms = bin_minutes as f64 * MINUTE_MS;
    let now_ms = (now.micros() - minute_start(since_minute).micros()) as f64 / 1000.0;
    let mut changes = used.changes;
    for live in used.live {
        // So far, a running process is like one that ends now.
        let started_ms = (live.started.micros() - minute_start(since_minute).micros()) as f64 / 1000.0;
        let (level, named) = (live_levels(&live.resources), live.resources.named);
        for (at_ms, sign) in [(started_ms, 1.0), (now_ms.max(started_ms), -1.0)] {
            if at_ms >= 0.0 {
                let bin = ((at_ms / bin_ms) as usize).min(bins as usize);
                let into_bin_ms = if bin == bins as usize { 0.0 } else { at_ms - bin as f64 * bin_ms };
                let (change, change_ms) = (scaled(&level, sign), scaled(&level, sign * into_bin_ms));
                changes.push(LevelChange { bin, named: named.clone(), change, change_ms });
            }
        }
    }
    let bin_lengths: Vec<f64> = (0..bins).map(|bin| (now_ms - bin as f64 * bin_ms).min(bin_ms)).collect();
    let means = |pick: &dyn Fn(&LevelChange) -> (f64, f64)| means(&changes, &bin_lengths, bin_ms, pick);
    let of = |level: fn(&Levels) -> f64| means(&|change| (level(&change.change), level(&change.change_ms)));
    let attempts = of(|levels| levels.attempts);
    let cores = of(|levels| levels.cores);
    let memory_bytes = of(|levels| levels.memory_bytes);
    let used_cores = of(|levels| levels.used_cores);
    let unmeasured_cores = of(|levels| levels.unmeasured_cores);
    let names: std::collections::BTreeSet<&String> = changes.iter().flat_map(|change| change.named.keys()).collect();
    let named: Vec<(&String, Vec<f64>)> = names
        .into_iter()
        .map(|name| {
            let units = means(&|change| {
                let units = change.named.get(name).copied().unwrap_or(0) as f64;
                (change.change.attempts * units, change.change_ms.attempts * units)
            });
            (name, units)
        })
        .collect();
    let all = (0..bins as usize).map(|bin| UseBin {
        start: shown(since_minute + bin as i64 * bin_minutes),
        levels: Levels {
            attempts: attempts[bin],
            cores: cores[bin],
            memory_bytes: memory_bytes[bin],
            used_cores: used_cores[bin],
            unmeasured_cores: unmeasured_cores[bin],
        },
        named: named.iter().map(|(name, units)| ((*name).clone(), units[bin])).collect(),
    });
    let known_since = used.known_since_minute.map_or(Time::MIN, minute_start);
    let bins_known: Vec<UseBin> = all.filter(|bin| bin.start >= known_since).collect();
    let until = shown(since_minute + bins * bin_minutes);
    Period {
        since: bins_known.first().map_or(until, |bin| bin.start),
        until,
        bin_minutes: bin_minutes.unsigned_abs(),
        is_cut: bins_known.len() < bins as usize,
        bins: bins_known,
    }
}

fn live_levels(resources: &Resources) -> Levels {
    let cores = f64::from(resources.cpus);
    Levels {
        attempts: 1.0,
        cores,
        memory_bytes: resources.memory_bytes as f64,
        used_cores: 0.0,
        unmeasured_cores: cores,
    }
}

fn scaled(levels: &Levels, by: f64) -> Levels {
    let Levels { attempts, cores, memory_bytes, used_cores, unmeasured_cores } = *levels;
    Levels {
        attempts: by * attempts,
        cores: by * cores,
        memory_bytes: by * memory_bytes,
        used_cores: by * used_cores,
        unmeasured_cores: by * unmeasured_cores,
    }
}

/// The mean level in each bin, from its changes and (second) the changes times the milliseconds of the bin before them. The changes
/// after the bins are among them; with these the sum of all is the level before the first bin, with the opposite sign.
fn means(
    changes: &[LevelChange],
    bin_lengths: &[f64],
    bin_ms: f64,
    pick: &dyn Fn(&LevelChange) -> (f64, f64),
) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0); bin_lengths.len() + 1];
    for change in changes {
        let (by, by_ms) = pick(change);
        let sum = &mut sums[change.bin.min(bin_lengths.len())];
        sum.0 += by;
        sum.1 += by_ms;
    }
    let mut level = -sums.iter().map(|(by, _)| by).sum::<f64>();
    let means = bin_lengths.iter().zip(&sums).map(|(length_ms, (by, by_ms))| {
        // In the last bin all levels are zero from now on, so the whole bin has the sum of the time until now.
        let level_ms = level * bin_ms + by * bin_ms - by_ms;
        level += by;
        let mean = level_ms / length_ms;
        // Sums of fractions end near zero, and not at zero.
        if mean > 1e-9 { mean } else { 0.0 }
    });
    means.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Time {
        text.parse().expect("a time")
    }

    #[test]
    fn bins_begin_at_round_times_and_are_no_more_than_asked_for() {
        let check = |since: &str, until: &str, points: usize, (bin_minutes, bins): (i64, i64), start: &str| {
            let request = MachineRequest { since: Some(time(since)), until: Some(time(until)), points: Some(points) };
            let query = period_query(&request, time("2030-01-01T00:00:00Z")).expect("a period");
            assert_eq!((query.bin_minutes, query.bins), (bin_minutes, bins), "{since} {until} {points}");
            assert_eq!(minute_start(query.since_minute), time(start));
        };
        check("2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z", 60, (1, 60), "2026-01-01T00:00:00Z");
        // One more bin would be needed: the period begins and ends within a minute.
        check("2026-01-01T00:00:30Z", "2026-01-01T01:00:30Z", 60, (2, 31), "2026-01-01T00:00:00Z");
        check("2026-01-01T10:07:00Z", "2026-01-02T10:07:00Z", 97, (15, 97), "2026-01-01T10:00:00Z");
        check("2026-01-01T10:07:00Z", "2026-01-02T10:07:00Z", 96, (30, 49), "2026-01-01T10:00:00Z");
        check("2026-01-01T11:00:00Z", "2026-01-02T11:00:00Z", 2, (1440, 2), "2026-01-01T00:00:00Z");
        check("0000-01-01T00:00:00Z", "2026-01-01T00:00:00Z", 2, (1_036_120_320, 2), "0000-01-01T00:00:00Z");
    }

    #[test]
    fn an_empty_period_and_a_wrong_number_of_points_are_refused() {
        let now = time("2026-01-02T00:00:00Z");
        let ask = |request: MachineRequest| period_query(&request, now).map_err(|error| error.to_string());
        for points in [0, 1, 1001] {
            assert!(ask(MachineRequest { points: Some(points), ..MachineRequest::default() }).is_err(), "{points}");
        }
        assert!(ask(MachineRequest { since: Some(now), ..MachineRequest::default() }).is_err());
        let later = Some(time("2026-01-03T00:00:00Z"));
        assert!(ask(MachineRequest { since: later, until: later, points: None }).is_err());
        assert_eq!(ask(MachineRequest { until: later, ..MachineRequest::default() }), ask(MachineRequest::default()));
    }

    fn change(bin: usize, sign: f64, cores: f64, used_cores: f64, ms: f64) -> LevelChange {
        let level = Levels { attempts: 1.0, cores, memory_bytes: 0.0, used_cores, unmeasured_cores: 0.0 };
        let named = BTreeMap::from([("gpu".to_owned(), 2)]);
        LevelChange { bin, named, change: scaled(&level, sign), change_ms: scaled(&level, sign * ms) }
    }

    /// Two bins of two minutes from 1970 on, and now 3 minutes later.
    fn two_bins(used: PeriodUse, now_minutes: i64) -> Vec<UseBin> {
        let query = PeriodQuery { since_minute: 0, bin_minutes: 2, bins: 2 };
        period(&query, used, minute_start(now_minutes)).bins
    }

    fn cores(bins: &[UseBin]) -> Vec<(f64, f64, f64)> {
        bins.iter().map(|bin| (bin.levels.cores, bin.levels.used_cores, bin.levels.unmeasured_cores)).collect()
    }

    #[test]
    fn an_attempt_counts_in_each_bin_for_the_time_in_which_it_ran() {
        // From the middle of the first bin until the first quarter of the second one.
        let changes = vec![change(0, 1.0, 4.0, 1.0, 60_000.0), change(1, -1.0, 4.0, 1.0, 30_000.0)];
        let bins = two_bins(PeriodUse { changes, ..PeriodUse::default() }, 4);
        assert_eq!(cores(&bins), [(2.0, 0.5, 0.0), (1.0, 0.25, 0.0)]);
        assert!((bins[0].named["gpu"] - 1.0).abs() < 1e-9);
    }

    #[test]
    fn an_attempt_that_began_before_the_period_or_ended_after_it_counts() {
        let before = PeriodUse { changes: vec![change(0, -1.0, 4.0, 2.0, 30_000.0)], ..PeriodUse::default() };
        assert_eq!(cores(&two_bins(before, 4)), [(1.0, 0.5, 0.0), (0.0, 0.0, 0.0)]);
        let both = PeriodUse { changes: vec![change(2, -1.0, 4.0, 2.0, 0.0)], ..PeriodUse::default() };
        assert_eq!(cores(&two_bins(both, 9)), [(4.0, 2.0, 0.0), (4.0, 2.0, 0.0)]);
    }

    #[test]
    fn the_processor_time_of_a_running_process_is_not_known() {
        let live = |started_minutes| LiveUse {
            started: minute_start(started_minutes),
            runner: None,
            resources: Resources { cpus: 2, ..Resources::default() },
        };
        let one = |started| PeriodUse { live: vec![live(started)], ..PeriodUse::default() };
        // The second bin is half over.
        assert_eq!(cores(&two_bins(one(-5), 3)), [(2.0, 0.0, 2.0), (2.0, 0.0, 2.0)]);
        assert_eq!(cores(&two_bins(one(1), 3)), [(1.0, 0.0, 1.0), (2.0, 0.0, 2.0)]);
        // A period in the past.
        assert_eq!(cores(&two_bins(one(1), 100)), [(1.0, 0.0, 1.0), (2.0, 0.0, 2.0)]);
        assert_eq!(cores(&two_bins(one(99), 100)), [(0.0, 0.0, 0.0), (0.0, 0.0, 0.0)]);
    }

    #[test]
    fn bins_before_the_limit_of_the_answer_are_left_out() {
        let query = PeriodQuery { since_minute: 0, bin_minutes: 2, bins: 2 };
        let used = PeriodUse { known_since_minute: Some(1), ..PeriodUse::default() };
        let period = period(&query, used, minute_start(4));
        assert_eq!((period.is_cut, period.since, period.bins.len()), (true, minute_start(2), 1));
    }
}
