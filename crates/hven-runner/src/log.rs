//! The log of an attempt: the output of its processes in frames, with masked secrets and a bounded size.
//!
//! A log has a head, which is sent while it is written. When the head is full, further output is written to a tail that
//! is not sent yet: segments in files of their own, of which the oldest is removed when their total size is too large.
//! After the processes have ended, the remaining tail is appended to the head, after a note that says how many bytes of
//! the middle were dropped. So the bytes at an offset that was sent never change.
//!
//! ```text
//! log         the head, and at the end the whole log
//! log.head    the length of the head, as text; exists while there is a tail
//! log.tail.N  a segment; N is how many bytes were printed between the head and this segment
//! ```

use std::{
    collections::VecDeque,
    fs, io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use hven_api::spool;
use hven_core::{
    Time,
    run::LogExtent,
    stream::{FRAME_BYTES_MAX, FRAME_HEAD_BYTES, Frame, Source, Stream, dropped_note, lost_note},
};

use crate::{
    appender::Appender,
    folder,
    mask::{Mask, Secrets},
};

/// How much of a log is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogLimits {
    /// From its start.
    pub head_bytes: u64,
    /// From its end.
    pub tail_bytes: u64,
}

impl LogLimits {
    /// Half from the start, half from the end.
    pub const fn total(bytes: u64) -> Self {
        Self { head_bytes: bytes / 2, tail_bytes: bytes / 2 }
    }

    /// The tail is dropped in segments of this size.
    fn segment_bytes(self) -> u64 {
        self.tail_bytes / 32
    }
}

/// The time after a failed write (on a full disk) in which the log drops output without another try.
const RETRY: Duration = Duration::from_millis(500);

#[derive(Debug)]
pub(crate) struct Log {
    dir: Arc<Path>,
    limits: LogLimits,
    head: Appender,
    tail: Option<Tail>,
    stdout: Mask,
    stderr: Mask,
    /// All bytes that could not be written.
    lost_in_all_bytes: u64,
    /// Lost bytes that the log does not mention yet.
    lost_bytes: u64,
    /// When the last write failed.
    failed: Option<Instant>,
    /// The error of the last failed write.
    why_lost: String,
    masked: Vec<u8>,
    framed: Vec<u8>,
}

#[derive(Debug)]
struct Tail {
    segments: VecDeque<Segment>,
    /// Bytes printed between the head and the next segment.
    printed_bytes: u64,
}

#[derive(Debug)]
struct Segment {
    path: PathBuf,
    file: Appender,
}

const HEAD: &str = "log.head";

fn head_file(dir: &Path) -> PathBuf {
    dir.join(HEAD)
}
const TAIL: &str = "log.tail.";

impl Log {
    pub(crate) fn new(dir: Arc<Path>, limits: LogLimits, secrets: &Arc<Secrets>) -> Self {
        let head = Appender::fresh(spool::stream_file(&dir, Stream::Log));
        let mask = || Mask::new(Arc::clone(secrets));
        let (stdout, stderr) = (mask(), mask());
        Self {
            dir,
            limits,
            head,
            tail: None,
            stdout,
            stderr,
            lost_in_all_bytes: 0,
            lost_bytes: 0,
            failed: None,
            why_lost: String::new(),
            masked: Vec::new(),
            framed: Vec::new(),
        }
    }

    /// How many bytes of the stream are final and may be sent.
    pub(crate) const fn bytes(&self) -> u64 {
        self.head.bytes()
    }

    /// How many bytes of the processes' output were lost.
    pub(crate) const fn lost_bytes_in_all(&self) -> u64 {
        self.lost_in_all_bytes
    }

    pub(crate) const fn has_tail(&self) -> bool {
        self.tail.is_some()
    }

    /// Appends output of a process.
    pub(crate) fn print(&mut self, source: Source, now: Time, bytes: &[u8]) {
        let mask = if source == Source::Stdout { &mut self.stdout } else { &mut self.stderr };
        if mask.is_idle() {
            self.add(source, now, bytes);
            return;
        }
        let mut masked = std::mem::take(&mut self.masked);
        masked.clear();
        mask.feed(bytes, &mut masked);
        self.add(source, now, &masked);
        self.masked = masked;
    }

