//! `hven bench map`: the tasks of an array, compared with a bare spawn-and-wait loop, xargs and schedulers from PyPI with the same
//! parallelism; and an array of a million tasks that wait.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use clap::Args;
use hven_api::arrays::{ArrayDetail, Axis, SubmitArray};
use hven_client::{Client, Failure};
use hven_terminal::{Field, HumanReadable, Output, TerminalWriter, exit};
use serde::{Deserialize, Serialize};

use super::{
    against::{self, AgainstArgs, Cost, Figure},
    machine::{Machine, OwnServer, Scratch, TIMEOUT, cores, cpu_time, median_and_p90, resident_bytes, submission},
    tasks::bare,
};
use crate::servers::Servers;

#[derive(Debug, Args)]
pub struct MapArgs {
    /// How many tasks to run
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub tasks: u32,
    /// The program of each task
    #[arg(long, default_value = "/bin/true")]
    pub program: String,
    /// How many tasks wait in the second array
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub queued: u32,
    /// A Python with the package hyperqueue, dask or ray, to compare with; may be repeated
    #[arg(long, value_name = "PYTHON", value_hint = clap::ValueHint::ExecutablePath)]
    pub peer: Vec<PathBuf>,
    #[command(flatten)]
    pub against: AgainstArgs,
}

/// The figures of a comparison with another program.
const FIGURES: &[Figure] = &[
    ("tasks (/s)", "/hven_per_s", Cost::Inverse),
    ("server CPU per task (ms)", "/server_cpu_ms_per_task", Cost::Itself),
    ("submission of the queued array (ms)", "/queued_submit_ms", Cost::Itself),
];

/// The result of the measurement.
#[derive(Debug, Serialize)]
struct MapMeasured {
    schema: &'static str,
    machine: Machine,
    tasks: u32,
    parallelism: usize,
    /// The rate of the bare loop, before and after: tasks per second.
    bare_per_s: [f64; 2],
    xargs_per_s: Option<f64>,
    peers: Vec<Peer>,
    hven_per_s: f64,
    /// Hven's rate divided by the mean rate of the bare loop; the aim is at least 0.8.
    share_of_bare: f64,
    server_cpu_ms_per_task: f64,
    /// The growth of the home, per task.
    home_bytes_per_task: f64,
    /// The array of tasks that wait: how many, how long its submission took, and the memory of the server with it.
    queued: u32,
    queued_submit_ms: f64,
    server_memory_bytes: u64,
    /// The list of arrays, the array, and its grid: medians.
    list_ms: f64,
    show_ms: f64,
    grid_ms: f64,
}

/// A scheduler from PyPI.
#[derive(Debug, Serialize, Deserialize)]
struct Peer {
    name: String,
    version: String,
    tasks_per_s: f64,
}

impl HumanReadable for MapMeasured {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        writer.line(&format!("{} tasks, {} at a time; {}", self.tasks, self.parallelism, self.machine.line()))?;
        let row =
            |what: &str, found: String, aim: &str| vec![what.into(), Field::Number(found), Field::Dim(aim.to_owned())];
        let mut rows = vec![
            row("bare loop, before", format!("{:.0} /s", self.bare_per_s[0]), ""),
            row("bare loop, after", format!("{:.0} /s", self.bare_per_s[1]), ""),
        ];
        rows.extend(self.xargs_per_s.map(|rate| row("xargs", format!("{rate:.0} /s"), "")));
        for Peer { name, version, tasks_per_s } in &self.peers {
            rows.push(row(&format!("{name} {version}"), format!("{tasks_per_s:.0} /s"), ""));
        }
        let megabytes = self.server_memory_bytes as f64 / 1e6;
        rows.extend([
            row("hven", format!("{:.0} /s", self.hven_per_s), ""),
            row("share of bare", format!("{:.0} %", self.share_of_bare * 100.0), "≥ 80 %"),
            row("server CPU per task", format!("{:.3} ms", self.server_cpu_ms_per_task), ""),
            row("home per task", format!("{:.0} B", self.home_bytes_per_task), ""),
            row(&format!("{} tasks submitted", self.queued), format!("{:.0} ms", self.queued_submit_ms), "< 500 ms"),
            row("server with them", format!("{megabytes:.0} MB"), "< 100 MB"),
            row("list of arrays", format!("{:.1} ms", self.list_ms), "< 50 ms"),
            row("the array", format!("{:.1} ms", self.show_ms), "< 50 ms"),
            row("its grid", format!("{:.1} ms", self.grid_ms), "< 50 ms"),
        ]);
        writer.table(&["WHAT", "MEASURED", "AIM"], rows)
    }
}

const POLL_INTERVAL: Duration = Duration::from_millis(50);
const REPEATS: usize = 20;

