//! An attempt with running processes: its start, its output and its end.
//!
//! An attempt ends when its first process and all processes that it left behind have ended. These have a second to end
//! by themselves, which is enough for the last commands of a pipeline. Then the runner sends TERM, waits for the attempt's
//! grace period, sends KILL, and notes it in the log. So no process outlives its run, and a pipe that stays open
//! delays nothing.

use std::{
    fmt::Write as _,
    fs::File,
    io::{self, PipeReader, Read as _},
    os::fd::AsFd,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use hven_api::{
    runner::Start,
    spool::{self, AtStart},
};
use hven_core::{
    AttemptId, Time,
    capture::Note,
    recorded::Recorded,
    run::{AttemptResult, Limits, LogExtent, Outcome},
    seen::RecordedFiles,
    stdin::Stdin,
    stream::{FRAME_BYTES_MAX, Source, Stream},
};

use crate::{
    appender::Appender,
    file_check, folder,
    grants::Grant,
    kernel::{self, Poll, ProcessEnd, Watched},
    leftovers::FirstProcess,
    log::{Log, LogLimits},
    mask::Secrets,
    metrics::{Metrics, MetricsUpdate},
    preparing::{SpawnSettings, StdinSource, own_addresses, pipe_to_feed, prepare},
    server::Contact,
    spawn::{Settings, Spawner, Started},
    stdin_feed::StdinFeed,
    tree::{self, ProcessScope, Stat},
    usage::Meter,
};

/// The time before the first check of an attempt; shorter attempts leave no `process.json`.
const FIRST_LOOK: Duration = Duration::from_millis(50);
/// How often `$HVEN_METRICS` is read and memory is compared with its limit.
const LOOK_INTERVAL: Duration = Duration::from_millis(200);
/// The shortest interval between two samples of resources. It grows up to the maximum when sampling is slow.
const SAMPLE_INTERVAL: Duration = Duration::from_secs(1);
const SAMPLE_INTERVAL_MAX: Duration = Duration::from_secs(30);
/// How often the size of outputs is compared with its limit.
const MEASURE_INTERVAL: Duration = Duration::from_secs(1);
/// The time in which processes that the first process left behind may end by themselves.
const LINGER: Duration = Duration::from_secs(1);
/// The time between two KILL signals; a repeated signal also hits new processes.
const KILL_INTERVAL: Duration = Duration::from_millis(100);
/// The time after which the runner gives up a process that KILL does not end (it waits for a dead disk).
const KILL_PATIENCE: Duration = Duration::from_secs(30);
/// How many reads of one task's output are done before other tasks get their turn.
const READS_MAX: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StopReason {
    Cancelled,
    TimedOut,
    OutOfMemory,
    OutputTooLarge,
    /// The first process has ended and left others behind.
    LeftBehind,
}

/// The attempt is being ended.
#[derive(Clone, Copy, Debug)]
struct Stop {
    why: StopReason,
    kill_at: Instant,
    killed: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    ending: ProcessEnd,
    time: Time,
    wall: Duration,
}

#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) attempt: AttemptId,
    pub(crate) dir: Arc<Path>,
    pub(crate) cwd: String,
    pub(crate) outputs: Vec<String>,
    /// The files that were compared before the start and are compared again at the end.
    pub(crate) seen: Option<RecordedFiles>,
    /// Notes about files that differ from their record.
    pub(crate) changed: Vec<Note>,
    /// The state of the files at the start.
    pub(crate) at_start: AtStart,
    pub(crate) limits: Limits,
    pub(crate) grant: Grant,
    /// The first process, which leads the attempt's session.
    pub(crate) main: u32,
    pub(crate) end: Option<End>,
    /// In seconds since the machine was started.
    pub(crate) began_s: f64,
    began: Instant,
    started: Time,
    stdin: Option<StdinSource>,
    stdout: Option<Watched<PipeReader>>,
    stderr: Option<Watched<PipeReader>>,
    log: Log,
    pub(crate) metrics: Metrics,
    samples: Appender,
    pub(crate) meter: Meter,
    stop: Option<Stop>,
    linger_until: Option<Instant>,
    next_look: Instant,
    next_sample: Instant,
    next_measure: Option<Instant>,
    is_process_noted: bool,
}

