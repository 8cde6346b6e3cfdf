//! Searches a log: the text of each output by itself, independent of how it was cut into pieces.
//!
//! A line that was overwritten with carriage returns has several states (see [`hven_core::log_line`]). Each state is
//! searched like a line. Control sequences are no text: a word is found even when a colour starts within it. A state
//! may be endless, so the matcher keeps only as many bytes as the words and the excerpt around them need.

use std::collections::VecDeque;

use hven_core::stream::{FRAME_HEAD_BYTES, Source, reports_gap};

use crate::{
    ports::series::LogFrame,
    work::logs::{
        pattern::{Pattern, Searched},
        search_position::{OpenLine, SearchPosition, TAIL_BYTES_MAX},
        source::index,
        visible_text::VisibleText,
    },
};

/// A place where the words were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogMatch {
    /// The offset of the frame in which the line starts.
    pub offset: u64,
    /// The number of the line, from 1, in the order in which lines start, over all sources.
    pub line: u64,
    pub source: Source,
    /// The number of the state within the line, from 1.
    pub state: u64,
    /// Whether a later state replaced it.
    pub is_overwritten: bool,
    /// The offset of the words in the stream.
    pub at: u64,
    /// The text of the state. A long one is cut to the text around the words, with `…` at the cuts.
    pub text: String,
    /// The lines of the same source before and after it, as many as were wanted.
    pub before: Vec<ContextLine>,
    pub after: Vec<ContextLine>,
}

/// A line near a match, in its last state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextLine {
    /// `None` where a search went on and read only the lines shortly before.
    pub line: Option<u64>,
    /// A long line is cut, with `…` at the cut.
    pub text: String,
}

/// Longer states are cut, and (below) this many bytes are shown on both sides of the words.
const WHOLE_BYTES_MAX: usize = 480;

const AROUND_BYTES: usize = 160;

/// The number of bytes of an unfinished state that are collected before they are searched.
const GATHERED_BYTES: usize = 64 << 10;

/// A match that is longer is not kept until its end has arrived.
const WAITING_BYTES_MAX: usize = 2 * GATHERED_BYTES;

/// How a search of the collected text ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// More text of the state may follow.
    MoreFollows,
    /// Another search goes on with the rest of the state, after the last [`TAIL_BYTES_MAX`] bytes.
    IsCut,
    /// The state has ended.
    HasEnded,
}

/// Reads the frames of a log in order and collects matches.
#[derive(Debug)]
pub(super) struct LogMatcher {
    pattern: Pattern,
    /// The source whose lines are searched; `None`: all sources.
    source: Option<Source>,
    matches_max: usize,
    /// How many lines before and after a match are wanted.
    context: usize,
    /// The offset of the frame that is taken now. A match before it is reported even above the limit, because a search
    /// that goes on at this frame would not find it.
    frame: u64,
    /// From now on no match is added.
    is_closed: bool,
    /// A match was left out because of the limit.
    has_left_out: bool,
    /// The number of lines that have started.
    lines: u64,
    outputs: [Output; 3],
    matches: Vec<LogMatch>,
}

impl LogMatcher {
    pub(super) fn new(pattern: Pattern, source: Option<Source>, matches_max: usize) -> Self {
        Self {
            pattern,
            source,
            matches_max,
            context: 0,
            frame: 0,
            is_closed: false,
            has_left_out: false,
            lines: 0,
            outputs: Default::default(),
            matches: Vec::new(),
        }
    }

    /// Goes on where another search of all sources stopped. Each match gets this many lines before and after it.
    pub(super) fn resume(pattern: Pattern, matches_max: usize, context: usize, from: &SearchPosition) -> Self {
        let mut matcher = Self::new(pattern, None, matches_max);
        matcher.context = context;
        matcher.lines = from.lines;
        for (output, open) in matcher.outputs.iter_mut().zip(&from.outputs) {
            output.line = open.line.map(|(number, offset)| Line { number, offset });
            output.state = open.state;
            output.has_returned = open.has_returned;
            output.kept.reported_to = open.reported_to;
            output.is_cut = open.is_cut;
            output.seen.take(open.tail_at, &open.tail);
            // A match at the first character of a cut text would pass for one at the beginning of the line.
            output.looked_to = output.seen.text.chars().next().filter(|_| open.is_cut).map_or(0, char::len_utf8);
        }
        matcher
    }

