//! Rewrites text tables that are not divided by one sign, line by line: columns divided by blanks, columns of fixed widths,
//! comments between rows, lines that the caller leaves out. All later steps read cells with a delimiter between them. A line
//! stays a line, so that its number stays true; one that is left out becomes empty.

use std::{
    fs::File,
    io::{BufRead, BufReader, BufWriter, Seek, SeekFrom, Write},
    path::Path,
};

use super::skipped::SkippedLines;
use crate::error::{AtPath, Result};

/// The delimiter between cells that were divided by blanks or widths. No ordinary text has this control character.
pub(crate) const CELL_END: u8 = 0x1f;

/// How the cells of a line are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// As they are, with a delimiter.
    Delimiter(u8),
    /// At one or more blanks.
    Blanks,
    /// At these letters, from 0; the first is 0.
    Fixed(Vec<usize>),
}

/// The changes to the lines of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rewriting {
    pub cut: Cut,
    /// The starts of lines that are comments.
    pub comments: Vec<Vec<u8>>,
    pub skipped: SkippedLines,
    pub quote: u8,
    pub line_end: u8,
    /// Lines before this one are left out: they stand before the table.
    pub first_line: u64,
    /// The lines of a table of one column that are empty are rows.
    pub has_blank_rows: bool,
    /// The first line is cut at its blanks if it has one word for each column: names are often wider than their columns.
    pub cuts_names_at_blanks: bool,
}

/// The lines that were left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LeftOut {
    pub comments: u64,
    pub skipped: u64,
    /// The first comment between rows, with its line.
    pub first: Option<(u64, String)>,
    /// The lines of the file.
    pub lines: u64,
}

/// The state between two lines.
#[derive(Clone, Debug, Default)]
struct State {
    line: u64,
    is_quoted: bool,
    left_out: LeftOut,
}

impl Rewriting {
    pub(crate) fn is_needed(&self) -> bool {
        !self.comments.is_empty() || !self.skipped.is_empty() || !matches!(self.cut, Cut::Delimiter(_))
    }

    /// The first bytes of a file, which end with a whole line.
    pub(crate) fn head(&self, head: &[u8]) -> Vec<u8> {
        let (mut state, mut out) = (State::default(), Vec::with_capacity(head.len()));
        for line in head.split_inclusive(|byte| *byte == self.line_end) {
            self.line(line, &mut state, &mut out);
        }
        out
    }

    /// A whole file after its byte order mark.
    pub(crate) fn file(
        &self,
        source: &Path,
        skip: u64,
        target: &Path,
        progress: &mut dyn FnMut(u64),
    ) -> Result<LeftOut> {
        let mut input = File::open(source).at(source)?;
        input.seek(SeekFrom::Start(skip)).at(source)?;
        let mut input = BufReader::with_capacity(1 << 20, input);
        let mut output = BufWriter::with_capacity(1 << 20, File::create(target).at(target)?);
        let (mut state, mut line, mut out) = (State::default(), Vec::new(), Vec::new());
        let (mut done, mut told) = (0, 0);
        loop {
            line.clear();
            out.clear();
            let count = input.read_until(self.line_end, &mut line).at(source)?;
            if count == 0 {
                break;
            }
            self.line(&line, &mut state, &mut out);
            output.write_all(&out).at(target)?;
            done += count as u64;
            if done - told > 1 << 22 {
                told = done;
                progress(done);
            }
        }
        output.flush().at(target)?;
        state.left_out.lines = state.line;
        Ok(state.left_out)
    }

    /// Rewrites one line with its line end.
    fn line(&self, line: &[u8], state: &mut State, out: &mut Vec<u8>) {
        state.line += 1;
        let (text, end) = self.without_end(line);
        let is_inside = state.is_quoted;
        if state.line < self.first_line {
            out.extend_from_slice(end);
        } else if self.skipped.has(state.line) {
            state.left_out.skipped += 1;
            out.extend_from_slice(end);
        } else if !is_inside && self.comments.iter().any(|comment| text.starts_with(comment)) {
            state.left_out.comments += 1;
            state
                .left_out
                .first
                .get_or_insert_with(|| (state.line, crate::parse::shown(text).chars().take(80).collect()));
            out.extend_from_slice(end);
        } else {
            match &self.cut {
                Cut::Delimiter(delimiter) => {
                    if text.is_empty() && !is_inside && self.has_blank_rows {
                        out.push(b' ');
                    }
                    state.is_quoted = self.is_quoted_after(text, *delimiter, is_inside);
                    out.extend_from_slice(line);
                }
                Cut::Fixed(starts)
                    if self.cuts_names_at_blanks
                        && state.line == self.first_line
                        && words(text, self.quote).count() == starts.len() =>
                {
                    self.cut_blanks(text, out);
                    out.extend_from_slice(end);
                }
                Cut::Blanks => {
                    self.cut_blanks(text, out);
                    out.extend_from_slice(end);
                }
                Cut::Fixed(starts) => {
                    self.cut_fixed(text, starts, out);
                    out.extend_from_slice(end);
                }
            }
        }
    }