    /// Appends a line from Hven itself.
    pub(crate) fn note(&mut self, now: Time, text: &str) {
        self.add(Source::Hven, now, format!("{text}\n").as_bytes());
    }

    /// Writes the last bytes after all output has ended. [`join`] must append the tail, if there is one.
    pub(crate) fn finish(&mut self, now: Time) {
        for source in [Source::Stdout, Source::Stderr] {
            let mut rest = Vec::new();
            let mask = if source == Source::Stdout { &mut self.stdout } else { &mut self.stderr };
            mask.finish(&mut rest);
            self.add(source, now, &rest);
        }
        self.failed = None;
        self.note_lost(now);
    }

    fn add(&mut self, source: Source, now: Time, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        if self.failed.is_some_and(|failed| failed.elapsed() < RETRY) {
            self.lose(bytes);
            return;
        }
        self.note_lost(now);
        for piece in bytes.chunks(FRAME_BYTES_MAX) {
            if let Err(error) = self.frame(source, now, piece) {
                (self.failed, self.why_lost) = (Some(Instant::now()), error.to_string());
                self.lose(piece);
            }
        }
    }

    fn lose(&mut self, bytes: &[u8]) {
        self.lost_bytes += bytes.len() as u64;
        self.lost_in_all_bytes += bytes.len() as u64;
    }

    /// Writes a note about lost bytes, after the disk had no space for a time.
    fn note_lost(&mut self, now: Time) {
        if self.lost_bytes > 0 {
            let text = format!("{}\n", lost_note(self.lost_bytes, &self.why_lost));
            if self.frame(Source::Hven, now, text.as_bytes()).is_ok() {
                (self.lost_bytes, self.failed) = (0, None);
            }
        }
    }

    fn frame(&mut self, source: Source, now: Time, piece: &[u8]) -> io::Result<()> {
        let bytes = (FRAME_HEAD_BYTES + piece.len()) as u64;
        if self.tail.is_none() && self.head.bytes() + bytes > self.limits.head_bytes {
            self.begin_tail(now)?;
        }
        self.framed.clear();
        Frame { source, time: now, bytes: piece }.write(&mut self.framed);
        let Some(tail) = &mut self.tail else { return self.head.append(&self.framed) };
        if tail.segments.back().is_none_or(|last| last.file.bytes() + bytes > self.limits.segment_bytes()) {
            let path = self.dir.join(format!("{TAIL}{:016}", tail.printed_bytes));
            let file = Appender::fresh(path.clone());
            tail.segments.push_back(Segment { path, file });
        }
        if let Some(last) = tail.segments.back_mut() {
            last.file.append(&self.framed)?;
            tail.printed_bytes += piece.len() as u64;
        }
        let mut kept: u64 = tail.segments.iter().map(|segment| segment.file.bytes()).sum();
        while kept > self.limits.tail_bytes && tail.segments.len() > 1 {
            if let Some(oldest) = tail.segments.pop_front() {
                fs::remove_file(&oldest.path)?;
                kept -= oldest.file.bytes();
            }
        }
        Ok(())
    }

    fn begin_tail(&mut self, now: Time) -> io::Result<()> {
        let text = format!(
            "The log has reached {} bytes. What follows is shown when the process has ended: its last {} bytes.\n",
            self.head.bytes(),
            self.limits.tail_bytes,
        );
        let mut note = Vec::new();
        Frame { source: Source::Hven, time: now, bytes: text.as_bytes() }.write(&mut note);
        // Write the length atomically, because a partial number would be a wrong length; remove it again if the note fails.
        let head_bytes = self.head.bytes() + note.len() as u64;
        folder::write_file(&self.dir, HEAD, head_bytes.to_string().as_bytes())?;
        self.head.append(&note).inspect_err(|_| drop(fs::remove_file(head_file(&self.dir))))?;
        self.tail = Some(Tail { segments: VecDeque::new(), printed_bytes: 0 });
        Ok(())
    }
}

