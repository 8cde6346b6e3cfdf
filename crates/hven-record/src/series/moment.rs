//! Streams of lines at one moment: what their parts hold, and the rest in their segments.
//!
//! While a reader looks, the sealer may record a part and let its bytes leave the segment. So segments are opened before
//! the parts are asked for: a point is in a part or in an open file, never in neither. A file that was removed can still
//! be read; when bytes were punched out of one, the parts that are asked for next have them, and the reader begins again.

use std::{fs::File, io, sync::Arc};

use hven_app::ports::{StoreError, StoreResult};
use hven_core::{RunId, run::PartSealed, stream::Stream};
use tokio::task::spawn_blocking;

use super::{StreamId, seal::read_lines};
use crate::{
    errors::io_error,
    home::{Home, Inner},
    series::Lives,
    views::objects,
};

/// How often a reader begins again. Each time, a part was recorded meanwhile: that comes once in many megabytes.
const TRIES_MAX: usize = 20;

/// What a segment holds that no part does.
#[derive(Debug)]
pub(super) struct Rest {
    pub(super) id: StreamId,
    pub(super) file: File,
    pub(super) from: u64,
    /// The end of the stream at that moment.
    pub(super) extent: u64,
}

#[derive(Debug)]
pub(super) struct Moment {
    pub(super) rests: Vec<Rest>,
    pub(super) parts: Vec<PartSealed>,
}

impl Rest {
    /// Its lines from a place on; `None` when they have left the segment.
    pub(super) fn lines<T: serde::de::DeserializeOwned>(
        &self,
        from: u64,
        lives: &Lives,
    ) -> io::Result<Option<(Vec<T>, u64)>> {
        match read_lines(&self.file, from, self.extent) {
            Ok(read) => Ok(Some(read)),
            // The file was removed, and the end that was seen is that of the one that took its place.
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            // Punched out: zeros are no lines.
            Err(_) if lives.has_left(self.id, self.from) => Ok(None),
            Err(e) => Err(e),
        }
    }
}

impl Moment {
    fn has_parts_of(&self, other: &Self) -> bool {
        let part = |part: &PartSealed| (part.object, part.to);
        self.parts.iter().map(part).eq(other.parts.iter().map(part))
    }
}

impl Home {
    /// Reads some streams of a run as they are at one moment. `read` answers `None` when that moment is over.
    pub(super) async fn at_one_moment<T: Send + 'static>(
        &self,
        run: RunId,
        what: &'static str,
        wanted: impl Fn(StreamId) -> bool + Copy + Send + 'static,
        read: impl Fn(&Inner, &Moment) -> io::Result<Option<T>> + Clone + Send + 'static,
    ) -> StoreResult<T> {
        let mut before: Option<Arc<Moment>> = None;
        for _ in 0..TRIES_MAX {
            let inner = Arc::clone(&self.inner);
            let moment = self
                .inner
                .readers
                .read(move |sql| {
                    let opened = inner.shared.lives.open(run, wanted).map_err(|e| io_error("the segments", e))?;
                    let mut parts = objects::parts_of_run(sql, run)?;
                    parts.retain(|part| {
                        Stream::parse(&part.stream).is_some_and(|stream| wanted((part.attempt, stream)))
                    });
                    let rests = opened.into_iter().map(|opened| {
                        let (attempt, stream) = opened.id;
                        let of = parts.iter().filter(|part| part.attempt == attempt && part.stream == stream.as_str());
                        let from = of.map(|part| part.to).max().unwrap_or(0);
                        Rest { id: opened.id, file: opened.file, from, extent: opened.extent }
                    });
                    let rests = rests.filter(|rest| rest.extent > rest.from).collect();
                    Ok(Moment { rests, parts })
                })
                .await?;
            let moment = Arc::new(moment);
            let (inner, read, now) = (Arc::clone(&self.inner), read.clone(), Arc::clone(&moment));
            let outcome = spawn_blocking(move || read(&inner, &now)).await.map_err(|_| StoreError::Closed)?;
            let outcome = outcome.map_err(|e| match e.kind() {
                io::ErrorKind::InvalidData => StoreError::Damaged { what: what.to_owned(), why: e.to_string() },
                _ => io_error(what, e),
            })?;
            if let Some(found) = outcome {
                return Ok(found);
            }
            // Bytes that leave a segment are in a part by then. When no part came, they are there and cannot be read.
            if before.is_some_and(|before| before.has_parts_of(&moment)) {
                let what = format!("the {what} of run {run}");
                return Err(StoreError::Damaged { what, why: "its segment cannot be read".to_owned() });
            }
            before = Some(moment);
        }
        Err(StoreError::Moving { what: format!("the {what} of run {run}") })
    }
}