    fn without_end<'a>(&self, line: &'a [u8]) -> (&'a [u8], &'a [u8]) {
        let text = line.strip_suffix(&[self.line_end]).unwrap_or(line);
        let text = if self.line_end == b'\n' { text.strip_suffix(b"\r").unwrap_or(text) } else { text };
        line.split_at(text.len())
    }

    /// Whether a quoted cell goes on in the next line.
    fn is_quoted_after(&self, text: &[u8], delimiter: u8, mut is_inside: bool) -> bool {
        let mut at = 0;
        loop {
            if is_inside {
                let Some(found) = memchr::memchr(self.quote, &text[at..]) else { return true };
                at += found + 1;
                if text.get(at) == Some(&self.quote) {
                    at += 1;
                    continue;
                }
                is_inside = false;
            } else if text.get(at) == Some(&self.quote) {
                (is_inside, at) = (true, at + 1);
                continue;
            }
            match memchr::memchr(delimiter, &text[at..]) {
                Some(found) => at += found + 1,
                None => return false,
            }
        }
    }

    fn cut_blanks(&self, text: &[u8], out: &mut Vec<u8>) {
        for (number, cell) in words(text, self.quote).enumerate() {
            if number > 0 {
                out.push(CELL_END);
            }
            self.push(cell, out);
        }
    }

    fn cut_fixed(&self, text: &[u8], starts: &[usize], out: &mut Vec<u8>) {
        if crate::parse::trim(text).is_empty() {
            return;
        }
        for (number, cell) in fields(text, starts).enumerate() {
            if number > 0 {
                out.push(CELL_END);
            }
            let cell = crate::parse::trim(cell);
            // A quote at the start of a field is an ordinary letter.
            if cell.first() == Some(&self.quote) { self.push_quoted(cell, out) } else { self.push(cell, out) }
        }
    }

    fn push(&self, cell: &[u8], out: &mut Vec<u8>) {
        let is_quoted = cell.first() == Some(&self.quote);
        if is_quoted && quoted_end(cell, self.quote) != cell.len() || !is_quoted && cell.contains(&CELL_END) {
            self.push_quoted(cell, out);
        } else {
            out.extend_from_slice(cell);
        }
    }

    fn push_quoted(&self, cell: &[u8], out: &mut Vec<u8>) {
        out.push(self.quote);
        for byte in cell {
            out.push(*byte);
            if *byte == self.quote {
                out.push(*byte);
            }
        }
        out.push(self.quote);
    }
}

/// The words of a line that blanks divide. A word in quotes may contain blanks.
pub(crate) fn words(text: &[u8], quote: u8) -> impl Iterator<Item = &[u8]> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let mut rest = text;
    std::iter::from_fn(move || {
        let start = rest.iter().position(|byte| !is_blank(byte))?;
        rest = &rest[start..];
        let from = if rest.first() == Some(&quote) { quoted_end(rest, quote) } else { 0 };
        let end = rest[from..].iter().position(is_blank).map_or(rest.len(), |at| from + at);
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}

/// The position after the closing quote; 0 if there is none.
fn quoted_end(text: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while let Some(found) = memchr::memchr(quote, &text[at..]) {
        at += found + 1;
        if text.get(at) != Some(&quote) {
            return at;
        }
        at += 1;
    }
    0
}

/// The parts of a line that begin at these letters.
pub(crate) fn fields<'a>(text: &'a [u8], starts: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    let position = letter_positions(text);
    let at = move |letter: usize| position.get(letter).copied().unwrap_or(text.len());
    (0..starts.len()).map(move |number| {
        let end = starts.get(number + 1).map_or(text.len(), |next| at(*next));
        &text[at(starts[number]).min(end)..end]
    })
}

/// The positions of the letters in bytes.
fn letter_positions(text: &[u8]) -> Vec<usize> {
    (0..text.len()).filter(|at| text[*at] & 0xc0 != 0x80).collect()
}