/// The results of a check that are not in the streams.
#[derive(Debug, Default)]
pub(crate) struct CheckResult {
    pub(crate) look: MetricsUpdate,
    /// The size of the outputs must be measured.
    pub(crate) measure: bool,
}

/// The state of an attempt whose processes have ended.
#[derive(Debug)]
pub(crate) struct Conclusion {
    pub(crate) result: AttemptResult,
    /// If it failed, the disk was full, and points that the script logged are missing in the stream.
    pub(crate) look: MetricsUpdate,
}

/// The parts of the runner that an attempt uses.
#[derive(Debug)]
pub(crate) struct StartContext<'a> {
    pub(crate) dir: Arc<Path>,
    /// The path for `$HVEN_METRICS`.
    pub(crate) metrics: PathBuf,
    /// The server's address.
    pub(crate) url: String,
    pub(crate) contact: &'a Contact,
    /// The opened file for standard input.
    pub(crate) stdin: Option<File>,
    pub(crate) log_limits: LogLimits,
    pub(crate) spawner: &'a Spawner,
    pub(crate) poll: &'a Poll,
    /// The keys under which the poll reports standard output and standard error.
    pub(crate) keys: [u64; 2],
}

impl Live {
    /// Starts the first process of the attempt.
    ///
    /// # Errors
    /// A reason for people, and the grant.
    pub(crate) fn start(
        start: Start,
        grant: Grant,
        context: StartContext<'_>,
        now: Time,
    ) -> Result<Self, (String, Grant)> {
        let StartContext { dir, metrics, url, contact, stdin: file, log_limits, spawner, poll, keys } = context;
        let secrets = Arc::new(Secrets::new(start.secrets.values().map(String::as_str)));
        let settings = start.process.as_ref().map(Settings::of);
        let (began, began_s) = (Instant::now(), kernel::since_boot_s());
        let spawned = prepare(&start, &metrics, &url).and_then(|prepared| {
            let pipe = |key| -> io::Result<_> {
                let (reader, writer) = io::pipe()?;
                kernel::set_nonblocking(reader.as_fd())?;
                Ok((poll.watch(reader, key)?, writer))
            };
            let is_piped = start.stdin == Some(Stdin::Pipe);
            let pipes = pipe(keys[0])
                .and_then(|stdout| Ok((stdout, pipe(keys[1])?, if is_piped { Some(pipe_to_feed()?) } else { None })));
            let ((stdout, out), (stderr, err), piped) =
                pipes.map_err(|error| Recorded::NoPipe { error: error.to_string() }.to_string())?;
            let stdin = piped.as_ref().map(|(reader, _)| reader.as_fd()).or_else(|| file.as_ref().map(File::as_fd));
            let spawn_settings = SpawnSettings {
                umask: start.umask,
                settings: settings.as_ref(),
                stdin,
                stdout: out.as_fd(),
                stderr: err.as_fd(),
            };
            Ok((prepared.spawn(spawner, &spawn_settings)?, stdout, stderr, piped.map(|(_, writer)| writer)))
        });
        let (Started { pid: main, refused }, stdout, stderr, piped) = match spawned {
            Ok(spawned) => spawned,
            Err(why) => return Err((secrets.hide_text(&why), grant)),
        };
        let mut log = Log::new(Arc::clone(&dir), log_limits, &secrets);
        for remark in settings.iter().flat_map(|settings| settings.notes(refused)) {
            log.note(now, &remark);
        }
        for remark in own_addresses(&start, &url) {
            log.note(now, &remark);
        }
        let piped = piped.map(|pipe| StdinSource::Pipe(StdinFeed::start(start.attempt, pipe, contact, &dir, &secrets)));
        let limits = start.limits;
        Ok(Self {
            attempt: start.attempt,
            stdin: piped.or(file.map(StdinSource::File)),
            log,
            metrics: Metrics::new(metrics, &dir, &secrets),
            samples: Appender::fresh(spool::stream_file(&dir, Stream::Resources)),
            dir,
            cwd: start.cwd,
            grant,
            main,
            end: None,
            began_s,
            began,
            started: now,
            stdout: Some(stdout),
            stderr: Some(stderr),
            meter: Meter::default(),
            stop: None,
            linger_until: None,
            next_look: began + FIRST_LOOK,
            next_sample: began + SAMPLE_INTERVAL,
            next_measure: limits.output_bytes.filter(|_| !start.outputs.is_empty()).map(|_| began + MEASURE_INTERVAL),
            outputs: start.outputs,
            seen: start.seen,
            changed: Vec::new(),
            at_start: AtStart::default(),
            limits,
            is_process_noted: false,
        })
    }

