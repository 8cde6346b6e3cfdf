//! `hven bench predict`: replays a table of tasks through the forecast of durations, and compares it with the quantiles of each group.
//!
//! Only tasks that ended before a task was created are known when its duration is predicted. An interval is judged by the interval
//! score for the level 10 % (Gneiting and Raftery, Journal of the American Statistical Association 102 (2007) 359, equation 43):
//! its width, and 20 times the distance by which the duration misses it. It is computed in seconds, and on logarithms of seconds.

use std::{
    collections::{BTreeMap, HashMap},
    io,
    path::PathBuf,
    time::Instant,
};

use anyhow::Context as _;
use clap::Args;
use hven_client::Failure;
use hven_core::forecast::{Shape, duration_forecast};
use hven_terminal::{Field, HumanReadable, Output, TerminalWriter, exit};
use serde::{Deserialize, Serialize};

use super::machine::Machine;

#[derive(Debug, Args)]
pub struct PredictArgs {
    /// A CSV file with a task in each row: its columns cpu_milli, memory_mib, num_gpu, gpu_milli, gpu_spec, qos, creation_time,
    /// scheduled_time and deletion_time (seconds), as in the cluster traces of Alibaba
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub tasks: PathBuf,
}

/// A row of the table.
#[derive(Debug, Deserialize)]
struct Row {
    cpu_milli: u64,
    memory_mib: u64,
    num_gpu: u64,
    gpu_milli: u64,
    #[serde(default)]
    gpu_spec: String,
    #[serde(default)]
    qos: String,
    creation_time: f64,
    /// Empty for a task that never started, and (below) for one that never ended.
    scheduled_time: Option<f64>,
    deletion_time: Option<f64>,
}

/// A task that started.
#[derive(Debug)]
struct Task {
    shape: Shape,
    /// A number for each group: tasks with equal resources, model of GPU and quality of service.
    group: usize,
    created: f64,
    /// When it ended; `None` when it still ran at the end of the table.
    ended: Option<f64>,
    seconds: f64,
}

/// How good the intervals of a method are.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Quality {
    /// The share of durations within their interval, and (below) under and over it.
    covered: f64,
    below: f64,
    above: f64,
    /// The mean interval score of durations in seconds, and (below) of their logarithms.
    interval_score: f64,
    interval_score_log: f64,
    /// The mean distance of the median, as a logarithm.
    median_error_log: f64,
}

/// The result of the measurement.
#[derive(Debug, Serialize)]
struct PredictMeasured {
    schema: &'static str,
    machine: Machine,
    /// The tasks that started, and (below) how many of them ended with a known duration.
    tasks: usize,
    ended: usize,
    /// Ended tasks without a prediction.
    without: usize,
    ours: Quality,
    /// The quantiles of each group; of all tasks for a group in which none has ended.
    groups: Quality,
    /// The same, with the quantiles of all tasks for a group in which fewer than 20 have ended.
    large_groups: Quality,
    /// The mean time of a prediction.
    prediction_us: f64,
}

impl HumanReadable for PredictMeasured {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let Self { tasks, ended, without, ours, groups, large_groups, prediction_us, machine, .. } = self;
        writer.line(&format!("{tasks} tasks started, {ended} ended; {}", machine.line()))?;
        let row = |what: &str, of: &dyn Fn(&Quality) -> String, aim: &str| {
            let found = [ours, groups, large_groups].map(|quality| Field::Number(of(quality)));
            let [ours, groups, large_groups] = found;
            vec![what.into(), ours, groups, large_groups, Field::Dim(aim.to_owned())]
        };
        let percent = |share: f64| format!("{:.1} %", share * 100.0);
        let rows = vec![
            row("durations in the 90 % interval", &|q| percent(q.covered), "85–95 %"),
            row("below it", &|q| percent(q.below), ""),
            row("above it", &|q| percent(q.above), ""),
            row("mean interval score (s)", &|q| format!("{:.0}", q.interval_score), "< groups"),
            row("the same of logarithms", &|q| format!("{:.3}", q.interval_score_log), "< groups"),
            row("mean error of the median (log)", &|q| format!("{:.3}", q.median_error_log), ""),
        ];
        writer.table(&["WHAT", "HVEN", "GROUPS", "GROUPS ≥ 20", "AIM"], rows)?;
        writer.line(&format!("{without} without a prediction; a prediction took {prediction_us:.0} µs"))
    }
}

