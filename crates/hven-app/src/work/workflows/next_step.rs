//! Decides what is to be done next in a workflow. Steps are carried out one after the other, in the order of the manifest.

use hven_core::{
    RunId,
    workflow::{End, Step},
};

use crate::ports::workflows::StepProgress;

/// The next action of a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// A step is carried out.
    CarryOut { step: usize },
    /// A step goes on when this run has ended.
    Await { step: usize, run: RunId },
    /// A step cannot be carried out, because a step that it needs has no result.
    Block { step: usize, by: usize },
    /// Every step ended.
    End(End),
}

/// Decides what is to be done next. `progress` has one entry for each step.
pub fn next(steps: &[Step], progress: &[StepProgress]) -> Next {
    let end_of = |step: usize| progress.get(step)?.result.as_ref().map(|result| result.end);
    let Some(step) = (0..steps.len()).find(|step| end_of(*step).is_none()) else {
        let is_well = (0..steps.len()).all(|step| end_of(step).is_some_and(hven_core::workflow::StepEnd::is_well));
        return Next::End(if is_well { End::Done } else { End::Incomplete });
    };
    let needs = steps[step].needs.iter().map(|need| *need as usize);
    if let Some(by) =
        needs.into_iter().find(|need| !end_of(*need).is_some_and(hven_core::workflow::StepEnd::has_result))
    {
        return Next::Block { step, by };
    }
    match progress.get(step).and_then(|progress| progress.run) {
        Some(run) => Next::Await { step, run },
        None => Next::CarryOut { step },
    }
}

#[cfg(test)]
mod tests {
    use hven_core::workflow::{StepEnd, StepResult};

    use super::*;

    fn step(needs: &[u32]) -> Step {
        Step { name: "run.a".to_owned(), needs: needs.to_vec() }
    }

    fn ended(end: StepEnd) -> StepProgress {
        StepProgress { result: Some(StepResult { end, ..StepResult::default() }), ..StepProgress::default() }
    }

    #[test]
    fn steps_are_carried_out_in_order_and_those_without_their_needs_are_blocked() {
        let steps = [step(&[]), step(&[0]), step(&[]), step(&[1])];
        let nothing = StepProgress::default;
        let waits = StepProgress { run: Some(RunId::from_u128(7)), ..nothing() };
        let check = |progress: &[StepProgress], wanted| assert_eq!(next(&steps, progress), wanted, "{progress:?}");
        check(&[nothing(), nothing(), nothing(), nothing()], Next::CarryOut { step: 0 });
        check(&[waits, nothing(), nothing(), nothing()], Next::Await { step: 0, run: RunId::from_u128(7) });
        check(&[ended(StepEnd::Done), nothing(), nothing(), nothing()], Next::CarryOut { step: 1 });
        check(&[ended(StepEnd::Failed), nothing(), nothing(), nothing()], Next::Block { step: 1, by: 0 });
        let blocked = || ended(StepEnd::Blocked);
        check(&[ended(StepEnd::Failed), blocked(), nothing(), nothing()], Next::CarryOut { step: 2 });
        check(&[ended(StepEnd::Failed), blocked(), ended(StepEnd::Done), nothing()], Next::Block { step: 3, by: 1 });
        let incomplete = [ended(StepEnd::Failed), blocked(), ended(StepEnd::Done), blocked()];
        check(&incomplete, Next::End(End::Incomplete));
        let done = [StepEnd::Done, StepEnd::UpToDate, StepEnd::StillHolds, StepEnd::Holds].map(ended);
        check(&done, Next::End(End::Done));
        // A claim that fails blocks no step that needs it, and the workflow is incomplete.
        let fails = [StepEnd::Fails, StepEnd::Done, StepEnd::Done, StepEnd::Done].map(ended);
        check(&fails, Next::End(End::Incomplete));
        check(&[ended(StepEnd::Fails), nothing(), nothing(), nothing()], Next::CarryOut { step: 1 });
    }

    #[test]
    fn a_need_that_no_step_has_blocks() {
        assert_eq!(next(&[step(&[9])], &[StepProgress::default()]), Next::Block { step: 0, by: 9 });
        assert_eq!(next(&[], &[]), Next::End(End::Done));
    }
}
