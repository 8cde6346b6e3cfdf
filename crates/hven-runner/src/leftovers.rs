//! What an earlier runner left in the spool when it died: results to be reported, outputs still to be kept, and
//! attempts in the middle of their lives. Of those the processes cannot be watched any more (their status goes to
//! nobody, their pipes are broken), so they are ended, and the attempt is lost: its runner died before its result was
//! written.

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
    ledger::Known,
    log,
    metrics::{Look, Metrics},
    patience, staging,
    tree::{self, Place},
};

/// Between TERM and KILL: the attempt's own grace is not known any more.
const GRACE: Duration = Duration::from_secs(5);
const LOOK_INTERVAL: Duration = Duration::from_millis(100);
/// Processes that even KILL does not end are not waited for any longer.
const KILL_PATIENCE: Duration = Duration::from_secs(30);

/// An attempt that was found in the spool.
#[derive(Debug)]
pub(crate) struct Leftover {
    pub(crate) attempt: AttemptId,
    pub(crate) dir: Arc<Path>,
    pub(crate) stage: Stage,
}

#[derive(Debug)]
pub(crate) enum Stage {
    Ended(Box<AttemptResult>),
    /// Its processes have ended; its outputs may not be kept yet.
    Exited(Box<Exit>),
    Unfinished(Remains),
    /// Its folder was being filled; it never began.
    Staged,
}

/// `process.json`: the first process of an attempt, and the folder for which it was started. In a copy of that folder
/// it says nothing.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct First {
    #[serde(flatten)]
    pub(crate) process: Process,
    pub(crate) dir: PathBuf,
}

fn read<T: DeserializeOwned>(dir: &Path, name: &str) -> Option<T> {
    serde_json::from_slice(&fs::read(dir.join(name)).ok()?).ok()
}

