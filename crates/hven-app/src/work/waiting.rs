//! Explains in sentences why a run waits.

use hven_core::{
    RunnerId, UserId,
    resources::Shortage,
    sentence::{Bytes, Sentence},
};

use crate::{
    kernel::{error::AppResult, sentences::AnswerSentence},
    ports::{
        engine::{LimitOf, WaitReason},
        launch::RunnerProcess,
        run::RunView,
    },
    work::{arrays::waiting::held_array_of, floor::Work},
};

/// How long a runner must be silent before it is named. After a start of the server, a runner needs a moment to attach.
const SILENT_US: i64 = 3_000_000;

/// A reason to wait, as a sentence.
pub async fn waiting(work: &Work, run: &RunView, reason: &WaitReason) -> AppResult<Sentence> {
    let silent = work.runners.silent_since(work.now().plus_micros(-SILENT_US));
    let runner = match reason {
        WaitReason::NoRunner => silent.first(),
        WaitReason::Placed { runner } => silent.iter().find(|silent| *silent == runner),
        _ => None,
    };
    if let Some(runner) = runner {
        return Ok(silent_runner(work, *runner).await?.sentence());
    }
    if let WaitReason::Queue { ahead, due: Some(due) } = reason {
        let user = UserId::from_u128(due.as_u128());
        // Without a readable name, only the number is shown.
        let name = work.ports.views.user(user).await?.and_then(|user| user.name);
        if let Some(name) = name {
            return Ok(match *ahead {
                0 => AnswerSentence::WaitsShare { name },
                count => AnswerSentence::WaitsQueueAndShare { count, name },
            }
            .sentence());
        }
    }
    if *reason == WaitReason::Held
        && !run.queue.held
        && let Some(number) = held_array_of(work, run.id).await?
    {
        return Ok(AnswerSentence::WaitsArrayHeld { array: format!("array/{number}") }.sentence());
    }
    Ok(said(run, reason))
}

/// The known facts about a runner that does not attach, and what a person can do.
async fn silent_runner(work: &Work, runner: RunnerId) -> AppResult<AnswerSentence> {
    let enrolled = work.ports.views.runners().await?.into_iter().find(|view| view.id == runner);
    let process = work.ports.launcher.process(runner).await;
    Ok(match (process, enrolled) {
        (Some(RunnerProcess { pid, host }), Some(enrolled)) => {
            AnswerSentence::WaitsRunnerSilent { pid, host, version: enrolled.version }
        }
        _ => AnswerSentence::WaitsRunnerUnknown,
    })
}

fn said(run: &RunView, reason: &WaitReason) -> Sentence {
    match reason {
        WaitReason::NoRunner => AnswerSentence::WaitsNoRunner,
        WaitReason::NoSpace => AnswerSentence::WaitsNoSpace,
        WaitReason::Queue { ahead, .. } => AnswerSentence::WaitsQueue { count: *ahead },
        WaitReason::Limit { of, resource, wanted, limit, in_use } => {
            let (needed, in_use) = (limit_of(resource, *wanted), u64::from(*in_use));
            let is_never = wanted > limit;
            let limit = limit_of(resource, *limit);
            match of {
                _ if is_never => AnswerSentence::WaitsLimitNever { needed, limit },
                LimitOf::User => AnswerSentence::WaitsLimitUser { needed, limit, in_use },
                LimitOf::Project => AnswerSentence::WaitsLimitProject { needed, limit, in_use },
            }
        }
        WaitReason::Held => AnswerSentence::WaitsHeld { handle: run.handle.to_string() },
        WaitReason::After { name, .. } => AnswerSentence::WaitsAfter { run: name.clone() },
        WaitReason::Busy { shortage } => {
            AnswerSentence::WaitsBusy { needed: needed(shortage), available: available(shortage) }
        }
        WaitReason::TooLarge { shortage } if !matches!(shortage.resource.as_str(), "cpus" | "memory") => {
            AnswerSentence::WaitsNotDeclared {
                needed: needed(shortage),
                available: available(shortage),
                resource: shortage.resource.clone(),
            }
        }
        WaitReason::TooLarge { shortage } => {
            AnswerSentence::WaitsTooLarge { needed: needed(shortage), available: available(shortage) }
        }
        WaitReason::Placed { .. } => AnswerSentence::WaitsPlaced,
        WaitReason::Backoff { until } => AnswerSentence::WaitsBackoff { until_time: until.to_string() },
    }
    .sentence()
}

pub(super) fn limit_of(resource: &str, limit: u32) -> Sentence {
    let count = u64::from(limit);
    match (resource, count) {
        ("runs", 1) => AnswerSentence::OneRun,
        ("runs", _) => AnswerSentence::Runs { count },
        _ => cores(count),
    }
    .sentence()
}

fn cores(count: u64) -> AnswerSentence {
    if count == 1 { AnswerSentence::OneCore } else { AnswerSentence::Cores { count } }
}

pub(super) fn needed(shortage: &Shortage) -> Sentence {
    let count = shortage.wanted;
    match shortage.resource.as_str() {
        "cpus" => cores(count),
        "memory" => AnswerSentence::MemoryBytes { wanted_bytes: Bytes(count) },
        name => AnswerSentence::Units { count, name: name.to_owned() },
    }
    .sentence()
}

pub(super) fn available(shortage: &Shortage) -> Sentence {
    match shortage.resource.as_str() {
        "memory" => AnswerSentence::AvailableMemory { available_bytes: Bytes(shortage.available) },
        _ => AnswerSentence::AvailableCount { count: shortage.available },
    }
    .sentence()
}
