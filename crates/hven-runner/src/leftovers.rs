//! The attempts that an earlier runner left in the spool when it died: results to report, outputs to keep, and attempts
//! whose processes were running. This runner cannot watch those processes, because it is not their parent and their
//! pipes are broken. So it ends them, and their attempts are lost.

use std::{
    fs::{self, File},
    io::{self, BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use hven_api::spool::{self, Exit, Process};
use hven_core::{
    AttemptId, Time,
    recorded::Recorded,
    run::{AttemptResult, LogExtent, Outcome},
    stream::{FRAME_HEAD_BYTES, Frames, Stream},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    disk_retry,
    ledger::LedgerContent,
    log,
    metrics::{Metrics, MetricsUpdate},
    staging,
    tree::{self, ProcessScope},
};

/// The time between TERM and KILL; the attempt's own grace period is not known any more.
const GRACE: Duration = Duration::from_secs(5);
const LOOK_INTERVAL: Duration = Duration::from_millis(100);
/// The time after which the runner gives up processes that KILL does not end.
const KILL_PATIENCE: Duration = Duration::from_secs(30);

/// An attempt that was found in the spool.
#[derive(Debug)]
pub(crate) struct Leftover {
    pub(crate) attempt: AttemptId,
    pub(crate) dir: Arc<Path>,
    pub(crate) stage: LeftoverStage,
}

#[derive(Debug)]
pub(crate) enum LeftoverStage {
    Ended(Box<AttemptResult>),
    /// Its processes have ended; its outputs may not be kept yet.
    Exited(Box<Exit>),
    Unfinished(LostProcesses),
    /// Its folder was being filled; it never started.
    Staged,
}

/// `process.json`: the first process of an attempt, and the folder for which it was started. It is ignored in a copy of
/// that folder.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FirstProcess {
    #[serde(flatten)]
    pub(crate) process: Process,
    pub(crate) dir: PathBuf,
}

fn read<T: DeserializeOwned>(dir: &Path, name: &str) -> Option<T> {
    serde_json::from_slice(&fs::read(dir.join(name)).ok()?).ok()
}

/// The attempts in a spool, sorted by the creation of their runs.
pub(crate) fn find(spool: &Path, mut known: LedgerContent, scope: &ProcessScope) -> std::io::Result<Vec<Leftover>> {
    let mut staged = Vec::new();
    for entry in fs::read_dir(spool)? {
        let entry = entry?;
        // The ledger may lack an entry for the folder, for instance when a power cut removed the ledger's last lines.
        if let Some(attempt) = entry.file_name().to_str().and_then(spool::attempt_of) {
            if !known.contains_key(&attempt) && staging::holds_only_staged_files(&entry.path()) {
                let stage = LeftoverStage::Staged;
                staged.push(Leftover { attempt, dir: entry.path().into(), stage });
            } else {
                known.entry(attempt).or_default();
            }
        }
    }
    let found = known.into_iter().map(|(attempt, result)| {
        let dir: Arc<Path> = spool::attempt_dir(spool, attempt).into();
        let stage = if let Some(result) = result {
            LeftoverStage::Ended(result)
        } else if let Some(exit) = read(&dir, spool::EXIT) {
            LeftoverStage::Exited(exit)
        } else {
            let first = read::<FirstProcess>(&dir, spool::PROCESS);
            let process = first.filter(|first| first.dir == *dir && scope.may_contain(&first.process));
            LeftoverStage::Unfinished(LostProcesses {
                attempt,
                metrics: spool.join(spool::METRICS).join(attempt.to_string()),
                process: process.map(|first| first.process),
                since: None,
                was_empty: false,
            })
        };
        Leftover { attempt, dir, stage }
    });
    Ok(found.chain(staged).collect())
}

/// The processes of a lost attempt, which are being ended.
#[derive(Debug)]
pub(crate) struct LostProcesses {
    attempt: AttemptId,
    /// The `$HVEN_METRICS` of its processes.
    metrics: PathBuf,
    process: Option<Process>,
    /// When they were first signalled to end.
    since: Option<Instant>,
    /// The last search found no process. A process that was being started when its runner died cannot be recognised for a
    /// moment, so two searches in a row must find none.
    was_empty: bool,
}

impl LostProcesses {
    /// Continues to end the processes. Returns when to continue, or `None` when none is left.
    pub(crate) fn check(&mut self, at: Instant) -> Option<Instant> {
        let processes = tree::leftovers(self.attempt, &self.metrics, self.process.as_ref());
        let ending_for = self.since.map(|since| at.duration_since(since));
        let was_empty = std::mem::replace(&mut self.was_empty, processes.is_empty());
        if (processes.is_empty() && was_empty) || ending_for.is_some_and(|ending_for| ending_for > KILL_PATIENCE) {
            return None;
        }
        if !processes.is_empty() {
            self.since.get_or_insert(at);
        }
        for process in &processes {
            match ending_for {
                None => {
                    tree::signal(process, libc::SIGTERM);
                    tree::signal(process, libc::SIGCONT);
                }
                Some(ending_for) if ending_for >= GRACE => tree::signal(process, libc::SIGKILL),
                Some(_) => {}
            }
        }
        Some(at + LOOK_INTERVAL)
    }
}

/// The result of an attempt whose runner died, with the points and parameters that its script logged last.
///
/// # Errors
/// An error that may pass; the caller tries again later.
pub(crate) fn lost(metrics: PathBuf, dir: &Path, now: Time) -> io::Result<(AttemptResult, MetricsUpdate)> {
    written(dir);
    let look = Metrics::resume(metrics, dir).map(|mut metrics| metrics.look(now, true));
    let mut look = or_lost("points", dir, look)?;
    or_lost("points", dir, look.failed.take().map_or(Ok(()), Err))?;
    let has_log = spool::stream_file(dir, Stream::Log).exists();
    let log = if has_log { or_lost("the log", dir, log::join(dir, now))? } else { LogExtent::default() };
    let why = Recorded::RunnerEnded.to_string();
    Ok((AttemptResult { log, ended: Some(now), ..AttemptResult::without_process(Outcome::Lost { why }) }, look))
}

/// Drops content that cannot be read for a reason that does not pass, so that no attempt waits for it.
fn or_lost<T: Default>(what: &str, dir: &Path, done: io::Result<T>) -> io::Result<T> {
    match done {
        Err(error) if !disk_retry::is_temporary(&error) => {
            crate::log_line(&format!("{}: the task's {what} cannot be read: {error}", dir.display()));
            Ok(T::default())
        }
        done => done,
    }
}

/// All parameters that a script logged, and its bad lines. The server may have some of them; repeating them is harmless.
pub(crate) fn logged(metrics: PathBuf, dir: &Path, now: Time) -> MetricsUpdate {
    Metrics::resume(metrics, dir).map(|mut metrics| metrics.look(now, true)).unwrap_or_default()
}

/// The lengths of the streams in a folder. Removes the partial frame or line that an interrupted write (for instance in a
/// power cut) left at an end.
pub(crate) fn written(dir: &Path) -> [(Stream, u64); 3] {
    spool::STREAMS.map(|stream| (stream, cut_partial_end(&spool::stream_file(dir, stream), stream).unwrap_or(0)))
}

/// Cuts a stream after its last whole frame or line and returns its length.
fn cut_partial_end(path: &Path, stream: Stream) -> io::Result<u64> {
    let file = File::options().read(true).write(true).open(path)?;
    let length = file.metadata()?.len();
    let mut reader = BufReader::new(&file);
    let mut end = 0;
    if stream == Stream::Log {
        let mut head = [0; FRAME_HEAD_BYTES];
        while end + FRAME_HEAD_BYTES as u64 <= length {
            reader.read_exact(&mut head)?;
            // The header alone is not a whole frame, but it shows whether a frame starts here.
            let is_frame = Frames::new(&head).next().is_none_or(|frame| frame.is_ok());
            let [.., a, b, c, d] = head;
            let bytes = u32::from_le_bytes([a, b, c, d]);
            let next = end + FRAME_HEAD_BYTES as u64 + u64::from(bytes);
            if !is_frame || next > length {
                break;
            }
            reader.seek_relative(bytes.into())?;
            end = next;
        }
    } else {
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line)? > 0 && line.ends_with(b"\n") {
            end += line.len() as u64;
            line.clear();
        }
    }
    if end < length {
        file.set_len(end)?;
    }
    Ok(end)
}

