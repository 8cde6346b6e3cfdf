//! Previews of arrays: what a submission would do, without one.

use hven_core::{
    access::Role,
    array::{TASKS_MAX, task_count, values_of},
    forecast::{Distribution, Forecast, RUNS_MIN, at_once, many_forecast},
    project::ProjectPath,
    question::Question,
    run::Spec,
    sentence::Sentence,
};

use crate::{
    kernel::{callers::Caller, error::AppResult, sentences::AnswerSentence},
    work::{
        arrays::{
            submit::{ArrayRequest, CheckedArray, check_array},
            submit_tasks::Tasks,
        },
        expectations::history::History,
        floor::Work,
    },
};

/// The effect that the submission of an array would have.
#[derive(Clone, Debug)]
pub struct Preview {
    pub tasks: u64,
    /// The words of the first and of the last command.
    pub first: Vec<String>,
    pub last: Vec<String>,
    /// How long all tasks take together, when nothing else runs; or why that is not known.
    pub takes: Result<Forecast, Sentence>,
}

/// Checks a request as its submission does, as far as that needs no inputs and code, and says how long it takes. Nothing is recorded.
pub async fn preview(work: &Work, caller: &Caller, mut request: ArrayRequest) -> AppResult<Preview> {
    caller.require(Role::Viewer, &request.task.project)?;
    let CheckedArray { tables, .. } = check_array(work, caller, &mut request).await?;
    let ArrayRequest { task, axes, .. } = request;
    let count = task_count(&axes).unwrap_or(TASKS_MAX);
    let templates = Tasks::of(&task.spec, task.name.as_deref());
    let filled = |number| templates.fill(&values_of(&axes, number, &tables)).0;
    let (first, last) = (filled(1), filled(count));
    let spec = |number| Spec { argv: filled(number), ..task.spec.clone() };
    let specs: Vec<Spec> =
        (0..SAMPLES.min(count)).map(|sample| spec(1 + sample * count / SAMPLES.min(count))).collect();
    let takes = takes(work, &task.project, &specs, count).await?.map_err(|why| why.sentence());
    Ok(Preview { tasks: count, first, last, takes })
}

/// For so many tasks, at equal distances, earlier runs are searched.
const SAMPLES: u64 = 16;

async fn takes(
    work: &Work,
    project: &ProjectPath,
    specs: &[Spec],
    count: u64,
) -> AppResult<Result<Forecast, AnswerSentence>> {
    let Some(first) = specs.first() else { return Ok(Err(AnswerSentence::ExpectsCodeUnknown)) };
    // A value can be the script itself; usually all tasks run the same code.
    let is_same = specs.iter().all(|spec| Question::of(spec) == Question::of(first));
    let Some(history) = History::read(work, project, first, None).await?.filter(|_| is_same) else {
        return Ok(Err(AnswerSentence::ExpectsCodeUnknown));
    };
    let one: Vec<Distribution> = specs.iter().filter_map(|spec| Some(history.forecast(spec)?.distribution)).collect();
    let Some(one) = Distribution::mixture(&one) else {
        return Ok(Err(AnswerSentence::ExpectsTooFew { count: history.runs.len(), needed: RUNS_MIN }));
    };
    let capacities = work.schedule.capacities();
    Ok(match at_once(&capacities, &first.resources) {
        _ if capacities.is_empty() => Err(AnswerSentence::ExpectsNoRunner),
        0 => Err(AnswerSentence::ExpectsTooLarge),
        places => Ok(many_forecast(&one, count, places, history.runs.len())),
    })
}
