//! An attempt whose processes run: how it is started, what it says, and how it is brought to an end.
//!
//! An attempt ends when its first process has ended and nothing that this left behind lives any more. What is left
//! behind has a second to end by itself (the tail of a pipeline needs no more); then it gets TERM, the attempt's grace
//! and KILL, and the log says so. So nothing outlives its run, and a pipe that somebody holds open delays nothing.

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
    resources::Resources,
    run::{AttemptResult, Limits, LogExtent, Outcome},
    seen::Seen,
    stdin::Stdin,
    stream::{FRAME_BYTES_MAX, Source, Stream},
};

use crate::{
    appender::Appender,
    feed::Feed,
    folder,
    kernel::{self, Ending, Poll, Watched},
    leftovers::First,
    log::{Log, LogLimits},
    mask::Secrets,
    metrics::{Look, Metrics},
    preparing::{Given, OnStdin, pipe_to_feed, prepare},
    seen,
    server::Contact,
    spawn::{Settings, Spawner, Started},
    tree::{self, Place, Stat},
    usage::Meter,
};

/// When an attempt is first looked at; shorter ones leave no `process.json`.
const FIRST_LOOK: Duration = Duration::from_millis(50);
/// How often `$HVEN_METRICS` is read, and memory compared with its limit.
const LOOK_INTERVAL: Duration = Duration::from_millis(200);
/// How often resources are sampled at most; more seldom when looking takes long.
const SAMPLE_INTERVAL: Duration = Duration::from_secs(1);
const SAMPLE_INTERVAL_MAX: Duration = Duration::from_secs(30);
/// How often the size of outputs is compared with its limit.
const MEASURE_INTERVAL: Duration = Duration::from_secs(1);
/// What a first process left behind may end by itself for so long.
const LINGER: Duration = Duration::from_secs(1);
/// KILL is sent again, for processes that were born meanwhile.
const KILL_INTERVAL: Duration = Duration::from_millis(100);
/// A leftover that even KILL does not end (it waits for a dead disk) is given up, and the log names it.
const KILL_PATIENCE: Duration = Duration::from_secs(30);
/// One task's output is read for so long before the others have their turn.
const READS_MAX: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
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
    why: Why,
    kill_at: Instant,
    killed: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    ending: Ending,
    time: Time,
    wall: Duration,
}

#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) attempt: AttemptId,
    pub(crate) dir: Arc<Path>,
    pub(crate) cwd: String,
    pub(crate) outputs: Vec<String>,
    /// What was compared with the disk before it started, and is compared once more.
    pub(crate) seen: Option<Seen>,
    /// What of it was not as it is recorded.
    pub(crate) changed: Vec<Note>,
    /// How files stood then.
    pub(crate) at_start: AtStart,
    pub(crate) limits: Limits,
    pub(crate) resources: Resources,
    /// The first process, leader of the attempt's session.
    pub(crate) main: u32,
    pub(crate) end: Option<End>,
    /// In seconds since the machine was started.
    pub(crate) began_s: f64,
    began: Instant,
    started: Time,
    stdin: Option<OnStdin>,
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

/// What a look found, beside what is in the streams.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) look: Look,
    /// The size of the outputs is to be asked for.
    pub(crate) measure: bool,
}

/// What is known of an attempt when its processes have ended.
#[derive(Debug)]
pub(crate) struct Conclusion {
    pub(crate) result: AttemptResult,
    /// Where it failed the disk was full, and points that the script logged are not in the stream yet.
    pub(crate) look: Look,
}

/// What an attempt gets from its runner.
#[derive(Debug)]
pub(crate) struct Surroundings<'a> {
    pub(crate) dir: Arc<Path>,
    /// The file that is to be `$HVEN_METRICS`.
    pub(crate) metrics: PathBuf,
    /// Of the server.
    pub(crate) url: String,
    pub(crate) contact: &'a Contact,
    /// What is to be on standard input, open.
    pub(crate) stdin: Option<File>,
    pub(crate) log_limits: LogLimits,
    pub(crate) spawner: &'a Spawner,
    pub(crate) poll: &'a Poll,
    /// By which the poll says that there is output, and that there are errors.
    pub(crate) keys: [u64; 2],
}

