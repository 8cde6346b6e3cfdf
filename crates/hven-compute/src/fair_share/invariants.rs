//! Invariants of the engine's state, checked after every event in tests.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::{RunId, RunnerId};

use super::{FairShare, Stage, placement::Choice, waiting_queue::Head};

impl FairShare {
    /// Compares all redundant state, and checks the engine's rules. For tests: it examines everything.
    ///
    /// # Errors
    /// The first violated invariant.
    pub fn audit(&self) -> Result<(), String> {
        self.waiting_queue.audit()?;
        let mut queued = 0;
        let mut waits = BTreeSet::new();
        let mut assigned: BTreeMap<RunnerId, BTreeSet<RunId>> = BTreeMap::new();
        let mut processes = 0;
        for (&id, run) in &self.runs {
            match run.stage {
                Stage::Queued if run.is_held || !run.after.is_empty() => {
                    return Err(format!("{id} is queued and blocked"));
                }
                Stage::Queued => queued += 1,
                Stage::Blocked if !run.is_held && run.after.is_empty() => {
                    return Err(format!("{id} is blocked by nothing"));
                }
                Stage::Blocked => {}
                Stage::Backoff { due_us } => {
                    waits.insert((due_us, id));
                }
                Stage::Assigned { runner, process, .. } => {
                    assigned.entry(runner).or_default().insert(id);
                    processes += usize::from(process);
                }
            }
            if run.cancelled && !matches!(run.stage, Stage::Assigned { .. }) {
                return Err(format!("{id} is cancelled and waits"));
            }
        }
        if queued != self.waiting_queue.len() || waits != self.backoff || processes != self.processes {
            return Err("the runs disagree with the queue, the backoffs or the count of processes".to_owned());
        }
        for (id, runner) in &self.runners {
            runner.slots.audit()?;
            let held: BTreeSet<RunId> = runner.slots.runs().collect();
            if held != assigned.remove(id).unwrap_or_default() || (held.is_empty() && !runner.attached) {
                return Err(format!("runner {id} holds other runs than were assigned to it"));
            }
        }
        if !assigned.is_empty() {
            return Err("runs are assigned to unknown runners".to_owned());
        }
        let holding = self.runs.values().filter(|run| matches!(run.stage, Stage::Assigned { .. }));
        self.shares.audit(holding.map(|run| (&run.lane.account, run.held)))?;
        let waits = |(before, dependents): (&RunId, &BTreeSet<RunId>)| {
            self.runs.contains_key(before)
                && dependents.iter().all(|id| self.runs.get(id).is_some_and(|run| run.after.contains_key(before)))
        };
        let named: usize = self.runs.values().map(|run| run.after.len()).sum();
        if named != self.dependents.values().map(BTreeSet::len).sum::<usize>() || !self.dependents.iter().all(waits) {
            return Err("the runs disagree with the list of runs that wait for others".to_owned());
        }
        // The order of several lanes changes with time; placements follow at the next tick.
        self.rooms.audit(&self.runners)?;
        if let Some(Head { run, want, .. }) =
            self.first().filter(|_| !self.is_paused && !self.waiting_queue.has_several_lanes())
        {
            // With a window, a start in the same placement may allow one more in advance; it follows at the next end.
            let is_due = |choice| choice == Choice::Start || self.shares.rules().prefetch_window.is_none();
            if let Some(choice @ (Choice::Start | Choice::Prefetch)) = self.choice_by_scan(&want)
                && is_due(choice)
            {
                return Err(format!("{run} is first in the queue and there is room for it"));
            }
        }
        Ok(())
    }
}
