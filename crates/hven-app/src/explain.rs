//! Why a run waits, why it is where it is, why it ended as it did: in sentences.

use hven_core::{
    access::Role,
    resources::Shortage,
    run::{Outcome, State},
};

use crate::{
    App, AppResult, Caller,
    ports::{
        engine::{Standing, Waiting},
        views::{AttemptView, RunView},
    },
    runs::{self, Detail},
};

/// One sentence, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// `waits`, `place`, `attempt`, `end` or `cache`.
    pub about: &'static str,
    pub text: String,
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
            .map_or_else(|| "an unknown runner".to_owned(), |r| format!("{} (pool {})", r.host, r.pool))
    };
    let mut lines = Vec::new();
    if let Some(Standing::Waiting(reason)) = &standing {
        lines.push(Line { about: "waits", text: waiting(reason) });
    }
    for attempt in &attempts {
        lines.extend(attempt_lines(attempt, &host(attempt.runner)));
    }
    if let Some(result) = run.result.as_ref().filter(|_| run.state.is_final()) {
        lines.push(Line { about: "end", text: end(&result.outcome, run.state) });
    }
    lines.push(Line { about: "cache", text: cache(&run) });
    Ok((run, lines))
}

/// A reason to wait, as a sentence.
pub fn waiting(reason: &Waiting) -> String {
    match reason {
        Waiting::NoRunner => "It waits because no runner is attached yet; one is being started.".to_owned(),
        Waiting::Queue { ahead } => format!("It waits because {ahead} runs were here before it."),
        Waiting::Busy { shortage } => {
            format!("It is next, and waits until {} free: {} are.", needed(shortage), shortage.available)
        }
        Waiting::TooLarge { shortage } => format!(
            "It waits because no runner is large enough: it needs {}, and the largest has {}.",
            needed(shortage),
            shortage.available
        ),
        Waiting::Placed { .. } => "It was given to a runner, which starts it as soon as there is room.".to_owned(),
        Waiting::Backoff { until } => format!("It waits until {until} before it is tried again."),
    }
}

fn needed(shortage: &Shortage) -> String {
    match shortage.resource.as_str() {
        "cpus" => format!("{} cores", shortage.wanted),
        "memory" => format!("{} bytes of memory", shortage.wanted),
        name => format!("{} of {name}", shortage.wanted),
    }
}

fn attempt_lines(attempt: &AttemptView, place: &str) -> Vec<Line> {
    let number = attempt.id.number;
    let mut lines = vec![Line {
        about: "place",
        text: format!("Attempt {number} went to {place}, the first in line with room for it."),
    }];
    if let Some(because) = &attempt.retry_because {
        lines.push(Line { about: "attempt", text: format!("Attempt {number} was followed by another: {because}.") });
    }
    lines
}

fn end(outcome: &Outcome, state: State) -> String {
    match state {
        State::Done => "It is done: the process ended with status 0 and its outputs are sealed.".to_owned(),
        State::Cancelled => "It was cancelled.".to_owned(),
        _ => format!("It ended: {outcome}."),
    }
}

fn cache(run: &RunView) -> String {
    match (&run.spec, run.cache_key) {
        (None, _) => "What it ran was erased, so it is never taken for up to date.".to_owned(),
        (Some(spec), Some(_)) if spec.recipe.is_some() => {
            "The same recipe with the same arguments and inputs is up to date and is not run again, unless --fresh is \
             given."
                .to_owned()
        }
        (Some(_), Some(_)) => {
            "The same command on the same inputs and code is up to date and is not run again, unless --fresh is given."
                .to_owned()
        }
        (Some(spec), None) if spec.inputs.is_empty() || spec.outputs.is_empty() => {
            "It is run each time, because it does not declare both its inputs (-i) and its outputs (-o).".to_owned()
        }
        (Some(_), None) => "It is run each time, because its code could not be captured.".to_owned(),
    }
}
