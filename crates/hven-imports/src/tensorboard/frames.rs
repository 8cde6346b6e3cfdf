//! The frames of an event file (TFRecord): the length of a record, its checksum, the record, its checksum. Checksums are CRC-32C,
//! masked as TensorFlow does.

use std::io::{self, Read};

/// The largest record that is read. An image in it has to fit into memory.
const RECORD_BYTES_MAX: u64 = 256 << 20;
const HEAD_BYTES: usize = 12;
const TAIL_BYTES: usize = 4;

/// The next finding of a reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    Record(Vec<u8>),
    /// The record has another checksum than its frame says. Reading goes on after it.
    Damaged,
    /// The file ends after a whole record.
    End,
    /// The file ends within a record, as it does while a program writes it, or after a crash.
    Truncated,
    /// Nothing after this place can be found: the length of the next record is damaged.
    Lost,
}

pub(super) struct Frames<R> {
    file: R,
    /// Bytes before the next frame.
    pub(super) offset: u64,
    /// Bytes of the file when it was opened: a length beyond its end is never allocated.
    size: u64,
}

impl<R: Read> Frames<R> {
    pub(super) fn new(file: R, size: u64) -> Self {
        Self { file, offset: 0, size }
    }

    pub(super) fn next(&mut self) -> io::Result<Frame> {
        let mut head = [0; HEAD_BYTES];
        match fill(&mut self.file, &mut head)? {
            0 => return Ok(Frame::End),
            HEAD_BYTES => {}
            _ => return Ok(Frame::Truncated),
        }
        let (length, checksum) = head.split_at(8);
        let mut bytes = [0; 8];
        bytes.copy_from_slice(length);
        let length_bytes = u64::from_le_bytes(bytes);
        if masked(length) != le_u32(checksum) || length_bytes > RECORD_BYTES_MAX {
            return Ok(Frame::Lost);
        }
        let record = self.offset + HEAD_BYTES as u64;
        if record + length_bytes + TAIL_BYTES as u64 > self.size {
            return Ok(Frame::Truncated);
        }
        let mut record = vec![0; length_bytes as usize];
        let mut tail = [0; TAIL_BYTES];
        if fill(&mut self.file, &mut record)? < record.len() || fill(&mut self.file, &mut tail)? < TAIL_BYTES {
            return Ok(Frame::Truncated);
        }
        self.offset += HEAD_BYTES as u64 + length_bytes + TAIL_BYTES as u64;
        Ok(if masked(&record) == le_u32(&tail) { Frame::Record(record) } else { Frame::Damaged })
    }
}

fn le_u32(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// The checksum as it stands in a frame.
pub(super) fn masked(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// Fills the buffer as far as the file goes; returns the number of bytes.
fn fill(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut there = 0;
    while there < buffer.len() {
        match file.read(&mut buffer[there..]) {
            Ok(0) => break,
            Ok(bytes) => there += bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(there)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(record: &[u8]) -> Vec<u8> {
        let length = (record.len() as u64).to_le_bytes();
        [&length[..], &masked(&length).to_le_bytes(), record, &masked(record).to_le_bytes()].concat()
    }

    fn all(bytes: &[u8]) -> Vec<Frame> {
        let mut frames = Frames::new(bytes, bytes.len() as u64);
        let mut found = Vec::new();
        loop {
            let frame = frames.next().expect("read");
            let is_last = matches!(frame, Frame::End | Frame::Truncated | Frame::Lost);
            found.push(frame);
            if is_last {
                return found;
            }
        }
    }

    #[test]
    fn records_are_read_back() {
        // The head of each file that TensorBoard's own writer makes: 24 bytes of `brain.Event:2` with their checksums.
        assert_eq!(masked(&24_u64.to_le_bytes()).to_le_bytes(), [0xa3, 0x7f, 0x4b, 0x22]);
        let records = [b"one".to_vec(), Vec::new(), vec![7; 5000]];
        let bytes: Vec<u8> = records.iter().flat_map(|record| framed(record)).collect();
        let mut expected: Vec<Frame> = records.iter().cloned().map(Frame::Record).collect();
        expected.push(Frame::End);
        assert_eq!(all(&bytes), expected);
    }

    #[test]
    fn a_truncated_tail_is_reported_at_each_length() {
        let bytes = [framed(b"one"), framed(b"two")].concat();
        let first = framed(b"one").len();
        for length in first + 1..bytes.len() {
            assert_eq!(all(&bytes[..length]), [Frame::Record(b"one".to_vec()), Frame::Truncated], "{length}");
        }
    }

    #[test]
    fn damage_is_found_at_each_byte() {
        let good = [framed(b"one"), framed(b"two")].concat();
        let first = framed(b"one").len();
        for place in 0..first {
            let mut bytes = good.clone();
            bytes[place] ^= 0x40;
            let found = all(&bytes);
            let expected = if place < HEAD_BYTES {
                vec![Frame::Lost]
            } else {
                vec![Frame::Damaged, Frame::Record(b"two".to_vec()), Frame::End]
            };
            assert_eq!(found, expected, "{place}");
        }
    }

    #[test]
    fn a_hostile_length_allocates_nothing() {
        for length in [u64::MAX, 1 << 40, RECORD_BYTES_MAX, 100] {
            let head = length.to_le_bytes();
            let bytes = [&head[..], &masked(&head).to_le_bytes(), b"abc"].concat();
            let expected = if length > RECORD_BYTES_MAX { Frame::Lost } else { Frame::Truncated };
            assert_eq!(all(&bytes), [expected], "{length}");
        }
    }
}
