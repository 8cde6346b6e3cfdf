//! `hven bench export`: exports a home with many runs and imports the export.
//!
//! The home is generated from facts like those of real work; some of its runs have logs and metrics in sealed objects. The
//! measured time is that of the two commands after the home is open: a pass over the backup, the tables and digests, and
//! the import.

use std::{fs, io, path::Path, time::Instant};

use anyhow::Context as _;
use clap::Args;
use hven_app::ports::{Record, Series, Views, series::StreamPiece, views::RunQuery};
use hven_core::{
    ActorId, AttemptId, Fact, Time,
    access::Scope,
    fact::Batch,
    handle::Handle,
    stream::{Frame, Source, Stream},
};
use hven_record::{Home, Settings};
use hven_terminal::{Field, HumanReadable, Output, TerminalWriter, exit, formats};
use serde::Serialize;

use super::{
    generated,
    machine::{Machine, Scratch, resident_bytes},
};

#[derive(Debug, Args)]
pub struct ExportArgs {
    /// How many runs the home has
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub runs: u64,
    /// How many facts each run has
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(3..=1000))]
    pub facts: u64,
    /// How many of the newest runs have a log of 200 lines and 300 points of metrics
    #[arg(long, default_value_t = 1000)]
    pub logged: usize,
}

#[derive(Debug, Serialize)]
struct ExportMeasured {
    schema: &'static str,
    machine: Machine,
    build: &'static str,
    runs: u64,
    facts: u64,
    objects: u64,
    home_bytes: u64,
    generated_s: f64,
    export_s: f64,
    export_bytes: u64,
    export_files: u64,
    import_s: f64,
    imported_bytes: u64,
    /// Whether an export of the imported home has the same list of digests.
    equal: bool,
    resident_bytes: u64,
}

impl HumanReadable for ExportMeasured {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        writer.line(&format!("{} build; {}", self.build, self.machine.line()))?;
        writer.line(&format!(
            "{}, {}, {}; generated in {}",
            formats::counted(self.runs, "run", "runs"),
            formats::counted(self.facts, "fact", "facts"),
            formats::counted(self.objects, "object", "objects"),
            formats::duration(self.generated_s)
        ))?;
        let row = |what: &str, seconds: f64, bytes: u64, more: String| {
            let rate = format!("{:.0} /s", self.facts as f64 / seconds);
            vec![
                what.into(),
                Field::Number(formats::duration(seconds)),
                Field::Number(rate),
                Field::Number(formats::bytes(bytes)),
                Field::Dim(more),
            ]
        };
        let files = formats::counted(self.export_files, "file", "files");
        let equal = if self.equal { "its export is the same" } else { "its export is NOT the same" };
        writer.table(
            &["WHAT", "TOOK", "FACTS", "SIZE", ""],
            vec![
                row(
                    "export",
                    self.export_s,
                    self.export_bytes,
                    format!("{files}; the home: {}", formats::bytes(self.home_bytes)),
                ),
                row("import", self.import_s, self.imported_bytes, equal.to_owned()),
            ],
        )?;
        writer.pairs(&[("memory at the end", Some(formats::bytes(self.resident_bytes)))])
    }
}

