//! The log of an attempt, as frames of bytes.

use serde::{Deserialize, Serialize};

use crate::{Malformed, Time};

/// The source of a piece of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    Stdout,
    Stderr,
    /// Hven itself, such as a note that the middle of the log was dropped.
    Hven,
}

impl Source {
    pub const ALL: [Self; 3] = [Self::Stdout, Self::Stderr, Self::Hven];

    pub const fn to_byte(self) -> u8 {
        match self {
            Self::Stdout => 1,
            Self::Stderr => 2,
            Self::Hven => 3,
        }
    }
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Stdout),
            2 => Some(Self::Stderr),
            3 => Some(Self::Hven),
            _ => None,
        }
    }
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Hven => "hven",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Stdout, Self::Stderr, Self::Hven].into_iter().find(|source| source.as_str() == text)
    }
}

/// The longest payload of one log frame.
pub const FRAME_BYTES_MAX: usize = 64 * 1024;
/// The bytes before a frame's payload.
pub const FRAME_HEAD_BYTES: usize = 13;

/// One piece of the log, borrowed from the stream's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    pub source: Source,
    pub time: Time,
    pub bytes: &'a [u8],
}

impl Frame<'_> {
    /// Appends the frame's bytes; a payload over [`FRAME_BYTES_MAX`] is split.
    pub fn write(&self, out: &mut Vec<u8>) {
        for piece in self.bytes.chunks(FRAME_BYTES_MAX) {
            out.push(self.source.to_byte());
            out.extend_from_slice(&self.time.micros().to_le_bytes());
            out.extend_from_slice(&(piece.len() as u32).to_le_bytes());
            out.extend_from_slice(piece);
        }
    }
}

/// Iterates over the complete frames at the start of some bytes of a log.
#[derive(Clone, Debug)]
pub struct Frames<'a> {
    bytes: &'a [u8],
    /// How many bytes the complete frames so far have.
    pub consumed: usize,
}

impl<'a> Frames<'a> {
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, consumed: 0 }
    }
}
impl<'a> Iterator for Frames<'a> {
    type Item = Result<Frame<'a>, Malformed>;

    /// The next complete frame; `None` at the end and at an incomplete frame.
    fn next(&mut self) -> Option<Self::Item> {
        let rest = &self.bytes[self.consumed..];
        let (head, body) = rest.split_at_checked(FRAME_HEAD_BYTES)?;
        let damaged = |why| Some(Err(Malformed::Stream { stream: "log", offset: self.consumed as u64, why }));
        let Some(source) = Source::from_byte(head[0]) else { return damaged("no frame begins here") };
        let (mut micros, mut length) = ([0; 8], [0; 4]);
        micros.copy_from_slice(&head[1..9]);
        length.copy_from_slice(&head[9..13]);
        let length = u32::from_le_bytes(length) as usize;
        if length > FRAME_BYTES_MAX {
            return damaged("a frame is longer than any can be");
        }
        let bytes = body.get(..length)?;
        self.consumed += FRAME_HEAD_BYTES + length;
        Some(Ok(Frame { source, time: Time::from_micros(i64::from_le_bytes(micros)), bytes }))
    }
}
