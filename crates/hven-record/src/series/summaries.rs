//! The metrics of many attempts: a list loads those of all its runs in one statement.
//!
//! For a live attempt, this reads the live end of its streams first and the parts afterwards; [`super::snapshot`] explains
//! why. If a part was recorded in between, this reads that stream again, on its own.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    io,
};

use hven_app::ports::{Series, StoreResult};
use hven_core::{AttemptId, RunId, run::MetricSummary, stream::Stream};

use super::{live::is_points, snapshot::UnsealedTail};
use crate::{
    home::{Home, Inner},
    sql::{Connection, SqlError, SqlResult, keys},
};

/// The live ends of an attempt's streams; `None` if one was sealed meanwhile.
type LiveEnds = Option<LiveEndsOfAttempt>;

struct LiveEndsOfAttempt {
    of_streams: Vec<LiveEnd>,
    /// The attempt has no parts, so that these are all of its points.
    are_all: bool,
}

/// The summaries of the live end of a stream.
struct LiveEnd {
    stream: Stream,
    /// Its first offset: parts contain the earlier bytes.
    from: u64,
    lines: Vec<MetricSummary>,
}

/// The summaries of the parts of an attempt.
#[derive(Debug, Default)]
pub(crate) struct Sealed {
    pub(crate) lines: BTreeMap<String, MetricSummary>,
    /// For each stream, the offset at which its parts end.
    to: HashMap<Stream, u64>,
}

/// The summaries of the parts of attempts, by metric key.
pub(crate) fn sealed(sql: &mut Connection, attempts: &[AttemptId]) -> SqlResult<HashMap<AttemptId, Sealed>> {
    let wanted: HashSet<AttemptId> = attempts.iter().copied().collect();
    let runs: Vec<[u8; 16]> = attempts.iter().map(|attempt| attempt.run.to_bytes()).collect();
    let find = "SELECT run, attempt, stream, to_byte, summary FROM parts WHERE run IN ({keys}) \
                AND summary IS NOT NULL ORDER BY run, attempt, stream, part";
    let rows = sql.query_in(find, &[], &keys(&runs), |row| {
        let attempt = AttemptId { run: RunId::from_bytes(row.array(0)?), number: row.int(1)? as u32 };
        Ok((attempt, row.text(2)?, row.uint(3)?, row.text(4)?))
    })?;
    let mut all: HashMap<AttemptId, Sealed> = HashMap::new();
    for (attempt, stream, to, text) in rows.into_iter().filter(|(attempt, ..)| wanted.contains(attempt)) {
        let lines: Vec<MetricSummary> =
            serde_json::from_str(&text).map_err(|e| SqlError::Row(format!("a summary cannot be read: {e}")))?;
        let sealed = all.entry(attempt).or_default();
        MetricSummary::gather(&mut sealed.lines, lines);
        if let Some(stream) = Stream::parse(&stream) {
            let known = sealed.to.entry(stream).or_default();
            *known = to.max(*known);
        }
    }
    Ok(all)
}

impl Home {
    /// A summary of each metric of each attempt, with live points. `live`: the runs that had segments before this call.
    pub(crate) async fn summaries_of_many(
        &self,
        attempts: &[AttemptId],
        live: &HashSet<RunId>,
    ) -> StoreResult<HashMap<AttemptId, Vec<MetricSummary>>> {
        let going_on: Vec<AttemptId> = attempts.iter().filter(|attempt| live.contains(&attempt.run)).copied().collect();
        let read = move |inner: &Inner| -> io::Result<Vec<(AttemptId, LiveEnds)>> {
            going_on.into_iter().map(|attempt| Ok((attempt, inner.live_ends(attempt)?))).collect()
        };
        let ends = self.blocking("the segments", read).await?;
        // An attempt without parts is complete with its live end.
        let without_parts = |(attempt, ends): &(AttemptId, LiveEnds)| ends.as_ref()?.are_all.then_some(*attempt);
        let only_live: HashSet<AttemptId> = ends.iter().filter_map(without_parts).collect();
        let asked: Vec<AttemptId> = attempts.iter().filter(|attempt| !only_live.contains(attempt)).copied().collect();
        let mut sealed = self.inner.readers.read(move |sql| Ok(sealed(sql, &asked)?)).await?;
        let mut all = HashMap::new();
        for (attempt, ends) in ends {
            let parts = sealed.remove(&attempt).unwrap_or_default();
            let follows = |end: &LiveEnd| parts.to.get(&end.stream).copied().unwrap_or(0) == end.from;
            match ends.filter(|ends| ends.of_streams.iter().all(follows)) {
                Some(ends) => {
                    let mut lines = parts.lines;
                    MetricSummary::gather(&mut lines, ends.of_streams.into_iter().flat_map(|end| end.lines));
                    all.insert(attempt, lines.into_values().collect());
                }
                None => {
                    all.insert(attempt, self.summaries(attempt).await?);
                }
            }
        }
        all.extend(sealed.into_iter().map(|(attempt, parts)| (attempt, parts.lines.into_values().collect())));
        all.retain(|_, lines: &mut Vec<MetricSummary>| !lines.is_empty());
        Ok(all)
    }
}

impl Inner {
    fn live_ends(&self, attempt: AttemptId) -> io::Result<LiveEnds> {
        let live_streams = &self.shared.live_streams;
        let had_no_parts = live_streams.is_only_live(attempt);
        let mut of_streams = Vec::new();
        for stream in Stream::ALL.into_iter().filter(|stream| is_points(*stream)) {
            let id = (attempt, stream);
            let Some((reach, lines)) = live_streams.folded(id) else { continue };
            let lines = match lines {
                Some(lines) => lines,
                None => {
                    let Some(file) = self.segment(id)? else { return Ok(None) };
                    let tail = UnsealedTail { id, file, from: reach.sealed_to, extent: reach.extent };
                    let Some(lines) = self.live_summaries(&[tail])? else { return Ok(None) };
                    lines
                }
            };
            of_streams.push(LiveEnd { stream, from: reach.sealed_to, lines });
        }
        let are_all = had_no_parts && live_streams.is_only_live(attempt);
        // Otherwise a stream may have been sealed before its end was read.
        Ok((are_all || !had_no_parts).then_some(LiveEndsOfAttempt { of_streams, are_all }))
    }
}
