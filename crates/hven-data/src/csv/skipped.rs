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
        assert_eq!(skipped.ranges, [(3, 3), (10, 12)]);
    }
}
