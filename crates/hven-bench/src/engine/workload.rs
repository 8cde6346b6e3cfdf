//! The nodes and tasks of a simulation.

use std::collections::BTreeSet;

/// The index of a task. Tasks are sorted by submission.
pub(super) type TaskId = usize;
pub(super) type NodeId = usize;
pub(super) type KindId = usize;

/// An amount of each resource. Memory is in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Amounts {
    pub(super) cores: u64,
    pub(super) memory_bytes: u64,
    pub(super) gpus: u64,
}

impl Amounts {
    pub(super) const fn fit_into(&self, free: &Self) -> bool {
        self.cores <= free.cores && self.memory_bytes <= free.memory_bytes && self.gpus <= free.gpus
    }

    /// Subtracts `part`, which must fit.
    pub(super) const fn take(&mut self, part: &Self) {
        self.cores -= part.cores;
        self.memory_bytes -= part.memory_bytes;
        self.gpus -= part.gpus;
    }

    pub(super) const fn give_back(&mut self, part: &Self) {
        self.cores += part.cores;
        self.memory_bytes += part.memory_bytes;
        self.gpus += part.gpus;
    }

    /// In the order cores, memory, GPUs.
    pub(super) const fn each(&self) -> [u64; 3] {
        [self.cores, self.memory_bytes, self.gpus]
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) capacity: Amounts,
    /// The model of its GPUs.
    pub(super) model: String,
}

/// The resources that equal tasks want.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kind {
    pub(super) wants: Amounts,
    /// The GPU models that it accepts; empty: all.
    pub(super) models: BTreeSet<String>,
}

impl Kind {
    /// Whether an idle node could run it.
    pub(super) fn suits(&self, node: &Node) -> bool {
        self.wants.fit_into(&node.capacity) && (self.models.is_empty() || self.models.contains(&node.model))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Task {
    pub(super) kind: KindId,
    pub(super) user: usize,
    pub(super) submitted_us: u64,
    pub(super) runs_us: u64,
}

/// Nodes and tasks. Each kind suits at least one node, and tasks are sorted by submission.
#[derive(Clone, Debug, Default)]
pub(super) struct Workload {
    pub(super) nodes: Vec<Node>,
    pub(super) kinds: Vec<Kind>,
    pub(super) users: Vec<String>,
    pub(super) tasks: Vec<Task>,
}

impl Workload {
    pub(super) fn wants(&self, task: TaskId) -> Amounts {
        self.kinds[self.tasks[task].kind].wants
    }

    /// The resources of all nodes together.
    pub(super) fn capacity(&self) -> Amounts {
        let mut all = Amounts::default();
        self.nodes.iter().for_each(|node| all.give_back(&node.capacity));
        all
    }

    /// The times of the first and the last submission.
    pub(super) fn window_us(&self) -> (u64, u64) {
        let at = |task: Option<&Task>| task.map_or(0, |task| task.submitted_us);
        (at(self.tasks.first()), at(self.tasks.last()))
    }
}
