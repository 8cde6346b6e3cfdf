//! `hven bench log`: one task that prints much, from its pipe through the runner and the server to sealed objects,
//! compared with `cat` from one file to another.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write as _},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use clap::Args;
use hven_api::runs::RunDetail;
use hven_client::{FactQuery, Failure};
use hven_terminal::{Field, HumanReadable, Output, TerminalWriter, exit};
use serde::Serialize;

use super::machine::{Machine, OwnServer, POLL_INTERVAL, Scratch, TIMEOUT, cpu_time, resident_bytes, submission};
use crate::servers::Servers;

#[derive(Debug, Args)]
pub struct LogArgs {
    /// Size of the output in megabytes (10⁶ bytes)
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub megabytes: u32,
}

/// The result of the measurement.
#[derive(Debug, Serialize)]
struct LogMeasured {
    schema: &'static str,
    machine: Machine,
    megabytes: u32,
    /// The rate of `cat FILE > OTHER`, before and after.
    cat_mb_per_s: [f64; 2],
    /// The rate until the end of the task is recorded; then the server has the whole log on its disk.
    recorded_mb_per_s: f64,
    /// The rate until all of the log is in objects.
    sealed_mb_per_s: f64,
    /// The stored part of the log; the middle of a log longer than 1 GiB is dropped.
    log_bytes: u64,
    dropped_bytes: u64,
    sealed_bytes: u64,
    /// The total CPU time of the server process.
    server_cpu_s: f64,
    server_memory_max_bytes: u64,
}

impl HumanReadable for LogMeasured {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        writer.line(&format!("a task that prints {} MB; {}", self.megabytes, self.machine.line()))?;
        let row = |what: &str, found: String| vec![what.into(), Field::Number(found)];
        writer.table(
            &["WHAT", "MEASURED"],
            vec![
                row("cat into a file, before", format!("{:.0} MB/s", self.cat_mb_per_s[0])),
                row("cat into a file, after", format!("{:.0} MB/s", self.cat_mb_per_s[1])),
                row("hven, until recorded", format!("{:.0} MB/s", self.recorded_mb_per_s)),
                row("hven, until sealed", format!("{:.0} MB/s", self.sealed_mb_per_s)),
                row("kept", format!("{:.1} MB", self.log_bytes as f64 / 1e6)),
                row("sealed to", format!("{:.1} MB", self.sealed_bytes as f64 / 1e6)),
                row("server CPU", format!("{:.2} s", self.server_cpu_s)),
                row("server memory, most", format!("{:.0} MB", self.server_memory_max_bytes as f64 / 1e6)),
            ],
        )
    }
}

pub fn log(args: &LogArgs, servers: &dyn Servers, output: &mut dyn Output) -> anyhow::Result<u8> {
    let machine = Machine::now();
    let scratch = Scratch::new("log").context("the folder of the measurement cannot be created")?;
    let text = scratch.path().join("text");
    write_text(&text, u64::from(args.megabytes) * 1_000_000).context("the text to print cannot be written")?;
    output.note("measuring cat …");
    let before = cat(&text, scratch.path())?;
    let server = OwnServer::start(&scratch.path().join("home"), servers)?;
    // Run one short task first, so that a runner is connected.
    server.run(&submission(&["true"], scratch.path()), &mut || {})?;
    output.note("measuring hven …");
    let through = through_hven(&server, &text, scratch.path())?;
    output.note("measuring cat again …");
    let after = cat(&text, scratch.path())?;

    let rate = |time: Duration| f64::from(args.megabytes) / time.as_secs_f64();
    output.reply(&LogMeasured {
        schema: "hven.bench_log/1",
        machine,
        megabytes: args.megabytes,
        cat_mb_per_s: [rate(before), rate(after)],
        recorded_mb_per_s: rate(through.recorded),
        sealed_mb_per_s: rate(through.sealed),
        log_bytes: through.run.log_bytes,
        dropped_bytes: through.run.log_dropped_bytes,
        sealed_bytes: through.sealed_bytes,
        server_cpu_s: through.cpu.as_secs_f64(),
        server_memory_max_bytes: through.memory_max_bytes,
    })?;
    Ok(exit::OK)
}

/// Writes different lines like those of a training script.
fn write_text(path: &Path, bytes: u64) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    let (mut written, mut n) = (0_u64, 0_u64);
    while written < bytes {
        n += 1;
        let noise = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let line =
            format!("step {n:>9}  loss {:.6}  grad {:.5}  {:016x}\n", noise as f64 / 1e19, noise as f64 / 2e18, noise);
        let line = &line.as_bytes()[..line.len().min((bytes - written) as usize)];
        out.write_all(line)?;
        written += line.len() as u64;
    }
    out.flush()
}

fn cat(text: &Path, folder: &Path) -> anyhow::Result<Duration> {
    let copy = folder.join("copy");
    let start = Instant::now();
    let out = File::create(&copy)?;
    let status = Command::new("cat").arg(text).stdin(Stdio::null()).stdout(out).status().context("cat")?;
    let time = start.elapsed();
    fs::remove_file(&copy)?;
    if status.success() { Ok(time) } else { Err(Failure::new("internal", "cat failed").into()) }
}

/// The result of printing the large log.
struct Through {
    run: Box<RunDetail>,
    recorded: Duration,
    sealed: Duration,
    sealed_bytes: u64,
    cpu: Duration,
    memory_max_bytes: u64,
}

fn through_hven(server: &OwnServer<'_>, text: &Path, cwd: &Path) -> anyhow::Result<Through> {
    let text = text.to_string_lossy().into_owned();
    let cpu_before = cpu_time(server.pid()).unwrap_or_default();
    let mut memory_max_bytes = 0;
    let start = Instant::now();
    let run = server.run(&submission(&["cat", &text], cwd), &mut || {
        memory_max_bytes = memory_max_bytes.max(resident_bytes(server.pid()).unwrap_or(0));
    })?;
    let recorded = start.elapsed();
    let sealed_bytes = loop {
        memory_max_bytes = memory_max_bytes.max(resident_bytes(server.pid()).unwrap_or(0));
        let (sealed_to, bytes) = sealed(server, &run.summary.id)?;
        if sealed_to >= run.log_bytes {
            break bytes;
        }
        if start.elapsed() > TIMEOUT {
            return Err(Failure::new("internal", "the log was not sealed in half an hour").into());
        }
        thread::sleep(POLL_INTERVAL);
    };
    let sealed = start.elapsed();
    let cpu = cpu_time(server.pid()).unwrap_or_default().saturating_sub(cpu_before);
    Ok(Through { run: Box::new(run), recorded, sealed, sealed_bytes, cpu, memory_max_bytes })
}

/// The offset up to which a run's log is sealed, and the size of the objects.
fn sealed(server: &OwnServer<'_>, run: &str) -> anyhow::Result<(u64, u64)> {
    let facts = server.client.facts(&FactQuery {
        run: Some(run.to_owned()),
        kind: Some("run.part_sealed".to_owned()),
        limit: Some(1000),
        ..Default::default()
    })?;
    let parts = facts.items.iter().filter_map(|fact| fact.payload.as_ref()).filter(|part| part["stream"] == "log");
    let number = |part: &serde_json::Value, name: &str| part[name].as_u64().unwrap_or(0);
    Ok(parts.fold((0, 0), |(to, bytes), part| (to.max(number(part, "to")), bytes + number(part, "object_bytes"))))
}
