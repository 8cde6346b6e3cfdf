//! The words for "no value".

use crate::{
    options::ImportOptions,
    parse::{self, fortran, number, spellings},
};

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
    /// Every spelling of "not a number" means "no value" in a column of numbers.
    nan: bool,
    /// The words that are numbers: cells are compared with them by their value.
    values: Vec<(f64, Vec<u8>)>,
}

impl Nulls {
    pub(crate) fn new<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let first = [false; 256];
        let mut nulls = Self { words: Vec::new(), first, length_max: 0, empty: false, nan: false, values: Vec::new() };
        for word in words {
            let word = parse::trim(word.as_bytes());
            match word.first() {
                Some(first) => nulls.first[usize::from(*first)] = true,
                None => nulls.empty = true,
            }
            nulls.nan |= spellings::is_nan(word);
            if let Some(value) = value(word) {
                nulls.values.push((value, word.to_vec()));
            }
            nulls.length_max = nulls.length_max.max(word.len());
            if !nulls.words.iter().any(|known| known == word) {
                nulls.words.push(word.to_vec());
            }
        }
        nulls
    }
    pub(crate) fn of(options: &ImportOptions) -> Self {
        let said = options.nulls.iter().flatten().map(String::as_str);
        // With the empty text among them, the list is the whole list.
        let is_whole = options.nulls.iter().flatten().any(|word| word.trim().is_empty());
        let usual = DEFAULT_NULLS.iter().copied().filter(|_| !is_whole);
        Self::new(usual.chain(said))
    }
    /// Whether a trimmed cell is one of the words.
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
    /// Whether a trimmed cell in a column of numbers means "no value", as a word or by its value.
    #[inline]
    pub(crate) fn has_number(&self, cell: &[u8]) -> bool {
        self.has(cell) || self.is_number(cell)
    }
    /// Whether the cell is a number that means "no value".
    #[inline]
    pub(crate) fn is_number(&self, cell: &[u8]) -> bool {
        !self.values.is_empty() && self.has_value(cell)
    }
    #[cold]
    #[expect(clippy::float_cmp, reason = "a word stands for exactly one value")]
    fn has_value(&self, cell: &[u8]) -> bool {
        // The largest whole number up to which every one is a 64-bit float.
        const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
        let Some(found) = value(cell) else { return false };
        self.values.iter().any(|(value, word)| {
            *value == found && (found.abs() <= EXACT_MAX || number::significant(cell) == number::significant(word))
        })
    }
    /// Whether every spelling of "not a number" means "no value" in a column of numbers.
    pub(crate) fn has_nan(&self) -> bool {
        self.nan
    }
    /// Whether the cell can be one of the words, by its first byte and its length, or by its value.
    #[inline]
    pub(crate) fn may_be(&self, cell: &[u8]) -> bool {
        !self.values.is_empty()
            || cell.len() <= self.length_max && cell.first().is_none_or(|first| self.may_begin_with(*first))
    }
    /// Whether a word starts with this byte.
    pub(crate) fn may_begin_with(&self, byte: u8) -> bool {
        self.first[usize::from(byte)]
    }
    pub(crate) fn words(&self) -> Vec<String> {
        self.words.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect()
    }
    /// The values of the words that are numbers.
    pub(crate) fn values(&self) -> impl Iterator<Item = f64> {
        self.values.iter().map(|(value, _)| *value)
    }
}

/// The finite number in a cell, with a point or a comma.
fn value(cell: &[u8]) -> Option<f64> {
    if !cell.iter().any(u8::is_ascii_digit) {
        return None;
    }
    let found = number::float64(cell, b'.').or_else(|| number::float64(cell, b',')).or_else(|| {
        let (_, text) = fortran::fortran(cell, b'.')?;
        text.parse().ok()
    });
    found.filter(|value| value.is_finite())
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
            assert!(!nulls.has_number(word.as_bytes()), "{word}");
        }
    }

    #[test]
    fn further_words_are_added_and_numbers_are_compared_by_value() {
        let of = |words: &[&str]| {
            let nulls = Some(words.iter().map(|word| (*word).to_owned()).collect());
            Nulls::of(&ImportOptions { nulls, ..ImportOptions::default() })
        };
        let own = of(&["-999", "1e20", "-99.99"]);
        for word in ["-999", "", "NA", "-999.0", "-9.99e+02", "-0999", "-999,0", "-9.99D+02", "1E+20", "-99.990"] {
            assert!(own.has_number(word.as_bytes()), "{word}");
        }
        assert!(own.has_number(b"100000000000000000000") && !own.has_number(b"100000000000000000001"));
        for word in ["999", "-999.5", "-99", "x", "-9990", "1e21"] {
            assert!(!own.has_number(word.as_bytes()), "{word}");
        }
        assert!(own.has(b"-999") && !own.has(b"-999.0"));
        let whole = of(&["", "-999"]);
        assert!(whole.has(b"") && whole.has(b"-999") && !whole.has(b"NA") && !whole.has_nan());
    }
}
