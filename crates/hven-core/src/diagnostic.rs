//! Diagnostics: an error in a text that a person wrote, with its position. Units, expressions and manifests use them.
//!
//! A diagnostic has byte positions, so that an editor or a page can mark the place, and renders itself for a terminal with a
//! caret under it. Wide letters (CJK) count as two columns, so that the caret is under the right letter.

use std::{fmt, ops::Range};

use serde::{Deserialize, Serialize};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// One error in a source text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// The place, in bytes of the source. Empty when something is missing there.
    pub span: Range<usize>,
    /// The error.
    pub message: String,
    /// How to correct it.
    pub help: Option<String>,
}

/// How many columns of a long line are shown around the place.
const COLUMNS_MAX: usize = 100;

impl Diagnostic {
    pub fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), help: None }
    }
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
    /// The same diagnostic in a larger text in which the source begins at `offset`.
    #[must_use]
    pub fn shifted(mut self, offset: usize) -> Self {
        self.span = self.span.start + offset..self.span.end + offset;
        self
    }

    /// Line and column of the place in `source`, counted from 1; the column in letters.
    pub fn line_and_column(&self, source: &str) -> (usize, usize) {
        let before = &source[..floor_boundary(source, self.span.start)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// The message, the line with carets under the place, and the help.
    pub fn render(&self, source: &str) -> String {
        let start = floor_boundary(source, self.span.start);
        let end = floor_boundary(source, self.span.end).max(start);
        let line_start = source[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = source[start..].find('\n').map_or(source.len(), |at| start + at);
        let end = end.min(line_end);
        let (before, mut cut_before) = last_columns(&source[line_start..start], COLUMNS_MAX / 2);
        let place = &source[start..end];
        let (after, cut_after) = first_columns(&source[end..line_end], COLUMNS_MAX / 2);
        let (place, place_cut) = first_columns(place, COLUMNS_MAX);
        let (after, cut_after) = if place_cut { ("", true) } else { (after, cut_after) };
        let mut lead = String::new();
        if cut_before {
            lead.push('…');
        }
        cut_before = source[..line_start].contains('\n');
        let number = self.line_and_column(source).0;
        // A text of one line needs no line number.
        let gutter = if cut_before || source[line_end..].trim().contains(char::is_alphanumeric) || number > 1 {
            format!("{number} | ")
        } else {
            "  ".to_owned()
        };
        let shown = format!("{lead}{before}{place}{after}{}", if cut_after { "…" } else { "" }).replace('\t', " ");
        let blank = " ".repeat(gutter.width() + lead.width() + columns(before));
        let carets = "^".repeat(columns(place).max(1));
        let shown = format!("{gutter}{shown}");
        let mut text = format!("{}\n{}\n{blank}{carets}", self.message, shown.trim_end());
        if let Some(help) = &self.help {
            text.push_str("\nhelp: ");
            text.push_str(help);
        }
        text
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.help.as_ref().map_or(Ok(()), |help| write!(f, "; {help}"))
    }
}
impl std::error::Error for Diagnostic {}

/// The columns that a text takes in a terminal; a tab is shown as one space.
fn columns(text: &str) -> usize {
    text.chars().map(column_count).sum()
}
fn column_count(letter: char) -> usize {
    if letter == '\t' { 1 } else { letter.width().unwrap_or(0) }
}

/// The end of a text that fits, and whether the text was cut.
fn last_columns(text: &str, columns_max: usize) -> (&str, bool) {
    let mut used = 0;
    for (at, letter) in text.char_indices().rev() {
        used += column_count(letter);
        if used > columns_max {
            return (&text[at + letter.len_utf8()..], true);
        }
    }
    (text, false)
}
/// The beginning of a text that fits, and whether the text was cut.
fn first_columns(text: &str, columns_max: usize) -> (&str, bool) {
    let mut used = 0;
    for (at, letter) in text.char_indices() {
        used += column_count(letter);
        if used > columns_max {
            return (&text[..at], true);
        }
    }
    (text, false)
}

fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn a_caret_stands_under_the_place() {
        let wrong = Diagnostic::new(9..11, "`yt` is not a unit").help("is `yr` meant?");
        assert_snapshot!(wrong.render("period > 5 [yt]".replace("5 ", "").as_str()), @r"
        `yt` is not a unit
          period > [yt]
                   ^^
        help: is `yr` meant?
        ");
        let lines = "[data.x]\nsource = 3\n";
        assert_snapshot!(Diagnostic::new(18..19, "text is wanted").render(lines), @r"
        text is wanted
        2 | source = 3
                     ^
        ");
        assert_eq!(Diagnostic::new(18..19, "").line_and_column(lines), (2, 10));
    }

    #[test]
    fn wide_letters_take_two_columns_and_long_lines_are_cut() {
        assert_snapshot!(Diagnostic::new("周期 > ".len().."周期 > 秒".len(), "what is this").render("周期 > 秒"), @r"
        what is this
          周期 > 秒
                 ^^
        ");
        let long = format!("{}!{}", "a".repeat(1000), "b".repeat(1000));
        let shown = Diagnostic::new(1000..1001, "here").render(&long);
        assert!(shown.lines().all(|line| line.width() < 120), "{shown}");
        assert!(shown.contains("a!b"), "{shown}");
    }

    proptest::proptest! {
        #[test]
        fn rendering_never_panics(source in ".{0,40}(\n.{0,9})?", start in 0_usize..60, length in 0_usize..60) {
            let wrong = Diagnostic::new(start..start + length, "wrong");
            wrong.render(&source);
            wrong.line_and_column(&source);
        }
    }
}
