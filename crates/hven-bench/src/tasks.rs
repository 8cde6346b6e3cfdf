//! `hven bench tasks`: many short tasks through the batch API with the defaults of `hven run`, compared with a bare
//! spawn-and-wait loop with the same parallelism.

use std::{
    io,
    process::{Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use clap::Args;
use hven_api::runs::{BatchItem, SubmitBatch};
use hven_client::Failure;
use hven_terminal::{Field, HumanReadable, Output, TerminalWriter, exit};
use serde::Serialize;

use super::{
    against::{self, AgainstArgs, Cost, Figure},
    machine::{Machine, OwnServer, Scratch, TIMEOUT, cores, cpu_time, median_and_p90, submission},
};
use crate::servers::Servers;

#[derive(Debug, Args)]
pub struct TasksArgs {
    /// How many tasks to run
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub tasks: u32,
    /// The program of each task
    #[arg(long, default_value = "/bin/true")]
    pub program: String,
    #[command(flatten)]
    pub against: AgainstArgs,
}

/// The figures of a comparison with another program.
const FIGURES: &[Figure] = &[
    ("tasks (/s)", "/hven_per_s", Cost::Inverse),
    ("server CPU per task (ms)", "/server_cpu_ms_per_task", Cost::Itself),
    ("show, median (ms)", "/show_ms/0", Cost::Itself),
];

/// The result of the measurement.
#[derive(Debug, Serialize)]
struct TasksMeasured {
    schema: &'static str,
    machine: Machine,
    tasks: u32,
    parallelism: usize,
    /// The rate of the bare loop, before and after: tasks per second.
    bare_per_s: [f64; 2],
    hven_per_s: f64,
    /// Hven's rate divided by the mean rate of the bare loop; the aim is at least 0.6.
    share_of_bare: f64,
    /// The CPU time of the server process per task; the aim is at most 0.3 ms.
    server_cpu_ms_per_task: f64,
    /// The time of `GET /runs/{run}` for 100 of the runs: the median and the 90th percentile.
    show_ms: [f64; 2],
}

impl HumanReadable for TasksMeasured {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        writer.line(&format!("{} tasks, {} at a time; {}", self.tasks, self.parallelism, self.machine.line()))?;
        let row =
            |what: &str, found: String, aim: &str| vec![what.into(), Field::Number(found), Field::Dim(aim.to_owned())];
        writer.table(
            &["WHAT", "MEASURED", "AIM"],
            vec![
                row("bare loop, before", format!("{:.0} /s", self.bare_per_s[0]), ""),
                row("bare loop, after", format!("{:.0} /s", self.bare_per_s[1]), ""),
                row("hven", format!("{:.0} /s", self.hven_per_s), ""),
                row("share of bare", format!("{:.0} %", self.share_of_bare * 100.0), "≥ 60 %"),
                row("server CPU per task", format!("{:.3} ms", self.server_cpu_ms_per_task), "≤ 0.3 ms"),
                row("show, median", format!("{:.1} ms", self.show_ms[0]), ""),
                row("show, 90 %", format!("{:.1} ms", self.show_ms[1]), ""),
            ],
        )
    }
}

const BATCH: u32 = 1000;
const POLL_INTERVAL: Duration = Duration::from_millis(50);
const SHOWN: usize = 100;

pub fn tasks(args: &TasksArgs, servers: &dyn Servers, output: &mut dyn Output) -> anyhow::Result<u8> {
    if let Some(other) = &args.against.against {
        return against::compare(&args.against, other, FIGURES, output);
    }
    let machine = Machine::now();
    let scratch = Scratch::new("tasks").context("the folder of the measurement cannot be created")?;
    let parallelism = cores();
    output.note("measuring the bare loop …");
    let before = bare(&args.program, args.tasks, parallelism)?;
    let server = OwnServer::start(&scratch.path().join("home"), servers)?;
    // Run one task first, so that a runner is connected.
    server.run(&submission(&[&args.program], scratch.path()), &mut || {})?;
    output.note("measuring hven …");
    let (hven, cpu, handles) = through_hven(&server, args, scratch.path())?;
    let shown = show_some(&server, &handles)?;
    output.note("measuring the bare loop again …");
    let after = bare(&args.program, args.tasks, parallelism)?;

    let rate = |time: Duration| f64::from(args.tasks) / time.as_secs_f64();
    let bare_per_s = [rate(before), rate(after)];
    let (median, p90) = median_and_p90(shown);
    output.reply(&TasksMeasured {
        schema: "hven.bench_tasks/1",
        machine,
        tasks: args.tasks,
        parallelism,
        bare_per_s,
        hven_per_s: rate(hven),
        share_of_bare: rate(hven) / f64::midpoint(bare_per_s[0], bare_per_s[1]),
        server_cpu_ms_per_task: cpu.as_secs_f64() * 1e3 / f64::from(args.tasks),
        show_ms: [median * 1e3, p90 * 1e3],
    })?;
    Ok(exit::OK)
}

/// Starts processes and waits for them, `parallelism` at a time; the standard library uses `posix_spawn`.
pub(super) fn bare(program: &str, tasks: u32, parallelism: usize) -> anyhow::Result<Duration> {
    let next = AtomicUsize::new(0);
    let start = Instant::now();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..parallelism)
            .map(|_| {
                scope.spawn(|| -> io::Result<()> {
                    while next.fetch_add(1, Ordering::Relaxed) < tasks as usize {
                        let mut command = Command::new(program);
                        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
                    }
                    Ok(())
                })
            })
            .collect();
        workers.into_iter().try_for_each(|worker| {
            worker.join().unwrap_or_else(|_| Err(io::Error::other("a thread of the bare loop panicked")))
        })
    })
    .with_context(|| format!("{program} cannot be started"))?;
    Ok(start.elapsed())
}

