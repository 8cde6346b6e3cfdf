//! Masks secrets in a task's output: every occurrence of a value becomes `***`, even if it arrives in several pieces.
//!
//! Bytes that may start a secret are held back until the next bytes decide. Values are compared as bytes, so a secret
//! that the task encodes before it prints it is not masked.

use std::sync::Arc;

/// Shorter values are not masked, because they occur too often by chance.
const SECRET_BYTES_MIN: usize = 4;
/// The lines of a longer secret, such as a key file, are also masked one by one if they have at least this length.
const LINE_BYTES_MIN: usize = 8;
const STARS: &[u8] = b"***";

/// The values to mask.
#[derive(Clone, Default)]
pub(crate) struct Secrets {
    /// Sorted by length, the longest first, so that the longer of two matching values is masked.
    values: Vec<Vec<u8>>,
    first_bytes: Option<Box<[bool; 256]>>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} secrets", self.values.len())
    }
}

impl Secrets {
    pub(crate) fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut all: Vec<Vec<u8>> = Vec::new();
        for value in values {
            let lines = value.lines().map(str::trim).filter(|line| line.len() >= LINE_BYTES_MIN);
            all.extend(lines.map(|line| line.as_bytes().to_vec()));
            // Tools remove the line end of a value that came from a file.
            all.extend([value, value.trim_end()].map(|value| value.as_bytes().to_vec()));
        }
        all.retain(|value| value.len() >= SECRET_BYTES_MIN);
        all.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        all.dedup();
        let first_bytes = (!all.is_empty()).then(|| {
            let mut first = Box::new([false; 256]);
            for value in &all {
                first[usize::from(value[0])] = true;
            }
            first
        });
        Self { values: all, first_bytes }
    }

    /// Masks all secrets in `bytes`, which are complete.
    pub(crate) fn hide(&self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        self.scan(bytes, true, &mut out);
        out
    }

    pub(crate) fn hide_text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.hide(text.as_bytes())).into_owned()
    }

    /// Copies `bytes` with masked secrets. Returns how many bytes at the end may start a secret and were held back.
    fn scan(&self, bytes: &[u8], is_last: bool, out: &mut Vec<u8>) -> usize {
        let Some(first_bytes) = &self.first_bytes else {
            out.extend_from_slice(bytes);
            return 0;
        };
        let mut rest = bytes;
        loop {
            let plain = rest.iter().position(|&b| first_bytes[usize::from(b)]).unwrap_or(rest.len());
            out.extend_from_slice(&rest[..plain]);
            rest = &rest[plain..];
            if rest.is_empty() {
                return 0;
            }
            if !is_last && self.values.iter().any(|value| value.len() > rest.len() && value.starts_with(rest)) {
                return rest.len();
            }
            if let Some(value) = self.values.iter().find(|value| rest.starts_with(value)) {
                out.extend_from_slice(STARS);
                rest = &rest[value.len()..];
            } else {
                out.push(rest[0]);
                rest = &rest[1..];
            }
        }
    }
}

/// Masks secrets in bytes that arrive in pieces.
#[derive(Clone, Debug)]
pub(crate) struct Mask {
    secrets: Arc<Secrets>,
    held: Vec<u8>,
}

impl Mask {
    pub(crate) fn new(secrets: Arc<Secrets>) -> Self {
        Self { secrets, held: Vec::new() }
    }

    /// Whether there are no secrets to mask.
    pub(crate) fn is_idle(&self) -> bool {
        self.secrets.values.is_empty()
    }

    /// Masks `bytes` and appends all bytes to `out` that cannot start a secret.
    pub(crate) fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        if self.held.is_empty() {
            let held = self.secrets.scan(bytes, false, out);
            self.held.extend_from_slice(&bytes[bytes.len() - held..]);
        } else {
            self.held.extend_from_slice(bytes);
            let held = self.secrets.scan(&self.held, false, out);
            self.held.drain(..self.held.len() - held);
        }
    }

    /// Appends the bytes that were held back.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) {
        let held = std::mem::take(&mut self.held);
        self.secrets.scan(&held, true, out);
    }
}

