//! Best fit: every waiting task that fits somewhere starts, on the node with the least left over. Nothing is reserved, so a large
//! task can wait behind small ones for ever.

use super::{
    cluster::Cluster,
    policy::{Event, Policy},
    waiting::Waiting,
};

#[derive(Debug, Default)]
pub(super) struct BestFit {
    waiting: Waiting,
}

impl Policy for BestFit {
    fn on_event(&mut self, event: Event, cluster: &mut Cluster<'_>) -> anyhow::Result<()> {
        if let Event::Submitted(task) = event {
            self.waiting.insert(task, cluster.workload.tasks[task].kind);
        }
        let fitting = |waiting: &Waiting, cluster: &Cluster<'_>| {
            waiting.heads().find_map(|(task, kind)| Some((task, kind, cluster.best_fit(kind)?)))
        };
        while let Some((task, kind, node)) = fitting(&self.waiting, cluster) {
            cluster.start(task, node)?;
            self.waiting.remove(task, kind);
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
    fn small_tasks_overtake_on_the_tightest_node() {
        // Nodes with 8 and 4 cores. 3 cores go to the small node, 6 to the large one; 8 cores wait until both end.
        let tasks = [(0, 3, 10), (0, 6, 10), (1, 8, 5), (2, 1, 30), (3, 2, 1), (4, 2, 1)];
        let workload = cores(&[8, 4], &tasks);
        // The task with 1 core gets the last core of the small node, so the large node is empty at 10 s. Those with 2 cores run
        // on the large one, one after the other.
        assert_eq!(starts_s(&workload, &mut BestFit::default()), [0, 0, 10, 2, 3, 4]);
    }
}