/// Appends the tail to the head in the folder of an ended attempt and returns the extent of the log. After an
/// interruption it can be repeated: the appended part was not sent before, and the segments are removed later.
pub(crate) fn join(dir: &Path, now: Time) -> io::Result<LogExtent> {
    let mut segments: Vec<(u64, PathBuf)> = Vec::new();
    // A missing folder means an empty log.
    for entry in fs::read_dir(dir).into_iter().flatten() {
        let entry = entry?;
        if let Some(printed) = entry.file_name().to_str().and_then(|name| name.strip_prefix(TAIL)?.parse().ok()) {
            segments.push((printed, entry.path()));
        }
    }
    segments.sort_unstable();
    let path = spool::stream_file(dir, Stream::Log);
    let head_bytes = fs::read_to_string(head_file(dir)).ok().and_then(|text| text.parse::<u64>().ok());
    let dropped_bytes = segments.first().map_or(0, |(printed, _)| *printed);
    if let Some(head_bytes) = head_bytes {
        let log = fs::OpenOptions::new().write(true).open(&path)?;
        log.set_len(head_bytes.min(log.metadata()?.len()))?;
        drop(log);
        let mut log = fs::OpenOptions::new().append(true).open(&path)?;
        if dropped_bytes > 0 {
            let text = format!("{}\n", dropped_note(dropped_bytes));
            let mut note = Vec::new();
            Frame { source: Source::Hven, time: now, bytes: text.as_bytes() }.write(&mut note);
            io::Write::write_all(&mut log, &note)?;
        }
        for (_, segment) in &segments {
            io::copy(&mut fs::File::open(segment)?, &mut log)?;
        }
    }
    Ok(LogExtent { bytes: fs::metadata(&path).map_or(0, |metadata| metadata.len()), dropped_bytes })
}

/// Whether the log has a tail that was not sent.
pub(crate) fn is_in_pieces(dir: &Path) -> bool {
    head_file(dir).exists()
}

/// Appends notes to the log of an ended attempt at the offset `bytes`, which is the end after [`join`]. After an
/// interruption it can be repeated.
pub(crate) fn add_notes(dir: &Path, bytes: u64, now: Time, notes: &[String]) -> io::Result<u64> {
    let mut framed = Vec::new();
    for note in notes {
        Frame { source: Source::Hven, time: now, bytes: format!("{note}\n").as_bytes() }.write(&mut framed);
    }
    let path = spool::stream_file(dir, Stream::Log);
    let mut options = fs::OpenOptions::new();
    options.append(true).create(true).mode(0o600);
    let mut log = folder::within(dir, || options.open(&path))?;
    log.set_len(bytes)?;
    io::Write::write_all(&mut log, &framed)?;
    Ok(bytes + framed.len() as u64)
}

