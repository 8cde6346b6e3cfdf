//! Searches a log: the text of each output by itself, independent of how it was cut into pieces.
//!
//! A line that was overwritten with carriage returns has several states (see [`hven_core::log_line`]). Each state is
//! searched like a line. Control sequences are no text: a word is found even when a colour starts within it. A state
//! may be endless, so the matcher keeps only as many bytes as the words and the excerpt around them need.

use hven_core::stream::{FRAME_HEAD_BYTES, Source, reports_gap};

use crate::{
    ports::series::LogFrame,
    work::logs::{
        pattern::{Pattern, Searched},
        searched_line::{AROUND_BYTES, ContextLine, Line, LogMatch, Output, WHOLE_BYTES_MAX},
        source::index,
    },
};

/// The number of bytes of an unfinished state that are collected before they are searched.
const GATHERED_BYTES: usize = 64 << 10;

/// A match that is longer is not kept until its end has arrived.
const WAITING_BYTES_MAX: usize = 2 * GATHERED_BYTES;

/// How a search of the collected text ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// More text of the state may follow.
    MoreFollows,
    /// Another search goes on with the rest of the state, after the last [`super::search_position::TAIL_BYTES_MAX`] bytes.
    IsCut,
    /// The state has ended.
    HasEnded,
}

/// Reads the frames of a log in order and collects matches.
#[derive(Debug)]
pub(super) struct LogMatcher {
    pub(super) pattern: Pattern,
    /// The source whose lines are searched; `None`: all sources.
    pub(super) source: Option<Source>,
    pub(super) matches_max: usize,
    /// How many lines before and after a match are wanted.
    pub(super) context: usize,
    /// The offset of the frame that is taken now. A match before it is reported even above the limit, because a search
    /// that goes on at this frame would not find it.
    pub(super) frame: u64,
    /// From now on no match is added.
    pub(super) is_closed: bool,
    /// A match was left out because of the limit.
    pub(super) has_left_out: bool,
    /// The number of lines that have started.
    pub(super) lines: u64,
    pub(super) outputs: [Output; 3],
    pub(super) matches: Vec<LogMatch>,
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
