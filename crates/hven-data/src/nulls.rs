//! The words for "no value".

use crate::options::ImportOptions;

/// Cells that mean "no value" unless the caller names others. An empty cell in quotes is an empty text.
pub const DEFAULT_NULLS: &[&str] =
    &["", "NA", "N/A", "n/a", "NaN", "nan", "NAN", "null", "NULL", "None", "-", "--", "#N/A", "<NA>"];

/// The words for "no value", for fast look-up.
#[derive(Clone, Debug)]
pub(crate) struct Nulls {
    words: Vec<Vec<u8>>,
    first: [bool; 256],
    length_max: usize,
    empty: bool,
}

impl Nulls {
    pub(crate) fn new<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut nulls = Self { words: Vec::new(), first: [false; 256], length_max: 0, empty: false };
        for word in words {
            let word = crate::parse::trim(word.as_bytes());
            match word.first() {
                Some(first) => nulls.first[usize::from(*first)] = true,
                None => nulls.empty = true,
            }
            nulls.length_max = nulls.length_max.max(word.len());
            nulls.words.push(word.to_vec());
        }
        nulls
    }
    pub(crate) fn of(options: &ImportOptions) -> Self {
        match &options.nulls {
            Some(words) => Self::new(words.iter().map(String::as_str)),
            None => Self::new(DEFAULT_NULLS.iter().copied()),
        }
    }
    /// Whether a trimmed cell means "no value".
    #[inline]
    pub(crate) fn has(&self, cell: &[u8]) -> bool {
        match cell.first() {
            None => self.empty,
            Some(first) => {
                self.first[usize::from(*first)]
                    && cell.len() <= self.length_max
                    && self.words.iter().any(|word| word == cell)
            }
        }
    }
    /// Whether the cell can be one of the words, by its first byte and its length.
    #[inline]
    pub(crate) fn may_be(&self, cell: &[u8]) -> bool {
        cell.len() <= self.length_max && cell.first().is_none_or(|first| self.may_begin_with(*first))
    }
    /// Whether a word starts with this byte.
    pub(crate) fn may_begin_with(&self, byte: u8) -> bool {
        self.first[usize::from(byte)]
    }
    pub(crate) fn words(&self) -> Vec<String> {
        self.words.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nulls_are_exactly_the_words() {
        let nulls = Nulls::of(&ImportOptions::default());
        for word in DEFAULT_NULLS {
            assert!(nulls.has(word.as_bytes()), "{word}");
        }
        for word in ["0", "na", "none", "---", "Nan ", "nope"] {
            assert!(!nulls.has(word.as_bytes()), "{word}");
        }
        let own = Nulls::of(&ImportOptions { nulls: Some(vec!["-999".to_owned()]), ..Default::default() });
        assert!(own.has(b"-999") && !own.has(b"") && !own.has(b"NA"));
    }
}
