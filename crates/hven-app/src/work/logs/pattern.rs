//! The pattern of a search in logs: a text, of which the case is ignored, or a regular expression.
//!
//! Both take time in proportion to the text that is searched, whatever the pattern is, and a compiled expression has a
//! limited size.

use std::ops::Range;

use regex::{Regex, RegexBuilder};

use crate::{
    kernel::error::{AppError, AppResult},
    work::logs::visible_text::{VisibleText, in_small_letters},
};

/// The pattern as it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternText<'a> {
    /// The text of one line. Case is ignored.
    Text(&'a str),
    Expression {
        text: &'a str,
        ignores_case: bool,
    },
}

#[derive(Clone, Debug)]
pub(super) enum Pattern {
    Text(String),
    Expression(Regex),
}

/// Of a regular expression, the longest match that is found wherever a long line is cut into pieces.
const EXPRESSION_OVERLAP_BYTES: usize = 4 << 10;

/// The largest pattern, in bytes.
const PATTERN_BYTES_MAX: usize = 1 << 10;

/// The memory for a compiled expression, and for what it remembers while it searches.
const COMPILED_BYTES_MAX: usize = 1 << 20;

impl Pattern {
    pub(super) fn new(wanted: PatternText<'_>) -> AppResult<Self> {
        let (PatternText::Text(text) | PatternText::Expression { text, .. }) = wanted;
        if text.len() > PATTERN_BYTES_MAX {
            return Err(AppError::invalid("the search", format!("is longer than {PATTERN_BYTES_MAX} bytes")));
        }
        match wanted {
            PatternText::Text(words) => {
                Self::text(words).ok_or_else(|| AppError::invalid("the search", "needs words of one line"))
            }
            PatternText::Expression { text, ignores_case } => Self::expression(text, ignores_case),
        }
    }

    /// `None` when the words are not the text of one line.
    pub(super) fn text(words: &str) -> Option<Self> {
        let words = words.trim_matches(['\r', '\n']);
        let mut seen = VisibleText::default();
        seen.take(0, words.as_bytes());
        seen.end();
        let is_text = !seen.text.is_empty() && !words.contains(['\r', '\n']);
        is_text.then(|| Self::Text(in_small_letters(&seen.text)))
    }

    fn expression(text: &str, ignores_case: bool) -> AppResult<Self> {
        let compiled = RegexBuilder::new(text)
            .case_insensitive(ignores_case)
            .size_limit(COMPILED_BYTES_MAX)
            .dfa_size_limit(COMPILED_BYTES_MAX)
            .nest_limit(50)
            .build();
        let expression = compiled.map_err(|error| {
            let why = match error {
                regex::Error::CompiledTooBig(_) => "is too large: use smaller repetitions".to_owned(),
                error => format!("cannot be read:\n{error}"),
            };
            AppError::invalid("the regular expression", why)
        })?;
        if expression.is_match("") {
            return Err(AppError::invalid("the regular expression", "matches an empty text, so it finds every line"));
        }
        Ok(Self::Expression(expression))
    }

    /// How many bytes at the end of a piece may be the beginning of a match.
    pub(super) fn overlap_bytes(&self) -> usize {
        match self {
            Self::Text(needle) => needle.len(),
            Self::Expression(_) => EXPRESSION_OVERLAP_BYTES,
        }
    }
}

/// A text that is searched from some byte on.
pub(super) struct Searched<'a> {
    pattern: &'a Pattern,
    text: &'a str,
    from: usize,
    /// The text after `from` in small letters, for a search that ignores case.
    small: String,
}

impl<'a> Searched<'a> {
    pub(super) fn new(pattern: &'a Pattern, text: &'a str, from: usize) -> Self {
        let small = match pattern {
            Pattern::Text(_) => in_small_letters(&text[from..]),
            Pattern::Expression(_) => String::new(),
        };
        Self { pattern, text, from, small }
    }

    /// The first match that starts at this byte or later. An empty match is none.
    pub(super) fn find(&self, at: usize) -> Option<Range<usize>> {
        match self.pattern {
            Pattern::Text(needle) => {
                let start = at + self.small[at - self.from..].find(needle)?;
                Some(start..start + needle.len())
            }
            Pattern::Expression(expression) => {
                let mut at = at;
                while at < self.text.len() {
                    let found = expression.find_at(self.text, at)?;
                    if !found.is_empty() {
                        return Some(found.range());
                    }
                    at = self.text.ceil_char_boundary(found.end() + 1);
                }
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, expect: &str) {
        let refused = Pattern::new(PatternText::Expression { text, ignores_case: false });
        let error = refused.expect_err("it is refused").to_string();
        assert!(error.contains(expect), "{text:?}: {error}");
    }

    #[test]
    fn expressions_that_find_nothing_useful_or_need_much_memory_are_refused() {
        refused("a(", "cannot be read");
        refused("x*", "matches an empty text");
        refused("$", "matches an empty text");
        refused("(a{1000}){1000}", "too large");
        refused(&"(".repeat(200), "cannot be read");
        refused(&"a".repeat(PATTERN_BYTES_MAX + 1), "longer than");
    }

    #[test]
    fn empty_matches_are_left_out() {
        let pattern = Pattern::new(PatternText::Expression { text: r"\b(|x+)", ignores_case: false });
        let pattern = pattern.expect("it does not match an empty text");
        let all = |text: &str| {
            let searched = Searched::new(&pattern, text, 0);
            std::iter::successors(searched.find(0), |found| searched.find(found.end)).collect::<Vec<_>>()
        };
        assert!(all("é – a").is_empty());
    }
}