    /// Writes a line from Hven to the log.
    pub(crate) fn remark(&mut self, now: Time, text: &str) {
        self.log.note(now, text);
    }

    /// Reads the processes' output, up to a limit that is fair to other attempts.
    pub(crate) fn read(&mut self, now: Time, buffer: &mut [u8]) {
        for (pipe, source) in [(&mut self.stdout, Source::Stdout), (&mut self.stderr, Source::Stderr)] {
            let Some(reader) = pipe else { continue };
            for _ in 0..READS_MAX {
                match reader.file.read(&mut buffer[..FRAME_BYTES_MAX]) {
                    Ok(0) => {
                        *pipe = None;
                        break;
                    }
                    Ok(read) => self.log.print(source, now, &buffer[..read]),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(_) => {
                        *pipe = None;
                        break;
                    }
                }
            }
        }
    }

    /// The lengths of the streams that can be sent.
    pub(crate) fn written(&self) -> [(Stream, u64); 3] {
        [
            (Stream::Log, self.log.bytes()),
            (Stream::Metrics, self.metrics.bytes()),
            (Stream::Resources, self.samples.bytes()),
        ]
    }

    /// When the supervisor must check the attempt, even if nothing happens before.
    pub(crate) fn deadline(&self) -> Instant {
        let wall = self.wall_deadline().filter(|_| self.stop.is_none() && self.end.is_none());
        let kill = self.stop.map(|stop| stop.kill_at);
        [wall, kill, self.linger_until].into_iter().flatten().fold(self.next_look, Instant::min)
    }

    fn wall_deadline(&self) -> Option<Instant> {
        let limit_s = self.limits.wall_s.filter(|limit_s| limit_s.is_finite())?;
        self.began.checked_add(Duration::try_from_secs_f64(limit_s.max(0.0)).ok()?)
    }

    /// Records the end of the first process.
    pub(crate) fn ended(&mut self, ending: ProcessEnd, now: Time) {
        self.end = Some(End { ending, time: now, wall: self.began.elapsed() });
    }

    /// Gives the processes that remain after the end of the first one some time to end by themselves.
    pub(crate) fn linger(&mut self, at: Instant) {
        if self.stop.is_none() && self.linger_until.is_none() {
            self.linger_until = Some(at + LINGER.min(self.grace()));
        }
    }

    fn grace(&self) -> Duration {
        Duration::try_from_secs_f64(self.limits.grace_s).unwrap_or(Duration::from_secs(10))
    }

    /// All processes of the attempt, including its `orphans`, which became children of the runner.
    fn processes(&self, orphans: &[u32]) -> Vec<Stat> {
        let main = self.end.is_none().then_some(self.main);
        tree::with_descendants(main.into_iter().chain(orphans.iter().copied()))
    }

