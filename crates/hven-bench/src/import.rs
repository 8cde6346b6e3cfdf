//! `hven bench import`: imports a large CSV file with profile, checks and digests, compared with the bare `COPY` of DuckDB.

use std::{io, path::PathBuf};

use anyhow::Context as _;
use clap::Args;
use hven_data::bench::{self, Report};
use hven_terminal::{Field, HumanReadable, Output, TerminalWriter, exit};
use serde::Serialize;

use super::machine::{Machine, Scratch};

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Size of the file in megabytes (10⁶ bytes)
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
    pub megabytes: u64,
    /// How often to import with each program; the fastest counts
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=100))]
    pub repeat: u64,
    /// Keep the file and a Python with DuckDB in this folder for the next time; by default both are removed
    #[arg(long)]
    pub folder: Option<PathBuf>,
    /// Only import FILE into FOLDER and print the result as JSON: each measured process does this
    #[arg(long, hide = true, num_args = 2, value_names = ["FILE", "FOLDER"])]
    pub once: Option<Vec<PathBuf>>,
}

#[derive(Debug, Serialize)]
struct ImportMeasured {
    machine: Machine,
    #[serde(flatten)]
    report: Report,
}

impl HumanReadable for ImportMeasured {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let Report { source_bytes, threads, import, duckdb, seconds_ratio, .. } = &self.report;
        let megabytes = *source_bytes as f64 / 1e6;
        writer.line(&format!("{megabytes:.0} MB of CSV, {threads} threads; {}", self.machine.line()))?;
        let row = |what: &str, found: String| vec![what.into(), Field::Number(found)];
        let seconds = |seconds: f64| format!("{seconds:.2} s");
        let memory = |bytes: u64| format!("{:.0} MB", bytes as f64 / 1e6);
        let mut rows = vec![
            row("rows × columns", format!("{} × {}", import.rows, import.columns)),
            row("hven, total", seconds(import.seconds)),
            row("  type detection", seconds(import.look_s)),
            row("  reading cells, writing Parquet", seconds(import.convert_s)),
            row("  profile", seconds(import.profile_s)),
            row("  checks", seconds(import.check_s)),
            row("hven, maximum memory", memory(import.peak_bytes)),
        ];
        match duckdb {
            Some(peer) => {
                rows.push(row(&format!("DuckDB {}, COPY alone", peer.version), seconds(peer.seconds)));
                rows.push(row("DuckDB, maximum memory", memory(peer.peak_bytes)));
            }
            None => rows.push(row("DuckDB", "not measured".to_owned())),
        }
        if let Some(ratio) = seconds_ratio {
            rows.push(row("hven ÷ DuckDB", format!("{ratio:.2}")));
        }
        writer.table(&["WHAT", "MEASURED"], rows)
    }
}

pub fn import(args: &ImportArgs, output: &mut dyn Output) -> anyhow::Result<u8> {
    if let Some([source, folder]) = args.once.as_deref() {
        #[expect(clippy::print_stdout, reason = "the process that measures reads it")]
        {
            println!("{}", serde_json::to_string(&bench::import_once(source, folder)?)?);
        }
        return Ok(exit::OK);
    }
    let machine = Machine::now();
    let scratch = Scratch::new("import").context("the folder of the measurement cannot be created")?;
    let folder = args.folder.clone().unwrap_or_else(|| scratch.path().to_owned());
    let program = std::env::current_exe().context("the path of the program is unknown")?;
    let python = bench::python_with_duckdb(&folder)
        .inspect_err(|error| output.note(&format!("without DuckDB, which cannot be installed: {error}")))
        .ok();
    let options = bench::Options {
        folder,
        source_bytes: args.megabytes * 1_000_000,
        child: vec![program.into(), "bench".into(), "import".into(), "--once".into()],
        python,
        repeat: args.repeat as usize,
    };
    let report = bench::run(&options, &mut |what| output.note(what))?;
    output.reply(&ImportMeasured { machine, report })?;
    Ok(exit::OK)
}
