//! First in, first out: the first task waits for the first node with room, and all others wait behind it.

use std::collections::VecDeque;

use super::{
    cluster::Cluster,
    policy::{Event, Policy},
    workload::TaskId,
};

#[derive(Debug, Default)]
pub(super) struct Fifo {
    waiting: VecDeque<TaskId>,
}

impl Policy for Fifo {
    fn on_event(&mut self, event: Event, cluster: &mut Cluster<'_>) -> anyhow::Result<()> {
        if let Event::Submitted(task) = event {
            self.waiting.push_back(task);
        }
        while let Some(&task) = self.waiting.front() {
            let Some(node) = cluster.first_fit(cluster.workload.tasks[task].kind, None) else { break };
            cluster.start(task, node)?;
            self.waiting.pop_front();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::policy_tests::{cores, starts_s},
        *,
    };

    #[test]
    fn the_first_task_blocks_the_others() {
        // One node with 4 cores: 3 cores for 10 s, 4 cores for 5 s, 1 core for 2 s.
        let workload = cores(&[4], &[(0, 3, 10), (1, 4, 5), (2, 1, 2)]);
        assert_eq!(starts_s(&workload, &mut Fifo::default()), [0, 10, 15]);
    }
}
