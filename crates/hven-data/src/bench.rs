//! Measures the speed of an import and, for comparison, of DuckDB's bare `COPY` of the same file.
//!
//! The import does more than the copy: it infers types from the whole file, lists problems, hashes source and result,
//! profiles every column and evaluates checks. Both run in processes of their own, so that their peak memory is known.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use serde::{Deserialize, Serialize};

use crate::{
    error::{AtPath, Error, Result},
    import::import,
    options::ImportOptions,
    parallel,
    table_read::Stage,
};

/// DuckDB's script.
const DUCKDB_COPY: &str = include_str!("../../../benches/peers/duckdb_copy.py");

/// The options of the measurement.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder for the source, which is kept for the next measurement.
    pub folder: PathBuf,
    /// The approximate size of the source.
    pub source_bytes: u64,
    /// A command that gets two more arguments, calls [`import_once`] with them and prints its result as JSON.
    pub child: Vec<OsString>,
    /// A Python with `duckdb`; without it, only the import is measured.
    pub python: Option<PathBuf>,
    pub repeat: usize,
}

#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub schema: &'static str,
    pub source_bytes: u64,
    pub threads: usize,
    /// The fastest of the runs.
    pub import: Measured,
    pub duckdb: Option<Peer>,
    /// The import's seconds divided by DuckDB's.
    pub seconds_ratio: Option<f64>,
}

/// One import.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measured {
    pub rows: u64,
    pub columns: usize,
    pub seconds: f64,
    pub look_s: f64,
    pub convert_s: f64,
    pub profile_s: f64,
    pub check_s: f64,
    pub peak_bytes: u64,
    pub table_bytes: u64,
    pub problems: u64,
    pub checks_hold: bool,
}

/// One copy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Peer {
    pub version: String,
    pub seconds: f64,
    pub peak_bytes: u64,
    #[serde(default)]
    pub table_bytes: u64,
}

/// Measures both. `say` gets progress messages.
///
/// # Errors
/// [`Error::Bench`], or when a file cannot be read or written.
pub fn run(options: &Options, say: &mut dyn FnMut(&str)) -> Result<Report> {
    fs::create_dir_all(&options.folder).at(&options.folder)?;
    let source = options.folder.join(format!("observations-{}.csv", options.source_bytes));
    if !source.exists() {
        say(&format!("making a source of {} MB", options.source_bytes / 1_000_000));
        generate(&source, options.source_bytes)?;
    }
    let (mut imports, mut copies) = (Vec::new(), Vec::new());
    for number in 1..=options.repeat.max(1) {
        say(&format!("import, {number} of {}", options.repeat.max(1)));
        imports.push(child_import(options, &source)?);
        if let Some(python) = &options.python {
            say("DuckDB's COPY of the same file");
            copies.push(copy(options, python, &source)?);
        }
    }
    let import = fastest(imports, |it| it.seconds).ok_or_else(|| Error::Bench { why: "nothing was run".to_owned() })?;
    let duckdb = fastest(copies, |it| it.seconds);
    Ok(Report {
        schema: "hven.bench.import/1",
        source_bytes: fs::metadata(&source).at(&source)?.len(),
        threads: parallel::threads(None),
        seconds_ratio: duckdb.as_ref().map(|peer| import.seconds / peer.seconds),
        import,
        duckdb,
    })
}

fn fastest<T>(runs: Vec<T>, seconds: impl Fn(&T) -> f64) -> Option<T> {
    runs.into_iter().min_by(|a, b| seconds(a).total_cmp(&seconds(b)))
}

/// Imports `source` into `folder` and measures it; the child process calls this.
///
/// # Errors
/// Those of [`import`].
pub fn import_once(source: &Path, folder: &Path) -> Result<Measured> {
    let options = ImportOptions {
        checks: ["unique(id)", "y >= 0", "quality between 0 and 4", "mean(x) < 1"].map(str::to_owned).to_vec(),
        license: Some("CC0-1.0".to_owned()),
        ..ImportOptions::default()
    };
    let started = Instant::now();
    let mut stages = [0.0; 4];
    let mut last = 0.0;
    let report = import(source, folder, &options, &mut |progress| {
        let now = started.elapsed().as_secs_f64();
        let stage = match progress.stage {
            Stage::Look => 0,
            Stage::Convert => 1,
            Stage::Profile => 2,
            Stage::Check => 3,
        };
        stages[stage] += now - last;
        last = now;
    })?;
    let seconds = started.elapsed().as_secs_f64();
    let [look_s, convert_s, profile_s, check_s] = stages;
    Ok(Measured {
        rows: report.rows,
        columns: report.schema.columns.len(),
        seconds,
        look_s,
        convert_s,
        profile_s,
        check_s,
        peak_bytes: peak_bytes(),
        table_bytes: report.table.size,
        problems: report.problems.total,
        checks_hold: report.checks_hold(),
    })
}

/// The peak memory of this process; 0 if the system does not report it.
fn peak_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok()).unwrap_or_default() * 1024
}

