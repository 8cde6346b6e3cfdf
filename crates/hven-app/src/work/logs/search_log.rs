//! Searches a whole log.

use hven_core::stream::Source;
use tokio::task::spawn_blocking;

use crate::{
    kernel::{callers::Caller, error::AppResult},
    ports::error::StoreError,
    work::{
        floor::Work,
        logs::{
            log_matcher::LogMatcher,
            pattern::{Pattern, PatternText},
            read::attempt_for,
            searched_line::LogMatch,
        },
    },
};

/// The pattern to search, and where to search them.
#[derive(Clone, Copy, Debug)]
pub struct LogQuery<'a> {
    pub pattern: PatternText<'a>,
    /// `None`: the last attempt.
    pub attempt: Option<u32>,
    /// `None`: every source.
    pub source: Option<Source>,
    pub matches_max: usize,
}

/// The matches of a search.
#[derive(Clone, Debug)]
pub struct LogMatches {
    pub attempt: u32,
    /// In the order of the stream.
    pub matches: Vec<LogMatch>,
    /// There are more matches than these.
    pub is_more: bool,
}

/// Searches a whole log.
pub async fn search(work: &Work, caller: &Caller, name: &str, wanted: LogQuery<'_>) -> AppResult<LogMatches> {
    const READ_BYTES: usize = 4 << 20;
    let mut search = LogMatcher::new(Pattern::new(wanted.pattern)?, wanted.source, wanted.matches_max);
    let (_, attempt) = attempt_for(work, caller, name, wanted.attempt).await?;
    let mut from = 0;
    while !search.is_full() {
        let frames = work.ports.series.log(attempt, from, READ_BYTES).await?;
        let Some(last) = frames.last() else { break };
        from = last.next;
        // Searching a gigabyte takes time, so it runs on a thread for blocking work.
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
