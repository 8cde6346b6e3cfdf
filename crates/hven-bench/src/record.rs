//! `hven bench record`: how fast facts become durable, compared with bare writes to the disk.

use std::{io, time::Duration};

use anyhow::Context as _;
use clap::Args;
use hven_core::quantity::parse_duration;
use hven_record::{
    Settings,
    bench::{self, Options, Report},
};
use hven_terminal::{Field, HumanReadable, Output, TerminalWriter, exit};
use serde::Serialize;

use super::{
    against::{self, AgainstArgs, Cost, Figure},
    machine::{Machine, Scratch},
};

#[derive(Debug, Args)]
pub struct RecordArgs {
    /// How many callers append at the same time, one measurement each
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 64], conflicts_with = "against")]
    pub writers: Vec<usize>,
    /// Duration of each measurement
    #[arg(long, default_value_t = 3.0)]
    pub seconds: f64,
    /// How many facts the record has when its views are rebuilt
    #[arg(long, default_value_t = 1_000_000)]
    pub facts: u64,
    /// Simulate a disk whose flushes take this much longer, for bare writes and for the record, such as 4ms
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = parse_duration)]
    pub slower_by: Duration,
    #[command(flatten)]
    pub against: AgainstArgs,
}

/// The figures of a comparison with another program.
const FIGURES: &[Figure] = &[
    ("append, 1 writer, p50 (µs)", "/appends/0/p50_us", Cost::Itself),
    ("append, 8 writers, p50 (µs)", "/appends/1/p50_us", Cost::Itself),
    ("append, 64 writers, p50 (µs)", "/appends/2/p50_us", Cost::Itself),
    ("batches (facts/s)", "/batches/facts_per_s", Cost::Inverse),
    ("CPU per fact in batches (µs)", "/batches/cpu_us_per_fact", Cost::Itself),
    ("views rebuilt (facts/s)", "/rebuild/facts_per_s", Cost::Inverse),
];

#[derive(Debug, Serialize)]
struct RecordMeasured {
    #[serde(flatten)]
    report: Report,
    machine: Machine,
}

impl HumanReadable for RecordMeasured {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let report = &self.report;
        writer.line(&self.machine.line())?;
        let bare = &report.bare;
        if report.slower_by_ms > 0.0 {
            writer.line(&format!("each flush takes {} ms longer", report.slower_by_ms))?;
        }
        writer.line(&format!(
            "bare append + fdatasync: {:.0} /s, p50 {:.0} µs, p99 {:.0} µs",
            bare.appends_per_s, bare.p50_us, bare.p99_us
        ))?;
        let rows = report.appends.iter().map(|appends| {
            vec![
                Field::Number(appends.writers.to_string()),
                Field::Number(format!("{:.0} /s", appends.appends_per_s)),
                Field::Number(format!("{:.0} µs", appends.p50_us)),
                Field::Number(format!("{:.0} µs", appends.p99_us)),
                Field::Number(format!("{:.2} ×", appends.p50_ratio)),
                Field::Number(format!("{:.0} %", appends.throughput_ratio * 100.0)),
                Field::Number(format!("{:.0} µs", appends.cpu_us_per_fact)),
            ]
        });
        let header = ["WRITERS", "APPENDS", "P50", "P99", "P50 / BARE", "OF WRITERS ÷ BARE", "CPU PER FACT"];
        writer.table(&header, rows.collect())?;
        writer
            .line("aims: p50 ≤ 1.5 × bare; ≥ 70 % of writers ÷ bare at 64 writers; ≤ 20 µs CPU per fact in batches")?;
        writer.heading("in batches, and all views rebuilt")?;
        let (batches, rebuild) = (&report.batches, &report.rebuild);
        let row =
            |what: &str, found: String, aim: &str| vec![what.into(), Field::Number(found), Field::Dim(aim.to_owned())];
        writer.table(
            &["WHAT", "MEASURED", "AIM"],
            vec![
                row("batches of", format!("{} facts", batches.batch_facts), ""),
                row("from one caller", format!("{:.0} facts/s", batches.facts_per_s), "≥ 50,000 /s"),
                row("CPU per fact", format!("{:.1} µs", batches.cpu_us_per_fact), "≤ 20 µs"),
                row("facts at the rebuild", rebuild.facts.to_string(), ""),
                row("rebuilt", format!("{:.0} facts/s", rebuild.facts_per_s), "≥ 20,000 /s"),
                row("equal", if rebuild.equal { "yes" } else { "NO" }.to_owned(), "yes"),
                row("opening it", format!("{:.1} ms", report.open.open_ms), ""),
            ],
        )
    }
}

pub fn record(args: &RecordArgs, output: &mut dyn Output) -> anyhow::Result<u8> {
    if let Some(other) = &args.against.against {
        return against::compare(&args.against, other, FIGURES, output);
    }
    let machine = Machine::now();
    let scratch = Scratch::new("record").context("the folder of the measurement cannot be created")?;
    let options = Options {
        writers: args.writers.clone(),
        seconds: args.seconds,
        rebuild_facts: args.facts,
        ..Options::default()
    };
    let settings = Settings { slower_by: args.slower_by, ..Settings::default() };
    let report = bench::run(&scratch.path().join("record"), &settings, &options, &mut |what| {
        output.note(&format!("measuring {what} …"));
    })?;
    let status = if report.rebuild.equal { exit::OK } else { exit::NOT_WELL };
    output.reply(&RecordMeasured { report, machine })?;
    Ok(status)
}
