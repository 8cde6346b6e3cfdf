//! From the rows of the tables to the tasks of a simulation: rounding, copies and load.
//!
//! Hven counts whole cores and whole units of named resources. So cores are rounded up (those of nodes down), and a task that asks
//! for a part of a GPU gets a whole one. Thousandths of GPUs as a named resource would not help: three tasks with 0.6 of a GPU
//! would fit into the 2,000 thousandths of two GPUs, but no GPU has room for two of them.

use std::collections::{BTreeMap, BTreeSet};

use hven_client::Failure;
use serde::Serialize;

use super::{
    tables::{NodeRow, TaskRow},
    workload::{Amounts, Kind, KindId, Node, Task, Workload},
};

#[derive(Clone, Copy, Debug)]
pub(super) struct TraceOptions {
    /// How many copies of the tasks.
    pub(super) times: u32,
    /// See [`Load::simulated`]; `None`: the submissions keep their times.
    pub(super) load: Option<f64>,
    /// The number of invented users; `None`: the column qos.
    pub(super) users: Option<u32>,
    pub(super) seed: u64,
}

#[derive(Debug)]
pub(super) struct Trace {
    pub(super) workload: Workload,
    pub(super) rounding: Rounding,
    pub(super) load: Load,
}

/// How the tasks of the simulation differ from the rows of the table. Counts are of rows, not of copies.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Rounding {
    pub(super) rows: usize,
    /// Left out: the trace has no start or no end.
    pub(super) without_duration: usize,
    /// Left out: no node could run them.
    pub(super) too_large: usize,
    /// They still ran when the trace ended; the end of the trace counts as their end.
    pub(super) cut: usize,
    /// They ask for a part of a GPU and get a whole one.
    pub(super) gpu_parts: usize,
    /// They ask for a part of a core and get a whole one.
    pub(super) core_parts: usize,
    /// The simulated GPU-seconds and core-seconds, divided by those of the trace.
    pub(super) gpu_growth: f64,
    pub(super) core_growth: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Load {
    /// The most wanted resource.
    pub(super) resource: &'static str,
    /// The share of this resource that all tasks would use on average between the first and the last submission if each started
    /// at once, in the times of the trace.
    pub(super) in_own_times: f64,
    /// The same in the simulated times.
    pub(super) simulated: f64,
    /// The times of the trace between submissions, divided by the simulated ones.
    pub(super) compression: f64,
    /// The simulated time between the first and the last submission.
    pub(super) span_s: f64,
}

/// A task at its time in the trace.
#[derive(Clone, Copy, Debug)]
struct Arrival {
    /// Since the first submission.
    at_us: u64,
    task: Task,
}

/// Makes the tasks of a simulation.
///
/// # Errors
/// No task is left, or no compression reaches the load.
pub(super) fn make_trace(nodes: &[NodeRow], rows: &[TaskRow], options: &TraceOptions) -> Result<Trace, Failure> {
    let nodes: Vec<Node> = nodes.iter().map(node).collect();
    let (mut arrivals, kinds, users, rounding) = arrivals(&nodes, rows, options);
    if arrivals.is_empty() {
        let why = format!("none of the {} tasks has a start, an end and a node that could run it", rows.len());
        return Err(Failure::new("invalid", why));
    }
    let period_us = period_us(&arrivals);
    arrivals = copies(&arrivals, period_us, options.times.into());
    let mut workload = Workload { nodes, kinds, users, tasks: Vec::new() };
    let demand = |compression| demand(&workload, &arrivals, period_us, compression);
    let (resource, in_own_times) = demand(1.0);
    let compression = match options.load {
        None => 1.0,
        Some(load) => compression_for(load, |compression| demand(compression).1)?,
    };
    let simulated = demand(compression).1;
    let compressed =
        |arrival: &Arrival| Task { submitted_us: (arrival.at_us as f64 / compression) as u64, ..arrival.task };
    workload.tasks = arrivals.iter().map(compressed).collect();
    let (first_us, last_us) = workload.window_us();
    let span_s = (last_us - first_us) as f64 / 1e6;
    Ok(Trace { workload, rounding, load: Load { resource, in_own_times, simulated, compression, span_s } })
}

