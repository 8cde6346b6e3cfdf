//! Previews of arrays: what a submission would do, without one.

use hven_core::{
    Digest,
    access::Role,
    array::{Axis, TASKS_MAX, task_count, values_of},
    forecast::{Forecast, RUNS_MIN, at_once, many_forecast},
    project::ProjectPath,
    run::Spec,
    sentence::Sentence,
};

use crate::{
    kernel::{callers::Caller, error::AppResult, object_rights, sentences::AnswerSentence},
    work::{
        arrays::{
            submit::{ArrayRequest, check_first_tasks, check_request},
            submit_tasks::Tasks,
            value_tables::ValueTables,
        },
        expectations::history::History,
        floor::Work,
    },
};

/// What the submission of an array would do.
#[derive(Clone, Debug)]
pub struct Preview {
    pub tasks: u64,
    /// The words of the first and of the last command.
    pub first: Vec<String>,
    pub last: Vec<String>,
    /// How long all tasks take together, when nothing else runs; or why that is not known.
    pub takes: Result<Forecast, Sentence>,
}

/// Checks a request as its submission does, as far as that needs no inputs, and says how long it takes. Nothing is recorded.
pub async fn preview(work: &Work, caller: &Caller, request: ArrayRequest) -> AppResult<Preview> {
    let ArrayRequest { task, axes, stop_when, gather } = request;
    caller.require(Role::Viewer, &task.project)?;
    check_request(&task, &axes, stop_when.as_deref(), gather.as_ref())?;
    let tables: Vec<Digest> = axes.iter().flat_map(Axis::tables).collect();
    object_rights::require_tables(work, caller, &tables).await?;
    let tables = ValueTables::read(work, &axes).await?;
    check_first_tasks(&task, &axes, &tables)?;
    let count = task_count(&axes).unwrap_or(TASKS_MAX);
    let templates = Tasks::of(&task.spec, task.name.as_deref());
    let filled = |number| templates.fill(&values_of(&axes, number, &tables)).0;
    let (first, last) = (filled(1), filled(count));
    let spec = Spec { argv: first.clone(), ..task.spec };
    let takes = takes(work, &task.project, &spec, count).await?.map_err(|why| why.sentence());
    Ok(Preview { tasks: count, first, last, takes })
}

async fn takes(
    work: &Work,
    project: &ProjectPath,
    spec: &Spec,
    count: u64,
) -> AppResult<Result<Forecast, AnswerSentence>> {
    let Some(history) = History::read(work, project, spec, None).await? else {
        return Ok(Err(AnswerSentence::ExpectsCodeUnknown));
    };
    let Some(one) = history.forecast(spec) else {
        return Ok(Err(AnswerSentence::ExpectsTooFew { count: history.runs.len(), needed: RUNS_MIN }));
    };
    let capacities = work.schedule.capacities();
    Ok(match at_once(&capacities, &spec.resources) {
        _ if capacities.is_empty() => Err(AnswerSentence::ExpectsNoRunner),
        0 => Err(AnswerSentence::ExpectsTooLarge),
        places => Ok(many_forecast(&one, count, places)),
    })
}
