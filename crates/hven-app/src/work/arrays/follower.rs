//! The follower of arrays: it goes on with an array when it changes, and when few of its runs are left.

use std::collections::{HashMap, HashSet};

use hven_core::{Fact, RunId, Time, array::ArrayId, fact::kind};

use crate::{
    kernel::follower::{Follower, Resumed},
    ports::{arrays::OpenTask, record::Recorded},
};

/// How many tasks of an array have a run that has not ended, at most; and below which number more are submitted.
pub const OPEN_MAX: u64 = 1000;
pub const OPEN_LOW: u64 = 500;

/// Below [`OPEN_LOW`], an array goes on at each end that leaves a multiple of this number, and at the last one.
const OPEN_STEP: u64 = 50;

/// Decides which arrays go on.
#[derive(Debug)]
pub struct ArrayFollower;

/// The arrays that go on.
#[derive(Debug, Default)]
pub struct OpenArrays {
    /// How many runs of each array have not ended.
    open: HashMap<ArrayId, u64>,
    /// Arrays with a rule that stops them.
    with_rule: HashSet<ArrayId>,
    runs: HashMap<RunId, ArrayId>,
}

/// More tasks are submitted, runs are cancelled, or the array ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Proceed(pub ArrayId);

impl Follower for ArrayFollower {
    type State = OpenArrays;
    type Intent = Proceed;

    fn on_fact(state: &mut OpenArrays, recorded: &Recorded, _now: Time) -> Vec<Proceed> {
        match &recorded.fact {
            Some(Fact::RunSubmitted(submitted)) => {
                if let Some(of) = &submitted.task {
                    state.runs.insert(submitted.run, of.array);
                    *state.open.entry(of.array).or_default() += 1;
                }
                return Vec::new();
            }
            Some(Fact::ArraySubmitted(submitted)) if submitted.stop_when.is_some() => {
                state.with_rule.insert(submitted.array);
            }
            _ => {}
        }
        // The header stays when the payload is erased.
        let Some(subject) = recorded.header.subject else { return Vec::new() };
        match recorded.header.kind.as_str() {
            kind::RunFinished => {
                let Some(array) = state.runs.remove(&RunId::from_u128(subject)) else { return Vec::new() };
                let open = state.open.entry(array).or_default();
                *open = open.saturating_sub(1);
                let is_due = (*open < OPEN_LOW && open.is_multiple_of(OPEN_STEP)) || state.with_rule.contains(&array);
                if is_due { vec![Proceed(array)] } else { Vec::new() }
            }
            // After a part of the tasks was submitted or reused, there may be more.
            kind::ArraySubmitted
            | kind::ArrayCancelled
            | kind::ArrayStopped
            | kind::ArrayRetried
            | kind::ArrayTasksReused => vec![Proceed(ArrayId::from_u128(subject))],
            _ => Vec::new(),
        }
    }
}

/// The state and the overdue intents, from the views: the arrays that go on, those with a rule, and the runs that have not ended.
pub fn resumed(
    arrays: impl IntoIterator<Item = (ArrayId, bool)>,
    runs: impl IntoIterator<Item = OpenTask>,
) -> Resumed<ArrayFollower> {
    let (mut state, mut due) = (OpenArrays::default(), Vec::new());
    for (array, has_rule) in arrays {
        due.push(Proceed(array));
        if has_rule {
            state.with_rule.insert(array);
        }
    }
    for OpenTask { array, run } in runs {
        state.runs.insert(run, array);
        *state.open.entry(array).or_default() += 1;
    }
    Resumed { state, due }
}
