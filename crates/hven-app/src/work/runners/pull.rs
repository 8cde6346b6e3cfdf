//! Delivers the commands of a runner.

use std::{sync::Arc, time::Duration};

use hven_core::{
    RunnerId,
    recorded::Recorded,
    run::{AttemptResult, Outcome},
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
    },
    ports::engine::EngineEvent,
    work::{floor::Work, permissions, runners::links::RunnerCommand, schedule::LiveRun},
};

/// The commands after number `after`, and whether the runner may end when idle. Waits up to `wait` for a command.
pub async fn pull(
    work: &Work,
    caller: &Caller,
    session: &str,
    after: u64,
    wait: Duration,
) -> AppResult<(Vec<(u64, RunnerCommand)>, bool)> {
    const COMMANDS_MAX: usize = 256;
    let runner = caller.require_runner()?;
    let deadline = tokio::time::Instant::now() + wait;
    loop {
        work.runners.heard_now(runner, session, work.now())?;
        let (queued, may_leave, arrived) = {
            let mut links = work.runners.attached();
            let link = links.get_mut(&runner).ok_or_else(|| AppError::StaleSession(session.to_owned()))?;
            while link.commands.front().is_some_and(|(number, _)| *number <= after) {
                link.commands.pop_front();
            }
            let queued: Vec<_> = link.commands.iter().take(COMMANDS_MAX).cloned().collect();
            // Created while the lock is held, so that no command is missed.
            (queued, link.leave_when_idle, Arc::clone(&link.arrived).notified_owned())
        };
        let is_queue_empty = queued.is_empty();
        let commands = permitted(work, runner, session, queued).await;
        if !commands.is_empty() || may_leave {
            return Ok((commands, may_leave));
        }
        // When no command was permitted, there may be others behind them.
        if is_queue_empty && tokio::time::timeout_at(deadline, arrived).await.is_err() {
            return Ok((Vec::new(), false));
        }
    }
}

/// The commands that may be delivered. A start may have waited for its runner for a long time. If the permission to run
/// commands was revoked meanwhile, or if this runner cannot start the attempt, the attempt ends here. Then the numbers
/// of commands have gaps.
async fn permitted(
    work: &Work,
    runner: RunnerId,
    session: &str,
    commands: Vec<(u64, RunnerCommand)>,
) -> Vec<(u64, RunnerCommand)> {
    let mut permitted = Vec::with_capacity(commands.len());
    for (number, command) in commands {
        if let RunnerCommand::Start { attempt, live, .. } = &command
            && let Some(why) = reason_not_to_start(work, runner, live).await
        {
            let outcome = Outcome::NotStarted { why: why.to_string() };
            let result = Box::new(AttemptResult::without_process(outcome));
            // The end is reported before the withdrawal, because a runner may disconnect, and a start that was only
            // withdrawn would never end.
            work.schedule.send_event(EngineEvent::Ended { attempt: *attempt, result }, work.now()).await;
            work.runners.withdraw(runner, session, number);
            continue;
        }
        permitted.push((number, command));
    }
    permitted
}

/// The reason why a runner may not start this run.
async fn reason_not_to_start(work: &Work, runner: RunnerId, live: &LiveRun) -> Option<Recorded> {
    if !permissions::may_start(work, live).await {
        return Some(Recorded::MayNotRun);
    }
    let can = work.runners.attached().get(&runner).map(|link| (link.hands_on_stdin, link.enters_folders));
    let (hands_on_stdin, enters_folders) = can.unwrap_or_default();
    let spec = &live.spec;
    if spec.stdin.is_some() && !hands_on_stdin {
        return Some(Recorded::RunnerOlder);
    }
    let is_within = !spec.place.is_here() && !spec.cwd.is_empty();
    (is_within && !enters_folders).then_some(Recorded::RunnerOlderFolder)
}