    /// Where a search goes on that takes the next frame, which has this offset.
    pub(super) fn position(&self, next: u64) -> SearchPosition {
        let open = |output: &Output| {
            let (tail_at, tail) = output.seen.tail(TAIL_BYTES_MAX);
            OpenLine {
                is_cut: output.is_cut || output.seen.text.len() > TAIL_BYTES_MAX,
                line: output.line.map(|line| (line.number, line.offset)),
                state: output.state,
                has_returned: output.has_returned,
                reported_to: output.kept.reported_to,
                tail_at,
                tail,
            }
        };
        SearchPosition { from: next, lines: self.lines, outputs: self.outputs.each_ref().map(open) }
    }

    /// Collects lines alone, as context of matches that follow.
    pub(super) fn lines(pattern: Pattern, context: usize) -> Self {
        let mut matcher = Self::new(pattern, None, 0);
        (matcher.context, matcher.is_closed) = (context, true);
        matcher
    }

    /// Takes frames from the middle of a log. The first line of each source is left out unless it is known to be whole.
    pub(super) fn take_before<'a>(&mut self, frames: impl Iterator<Item = &'a LogFrame>, is_start: bool) {
        frames.for_each(|frame| self.take(frame));
        for output in self.outputs.iter_mut().filter(|_| !is_start) {
            if output.kept.ended_lines <= self.context {
                output.kept.before.pop_front();
            }
        }
        let kept = self.outputs.iter_mut().flat_map(|output| &mut output.kept.before);
        kept.for_each(|line| line.line = None);
    }

    /// The lines before the next frame, of a search that read only the frames shortly before it.
    pub(super) fn take_lines_before(&mut self, earlier: Self) {
        for (output, earlier) in self.outputs.iter_mut().zip(earlier.outputs) {
            output.kept.before = earlier.kept.before;
        }
    }

    /// A position before some of the frames, with the matches that were reported since.
    pub(super) fn with_reported(&self, mut before: SearchPosition) -> SearchPosition {
        for (before, output) in before.outputs.iter_mut().zip(&self.outputs) {
            before.reported_to = output.kept.reported_to;
        }
        before
    }

    /// The number of the matches so far.
    pub(super) fn found(&self) -> usize {
        self.matches.len()
    }

    pub(super) const fn has_left_out(&self) -> bool {
        self.has_left_out
    }

    /// Searches the open lines as far as they were read, before [`LogMatcher::position`] is taken.
    pub(super) fn cut(&mut self) {
        for source in Source::ALL {
            self.look(source, Look::IsCut);
        }
    }

    /// From now on no match is added; lines after the matches still are.
    pub(super) fn close(&mut self) {
        self.is_closed = true;
    }

    /// Whether lines after matches are still to come, or a line with matches has not ended.
    pub(super) fn is_waiting(&self) -> bool {
        let is_open = |source: &Source| {
            let output = &self.outputs[index(*source)];
            let mut of_state = self.matches.iter().skip(output.first_match);
            !output.kept.waiting.is_empty() || (output.line.is_some() && of_state.any(|found| found.source == *source))
        };
        Source::ALL.iter().any(is_open)
    }

    /// Ends the open lines at the end of the log.
    pub(super) fn end(&mut self) {
        self.end_lines();
    }

    /// The matches in the order of the stream.
    pub(super) fn into_matches(mut self) -> Vec<LogMatch> {
        self.matches.sort_by_key(|found| found.at);
        self.matches
    }

    /// Whether more matches were found than requested, so that the rest need not be read.
    pub(super) fn is_full(&self) -> bool {
        self.matches.len() > self.matches_max
    }

    pub(super) fn take(&mut self, frame: &LogFrame) {
        if frame.source == Source::Hven && reports_gap(&frame.bytes) {
            self.end_lines();
        }
        self.frame = frame.offset;
        let mut at = frame.offset + FRAME_HEAD_BYTES as u64;
        for piece in frame.bytes.split_inclusive(|byte| matches!(byte, b'\r' | b'\n')) {
            self.begin_line(frame);
            let text = piece.strip_suffix(b"\n").or_else(|| piece.strip_suffix(b"\r")).unwrap_or(piece);
            if !text.is_empty() {
                self.take_text(frame.source, at, text);
            }
            match piece.last() {
                Some(b'\n') => self.end_line(frame.source),
                Some(b'\r') => self.outputs[index(frame.source)].has_returned = true,
                _ => {}
            }
            at += piece.len() as u64;
        }
    }

    /// Ends the search. Returns the matches in the order of the stream, and whether there are more.
    pub(super) fn finish(mut self) -> (Vec<LogMatch>, bool) {
        self.end_lines();
        let (is_more, matches_max) = (self.is_full(), self.matches_max);
        let mut matches = self.into_matches();
        matches.truncate(matches_max);
        (matches, is_more)
    }

    fn begin_line(&mut self, frame: &LogFrame) {
        let line = &mut self.outputs[index(frame.source)].line;
        if line.is_none() {
            self.lines += 1;
            *line = Some(Line { number: self.lines, offset: frame.offset });
        }
    }

    fn end_line(&mut self, source: Source) {
        self.end_state(source, false);
        if self.context > 0 {
            self.keep_context(source);
        }
        let Output { kept, .. } = std::mem::take(&mut self.outputs[index(source)]);
        self.outputs[index(source)] = Output { kept, first_match: self.matches.len(), ..Output::default() };
    }

    /// Gives a line that has ended to the matches before it, and keeps it for those after it.
    fn keep_context(&mut self, source: Source) {
        let output = &mut self.outputs[index(source)];
        let Some(line) = output.line else { return };
        let shown = ContextLine { line: Some(line.number), text: output.shown_line() };
        for found in &output.kept.waiting {
            let found = &mut self.matches[*found];
            if found.line < line.number {
                found.after.push(shown.clone());
            }
        }
        let (matches, context) = (&self.matches, self.context);
        output.kept.waiting.retain(|found| matches[*found].after.len() < context);
        if output.kept.before.len() == context {
            output.kept.before.pop_front();
        }
        output.kept.before.push_back(shown);
        output.kept.ended_lines += 1;
    }

    /// Ends the open lines, because the next bytes do not continue them.
    fn end_lines(&mut self) {
        for source in Source::ALL {
            self.end_line(source);
        }
    }

    fn take_text(&mut self, source: Source, at: u64, bytes: &[u8]) {
        let Output { line, state, has_returned, .. } = &self.outputs[index(source)];
        let (line, state, has_returned) = (*line, *state, *has_returned);
        if state > 0 && has_returned {
            self.end_state(source, true);
        }
        if state == 0 || has_returned {
            let Output { kept, .. } = std::mem::take(&mut self.outputs[index(source)]);
            let first_match = self.matches.len();
            self.outputs[index(source)] = Output { line, state: state + 1, first_match, kept, ..Output::default() };
        }
        if self.source.is_some_and(|wanted| wanted != source) {
            return;
        }
        let seen = &mut self.outputs[index(source)].seen;
        seen.take(at, bytes);
        if seen.text.len() > GATHERED_BYTES + self.pattern.overlap_bytes() {
            self.look(source, Look::MoreFollows);
        }
    }

    fn end_state(&mut self, source: Source, is_overwritten: bool) {
        self.outputs[index(source)].seen.end();
        self.look(source, Look::HasEnded);
        if is_overwritten {
            let of_state = self.matches.iter_mut().skip(self.outputs[index(source)].first_match);
            of_state.filter(|found| found.source == source).for_each(|found| found.is_overwritten = true);
        }
    }

    /// Searches the collected text of a state, and drops the text that is not needed any more.
    fn look(&mut self, source: Source, look: Look) {
        let output = &mut self.outputs[index(source)];
        let text = &output.seen.text;
        let mut looked_to = output.looked_to;
        let searched = Searched::new(&self.pattern, text, looked_to);
        let is_last = look != Look::MoreFollows;
        let mut is_waiting = false;
        while let Some(found) = searched.find(looked_to) {
            let is_near_end = found.end + AROUND_BYTES >= text.len();
            if !is_last && is_near_end && text.len() - found.start < WAITING_BYTES_MAX {
                // It is found again when the text behind it has arrived.
                (looked_to, is_waiting) = (found.start, true);
                break;
            }
            if look == Look::IsCut && found.end == text.len() {
                // The search that goes on finds it with the text behind it.
                break;
            }
            looked_to = found.end;
            // Text that the last excerpt shows is not shown again.
            if found.start < output.shown_to {
                continue;
            }
            let end = found.end.min(text.floor_char_boundary(found.start + WHOLE_BYTES_MAX));
            let (excerpt, shown_to) = output.excerpt(found.start, end, look == Look::HasEnded);
            output.shown_to = shown_to;
            let at = output.seen.place(found.start);
            let has_room = self.matches.len() <= self.matches_max || at < self.frame;
            if at < output.kept.reported_to || self.is_closed {
                continue;
            }
            self.has_left_out |= !has_room;
            let Some(line) = output.line.filter(|_| has_room) else { continue };
            output.kept.reported_to = at + 1;
            if self.context > 0 {
                output.kept.waiting.push(self.matches.len());
            }
            self.matches.push(LogMatch {
                offset: line.offset,
                line: line.number,
                source,
                state: output.state,
                is_overwritten: false,
                at,
                text: excerpt,
                before: output.kept.before.iter().cloned().collect(),
                after: Vec::new(),
            });
        }
        match look {
            Look::HasEnded => return,
            Look::IsCut => {
                output.looked_to = looked_to;
                return;
            }
            Look::MoreFollows => {}
        }
        if !is_waiting {
            // The last bytes may be the beginning of the words.
            let begins = text.len().saturating_sub(self.pattern.overlap_bytes());
            looked_to = looked_to.max(text.floor_char_boundary(begins));
        }
        let kept_from = text.floor_char_boundary(looked_to.saturating_sub(AROUND_BYTES));
        output.looked_to = looked_to;
        output.forget(kept_from);
    }
}