#[cfg(test)]
mod tests {
    use hven_core::stream::{Frame, Source};

    use super::*;

    #[test]
    fn a_lost_attempt_does_not_wait_for_unreadable_streams() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let raw = dir.path().join("written");
        fs::write(&raw, "{\"param\":{\"lr\":1}}\n{\"a\":1}\n").expect("the file");
        // Both paths are folders, and no retry can change that.
        for stream in [Stream::Log, Stream::Metrics] {
            fs::create_dir(spool::stream_file(dir.path(), stream)).expect("a folder");
        }
        fs::write(dir.path().join("log.head"), "7").expect("the file");
        let (result, look) = lost(raw, dir.path(), Time::from_micros(1)).expect("it ends");
        assert!(matches!(result.outcome, Outcome::Lost { .. }), "{result:?}");
        assert!(look.failed.is_none());
    }

    #[test]
    fn only_errors_that_may_pass_are_retried() {
        let dir = Path::new("/spool/attempt");
        for (error, is_tried_again) in [
            (io::Error::from(io::ErrorKind::StorageFull), true),
            (io::Error::from_raw_os_error(libc::EIO), true),
            (io::Error::from_raw_os_error(libc::EISDIR), false),
        ] {
            assert_eq!(or_lost::<()>("points", dir, Err(error)).is_err(), is_tried_again);
        }
    }

    #[test]
    fn partial_ends_are_removed() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let frame = |bytes: &[u8]| {
            let mut out = Vec::new();
            Frame { source: Source::Stdout, time: Time::from_micros(1), bytes }.write(&mut out);
            out
        };
        let (first, second) = (frame(b"first"), frame(b"second"));
        let check = |stream: Stream, bytes: &[u8], want: usize| {
            let path = spool::stream_file(dir.path(), stream);
            fs::write(&path, bytes).expect("written");
            assert_eq!(cut_partial_end(&path, stream).expect("mended"), want as u64);
            assert_eq!(fs::read(&path).expect("a file"), bytes[..want]);
        };
        for end in 0..second.len() {
            check(Stream::Log, &[&first[..], &second[..end]].concat(), first.len());
        }
        check(Stream::Log, &[&first[..], &second[..]].concat(), first.len() + second.len());
        check(Stream::Log, &[&first[..], &[0; 100]].concat(), first.len());
        check(Stream::Metrics, b"{}\n{\"k\"", 3);
        check(Stream::Metrics, b"", 0);
        assert_eq!(written(dir.path()).map(|(_, bytes)| bytes), [first.len() as u64, 0, 0]);
    }
}
