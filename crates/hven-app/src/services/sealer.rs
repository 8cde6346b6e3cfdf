//! The sealer: turns what runs said (log, metrics, samples) into Parquet objects, when they end and when they say a lot.

use std::{collections::HashMap, sync::Arc, time::Duration};

use hven_core::{ActorId, AttemptId, Fact};
use tokio::sync::{broadcast, mpsc};

use crate::{App, AppResult};

const QUEUE_MAX: usize = 16_384;
/// So many bytes of one attempt are sealed without waiting for its end.
const LIVE_BYTES_MAX: u64 = 64 << 20;
/// How often forgotten segments are looked for, and how often launches that nobody needs are removed.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// A launch that is younger may belong to a run that is just being recorded.
const LAUNCH_AGE_MIN: Duration = Duration::from_secs(30);

pub fn queue() -> (mpsc::Sender<AttemptId>, mpsc::Receiver<AttemptId>) {
    mpsc::channel(QUEUE_MAX)
}

pub async fn run(app: Arc<App>, mut ends: mpsc::Receiver<AttemptId>) {
    let mut grown = app.ports.series.subscribe();
    let mut live_bytes: HashMap<AttemptId, u64> = HashMap::new();
    let mut look = tokio::time::interval(LOOK_EVERY);
    loop {
        let attempts = tokio::select! {
            end = ends.recv() => match end {
                None => return,
                Some(attempt) => {
                    live_bytes.remove(&attempt);
                    vec![attempt]
                }
            },
            growth = grown.recv() => match growth {
                Ok(growth) => {
                    let sealed = live_bytes.entry(growth.attempt).or_insert(0);
                    if growth.extent < *sealed + LIVE_BYTES_MAX {
                        continue;
                    }
                    *sealed = growth.extent;
                    vec![growth.attempt]
                }
                // Only hints: the regular look finds what was missed.
                Err(broadcast::error::RecvError::Lagged(_)) => continue,
                Err(broadcast::error::RecvError::Closed) => return,
            },
            _ = look.tick() => forgotten(&app).await,
        };
        for attempt in attempts {
            if let Err(error) = seal(&app, attempt).await {
                tracing::warn!(%attempt, %error, "could not seal; trying again later");
            }
        }
    }
}

async fn forgotten(app: &App) -> Vec<AttemptId> {
    if let Err(error) = app.ports.launches.retain(&app.schedule.launches(), LAUNCH_AGE_MIN).await {
        tracing::warn!(%error, "launches that nobody needs could not be removed");
    }
    match app.ports.series.unsealed().await {
        Ok(attempts) => attempts.into_iter().filter(|attempt| !app.schedule.is_live(*attempt)).collect(),
        Err(error) => {
            tracing::warn!(%error, "could not look for segments to seal");
            Vec::new()
        }
    }
}

/// Seals what an attempt said since its last part, records it, and lets the segments go.
pub async fn seal(app: &App, attempt: AttemptId) -> AppResult<()> {
    let _moving = app.moving_streams.lock().await;
    let parts = app.ports.series.seal(attempt).await?;
    if parts.is_empty() {
        return Ok(());
    }
    let facts: Vec<Fact> = parts.iter().cloned().map(Fact::from).collect();
    app.record(ActorId::SYSTEM, None, facts).await?;
    app.ports.series.sealed(&parts).await?;
    Ok(())
}
