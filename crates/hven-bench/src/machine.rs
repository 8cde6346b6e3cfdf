//! Describes the machine of a measurement, and the resources that processes used.

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

/// The machine and its load.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    pub cpu: String,
    pub cores: usize,
    pub system: String,
    /// The load average over the last minute at the start of the measurement.
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

    /// A description in one line.
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
        // A remaining folder is in the temporary folder, which the system cleans up.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The server of a home that belongs to a measurement; it stops when this value is dropped.
#[derive(Debug)]
pub struct OwnServer<'a> {
    pub home: PathBuf,
    pub client: hven_client::Client,
    servers: &'a dyn Servers,
}

impl<'a> OwnServer<'a> {
    pub fn start(home: &Path, servers: &'a dyn Servers) -> anyhow::Result<Self> {
        Self::start_slower(home, servers, Duration::ZERO)
    }

    /// Starts it so that each flush of the record takes `flush_delay` longer, which simulates a slower disk.
    pub fn start_slower(home: &Path, servers: &'a dyn Servers, flush_delay: Duration) -> anyhow::Result<Self> {
        let client = servers.client(home, flush_delay);
        client.server()?;
        Ok(Self { home: home.to_owned(), client, servers })
    }

    pub fn pid(&self) -> u32 {
        hven_client::ServerFile::read(&self.home).map_or(0, |file| file.pid)
    }

    /// Runs a command to its end; a failed command is an error. Calls `poll` repeatedly meanwhile.
    pub fn run(&self, submit: &SubmitRun, poll: &mut dyn FnMut()) -> anyhow::Result<RunDetail> {
        let created = self.client.submit(submit)?;
        let start = Instant::now();
        loop {
            poll();
            let run = self.client.run(&created.run.id)?;
            match run.summary.state.as_str() {
                "done" => return Ok(run),
                "waiting" | "running" if start.elapsed() < TIMEOUT => thread::sleep(POLL_INTERVAL),
                other => {
                    return Err(Failure::new("internal", format!("{:?} ended as {other}", submit.argv)).into());
                }
            }
        }
    }
}

/// The interval between checks for an end.
pub const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// The time limit; a step that takes longer is stuck.
pub const TIMEOUT: Duration = Duration::from_mins(30);

/// The submission that `hven run` would send from this process, without the code.
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

/// The CPU time of a process, user and system; `None` if the process does not exist.
pub fn cpu_time(pid: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may contain any character: the fields follow the last parenthesis.
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

/// The median and the 90th percentile of some durations, in seconds.
pub fn median_and_p90(durations: Vec<Duration>) -> (f64, f64) {
    median_and(0.9, durations)
}

/// The median and the 95th percentile of some durations, in seconds.
pub fn median_and_p95(durations: Vec<Duration>) -> (f64, f64) {
    median_and(0.95, durations)
}

fn median_and(quantile: f64, mut durations: Vec<Duration>) -> (f64, f64) {
    durations.sort_unstable();
    let at = |share: f64| {
        let place = (durations.len().saturating_sub(1) as f64 * share).round() as usize;
        durations.get(place).map_or(f64::NAN, Duration::as_secs_f64)
    };
    (at(0.5), at(quantile))
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
