//! A line of a log as a program writes it for a terminal: a carriage return goes back to the start of the line, and the
//! following text replaces the previous text. So a line has states, and the last state is shown: a progress bar as it ended.
//!
//! A terminal writes a new state over the old one letter by letter, and the rest of a longer one stays until it is erased. Here
//! each state stands alone: that rest belongs to no text, and careful programs pad their states or erase the line. A carriage
//! return before the end of a line, or at the end of the bytes, changes nothing: `\r\n` is the end of a line, and a state that
//! ends with `\r` is shown until the next one begins.

/// The effect of some bytes of one output on its open line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineUpdate<'a> {
    /// The bytes contain a carriage return before the text: it is a new state.
    pub is_new_state: bool,
    pub text: &'a [u8],
    /// A carriage return follows the text.
    pub returns: bool,
    /// The line ends.
    pub ends: bool,
}

/// The updates by some bytes of one output: one for each line. Earlier states of the line within these bytes are skipped.
pub fn updates(bytes: &[u8]) -> impl Iterator<Item = LineUpdate<'_>> {
    bytes.split_inclusive(|byte| *byte == b'\n').map(update)
}

fn update(bytes: &[u8]) -> LineUpdate<'_> {
    let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let whole = without_last_returns(line);
    let start = whole.iter().rposition(|byte| *byte == b'\r').map_or(0, |at| at + 1);
    LineUpdate {
        is_new_state: start > 0,
        text: &whole[start..],
        returns: whole.len() < line.len(),
        ends: line.len() < bytes.len(),
    }
}

/// The bytes without the carriage returns at their end.
pub fn without_last_returns(mut bytes: &[u8]) -> &[u8] {
    while let Some(rest) = bytes.strip_suffix(b"\r") {
        bytes = rest;
    }
    bytes
}

/// The line of one output that has not ended yet.
#[derive(Clone, Debug, Default)]
pub struct OpenLine {
    state: Vec<u8>,
    /// A carriage return came: the next text is a new state.
    has_returned: bool,
}

impl OpenLine {
    /// The text that the line shows now.
    pub fn state(&self) -> &[u8] {
        &self.state
    }

    /// Whether the text of an update replaces the text of the line.
    pub fn is_replaced_by(&self, update: &LineUpdate<'_>) -> bool {
        update.is_new_state || (self.has_returned && !update.text.is_empty())
    }

    /// Applies an update, except for the end of the line.
    pub fn take(&mut self, update: &LineUpdate<'_>) {
        if self.is_replaced_by(update) {
            self.state.clear();
        }
        self.state.extend_from_slice(update.text);
        self.has_returned = update.returns || (self.has_returned && update.text.is_empty());
    }

    /// Ends the line and returns its last state.
    pub fn end(&mut self) -> Vec<u8> {
        self.has_returned = false;
        std::mem::take(&mut self.state)
    }

    /// Keeps only the beginning of a very long state.
    pub fn truncate(&mut self, bytes_max: usize) {
        self.state.truncate(bytes_max);
    }

    /// Drops the text of the state so far; the state continues.
    pub fn clear(&mut self) {
        self.state.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The last state of each line, and of the open one.
    fn lines(pieces: &[&[u8]]) -> Vec<String> {
        let (mut open, mut ended) = (OpenLine::default(), Vec::new());
        for update in pieces.iter().flat_map(|piece| updates(piece)) {
            open.take(&update);
            if update.ends {
                ended.push(open.end());
            }
        }
        ended.push(open.end());
        ended.into_iter().map(|line| String::from_utf8_lossy(&line).into_owned()).collect()
    }

    #[test]
    fn a_line_shows_its_last_state() {
        let check = |bytes: &str, expect: &[&str]| assert_eq!(lines(&[bytes.as_bytes()]), expect, "{bytes:?}");
        check("one\ntwo\n", &["one", "two", ""]);
        check("one\r\n\r\ntwo\r\r\n", &["one", "", "two", ""]);
        check("\r 10%\r 20%\r100%\nfinished\n", &["100%", "finished", ""]);
        check("10%\r20%\r", &["20%"]);
        check("100%\rdone\n", &["done", ""]);
        check("long state\rshort\n", &["short", ""]);
        check("1\r2\r3", &["3"]);
        check("bar\r   \r\n", &["   ", ""]);
        check("bar\r\n\rnext", &["bar", "next"]);
    }

    #[test]
    fn an_update_says_whether_it_begins_a_new_state() {
        let update = |bytes| updates(bytes).next().expect("an update");
        let mut open = OpenLine::default();
        assert!(!open.is_replaced_by(&update(b"10%\r")));
        open.take(&update(b"10%\r"));
        assert!(!open.is_replaced_by(&update(b"\r\n")), "the return before the end of the line");
        assert!(open.is_replaced_by(&update(b"20%")) && open.is_replaced_by(&update(b"\r20%")));
        open.take(&update(b"\r"));
        open.take(&update(b"20"));
        assert!(!open.is_replaced_by(&update(b"%")), "the same state goes on");
        assert_eq!(open.state(), b"20");
    }

    proptest! {
        #[test]
        fn lines_are_the_same_however_they_are_cut(
            parts in prop::collection::vec(prop::sample::select(vec!["a", "bc", "\r", "\n", "\r\n", "é"]), 0..24),
            size in 1_usize..5,
        ) {
            let text = parts.concat();
            let pieces: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
            prop_assert_eq!(lines(&pieces), lines(&[text.as_bytes()]));
        }
    }
}
