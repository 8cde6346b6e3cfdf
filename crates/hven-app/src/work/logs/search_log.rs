//! Looks through all of a log.

use hven_core::stream::Source;
use tokio::task::spawn_blocking;

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
    },
    ports::error::StoreError,
    work::{
        floor::Work,
        logs::{
            read::attempt_for,
            search::{Match, Search},
        },
    },
};

/// What to look for, and where.
#[derive(Clone, Copy, Debug)]
pub struct LogQuery<'a> {
    /// In any case; the text of one line.
    pub words: &'a str,
    /// The last one when nothing is said.
    pub attempt: Option<u32>,
    /// Every source when nothing is said.
    pub source: Option<Source>,
    pub matches_max: usize,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct LogMatches {
    pub attempt: u32,
    /// In the order of the stream.
    pub matches: Vec<Match>,
    /// There are more than these.
    pub is_more: bool,
}

/// Looks through all of a log.
pub async fn search(work: &Work, caller: &Caller, name: &str, wanted: LogQuery<'_>) -> AppResult<LogMatches> {
    const READ_BYTES: usize = 4 << 20;
    let search = Search::new(wanted.words, wanted.source, wanted.matches_max);
    let Some(mut search) = search else { return Err(AppError::invalid("the search", "needs words of one line")) };
    let (_, attempt) = attempt_for(work, caller, name, wanted.attempt).await?;
    let mut from = 0;
    while !search.is_full() {
        let frames = work.ports.series.log(attempt, from, READ_BYTES).await?;
        let Some(last) = frames.last() else { break };
        from = last.next;
        // Searching a gigabyte must not keep others from being served.
        let looked_through = spawn_blocking(move || {
            for frame in &frames {
                search.take(frame);
            }
            search
        });
        search = looked_through.await.map_err(|_| StoreError::Closed)?;
    }
    let (matches, is_more) = search.finish();
    Ok(LogMatches { attempt: attempt.number, matches, is_more })
}
