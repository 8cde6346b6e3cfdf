//! When each run that is done elsewhere was heard of last.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use hven_core::{AttemptId, RunId, Time, run::External};

/// The open runs that are done elsewhere. A start of the server counts as a report, because the server was not there to hear one.
#[derive(Debug, Default)]
pub(crate) struct Reporters {
    open: Mutex<HashMap<RunId, Reporter>>,
}

/// When a run was heard of last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LastReport {
    At(Time),
    /// Not since the server started at this time.
    NoneSince(Time),
}

#[derive(Clone, Copy, Debug)]
struct Reporter {
    heard: Time,
    /// Whether `heard` is the start of the server.
    is_start: bool,
    silent_after_s: f64,
    /// The attempt whose process reports it, if it is one of Hven.
    attempt: Option<AttemptId>,
    /// Its silence is recorded.
    is_silent: bool,
}

impl Reporters {
    fn open(&self) -> MutexGuard<'_, HashMap<RunId, Reporter>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Expects reports of a run that was opened now.
    pub(crate) fn opened(&self, run: RunId, silent_after_s: f64, attempt: Option<AttemptId>, now: Time) {
        self.open().insert(run, Reporter { heard: now, is_start: false, silent_after_s, attempt, is_silent: false });
    }

    /// Expects reports of a run that was open when the server started. `is_silent`: its silence is recorded.
    pub(crate) fn resumed(&self, run: RunId, external: &External, is_silent: bool, now: Time) {
        let External { silent_after_s, attempt, .. } = *external;
        self.open().insert(run, Reporter { heard: now, is_start: true, silent_after_s, attempt, is_silent });
    }

    /// When an open run was heard of last.
    pub(crate) fn last_report(&self, run: RunId) -> Option<LastReport> {
        let Reporter { heard, is_start, .. } = *self.open().get(&run)?;
        Some(if is_start { LastReport::NoneSince(heard) } else { LastReport::At(heard) })
    }

    /// Notes a report. Returns whether the reporter was silent before.
    pub(crate) fn heard(&self, run: RunId, now: Time) -> bool {
        let mut open = self.open();
        let Some(reporter) = open.get_mut(&run) else { return false };
        // The clock of the machine may have been set back.
        (reporter.heard, reporter.is_start) = (now, false);
        std::mem::take(&mut reporter.is_silent)
    }

    /// Returns the runs whose reporters are silent for too long and whose silence is not noted yet, and notes it. With each comes
    /// the time of its last report.
    pub(crate) fn fallen_silent(&self, now: Time) -> Vec<(RunId, Time)> {
        let mut open = self.open();
        let overdue = open
            .iter_mut()
            .filter(|(_, reporter)| !reporter.is_silent && now.seconds_since(reporter.heard) > reporter.silent_after_s);
        let overdue = overdue.map(|(run, reporter)| {
            reporter.is_silent = true;
            (*run, reporter.heard)
        });
        overdue.collect()
    }

    /// Sets whether the silence counts as recorded, because a change of it could not be recorded.
    pub(crate) fn set_silent(&self, run: RunId, is_silent: bool) {
        if let Some(reporter) = self.open().get_mut(&run) {
            reporter.is_silent = is_silent;
        }
    }

    /// The open runs that the processes of these attempts report.
    pub(crate) fn of_attempts(&self) -> Vec<(RunId, AttemptId)> {
        self.open().iter().filter_map(|(run, reporter)| Some((*run, reporter.attempt?))).collect()
    }

    /// Expects no more reports of a run.
    pub(crate) fn forget(&self, run: RunId) {
        self.open().remove(&run);
    }

    /// Whether the run is done elsewhere and open.
    pub(crate) fn is_open(&self, run: RunId) -> bool {
        self.open().contains_key(&run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Time {
        Time::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn silence_is_found_once_and_ends_with_a_report() {
        let (reporters, run) = (Reporters::default(), RunId::from_u128(1));
        reporters.opened(run, 10.0, None, at(100));
        assert_eq!(reporters.fallen_silent(at(110)), []);
        assert_eq!(reporters.fallen_silent(at(111)), [(run, at(100))]);
        assert_eq!(reporters.fallen_silent(at(500)), []);
        assert!(reporters.heard(run, at(501)));
        assert!(!reporters.heard(run, at(502)));
        assert_eq!(reporters.fallen_silent(at(513)), [(run, at(502))]);
        reporters.set_silent(run, false);
        assert_eq!(reporters.fallen_silent(at(514)), [(run, at(502))]);
        reporters.forget(run);
        assert_eq!((reporters.is_open(run), reporters.heard(run, at(600))), (false, false));
    }

    #[test]
    fn no_run_is_silent_after_the_clock_was_set_back() {
        let (reporters, run) = (Reporters::default(), RunId::from_u128(1));
        let external = External {
            source: "python".to_owned(),
            command: Vec::new(),
            host: None,
            folder: None,
            started: at(0),
            silent_after_s: 10.0,
            attempt: None,
        };
        reporters.resumed(run, &external, false, at(1_000));
        assert_eq!(reporters.fallen_silent(at(10)), []);
        reporters.heard(run, at(11));
        assert_eq!(reporters.fallen_silent(at(22)), [(run, at(11))]);
    }
}
