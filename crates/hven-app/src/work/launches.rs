//! Keeps the launches of submissions for as long as a run needs them.

use crate::{
    kernel::error::AppResult,
    ports::launch::Launch,
    work::{floor::Work, schedule::Schedule},
};

/// A launch that is kept until the submission is over, and then for as long as a run uses it.
#[derive(Debug)]
pub(crate) struct KeptLaunch<'a> {
    schedule: &'a Schedule,
    pub(crate) name: String,
}

impl Drop for KeptLaunch<'_> {
    fn drop(&mut self) {
        // If no run was recorded, the next search for unused launches removes it.
        self.schedule.release(&self.name);
    }
}

/// Keeps a launch for a submission.
pub(crate) async fn keep_launch<'a>(work: &'a Work, launch: &Launch) -> AppResult<KeptLaunch<'a>> {
    let schedule = &work.schedule;
    let removals_before = *schedule.removals.lock().await;
    let name = work.ports.launches.keep(launch.clone()).await?;
    let removals = schedule.removals.lock().await;
    *schedule.needed().entry(name.clone()).or_default() += 1;
    let kept = KeptLaunch { schedule, name };
    // The same launch may have been removed with its last run, just after it was found.
    let may_be_gone = *removals != removals_before;
    drop(removals);
    if may_be_gone {
        work.ports.launches.keep(launch.clone()).await?;
    }
    Ok(kept)
}

/// Removes launches whose last run has ended, unless a new submission needs them again.
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