/// The starts of the columns that positions divide which are blank in all lines. The first one is 0.
pub(crate) fn found_starts<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Vec<usize> {
    let mut written: Vec<bool> = Vec::new();
    for line in lines {
        for (letter, at) in letter_positions(line).into_iter().enumerate() {
            if written.len() <= letter {
                written.push(false);
            }
            written[letter] |= !matches!(line[at], b' ' | b'\t');
        }
    }
    let begins = |at: &usize| written[*at] && (*at == 0 || !written[*at - 1]);
    let mut starts: Vec<usize> = (0..written.len()).filter(begins).collect();
    if let Some(first) = starts.first_mut() {
        *first = 0;
    }
    starts
}

/// The starts of columns of these widths.
pub(crate) fn starts_of(widths: &[u32]) -> Vec<usize> {
    let ends = widths.iter().scan(0, |at, width| {
        let start = *at;
        *at += *width as usize;
        Some(start)
    });
    ends.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewriting(cut: Cut) -> Rewriting {
        Rewriting {
            cut,
            comments: Vec::new(),
            skipped: SkippedLines::default(),
            quote: b'"',
            line_end: b'\n',
            first_line: 1,
            has_blank_rows: false,
            cuts_names_at_blanks: false,
        }
    }

    fn shown(rewriting: &Rewriting, text: &str) -> String {
        String::from_utf8(rewriting.head(text.as_bytes())).expect("text").replace('\x1f', "|")
    }

    #[test]
    fn lines_are_cut_at_blanks() {
        let blanks = rewriting(Cut::Blanks);
        assert_eq!(shown(&blanks, "  1    1   1971.042\n\n2\t3 \r\n"), "1|1|1971.042\n\n2|3\r\n");
        assert_eq!(shown(&blanks, "\"a b\" 1 \"c \"\"d\"\n\"open x\n"), "\"a b\"|1|\"c \"\"d\"\n\"\"\"open\"|x\n");
    }

    #[test]
    fn lines_are_cut_at_widths() {
        let text = "  Äx  1.5\nabc    2\n  d  234\n";
        let lines: Vec<&[u8]> = text.as_bytes().split(|byte| *byte == b'\n').collect();
        assert_eq!(found_starts(lines.into_iter()), [0, 5]);
        assert_eq!(shown(&rewriting(Cut::Fixed(vec![0, 4])), text), "Äx|1.5\nabc|2\nd|234\n");
        assert_eq!(
            shown(&rewriting(Cut::Fixed(starts_of(&[1, 2, 3]))), "abc\n\nabcdef ghi\n"),
            "a|bc|\n\na|bc|def ghi\n"
        );
    }

    #[test]
    fn lines_are_left_out_and_keep_their_numbers() {
        let skipped = crate::ImportOptions { skip_lines: Some(vec!["2".to_owned()]), ..Default::default() };
        let rewriting = Rewriting {
            comments: vec![b"#".to_vec()],
            skipped: SkippedLines::of(&skipped).expect("lines"),
            ..rewriting(Cut::Delimiter(b','))
        };
        assert_eq!(shown(&rewriting, "a,b\nx\n# y\n1,\"2\n# 3\"\n#\n"), "a,b\n\n\n1,\"2\n# 3\"\n\n");
        let one = Rewriting { has_blank_rows: true, first_line: 2, ..rewriting };
        assert_eq!(shown(&one, "// x\nx\na\n\n#\nb\n"), "\n\na\n \n\nb\n");
    }

    proptest::proptest! {
        /// Every rewriting keeps the number of lines, and a table of words without blanks keeps its cells.
        #[test]
        fn lines_stay_lines(text in "[ab\" \t#,\r\n]{0,60}", starts in proptest::collection::btree_set(1_usize..20, 0..4)) {
            let starts: Vec<usize> = std::iter::once(0).chain(starts).collect();
            for cut in [Cut::Blanks, Cut::Fixed(starts), Cut::Delimiter(b',')] {
                let rewriting = Rewriting { comments: vec![b"#".to_vec()], ..rewriting(cut) };
                let out = rewriting.head(text.as_bytes());
                let lines = |bytes: &[u8]| memchr::memchr_iter(b'\n', bytes).count();
                proptest::prop_assert_eq!(lines(&out), lines(text.as_bytes()));
            }
        }
        #[test]
        fn words_are_read_back(rows in proptest::collection::vec(proptest::collection::vec("[a-z0-9.é-]{1,8}", 3), 1..8), gap in 1_usize..4) {
            let text = |between: &str| rows.iter().map(|row| row.join(between) + "\n").collect::<String>();
            proptest::prop_assert_eq!(shown(&rewriting(Cut::Blanks), &text(&" ".repeat(gap))), text("|"));
        }
    }
}
