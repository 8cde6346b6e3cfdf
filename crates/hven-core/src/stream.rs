//! Streams: frequent data of a run that would be too much for facts. A stream is an append-only sequence of bytes of one
//! attempt.
//!
//! The runner's spool, the wire and the server's segment have the same bytes at the same offsets. So sending twice is harmless:
//! an overlap is ignored, a gap is refused with the expected offset.
//!
//! - `log`: frames of `[source u8][time i64 LE µs][length u32 LE][bytes]`.
//! - `metrics`: JSON lines `{"k":"loss","v":0.25,"s":3,"t":1767225600000000}`.
//! - `resources`: JSON lines, one [`Sample`] each.

mod frames;
mod gap;
mod kinds;
mod pieces;
mod points;
mod salvage;

pub use frames::{FRAME_BYTES_MAX, FRAME_HEAD_BYTES, Frame, Frames, Source};
pub use gap::{dropped_note, lost_note, reports_gap};
pub use kinds::Stream;
pub use pieces::{check_line, whole_bytes};
pub use points::{KEY_BYTES_MAX, Point, Sample, check_key, check_point};
pub use salvage::{Fault, Salvaged, first_fault, salvage};
