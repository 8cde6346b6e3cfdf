//! The journal: where facts and stream bytes become durable before anyone is answered.
//!
//! Files `journal/NNNNNNNN.journal` are written full of zeros and flushed before they are used, so that a group of
//! frames only overwrites bytes that are there, and flushing it (`fdatasync`) touches no metadata and needs no space.
//! A frame is `[magic][length][serial of its group and kind][check]` and a payload. The check covers the file's number
//! and the frame's place, so nothing left over from an earlier use of the file is ever taken for a frame.
//!
//! What could not be carried out after it was written is taken back by a frame of its own (`Void`): the journal is
//! never rewound. A torn group at the end is an unfinished write and is dropped; an unreadable frame *before* a later
//! group is damage, and is said to be.

mod files;
mod replay;

use std::{
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::PathBuf,
    sync::{Arc, Mutex},
};

pub(crate) use files::{Folder, Spare};
pub(crate) use replay::{JournalError, replay};

use crate::errors::is_full;

pub(super) const MAGIC: u32 = u32::from_le_bytes(*b"Hvj1");
pub(super) const HEAD_BYTES: usize = 32;
const FILE_BYTES_MIN: u64 = 1 << 20;
/// Room for more in a file that is made on a full disk.
const FILE_BYTES_SMALL: u64 = 64 << 10;
const FILE_BYTES_MAX: u64 = 64 << 20;
/// Kept free at the end of each file, so that taking something back never needs a new file.
const RESERVED_BYTES: u64 = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The facts of one batch.
    Facts = 1,
    /// Bytes of one stream.
    Piece = 2,
    /// A group that was not carried out, in part or as a whole.
    Void = 3,
}

impl Kind {
    fn from_byte(byte: u8) -> Option<Self> {
        [Self::Facts, Self::Piece, Self::Void].into_iter().find(|kind| *kind as u8 == byte)
    }
}

/// The frames of a group, before they have their place.
#[derive(Default)]
pub(crate) struct Group {
    bytes: Vec<u8>,
    frames: Vec<(usize, Kind)>,
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
    /// What stands in the frames of one kind.
    pub(crate) fn payloads(&self, kind: Kind) -> impl Iterator<Item = &[u8]> {
        self.frames.iter().filter(move |(_, of)| *of == kind).filter_map(|(start, _)| {
            let (head, rest) = self.bytes.get(*start..)?.split_at_checked(HEAD_BYTES)?;
            rest.get(..u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize)
        })
    }
    pub(crate) fn clear(&mut self) {
        self.frames.clear();
        self.bytes.clear();
        // A single large batch should not hold its memory for ever.
        self.bytes.shrink_to(4 << 20);
    }
}

/// The check of a frame: over where it stands, what it says of itself and its payload.
pub(super) fn check(file_number: u64, at: u64, head: &[u8], payload: &[u8]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&file_number.to_le_bytes()).update(&at.to_le_bytes()).update(head).update(payload);
    let mut check = [0; 16];
    check.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    check
}

/// The file that is written to.
struct Current {
    number: u64,
    file: Arc<File>,
    size: u64,
    at: u64,
}

pub(crate) struct Journal {
    folder: Folder,
    current: Option<Current>,
    next_number: u64,
    serial: u64,
    spare: Arc<Mutex<Spare>>,
}

/// What a write did.
pub(crate) struct Written {
    /// To be flushed.
    pub(crate) file: Arc<File>,
    pub(crate) serial: u64,
    /// The file before this one is full: everything in files up to this number may be made durable elsewhere.
    pub(crate) filled: Option<u64>,
    /// A file of this size will be wanted soon.
    pub(crate) wants_spare: Option<u64>,
}

impl Journal {
    /// Goes on behind what [`replay`] found.
    pub(crate) fn resume(folder: PathBuf, end: &replay::End, spare: Arc<Mutex<Spare>>) -> io::Result<Self> {
        let folder = Folder::new(folder);
        let current = match &end.last {
            None => None,
            Some(last) => {
                let file = File::options().read(true).write(true).open(folder.path(last.number))?;
                let size = file.metadata()?.len();
                Some(Current { number: last.number, file: Arc::new(file), size, at: last.at })
            }
        };
        let next_number = end.last.as_ref().map_or(1, |last| last.number + 1);
        Ok(Self { folder, current, next_number, serial: end.serial, spare })
    }

