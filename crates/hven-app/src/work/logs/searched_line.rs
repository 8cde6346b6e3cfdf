//! The line of one output while a log is searched: its text as far as it is needed, and the excerpts of it.

use std::collections::VecDeque;

use hven_core::stream::Source;

use crate::work::logs::visible_text::VisibleText;

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
    /// `None` where a search continued and read only the lines shortly before.
    pub line: Option<u64>,
    /// A long line is cut, with `…` at the cut.
    pub text: String,
}

/// Longer states are cut, and (below) this many bytes are shown on both sides of the words.
pub(super) const WHOLE_BYTES_MAX: usize = 480;

pub(super) const AROUND_BYTES: usize = 160;

#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) offset: u64,
}

/// The text of one source: its unfinished line, and the current state of that line.
#[derive(Debug, Default)]
pub(super) struct Output {
    pub(super) line: Option<Line>,
    /// The number of the state, from 1; 0 before the first one.
    pub(super) state: u64,
    /// A carriage return was read, so the next text starts a new state.
    pub(super) has_returned: bool,
    /// The number of matches when the state started.
    pub(super) first_match: usize,
    /// The text of the state, or its end.
    pub(super) seen: VisibleText,
    pub(super) is_cut: bool,
    /// The position up to which the text was searched, and (below) up to which it was shown.
    pub(super) looked_to: usize,
    pub(super) shown_to: usize,
    pub(super) kept: Kept,
}

/// The parts that are kept of one source from line to line.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Earlier matches were reported already, by this search or by the one that it continues.
    pub(super) reported_to: u64,
    /// The last lines that ended, and the number of all that ended.
    pub(super) before: VecDeque<ContextLine>,
    pub(super) ended_lines: usize,
    /// The matches, by number, that still wait for lines after them.
    pub(super) waiting: Vec<usize>,
}

impl Output {
    /// The excerpt of the state for words at these bytes, and the end of the excerpt.
    pub(super) fn excerpt(&self, start: usize, end: usize, is_last: bool) -> (String, usize) {
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
    pub(super) fn shown_line(&self) -> String {
        let text = self.seen.text.trim_end();
        if self.is_cut {
            return format!("…{}", &text[text.ceil_char_boundary(text.len().saturating_sub(WHOLE_BYTES_MAX))..]);
        }
        match text.floor_char_boundary(WHOLE_BYTES_MAX) {
            end if end < text.len() => format!("{}…", &text[..end]),
            _ => text.to_owned(),
        }
    }

    pub(super) fn forget(&mut self, bytes: usize) {
        if bytes > 0 {
            self.seen.forget(bytes);
            self.is_cut = true;
            self.looked_to -= bytes;
            self.shown_to = self.shown_to.saturating_sub(bytes);
        }
    }
}
