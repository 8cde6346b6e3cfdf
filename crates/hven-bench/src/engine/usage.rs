//! How much of the nodes is used, and how much of the free GPUs is fragmented, between the first and the last submission.
//!
//! A free GPU is *fragmented* for a task if its node has no room for the task: too few cores, too little memory, too few GPUs, or
//! another model. The fragmentation is the share of the free GPUs that are fragmented for a task drawn from all tasks that want
//! GPUs, averaged over time. Source: the expected fragment size of Weng et al., USENIX ATC 2023, for whole GPUs and divided by the
//! free ones; tasks without GPUs are left out.

use super::{
    cluster::Cluster,
    workload::{Amounts, NodeId, Workload},
};

#[derive(Debug)]
pub(super) struct Usage {
    window_us: (u64, u64),
    at_us: u64,
    capacity: Amounts,
    free: Amounts,
    node_free: Vec<Amounts>,
    /// How many tasks of each kind want GPUs, and of all kinds.
    gpu_tasks: Vec<u64>,
    gpu_tasks_all: u64,
    /// By node: the free GPUs times the number of tasks for which they are fragmented; and of all nodes.
    node_fragments: Vec<u128>,
    fragments: u128,
    /// Sums over time, in microseconds times units.
    free_cores_us: u128,
    free_gpus_us: u128,
    fragments_us: u128,
}

impl Usage {
    pub(super) fn new(cluster: &Cluster<'_>) -> Self {
        let Workload { nodes, kinds, tasks, .. } = cluster.workload;
        let mut gpu_tasks = vec![0; kinds.len()];
        for task in tasks.iter().filter(|task| kinds[task.kind].wants.gpus > 0) {
            gpu_tasks[task.kind] += 1;
        }
        let mut usage = Self {
            window_us: cluster.workload.window_us(),
            at_us: 0,
            capacity: cluster.workload.capacity(),
            free: Amounts::default(),
            node_free: vec![Amounts::default(); nodes.len()],
            gpu_tasks_all: gpu_tasks.iter().sum(),
            gpu_tasks,
            node_fragments: vec![0; nodes.len()],
            fragments: 0,
            free_cores_us: 0,
            free_gpus_us: 0,
            fragments_us: 0,
        };
        (0..nodes.len()).for_each(|node| usage.refresh(node, cluster));
        usage
    }

    /// Counts the time until `to_us` with the present state.
    pub(super) fn advance(&mut self, to_us: u64) {
        let (from_us, until_us) = (self.at_us.max(self.window_us.0), to_us.min(self.window_us.1));
        let elapsed_us = u128::from(until_us.saturating_sub(from_us));
        self.free_cores_us += u128::from(self.free.cores) * elapsed_us;
        self.free_gpus_us += u128::from(self.free.gpus) * elapsed_us;
        self.fragments_us += self.fragments * elapsed_us;
        self.at_us = to_us;
    }

    /// Reads the state of a node again.
    pub(super) fn refresh(&mut self, node: NodeId, cluster: &Cluster<'_>) {
        let free = *cluster.free(node);
        self.free.take(&std::mem::replace(&mut self.node_free[node], free));
        self.free.give_back(&free);
        let counts = self.gpu_tasks.iter().enumerate();
        let without_room: u64 = match free.gpus {
            0 => 0,
            _ => counts.filter(|(kind, n)| **n > 0 && !cluster.has_room(*kind, node)).map(|(_, n)| n).sum(),
        };
        let fragments = u128::from(free.gpus) * u128::from(without_room);
        self.fragments += fragments;
        self.fragments -= std::mem::replace(&mut self.node_fragments[node], fragments);
    }

    /// The share of all cores that was used on average.
    pub(super) fn of_cores(&self) -> Option<f64> {
        self.used(self.free_cores_us, self.capacity.cores)
    }

    /// The share of all GPUs that was used on average.
    pub(super) fn of_gpus(&self) -> Option<f64> {
        self.used(self.free_gpus_us, self.capacity.gpus)
    }

    fn used(&self, free_us: u128, capacity: u64) -> Option<f64> {
        let all_us = u128::from(self.window_us.1 - self.window_us.0) * u128::from(capacity);
        (all_us > 0).then(|| 1.0 - free_us as f64 / all_us as f64)
    }

    /// The share of the free GPUs that are fragmented; `None` if no GPU was free or no task wants one.
    pub(super) fn fragmentation(&self) -> Option<f64> {
        let free_us = self.free_gpus_us * u128::from(self.gpu_tasks_all);
        (free_us > 0).then(|| self.fragments_us as f64 / free_us as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::workload::{Kind, Node, Task},
        *,
    };

    #[test]
    fn use_and_fragments_are_averages_over_time() {
        let amounts = |cores, gpus| Amounts { cores, memory_bytes: 0, gpus };
        let kind = |cores, gpus| Kind { wants: amounts(cores, gpus), models: [].into() };
        let task = |kind, submitted_us| Task { kind, user: 0, submitted_us, runs_us: 100 };
        let workload = Workload {
            nodes: vec![Node { capacity: amounts(8, 4), model: "T4".to_owned() }],
            kinds: vec![kind(6, 0), kind(2, 1), kind(4, 1)],
            users: vec!["mira".to_owned()],
            tasks: vec![task(0, 0), task(1, 0), task(1, 0), task(2, 0), task(1, 10)],
        };
        let mut cluster = Cluster::new(&workload);
        let mut usage = Usage::new(&cluster);
        usage.advance(4);
        cluster.start(0, 0).expect("room");
        usage.refresh(0, &cluster);
        usage.advance(20);
        // The window ends at 10: 8 cores free for 4, 2 for 6; all 4 GPUs free. With 2 cores, one of four tasks has no room.
        let close = |found: Option<f64>, expected: f64| (found.expect("a share") - expected).abs() < 1e-12;
        assert!(close(usage.of_cores(), 1.0 - (8.0 * 4.0 + 2.0 * 6.0) / 80.0) && close(usage.of_gpus(), 0.0));
        assert!(close(usage.fragmentation(), 0.6 / 4.0), "{usage:?}");
    }
}