fn node(row: &NodeRow) -> Node {
    let capacity = Amounts { cores: row.cpu_milli / 1000, memory_bytes: row.memory_mib << 20, gpus: row.gpus };
    Node { capacity, model: row.model.clone() }
}

/// The tasks that can be simulated, their kinds and users, and how they differ from the rows.
fn arrivals(
    nodes: &[Node],
    rows: &[TaskRow],
    options: &TraceOptions,
) -> (Vec<Arrival>, Vec<Kind>, Vec<String>, Rounding) {
    let mut rounding = Rounding { rows: rows.len(), ..Rounding::default() };
    let mut kinds: BTreeMap<Kind, Option<KindId>> = BTreeMap::new();
    let mut kind_list = Vec::new();
    let (users, user_of) = users(rows, options);
    let mut found = Vec::new();
    // Given and asked core-seconds, then GPU-seconds.
    let mut sums = [0.0; 4];
    for row in rows {
        let Some(ran_s) = row.ran_s else {
            rounding.without_duration += 1;
            continue;
        };
        let cores = row.cpu_milli.div_ceil(1000);
        let wants = Amounts { cores, memory_bytes: row.memory_mib << 20, gpus: row.gpus };
        let models = if row.gpus == 0 { BTreeSet::new() } else { row.models.clone() };
        let kind = Kind { wants, models };
        let id = *kinds.entry(kind.clone()).or_insert_with(|| {
            nodes.iter().any(|node| kind.suits(node)).then(|| {
                kind_list.push(kind);
                kind_list.len() - 1
            })
        });
        let Some(kind) = id else {
            rounding.too_large += 1;
            continue;
        };
        let is_part = row.gpus > 0 && (1..1000).contains(&row.gpu_milli);
        let gpu_part = if is_part { row.gpu_milli as f64 / 1e3 } else { 1.0 };
        rounding.cut += usize::from(row.is_cut);
        rounding.gpu_parts += usize::from(is_part);
        rounding.core_parts += usize::from(row.cpu_milli % 1000 != 0);
        let (cpus, gpus) = (row.cpu_milli as f64 / 1e3, row.gpus as f64);
        for (sum, amount) in sums.iter_mut().zip([cores as f64, cpus, gpus, gpus * gpu_part]) {
            *sum += amount * ran_s;
        }
        let task = Task { kind, user: user_of(row), submitted_us: 0, runs_us: (ran_s * 1e6) as u64 };
        found.push(Arrival { at_us: (row.created_s * 1e6) as u64, task });
    }
    let ratio = |given: f64, asked: f64| if asked > 0.0 { given / asked } else { 1.0 };
    rounding.core_growth = ratio(sums[0], sums[1]);
    rounding.gpu_growth = ratio(sums[2], sums[3]);
    let first_us = found.iter().map(|arrival| arrival.at_us).min().unwrap_or(0);
    for arrival in &mut found {
        arrival.at_us -= first_us;
    }
    (found, kind_list, users, rounding)
}

/// The names of users, and the user of a row.
fn users(rows: &[TaskRow], options: &TraceOptions) -> (Vec<String>, impl Fn(&TaskRow) -> usize) {
    type Shape = (u64, u64, u64, u64, Vec<String>, String);
    let by_shape = options.users;
    let shape = move |row: &TaskRow| -> Shape {
        if by_shape.is_none() {
            return (0, 0, 0, 0, Vec::new(), row.qos.clone());
        }
        let models = row.models.iter().cloned().collect();
        (row.cpu_milli, row.memory_mib, row.gpus, row.gpu_milli, models, row.qos.clone())
    };
    let shapes: BTreeSet<Shape> = rows.iter().map(shape).collect();
    let mut random = fastrand::Rng::with_seed(options.seed);
    let (names, user_of): (Vec<String>, BTreeMap<Shape, usize>) = match options.users {
        None => {
            let names = shapes.iter().map(|(.., qos)| qos.clone()).collect();
            (names, shapes.into_iter().enumerate().map(|(user, shape)| (shape, user)).collect())
        }
        Some(users) => {
            let names = (1..=users).map(|user| format!("user {user}")).collect();
            (names, shapes.into_iter().map(|shape| (shape, random.usize(0..users as usize))).collect())
        }
    };
    (names, move |row| user_of.get(&shape(row)).copied().unwrap_or(0))
}

