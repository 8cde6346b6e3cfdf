//! Groups of frames in a file of the journal.

pub(crate) const MAGIC: u32 = u32::from_le_bytes(*b"Hvj1");
pub(crate) const HEAD_BYTES: usize = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The facts of one batch.
    Facts = 1,
    /// Bytes of one stream.
    Piece = 2,
    /// A group that was not executed, partly or completely.
    Void = 3,
}

impl Kind {
    pub(super) fn from_byte(byte: u8) -> Option<Self> {
        [Self::Facts, Self::Piece, Self::Void].into_iter().find(|kind| *kind as u8 == byte)
    }
}

/// The frames of a group, before their position is known.
#[derive(Default)]
pub(crate) struct Group {
    pub(super) bytes: Vec<u8>,
    pub(super) frames: Vec<(usize, Kind)>,
}

impl Group {
    /// Adds a frame whose payload `write` appends.
    pub(crate) fn frame(&mut self, kind: Kind, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.bytes.len();
        self.frames.push((start, kind));
        self.bytes.resize(start + HEAD_BYTES, 0);
        write(&mut self.bytes);
        let length = (self.bytes.len() - start - HEAD_BYTES) as u32;
        self.bytes[start + 4..start + 8].copy_from_slice(&length.to_le_bytes());
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
    }
    pub(crate) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }
    /// The payloads of the frames of one kind.
    pub(crate) fn payloads(&self, kind: Kind) -> impl Iterator<Item = &[u8]> {
        self.frames.iter().filter(move |(_, of)| *of == kind).filter_map(|(start, _)| {
            let (head, rest) = self.bytes.get(*start..)?.split_at_checked(HEAD_BYTES)?;
            rest.get(..u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize)
        })
    }
    pub(crate) fn clear(&mut self) {
        self.frames.clear();
        self.bytes.clear();
        // Do not keep the memory of a single large batch.
        self.bytes.shrink_to(4 << 20);
    }
}

/// The checksum of a frame over its position, its header and its payload.
pub(crate) fn check(file_number: u64, at: u64, head: &[u8], payload: &[u8]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&file_number.to_le_bytes()).update(&at.to_le_bytes()).update(head).update(payload);
    let mut check = [0; 16];
    check.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    check
}
