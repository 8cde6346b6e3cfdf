//! The journal, which makes facts and stream bytes durable before a caller gets an answer.
//!
//! Files `journal/NNNNNNNN.journal` are written full of zeros and flushed before they are used, so that a group of
//! frames only overwrites existing bytes, and flushing it (`fdatasync`) changes no metadata and needs no space.
//! A frame is `[magic][length][serial of its group and kind][check]` and a payload. The check covers the file's number
//! and the frame's position, so bytes of an earlier use of the file are never mistaken for a frame.
//!
//! A group that could not be executed after it was written is revoked by a frame of its own (`Void`): the journal is
//! never rewound. A torn group at the end is an unfinished write and is dropped; an unreadable frame *before* a later
//! group is damage and is reported.

mod files;
mod group;
mod replay;
mod writing;

pub(crate) use files::{Folder, Spare};
pub(crate) use group::{Group, HEAD_BYTES, Kind, MAGIC, check};
pub(crate) use replay::{JournalError, replay};
pub(crate) use writing::{Journal, Written};
