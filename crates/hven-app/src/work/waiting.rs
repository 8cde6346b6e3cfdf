//! Why a run waits, in sentences.

use hven_core::{RunnerId, resources::Shortage, sentence::Sentence};

use crate::{
    kernel::{error::AppResult, sayings::Saying},
    ports::{engine::Waiting, launch::RunnerProcess},
    work::floor::Work,
};

/// How long a runner may be silent before it is named: at a start of the server it takes a moment to attach.
const SILENT_US: i64 = 3_000_000;

/// A reason to wait, as a sentence.
pub async fn waiting(work: &Work, reason: &Waiting) -> AppResult<Sentence> {
    let silent = work.runners.silent_since(work.now().plus_micros(-SILENT_US));
    let runner = match reason {
        Waiting::NoRunner => silent.first(),
        Waiting::Placed { runner } => silent.iter().find(|silent| *silent == runner),
        _ => None,
    };
    match runner {
        Some(runner) => Ok(silence(work, *runner).await?.sentence()),
        None => Ok(said(reason)),
    }
}

/// What is known of a runner that does not attach, and what can be done about it.
async fn silence(work: &Work, runner: RunnerId) -> AppResult<Saying> {
    let enrolled = work.ports.views.runners().await?.into_iter().find(|view| view.id == runner);
    let process = work.ports.launcher.process(runner).await;
    Ok(match (process, enrolled) {
        (Some(RunnerProcess { pid, host }), Some(enrolled)) => {
            Saying::WaitsRunnerSilent { pid, host, version: enrolled.version }
        }
        _ => Saying::WaitsRunnerUnknown,
    })
}

fn said(reason: &Waiting) -> Sentence {
    match reason {
        Waiting::NoRunner => Saying::WaitsNoRunner,
        Waiting::NoSpace => Saying::WaitsNoSpace,
        Waiting::Queue { ahead } => Saying::WaitsQueue { count: *ahead },
        Waiting::Busy { shortage } => Saying::WaitsBusy { needed: needed(shortage), available: available(shortage) },
        Waiting::TooLarge { shortage } if !matches!(shortage.resource.as_str(), "cpus" | "memory") => {
            Saying::WaitsNotDeclared {
                needed: needed(shortage),
                available: available(shortage),
                resource: shortage.resource.clone(),
            }
        }
        Waiting::TooLarge { shortage } => {
            Saying::WaitsTooLarge { needed: needed(shortage), available: available(shortage) }
        }
        Waiting::Placed { .. } => Saying::WaitsPlaced,
        Waiting::Backoff { until } => Saying::WaitsBackoff { until_time: until.to_string() },
    }
    .sentence()
}

fn needed(shortage: &Shortage) -> Sentence {
    let count = shortage.wanted;
    match shortage.resource.as_str() {
        "cpus" if count == 1 => Saying::OneCore,
        "cpus" => Saying::Cores { count },
        "memory" => Saying::MemoryBytes { wanted_bytes: count },
        name => Saying::Units { count, name: name.to_owned() },
    }
    .sentence()
}

fn available(shortage: &Shortage) -> Sentence {
    match shortage.resource.as_str() {
        "memory" => Saying::AvailableMemory { available_bytes: shortage.available },
        _ => Saying::AvailableCount { count: shortage.available },
    }
    .sentence()
}
