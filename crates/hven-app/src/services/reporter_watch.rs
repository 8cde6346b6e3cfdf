//! The watch on reporters of work that is done elsewhere: it records which of them fell silent, and which can report no more.

use std::{sync::Arc, time::Duration};

use crate::work::{
    external::{close::end_left_open, report::note_silence},
    floor::Work,
};

const LOOK_EVERY: Duration = Duration::from_secs(1);

pub async fn run(work: Arc<Work>) {
    let mut look = tokio::time::interval(LOOK_EVERY);
    loop {
        look.tick().await;
        if let Err(error) = note_silence(&work).await {
            tracing::warn!(%error, "could not record that a reporter is silent; trying again");
        }
        if let Err(error) = end_left_open(&work).await {
            tracing::warn!(%error, "could not record that a process left a run open; trying again");
        }
    }
}
