//! Invariants of the engine's state, checked after every event in tests.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::{RunId, RunnerId};

use super::{Fifo, Stage, placement::Choice};

impl Fifo {
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
                Stage::Queued => queued += 1,
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
        if let Some((_, run, want)) = self.waiting_queue.head_from(0).filter(|_| !self.is_paused) {
            let rooms: Vec<_> = self
                .runners
                .iter()
                .filter(|(_, runner)| runner.attached)
                .map(|(id, runner)| (*id, runner.slots.left()))
                .collect();
            if let Some((_, Choice::Start | Choice::Prefetch)) = self.choose(&rooms, &want) {
                return Err(format!("{run} is first in the queue and there is room for it"));
            }
        }
        Ok(())
    }
}
