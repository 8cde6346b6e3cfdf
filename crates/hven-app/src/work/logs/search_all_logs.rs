//! Searches the logs of many runs, the newest run first, a part in each call.
//!
//! A call ends after a limited time, number of bytes or number of matches. Its cursor contains everything that the next call
//! needs, so the server keeps nothing between two calls. Runs that were submitted since the first call are not searched:
//! the number of runs stays the same.

use std::{collections::BTreeMap, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hven_core::{AttemptId, Digest, Malformed, RunId, handle::Handle, limits, project::ProjectPath};
use serde::{Deserialize, Serialize};
use tokio::{task::spawn_blocking, time::Instant};

use crate::{
    kernel::{callers::Caller, error::AppResult},
    ports::{
        error::StoreError,
        run::{Archived, RunRow},
        series::LogFrame,
    },
    work::{
        floor::Work,
        logs::{
            log_matcher::LogMatcher,
            pattern::{Pattern, PatternText},
            search_position::{SearchPosition, TAIL_BYTES_MAX},
            searched_line::LogMatch,
        },
        run_search::search::fitting,
        runs::{self, RunFilter},
    },
};

/// A search of the logs of many runs.
#[derive(Clone, Debug)]
pub struct LogsQuery<'a> {
    pub pattern: PatternText<'a>,
    /// Only runs of this project and of those below it.
    pub project: Option<ProjectPath>,
    /// Only runs for which this condition holds; see [`crate::run_search`].
    pub condition: Option<&'a str>,
    /// How many lines before and after each match are wanted.
    pub context: usize,
    pub matches_max: usize,
    /// The place where an earlier call stopped.
    pub cursor: Option<&'a str>,
    pub budget: SearchBudget,
}

/// After how much work a call ends, at the next good place.
#[derive(Clone, Copy, Debug)]
pub struct SearchBudget {
    pub time: Duration,
    pub bytes: u64,
}

impl Default for SearchBudget {
    fn default() -> Self {
        Self { time: Duration::from_millis(1500), bytes: 256 << 20 }
    }
}

/// The matches of a call, and how far the search has come.
#[derive(Clone, Debug)]
pub struct FoundInLogs {
    pub found: Vec<FoundLine>,
    /// The runs whose logs were searched completely, in all calls.
    pub runs_searched: u64,
    /// The runs to search.
    pub runs_total: u64,
    /// The runs of which the condition could not be told: they are not searched.
    pub cannot_tell: u64,
    /// How many bytes of logs were read, in all calls.
    pub bytes: u64,
    /// `None` when all logs were searched.
    pub next: Option<String>,
}

/// A match in the log of a run.
#[derive(Clone, Debug)]
pub struct FoundLine {
    pub run: RunId,
    pub handle: Handle,
    pub name: Option<String>,
    pub project: ProjectPath,
    pub attempt: u32,
    pub found: LogMatch,
}

/// The limits of what a caller may ask for.
const MATCHES_MAX: usize = 500;
const CONTEXT_MAX: usize = 10;

/// About how many bytes of a log are in memory at once.
const WINDOW_BYTES: usize = 2 << 20;
/// How far a call reads on to end at the end of a line, and to complete the lines after its matches.
const SETTLE_BYTES: u64 = 1 << 20;
/// How many bytes before its beginning a call reads for the lines before its matches.
const BEFORE_BYTES: u64 = 64 << 10;
/// How many runs are asked at once whether they have logs.
const RUNS_AT_ONCE: usize = 500;
const CURSOR_BYTES_MAX: usize = 16 << 10;

/// The place where a search goes on.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Cursor {
    /// Tells the cursors of different searches apart.
    of: String,
    /// The submission of the newest run of the search.
    newest: u64,
    /// The run, by its submission, its attempt, and the place in its log. `None`: the end of the log.
    run: u64,
    attempt: u32,
    at: Option<SearchPosition>,
    bytes: u64,
}

