//! Finds a text in a log that is read in pieces. A match may cross frames, windows and parts, but not sources: each source
//! is searched on its own.

use std::ops::Range;

use bytes::Bytes;
use hven_core::stream::Source;

/// For each source, an offset in its bytes.
pub(super) type Places = [u64; 3];

const fn index(source: Source) -> usize {
    match source {
        Source::Stdout => 0,
        Source::Stderr => 1,
        Source::Hven => 2,
    }
}

/// The first position of `needle` in `text`.
pub(super) fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut at = 0;
    while at + needle.len() <= text.len() {
        at += text[at..=text.len() - needle.len()].iter().position(|b| *b == first)?;
        if text[at..].starts_with(needle) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// Searches pieces in their order, and keeps only the bytes at the end that may start a match.
#[derive(Debug)]
pub(super) struct Search<'a> {
    needle: &'a [u8],
    seen: Places,
    open: [Vec<u8>; 3],
    found: [Vec<Range<u64>>; 3],
}

impl<'a> Search<'a> {
    pub(super) fn new(needle: &'a [u8]) -> Self {
        Self { needle, seen: [0; 3], open: Default::default(), found: Default::default() }
    }

    pub(super) fn take(&mut self, source: Source, bytes: &[u8]) {
        let i = index(source);
        let open = &mut self.open[i];
        open.extend_from_slice(bytes);
        self.seen[i] += bytes.len() as u64;
        let first = self.seen[i] - open.len() as u64;
        let mut at = 0;
        while let Some(offset) = find(&open[at..], self.needle) {
            let start = first + (at + offset) as u64;
            self.found[i].push(start..start + self.needle.len() as u64);
            at += offset + self.needle.len();
        }
        let kept = (open.len() - at).min(self.needle.len().saturating_sub(1));
        open.drain(..open.len() - kept);
    }

    /// Notes that the next piece does not follow the previous one, because bytes between them are missing.
    pub(super) fn interrupt(&mut self) {
        self.open.iter_mut().for_each(Vec::clear);
    }

    pub(super) const fn seen(&self) -> Places {
        self.seen
    }

    pub(super) fn finish(self) -> Matches {
        Matches { places: self.found }
    }
}

/// The ranges of the matches, in the bytes of each source.
#[derive(Debug)]
pub(super) struct Matches {
    places: [Vec<Range<u64>>; 3],
}

impl Matches {
    pub(super) fn count(&self) -> u64 {
        self.places.iter().map(|places| places.len() as u64).sum()
    }

    /// Whether a match overlaps the range between two positions.
    pub(super) fn overlaps(&self, from: Places, to: Places) -> bool {
        (0..3).any(|i| overlapping(&self.places[i], from[i], to[i]).next().is_some())
    }

    /// Starts the second reading, at a position.
    pub(super) const fn from(&self, at: Places) -> SecondReading<'_> {
        SecondReading { found: self, at }
    }
}

fn overlapping(places: &[Range<u64>], from: u64, to: u64) -> impl Iterator<Item = &Range<u64>> {
    let first = places.partition_point(|place| place.end <= from);
    places[first..].iter().take_while(move |place| place.start < to)
}

/// The second reading: it returns the ranges of each piece that must be erased.
#[derive(Debug)]
pub(super) struct SecondReading<'a> {
    found: &'a Matches,
    at: Places,
}

impl SecondReading<'_> {
    pub(super) fn take(&mut self, source: Source, bytes: &[u8]) -> Vec<Range<usize>> {
        let i = index(source);
        let (from, to) = (self.at[i], self.at[i] + bytes.len() as u64);
        self.at[i] = to;
        let within = |place: &Range<u64>| (place.start.max(from) - from) as usize..(place.end.min(to) - from) as usize;
        overlapping(&self.found.places[i], from, to).map(within).collect()
    }

    /// Replaces the ranges of a piece that must be erased by asterisks.
    pub(super) fn mask(&mut self, source: Source, bytes: Bytes) -> Bytes {
        let erased = self.take(source, &bytes);
        if erased.is_empty() {
            return bytes;
        }
        let mut masked = bytes.to_vec();
        for range in erased {
            masked[range].fill(b'*');
        }
        masked.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Searches `text` in pieces of `length` bytes, with another source between them, and returns it with matches erased.
    fn erased(text: &[u8], length: usize, needle: &[u8]) -> (Vec<u8>, u64) {
        let mut search = Search::new(needle);
        for piece in text.chunks(length) {
            search.take(Source::Stdout, piece);
            search.take(Source::Stderr, b"abc");
        }
        let found = search.finish();
        let mut again = found.from([0; 3]);
        let masked = text.chunks(length).flat_map(|piece| {
            let masked = again.mask(Source::Stdout, Bytes::copy_from_slice(piece)).to_vec();
            assert!(again.take(Source::Stderr, b"abc").is_empty());
            masked
        });
        (masked.collect(), found.count())
    }

    #[test]
    fn a_needle_across_pieces_of_any_length_is_found() {
        let text = b"abcabcdabcabcabcdd abc";
        for length in 1..=text.len() {
            assert_eq!(erased(text, length, b"abcd"), (b"abc****abcabc****d abc".to_vec(), 2), "pieces of {length}");
        }
        assert_eq!(erased(b"aaaa", 1, b"aa"), (b"****".to_vec(), 2), "each byte counts once");
    }

    #[test]
    fn a_match_across_a_gap_is_not_found() {
        let mut search = Search::new(b"abcd");
        search.take(Source::Stdout, b"ab");
        search.interrupt();
        search.take(Source::Stdout, b"cd abcd");
        let found = search.finish();
        assert_eq!(found.count(), 1);
        assert!(found.overlaps([5, 0, 0], [6, 0, 0]) && !found.overlaps([0; 3], [5, 9, 9]));
    }
}
