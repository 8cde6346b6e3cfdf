//! A consistent view of streams of lines: the contents of their parts, and the remaining bytes in their segments.
//!
//! While a reader works, the sealer may record a part and remove its bytes from the segment. Therefore the reader opens
//! the segments before it loads the list of parts: a point is in a part, in an open file, or in both. A removed file can
//! still be read. If bytes were punched out of a file, the next list of parts contains them, and the reader starts again.

use std::{fs::File, io, sync::Arc};

use hven_app::ports::{StoreError, StoreResult};
use hven_core::{RunId, run::PartSealed, stream::Stream};
use tokio::task::spawn_blocking;

use super::{StreamId, seal::read_lines};
use crate::{
    errors::io_error,
    home::{Home, Inner},
    series::LiveStreams,
    views::objects,
};

/// How often a reader starts again. Each repetition means that a part was recorded meanwhile, once in many megabytes.
const TRIES_MAX: usize = 20;

/// The bytes of a segment that are not in a part.
#[derive(Debug)]
pub(super) struct UnsealedTail {
    pub(super) id: StreamId,
    pub(super) file: File,
    pub(super) from: u64,
    /// The end of the stream at that time.
    pub(super) extent: u64,
}

#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) tails: Vec<UnsealedTail>,
    pub(super) parts: Vec<PartSealed>,
}

impl UnsealedTail {
    /// Reads its lines from an offset; `None` if they were moved from the segment.
    pub(super) fn lines<T: serde::de::DeserializeOwned>(
        &self,
        from: u64,
        live_streams: &LiveStreams,
    ) -> io::Result<Option<(Vec<T>, u64)>> {
        self.lines_where(from, live_streams, |_| true)
    }

    /// Reads those of its lines that `may_count` does not leave out. It sees the bytes of a line.
    pub(super) fn lines_where<T: serde::de::DeserializeOwned>(
        &self,
        from: u64,
        live_streams: &LiveStreams,
        may_count: impl Fn(&[u8]) -> bool,
    ) -> io::Result<Option<(Vec<T>, u64)>> {
        match read_lines(&self.file, from, self.extent, may_count) {
            Ok(read) => Ok(Some(read)),
            // The file was removed, and `extent` is the end of its successor.
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            // The bytes were punched out: zeros are not lines.
            Err(_) if live_streams.has_left(self.id, self.from) => Ok(None),
            Err(e) => Err(e),
        }
    }
}

impl Snapshot {
    fn has_parts_of(&self, other: &Self) -> bool {
        let part = |part: &PartSealed| (part.object, part.to);
        self.parts.iter().map(part).eq(other.parts.iter().map(part))
    }
}

impl Home {
    /// Reads some streams of a run in a consistent state. `read` returns `None` if the state changed meanwhile.
    pub(super) async fn with_snapshot<T: Send + 'static>(
        &self,
        run: RunId,
        what: &'static str,
        wanted: impl Fn(StreamId) -> bool + Copy + Send + 'static,
        read: impl Fn(&Inner, &Snapshot) -> io::Result<Option<T>> + Clone + Send + 'static,
    ) -> StoreResult<T> {
        let mut before: Option<Arc<Snapshot>> = None;
        for _ in 0..TRIES_MAX {
            let inner = Arc::clone(&self.inner);
            let snapshot = self
                .inner
                .readers
                .read(move |sql| {
                    let opened =
                        inner.shared.live_streams.open(run, wanted).map_err(|e| io_error("the segments", e))?;
                    let mut parts = objects::parts_of_run(sql, run)?;
                    parts.retain(|part| {
                        Stream::parse(&part.stream).is_some_and(|stream| wanted((part.attempt, stream)))
                    });
                    let tails = opened.into_iter().map(|opened| {
                        let (attempt, stream) = opened.id;
                        let of = parts.iter().filter(|part| part.attempt == attempt && part.stream == stream.as_str());
                        let from = of.map(|part| part.to).max().unwrap_or(0);
                        UnsealedTail { id: opened.id, file: opened.file, from, extent: opened.extent }
                    });
                    let tails = tails.filter(|tail| tail.extent > tail.from).collect();
                    Ok(Snapshot { tails, parts })
                })
                .await?;
            let snapshot = Arc::new(snapshot);
            let (inner, read, now) = (Arc::clone(&self.inner), read.clone(), Arc::clone(&snapshot));
            let outcome = spawn_blocking(move || read(&inner, &now)).await.map_err(|_| StoreError::Closed)?;
            let outcome = outcome.map_err(|e| match e.kind() {
                io::ErrorKind::InvalidData => StoreError::Damaged { what: what.to_owned(), why: e.to_string() },
                _ => io_error(what, e),
            })?;
            if let Some(found) = outcome {
                return Ok(found);
            }
            // Bytes that left a segment are in a part. If there is no new part, the bytes are in the segment but unreadable.
            if before.is_some_and(|before| before.has_parts_of(&snapshot)) {
                let what = format!("the {what} of run {run}");
                return Err(StoreError::Damaged { what, why: "its segment cannot be read".to_owned() });
            }
            before = Some(snapshot);
        }
        Err(StoreError::Moving { what: format!("the {what} of run {run}") })
    }
}