impl Cursor {
    fn write(&self) -> String {
        // Numbers and texts can always be written.
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    fn read(text: &str, of: &str) -> Result<Self, Malformed> {
        let read = || {
            let bytes = URL_SAFE_NO_PAD.decode(Some(text).filter(|text| text.len() <= CURSOR_BYTES_MAX)?).ok()?;
            let cursor: Self = serde_json::from_slice(&bytes).ok()?;
            let outputs = cursor.at.iter().flat_map(|at| &at.outputs);
            let is_bounded = outputs.into_iter().all(|open| open.tail.len() <= TAIL_BYTES_MAX + 64);
            (cursor.of == of && is_bounded).then_some(cursor)
        };
        let foreign = || Malformed::Text {
            noun: "cursor",
            text: text.chars().take(40).collect(),
            why: "this search did not return it".to_owned(),
        };
        read().ok_or_else(foreign)
    }
}

/// The digits that tell a search from others, so that its cursor fits to no other search.
fn digits_of(wanted: &LogsQuery<'_>) -> String {
    let text = format!("{:?} {:?} {:?}", wanted.pattern, wanted.project, wanted.condition);
    Digest::of(text.as_bytes()).to_string().chars().take(16).collect()
}

/// Searches the logs of the runs that the caller may see.
pub async fn search_all(work: &Work, caller: &Caller, wanted: LogsQuery<'_>) -> AppResult<FoundInLogs> {
    caller.require_user()?;
    let pattern = Pattern::new(wanted.pattern)?;
    limits::count("matches", wanted.matches_max, MATCHES_MAX)?;
    limits::count("lines of context", wanted.context, CONTEXT_MAX)?;
    let of = digits_of(&wanted);
    let resumed = wanted.cursor.map(|text| Cursor::read(text, &of)).transpose()?;
    let filter = RunFilter {
        project: wanted.project.clone(),
        all_kinds: true,
        with_tasks: true,
        archived: Archived::With,
        limit: 1,
        ..RunFilter::default()
    };
    // A search uses a processor, so only few go on at the same time.
    let _turn = work.log_searches.acquire().await.map_err(|_| StoreError::Closed)?;
    let (mut runs, cannot_tell) = fitting(work, &runs::query_of(caller, filter)?, wanted.condition).await?;
    let newest = resumed.as_ref().map_or_else(|| runs.first().map_or(0, |(seq, _)| *seq), |cursor| cursor.newest);
    runs.retain(|(seq, _)| *seq <= newest);
    let mut search = Search {
        work,
        pattern,
        context: wanted.context,
        room: wanted.matches_max.max(1),
        until: Instant::now() + wanted.budget.time,
        bytes: 0,
        bytes_max: wanted.budget.bytes,
        found: Vec::new(),
    };
    let from = resumed.as_ref().map_or(0, |cursor| runs.partition_point(|(seq, _)| *seq > cursor.run));
    let stopped = search.runs(&runs[from..], resumed.as_ref()).await?;
    let bytes = search.bytes + resumed.map_or(0, |cursor| cursor.bytes);
    let searched = stopped.as_ref().map_or(runs.len(), |(place, ..)| from + place);
    let next = stopped.map(|(place, attempt, at)| {
        Cursor { of, newest, run: runs[from + place].0, attempt, at: Some(at), bytes }.write()
    });
    Ok(FoundInLogs {
        found: search.found,
        runs_searched: searched as u64,
        runs_total: runs.len() as u64,
        cannot_tell,
        bytes,
        next,
    })
}

/// Where a call stopped: the place of the run in the list, its attempt, and the place in the log.
type Stopped = (usize, u32, SearchPosition);

struct Search<'a> {
    work: &'a Work,
    pattern: Pattern,
    context: usize,
    /// How many more matches there may be.
    room: usize,
    until: Instant,
    bytes: u64,
    bytes_max: u64,
    found: Vec<FoundLine>,
}

