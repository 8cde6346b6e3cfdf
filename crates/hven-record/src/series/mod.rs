//! Streams of attempts: live bytes in segments, sealed bytes in Parquet objects.

mod erase;
mod live;
mod moment;
mod needle;
mod parts;
mod port;
mod seal;
pub(crate) mod summaries;

pub(crate) use live::{Lives, Plan, StreamId, read_piece, write_piece};
pub(crate) use parts::{PartError, read_log, read_points, read_samples};