fn child_import(options: &Options, source: &Path) -> Result<Measured> {
    let folder = options.folder.join("imported");
    let (program, arguments) =
        options.child.split_first().ok_or_else(|| Error::Bench { why: "no command to import with".to_owned() })?;
    let output = Command::new(program).args(arguments).arg(source).arg(&folder).output();
    let measured = answer(output, "the import")?;
    fs::remove_dir_all(&folder).at(&folder)?;
    Ok(measured)
}

fn copy(options: &Options, python: &Path, source: &Path) -> Result<Peer> {
    let (script, target) = (options.folder.join("duckdb_copy.py"), options.folder.join("copied.parquet"));
    fs::write(&script, DUCKDB_COPY).at(&script)?;
    let output =
        Command::new(python).arg(&script).arg(source).arg(&target).arg(parallel::threads(None).to_string()).output();
    let mut peer: Peer = answer(output, "DuckDB")?;
    peer.table_bytes = fs::metadata(&target).at(&target)?.len();
    fs::remove_file(&target).at(&target)?;
    Ok(peer)
}

fn answer<T: for<'de> Deserialize<'de>>(output: io::Result<std::process::Output>, who: &str) -> Result<T> {
    let refuse = |why: String| Error::Bench { why: format!("{who}: {why}") };
    let output = output.map_err(|error| refuse(error.to_string()))?;
    if !output.status.success() {
        return Err(refuse(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| refuse(error.to_string()))
}

/// The next pseudorandom number (SplitMix64).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// A pseudorandom number between 0 and 1, both exclusive.
fn uniform(state: &mut u64) -> f64 {
    ((next(state) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

/// Writes observations with twelve columns: several kinds of numbers, times, texts with few and many values, gaps.
///
/// # Errors
/// When the file cannot be written.
pub fn generate(path: &Path, bytes: u64) -> Result<()> {
    use std::fmt::Write as _;
    const INSTRUMENTS: [&str; 8] = ["spectro", "thermo", "baro", "lidar", "gps", "imu", "radio", "photo"];
    let partial = path.with_extension("partial");
    let mut output = BufWriter::with_capacity(1 << 20, File::create(&partial).at(&partial)?);
    let mut state = 7;
    let mut line = String::from("id,ts,station,instrument,x,y,z,energy,quality,run,flag,note\n");
    let (mut written, mut id) = (0, 0_u64);
    while written < bytes {
        output.write_all(line.as_bytes()).at(&partial)?;
        written += line.len() as u64;
        line.clear();
        let normal = (-2.0 * uniform(&mut state).ln()).sqrt() * (std::f64::consts::TAU * uniform(&mut state)).cos();
        let gamma = -3.0 * (uniform(&mut state) * uniform(&mut state)).ln();
        let cauchy = (std::f64::consts::PI * (uniform(&mut state) - 0.5)).tan();
        let energy = -5.0 * uniform(&mut state).ln();
        // A few stations have most of the rows.
        let station = (1.0 / uniform(&mut state)).powi(3) as u64 % 2000;
        let micros = 1_700_000_000_000_000 + id as i64 * 37_000;
        let moment = crate::parse::calendar::moment_text(micros, false);
        let instrument = INSTRUMENTS[(next(&mut state) % 8) as usize];
        let (quality, run) = (next(&mut state) % 5, next(&mut state) % 500);
        let (flag, note) = (uniform(&mut state) < 0.03, if uniform(&mut state) < 0.1 { "calib" } else { "" });
        // Writing to a String cannot fail.
        let _ = writeln!(
            line,
            "{id},{moment},station_{station:04},{instrument},{normal:.6},{gamma:.6},{cauchy:.5},{energy:.4},{quality},{run},{flag},{note}"
        );
        id += 1;
    }
    output.flush().at(&partial)?;
    fs::rename(&partial, path).at(path)
}

/// The path of a Python with DuckDB, which is installed below `folder` if it is missing.
///
/// # Errors
/// [`Error::Bench`].
pub fn python_with_duckdb(folder: &Path) -> Result<PathBuf> {
    let environment = folder.join("duckdb-venv");
    let python = environment.join("bin/python");
    let run = |command: &mut Command| {
        let output = command.output().map_err(|error| Error::Bench { why: error.to_string() })?;
        let why = || String::from_utf8_lossy(&output.stderr).trim().to_owned();
        if output.status.success() { Ok(()) } else { Err(Error::Bench { why: why() }) }
    };
    if !python.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    }
    if run(Command::new(&python).args(["-c", "import duckdb"])).is_err() {
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "duckdb"]))?;
    }
    Ok(python)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_is_reproducible_and_its_checks_hold() {
        let folder = tempfile::tempdir().expect("a folder");
        let (a, b) = (folder.path().join("a.csv"), folder.path().join("b.csv"));
        generate(&a, 100_000).expect("written");
        generate(&b, 100_000).expect("written");
        assert_eq!(fs::read(&a).expect("read"), fs::read(&b).expect("read"));
        let measured = import_once(&a, &folder.path().join("out")).expect("imported");
        assert!(measured.checks_hold && measured.problems == 0 && measured.columns == 12, "{measured:?}");
        assert!(folder.path().join("out").join(crate::TABLE_FILE).exists());
    }
}