    /// Writes a group; it is durable once the answered file is flushed.
    pub(crate) fn write(&mut self, group: &mut Group) -> io::Result<Written> {
        let wanted = group.bytes.len() as u64 + HEAD_BYTES as u64;
        let mut filled = None;
        let fits = |current: &Current| current.at + wanted + RESERVED_BYTES <= current.size;
        if !self.current.as_ref().is_some_and(fits) {
            filled = self.turn(wanted + RESERVED_BYTES)?;
        }
        let mut written = self.place(group)?;
        written.filled = filled;
        Ok(written)
    }

    /// Writes that the group with this serial was not carried out: its facts, its pieces, or both.
    pub(crate) fn take_back(&mut self, serial: u64, facts: bool, pieces: bool) -> io::Result<Arc<File>> {
        let mut group = Group::default();
        group.frame(Kind::Void, |out| {
            out.extend_from_slice(&serial.to_le_bytes());
            out.push(u8::from(facts) | u8::from(pieces) << 1);
        });
        match self.place(&mut group) {
            Ok(written) => Ok(written.file),
            // The reserve is used up.
            Err(_) => self.write(&mut group).map(|written| written.file),
        }
    }

    fn place(&mut self, group: &mut Group) -> io::Result<Written> {
        let Some(current) = &mut self.current else { return Err(io::ErrorKind::NotFound.into()) };
        if current.at + group.bytes.len() as u64 > current.size {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.serial += 1;
        for &(start, kind) in &group.frames {
            let head = &mut group.bytes[start..];
            head[..4].copy_from_slice(&MAGIC.to_le_bytes());
            head[8..16].copy_from_slice(&(self.serial << 8 | kind as u64).to_le_bytes());
            let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
            let check =
                check(current.number, current.at + start as u64, &head[..16], &head[HEAD_BYTES..HEAD_BYTES + length]);
            head[16..32].copy_from_slice(&check);
        }
        let end = group.bytes.len();
        // Zeros end the journal, where there is room: what stood there from an earlier use ends it too, but slower.
        if current.at + (end + HEAD_BYTES) as u64 <= current.size {
            group.bytes.resize(end + HEAD_BYTES, 0);
        }
        let outcome = current.file.write_all_at(&group.bytes, current.at);
        group.bytes.truncate(end);
        if let Err(e) = outcome {
            self.serial -= 1;
            return Err(e);
        }
        current.at += end as u64;
        let wants_spare = (current.at > current.size / 2).then(|| next_size(current.size));
        Ok(Written { file: Arc::clone(&current.file), serial: self.serial, filled: None, wants_spare })
    }

    /// Goes on in a new file. Answers the number of the one before.
    fn turn(&mut self, wanted: u64) -> io::Result<Option<u64>> {
        let before = self.current.as_ref().map(|current| (current.number, current.size));
        let size = before.map_or(FILE_BYTES_MIN, |(_, size)| next_size(size)).max(wanted.next_multiple_of(4096));
        let number = self.next_number;
        let file = {
            let mut spare = self.spare.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            match self.folder.start(number, size, wanted, &mut spare) {
                // On a full disk a small file does, too.
                Err(e) if is_full(e.kind()) && small_size(wanted) < size => {
                    self.folder.start(number, small_size(wanted), wanted, &mut spare)?
                }
                other => other?,
            }
        };
        let size = file.metadata()?.len();
        self.next_number += 1;
        self.current = Some(Current { number, file: Arc::new(file), size, at: 0 });
        Ok(before.map(|(number, _)| number))
    }

    /// Empties the journal: all it held is durable elsewhere. `scrub` also overwrites every byte that was in it.
    pub(crate) fn clear(&mut self, scrub: bool) -> io::Result<()> {
        let Some(current) = &mut self.current else { return Ok(()) };
        let number = self.next_number;
        self.folder.remove_up_to(current.number - 1, scrub)?;
        if scrub {
            self.spare.lock().unwrap_or_else(std::sync::PoisonError::into_inner).scrub(&self.folder)?;
        }
        let zeros = if scrub { current.at.next_multiple_of(4096).min(current.size) } else { HEAD_BYTES as u64 };
        files::write_zeros(&current.file, zeros)?;
        current.file.sync_data()?;
        self.folder.rename(current.number, number)?;
        (current.number, current.at) = (number, 0);
        self.next_number += 1;
        Ok(())
    }
}

/// Where there is no space for more.
fn small_size(wanted: u64) -> u64 {
    (wanted + FILE_BYTES_SMALL).next_multiple_of(4096)
}

fn next_size(size: u64) -> u64 {
    (size * 2).clamp(FILE_BYTES_MIN, FILE_BYTES_MAX)
}
