//! Measures the speed of the record next to the speed of the disk.
//!
//! The workload resembles real work: it submits, starts and finishes runs, with views and indexes.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use hven_app::ports::{Record, StoreError};
use hven_core::{
    ActorId, AttemptId, Fact, RunId, RunnerId, Time,
    fact::Batch,
    handle::Handle,
    object::{FileKind, FileRef},
    project::ProjectPath,
    run::{AttemptResult, Finished, Outcome, Spec, Started, Submitted, Usage},
};
use serde::Serialize;

use crate::{errors::OpenError, home::Home, layout::now, settings::Settings, writer::flush};

/// The options of the measurement.
#[derive(Clone, Debug)]
pub struct Options {
    /// The numbers of concurrent callers; each number gives one measurement.
    pub writers: Vec<usize>,
    pub seconds: f64,
    pub batch_facts: usize,
    /// The number of facts in the record before views are rebuilt.
    pub rebuild_facts: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { writers: vec![1, 8, 64], seconds: 3.0, batch_facts: 1000, rebuild_facts: 1_000_000 }
    }
}

#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub schema: &'static str,
    /// The extra duration of each flush, here and in the bare loop, which simulates a slower disk.
    pub slower_by_ms: f64,
    /// A loop that appends the bytes of a fact to a file and flushes it.
    pub bare: Bare,
    pub appends: Vec<Appends>,
    pub batches: Batches,
    pub rebuild: Rebuild,
    pub open: Open,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub struct Bare {
    pub appends_per_s: f64,
    pub p50_us: f64,
    pub p99_us: f64,
}

/// Callers that each append one fact at a time and wait until it is durable.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Appends {
    pub writers: usize,
    pub appends_per_s: f64,
    pub p50_us: f64,
    pub p99_us: f64,
    pub cpu_us_per_fact: f64,
    /// The p50 of the bare loop just before.
    pub bare_p50_us: f64,
    /// This p50 divided by the bare p50.
    pub p50_ratio: f64,
    /// The rate of these appends divided by the possible rate with the same number of callers per bare flush.
    pub throughput_ratio: f64,
}

/// One caller that appends many facts at a time.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Batches {
    pub batch_facts: usize,
    pub facts: u64,
    pub facts_per_s: f64,
    pub cpu_us_per_fact: f64,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub struct Rebuild {
    pub facts: u64,
    pub facts_per_s: f64,
    pub equal: bool,
}

/// Opens the home with all the facts of this benchmark.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Open {
    pub facts: u64,
    pub open_ms: f64,
}

#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

type BenchResult<T> = Result<T, BenchError>;

/// Measures in a new folder and removes it afterwards. `say` receives the progress.
pub fn run(folder: &Path, settings: &Settings, options: &Options, say: &mut dyn FnMut(&str)) -> BenchResult<Report> {
    fs::create_dir_all(folder)?;
    let outcome = measure(folder, settings, options, say);
    fs::remove_dir_all(folder)?;
    outcome
}

fn measure(folder: &Path, settings: &Settings, options: &Options, say: &mut dyn FnMut(&str)) -> BenchResult<Report> {
    let home_folder = folder.join("home");
    let home = Home::create_or_open(&home_folder, settings.clone())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut next_run = 0;
    let (mut bare, mut appends) = (None, Vec::new());
    for &writers in &options.writers {
        say(&format!("{writers} writers"));
        let before = disk_loop(&folder.join("bare"), options.seconds / 2.0, settings.slower_by)?;
        bare.get_or_insert(before);
        appends.push(runtime.block_on(measure_single(&home, writers, options.seconds, before, &mut next_run))?);
    }
    say(&format!("batches of {} facts", options.batch_facts));
    let batches = runtime.block_on(measure_batches(&home, options, &mut next_run))?;
    say("all views rebuilt and compared");
    let start = Instant::now();
    let comparison = home.check_views(&mut |_| ())?;
    let facts = comparison.facts;
    let rebuild = Rebuild {
        facts,
        facts_per_s: facts as f64 / start.elapsed().as_secs_f64(),
        equal: comparison.differences.is_empty(),
    };
    home.close()?;
    drop(home);
    let start = Instant::now();
    let home = Home::open(&home_folder, settings.clone())?;
    runtime.block_on(hven_app::ports::Views::runs_submitted(&home))?;
    let open = Open { facts, open_ms: start.elapsed().as_secs_f64() * 1e3 };
    home.close()?;
    let bare = match bare {
        Some(bare) => bare,
        None => disk_loop(&folder.join("bare"), options.seconds, settings.slower_by)?,
    };
    let slower_by_ms = settings.slower_by.as_secs_f64() * 1e3;
    Ok(Report { schema: "hven.bench.record/1", slower_by_ms, bare, appends, batches, rebuild, open })
}

fn disk_loop(path: &Path, seconds: f64, slower_by: Duration) -> BenchResult<Bare> {
    let mut file = File::create(path)?;
    let fact = vec![0x55_u8; 1000];
    let mut took = Vec::new();
    let start = Instant::now();
    while start.elapsed().as_secs_f64() < seconds {
        let one = Instant::now();
        file.write_all(&fact)?;
        flush(&file, slower_by)?;
        took.push(one.elapsed());
    }
    fs::remove_file(path)?;
    let appends_per_s = took.len() as f64 / start.elapsed().as_secs_f64();
    took.sort_unstable();
    Ok(Bare { appends_per_s, p50_us: at(&took, 0.5), p99_us: at(&took, 0.99) })
}