/// Submits all tasks and waits for the last; returns the time, the CPU time of the server, and the handles.
fn through_hven(
    server: &OwnServer<'_>,
    args: &TasksArgs,
    cwd: &std::path::Path,
) -> anyhow::Result<(Duration, Duration, Vec<String>)> {
    let done_before = done(server)?;
    let cpu_before = cpu_time(server.pid()).unwrap_or_default();
    let mut handles = Vec::with_capacity(args.tasks as usize);
    let start = Instant::now();
    let mut left = args.tasks;
    while left > 0 {
        let n = left.min(BATCH);
        let item = || BatchItem { argv: vec![args.program.clone()], name: None };
        let batch = SubmitBatch { template: submission(&[&args.program], cwd), runs: (0..n).map(|_| item()).collect() };
        handles.extend(server.client.submit_batch(&batch)?.runs.into_iter().map(|run| run.handle));
        left -= n;
    }
    while done(server)? < done_before + u64::from(args.tasks) {
        if start.elapsed() > TIMEOUT {
            return Err(Failure::new("internal", "the tasks did not end in half an hour").into());
        }
        thread::sleep(POLL_INTERVAL);
    }
    let time = start.elapsed();
    Ok((time, cpu_time(server.pid()).unwrap_or_default().saturating_sub(cpu_before), handles))
}

/// The number of successful runs; a failed run is an error.
fn done(server: &OwnServer<'_>) -> anyhow::Result<u64> {
    let runs = server.client.server()?.runs;
    let count = |state: &str| runs.get(state).copied().unwrap_or(0);
    let wrong = count("failed") + count("lost") + count("cancelled");
    if wrong > 0 {
        return Err(Failure::new("internal", format!("{wrong} tasks failed")).into());
    }
    Ok(count("done"))
}

/// Loads some runs, chosen by a fixed stride, and checks that they are done.
fn show_some(server: &OwnServer<'_>, handles: &[String]) -> anyhow::Result<Vec<Duration>> {
    // A stride that has no divisor in common with the usual counts visits the handles in a seemingly random order.
    const STRIDE: usize = 7919;
    let mut times = Vec::with_capacity(SHOWN);
    for i in 0..SHOWN.min(handles.len()) {
        let handle = &handles[i * STRIDE % handles.len()];
        let start = Instant::now();
        let run = server.client.run(handle)?;
        times.push(start.elapsed());
        if run.summary.state != "done" || run.spec.is_none() {
            return Err(Failure::new("internal", format!("run {handle} is {} and not done", run.summary.state)).into());
        }
    }
    Ok(times)
}
