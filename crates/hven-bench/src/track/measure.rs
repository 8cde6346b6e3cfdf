//! Measures each server in turn, and shows the figures next to each other.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use clap::Args;
use hven_core::quantity::parse_duration;
use hven_terminal::{Field, HumanReadable, Output, TerminalWriter, exit};
use serde::Serialize;
use serde_json::Value;

use super::{
    load::{self, Measured, Sizes},
    peers::Peer,
};
use crate::{
    machine::{Machine, OwnServer, Scratch, median_and_p90, resident_bytes},
    servers::Servers,
};

#[derive(Debug, Args)]
pub struct TrackArgs {
    /// How many runs are searched
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub runs: u32,
    /// How many batches of 1,000 metrics are logged; a tenth of them by each of eight writers
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(10..=10_000))]
    pub batches: u32,
    /// How many single metrics are logged by each connection
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    pub singles: u32,
    /// Each flush of Hven's record, and of the bare appends, takes this much longer, as on a slower disk: such as 4ms
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = parse_duration)]
    pub slower_by: Duration,
    /// The program `fml` of FastTrackML, to compare with
    #[arg(long, value_name = "FML", value_hint = clap::ValueHint::ExecutablePath)]
    pub fasttrackml: Option<PathBuf>,
    /// A Python with the package mlflow, to compare with its server with one worker
    #[arg(long, value_name = "PYTHON", value_hint = clap::ValueHint::ExecutablePath)]
    pub mlflow: Option<PathBuf>,
}

/// The result of the measurement.
#[derive(Debug, Serialize)]
struct TrackMeasured {
    schema: &'static str,
    machine: Machine,
    runs: u32,
    /// How much longer each flush took, of Hven's record and of the bare appends.
    slower_by_ms: f64,
    /// Appends with fdatasync on the same disk: of the body of a call with one metric, and with 1,000.
    bare_single_per_s: f64,
    bare_batch_ms: f64,
    servers: Vec<ServerMeasured>,
    /// Servers that could not be measured to the end.
    failed: Vec<ServerFailed>,
}

/// A server without figures.
#[derive(Debug, Serialize)]
struct ServerFailed {
    name: String,
    why: String,
}

/// The figures of one server.
#[derive(Debug, Serialize)]
struct ServerMeasured {
    name: String,
    start_s: f64,
    memory_bytes: Option<u64>,
    #[serde(flatten)]
    measured: Measured,
}

/// Shows a figure of a server.
type Shown = fn(&ServerMeasured) -> String;

impl HumanReadable for TrackMeasured {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        writer.line(&format!("{} runs; {}", self.runs, self.machine.line()))?;
        if self.slower_by_ms > 0.0 {
            writer
                .line(&format!("each flush of hven and of the bare appends takes {} ms longer", self.slower_by_ms))?;
        }
        writer.line(&format!(
            "bare append + fdatasync: {:.0} single metrics/s, {:.2} ms for the body of a batch",
            self.bare_single_per_s, self.bare_batch_ms
        ))?;
        let mut head = vec!["WHAT"];
        head.extend(self.servers.iter().map(|server| server.name.as_str()));
        let rows: [(&str, Shown); 10] = [
            ("log-batch of 1,000 metrics, p50 (ms)", |s| format!("{:.2}", s.measured.batch_ms)),
            ("metrics/s of 8 writers", |s| format!("{:.0}", s.measured.batch_8_points_per_s)),
            ("log-metric calls/s, 1 connection", |s| format!("{:.0}", s.measured.single_per_s)),
            ("log-metric calls/s, 16 connections", |s| format!("{:.0}", s.measured.single_16_per_s)),
            ("search, 1,000 runs (ms)", |s| format!("{:.1}", s.measured.search_1000_ms)),
            ("search, filter and order, 100 runs (ms)", |s| format!("{:.1}", s.measured.search_filter_ms)),
            ("search, top 10 by metric (ms)", |s| format!("{:.1}", s.measured.search_top_10_ms)),
            ("history of 5,000 points (ms)", |s| format!("{:.1}", s.measured.history_ms)),
            ("start to first answer (s)", |s| format!("{:.3}", s.start_s)),
            ("memory at the end (MB)", |s| {
                s.memory_bytes.map_or_else(|| "not known".to_owned(), |bytes| format!("{:.0}", bytes as f64 / 1e6))
            }),
        ];
        let row = |(what, shown): &(&str, Shown)| {
            let mut row: Vec<Field> = vec![(*what).into()];
            row.extend(self.servers.iter().map(|server| Field::Number(shown(server))));
            row
        };
        writer.table(&head, rows.iter().map(row).collect())?;
        self.failed
            .iter()
            .try_for_each(|failed| writer.line(&format!("{} was not measured: {}", failed.name, failed.why)))
    }
}

