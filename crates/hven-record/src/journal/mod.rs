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
mod group;
mod replay;
mod writing;

pub(crate) use files::{Folder, Spare};
pub(crate) use group::{Group, HEAD_BYTES, Kind, MAGIC, check};
pub(crate) use replay::{JournalError, replay};
pub(crate) use writing::{Journal, Written};
