//! The lines that the caller leaves out.

use crate::{
    error::{Error, Result},
    options::ImportOptions,
};

/// Ranges of lines from 1, both ends inclusive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SkippedLines {
    ranges: Vec<(u64, u64)>,
}

impl SkippedLines {
    /// # Errors
    /// [`Error::BadOption`] for a text that is neither a number nor a range.
    pub(crate) fn of(options: &ImportOptions) -> Result<Self> {
        let texts = options.skip_lines.iter().flatten();
        let ranges = texts.map(|text| range(text)).collect::<Result<_>>()?;
        Ok(Self { ranges })
    }
    pub(crate) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }
    pub(crate) fn has(&self, line: u64) -> bool {
        self.ranges.iter().any(|(first, last)| (*first..=*last).contains(&line))
    }
    /// The last line at which a range begins.
    pub(crate) fn last_begin(&self) -> u64 {
        self.ranges.iter().map(|(first, _)| *first).max().unwrap_or(0)
    }
}

fn range(text: &str) -> Result<(u64, u64)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.trim().parse(), last.trim().parse()) {
        (Ok(first), Ok(last)) if first > 0 && first <= last => Ok((first, last)),
        _ => Err(Error::BadOption {
            option: "skip_lines",
            why: format!("{text:?} names no lines: write a number from 1 such as 3, or a range such as 10-14"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_ranges() {
        let lines = Some(vec!["3".to_owned(), "10-12".to_owned()]);
        let skipped = SkippedLines::of(&ImportOptions { skip_lines: lines, ..ImportOptions::default() });
        let skipped = skipped.expect("understood");
        let found: Vec<u64> = (0..20).filter(|line| skipped.has(*line)).collect();
        assert_eq!(found, [3, 10, 11, 12]);
        assert_eq!((skipped.last_begin(), skipped.is_empty()), (10, false));
    }
}
