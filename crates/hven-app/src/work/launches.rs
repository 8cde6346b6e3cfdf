//! Keeps the launches of submissions for as long as a run needs them.

use crate::{
    kernel::error::AppResult,
    ports::launch::Launch,
    work::{floor::Work, schedule::Schedule},
};

/// A launch that is kept for a submission: it stays until the submission is over, and then for as long as a run has it.
#[derive(Debug)]
pub(crate) struct KeptLaunch<'a> {
    schedule: &'a Schedule,
    pub(crate) name: String,
}

impl Drop for KeptLaunch<'_> {
    fn drop(&mut self) {
        // When no run came of it, it is removed when it is looked for such launches the next time.
        self.schedule.release(&self.name);
    }
}

/// Keeps a launch that a submission is about to need.
pub(crate) async fn keep_launch<'a>(work: &'a Work, launch: &Launch) -> AppResult<KeptLaunch<'a>> {
    let schedule = &work.schedule;
    let removals_before = *schedule.removals.lock().await;
    let name = work.ports.launches.keep(launch.clone()).await?;
    let removals = schedule.removals.lock().await;
    *schedule.needed().entry(name.clone()).or_default() += 1;
    let kept = KeptLaunch { schedule, name };
    // The same launch may have been another run's last, and gone just after it was found to be there.
    let may_be_gone = *removals != removals_before;
    drop(removals);
    if may_be_gone {
        work.ports.launches.keep(launch.clone()).await?;
    }
    Ok(kept)
}

/// Removes launches that were their runs' last, unless a new submission needs them again.
pub(crate) async fn remove_launches(work: &Work, names: Vec<String>) {
    for name in names {
        let mut removals = work.schedule.removals.lock().await;
        if work.schedule.needed().contains_key(&name) {
            continue;
        }
        *removals += 1;
        if let Err(error) = work.ports.launches.discard(&name).await {
            tracing::warn!(%error, "a launch that nobody needs could not be removed; trying again later");
        }
    }
}
