//! What must be true of the engine's state after every event.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::{RunId, RunnerId};

use super::{Fifo, Stage, placing::Choice};

impl Fifo {
    /// Compares all that is kept twice, and the engine's promises with its state. For tests: it walks everything.
    pub fn audit(&self) -> Result<(), String> {
        self.line.audit()?;
        let mut in_line = 0;
        let mut waits = BTreeSet::new();
        let mut given: BTreeMap<RunnerId, BTreeSet<RunId>> = BTreeMap::new();
        let mut processes = 0;
        for (&id, run) in &self.runs {
            match run.stage {
                Stage::InLine => in_line += 1,
                Stage::Backoff { due_us } => {
                    waits.insert((due_us, id));
                }
                Stage::Given { runner, process, .. } => {
                    given.entry(runner).or_default().insert(id);
                    processes += usize::from(process);
                }
            }
            if run.cancelled && !matches!(run.stage, Stage::Given { .. }) {
                return Err(format!("{id} is cancelled and waits"));
            }
        }
        if in_line != self.line.len() || waits != self.backoff || processes != self.processes {
            return Err("the runs disagree with the line, the backoffs or the count of processes".to_owned());
        }
        for (id, runner) in &self.runners {
            runner.seats.audit()?;
            let held: BTreeSet<RunId> = runner.seats.runs().collect();
            if held != given.remove(id).unwrap_or_default() || (held.is_empty() && !runner.attached) {
                return Err(format!("runner {id} holds other runs than were given to it"));
            }
        }
        if !given.is_empty() {
            return Err("runs are with runners that are not known".to_owned());
        }
        if let Some((_, run, want)) = self.line.head_from(0).filter(|_| !self.is_held) {
            let rooms: Vec<_> = self
                .runners
                .iter()
                .filter(|(_, runner)| runner.attached)
                .map(|(id, runner)| (*id, runner.seats.left()))
                .collect();
            if let Some((_, Choice::Seat | Choice::Prefetch)) = self.choose(&rooms, &want) {
                return Err(format!("{run} is first in line and there is room for it"));
            }
        }
        Ok(())
    }
}