impl Live {
    /// Starts the attempt's first process. An error is the reason for people.
    pub(crate) fn start(start: Start, surroundings: Surroundings<'_>, now: Time) -> Result<Self, String> {
        let Surroundings { dir, metrics, url, contact, stdin: file, log_limits, spawner, poll, keys } = surroundings;
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
            let given = Given {
                umask: start.umask,
                settings: settings.as_ref(),
                stdin,
                stdout: out.as_fd(),
                stderr: err.as_fd(),
            };
            Ok((prepared.spawn(spawner, &given)?, stdout, stderr, piped.map(|(_, writer)| writer)))
        });
        let (Started { pid: main, refused }, stdout, stderr, piped) = spawned.map_err(|why| secrets.hide_text(&why))?;
        let mut log = Log::new(Arc::clone(&dir), log_limits, &secrets);
        for remark in settings.iter().flat_map(|settings| settings.said(refused)) {
            log.note(now, &remark);
        }
        let piped = piped.map(|pipe| OnStdin::Pipe(Feed::start(start.attempt, pipe, contact, &dir, &secrets)));
        let limits = start.limits;
        Ok(Self {
            attempt: start.attempt,
            stdin: piped.or(file.map(OnStdin::File)),
            log,
            metrics: Metrics::new(metrics, &dir, &secrets),
            samples: Appender::fresh(spool::stream_file(&dir, Stream::Resources)),
            dir,
            cwd: start.cwd,
            resources: start.resources,
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

    /// Says something in the log, as Hven.
    pub(crate) fn remark(&mut self, now: Time, text: &str) {
        self.log.note(now, text);
    }

    /// Reads what the processes have printed: all that is there, or as much as is fair to others.
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

    /// How far the streams are that can be sent.
    pub(crate) fn written(&self) -> [(Stream, u64); 3] {
        [
            (Stream::Log, self.log.bytes()),
            (Stream::Metrics, self.metrics.bytes()),
            (Stream::Resources, self.samples.bytes()),
        ]
    }

    /// When something is to be done next, whatever happens.
    pub(crate) fn deadline(&self) -> Instant {
        let wall = self.wall_deadline().filter(|_| self.stop.is_none() && self.end.is_none());
        let kill = self.stop.map(|stop| stop.kill_at);
        [wall, kill, self.linger_until].into_iter().flatten().fold(self.next_look, Instant::min)
    }

    fn wall_deadline(&self) -> Option<Instant> {
        let limit_s = self.limits.wall_s.filter(|limit_s| limit_s.is_finite())?;
        self.began.checked_add(Duration::try_from_secs_f64(limit_s.max(0.0)).ok()?)
    }

    /// The first process has ended.
    pub(crate) fn ended(&mut self, ending: Ending, now: Time) {
        self.end = Some(End { ending, time: now, wall: self.began.elapsed() });
    }

    /// The first process has ended, these remain: they get a while to end by themselves.
    pub(crate) fn linger(&mut self, at: Instant) {
        if self.stop.is_none() && self.linger_until.is_none() {
            self.linger_until = Some(at + LINGER.min(self.grace()));
        }
    }

    fn grace(&self) -> Duration {
        Duration::try_from_secs_f64(self.limits.grace_s).unwrap_or(Duration::from_secs(10))
    }

    /// All processes of the attempt, given those that came to the runner as orphans.
    fn processes(&self, orphans: &[u32]) -> Vec<Stat> {
        let main = self.end.is_none().then_some(self.main);
        tree::with_descendants(main.into_iter().chain(orphans.iter().copied()))
    }

    /// Begins to end the attempt, unless that has begun.
    pub(crate) fn stop(&mut self, why: Why, at: Instant, now: Time, orphans: &[u32]) {
        if self.stop.is_some() {
            return;
        }
        // How the first process ended by itself is not changed by what becomes of the rest.
        let why = if self.end.is_some() { Why::LeftBehind } else { why };
        self.linger_until = None;
        let processes = self.processes(orphans);
        let note = match why {
            Why::Cancelled => None,
            Why::TimedOut => Some(format!("Stopped after its limit of {} s.", self.limits.wall_s.unwrap_or(0.0))),
            Why::OutOfMemory => {
                Some(format!("Stopped above its limit of {} bytes of memory.", self.limits.memory_bytes.unwrap_or(0)))
            }
            Why::OutputTooLarge => {
                Some(format!("Stopped above its limit of {} bytes of output.", self.limits.output_bytes.unwrap_or(0)))
            }
            Why::LeftBehind => {
                Some(format!("The command ended and left behind {}: they are ended.", named(&processes)))
            }
        };
        if let Some(note) = note {
            self.log.note(now, &note);
        }
        // One that takes memory gets no grace to take more.
        let kill_at = if why == Why::OutOfMemory { at } else { at + self.grace() };
        self.stop = Some(Stop { why, kill_at, killed: None });
        if kill_at > at {
            for process in &processes {
                tree::signal(process, libc::SIGTERM);
                // One that is halted hears nothing else.
                tree::signal(process, libc::SIGCONT);
            }
        }
    }

    /// Does what is due. Answers `None` when even KILL did not end what was left behind, and it is given up.
    pub(crate) fn tend(&mut self, at: Instant, now: Time, orphans: &[u32], place: &Place) -> Option<Found> {
        if let Some(stop) = &mut self.stop
            && at >= stop.kill_at
        {
            let since = *stop.killed.get_or_insert(at);
            stop.kill_at = at + KILL_INTERVAL;
            let processes = self.processes(orphans);
            if self.end.is_some() && at.duration_since(since) > KILL_PATIENCE {
                self.log.note(now, &format!("Not even KILL ends {}: given up.", named(&processes)));
                return None;
            }
            for process in &processes {
                tree::signal(process, libc::SIGKILL);
            }
        }
        if self.linger_until.is_some_and(|until| at >= until) {
            self.stop(Why::LeftBehind, at, now, orphans);
        }
        if self.end.is_none() && self.wall_deadline().is_some_and(|deadline| at >= deadline) {
            self.stop(Why::TimedOut, at, now, orphans);
        }
        if at >= self.next_look { Some(self.look(at, now, orphans, place)) } else { Some(Found::default()) }
    }

    fn look(&mut self, at: Instant, now: Time, orphans: &[u32], place: &Place) -> Found {
        self.next_look = at + LOOK_INTERVAL;
        if !self.is_process_noted
            && self.end.is_none()
            && let Some(stat) = tree::stat(self.main)
        {
            let first = First { process: place.process(&stat), dir: self.dir.to_path_buf() };
            // A full disk: the next look tries again.
            self.is_process_noted = folder::write_json(&self.dir, spool::PROCESS, &first).is_ok();
        }
        let is_sample_due = at >= self.next_sample;
        if is_sample_due || self.limits.memory_bytes.is_some() {
            let processes = self.processes(orphans);
            if self.limits.memory_bytes.is_some_and(|limit_bytes| self.meter.exceeds(&processes, limit_bytes)) {
                self.stop(Why::OutOfMemory, at, now, orphans);
            }
            if is_sample_due && !processes.is_empty() {
                let sample = self.meter.sample(now, &processes);
                if let Ok(mut line) = serde_json::to_vec(&sample) {
                    line.push(b'\n');
                    // A sample that finds no room on the disk is one sample less.
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
        Found { look, measure }
    }

    fn read_metrics(&mut self, now: Time, is_last: bool) -> Look {
        let look = self.metrics.look(now, is_last);
        for complaint in &look.complaints {
            self.log.note(now, complaint);
        }
        look
    }

    /// The outputs have so many bytes; it took until now to find out.
    pub(crate) fn measured(&mut self, bytes: u64, at: Instant, now: Time, orphans: &[u32]) {
        self.next_measure = Some(at + MEASURE_INTERVAL);
        if self.limits.output_bytes.is_some_and(|limit_bytes| bytes > limit_bytes) && self.end.is_none() {
            self.stop(Why::OutputTooLarge, at, now, orphans);
        }
    }

    /// All processes have ended: reads the rest of what they said, and answers the result but for its outputs. `notes`: what
    /// was found while they ran.
    pub(crate) fn conclude(&mut self, now: Time, buffer: &mut [u8], notes: Vec<Note>) -> Conclusion {
        // What is in the pipes fits into one reading each; whoever else writes to them is not heard any more.
        self.read(now, buffer);
        (self.stdout, self.stderr) = (None, None);
        let look = self.read_metrics(now, true);
        for remark in notes.iter().filter_map(seen::remark) {
            self.log.note(now, &remark);
        }
        self.changed.extend(notes);
        self.log.finish(now);
        let outcome = match (self.stop.map(|stop| stop.why), self.end.map(|end| end.ending)) {
            (Some(Why::Cancelled), _) => Outcome::Cancelled,
            (Some(Why::TimedOut), _) => Outcome::TimedOut { limit_s: self.limits.wall_s.unwrap_or(0.0) },
            (Some(Why::OutOfMemory), _) => Outcome::OutOfMemory { limit_bytes: self.limits.memory_bytes.unwrap_or(0) },
            (Some(Why::OutputTooLarge), _) => {
                Outcome::OutputTooLarge { limit_bytes: self.limits.output_bytes.unwrap_or(0) }
            }
            (_, Some(Ending::Exit(0))) => Outcome::Done,
            (_, Some(Ending::Exit(exit))) => Outcome::Failed { exit },
            (_, Some(Ending::Signal(signal))) => Outcome::Killed { signal },
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
            stdin: self.stdin.take().and_then(OnStdin::read),
            changed: std::mem::take(&mut self.changed),
        };
        Conclusion { result, look }
    }

    /// Whether there is more to do than to write the result.
    pub(crate) fn has_more_to_keep(&self) -> bool {
        !self.outputs.is_empty() || self.log.has_tail()
    }
}

/// Processes for people: the first few by name.
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