/// A group with fewer ended tasks is not used in the third column.
const LARGE_GROUP: usize = 20;
/// The probability outside of an interval.
const OUTSIDE: f64 = 0.1;
/// A shorter duration counts as this one, in seconds: logarithms need it.
const SECONDS_MIN: f64 = 1e-3;

pub fn predict(args: &PredictArgs, output: &mut dyn Output) -> anyhow::Result<u8> {
    let machine = Machine::now();
    let tasks = read(args)?;
    let mut ends: Vec<(f64, usize)> =
        tasks.iter().enumerate().filter_map(|(place, task)| Some((task.ended?, place))).collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut ended = 0;
    let mut known = Known::default();
    let [mut ours, mut groups, mut large_groups] = [Scores::default(); 3];
    let (mut without, mut spent) = (0, 0.0);
    for task in &tasks {
        while let Some((_, place)) = ends.get(ended).filter(|(end, _)| *end <= task.created) {
            known.add(&tasks[*place]);
            ended += 1;
        }
        if task.ended.is_none() {
            continue;
        }
        let start = Instant::now();
        let history = ends[..ended].iter().rev().map(|(_, place)| (&tasks[*place].shape, tasks[*place].seconds));
        let found = duration_forecast(&task.shape, history);
        spent += start.elapsed().as_secs_f64();
        let Some(found) = found else {
            without += 1;
            continue;
        };
        ours.add(found.distribution.interval(), task.seconds);
        groups.add(known.interval(task.group, 1), task.seconds);
        large_groups.add(known.interval(task.group, LARGE_GROUP), task.seconds);
    }
    if ours.count == 0.0 {
        return Err(Failure::new("invalid", "too few tasks of the table end before others are created").into());
    }
    output.reply(&PredictMeasured {
        schema: "hven.bench_predict/1",
        machine,
        tasks: tasks.len(),
        ended: ends.len(),
        without,
        ours: ours.mean(),
        groups: groups.mean(),
        large_groups: large_groups.mean(),
        prediction_us: spent * 1e6 / (ours.count + without as f64),
    })?;
    Ok(exit::OK)
}

/// The tasks that started, in the order of their creation.
fn read(args: &PredictArgs) -> anyhow::Result<Vec<Task>> {
    let name = args.tasks.display();
    let mut reader = csv::Reader::from_path(&args.tasks).with_context(|| format!("{name} cannot be read"))?;
    let rows = reader.deserialize::<Row>().collect::<Result<Vec<Row>, _>>();
    let mut rows = rows.with_context(|| format!("{name} is not a table of tasks"))?;
    rows.sort_by(|a, b| a.creation_time.total_cmp(&b.creation_time));
    // Tasks with the latest end of all were running when the table was made.
    let last = rows.iter().filter_map(|row| row.deletion_time).fold(f64::NEG_INFINITY, f64::max);
    let mut groups: HashMap<(u64, u64, u64, u64, String, String), usize> = HashMap::new();
    let mut task = |row: Row| {
        let started = row.scheduled_time?;
        let number = groups.len();
        let key = (row.cpu_milli, row.memory_mib, row.num_gpu, row.gpu_milli, row.gpu_spec.clone(), row.qos.clone());
        let group = *groups.entry(key).or_insert(number);
        let reserved = [
            ("cpu", row.cpu_milli),
            ("memory", row.memory_mib),
            ("gpus", row.num_gpu),
            ("share of a gpu", row.gpu_milli),
        ];
        let shape = Shape {
            code: format!("{} {}", row.qos, row.gpu_spec),
            reserved: reserved.into_iter().map(|(name, amount)| (name.to_owned(), amount)).collect(),
            texts: BTreeMap::new(),
            sizes: BTreeMap::new(),
        };
        let ended = row.deletion_time.filter(|end| *end < last);
        let seconds = (ended.unwrap_or(last) - started).max(SECONDS_MIN);
        Some(Task { shape, group, created: row.creation_time, ended, seconds })
    };
    Ok(rows.into_iter().filter_map(&mut task).collect())
}