pub fn map(args: &MapArgs, servers: &dyn Servers, output: &mut dyn Output) -> anyhow::Result<u8> {
    if let Some(other) = &args.against.against {
        return against::compare(&args.against, other, FIGURES, output);
    }
    let machine = Machine::now();
    let scratch = Scratch::new("map").context("the folder of the measurement cannot be created")?;
    let parallelism = cores();
    let rate = |time: Duration| f64::from(args.tasks) / time.as_secs_f64();
    output.note("measuring the bare loop …");
    let before = bare(&args.program, args.tasks, parallelism)?;
    let xargs = xargs(args, parallelism)?;
    let mut peers = Vec::new();
    for python in &args.peer {
        output.note(&format!("measuring the scheduler of {} …", python.display()));
        peers.push(peer(python, args, parallelism)?);
    }
    let home = scratch.path().join("home");
    let server = OwnServer::start(&home, servers)?;
    // Run one task first, so that a runner is connected.
    server.run(&submission(&[&args.program], scratch.path()), &mut || {})?;
    output.note("measuring hven …");
    let (bytes_before, cpu_before) = (size(&home), cpu_time(server.pid()).unwrap_or_default());
    let start = Instant::now();
    let submitted = submit(&server.client, args, args.tasks, scratch.path())?;
    until_done(&server.client, &submitted, start)?;
    let time = start.elapsed();
    let cpu = cpu_time(server.pid()).unwrap_or_default().saturating_sub(cpu_before);
    let bytes = size(&home).saturating_sub(bytes_before);
    output.note("measuring the bare loop again …");
    let after = bare(&args.program, args.tasks, parallelism)?;
    output.note("measuring an array that waits …");
    let start = Instant::now();
    let queued = submit(&server.client, args, args.queued, scratch.path())?;
    let queued_submit_ms = start.elapsed().as_secs_f64() * 1e3;
    let name = &queued.array.name;
    let list_ms = median(|| server.client.arrays(false, None, 50).map(drop))?;
    let show_ms = median(|| server.client.array(name).map(drop))?;
    let grid_ms = median(|| server.client.array_grid(name, 1000).map(drop))?;
    let server_memory_bytes = resident_bytes(server.pid()).unwrap_or_default();
    server.client.cancel_array(name, None)?;
    let bare_per_s = [rate(before), rate(after)];
    output.reply(&MapMeasured {
        schema: "hven.bench_map/1",
        machine,
        tasks: args.tasks,
        parallelism,
        bare_per_s,
        xargs_per_s: xargs.map(rate),
        peers,
        hven_per_s: rate(time),
        share_of_bare: rate(time) / f64::midpoint(bare_per_s[0], bare_per_s[1]),
        server_cpu_ms_per_task: cpu.as_secs_f64() * 1e3 / f64::from(args.tasks),
        home_bytes_per_task: bytes as f64 / f64::from(args.tasks),
        queued: args.queued,
        queued_submit_ms,
        server_memory_bytes,
        list_ms,
        show_ms,
        grid_ms,
    })?;
    Ok(exit::OK)
}

fn submit(client: &Client, args: &MapArgs, tasks: u32, cwd: &Path) -> anyhow::Result<ArrayDetail> {
    let axis = Axis::Range { name: "i".to_owned(), first: 1, step: 1, scale: 0, count: tasks.into() };
    let task = submission(&[&args.program, "{i}"], cwd);
    Ok(client.submit_array(&SubmitArray { task, axes: vec![axis], ..SubmitArray::default() })?)
}

fn until_done(client: &Client, submitted: &ArrayDetail, start: Instant) -> anyhow::Result<()> {
    loop {
        let array = client.array(&submitted.array.name)?.array;
        match array.state.as_str() {
            "running" if start.elapsed() < TIMEOUT => thread::sleep(POLL_INTERVAL),
            "done" => return Ok(()),
            state => return Err(Failure::new("internal", format!("the array is {state}: {:?}", array.counts)).into()),
        }
    }
}

/// `xargs` with one task for each line, or `None` where it does not exist.
fn xargs(args: &MapArgs, parallelism: usize) -> anyhow::Result<Option<Duration>> {
    let lines: Vec<String> = (1..=args.tasks).map(|line| line.to_string()).collect();
    let mut command = Command::new("xargs");
    command.args(["-P", &parallelism.to_string(), "-n", "1", &args.program]).stdin(Stdio::piped());
    let start = Instant::now();
    let mut child = match command.stdout(Stdio::null()).spawn() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        child => child?,
    };
    let mut stdin = child.stdin.take().context("xargs has no standard input")?;
    io::Write::write_all(&mut stdin, lines.join("\n").as_bytes())?;
    drop(stdin);
    let status = child.wait()?;
    if !status.success() {
        return Err(Failure::new("internal", format!("xargs ended with {status}")).into());
    }
    Ok(Some(start.elapsed()))
}

/// The program that runs the tasks with the scheduler that a Python has.
const PEER: &str = include_str!("map_peer.py");

fn peer(python: &Path, args: &MapArgs, parallelism: usize) -> anyhow::Result<Peer> {
    let mut command = Command::new(python);
    command.args(["-c", PEER, &args.tasks.to_string(), &args.program, &parallelism.to_string()]);
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("{} cannot be started", python.display()))?;
    let last = output.stdout.split(|byte| *byte == b'\n').rfind(|line| !line.is_empty()).unwrap_or_default();
    serde_json::from_slice(last).with_context(|| format!("{} gave no figures", python.display()))
}

fn median(mut call: impl FnMut() -> hven_client::Result<()>) -> anyhow::Result<f64> {
    let mut times = Vec::with_capacity(REPEATS);
    for _ in 0..REPEATS {
        let start = Instant::now();
        call()?;
        times.push(start.elapsed());
    }
    Ok(median_and_p90(times).0 * 1e3)
}

/// The bytes of all files below a folder.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let of = |entry: fs::DirEntry| match entry.metadata() {
        Ok(found) if found.is_dir() => size(&entry.path()),
        Ok(found) => found.len(),
        Err(_) => 0,
    };
    entries.map(of).sum()
}
