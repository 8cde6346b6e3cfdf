//! The states of runs as numbers.

use hven_core::run::State;

use crate::sql::{SqlError, SqlResult};

pub(crate) const fn state_to_int(state: State) -> i64 {
    match state {
        State::Waiting => 0,
        State::Running => 1,
        State::Stopping => 2,
        State::Done => 3,
        State::Failed => 4,
        State::Cancelled => 5,
        State::Lost => 6,
        State::Unknown => 7,
    }
}

pub(crate) fn state_from_int(number: i64) -> SqlResult<State> {
    let state = usize::try_from(number).ok().and_then(|n| State::ALL.get(n));
    state.copied().ok_or_else(|| SqlError::Row(format!("{number} is not the state of a run")))
}