/// The time after which a copy would continue at its start: the time between the first and the last submission, and one more
/// mean distance.
fn period_us(arrivals: &[Arrival]) -> u64 {
    let span_us = arrivals.iter().map(|arrival| arrival.at_us).max().unwrap_or(0);
    let distances = arrivals.len().saturating_sub(1).max(1) as u64;
    (span_us + span_us / distances).max(1)
}

/// All copies, sorted by submission. Each is shifted by a further part of the period and continues at its start, so every part of
/// the period gets as many tasks.
fn copies(arrivals: &[Arrival], period_us: u64, times: u64) -> Vec<Arrival> {
    let copy = |copy: u64| {
        let shift_us = (u128::from(period_us) * u128::from(copy) / u128::from(times)) as u64;
        let shifted = move |arrival: &Arrival| Arrival { at_us: (arrival.at_us + shift_us) % period_us, ..*arrival };
        arrivals.iter().map(shifted)
    };
    let mut all: Vec<Arrival> = (0..times).flat_map(copy).collect();
    all.sort_by_key(|arrival| arrival.at_us);
    all
}

/// The most wanted resource, and the share of it that the tasks use on average in the period if each starts at once.
fn demand(workload: &Workload, arrivals: &[Arrival], period_us: u64, compression: f64) -> (&'static str, f64) {
    let period_us = period_us as f64 / compression;
    let mut used = [0.0; 3];
    for Arrival { at_us, task } in arrivals {
        let ran_us = (task.runs_us as f64).min(period_us - *at_us as f64 / compression);
        for (used, wanted) in used.iter_mut().zip(workload.kinds[task.kind].wants.each()) {
            *used += wanted as f64 * ran_us;
        }
    }
    let names = ["cores", "memory", "GPUs"];
    let shares = used.iter().zip(workload.capacity().each()).map(|(used, all)| used / (all.max(1) as f64 * period_us));
    names.into_iter().zip(shares).max_by(|(_, a), (_, b)| a.total_cmp(b)).unwrap_or(("cores", 0.0))
}