/// The durations of ended tasks, in ascending order.
#[derive(Debug, Default)]
struct Known {
    all: Vec<f64>,
    of_group: HashMap<usize, Vec<f64>>,
}

impl Known {
    fn add(&mut self, task: &Task) {
        for durations in [&mut self.all, self.of_group.entry(task.group).or_default()] {
            let place = durations.partition_point(|seconds| *seconds < task.seconds);
            durations.insert(place, task.seconds);
        }
    }

    /// The 5th, 50th and 95th percentile of the group, or of all tasks if fewer of the group have ended.
    fn interval(&self, group: usize, tasks_min: usize) -> [f64; 3] {
        let durations = self.of_group.get(&group).filter(|durations| durations.len() >= tasks_min);
        let durations = durations.unwrap_or(&self.all);
        [OUTSIDE / 2.0, 0.5, 1.0 - OUTSIDE / 2.0].map(|share| percentile(durations, share))
    }
}

/// Linear between the values of a sorted list (Hyndman and Fan 1996, definition 7).
fn percentile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len().saturating_sub(1)) as f64;
    let at = |place: f64| sorted.get(place as usize).copied().unwrap_or(f64::NAN);
    at(place.floor()) + (at(place.ceil()) - at(place.floor())) * place.fract()
}

/// Sums over the tasks.
#[derive(Clone, Copy, Debug, Default)]
struct Scores {
    count: f64,
    sum: Quality,
}

impl Scores {
    fn add(&mut self, [low, median, high]: [f64; 3], seconds: f64) {
        let share = |holds: bool| f64::from(u8::from(holds));
        self.count += 1.0;
        self.sum.covered += share((low..=high).contains(&seconds));
        self.sum.below += share(seconds < low);
        self.sum.above += share(seconds > high);
        self.sum.interval_score += interval_score(low, high, seconds);
        self.sum.interval_score_log += interval_score(low.ln(), high.ln(), seconds.ln());
        self.sum.median_error_log += (seconds / median).ln().abs();
    }

    fn mean(self) -> Quality {
        let of = |sum: f64| sum / self.count;
        Quality {
            covered: of(self.sum.covered),
            below: of(self.sum.below),
            above: of(self.sum.above),
            interval_score: of(self.sum.interval_score),
            interval_score_log: of(self.sum.interval_score_log),
            median_error_log: of(self.sum.median_error_log),
        }
    }
}

fn interval_score(low: f64, high: f64, found: f64) -> f64 {
    high - low + 2.0 / OUTSIDE * ((low - found).max(0.0) + (found - high).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_judged_by_its_width_and_by_what_misses_it() {
        let near = |found: f64, expect: f64| assert!((found - expect).abs() < 1e-9, "{found} {expect}");
        near(interval_score(2.0, 5.0, 3.0), 3.0);
        near(interval_score(2.0, 5.0, 1.0), 23.0);
        near(interval_score(2.0, 5.0, 5.5), 13.0);
        near(percentile(&[1.0, 2.0, 4.0], 0.75), 3.0);
        near(percentile(&[7.0], 0.05), 7.0);
    }

    #[test]
    fn a_table_is_read_in_the_order_of_creation() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("tasks.csv");
        let header = "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time";
        let rows = "b,4000,1024,1,500,,LS,Running,50,90,60\na,4000,1024,1,500,,LS,Running,10,30,10\n\
                    c,4000,1024,1,1000,T4,BE,Running,20,90.5,21\nd,1,1,0,0,,BE,Pending,25,90.5,\n";
        std::fs::write(&path, format!("{header}\n{rows}")).expect("written");
        let tasks = read(&PredictArgs { tasks: path }).expect("a table");
        let found: Vec<(f64, usize, Option<f64>, f64)> =
            tasks.iter().map(|task| (task.created, task.group, task.ended, task.seconds)).collect();
        assert_eq!(found, [(10.0, 0, Some(30.0), 20.0), (20.0, 1, None, 69.5), (50.0, 0, Some(90.0), 30.0)]);
        assert!(tasks[0].shape.is_alike(&tasks[2].shape) && !tasks[0].shape.is_alike(&tasks[1].shape));
    }
}