/// The quantile of sorted durations, in microseconds.
fn at(sorted: &[Duration], share: f64) -> f64 {
    let place = (sorted.len() as f64 * share) as usize;
    sorted.get(place.min(sorted.len().saturating_sub(1))).map_or(f64::NAN, |took| took.as_secs_f64() * 1e6)
}

/// The CPU time of all threads of this process so far, in seconds.
fn cpu_s() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

async fn measure_single(
    home: &Home,
    writers: usize,
    seconds: f64,
    bare: Bare,
    next_run: &mut u64,
) -> BenchResult<Appends> {
    let (cpu, start) = (cpu_s(), Instant::now());
    let until = start + Duration::from_secs_f64(seconds);
    let next = Arc::new(std::sync::atomic::AtomicU64::new(*next_run));
    let tasks: Vec<_> = (0..writers)
        .map(|_| {
            let (home, next) = (home.clone(), Arc::clone(&next));
            tokio::spawn(async move {
                let mut took = Vec::new();
                while Instant::now() < until {
                    let run = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    for fact in facts_of_run(run) {
                        let one = Instant::now();
                        Record::append(&home, batch(vec![fact])).await?;
                        took.push(one.elapsed());
                    }
                }
                Ok::<_, StoreError>(took)
            })
        })
        .collect();
    let mut took = Vec::new();
    for task in tasks {
        took.extend(task.await.map_err(std::io::Error::other)??);
    }
    let elapsed = start.elapsed().as_secs_f64();
    *next_run = next.load(std::sync::atomic::Ordering::Relaxed);
    took.sort_unstable();
    let (appends_per_s, p50_us) = (took.len() as f64 / elapsed, at(&took, 0.5));
    Ok(Appends {
        writers,
        appends_per_s,
        p50_us,
        p99_us: at(&took, 0.99),
        cpu_us_per_fact: (cpu_s() - cpu) * 1e6 / took.len() as f64,
        bare_p50_us: bare.p50_us,
        p50_ratio: p50_us / bare.p50_us,
        throughput_ratio: appends_per_s / (writers as f64 * 1e6 / bare.p50_us),
    })
}

async fn measure_batches(home: &Home, options: &Options, next_run: &mut u64) -> BenchResult<Batches> {
    let wanted = options.rebuild_facts.saturating_sub(home.head().seq).max(20 * options.batch_facts as u64);
    let runs_per_batch = (options.batch_facts / 3).max(1) as u64;
    let (mut facts, mut cpu, mut elapsed) = (0, 0.0, 0.0);
    while facts < wanted {
        // The caller creates the facts, so their creation is not measured.
        let all: Vec<Fact> = (*next_run..*next_run + runs_per_batch).flat_map(facts_of_run).collect();
        *next_run += runs_per_batch;
        facts += all.len() as u64;
        let (cpu_before, start) = (cpu_s(), Instant::now());
        Record::append(home, batch(all)).await?;
        elapsed += start.elapsed().as_secs_f64();
        cpu += cpu_s() - cpu_before;
    }
    Ok(Batches {
        batch_facts: options.batch_facts,
        facts,
        facts_per_s: facts as f64 / elapsed,
        cpu_us_per_fact: cpu * 1e6 / facts as f64,
    })
}

fn batch(facts: Vec<Fact>) -> Batch {
    Batch::new(now(), ActorId::from_u128(1), facts)
}

/// The facts of one run, as `hven run` records them.
fn facts_of_run(n: u64) -> [Fact; 3] {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&n.to_be_bytes());
    let at = Time::from_micros(1_767_225_600_000_000 + n as i64 * 1000);
    let run = RunId::mint(at, random);
    let attempt = AttemptId { run, number: 1 };
    let output = FileRef {
        path: format!("out/{n}.csv"),
        digest: hven_core::Digest::of(&n.to_le_bytes()),
        size: 1234,
        kind: FileKind::File,
    };
    let argv = ["python3", "fit.py", "--seed"].map(str::to_owned).into_iter().chain([n.to_string()]).collect();
    let spec = Spec {
        environment: [("LANG", "C.UTF-8"), ("OMP_NUM_THREADS", "1")].map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
        outputs: vec!["out".to_owned()],
        ..Spec::of_command(argv, "/home/tycho/observations/2026")
    };
    let usage =
        Usage { cpu_user_s: 0.5, cpu_system_s: 0.1, memory_max_bytes: 20 << 20, read_bytes: 0, written_bytes: 0 };
    let result = AttemptResult {
        started: Some(at),
        ended: Some(at.plus_micros(700_000)),
        wall_s: 0.7,
        usage,
        // One run in ten declares an output.
        outputs: if n.is_multiple_of(10) { vec![output] } else { Vec::new() },
        ..AttemptResult::without_process(Outcome::Done)
    };
    [
        Submitted {
            run,
            handle: Handle { count: n },
            project: ProjectPath::home(),
            name: None,
            spec,
            launch: "0123456789abcdef0123456789abcdef".to_owned(),
            cache_key: None,
            purpose: None,
            tolerances: Default::default(),
            absent: None,
            task: None,
        }
        .into(),
        Started { attempt, runner: RunnerId::from_u128(7) }.into(),
        Finished { run, attempt: Some(1), result }.into(),
    ]
}
