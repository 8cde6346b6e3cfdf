//! The refusal of reports about runs that Hven itself watches.

use crate::{
    kernel::error::{AppError, AppResult},
    ports::run::RunView,
};

/// Refuses runs of Hven itself.
pub(super) fn require_external(run: &RunView) -> AppResult<()> {
    match run.external() {
        Some(_) => Ok(()),
        None => Err(AppError::Conflict(format!(
            "run {} is a run of Hven, which watches its process itself: only work that is done elsewhere is reported",
            run.handle
        ))),
    }
}
