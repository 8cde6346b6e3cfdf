//! The follower of arrays: it goes on with an array when it changes, and when few of its runs are left.

use std::collections::{HashMap, HashSet};

use hven_core::{
    Fact, RunId, Time,
    array::{ArrayId, Submitted},
    fact::kind,
};

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

/// An array that goes on, as far as the follower needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenArray {
    pub array: ArrayId,
    /// It has a rule that stops it.
    pub has_rule: bool,
    /// The runs and arrays that must succeed before it starts, as subjects of facts.
    pub after: Vec<u128>,
}

impl OpenArray {
    pub fn of(submitted: &Submitted) -> Self {
        let runs = submitted.after.iter().map(|run| run.as_u128());
        let arrays = submitted.after_arrays.iter().map(|before| before.array.as_u128());
        Self { array: submitted.array, has_rule: submitted.stop_when.is_some(), after: runs.chain(arrays).collect() }
    }
}

/// The arrays that go on.
#[derive(Debug, Default)]
pub struct OpenArrays {
    /// How many runs of each array have not ended.
    open: HashMap<ArrayId, u64>,
    /// Arrays with a rule that stops them.
    with_rule: HashSet<ArrayId>,
    runs: HashMap<RunId, ArrayId>,
    /// Arrays that start after a run or an array, by the subject of the facts about it. An array that ended can go on and end again.
    dependents: HashMap<u128, HashSet<ArrayId>>,
}

impl OpenArrays {
    fn add(&mut self, OpenArray { array, has_rule, after }: OpenArray) {
        if has_rule {
            self.with_rule.insert(array);
        }
        for before in after {
            self.dependents.entry(before).or_default().insert(array);
        }
    }

    /// Those that start after the subject, which ended.
    fn dependents(&self, subject: u128) -> impl Iterator<Item = Proceed> {
        self.dependents.get(&subject).into_iter().flatten().copied().map(Proceed)
    }
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
                    // The state may include it already.
                    if state.runs.insert(submitted.run, of.array).is_none() {
                        *state.open.entry(of.array).or_default() += 1;
                    }
                }
                return Vec::new();
            }
            Some(Fact::ArraySubmitted(submitted)) => state.add(OpenArray::of(submitted)),
            _ => {}
        }
        // The header stays when the payload is erased.
        let Some(subject) = recorded.header.subject else { return Vec::new() };
        match recorded.header.kind.as_str() {
            kind::RunFinished => {
                let mut due: Vec<Proceed> = state.dependents(subject).collect();
                let Some(array) = state.runs.remove(&RunId::from_u128(subject)) else { return due };
                let open = state.open.entry(array).or_default();
                *open = open.saturating_sub(1);
                let is_due = (*open < OPEN_LOW && open.is_multiple_of(OPEN_STEP)) || state.with_rule.contains(&array);
                due.extend(is_due.then_some(Proceed(array)));
                due
            }
            kind::ArrayEnded => state.dependents(subject).collect(),
            // After a part of the tasks was submitted or reused, there may be more.
            kind::ArraySubmitted
            | kind::ArrayCancelled
            | kind::ArrayHeld
            | kind::ArrayStopped
            | kind::ArrayRetried
            | kind::ArrayTasksReused => vec![Proceed(ArrayId::from_u128(subject))],
            _ => Vec::new(),
        }
    }
}

/// The state and the overdue intents, from the views: the arrays that go on, and the runs that have not ended.
pub fn resumed(
    arrays: impl IntoIterator<Item = OpenArray>,
    runs: impl IntoIterator<Item = OpenTask>,
) -> Resumed<ArrayFollower> {
    let (mut state, mut due) = (OpenArrays::default(), Vec::new());
    for open in arrays {
        due.push(Proceed(open.array));
        state.add(open);
    }
    for OpenTask { array, run } in runs {
        state.runs.insert(run, array);
        *state.open.entry(array).or_default() += 1;
    }
    Resumed { state, due }
}