#[derive(Clone, Copy, Debug)]
struct Line {
    number: u64,
    offset: u64,
}

/// The text of one source: its unfinished line, and the current state of that line.
#[derive(Debug, Default)]
struct Output {
    line: Option<Line>,
    /// The number of the state, from 1; 0 before the first one.
    state: u64,
    /// A carriage return was read, so the next text starts a new state.
    has_returned: bool,
    /// The number of matches when the state started.
    first_match: usize,
    /// The text of the state, or its end.
    seen: VisibleText,
    is_cut: bool,
    /// The position up to which the text was searched, and (below) up to which it was shown.
    looked_to: usize,
    shown_to: usize,
    kept: Kept,
}

/// What is kept of one source from line to line.
#[derive(Debug, Default)]
struct Kept {
    /// Earlier matches were reported already, by this search or by the one that it continues.
    reported_to: u64,
    /// The last lines that ended, and the number of all that ended.
    before: VecDeque<ContextLine>,
    ended_lines: usize,
    /// The matches, by number, that still wait for lines after them.
    waiting: Vec<usize>,
}

impl Output {
    /// The excerpt of the state for words at these bytes, and the end of the excerpt.
    fn excerpt(&self, start: usize, end: usize, is_last: bool) -> (String, usize) {
        let text = &self.seen.text;
        if is_last && !self.is_cut && text.len() <= WHOLE_BYTES_MAX {
            return (text.trim_end().to_owned(), text.len());
        }
        let from = text.floor_char_boundary(start.saturating_sub(AROUND_BYTES));
        let to = text.ceil_char_boundary((end + AROUND_BYTES).min(text.len()));
        let before = if from > 0 || self.is_cut { "…" } else { "" };
        let shown = &text[from..to];
        if is_last && to == text.len() {
            return (format!("{before}{}", shown.trim_end()), to);
        }
        (format!("{before}{shown}…"), to)
    }

