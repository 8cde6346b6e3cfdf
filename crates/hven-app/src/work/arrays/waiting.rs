//! How arrays wait: until they are released, and until the runs and arrays have succeeded that must succeed before.
//!
//! While an array waits, the follower submits none of its tasks. The tasks that were submitted before are held in the engine; the record
//! has one fact for all of them.

use std::collections::HashSet;

use hven_core::{
    RunId,
    array::{ArrayBefore, End},
    recorded::Recorded,
    run::State,
    sentence::Sentence,
};

use crate::{
    kernel::{error::AppResult, sentences::AnswerSentence},
    ports::arrays::ArrayView,
    work::floor::Work,
};

/// Whether further tasks of an array may be submitted.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ArrayTurn {
    Due,
    Waits(Sentence),
    /// A run or an array that must succeed before has not.
    Never(Recorded),
}

pub(super) async fn turn(work: &Work, array: &ArrayView) -> AppResult<ArrayTurn> {
    let submitted = &array.submitted;
    let mut waits = array.held.then(|| held(submitted.number));
    let runs: Vec<RunId> = submitted.after.iter().copied().collect();
    let runs = if runs.is_empty() { Vec::new() } else { work.ports.views.runs_by_id(&runs).await? };
    for run in runs {
        let name = run.handle.to_string();
        match run.state {
            State::Done => {}
            state if state.is_final() => return Ok(ArrayTurn::Never(Recorded::AfterUnsuccessful { run: name })),
            _ => waits = waits.or(Some(AnswerSentence::WaitsAfter { run: name })),
        }
    }
    for ArrayBefore { array, number } in &submitted.after_arrays {
        let name = format!("array/{number}");
        let Some(before) = work.ports.views.array(*array).await? else {
            return Ok(ArrayTurn::Never(Recorded::AfterArrayErased { array: name }));
        };
        match before.ended.map(|(_, ended)| ended.end) {
            Some(End::Done) => {}
            Some(End::Incomplete | End::Blocked) => {
                return Ok(ArrayTurn::Never(Recorded::AfterArrayUnsuccessful { array: name }));
            }
            None => waits = waits.or(Some(AnswerSentence::WaitsAfterArray { array: name })),
        }
    }
    Ok(waits.map_or(ArrayTurn::Due, |waits| ArrayTurn::Waits(waits.sentence())))
}

fn held(number: u32) -> AnswerSentence {
    AnswerSentence::WaitsArrayHeld { array: format!("array/{number}") }
}

/// The reason why no further task of an array is submitted; `None` when it does not wait, or has no further task.
pub(super) async fn wait_of(work: &Work, array: &ArrayView) -> AppResult<Option<Sentence>> {
    if array.ended.is_some() || (array.counts.queued == 0 && !array.held) {
        return Ok(None);
    }
    Ok(match turn(work, array).await? {
        ArrayTurn::Waits(waits) => Some(waits),
        ArrayTurn::Due | ArrayTurn::Never(_) => None,
    })
}

/// The held array of a run, if it is a task of one.
pub(in crate::work) async fn held_array_of(work: &Work, run: RunId) -> AppResult<Option<u32>> {
    let Some((array, number, _)) = work.ports.views.task_of(run).await? else { return Ok(None) };
    Ok(work.ports.views.array(array).await?.filter(|array| array.held).map(|_| number))
}

/// The runs that have not ended and belong to arrays that are held.
pub(in crate::work) async fn runs_of_held_arrays(work: &Work) -> AppResult<HashSet<RunId>> {
    let arrays = work.ports.views.arrays_open().await?;
    let held: HashSet<_> = arrays.iter().filter(|array| array.held).map(|array| array.submitted.array).collect();
    if held.is_empty() {
        return Ok(HashSet::new());
    }
    let open = work.ports.views.array_tasks_open().await?;
    Ok(open.into_iter().filter(|open| held.contains(&open.array)).map(|open| open.run).collect())
}
