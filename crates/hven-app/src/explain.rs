//! Why a run waits, why it is where it is, why it ended as it did: in sentences.

use hven_core::{
    access::Role,
    recorded::Told,
    resources::Shortage,
    run::{Outcome, State},
    sentence::Sentence,
};

use crate::{
    App, AppResult, Caller,
    ports::{
        engine::{Standing, Waiting},
        views::{AttemptView, RunView},
    },
    runs::{self, Detail},
    sayings::Saying,
};

/// One sentence, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// `waits`, `place`, `attempt`, `end` or `cache`.
    pub about: &'static str,
    pub said: Sentence,
}

pub async fn explain(app: &App, caller: &Caller, name: &str) -> AppResult<(RunView, Vec<Line>)> {
    caller.require_user()?;
    let Detail { run, attempts, standing, .. } = runs::detail(app, caller, name).await?;
    caller.require(Role::Viewer, &run.project)?;
    let runners = app.ports.views.runners().await?;
    let host = |id| {
        runners
            .iter()
            .find(|r| r.id == id)
            .map_or(Saying::UnknownPlace, |r| Saying::Place { host: r.host.clone(), pool: r.pool.clone() })
            .sentence()
    };
    let mut lines = Vec::new();
    if let Some(Standing::Waiting(reason)) = &standing {
        lines.push(Line { about: "waits", said: waiting(reason) });
    }
    for attempt in &attempts {
        lines.extend(attempt_lines(attempt, host(attempt.runner)));
    }
    if let Some(result) = run.result.as_ref().filter(|_| run.state.is_final()) {
        lines.push(Line { about: "end", said: end(&result.outcome, run.state).sentence() });
    }
    lines.push(Line { about: "cache", said: cache(&run).sentence() });
    Ok((run, lines))
}

/// A reason to wait, as a sentence.
pub fn waiting(reason: &Waiting) -> Sentence {
    match reason {
        Waiting::NoRunner => Saying::WaitsNoRunner,
        Waiting::NoSpace => Saying::WaitsNoSpace,
        Waiting::Queue { ahead } => Saying::WaitsQueue { count: *ahead },
        Waiting::Busy { shortage } => Saying::WaitsBusy { needed: needed(shortage), available: available(shortage) },
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

fn attempt_lines(attempt: &AttemptView, place: Sentence) -> Vec<Line> {
    let number = attempt.id.number;
    let mut lines = vec![Line { about: "place", said: Saying::PlaceFirst { attempt: number, place }.sentence() }];
    if let Some(because) = &attempt.retry_because {
        let said = Saying::AttemptFollowed { attempt: number, because: Told(because.clone()) }.sentence();
        lines.push(Line { about: "attempt", said });
    }
    lines
}

fn end(outcome: &Outcome, state: State) -> Saying {
    match state {
        State::Done => Saying::EndDone,
        State::Cancelled => Saying::EndCancelled,
        _ => Saying::EndOther { outcome: Told(outcome.to_string()) },
    }
}

fn cache(run: &RunView) -> Saying {
    match (&run.spec, run.cache_key) {
        (None, _) => Saying::CacheErased,
        (Some(spec), Some(_)) if spec.recipe.is_some() => Saying::CacheKeptRecipe,
        (Some(_), Some(_)) => Saying::CacheKept,
        (Some(spec), None) if spec.inputs.is_empty() || spec.outputs.is_empty() => Saying::CacheUndeclared,
        (Some(_), None) => Saying::CacheNoCode,
    }
}