    /// Starts to end the attempt, unless it is being ended already.
    pub(crate) fn stop(&mut self, why: StopReason, at: Instant, now: Time, orphans: &[u32]) {
        if self.stop.is_some() {
            return;
        }
        // The first process ended by itself, and its outcome stays, whatever happens to the others.
        let why = if self.end.is_some() { StopReason::LeftBehind } else { why };
        self.linger_until = None;
        let processes = self.processes(orphans);
        let note = match why {
            StopReason::Cancelled => None,
            StopReason::TimedOut => {
                Some(format!("Stopped after its limit of {} s.", self.limits.wall_s.unwrap_or(0.0)))
            }
            StopReason::OutOfMemory => {
                Some(format!("Stopped above its limit of {} bytes of memory.", self.limits.memory_bytes.unwrap_or(0)))
            }
            StopReason::OutputTooLarge => {
                Some(format!("Stopped above its limit of {} bytes of output.", self.limits.output_bytes.unwrap_or(0)))
            }
            StopReason::LeftBehind => {
                Some(format!("The command ended and left behind {}: the runner ends them.", named(&processes)))
            }
        };
        if let Some(note) = note {
            self.log.note(now, &note);
        }
        // An attempt above its memory limit gets no grace period, in which it could take more.
        let kill_at = if why == StopReason::OutOfMemory { at } else { at + self.grace() };
        self.stop = Some(Stop { why, kill_at, killed: None });
        if kill_at > at {
            for process in &processes {
                tree::signal(process, libc::SIGTERM);
                // A stopped process handles TERM only after CONT.
                tree::signal(process, libc::SIGCONT);
            }
        }
    }

    /// Does the work that is due. Returns `None` when the runner gives up processes that KILL does not end.
    pub(crate) fn check(
        &mut self,
        at: Instant,
        now: Time,
        orphans: &[u32],
        scope: &ProcessScope,
    ) -> Option<CheckResult> {
        if let Some(stop) = &mut self.stop
            && at >= stop.kill_at
        {
            let since = *stop.killed.get_or_insert(at);
            stop.kill_at = at + KILL_INTERVAL;
            let processes = self.processes(orphans);
            if self.end.is_some() && at.duration_since(since) > KILL_PATIENCE {
                self.log.note(now, &format!("KILL did not end {}: the runner gives up.", named(&processes)));
                return None;
            }
            for process in &processes {
                tree::signal(process, libc::SIGKILL);
            }
        }
        if self.linger_until.is_some_and(|until| at >= until) {
            self.stop(StopReason::LeftBehind, at, now, orphans);
        }
        if self.end.is_none() && self.wall_deadline().is_some_and(|deadline| at >= deadline) {
            self.stop(StopReason::TimedOut, at, now, orphans);
        }
        if at >= self.next_look { Some(self.check_now(at, now, orphans, scope)) } else { Some(CheckResult::default()) }
    }

    fn check_now(&mut self, at: Instant, now: Time, orphans: &[u32], scope: &ProcessScope) -> CheckResult {
        self.next_look = at + LOOK_INTERVAL;
        if !self.is_process_noted
            && self.end.is_none()
            && let Some(stat) = tree::stat(self.main)
        {
            let first = FirstProcess { process: scope.process(&stat), dir: self.dir.to_path_buf() };
            // On a full disk this fails; the next check tries again.
            self.is_process_noted = folder::write_json(&self.dir, spool::PROCESS, &first).is_ok();
        }
        let is_sample_due = at >= self.next_sample;
        if is_sample_due || self.limits.memory_bytes.is_some() {
            let processes = self.processes(orphans);
            if self.limits.memory_bytes.is_some_and(|limit_bytes| self.meter.exceeds(&processes, limit_bytes)) {
                self.stop(StopReason::OutOfMemory, at, now, orphans);
            }
            if is_sample_due && !processes.is_empty() {
                let sample = self.meter.sample(now, &processes);
                if let Ok(mut line) = serde_json::to_vec(&sample) {
                    line.push(b'\n');
                    // A sample that does not fit on a full disk is dropped.
                    let _ = self.samples.append(&line);
                }
                self.next_sample = at + (100 * at.elapsed()).clamp(SAMPLE_INTERVAL, SAMPLE_INTERVAL_MAX);
            }
        }
        let look = self.read_metrics(now, false);
        let measure = self.next_measure.is_some_and(|next| at >= next) && self.stop.is_none();
        if measure {
            self.next_measure = None;
        }
        CheckResult { look, measure }
    }

