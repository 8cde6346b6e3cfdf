//! What a measurement was made on, and what processes used.

use std::{
    fs, io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use hven_api::runs::{Code, RunDetail, SubmitRun};
use hven_client::Failure;
use serde::Serialize;

use crate::servers::Servers;

/// The machine and how busy it was.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    pub cpu: String,
    pub cores: usize,
    pub system: String,
    /// The load average over the last minute, when the measurement began.
    pub load: f64,
    pub build: &'static str,
}

impl Machine {
    pub fn now() -> Self {
        let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let cpu = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ").map(|(_, name)| name));
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Self {
            cpu: cpu.unwrap_or("unknown").to_owned(),
            cores: cores(),
            system: hven_capture::python::platform(),
            load: load.split(' ').next().and_then(|text| text.parse().ok()).unwrap_or(f64::NAN),
            build: if cfg!(debug_assertions) { "debug" } else { "release" },
        }
    }

    /// In one line.
    pub fn line(&self) -> String {
        let Self { cpu, cores, system, load, build } = self;
        format!("{cores} cores, {cpu}, {system}, load {load:.2}, {build} build")
    }
}

pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// A folder for a measurement, removed at its end.
#[derive(Debug)]
pub struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new(name: &str) -> io::Result<Self> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let path = std::env::temp_dir().join(format!("hven-bench-{name}-{}-{}", std::process::id(), since.as_micros()));
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left over lies in the temporary folder, where it is swept up.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A server of a measurement's own home, ended with it.
#[derive(Debug)]
pub struct OwnServer<'a> {
    pub home: PathBuf,
    pub client: hven_client::Client,
    servers: &'a dyn Servers,
}

impl<'a> OwnServer<'a> {
    pub fn start(home: &Path, servers: &'a dyn Servers) -> anyhow::Result<Self> {
        let client = servers.client(home);
        client.server()?;
        Ok(Self { home: home.to_owned(), client, servers })
    }

    pub fn pid(&self) -> u32 {
        hven_client::ServerFile::read(&self.home).map_or(0, |file| file.pid)
    }

    /// Runs a command to its end; one that does not end well is an error. `look` is called now and then meanwhile.
    pub fn run(&self, submit: &SubmitRun, look: &mut dyn FnMut()) -> anyhow::Result<RunDetail> {
        let created = self.client.submit(submit)?;
        let begun = Instant::now();
        loop {
            look();
            let run = self.client.run(&created.run.id)?;
            match run.summary.state.as_str() {
                "done" => return Ok(run),
                "waiting" | "running" if begun.elapsed() < TIMEOUT => thread::sleep(LOOK_EVERY),
                other => {
                    return Err(Failure::new("internal", format!("{:?} ended as {other}", submit.argv)).into());
                }
            }
        }
    }
}

/// How often it is looked whether something has ended.
pub const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Nothing takes so long that is not stuck.
pub const TIMEOUT: Duration = Duration::from_mins(30);

/// What `hven run` would submit from this process, but for the code.
pub fn submission(argv: &[&str], cwd: &Path) -> SubmitRun {
    let (environment, _) = hven_capture::environment::of_process();
    SubmitRun {
        argv: argv.iter().map(|&word| word.to_owned()).collect(),
        cwd: cwd.display().to_string(),
        project: Some("bench".to_owned()),
        record_environment: hven_capture::environment::recorded(&environment, &[]),
        environment,
        code: Some(Code::NotCaptured { why: "a measurement".to_owned() }),
        ..SubmitRun::default()
    }
}

impl Drop for OwnServer<'_> {
    fn drop(&mut self) {
        self.servers.end(&self.home);
    }
}

/// The CPU time that a process has used, user and system; `None` when there is no such process.
pub fn cpu_time(pid: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything: what counts stands behind its last one.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64))
}

/// The resident memory of a process in bytes.
pub fn resident_bytes(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

/// The middle of some durations, and the one that 9 of 10 do not pass; in seconds.
pub fn median_and_p90(mut durations: Vec<Duration>) -> (f64, f64) {
    durations.sort_unstable();
    let at = |share: f64| {
        let place = (durations.len().saturating_sub(1) as f64 * share).round() as usize;
        durations.get(place).map_or(f64::NAN, Duration::as_secs_f64)
    };
    (at(0.5), at(0.9))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_used_something() {
        assert!(cpu_time(std::process::id()).is_some());
        assert!(resident_bytes(std::process::id()).is_some_and(|bytes| bytes > 100_000));
        assert!(cpu_time(0).is_none());
    }

    #[test]
    fn medians() {
        let ms = |n| Duration::from_millis(n);
        assert_eq!(median_and_p90(vec![ms(3), ms(1), ms(2)]), (0.002, 0.003));
        assert!(median_and_p90(vec![]).0.is_nan());
    }
}
