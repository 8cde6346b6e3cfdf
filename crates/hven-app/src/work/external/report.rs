//! Reports of work that is done elsewhere.

use hven_core::{
    ActorId,
    access::Role,
    run::{FellSilent, HeardAgain},
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        find::run::run_to_log,
    },
    ports::run::RunView,
    work::{
        external::{close::end_if_cancelled, only_external::require_external},
        floor::Work,
    },
};

/// Notes that the work goes on. The answer says in which state the run is; `stopping` when its end was asked for.
pub async fn heartbeat(work: &Work, caller: &Caller, name: &str) -> AppResult<RunView> {
    let run = run_to_log(work, caller, name, Role::Member).await?;
    require_external(&run)?;
    if run.state.is_final() {
        return Err(AppError::Conflict(format!("run {} has ended already: {}", run.handle, run.state.as_str())));
    }
    heard(work, &run).await?;
    run_to_log(work, caller, &run.id.to_string(), Role::Member).await
}

/// Notes a report of a run. Runs of Hven are not watched here.
pub(crate) async fn heard(work: &Work, run: &RunView) -> AppResult<()> {
    if work.reporters.heard(run.id, work.now()) {
        let recorded = work.record(ActorId::SYSTEM, None, vec![HeardAgain { run: run.id }.into()]).await;
        if let Err(error) = recorded {
            work.reporters.set_silent(run.id, true);
            return Err(error);
        }
    }
    Ok(())
}

/// Records that reporters fell silent.
pub(crate) async fn note_silence(work: &Work) -> AppResult<()> {
    for (run, heard) in work.reporters.fallen_silent(work.now()) {
        let _no_report = work.schedule.ending().await;
        if !work.reporters.is_open(run) {
            continue;
        }
        if let Err(error) = work.record(ActorId::SYSTEM, None, vec![FellSilent { run, heard }.into()]).await {
            work.reporters.set_silent(run, false);
            return Err(error);
        }
        end_if_cancelled(work, run).await?;
    }
    Ok(())
}