    fn read_metrics(&mut self, now: Time, is_last: bool) -> MetricsUpdate {
        let look = self.metrics.look(now, is_last);
        for complaint in &look.complaints {
            self.log.note(now, complaint);
        }
        look
    }

    /// Handles the measured size of the outputs.
    pub(crate) fn measured(&mut self, bytes: u64, at: Instant, now: Time, orphans: &[u32]) {
        self.next_measure = Some(at + MEASURE_INTERVAL);
        if self.limits.output_bytes.is_some_and(|limit_bytes| bytes > limit_bytes) && self.end.is_none() {
            self.stop(StopReason::OutputTooLarge, at, now, orphans);
        }
    }

    /// Reads the remaining output after all processes have ended, and returns the result without its outputs. `notes` were
    /// collected while the processes ran.
    pub(crate) fn conclude(&mut self, now: Time, buffer: &mut [u8], notes: Vec<Note>) -> Conclusion {
        // The pipes' content fits into one call of `read`. Output of other writers that still hold the pipes is dropped.
        self.read(now, buffer);
        (self.stdout, self.stderr) = (None, None);
        let look = self.read_metrics(now, true);
        for remark in notes.iter().filter_map(file_check::remark) {
            self.log.note(now, &remark);
        }
        self.changed.extend(notes);
        self.log.finish(now);
        let outcome = match (self.stop.map(|stop| stop.why), self.end.map(|end| end.ending)) {
            (Some(StopReason::Cancelled), _) => Outcome::Cancelled,
            (Some(StopReason::TimedOut), _) => Outcome::TimedOut { limit_s: self.limits.wall_s.unwrap_or(0.0) },
            (Some(StopReason::OutOfMemory), _) => {
                Outcome::OutOfMemory { limit_bytes: self.limits.memory_bytes.unwrap_or(0) }
            }
            (Some(StopReason::OutputTooLarge), _) => {
                Outcome::OutputTooLarge { limit_bytes: self.limits.output_bytes.unwrap_or(0) }
            }
            (_, Some(ProcessEnd::Exit(0))) => Outcome::Done,
            (_, Some(ProcessEnd::Exit(exit))) => Outcome::Failed { exit },
            (_, Some(ProcessEnd::Signal(signal))) => Outcome::Killed { signal },
            (_, None) => Outcome::Lost { why: Recorded::EndNotSeen.to_string() },
        };
        let result = AttemptResult {
            outcome,
            started: Some(self.started),
            ended: self.end.map(|end| end.time),
            wall_s: self.end.map_or(0.0, |end| end.wall.as_secs_f64()),
            usage: self.meter.usage(),
            outputs: Vec::new(),
            outputs_missing: Vec::new(),
            log: LogExtent { bytes: self.log.bytes(), dropped_bytes: self.log.lost_bytes_in_all() },
            stdin: self.stdin.take().and_then(StdinSource::read),
            changed: std::mem::take(&mut self.changed),
            units: self.grant.unit_names(),
        };
        Conclusion { result, look }
    }

    /// Whether outputs or a tail of the log must be kept before the result is written.
    pub(crate) fn has_more_to_keep(&self) -> bool {
        !self.outputs.is_empty() || self.log.has_tail()
    }
}

/// Names the first few processes, for people.
fn named(processes: &[Stat]) -> String {
    const NAMED_MAX: usize = 5;
    let mut text = format!("{} process{}", processes.len(), if processes.len() == 1 { "" } else { "es" });
    for (place, process) in processes.iter().take(NAMED_MAX).enumerate() {
        // Writing to a string does not fail.
        let _ = write!(text, "{}{} ({})", if place == 0 { ": " } else { ", " }, process.name, process.pid);
    }
    if processes.len() > NAMED_MAX {
        text.push_str(", …");
    }
    text
}
