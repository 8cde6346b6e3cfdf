//! Turns the streams of an attempt into sealed parts.

use hven_core::{ActorId, AttemptId, Fact};

use crate::kernel::{error::AppResult, floor::Kernel};

/// Seals the new bytes of an attempt's streams, records the parts, and releases the segments.
pub async fn seal(kernel: &Kernel, attempt: AttemptId) -> AppResult<()> {
    let _moving = kernel.moving_streams.lock().await;
    let parts = kernel.ports.series.seal(attempt).await?;
    if parts.is_empty() {
        return Ok(());
    }
    let facts: Vec<Fact> = parts.iter().cloned().map(Fact::from).collect();
    kernel.record(ActorId::SYSTEM, None, facts).await?;
    kernel.ports.series.sealed(&parts).await?;
    Ok(())
}
