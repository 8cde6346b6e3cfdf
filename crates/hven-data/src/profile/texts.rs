//! Profiles of text: the most frequent values, the number of different values, the lengths.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

use arrow_array::{Array, DictionaryArray, cast::AsArray, types::Int32Type};
use hven_core::dataset::{
    Cell, Profile,
    profile::{Distinct, Extreme, Frequent},
};
use xxhash_rust::xxh3::xxh3_128;

use super::{distinct_count::DistinctCount, extremes::Ends};

/// How many different values are counted exactly.
const COUNTED_MAX: usize = 1 << 17;
const FREQUENT_SHOWN: usize = 20;
/// How many characters of a text are shown.
const SHOWN_CHARS: usize = 200;

/// The accumulated texts.
#[derive(Default)]
pub(super) struct Texts {
    /// Keyed by a hash of 128 bits, in which collisions do not occur in practice.
    counts: HashMap<u128, Counted, BuildHasherDefault<AsIs>>,
    counted_max: Option<usize>,
    /// Used only if there are too many different texts for exact counts.
    distinct: Option<DistinctCount>,
    /// How much too small counts may be.
    error: u64,
    longest_chars: u64,
    count: u64,
    smallest: Ends<String>,
    largest: Ends<String>,
}

struct Counted {
    count: u64,
    text: Box<str>,
}

/// A hasher for keys that are hashes already.
#[derive(Default)]
struct AsIs(u64);
impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        // Never called, because keys are whole numbers.
        self.0 = bytes.iter().fold(self.0, |hash, byte| hash.rotate_left(8) ^ u64::from(*byte));
    }
    fn write_u128(&mut self, value: u128) {
        self.0 = value as u64;
    }
}

impl Texts {
    /// Adds dictionary-encoded texts: each word once with its count.
    pub(super) fn add_words(&mut self, array: &DictionaryArray<Int32Type>, first: u64) {
        let words = array.values().as_string::<i32>();
        let mut seen: Vec<(u64, u64)> = vec![(0, 0); words.len()];
        for (row, place) in array.keys().iter().enumerate() {
            if let Some(seen) = place.and_then(|place| seen.get_mut(place as usize)) {
                if seen.0 == 0 {
                    seen.1 = first + row as u64;
                }
                seen.0 += 1;
            }
        }
        for (word, (count, row)) in words.iter().zip(seen) {
            if let Some(word) = word
                && count > 0
            {
                self.add(word, row, count);
            }
        }
    }

    /// Adds a text that occurs `count` times, first in this row.
    pub(super) fn add(&mut self, text: &str, row: u64, count: u64) {
        self.count += count;
        self.smallest.add(text, row, |a, b| a < b.as_str(), |a, b| a == b, str::to_owned);
        self.largest.add(text, row, |a, b| a > b.as_str(), |a, b| a == b, str::to_owned);
        // A text has at most as many letters as bytes.
        if text.len() as u64 > self.longest_chars {
            self.longest_chars = self.longest_chars.max(text.chars().count() as u64);
        }
        let hash = xxh3_128(text.as_bytes());
        if let Some(counted) = self.counts.get_mut(&hash) {
            counted.count += count;
            return;
        }
        if self.counts.len() >= self.counted_max.unwrap_or(COUNTED_MAX) {
            self.make_room();
        }
        // A text with a count was already added to the estimate.
        if let Some(distinct) = &mut self.distinct {
            distinct.add(hash as u64);
        }
        self.counts.insert(hash, Counted { count, text: shown(text).into() });
    }

    /// Subtracts the median count from all counts and removes the texts without a rest (Misra and Gries); frequent texts stay.
    fn make_room(&mut self) {
        if self.distinct.is_none() {
            let mut distinct = DistinctCount::new();
            for hash in self.counts.keys() {
                distinct.add(*hash as u64);
            }
            self.distinct = Some(distinct);
        }
        let mut counts: Vec<u64> = self.counts.values().map(|counted| counted.count).collect();
        let middle = counts.len() / 2;
        let median = *counts.select_nth_unstable(middle).1;
        self.counts.retain(|_, counted| {
            counted.count = counted.count.saturating_sub(median);
            counted.count > 0
        });
        self.error += median;
    }

    pub(super) fn finish(self) -> Profile {
        let distinct = match &self.distinct {
            None => Distinct { count: self.counts.len() as u64, exact: true },
            Some(estimate) => Distinct { count: estimate.estimate().min(self.count), exact: false },
        };
        let mut frequent: Vec<Counted> = self.counts.into_values().collect();
        // Order ties by text, so that the result does not depend on the order of the map.
        frequent.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.text.cmp(&b.text)));
        // If all values are different, none is frequent.
        frequent.retain(|one| one.count > 1 || (distinct.exact && distinct.count <= FREQUENT_SHOWN as u64));
        frequent.truncate(FREQUENT_SHOWN);
        let extremes = |ends: Ends<String>| {
            let extreme = |(text, row): (String, u64)| Extreme { value: Cell::Text(shown(&text).to_owned()), row };
            ends.into_vec().into_iter().map(extreme).collect::<Vec<_>>()
        };
        Profile {
            distinct,
            frequent: frequent
                .into_iter()
                .map(|one| Frequent { value: Cell::Text(one.text.into()), count: one.count })
                .collect(),
            frequent_error: self.error,
            longest_chars: (self.count > 0).then_some(self.longest_chars),
            smallest: extremes(self.smallest),
            largest: extremes(self.largest),
            ..Profile::default()
        }
    }
}

fn shown(text: &str) -> &str {
    text.char_indices().nth(SHOWN_CHARS).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_texts_are_counted_exactly() {
        let mut texts = Texts::default();
        for (row, text) in ["b", "a", "b", "", "é€"].into_iter().enumerate() {
            texts.add(text, row as u64, 1);
        }
        let found = texts.finish();
        assert_eq!(found.distinct, Distinct { count: 4, exact: true });
        let frequent: Vec<String> = found.frequent.iter().map(|it| format!("{:?} {}", it.value, it.count)).collect();
        assert_eq!(frequent, ["Text(\"b\") 2", "Text(\"\") 1", "Text(\"a\") 1", "Text(\"é€\") 1"]);
        assert_eq!((found.longest_chars, found.frequent_error), (Some(2), 0));
        assert_eq!(found.smallest[0], Extreme { value: Cell::Text(String::new()), row: 3 });
        assert_eq!(found.largest[0], Extreme { value: Cell::Text("é€".into()), row: 4 });
    }

    #[test]
    fn among_many_texts_the_frequent_ones_are_found() {
        let mut texts = Texts { counted_max: Some(100), ..Texts::default() };
        for row in 0..20_000_u64 {
            texts.add(&format!("once {row}"), row, 1);
            if row % 10 == 0 {
                texts.add("often", row, 1);
            }
        }
        let found = texts.finish();
        assert!(!found.distinct.exact && found.distinct.count.abs_diff(20_001) < 600, "{:?}", found.distinct);
        let often = found.frequent.first().expect("one is frequent");
        assert_eq!(often.value, Cell::Text("often".into()));
        assert!(
            often.count <= 2000 && often.count + found.frequent_error >= 2000,
            "{often:?} {}",
            found.frequent_error
        );
    }
}