impl Search<'_> {
    fn is_over(&self) -> bool {
        self.room == 0 || self.bytes >= self.bytes_max || Instant::now() >= self.until
    }

    async fn runs(&mut self, runs: &[(u64, RunRow)], resumed: Option<&Cursor>) -> AppResult<Option<Stopped>> {
        for (number, group) in runs.chunks(RUNS_AT_ONCE).enumerate() {
            let ids: Vec<RunId> = group.iter().map(|(_, run)| run.id).collect();
            let mut logs: BTreeMap<RunId, Vec<AttemptId>> = BTreeMap::new();
            for attempt in self.work.ports.series.attempts_with_logs(&ids).await? {
                logs.entry(attempt.run).or_default().push(attempt);
            }
            for (row, (seq, run)) in group.iter().enumerate() {
                let mut attempts = logs.remove(&run.id).unwrap_or_default();
                attempts.sort_unstable_by_key(|attempt| std::cmp::Reverse(attempt.number));
                let resumed = resumed.filter(|cursor| cursor.run == *seq);
                for attempt in attempts {
                    let from = match resumed {
                        Some(cursor) if cursor.attempt < attempt.number => continue,
                        Some(cursor) if cursor.attempt == attempt.number => cursor.at.clone().unwrap_or_default(),
                        _ => SearchPosition::default(),
                    };
                    let place = number * RUNS_AT_ONCE + row;
                    // The first log of a call is always searched, so that each call comes further.
                    if self.bytes > 0 && self.is_over() {
                        return Ok(Some((place, attempt.number, from)));
                    }
                    if let Some(at) = self.log(run, attempt, from).await? {
                        return Ok(Some((place, attempt.number, at)));
                    }
                }
            }
        }
        Ok(None)
    }

    /// Searches a log. Returns where it stopped before the end.
    async fn log(
        &mut self,
        run: &RunRow,
        attempt: AttemptId,
        from: SearchPosition,
    ) -> AppResult<Option<SearchPosition>> {
        let mut matcher = LogMatcher::resume(self.pattern.clone(), self.room - 1, self.context, &from);
        if self.context > 0 && from.from > 0 {
            matcher.take_lines_before(self.lines_before(attempt, from.from).await?);
        }
        let mut progress = Progress { room: self.room, next: from.from, last: from, stopped: None, settled: 0 };
        loop {
            let is_over = self.bytes > 0 && self.is_over();
            let frames = self.work.ports.series.log(attempt, progress.next, WINDOW_BYTES).await?;
            if frames.is_empty() {
                break;
            }
            let taking = spawn_blocking(move || {
                let goes_on = progress.take(&mut matcher, &frames, is_over);
                let bytes: usize = frames.iter().map(|frame| frame.bytes.len()).sum();
                (matcher, progress, goes_on, bytes as u64)
            });
            let (goes_on, bytes);
            (matcher, progress, goes_on, bytes) = taking.await.map_err(|_| StoreError::Closed)?;
            self.bytes += bytes;
            if !goes_on {
                break;
            }
        }
        if progress.stopped.is_none() {
            matcher.end();
            if matcher.has_left_out() {
                progress.stopped = Some(matcher.with_reported(progress.last));
            }
        }
        let found = matcher.into_matches();
        self.room = self.room.saturating_sub(found.len());
        self.found.extend(found.into_iter().map(|found| FoundLine {
            run: run.id,
            handle: run.handle,
            name: run.name.clone(),
            project: run.project.clone(),
            attempt: attempt.number,
            found,
        }));
        Ok(progress.stopped)
    }

    /// Reads the lines shortly before a place in a log.
    async fn lines_before(&self, attempt: AttemptId, place: u64) -> AppResult<LogMatcher> {
        let mut lines = LogMatcher::lines(self.pattern.clone(), self.context);
        let from = place.saturating_sub(BEFORE_BYTES);
        let frames = self.work.ports.series.log(attempt, from, BEFORE_BYTES as usize).await?;
        lines.take_before(frames.iter().filter(|frame| frame.next <= place), from == 0);
        Ok(lines)
    }
}