pub fn track(args: &TrackArgs, servers: &dyn Servers, output: &mut dyn Output) -> anyhow::Result<u8> {
    let machine = Machine::now();
    let scratch = Scratch::new("track").context("the folder of the measurement cannot be created")?;
    let sizes = Sizes { runs: args.runs, batches: args.batches, singles: args.singles };
    let (single, batch) = bare(scratch.path(), args.slower_by).context("the bare appends failed")?;
    let (mut measured, mut failed) = (Vec::new(), Vec::new());
    output.note("measuring hven …");
    measured.push(hven(&scratch.path().join("home"), servers, args.slower_by, &sizes)?);
    let peers = args.fasttrackml.iter().map(|program| Peer::FastTrackMl(program));
    for peer in peers.chain(args.mlflow.iter().map(|python| Peer::Mlflow(python))) {
        output.note(&format!("measuring {} …", peer.name()));
        match of_peer(&peer, scratch.path(), &sizes) {
            Ok(peer) => measured.push(peer),
            // The figures of the others are worth their minutes.
            Err(why) => failed.push(ServerFailed { name: peer.name().to_owned(), why: format!("{why:#}") }),
        }
    }
    output.reply(&TrackMeasured {
        schema: "hven.bench_track/1",
        machine,
        runs: args.runs,
        slower_by_ms: args.slower_by.as_secs_f64() * 1e3,
        bare_single_per_s: 1.0 / single,
        bare_batch_ms: batch * 1e3,
        servers: measured,
        failed,
    })?;
    Ok(exit::OK)
}

fn hven(home: &Path, servers: &dyn Servers, slower_by: Duration, sizes: &Sizes) -> anyhow::Result<ServerMeasured> {
    let start = Instant::now();
    let server = OwnServer::start_slower(home, servers, slower_by)?;
    let start_s = start.elapsed().as_secs_f64();
    let file = hven_client::ServerFile::read(home).context("the server has written no address")?;
    let token = fs::read_to_string(home.join("token")).context("the token of the home cannot be read")?;
    let measured = load::run(file.url.trim_start_matches("http://"), Some(token.trim()), sizes)?;
    let memory_bytes = resident_bytes(server.pid());
    Ok(ServerMeasured { name: "hven".to_owned(), start_s, memory_bytes, measured })
}

fn of_peer(peer: &Peer<'_>, scratch: &Path, sizes: &Sizes) -> anyhow::Result<ServerMeasured> {
    let folder = scratch.join(peer.name());
    fs::create_dir_all(&folder)?;
    let start = Instant::now();
    let running = peer.start(&folder)?;
    let start_s = start.elapsed().as_secs_f64();
    let measured = load::run(&running.address, None, sizes)?;
    Ok(ServerMeasured { name: peer.name().to_owned(), start_s, memory_bytes: running.memory_bytes(), measured })
}

/// The median times of an append with fdatasync, in seconds: of the body of a call with one metric, and with 1,000.
fn bare(folder: &Path, slower_by: Duration) -> io::Result<(f64, f64)> {
    const TIMES: usize = 200;
    let run = "0".repeat(32);
    let mut file = File::create(folder.join("bare"))?;
    let mut append = |body: &Value| -> io::Result<f64> {
        let piece = body.to_string();
        let mut times: Vec<Duration> = Vec::with_capacity(TIMES);
        for _ in 0..TIMES {
            let start = Instant::now();
            file.write_all(piece.as_bytes())?;
            file.sync_data()?;
            thread::sleep(slower_by);
            times.push(start.elapsed());
        }
        Ok(median_and_p90(times).0)
    };
    Ok((append(&load::single(&run, 1))?, append(&load::batch(&run, 1))?))
}