/// Searches for secrets in bytes that arrive in pieces.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    secrets: Arc<Secrets>,
    /// The last bytes, in which a secret may start.
    tail: Vec<u8>,
    has_found: bool,
}

impl Search {
    pub(crate) fn new(secrets: Arc<Secrets>) -> Self {
        Self { secrets, tail: Vec::new(), has_found: false }
    }

    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        let Some(longest) = self.secrets.values.first().map(Vec::len).filter(|_| !self.has_found) else { return };
        self.tail.extend_from_slice(bytes);
        let is_in_tail = |value: &Vec<u8>| self.tail.windows(value.len()).any(|window| window == value.as_slice());
        self.has_found = self.secrets.values.iter().any(is_in_tail);
        self.tail.drain(..self.tail.len().saturating_sub(longest - 1));
    }

    pub(crate) fn has_found(&self) -> bool {
        self.has_found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn in_pieces(secrets: &Secrets, pieces: &[&[u8]]) -> Vec<u8> {
        let mut mask = Mask::new(Arc::new(secrets.clone()));
        let mut out = Vec::new();
        for piece in pieces {
            mask.feed(piece, &mut out);
        }
        mask.finish(&mut out);
        out
    }

    #[test]
    fn secrets_are_hidden() {
        let check = |values: &[&str], text: &str, want: &str| {
            assert_eq!(Secrets::new(values.iter().copied()).hide_text(text), want, "{values:?}");
        };
        check(&["hunter2"], "login hunter2, hunter22", "login ***, ***2");
        check(&["abc"], "abc", "abc");
        check(&["abcd", "abcdef"], "abcdef abcde", "*** ***e");
        check(&["key-0001\n"], "key-0001 and", "*** and");
        check(&["-----BEGIN\nQUJDREVGRw==\n"], "got QUJDREVGRw== only", "got *** only");
        check(&["aaaa"], "aaaaaaa", "***aaa");
        check(&[], "anything", "anything");
    }

    #[test]
    fn only_bytes_that_may_start_a_secret_are_held_back() {
        let mut mask = Mask::new(Arc::new(Secrets::new(["hunter2"])));
        let mut out = Vec::new();
        mask.feed(b"password? hun", &mut out);
        assert_eq!(out, b"password? ");
        mask.feed(b"dred", &mut out);
        assert_eq!(out, b"password? hundred");
        mask.feed(b"hunter", &mut out);
        mask.finish(&mut out);
        assert_eq!(out, b"password? hundredhunter");
    }

    #[test]
    fn a_secret_is_found_in_pieces() {
        let check = |values: &[&str], pieces: &[&str], want: bool| {
            let mut search = Search::new(Arc::new(Secrets::new(values.iter().copied())));
            for piece in pieces {
                search.feed(piece.as_bytes());
            }
            assert_eq!(search.has_found(), want, "{values:?} {pieces:?}");
        };
        check(&["hunter2"], &["the hunt", "", "er2 is on"], true);
        check(&["hunter2"], &["h", "u", "n", "t", "e", "r", "2"], true);
        check(&["hunter2", "key-0001"], &["hunter", "key-0001"], true);
        check(&["hunter2"], &["hunter", " 2"], false);
        check(&[], &["anything"], false);
    }

    proptest! {
        #[test]
        fn pieces_are_masked_like_the_whole(text in "[ab]{0,60}", values in prop::collection::vec("[ab]{4,7}", 0..4), size in 1_usize..9) {
            let secrets = Secrets::new(values.iter().map(String::as_str));
            let pieces: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
            let hidden = in_pieces(&secrets, &pieces);
            prop_assert_eq!(&hidden, &secrets.hide(text.as_bytes()));
        }
    }
}