/// How far the search of a log has come.
struct Progress {
    room: usize,
    /// The offset of the next frame.
    next: u64,
    /// The position before the last frame.
    last: SearchPosition,
    /// Where another call goes on.
    stopped: Option<SearchPosition>,
    /// How many bytes were read since the call should end.
    settled: u64,
}

impl Progress {
    /// Takes frames, the last ones of this call if it is over. Returns whether the call needs more frames.
    fn take(&mut self, matcher: &mut LogMatcher, frames: &[LogFrame], is_over: bool) -> bool {
        for frame in frames {
            if self.stopped.is_some() {
                // The matches are complete. Only their surroundings are still read.
                if self.settled >= SETTLE_BYTES || !matcher.is_waiting() {
                    return false;
                }
                matcher.take(frame);
                self.settled += frame.bytes.len() as u64;
                continue;
            }
            let before = matcher.position(frame.offset);
            if is_over && (!before.has_open_line() || self.settled >= SETTLE_BYTES) {
                matcher.cut();
                self.stopped = Some(matcher.position(frame.offset));
                matcher.close();
                self.settled = 0;
                if !matcher.is_waiting() {
                    return false;
                }
                matcher.take(frame);
                continue;
            }
            matcher.take(frame);
            if is_over {
                self.settled += frame.bytes.len() as u64;
            }
            self.next = frame.next;
            if matcher.found() >= self.room {
                matcher.cut();
                self.stopped = Some(matcher.with_reported(before));
                matcher.close();
                self.settled = 0;
            } else {
                self.last = before;
            }
        }
        if let Some(last) = frames.last() {
            self.next = last.next;
        }
        self.stopped.is_none() || (self.settled < SETTLE_BYTES && matcher.is_waiting())
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hven_core::{
        Time,
        stream::{FRAME_HEAD_BYTES, Source},
    };

    use super::*;

    const OUT: Source = Source::Stdout;
    const ERR: Source = Source::Stderr;

    fn frames(pieces: &[(Source, Vec<u8>)]) -> Vec<LogFrame> {
        let mut offset = 0;
        let frame = |(source, bytes): &(Source, Vec<u8>)| {
            let next = offset + (FRAME_HEAD_BYTES + bytes.len()) as u64;
            let frame =
                LogFrame { offset, next, source: *source, time: Time::from_micros(1), bytes: bytes.clone().into() };
            offset = next;
            frame
        };
        pieces.iter().map(frame).collect()
    }

    /// Where a match is, without its text: an excerpt may begin later after a search continued.
    fn places(found: &[LogMatch]) -> Vec<(u64, Source, u64, u64)> {
        let mut places: Vec<_> = found.iter().map(|found| (found.at, found.source, found.line, found.state)).collect();
        places.sort_unstable_by_key(|place| place.0);
        places
    }

    fn whole(frames: &[LogFrame], pattern: &Pattern) -> Vec<LogMatch> {
        let mut matcher = LogMatcher::resume(pattern.clone(), usize::MAX - 1, 0, &SearchPosition::default());
        for frame in frames {
            matcher.take(frame);
        }
        matcher.end();
        matcher.into_matches()
    }

    /// Searches in calls that end after `room` matches, or after each `step` frames, with a cursor that is written and read.
    fn in_calls(frames: &[LogFrame], pattern: &Pattern, room: usize, step: usize, is_over: bool) -> Vec<LogMatch> {
        let (mut from, mut all) = (SearchPosition::default(), Vec::new());
        for _ in 0..10_000 {
            let mut matcher = LogMatcher::resume(pattern.clone(), room - 1, 0, &from);
            let mut progress = Progress { room, next: from.from, last: from.clone(), stopped: None, settled: 0 };
            for (call, window) in
                frames.iter().filter(|frame| frame.offset >= from.from).collect::<Vec<_>>().chunks(step).enumerate()
            {
                let window: Vec<LogFrame> = window.iter().map(|frame| (*frame).clone()).collect();
                if !progress.take(&mut matcher, &window, is_over && call > 0) {
                    break;
                }
            }
            if progress.stopped.is_none() {
                matcher.end();
                if matcher.has_left_out() {
                    progress.stopped = Some(matcher.with_reported(progress.last));
                }
            }
            let found = matcher.into_matches();
            assert!(found.len() < room + 300, "{} matches", found.len());
            all.extend(found);
            let Some(stopped) = progress.stopped else { return all };
            let cursor = Cursor { of: "x".to_owned(), at: Some(stopped), ..Cursor::default() }.write();
            assert!(cursor.len() < CURSOR_BYTES_MAX, "{} bytes", cursor.len());
            from = Cursor::read(&cursor, "x").expect("it is read back").at.expect("a place");
        }
        panic!("the search does not end");
    }

    #[track_caller]
    fn check(pieces: &[(Source, Vec<u8>)], pattern: PatternText<'_>) {
        let (frames, pattern) = (frames(pieces), Pattern::new(pattern).expect("a pattern"));
        let expect = places(&whole(&frames, &pattern));
        for (room, step, is_over) in [(1, 1, false), (1, 3, true), (2, 1, true), (3, 2, false), (1000, 1, true)] {
            let found = places(&in_calls(&frames, &pattern, room, step, is_over));
            assert_eq!(found, expect, "room {room}, step {step}, over {is_over}");
        }
    }

    #[test]
    fn a_search_in_many_calls_finds_the_same() {
        let mut pieces: Vec<(Source, Vec<u8>)> = Vec::new();
        for line in 0..300 {
            pieces.push((OUT, format!("line {line} loss=0.{line}\n").into_bytes()));
            if line % 7 == 0 {
                pieces.push((ERR, format!("\r{line}% needle").into_bytes()));
            }
            if line % 11 == 0 {
                pieces.push((OUT, b"a nee".to_vec()));
                pieces.push((ERR, b" between ".to_vec()));
                pieces.push((OUT, b"dle across\nneedle one\nneedle two\n\n".to_vec()));
            }
        }
        check(&pieces, PatternText::Text("NEEDLE"));
        check(&pieces, PatternText::Expression { text: "n(e|x)+dle", ignores_case: false });
        check(&pieces, PatternText::Expression { text: r"^line \d*5 ", ignores_case: false });
        check(&pieces, PatternText::Expression { text: r"0\.1\d$", ignores_case: true });
    }

    #[test]
    fn an_endless_line_is_searched_in_many_calls() {
        let mut pieces: Vec<(Source, Vec<u8>)> = vec![(OUT, "x".repeat(50_000).into_bytes()); 60];
        pieces.insert(20, (OUT, b"first-nee".to_vec()));
        pieces.insert(21, (OUT, b"dle".to_vec()));
        pieces.push((OUT, b"late needle".to_vec()));
        check(&pieces, PatternText::Text("needle"));
        check(&pieces, PatternText::Expression { text: "ne+dle", ignores_case: false });
    }

    #[test]
    fn cursors_of_other_searches_are_refused() {
        let cursor = Cursor { of: "x".to_owned(), ..Cursor::default() }.write();
        assert!(Cursor::read(&cursor, "x").is_ok());
        let mut long = SearchPosition::default();
        long.outputs[0].tail = Bytes::from(vec![b'x'; 2 * TAIL_BYTES_MAX]).to_vec();
        let long = Cursor { of: "x".to_owned(), at: Some(long), ..Cursor::default() }.write();
        for foreign in
            [Cursor::read(&cursor, "y"), Cursor::read("", "x"), Cursor::read("ä", "x"), Cursor::read(&long, "x")]
        {
            assert!(foreign.is_err());
        }
    }
}
