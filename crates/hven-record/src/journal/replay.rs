//! Reads the journal at the start: once to find the revoked groups and the end, once to execute the other groups.

use std::{
    collections::HashMap,
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use super::{Folder, HEAD_BYTES, Kind, MAGIC, check};

/// How many bytes are read at once in a search for a frame. A multiple of 8.
const BLOCK_BYTES: usize = 1 << 20;

#[derive(Debug, thiserror::Error)]
pub(crate) enum JournalError {
    #[error("the journal could not be read: {0}")]
    Io(#[from] io::Error),
    #[error("{path} is damaged at byte {at}: a frame cannot be read, but later ones can")]
    Damaged { path: PathBuf, at: u64 },
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Store(hven_app::ports::StoreError),
}

/// A payload to execute.
pub(crate) struct Entry<'a> {
    pub(crate) kind: Kind,
    pub(crate) payload: &'a [u8],
}

/// The position at which the journal continues.
#[derive(Debug, Default)]
pub(crate) struct End {
    pub(super) last: Option<Last>,
    pub(super) serial: u64,
}

#[derive(Debug)]
pub(super) struct Last {
    pub(super) number: u64,
    pub(super) at: u64,
}

/// Calls `carry_out` with every payload that was not revoked, in order.
pub(crate) fn replay(
    folder: &Path,
    carry_out: &mut dyn FnMut(Entry<'_>) -> Result<(), JournalError>,
) -> Result<End, JournalError> {
    let folder = Folder::new(folder.to_owned());
    let numbers = folder.numbers()?;
    let mut taken_back: HashMap<u64, u8> = HashMap::new();
    let mut end = End::default();
    let mut ends = Vec::new();
    for &number in &numbers {
        let mut walk = Walk::open(&folder, number, end.serial)?;
        while let Some(frame) = walk.next()? {
            if frame.kind == Kind::Void
                && let [serial @ .., what] = walk.payload.as_slice()
                && let Ok(serial) = serial.try_into()
            {
                *taken_back.entry(u64::from_le_bytes(serial)).or_default() |= what;
            }
        }
        end.serial = walk.serial;
        ends.push(walk.at);
        end.last = Some(Last { number, at: walk.at });
    }
    let mut serial = 0;
    for (&number, &at) in numbers.iter().zip(&ends) {
        let mut walk = Walk::open(&folder, number, serial)?;
        while walk.at < at
            && let Some(frame) = walk.next()?
        {
            let bit = match frame.kind {
                Kind::Facts => 1,
                Kind::Piece => 2,
                Kind::Void => continue,
            };
            if taken_back.get(&frame.serial).is_none_or(|what| what & bit == 0) {
                carry_out(Entry { kind: frame.kind, payload: &walk.payload })?;
            }
        }
        serial = walk.serial;
    }
    Ok(end)
}

struct Frame {
    kind: Kind,
    serial: u64,
}

/// Iterates over the frames of one file, with one payload in memory at a time.
struct Walk {
    path: PathBuf,
    file: File,
    number: u64,
    size: u64,
    at: u64,
    serial: u64,
    payload: Vec<u8>,
}

impl Walk {
    fn open(folder: &Folder, number: u64, serial: u64) -> io::Result<Self> {
        let path = folder.path(number);
        let file = File::open(&path)?;
        let size = file.metadata()?.len();
        Ok(Self { path, file, number, size, at: 0, serial, payload: Vec::new() })
    }

    fn next(&mut self) -> Result<Option<Frame>, JournalError> {
        let Some(head) = self.head(self.at)? else { return Ok(None) };
        if head[..4] == [0; 4] {
            return Ok(None);
        }
        if let Some((frame, length)) = self.read(self.at, &head)?
            && frame.serial >= self.serial
        {
            if self.serial != 0 && frame.serial > self.serial + 1 {
                return Err(JournalError::Damaged { path: self.path.clone(), at: self.at });
            }
            self.serial = frame.serial;
            self.at += (HEAD_BYTES + length).next_multiple_of(8) as u64;
            return Ok(Some(frame));
        }
        // Either an interrupted write, or damage. Groups are flushed one after the other, so a frame of the group after the next
        // proves that this position was intact before.
        let mut block = vec![0; BLOCK_BYTES];
        let mut block_at = self.at + 8;
        while block_at < self.size {
            let length = (self.size - block_at).min(BLOCK_BYTES as u64) as usize;
            self.file.read_exact_at(&mut block[..length], block_at)?;
            for (i, word) in block[..length].chunks_exact(8).enumerate() {
                let at = block_at + 8 * i as u64;
                if word[..4] == MAGIC.to_le_bytes()
                    && let Some(head) = self.head(at)?
                    && let Some((frame, _)) = self.read(at, &head)?
                    && frame.serial > self.serial + 1
                {
                    return Err(JournalError::Damaged { path: self.path.clone(), at: self.at });
                }
            }
            block_at += length as u64;
        }
        Ok(None)
    }

    fn head(&self, at: u64) -> io::Result<Option<[u8; HEAD_BYTES]>> {
        if at + HEAD_BYTES as u64 > self.size {
            return Ok(None);
        }
        let mut head = [0; HEAD_BYTES];
        self.file.read_exact_at(&mut head, at)?;
        Ok(Some(head))
    }

    fn read(&mut self, at: u64, head: &[u8; HEAD_BYTES]) -> io::Result<Option<(Frame, usize)>> {
        let [m0, m1, m2, m3, l0, l1, l2, l3, rest @ ..] = *head;
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        let mut serial_and_kind = [0; 8];
        serial_and_kind.copy_from_slice(&rest[..8]);
        let serial_and_kind = u64::from_le_bytes(serial_and_kind);
        let Some(kind) = Kind::from_byte(serial_and_kind as u8) else { return Ok(None) };
        let fits = at + (HEAD_BYTES + length) as u64 <= self.size;
        if u32::from_le_bytes([m0, m1, m2, m3]) != MAGIC || !fits {
            return Ok(None);
        }
        self.payload.resize(length, 0);
        self.file.read_exact_at(&mut self.payload, at + HEAD_BYTES as u64)?;
        if check(self.number, at, &head[..16], &self.payload) != head[16..32] {
            return Ok(None);
        }
        Ok(Some((Frame { kind, serial: serial_and_kind >> 8 }, length)))
    }
}