    /// The line as context of a match: its beginning, or its end when the beginning was dropped.
    fn shown_line(&self) -> String {
        let text = self.seen.text.trim_end();
        if self.is_cut {
            return format!("…{}", &text[text.ceil_char_boundary(text.len().saturating_sub(WHOLE_BYTES_MAX))..]);
        }
        match text.floor_char_boundary(WHOLE_BYTES_MAX) {
            end if end < text.len() => format!("{}…", &text[..end]),
            _ => text.to_owned(),
        }
    }

    fn forget(&mut self, bytes: usize) {
        if bytes > 0 {
            self.seen.forget(bytes);
            self.is_cut = true;
            self.looked_to -= bytes;
            self.shown_to = self.shown_to.saturating_sub(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hven_core::{Time, stream::dropped_note};

    use super::*;

    const OUT: Source = Source::Stdout;

    const ERR: Source = Source::Stderr;

    fn frames(pieces: &[(Source, &[u8])]) -> Vec<LogFrame> {
        let mut offset = 0;
        let frame = |(source, bytes): &(Source, &[u8])| {
            let next = offset + (FRAME_HEAD_BYTES + bytes.len()) as u64;
            let bytes = Bytes::copy_from_slice(bytes);
            let frame = LogFrame { offset, next, source: *source, time: Time::from_micros(1), bytes };
            offset = next;
            frame
        };
        pieces.iter().map(frame).collect()
    }

    fn matcher(words: &str, source: Option<Source>, matches_max: usize) -> LogMatcher {
        LogMatcher::new(Pattern::text(words).expect("words"), source, matches_max)
    }

    fn search_all(search: &mut LogMatcher, pieces: &[(Source, &[u8])]) {
        for frame in &frames(pieces) {
            search.take(frame);
        }
    }

    fn search(pieces: &[(Source, &[u8])], words: &str) -> Vec<LogMatch> {
        let mut search = matcher(words, None, 1000);
        search_all(&mut search, pieces);
        search.finish().0
    }

    /// The number of the line, the number of its state, and the excerpt.
    fn found(pieces: &[(Source, &[u8])], words: &str) -> Vec<(u64, u64, String)> {
        search(pieces, words).into_iter().map(|found| (found.line, found.state, found.text)).collect()
    }

    #[track_caller]
    fn check(pieces: &[(Source, &[u8])], words: &str, expect: &[(u64, u64, &str)]) {
        let expect: Vec<_> = expect.iter().map(|(line, state, text)| (*line, *state, (*text).to_owned())).collect();
        assert_eq!(found(pieces, words), expect, "{words:?}");
    }

    #[test]
    fn lines_are_joined_across_frames() {
        let log: &[(Source, &[u8])] = &[(OUT, b"all well\nan er"), (OUT, b"ror here\nerror again")];
        check(log, "ERROR", &[(2, 1, "an error here"), (3, 1, "error again")]);
        let all = search(log, "error");
        let second = 13 + 14;
        assert_eq!((all[0].offset, all[0].at), (0, 13 + 9 + 3));
        assert_eq!((all[1].offset, all[1].at), (second, second + 13 + 9));
    }

    #[test]
    fn each_state_of_a_line_is_searched_and_named() {
        let log: &[(Source, &[u8])] = &[
            (OUT, b"start\n"),
            (OUT, b"\r 1% loss=0.5"),
            (OUT, b"\r 2% loss=nan\r"),
            (OUT, b" 3% loss=nan\r\ndone\n"),
        ];
        check(log, "loss=NaN", &[(2, 2, " 2% loss=nan"), (2, 3, " 3% loss=nan")]);
        check(log, "loss=0.5", &[(2, 1, " 1% loss=0.5")]);
        check(log, "done", &[(3, 1, "done")]);
        let overwritten: Vec<_> = search(log, "loss").into_iter().map(|found| found.is_overwritten).collect();
        assert_eq!(overwritten, [true, true, false]);
        check(&[(OUT, b"0.5\r2% nan")], "0.52", &[]);
    }

    #[test]
    fn colours_do_not_hide_a_word_and_are_not_shown() {
        let log: &[(Source, &[u8])] =
            &[(OUT, b"\x1b[32m50%\x1b[0m lo\x1b"), (OUT, b"[1mss=\x1b[31mnan\x1b[0m\x1b[K\x08\n")];
        check(log, "loss=nan", &[(1, 1, "50% loss=nan")]);
        check(log, "\x1b[31mnan\x1b[0m", &[(1, 1, "50% loss=nan")]);
        check(log, "[31m", &[]);
        check(&[(OUT, b"\x1b]0;title\x07 text\x1b")], "title", &[(1, 1, "]0;title text")]);
        assert!(Pattern::text("\x1b[0m\r").is_none(), "that is no text");
    }

    #[test]
    fn the_outputs_never_share_a_line() {
        let log: &[(Source, &[u8])] = &[(ERR, b"needle-"), (OUT, b"a line\n"), (ERR, b"across"), (OUT, b"needle-")];
        check(log, "needle-across", &[(1, 1, "needle-across")]);
        check(log, "needle-", &[(1, 1, "needle-across"), (3, 1, "needle-")]);
        check(log, "needle-a line", &[]);
        let of = |source| {
            let mut search = matcher("needle", Some(source), 1000);
            search_all(&mut search, log);
            search.finish().0.into_iter().map(|found| (found.line, found.source)).collect::<Vec<_>>()
        };
        assert_eq!((of(OUT), of(ERR)), (vec![(3, OUT)], vec![(1, ERR)]), "lines keep their numbers");
    }

    #[test]
    fn a_gap_separates_lines() {
        let note = dropped_note(7) + "\n";
        let with = |note: &str| {
            let log: &[(Source, &[u8])] = &[(OUT, b"begin nee"), (Source::Hven, note.as_bytes()), (OUT, b"dle end\n")];
            found(log, "needle").len()
        };
        assert_eq!((with(&note), with("Stopped after its limit of 5 s.\n")), (0, 1));
        let log: &[(Source, &[u8])] = &[(OUT, b"begin"), (Source::Hven, note.as_bytes()), (OUT, b"end")];
        check(log, "end", &[(3, 1, "end")]);
    }

    #[test]
    fn a_long_state_is_cut_to_the_text_around_the_words() {
        let (x, y) = ("x".repeat(5000), "ö".repeat(5000));
        let text = format!("{x} late-word {y}\n");
        let found = search(&[(OUT, text.as_bytes())], "late-WORD");
        assert_eq!(found.len(), 1);
        let piece = format!("…{} late-word {}…", "x".repeat(159), "ö".repeat(80));
        assert_eq!(found[0].text, piece);
        assert_eq!(found[0].at, 13 + 5001);
        check(&[(OUT, format!("late {x}").as_bytes())], "late", &[(1, 1, &format!("late {}…", "x".repeat(159)))]);
        check(&[(OUT, format!("{x} late  \n").as_bytes())], "late", &[(1, 1, &format!("…{} late", "x".repeat(159)))]);
        let whole = format!("{} late {}", "x".repeat(200), "y".repeat(200));
        check(&[(OUT, whole.as_bytes())], "late", &[(1, 1, &whole)]);
    }

    #[test]
    fn a_line_without_an_end_is_searched_to_its_last_byte() {
        let filling = vec![b'x'; 60_000];
        let mut pieces: Vec<(Source, &[u8])> = vec![(OUT, &filling[..]); 170];
        pieces.insert(60, (OUT, b"first-nee"));
        pieces.insert(61, (ERR, b"apart\n"));
        pieces.insert(62, (OUT, b"dle"));
        pieces.push((OUT, b"second-needle\r"));
        pieces.push((OUT, b"third-needle"));
        let log = frames(&pieces);
        let mut search = matcher("needle", None, 1000);
        for frame in &log {
            search.take(frame);
            let kept = &search.outputs[index(OUT)].seen;
            assert!(kept.text.len() < 2 * GATHERED_BYTES && kept.places.len() < 8, "{} bytes", kept.text.len());
        }
        let (all, is_more) = search.finish();
        let states: Vec<_> = all.iter().map(|found| (found.state, found.is_overwritten, found.at)).collect();
        let at = |frame: usize, byte: u64| log[frame].offset + 13 + byte;
        assert_eq!(states, [(1, true, at(60, 6)), (1, true, at(173, 7)), (2, false, at(174, 6))]);
        assert!(all[0].text.contains("xfirst-needlex") && all[0].text.len() < 400, "{}", all[0].text);
        assert!(all[1].text.ends_with("xsecond-needle") && all[2].text == "third-needle" && !is_more);
    }

    #[test]
    fn neighbouring_matches_share_one_excerpt() {
        let text = format!("needle needle{}needle", "x".repeat(1000));
        let all = search(&[(OUT, text.as_bytes())], "needle");
        assert_eq!(all.iter().map(|found| found.at).collect::<Vec<_>>(), [13, 13 + 1013]);
        let mut search = matcher("needle", None, 2);
        search_all(&mut search, &[(OUT, &b"needle\n"[..]); 9]);
        let (all, is_more) = search.finish();
        assert_eq!((all.len(), is_more), (2, true));
        let mut search = matcher("needle", None, 2);
        search_all(&mut search, &[(OUT, &b"needle\n"[..]); 2]);
        assert!(!search.finish().1, "there is no more than these");
    }

    #[test]
    fn upper_and_lower_case_match() {
        for (text, words) in [("Ä行Ö", "ä行ö"), ("ΟΔΟΣ", "οδος"), ("İstanbul", "İSTANBUL"), ("caf\u{e9}", "CAFÉ")]
        {
            assert_eq!(found(&[(OUT, text.as_bytes())], words).len(), 1, "{words}");
        }
        let bytes = "µ–行".as_bytes();
        let cut: Vec<(Source, &[u8])> = bytes.chunks(1).map(|byte| (OUT, byte)).collect();
        check(&cut, "–行", &[(1, 1, "µ–行")]);
        check(
            &[(OUT, b"\xff bad \xc3"), (ERR, b"x"), (OUT, b" word\xe8")],
            "bad",
            &[(1, 1, "\u{fffd} bad \u{fffd} word\u{fffd}")],
        );
    }

    #[test]
    fn pieces_are_searched_like_the_whole() {
        let texts =
            ["abab\r\nb\x1b[1mab", "é\x1b\x1b[1mx\rab\r\n\nab", "a\x1b[1", "bb\r\rbb\né\r\n", "x\x1b[1mab\x1b[0m\rx"];
        let words = ["a", "ab", "bb", "éx", "x"];
        for (text, words) in texts.into_iter().flat_map(|text| words.map(|words| (text, words))) {
            let whole = found(&[(OUT, text.as_bytes())], words);
            for size in 1..6 {
                let pieces: Vec<(Source, &[u8])> = text.as_bytes().chunks(size).map(|piece| (OUT, piece)).collect();
                assert_eq!(found(&pieces, words), whole, "{words:?} in {text:?} in pieces of {size}");
            }
        }
    }
}