/// What lies in a spool, in the order in which the runs were made.
pub(crate) fn find(spool: &Path, mut known: Known, place: &Place) -> std::io::Result<Vec<Leftover>> {
    let mut staged = Vec::new();
    for entry in fs::read_dir(spool)? {
        let entry = entry?;
        // A folder of which the ledger says nothing: after a power cut, for instance, it may have lost its end.
        if let Some(attempt) = entry.file_name().to_str().and_then(spool::attempt_of) {
            if !known.contains_key(&attempt) && staging::is_all_there_is(&entry.path()) {
                let stage = Stage::Staged;
                staged.push(Leftover { attempt, dir: entry.path().into(), stage });
            } else {
                known.entry(attempt).or_default();
            }
        }
    }
    let found = known.into_iter().map(|(attempt, result)| {
        let dir: Arc<Path> = spool::attempt_dir(spool, attempt).into();
        let stage = if let Some(result) = result {
            Stage::Ended(result)
        } else if let Some(exit) = read(&dir, spool::EXIT) {
            Stage::Exited(exit)
        } else {
            let first = read::<First>(&dir, spool::PROCESS);
            let process = first.filter(|first| first.dir == *dir && place.holds(&first.process));
            Stage::Unfinished(Remains {
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

/// Processes of an attempt that is lost, on their way to their end.
#[derive(Debug)]
pub(crate) struct Remains {
    attempt: AttemptId,
    /// What its processes have as `$HVEN_METRICS`.
    metrics: PathBuf,
    process: Option<Process>,
    /// When they were first told to end.
    since: Option<Instant>,
    /// None was found at the last look. One that was just being started when its runner died is for a moment known by
    /// nothing, so they are looked for twice.
    was_empty: bool,
}

impl Remains {
    /// Goes on with ending them; answers when to look again, or `None` when none is left.
    pub(crate) fn tend(&mut self, at: Instant) -> Option<Instant> {
        let processes = tree::leftovers(self.attempt, &self.metrics, self.process.as_ref());
        let told = self.since.map(|since| at.duration_since(since));
        let was_empty = std::mem::replace(&mut self.was_empty, processes.is_empty());
        if (processes.is_empty() && was_empty) || told.is_some_and(|told| told > KILL_PATIENCE) {
            return None;
        }
        if !processes.is_empty() {
            self.since.get_or_insert(at);
        }
        for process in &processes {
            match told {
                None => {
                    tree::signal(process, libc::SIGTERM);
                    tree::signal(process, libc::SIGCONT);
                }
                Some(told) if told >= GRACE => tree::signal(process, libc::SIGKILL),
                Some(_) => {}
            }
        }
        Some(at + LOOK_INTERVAL)
    }
}

/// The result of an attempt whose runner died, with the rest of what the script had logged. An error is one that may
/// pass: then this is to be tried again.
pub(crate) fn lost(metrics: PathBuf, dir: &Path, now: Time) -> io::Result<(AttemptResult, Look)> {
    written(dir);
    let look = Metrics::resume(metrics, dir).map(|mut metrics| metrics.look(now, true));
    let mut look = or_lost("points", dir, look)?;
    or_lost("points", dir, look.failed.take().map_or(Ok(()), Err))?;
    let has_log = spool::stream_file(dir, Stream::Log).exists();
    let log = if has_log { or_lost("the log", dir, log::join(dir, now))? } else { LogExtent::default() };
    let why = Recorded::RunnerEnded.to_string();
    Ok((AttemptResult { log, ended: Some(now), ..AttemptResult::without_process(Outcome::Lost { why }) }, look))
}

/// What cannot be had now nor later is lost, and no attempt waits for it.
fn or_lost<T: Default>(what: &str, dir: &Path, done: io::Result<T>) -> io::Result<T> {
    match done {
        Err(error) if !patience::may_pass(&error) => {
            crate::say(&format!("{}: {what} that its task left cannot be read: {error}", dir.display()));
            Ok(T::default())
        }
        done => done,
    }
}

/// All parameters that a script had logged, and its bad lines: which of them the server has is not known, and hearing them
/// twice is no harm.
pub(crate) fn logged(metrics: PathBuf, dir: &Path, now: Time) -> Look {
    Metrics::resume(metrics, dir).map(|mut metrics| metrics.look(now, true)).unwrap_or_default()
}

/// How far the streams in a folder are. What a write that was cut short (by a power cut, for instance) left at an end
/// is taken off.
pub(crate) fn written(dir: &Path) -> [(Stream, u64); 3] {
    spool::STREAMS.map(|stream| (stream, mend(&spool::stream_file(dir, stream), stream).unwrap_or(0)))
}

/// Cuts a stream where its last whole frame or line ends, and answers how long it is.
fn mend(path: &Path, stream: Stream) -> io::Result<u64> {
    let file = File::options().read(true).write(true).open(path)?;
    let length = file.metadata()?.len();
    let mut reader = BufReader::new(&file);
    let mut end = 0;
    if stream == Stream::Log {
        let mut head = [0; FRAME_HEAD_BYTES];
        while end + FRAME_HEAD_BYTES as u64 <= length {
            reader.read_exact(&mut head)?;
            // The head alone is no whole frame, but it tells whether one begins here.
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
    fn a_lost_attempt_does_not_wait_for_what_never_comes() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let raw = dir.path().join("written");
        fs::write(&raw, "{\"param\":{\"lr\":1}}\n{\"a\":1}\n").expect("the file");
        // Neither is a file: no waiting mends that.
        for stream in [Stream::Log, Stream::Metrics] {
            fs::create_dir(spool::stream_file(dir.path(), stream)).expect("a folder");
        }
        fs::write(dir.path().join("log.head"), "7").expect("the file");
        let (result, look) = lost(raw, dir.path(), Time::from_micros(1)).expect("it ends");
        assert!(matches!(result.outcome, Outcome::Lost { .. }), "{result:?}");
        assert!(look.failed.is_none());
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
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
    fn torn_ends_are_taken_off() {
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
            assert_eq!(mend(&path, stream).expect("mended"), want as u64);
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
