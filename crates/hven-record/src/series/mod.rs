//! Streams of attempts: live bytes in segments, sealed bytes in Parquet objects.

mod erase;
mod live;
mod needle;
mod parts;
mod port;
mod seal;
mod snapshot;
pub(crate) mod summaries;

pub(crate) use live::{LiveStreams, PlannedWrite, StreamId, read_piece, write_piece};
pub(crate) use parts::{PartError, read_log, read_points, read_samples};
