//! The traces that outlive erased payloads: taken when a payload is erased, and read when views are rebuilt.

use std::collections::HashMap;

use hven_core::{
    Fact,
    fact::{Batch, kind},
    soundness::NodeId,
    trace::Trace,
};

use crate::{
    facts,
    sql::{Connection, SqlResult},
    views::{View, claims, lineage, soundness},
};

/// Adds to each fact that says that a payload was erased what this payload says of the lineage. The payloads are still there.
pub(crate) fn take(sql: &mut Connection, batch: &mut Batch) -> SqlResult<()> {
    for fact in &mut batch.facts {
        if let Fact::PayloadErased(erased) = fact {
            erased.trace = trace_of(sql, erased.seq)?;
        }
    }
    Ok(())
}

fn trace_of(sql: &mut Connection, seq: u64) -> SqlResult<Option<Trace>> {
    let Some(envelope) = facts::one(sql, seq)? else { return Ok(None) };
    let Some(fact) = envelope.readable_fact()? else { return Ok(None) };
    let mut trace = fact.trace();
    // Bytes that came from nowhere draw no edge, and their digests need not be kept.
    let mut joining = Vec::with_capacity(trace.reads.len());
    for digest in std::mem::take(&mut trace.reads) {
        if lineage::is_source(sql, &digest)? {
            joining.push(digest);
        }
    }
    trace.reads = joining.into_iter().collect();
    if let Fact::RunSubmitted(submitted) = &fact
        && let Some(work) = &submitted.cache_key
    {
        trace.repeats = lineage::repeats(sql, NodeId::from(submitted.run), work)?;
    }
    Ok(Some(trace))
}

/// The views that use these traces. A trace stands in a later fact, so they need all facts at once.
pub(crate) const READERS: [&dyn View; 3] = [&lineage::Lineage, &soundness::Soundness, &claims::Claims];

/// The traces of erased payloads, by the numbers of their facts.
pub(crate) fn all(sql: &mut Connection) -> SqlResult<HashMap<u64, Trace>> {
    let mut traces = HashMap::new();
    for envelope in facts::of_kind(sql, kind::PayloadErased)? {
        if let Some(Fact::PayloadErased(erased)) = envelope.readable_fact()?
            && let Some(trace) = erased.trace
        {
            traces.insert(erased.seq, trace);
        }
    }
    Ok(traces)
}