/// The compression with which the demand is `load`: it grows with the compression.
fn compression_for(load: f64, demand: impl Fn(f64) -> f64) -> Result<f64, Failure> {
    let (mut low, mut high) = (1e-6_f64.ln(), 1e12_f64.ln());
    let (least, most) = (demand(low.exp()), demand(high.exp()));
    if !(least..=most).contains(&load) {
        let why = format!("the load can be {least:.2e} to {most:.2e}, and {load} is asked for");
        return Err(Failure::new("invalid", why).hint("change the number of copies with --times"));
    }
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if demand(middle.exp()) < load {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(high.exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cpu_milli: u64, gpus: u64, gpu_milli: u64, created_s: f64, ran_s: Option<f64>) -> TaskRow {
        TaskRow {
            cpu_milli,
            memory_mib: 1,
            gpus,
            gpu_milli,
            models: BTreeSet::new(),
            qos: if gpus > 0 { "LS" } else { "BE" }.to_owned(),
            is_cut: false,
            created_s,
            ran_s,
        }
    }

    const OWN_TIMES: TraceOptions = TraceOptions { times: 1, load: None, users: None, seed: 1 };

    fn nodes() -> [NodeRow; 1] {
        [NodeRow { cpu_milli: 4900, memory_mib: 8, gpus: 2, model: "T4".to_owned() }]
    }

    #[test]
    fn amounts_are_rounded_and_counted() {
        let rows = [
            row(1500, 1, 600, 100.0, Some(10.0)),
            row(4000, 0, 0, 103.0, Some(5.0)),
            row(5000, 0, 0, 104.0, Some(5.0)),
            row(1000, 0, 0, 105.0, None),
            TaskRow { models: ["A10".to_owned()].into(), ..row(1000, 1, 1000, 106.0, Some(1.0)) },
        ];
        let Trace { workload, rounding, load } = make_trace(&nodes(), &rows, &OWN_TIMES).expect("a trace");
        assert_eq!(workload.nodes[0].capacity, Amounts { cores: 4, memory_bytes: 8 << 20, gpus: 2 });
        let submitted: Vec<u64> = workload.tasks.iter().map(|task| task.submitted_us).collect();
        assert_eq!(submitted, [0, 3_000_000]);
        assert_eq!(workload.wants(0), Amounts { cores: 2, memory_bytes: 1 << 20, gpus: 1 });
        let users: Vec<&str> = workload.tasks.iter().map(|task| workload.users[task.user].as_str()).collect();
        assert_eq!(users, ["LS", "BE"]);
        assert_eq!((rounding.rows, rounding.without_duration, rounding.too_large), (5, 1, 2));
        assert_eq!((rounding.gpu_parts, rounding.core_parts), (1, 1));
        // 10 GPU-seconds instead of 6; 2 × 10 + 4 × 5 core-seconds instead of 1.5 × 10 + 4 × 5.
        assert!((rounding.gpu_growth - 10.0 / 6.0).abs() < 1e-12 && (rounding.core_growth - 40.0 / 35.0).abs() < 1e-12);
        // In the period of 6 s: 2 cores for 6 s and 4 cores for 3 s, of 4 cores.
        assert_eq!((load.resource, load.compression), ("cores", 1.0));
        assert!((load.in_own_times - 24.0 / 24.0).abs() < 1e-9, "{load:?}");
    }

    #[test]
    fn copies_are_shifted_and_continue_at_the_start() {
        let rows = [0.0, 2.0, 6.0].map(|created_s| row(1000, 0, 0, created_s, Some(1.0)));
        let options = TraceOptions { times: 3, ..OWN_TIMES };
        let trace = make_trace(&nodes(), &rows, &options).expect("a trace");
        let seconds: Vec<u64> = trace.workload.tasks.iter().map(|task| task.submitted_us / 1_000_000).collect();
        // The period is 9 s: 0 2 6, 3 5 0, 6 8 3.
        assert_eq!(seconds, [0, 0, 2, 3, 3, 5, 6, 6, 8]);
    }

    #[test]
    fn submissions_move_until_the_load_is_reached() {
        let rows = [0.0, 50.0, 100.0].map(|created_s| row(4000, 0, 0, created_s, Some(10.0)));
        let at = |load| make_trace(&nodes(), &rows, &TraceOptions { load: Some(load), ..OWN_TIMES }).expect("a trace");
        // All cores for 3 × 10 s in the period of 150 s.
        let trace = at(0.2);
        assert!((trace.load.compression - 1.0).abs() < 1e-6, "{:?}", trace.load);
        let trace = at(0.6);
        assert!((trace.load.compression - 3.0).abs() < 1e-6, "{:?}", trace.load);
        assert!((trace.load.span_s - 100.0 / 3.0).abs() < 1e-3, "{:?}", trace.load);
        let wrong = make_trace(&nodes(), &rows, &TraceOptions { load: Some(9.0), ..OWN_TIMES }).expect_err("too much");
        assert!(wrong.to_string().contains("the load can be"), "{wrong}");
    }

    #[test]
    fn a_seed_decides_the_invented_users() {
        let rows: Vec<TaskRow> = (0..40).map(|n| row(100 * (n % 20 + 1), 0, 0, n as f64, Some(1.0))).collect();
        let users = |seed| {
            let options = TraceOptions { users: Some(3), seed, ..OWN_TIMES };
            let trace = make_trace(&nodes(), &rows, &options).expect("a trace");
            assert_eq!(trace.workload.users.len(), 3);
            trace.workload.tasks.iter().map(|task| task.user).collect::<Vec<_>>()
        };
        assert_eq!(users(1), users(1));
        assert_ne!(users(1), users(2));
        assert_eq!(users(1)[..20], users(1)[20..], "tasks of the same shape belong to the same user");
    }

    #[test]
    fn a_trace_without_usable_tasks_is_refused() {
        let wrong = make_trace(&nodes(), &[row(1000, 0, 0, 0.0, None)], &OWN_TIMES).expect_err("no task");
        assert!(wrong.to_string().contains("none of the 1 tasks"), "{wrong}");
    }
}
