//! The lines before a table: comments, and a spreadsheet's line `sep=;`.

use super::skipped::SkippedLines;
use crate::parse;

/// How many lines before the table are kept.
const LINES_MAX: usize = 100;
/// How many characters of each such line are kept.
const CHARS_MAX: usize = 1000;

/// The lines before a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Preamble {
    pub lines: Vec<String>,
    /// The last comments with their lines, the last one first, without the signs at the start.
    pub comments: Vec<(u64, Vec<u8>)>,
    /// How comments begin.
    pub prefix: Option<Vec<u8>>,
    /// The delimiter that a spreadsheet declares.
    pub delimiter: Option<u8>,
    /// The position and the line of the table.
    pub end: usize,
    pub line: u64,
}

/// How many comments before the table may hold its names.
const COMMENTS_KEPT: usize = 3;

/// Reads the lines before the table in the first bytes of a file.
pub(crate) fn preamble(head: &[u8], line_end: u8, comment: Option<&str>, skipped: &SkippedLines) -> Preamble {
    let mut found = Preamble { line: 1, ..Preamble::default() };
    let (mut at, mut line) = (0, 1);
    // Empty lines count only if a comment or a line that is left out follows.
    while let Some(length) = memchr::memchr(line_end, &head[at..]) {
        let text = &head[at..at + length];
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let next = at + length + 1;
        let prefix = comment_prefix(text, comment, &head[next..], line_end);
        match (text, prefix) {
            _ if skipped.has(line) => {}
            ([b's', b'e', b'p', b'=', sign], _) if at == 0 && sign.is_ascii_punctuation() => {
                found.delimiter = Some(*sign);
                found.keep(text);
            }
            (_, Some(prefix)) => {
                found.keep(text);
                found.comments.insert(0, (line, without_signs(text, prefix)));
                found.comments.truncate(COMMENTS_KEPT);
                found.prefix = Some(text[..prefix].to_vec());
            }
            // A line of blanks is never a row of names.
            (text, None) if parse::trim(text).is_empty() && !text.is_empty() => {}
            ([], None) => {
                (at, line) = (next, line + 1);
                continue;
            }
            _ => break,
        }
        (at, line) = (next, line + 1);
        (found.end, found.line) = (at, line);
    }
    found
}

impl Preamble {
    fn keep(&mut self, text: &[u8]) {
        if self.lines.len() < LINES_MAX {
            self.lines.push(parse::shown(text).chars().take(CHARS_MAX).collect());
        }
    }
}

/// The length of the sign that makes the line a comment.
fn comment_prefix(text: &[u8], comment: Option<&str>, rest: &[u8], line_end: u8) -> Option<usize> {
    if let Some(comment) = comment
        && text.starts_with(comment.as_bytes())
    {
        return Some(comment.len());
    }
    match text {
        // A column that is called `#`.
        [b'#' | b'%' | b'!', b',' | b';' | b'\t' | b'|', ..] => None,
        [b'#' | b'%' | b'!', ..] => Some(1),
        // A semicolon begins comments only where it divides nothing.
        [b';', b' ' | b';', ..] => {
            let lines = || std::iter::once(text).chain(rest.split(|byte| *byte == line_end)).take(50);
            let is_divided = |line: &[u8]| line.iter().skip_while(|byte| **byte == b';').any(|byte| *byte == b';');
            (!lines().any(is_divided)).then_some(1)
        }
        _ => None,
    }
}

/// The text of a comment without the signs and blanks at its start.
fn without_signs(text: &[u8], prefix: usize) -> Vec<u8> {
    let sign = text[0];
    let rest = &text[prefix..];
    let start = rest.iter().position(|byte| *byte != sign).unwrap_or(rest.len());
    parse::trim(&rest[start..]).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_before_the_table() {
        let check = |text: &str, comment: Option<&str>, kept: usize, line: u64, last: Option<&str>| {
            let found = preamble(text.as_bytes(), b'\n', comment, &SkippedLines::default());
            let comment = found.comments.first().map(|(_, text)| parse::shown(text));
            assert_eq!((found.lines.len(), found.line, comment.as_deref()), (kept, line, last), "{text:?}");
        };
        check("a,b\n1,2\n", None, 0, 1, None);
        check("# by hand\n## x y\n1 2\n", None, 2, 3, Some("x y"));
        check("sep=;\na;b\n", None, 1, 2, None);
        check("#,x\n1,2\n", None, 0, 1, None);
        check("#a,b\n1,2\n", None, 1, 2, Some("a,b"));
        check("% t x\n1 2\n", None, 1, 2, Some("t x"));
        check("! t x\n\n! s m\n1 2\n", None, 2, 4, Some("s m"));
        check("; t x\n1 2\n", None, 1, 2, Some("t x"));
        check("; t x\n1;2\n", None, 0, 1, None);
        check("// t x\n1 2\n", Some("//"), 1, 2, Some("t x"));
        check("\n\na,b\n", None, 0, 1, None);
        check("  \na,b\n", None, 0, 2, None);
    }
}
