//! The writing side of the journal.

use std::{
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use super::{
    files::{self, Folder, Spare},
    group::{Group, HEAD_BYTES, Kind, MAGIC, check},
    replay,
};
use crate::errors::is_full;

const FILE_BYTES_MIN: u64 = 1 << 20;
/// The additional size of a file that is created on a full disk.
const FILE_BYTES_SMALL: u64 = 64 << 10;
const FILE_BYTES_MAX: u64 = 64 << 20;
/// Reserved at the end of each file, so that a revocation never needs a new file.
const RESERVED_BYTES: u64 = 4096;

/// The current file.
struct Current {
    pub(super) number: u64,
    pub(super) file: Arc<File>,
    pub(super) size: u64,
    pub(super) at: u64,
}

pub(crate) struct Journal {
    folder: Folder,
    current: Option<Current>,
    next_number: u64,
    pub(super) serial: u64,
    spare: Arc<Mutex<Spare>>,
}

/// The result of a write.
pub(crate) struct Written {
    /// The file to flush.
    pub(crate) file: Arc<File>,
    pub(crate) serial: u64,
    /// The previous file is full: the content of all files up to this number may be made durable elsewhere.
    pub(crate) filled: Option<u64>,
    /// A file of this size will be needed soon.
    pub(crate) wants_spare: Option<u64>,
}

impl Journal {
    /// Continues at the end that [`replay`] found.
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

    /// Writes a group; it is durable when the returned file is flushed.
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

    /// Writes that the group with this serial was not executed: its facts, its pieces, or both.
    pub(crate) fn revoke(&mut self, serial: u64, facts: bool, pieces: bool) -> io::Result<Arc<File>> {
        let mut group = Group::default();
        group.frame(Kind::Void, |out| {
            out.extend_from_slice(&serial.to_le_bytes());
            out.push(u8::from(facts) | u8::from(pieces) << 1);
        });
        match self.place(&mut group) {
            Ok(written) => Ok(written.file),
            // The reserved space is used up.
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
        // Zeros mark the end of the journal if there is room. Bytes of an earlier use also end it, but the search is slower.
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

    /// Continues in a new file. Returns the number of the previous one.
    fn turn(&mut self, wanted: u64) -> io::Result<Option<u64>> {
        let before = self.current.as_ref().map(|current| (current.number, current.size));
        let size = before.map_or(FILE_BYTES_MIN, |(_, size)| next_size(size)).max(wanted.next_multiple_of(4096));
        let number = self.next_number;
        let file = {
            let mut spare = self.spare.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            match self.folder.start(number, size, wanted, &mut spare) {
                // On a full disk, try a small file.
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

    /// Empties the journal, whose content is durable elsewhere. With `scrub`, also overwrites every byte.
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

/// The size of a file on a full disk.
fn small_size(wanted: u64) -> u64 {
    (wanted + FILE_BYTES_SMALL).next_multiple_of(4096)
}

fn next_size(size: u64) -> u64 {
    (size * 2).clamp(FILE_BYTES_MIN, FILE_BYTES_MAX)
}
