//! The model of the record: facts that survive every crash, and the rules for their order.

use std::collections::{BTreeMap, BTreeSet};

use hven_app::ports::engine::{Queueing, retry_reason};
use hven_core::{
    AttemptId, RunId, RunnerId,
    resources::Resources,
    run::{AttemptResult, Outcome},
};

use super::RuleViolation;

#[derive(Clone, Debug)]
pub(super) enum Fact {
    Submitted { run: RunId, resources: Resources, retries_max: Option<u32>, queueing: Queueing },
    CancelRequested { run: RunId },
    Held { run: RunId, held: bool },
    Started { attempt: AttemptId, runner: RunnerId },
    AttemptEnded { attempt: AttemptId, result: AttemptResult },
    Finished { run: RunId, attempt: Option<u32>, result: AttemptResult },
}

/// The state of one run according to the facts.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) resources: Resources,
    pub(super) retries_max: Option<u32>,
    pub(super) queueing: Queueing,
    pub(super) cancelled: bool,
    /// The newest attempt, its runner, and whether its end is recorded.
    pub(super) last: Option<(u32, RunnerId, bool)>,
    pub(super) result: Option<AttemptResult>,
}

/// The real state of the simulation, independent of what any component knows.
#[derive(Debug, Default)]
pub(super) struct Truth {
    /// Results that a runner wrote.
    pub(super) written: BTreeMap<AttemptId, AttemptResult>,
    pub(super) dead_runners: BTreeSet<RunnerId>,
}

/// Whether all runs that must succeed before a run have, and whether one of them cannot any more.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    pub(super) succeeded: bool,
    pub(super) unsuccessful: bool,
}

#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) facts: Vec<Fact>,
    pub(super) runs: BTreeMap<RunId, Run>,
    /// In the order of submission.
    pub(super) order: Vec<RunId>,
}

impl Record {
    pub(super) fn append(&mut self, fact: Fact, truth: &Truth) -> Result<(), RuleViolation> {
        self.apply(&fact, truth).map_err(|why| RuleViolation(format!("{fact:?} cannot follow: {why}")))?;
        self.facts.push(fact);
        Ok(())
    }

    pub(super) fn unfinished(&self) -> impl Iterator<Item = (RunId, &Run)> + '_ {
        self.order.iter().filter_map(|id| Some((*id, self.runs.get(id)?))).filter(|(_, run)| run.result.is_none())
    }

    /// The states of the runs that must succeed before this one.
    pub(super) fn standing(&self, run: RunId) -> Standing {
        let before = self.runs.get(&run).into_iter().flat_map(|run| run.queueing.after.keys());
        let outcomes: Vec<Option<bool>> =
            before.map(|id| Some(self.runs.get(id)?.result.as_ref()?.outcome == Outcome::Done)).collect();
        Standing {
            succeeded: outcomes.iter().all(|done| *done == Some(true)),
            unsuccessful: outcomes.contains(&Some(false)),
        }
    }

    fn apply(&mut self, fact: &Fact, truth: &Truth) -> Result<(), String> {
        if let Fact::Submitted { run, resources, retries_max, queueing } = fact {
            let (resources, retries_max, queueing) = (resources.clone(), *retries_max, queueing.clone());
            let new = Run { resources, retries_max, queueing, cancelled: false, last: None, result: None };
            self.order.push(*run);
            return self.runs.insert(*run, new).map_or(Ok(()), |_| Err("it was submitted before".to_owned()));
        }
        let id = match fact {
            Fact::Submitted { run, .. }
            | Fact::CancelRequested { run }
            | Fact::Held { run, .. }
            | Fact::Finished { run, .. } => run,
            Fact::Started { attempt, .. } | Fact::AttemptEnded { attempt, .. } => &attempt.run,
        };
        let Standing { succeeded, unsuccessful } = self.standing(*id);
        let run = self.runs.get_mut(id).ok_or("the run is not known")?;
        if run.result.is_some() {
            return Err("the run has ended".to_owned());
        }
        match fact {
            Fact::Submitted { .. } => {}
            Fact::CancelRequested { .. } => run.cancelled = true,
            Fact::Held { held, .. } => run.queueing.held = *held,
            Fact::Started { attempt, runner } => {
                if run.queueing.held {
                    return Err("the run is held".to_owned());
                }
                if !succeeded {
                    return Err("a run that must succeed before has not".to_owned());
                }
                if run.cancelled {
                    return Err("the run is cancelled".to_owned());
                }
                if run.last.is_some_and(|(_, _, ended)| !ended) {
                    return Err("the attempt before has not ended".to_owned());
                }
                let number = run.last.map_or(0, |(number, ..)| number) + 1;
                if attempt.number != number {
                    return Err(format!("attempt {number} is the next"));
                }
                run.last = Some((number, *runner, false));
            }
            Fact::AttemptEnded { attempt, result } => {
                if run.cancelled {
                    return Err("a cancelled run is not tried again".to_owned());
                }
                if retry_reason(&result.outcome, attempt.number, run.retries_max).is_none() {
                    return Err("there is no reason to try again".to_owned());
                }
                run.close(attempt.run, attempt.number, result, truth)?;
            }
            Fact::Finished { attempt: Some(number), result, .. } => {
                if !run.cancelled && retry_reason(&result.outcome, *number, run.retries_max).is_some() {
                    return Err("it should have been tried again".to_owned());
                }
                run.close(*id, *number, result, truth)?;
                run.result = Some(result.clone());
            }
            Fact::Finished { attempt: None, result, .. } => {
                let is_cancelled = run.cancelled && result.outcome == Outcome::Cancelled;
                let cannot_start = unsuccessful && matches!(result.outcome, Outcome::NotStarted { .. });
                if !is_cancelled && !cannot_start {
                    return Err("the run was not cancelled, and could start".to_owned());
                }
                if run.last.is_some_and(|(_, _, ended)| !ended) {
                    return Err("its attempt has not ended".to_owned());
                }
                run.result = Some(result.clone());
            }
        }
        Ok(())
    }
}

impl Run {
    /// Records the end of an attempt, which must match the real end.
    fn close(&mut self, run: RunId, number: u32, result: &AttemptResult, truth: &Truth) -> Result<(), String> {
        let Some((last, runner, ended)) = &mut self.last else { return Err("no attempt was started".to_owned()) };
        if *last != number || *ended {
            return Err("the attempt is not the one under way".to_owned());
        }
        match (truth.written.get(&AttemptId { run, number }), &result.outcome) {
            (Some(written), _) if written == result => {}
            (Some(AttemptResult { outcome: Outcome::Lost { .. }, .. }), Outcome::Cancelled) if self.cancelled => {}
            (Some(written), _) => return Err(format!("its result says {}", written.outcome)),
            (None, Outcome::Lost { .. }) if truth.dead_runners.contains(runner) => {}
            (None, Outcome::Cancelled) if self.cancelled => {}
            (None, _) => return Err("no such result was written".to_owned()),
        }
        *ended = true;
        Ok(())
    }
}
