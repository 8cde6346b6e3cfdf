//! The sealer: turns the streams of runs (log, metrics, samples) into Parquet objects, when runs end and when a stream
//! is large.

use std::{collections::HashMap, sync::Arc, time::Duration};

use hven_core::AttemptId;
use tokio::sync::{broadcast, mpsc};

use crate::{kernel::streams::seal, work::floor::Work};

const QUEUE_MAX: usize = 16_384;

/// The number of bytes of an attempt that are sealed before its end.
const LIVE_BYTES_MAX: u64 = 64 << 20;

/// How often the sealer looks for forgotten segments, and removes unused launches.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// A younger launch may belong to a run that is being recorded now.
const LAUNCH_AGE_MIN: Duration = Duration::from_secs(30);

pub fn queue() -> (mpsc::Sender<AttemptId>, mpsc::Receiver<AttemptId>) {
    mpsc::channel(QUEUE_MAX)
}

pub async fn run(work: Arc<Work>, mut ends: mpsc::Receiver<AttemptId>) {
    let mut grown = work.ports.series.subscribe();
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
                // Notices are only hints: the regular look finds the missed bytes.
                Err(broadcast::error::RecvError::Lagged(_)) => continue,
                Err(broadcast::error::RecvError::Closed) => return,
            },
            _ = look.tick() => forgotten(&work).await,
        };
        for attempt in attempts {
            if let Err(error) = seal(&work, attempt).await {
                tracing::warn!(%attempt, %error, "could not seal; trying again later");
            }
        }
    }
}

async fn forgotten(work: &Work) -> Vec<AttemptId> {
    if let Err(error) = work.ports.launches.retain(&work.schedule.launches(), LAUNCH_AGE_MIN).await {
        tracing::warn!(%error, "launches that nobody needs could not be removed");
    }
    match work.ports.series.unsealed().await {
        Ok(attempts) => {
            let goes_on = |attempt: &AttemptId| work.schedule.is_live(*attempt) || work.reporters.is_open(attempt.run);
            attempts.into_iter().filter(|attempt| !goes_on(attempt)).collect()
        }
        Err(error) => {
            tracing::warn!(%error, "could not look for segments to seal");
            Vec::new()
        }
    }
}
