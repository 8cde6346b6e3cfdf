//! A search of a log that another request started: where it stopped, and the lines shortly before this place.

use crate::{
    ports::series::LogFrame,
    work::logs::{
        log_matcher::LogMatcher,
        pattern::Pattern,
        search_position::{OpenLine, SearchPosition, TAIL_BYTES_MAX},
        searched_line::{Line, Output},
    },
};

impl LogMatcher {
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
}
