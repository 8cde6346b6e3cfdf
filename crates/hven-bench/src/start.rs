//! `hven bench start`: the time that `hven run` adds to a command in a git tree, and the time until a server answers.

use std::{
    fs, io,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use clap::Args;
use hven_client::Failure;
use hven_terminal::{Field, HumanReadable, Output, TerminalWriter, exit, formats};
use serde::Serialize;

use super::{
    against::{self, AgainstArgs, Cost, Figure},
    generated,
    machine::{Machine, OwnServer, Scratch, median_and_p90, resident_bytes},
};
use crate::servers::Servers;

#[derive(Debug, Args)]
pub struct StartArgs {
    /// How often to repeat each measurement
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub repeat: u32,
    /// How many runs the generated home has
    #[arg(long, default_value_t = 10_000)]
    pub runs: u64,
    /// How many facts it has
    #[arg(long, default_value_t = 1_000_000)]
    pub facts: u64,
    #[command(flatten)]
    pub against: AgainstArgs,
}

/// The figures of a comparison with another program.
const FIGURES: &[Figure] = &[
    ("first answer (ms)", "/first_answer_ms", Cost::Itself),
    ("resident memory (bytes)", "/resident_bytes", Cost::Itself),
    ("hven run -- true (ms)", "/run_ms", Cost::Itself),
];

#[derive(Debug, Serialize)]
struct StartMeasured {
    schema: &'static str,
    machine: Machine,
    files: u32,
    repeat: u32,
    /// The size of the generated home.
    runs: u64,
    facts: u64,
    /// The time from the server's start to its first answer, in milliseconds, the median; the aim is at most 50 ms.
    first_answer_ms: f64,
    /// The resident memory after the first answer, in bytes; the aim is at most 30 MB.
    resident_bytes: u64,
    /// Medians, in milliseconds.
    bare_ms: f64,
    run_ms: f64,
    /// The time that `hven run` adds; the aim is at most 30 ms.
    added_ms: f64,
    /// The same at the 90th percentile.
    added_p90_ms: f64,
}

impl HumanReadable for StartMeasured {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        writer.line(&format!("a server on {} runs and {} facts; {}", self.runs, self.facts, self.machine.line()))?;
        let answer = format!("{:.1} ms", self.first_answer_ms);
        writer.table(
            &["WHAT", "MEASURED", "AIM"],
            vec![
                vec!["first answer, median".into(), Field::Number(answer), Field::Dim("≤ 50 ms".to_owned())],
                vec![
                    "resident memory".into(),
                    Field::Number(formats::bytes(self.resident_bytes)),
                    Field::Dim("≤ 30 MB".to_owned()),
                ],
            ],
        )?;
        writer.heading(&format!(
            "`hven run -- true` in a git tree of {} files, one of them changed, {} times",
            self.files, self.repeat
        ))?;
        let row = |what: &str, ms: f64, aim: &str| {
            vec![what.into(), Field::Number(format!("{ms:.1} ms")), Field::Dim(aim.to_owned())]
        };
        writer.table(
            &["WHAT", "MEASURED", "AIM"],
            vec![
                row("bare, median", self.bare_ms, ""),
                row("hven run, median", self.run_ms, ""),
                row("added, median", self.added_ms, "≤ 30 ms"),
                row("added, 90 %", self.added_p90_ms, ""),
            ],
        )
    }
}

const FILES: u32 = 1000;

pub fn start(args: &StartArgs, servers: &dyn Servers, output: &mut dyn Output) -> anyhow::Result<u8> {
    if let Some(other) = &args.against.against {
        return against::compare(&args.against, other, FIGURES, output);
    }
    let machine = Machine::now();
    let scratch = Scratch::new("start").context("the folder of the measurement cannot be created")?;
    let tree = scratch.path().join("tree");
    plant(&tree)?;
    let server = OwnServer::start(&scratch.path().join("home"), servers)?;
    output.note("measuring hven run …");
    let program = std::env::current_exe()?;
    let home = server.home.clone();
    let hven = || {
        let mut command = Command::new(&program);
        command.arg("--home").arg(&home).args(["run", "--", "true"]);
        command
    };
    timed(&tree, hven())?;
    let (mut bare, mut with_hven) = (Vec::new(), Vec::new());
    // Alternate, so that changes of the machine's load affect both equally.
    for _ in 0..args.repeat {
        bare.push(timed(&tree, Command::new("true"))?);
        with_hven.push(timed(&tree, hven())?);
    }
    let (bare, bare_p90) = median_and_p90(bare);
    let (run, run_p90) = median_and_p90(with_hven);
    drop(server);
    let generated = scratch.path().join("generated");
    output.note("creating a large home …");
    generated::make(&generated, args.runs, args.facts)?;
    output.note("measuring its start …");
    let (first_answers, resident_bytes) = starts(&generated, args.repeat.min(STARTS_MAX), servers)?;
    output.reply(&StartMeasured {
        schema: "hven.bench_start/1",
        machine,
        files: FILES,
        repeat: args.repeat,
        runs: args.runs,
        facts: args.facts,
        first_answer_ms: median_and_p90(first_answers).0 * 1e3,
        resident_bytes,
        bare_ms: bare * 1e3,
        run_ms: run * 1e3,
        added_ms: (run - bare) * 1e3,
        added_p90_ms: (run_p90 - bare_p90) * 1e3,
    })?;
    Ok(exit::OK)
}

/// The maximum number of measured starts.
const STARTS_MAX: u32 = 10;

/// Starts the server of a home repeatedly; returns the times until its first answer, and its memory then.
fn starts(home: &Path, times: u32, servers: &dyn Servers) -> anyhow::Result<(Vec<Duration>, u64)> {
    let mut first_answers = Vec::new();
    let mut resident = 0;
    for n in 0..=times {
        let start = Instant::now();
        let server = OwnServer::start(home, servers)?;
        // Do not measure the first start, because it creates tokens and the program of the runner.
        if n > 0 {
            first_answers.push(start.elapsed());
        }
        resident = resident.max(resident_bytes(server.pid()).unwrap_or(0));
    }
    Ok((first_answers, resident))
}

/// Creates a git tree in which one file differs from the commit.
fn plant(tree: &Path) -> anyhow::Result<()> {
    for n in 0..FILES {
        let folder = tree.join(format!("part{:02}", n % 40));
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("step{n:04}.py")), format!("# step {n}\nprint({n})\n").repeat(40))?;
    }
    let git = |arguments: &[&str]| -> anyhow::Result<()> {
        let identity = ["-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "commit.gpgsign=false"];
        let output = Command::new("git").args(identity).args(arguments).current_dir(tree).output()?;
        if output.status.success() {
            return Ok(());
        }
        Err(Failure::new("internal", format!("git {}: {}", arguments[0], String::from_utf8_lossy(&output.stderr)))
            .into())
    };
    git(&["init", "-q"])?;
    git(&["add", "."])?;
    git(&["commit", "-q", "-m", "a tree"])?;
    // Wait as in a tree in normal use: git reads files again that changed in the same second as its index, until a later
    // call updates the index.
    thread::sleep(Duration::from_millis(1100));
    git(&["status"])?;
    fs::write(tree.join("part00/step0000.py"), "print('changed')\n")?;
    Ok(())
}

/// The duration of a command.
fn timed(cwd: &Path, mut command: Command) -> anyhow::Result<Duration> {
    command.current_dir(cwd).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let start = Instant::now();
    let output = command.output()?;
    let time = start.elapsed();
    if output.status.success() {
        return Ok(time);
    }
    Err(Failure::new("internal", format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr))).into())
}