pub fn export(args: &ExportArgs, output: &mut dyn Output) -> anyhow::Result<u8> {
    let machine = Machine::now();
    let scratch = Scratch::new("export").context("the folder of the measurement cannot be created")?;
    let at = |name: &str| scratch.path().join(name);
    let start = Instant::now();
    output.note("creating the home …");
    generated::make(&at("home"), args.runs, args.runs * args.facts)?;
    let home = Home::open(&at("home"), Settings::default())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(add_streams(&home, args.logged))?;
    let generated_s = start.elapsed().as_secs_f64();
    let home_bytes = bytes_below(&at("home"))?;
    output.note("export …");
    let (exported, export_s) = timed(|| exported(&home, &at("exported")))?;
    home.close()?;
    output.note("import …");
    let import = || Ok(hven_record::import(&at("exported"), &at("imported"), &Settings::default(), &mut |_| ())?);
    let (_, import_s) = timed(import)?;
    let again = Home::open(&at("imported"), Settings::default())?;
    self::exported(&again, &at("again"))?;
    again.close()?;
    let list = |name: &str| fs::read(at(name).join("BLAKE3SUMS"));
    let measured = ExportMeasured {
        schema: "hven.bench.export/1",
        machine,
        build: if cfg!(debug_assertions) { "debug" } else { "release" },
        runs: args.runs,
        facts: exported.head.seq,
        objects: exported.objects,
        home_bytes,
        generated_s,
        export_s,
        export_bytes: exported.bytes,
        export_files: exported.files,
        import_s,
        imported_bytes: bytes_below(&at("imported"))?,
        equal: list("exported")? == list("again")?,
        resident_bytes: resident_bytes(std::process::id()).unwrap_or(0),
    };
    let status = if measured.equal { exit::OK } else { exit::NOT_WELL };
    output.reply(&measured)?;
    Ok(status)
}

fn timed<T>(act: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<(T, f64)> {
    let start = Instant::now();
    let done = act()?;
    Ok((done, start.elapsed().as_secs_f64()))
}

fn exported(home: &Home, folder: &Path) -> anyhow::Result<hven_record::Exported> {
    let (backup, pipe) = io::pipe()?;
    std::thread::scope(|scope| {
        let writing = scope.spawn(move || home.backup(pipe));
        let exported = hven_record::export(backup, folder, &mut |_| ())?;
        writing.join().map_err(|_| anyhow::anyhow!("the thread that reads the home panicked"))??;
        Ok(exported)
    })
}

/// Adds sealed logs and metrics to the newest runs.
async fn add_streams(home: &Home, runs: usize) -> anyhow::Result<()> {
    let mut cursor = None;
    let mut left = runs;
    while left > 0 {
        let query = RunQuery { scopes: vec![Scope::Home], limit: left.min(1000), cursor, ..RunQuery::default() };
        let page = Views::runs(home, &query).await?;
        for run in &page.items {
            let attempt = AttemptId { run: run.id, number: 1 };
            let piece = |stream, bytes: Vec<u8>| StreamPiece { attempt, stream, offset: None, bytes: bytes.into() };
            let pieces = vec![piece(Stream::Log, log(run.handle)), piece(Stream::Metrics, points(run.handle))];
            Series::append(home, pieces).await?;
            let parts = Series::seal(home, attempt).await?;
            let facts: Vec<Fact> = parts.iter().cloned().map(Into::into).collect();
            Record::append(home, Batch::new(run.submitted, ActorId::SYSTEM, facts)).await?;
            Series::sealed(home, &parts).await?;
        }
        left -= page.items.len();
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    Ok(())
}

/// Each run gets another log, because equal bytes would be one object.
fn log(run: Handle) -> Vec<u8> {
    let mut log = Vec::new();
    for line in 0..200 {
        let text = format!("{run}, epoch {line}: loss {:.6}\n", 1.0 / f64::from(line + 1));
        Frame { source: Source::Stdout, time: Time::from_micros(i64::from(line)), bytes: text.as_bytes() }
            .write(&mut log);
    }
    log
}

fn points(run: Handle) -> Vec<u8> {
    let lines = (0..300).map(|n| {
        let (key, step) = (["loss", "accuracy", "lr"][n % 3], n / 3);
        format!("{{\"k\":\"{key}\",\"v\":{},\"s\":{step},\"t\":{n}}}\n", 1.0 / (n as u64 + run.count + 1) as f64)
    });
    lines.collect::<String>().into_bytes()
}

fn bytes_below(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        bytes += if entry.file_type()?.is_dir() { bytes_below(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(bytes)
}
