//! Visible text: without control sequences, and with its offsets in the stream.

use hven_core::control_sequence::{Sequence, sequence};

/// Text without control sequences and other control characters, and with its offsets in the stream.
#[derive(Debug, Default)]
pub(super) struct VisibleText {
    pub(super) text: String,
    /// For pieces of the text: the first byte in the text, and its offset in the stream.
    pub(super) places: Vec<(usize, u64)>,
    /// The beginning of a character or of a control sequence whose end has not arrived yet.
    held: Vec<u8>,
    held_at: u64,
}

/// The offsets of bytes of which the first were held back.
#[derive(Debug)]
struct Places {
    held: usize,
    held_at: u64,
    at: u64,
}

impl Places {
    fn of(&self, index: usize) -> u64 {
        if index < self.held { self.held_at + index as u64 } else { self.at + (index - self.held) as u64 }
    }
}

/// Control characters are not text, except the tab.
const fn is_unseen(byte: u8) -> bool {
    byte.is_ascii_control() && byte != b'\t'
}

impl VisibleText {
    pub(super) fn take(&mut self, at: u64, bytes: &[u8]) {
        let places = Places { held: self.held.len(), held_at: self.held_at, at };
        let mut held = std::mem::take(&mut self.held);
        let bytes = if held.is_empty() {
            bytes
        } else {
            held.extend_from_slice(bytes);
            held.as_slice()
        };
        let used = self.read(bytes, &places, false);
        self.held = bytes[used..].to_vec();
        self.held_at = places.of(used);
    }

    /// Ends the text: the bytes that were held back will not be completed.
    pub(super) fn end(&mut self) {
        let held = std::mem::take(&mut self.held);
        self.read(&held, &Places { held: held.len(), held_at: self.held_at, at: 0 }, true);
    }

    /// Returns how many bytes were consumed.
    fn read(&mut self, bytes: &[u8], places: &Places, is_last: bool) -> usize {
        let mut used = 0;
        while let Some(first) = bytes.get(used) {
            let rest = &bytes[used..];
            if !is_unseen(*first) {
                let length = rest.iter().position(|byte| is_unseen(*byte)).unwrap_or(rest.len());
                let read = self.read_text(&rest[..length], used, places, is_last || length < rest.len());
                used += read;
                if read < length {
                    return used;
                }
                continue;
            }
            match sequence(rest) {
                Sequence::Whole(length) => used += length,
                Sequence::Unfinished if !is_last => return used,
                Sequence::Unfinished | Sequence::None => used += 1,
            }
        }
        used
    }

    /// Reads text that starts at an index of the bytes, and returns how many bytes were consumed. Only a character that
    /// may be incomplete is left.
    fn read_text(&mut self, bytes: &[u8], index: usize, places: &Places, is_whole: bool) -> usize {
        let mut used = 0;
        while used < bytes.len() {
            let rest = &bytes[used..];
            let (valid, wrong) = match std::str::from_utf8(rest) {
                Ok(text) => (text, None),
                Err(error) => {
                    let valid = std::str::from_utf8(&rest[..error.valid_up_to()]).unwrap_or_default();
                    (valid, Some(error.error_len()))
                }
            };
            self.add(valid, index + used, places);
            used += valid.len();
            match wrong {
                None => {}
                Some(None) if !is_whole => return used,
                Some(length) => {
                    self.add("\u{fffd}", index + used, places);
                    used += length.unwrap_or(bytes.len() - used);
                }
            }
        }
        used
    }

    fn add(&mut self, text: &str, index: usize, places: &Places) {
        // The bytes that were held back have other offsets than the bytes after them.
        let held = places.held.saturating_sub(index).min(text.len());
        let (first, rest) = text.split_at(text.ceil_char_boundary(held));
        for (part, index) in [(first, index), (rest, index + first.len())] {
            if !part.is_empty() {
                self.places.push((self.text.len(), places.of(index)));
                self.text.push_str(part);
            }
        }
    }

    /// The offset in the stream of a byte of the text.
    pub(super) fn place(&self, byte: usize) -> u64 {
        let behind = self.places.partition_point(|(from, _)| *from <= byte);
        let (from, at) = behind.checked_sub(1).map_or((byte, 0), |last| self.places[last]);
        at + (byte - from) as u64
    }

    /// The last bytes, about as many as this, and the offset of the first. Text that is read again from them is the same.
    pub(super) fn tail(&self, bytes_max: usize) -> (u64, Vec<u8>) {
        let from = self.text.ceil_char_boundary(self.text.len().saturating_sub(bytes_max));
        let mut tail = self.text.as_bytes()[from..].to_vec();
        let at = if tail.is_empty() { self.held_at } else { self.place(from) };
        tail.extend_from_slice(&self.held);
        (at, tail)
    }

    pub(super) fn forget(&mut self, bytes: usize) {
        let at = self.place(bytes);
        self.text.drain(..bytes);
        self.places.retain(|(from, _)| *from > bytes);
        self.places.iter_mut().for_each(|(from, _)| *from -= bytes);
        self.places.insert(0, (0, at));
    }
}

/// The text in lower case, except letters whose lower case has another length. So positions are the same in both texts.
pub(super) fn in_small_letters(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.chars().map(small_letter).collect() }
}

fn small_letter(letter: char) -> char {
    let mut small = letter.to_lowercase();
    match (small.next(), small.next()) {
        // Both are the lower case of Σ.
        (Some('ς'), None) => 'σ',
        (Some(small), None) if small.len_utf8() == letter.len_utf8() => small,
        _ => letter,
    }
}