/// Removes the pieces that were joined, after the result is written.
pub(crate) fn remove_pieces(dir: &Path) {
    let _ = fs::remove_file(head_file(dir));
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(TAIL)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use hven_core::stream::Frames;

    use super::*;

    fn log(dir: &Path, limits: LogLimits, secrets: &[&str]) -> Log {
        Log::new(dir.into(), limits, &Arc::new(Secrets::new(secrets.iter().copied())))
    }

    fn text(dir: &Path) -> Vec<(Source, String)> {
        let bytes = fs::read(dir.join("log")).expect("a log");
        let mut all: Vec<(Source, String)> = Vec::new();
        let mut frames = Frames::new(&bytes);
        for frame in &mut frames {
            let frame = frame.expect("a good frame");
            let text = String::from_utf8_lossy(frame.bytes).into_owned();
            match all.last_mut() {
                Some((source, before)) if *source == frame.source => before.push_str(&text),
                _ => all.push((frame.source, text)),
            }
        }
        assert_eq!(frames.consumed, bytes.len(), "the log ends with a whole frame");
        all
    }

    #[test]
    fn streams_are_separate_and_secrets_are_masked_across_pieces() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut log = log(dir.path(), LogLimits::total(1 << 20), &["hunter2"]);
        let now = Time::from_micros(5);
        log.print(Source::Stdout, now, b"one hun");
        log.print(Source::Stderr, now, b"ter2?\n");
        log.print(Source::Stdout, now, b"ter2\n");
        log.print(Source::Stdout, now, b"hunt");
        log.finish(now);
        let want = [(Source::Stdout, "one "), (Source::Stderr, "ter2?\n"), (Source::Stdout, "***\nhunt")];
        assert_eq!(text(dir.path()), want.map(|(source, text)| (source, text.to_owned())));
        assert_eq!(join(dir.path(), now).expect("joined").bytes, log.bytes());
    }

    #[test]
    fn notes_are_added_once_even_without_a_log() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let dir = place.path().join("attempt");
        let now = Time::from_micros(5);
        let note = ["It was not written.".to_owned()];
        let bytes = add_notes(&dir, 0, now, &note).expect("added");
        assert_eq!(text(&dir), [(Source::Hven, "It was not written.\n".to_owned())]);
        assert_eq!(join(&dir, now).expect("joined").bytes, bytes);
        assert_eq!(add_notes(&dir, 0, now, &note).expect("added again"), bytes);
        assert_eq!(text(&dir).len(), 1);
        let more = add_notes(&dir, bytes, now, &["More.".to_owned()]).expect("added");
        assert_eq!(text(&dir), [(Source::Hven, "It was not written.\nMore.\n".to_owned())]);
        assert!(more > bytes && !is_in_pieces(&dir));
    }

    #[test]
    fn the_middle_of_a_long_log_is_dropped_with_a_note() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let limits = LogLimits { head_bytes: 2_000, tail_bytes: 3_200 };
        let mut log = log(dir.path(), limits, &[]);
        let now = Time::from_micros(5);
        let line = |i: usize| format!("{i:09}\n");
        let mut printed_bytes = 0;
        for i in 0..10_000 {
            log.print(Source::Stdout, now, line(i).as_bytes());
            printed_bytes += line(i).len() as u64;
            let spooled: u64 = fs::read_dir(dir.path())
                .expect("a folder")
                .map(|entry| entry.and_then(|entry| entry.metadata()).map_or(0, |metadata| metadata.len()))
                .sum();
            assert!(spooled < 5_600, "{spooled} bytes in the spool");
        }
        log.finish(now);
        let sent = fs::read(dir.path().join("log")).expect("a log");
        assert_eq!(sent.len() as u64, log.bytes());

        let extent = join(dir.path(), now).expect("joined");
        assert_eq!(join(dir.path(), now).expect("joined again"), extent, "joining twice is joining once");
        remove_pieces(dir.path());
        assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 1);
        let whole = fs::read(dir.path().join("log")).expect("a log");
        assert_eq!(whole[..sent.len()], sent, "the sent bytes did not change");
        assert_eq!(whole.len() as u64, extent.bytes);

        let pieces = text(dir.path());
        let [(Source::Stdout, head), (Source::Hven, notes), (Source::Stdout, tail)] = &pieces[..] else {
            panic!("{pieces:?}")
        };
        assert!(head.starts_with("000000000\n") && tail.ends_with("000009999\n"));
        assert!(notes.ends_with(&format!("{} bytes of the log were dropped here.\n", extent.dropped_bytes)));
        assert_eq!(extent.dropped_bytes + (head.len() + tail.len()) as u64, printed_bytes);
        assert!(extent.bytes <= 5_600);
    }

    #[test]
    fn a_log_that_just_overflows_its_head_loses_nothing() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut log = log(dir.path(), LogLimits { head_bytes: 200, tail_bytes: 3_200 }, &[]);
        let now = Time::from_micros(5);
        (0..50).for_each(|i| log.print(Source::Stderr, now, format!("{i}\n").as_bytes()));
        log.finish(now);
        assert_eq!(join(dir.path(), now).expect("joined").dropped_bytes, 0);
        let printed: String =
            text(dir.path()).iter().filter(|(s, _)| *s == Source::Stderr).map(|(_, t)| &**t).collect();
        assert!(printed.lines().map(str::to_owned).eq((0..50).map(|i| i.to_string())), "{printed}");
    }
}
