//! The nodes during a simulation: what is free, and which tasks run where. It refuses what exceeds a node.

use anyhow::{Context as _, bail, ensure};

use super::workload::{Amounts, KindId, NodeId, TaskId, Workload};

/// The nodes and the virtual clock. A policy starts tasks here; the simulator ends them.
#[derive(Debug)]
pub(super) struct Cluster<'a> {
    pub(super) workload: &'a Workload,
    pub(super) now_us: u64,
    free: Vec<Amounts>,
    running: Vec<Vec<TaskId>>,
    started_us: Vec<Option<u64>>,
    /// The nodes that could run a kind when idle, in order; and the same by node.
    suitable: Vec<Vec<NodeId>>,
    suits: Vec<Vec<bool>>,
    /// On how many nodes a task of the kind could start now.
    rooms: Vec<usize>,
    /// The divisors of [`Self::best_fit`]: the largest amount of each resource on one node.
    largest: [f64; 3],
    /// The starts since the simulator asked last.
    starts: Vec<(TaskId, NodeId)>,
}

impl<'a> Cluster<'a> {
    pub(super) fn new(workload: &'a Workload) -> Self {
        let Workload { nodes, kinds, .. } = workload;
        let suits: Vec<Vec<bool>> =
            kinds.iter().map(|kind| nodes.iter().map(|node| kind.suits(node)).collect()).collect();
        let places = |suits: &Vec<bool>| (0..nodes.len()).filter(|node| suits[*node]).collect();
        let suitable: Vec<Vec<NodeId>> = suits.iter().map(places).collect();
        let largest = |at: usize| nodes.iter().map(|node| node.capacity.each()[at]).max().unwrap_or(0).max(1) as f64;
        Self {
            workload,
            now_us: 0,
            free: nodes.iter().map(|node| node.capacity).collect(),
            running: vec![Vec::new(); nodes.len()],
            started_us: vec![None; workload.tasks.len()],
            rooms: suitable.iter().map(Vec::len).collect(),
            suitable,
            suits,
            largest: [0, 1, 2].map(largest),
            starts: Vec::new(),
        }
    }

    pub(super) fn free(&self, node: NodeId) -> &Amounts {
        &self.free[node]
    }

    pub(super) fn running(&self, node: NodeId) -> &[TaskId] {
        &self.running[node]
    }

    /// When a task started.
    pub(super) fn started_us(&self, task: TaskId) -> Option<u64> {
        self.started_us[task]
    }

    /// When a started task ends: policies that need an estimate get the exact time.
    pub(super) fn ends_us(&self, task: TaskId) -> u64 {
        self.started_us[task].unwrap_or(self.now_us).saturating_add(self.workload.tasks[task].runs_us)
    }

    /// The nodes that could run a kind when idle, in order.
    pub(super) fn suitable(&self, kind: KindId) -> &[NodeId] {
        &self.suitable[kind]
    }

    /// Whether a task of the kind could start on the node now.
    pub(super) fn has_room(&self, kind: KindId, node: NodeId) -> bool {
        self.suits[kind][node] && self.workload.kinds[kind].wants.fit_into(&self.free[node])
    }

    /// On how many nodes a task of the kind could start now.
    pub(super) fn rooms(&self, kind: KindId) -> usize {
        self.rooms[kind]
    }

    /// The first node with room, apart from `except`.
    pub(super) fn first_fit(&self, kind: KindId, except: Option<NodeId>) -> Option<NodeId> {
        if self.rooms[kind] == 0 {
            return None;
        }
        let wants = &self.workload.kinds[kind].wants;
        let has_room = |node: &&NodeId| wants.fit_into(&self.free[**node]) && except != Some(**node);
        self.suitable[kind].iter().find(has_room).copied()
    }

    /// The node with room on which the least is left over: the sum of the free amounts, each as a share of the largest node.
    pub(super) fn best_fit(&self, kind: KindId) -> Option<NodeId> {
        if self.rooms[kind] == 0 {
            return None;
        }
        let wants = &self.workload.kinds[kind].wants;
        let left = |node: NodeId| -> f64 {
            let free = self.free[node].each();
            free.iter().zip(self.largest).map(|(free, largest)| *free as f64 / largest).sum()
        };
        let nodes = self.suitable[kind].iter().filter(|node| wants.fit_into(&self.free[**node]));
        nodes.map(|&node| (left(node), node)).min_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, node)| node)
    }

    /// Starts a task now.
    ///
    /// # Errors
    /// It was started before, is not submitted yet, or does not fit on the node.
    pub(super) fn start(&mut self, task: TaskId, node: NodeId) -> anyhow::Result<()> {
        let found = self.workload.tasks.get(task).with_context(|| format!("there is no task {task}"))?;
        ensure!(self.started_us[task].is_none(), "task {task} is started twice");
        ensure!(found.submitted_us <= self.now_us, "task {task} is started before it is submitted");
        if node >= self.free.len() || !self.has_room(found.kind, node) {
            bail!("task {task} does not fit on node {node}");
        }
        let mut free = self.free[node];
        free.take(&self.workload.kinds[found.kind].wants);
        self.set_free(node, free);
        self.started_us[task] = Some(self.now_us);
        self.running[node].push(task);
        self.starts.push((task, node));
        Ok(())
    }

    /// Ends a task that runs on the node.
    ///
    /// # Errors
    /// It does not run there.
    pub(super) fn end(&mut self, task: TaskId, node: NodeId) -> anyhow::Result<()> {
        let at = self.running[node].iter().position(|running| *running == task);
        self.running[node].swap_remove(at.with_context(|| format!("task {task} does not run on node {node}"))?);
        let mut free = self.free[node];
        free.give_back(&self.workload.wants(task));
        self.set_free(node, free);
        Ok(())
    }

    fn set_free(&mut self, node: NodeId, free: Amounts) {
        let before = std::mem::replace(&mut self.free[node], free);
        for (kind, rooms) in self.rooms.iter_mut().enumerate() {
            if self.suits[kind][node] {
                let wants = &self.workload.kinds[kind].wants;
                *rooms = *rooms - usize::from(wants.fit_into(&before)) + usize::from(wants.fit_into(&free));
            }
        }
    }

    /// The starts since the last call.
    pub(super) fn take_starts(&mut self) -> Vec<(TaskId, NodeId)> {
        std::mem::take(&mut self.starts)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::workload::{Kind, Node, Task},
        *,
    };

    fn amounts(cores: u64, gpus: u64) -> Amounts {
        Amounts { cores, memory_bytes: 0, gpus }
    }

    /// Three nodes: 8 cores and 4 GPUs, 4 cores and 1 GPU, 4 cores.
    fn workload() -> Workload {
        let node = |cores, gpus| Node { capacity: amounts(cores, gpus), model: "T4".to_owned() };
        let kind = |cores, gpus| Kind { wants: amounts(cores, gpus), models: [].into() };
        let task = |kind| Task { kind, user: 0, submitted_us: 0, runs_us: 5 };
        Workload {
            nodes: vec![node(8, 4), node(4, 1), node(4, 0)],
            kinds: vec![kind(3, 0), kind(2, 1)],
            users: vec!["mira".to_owned()],
            tasks: vec![task(0), task(1), task(1), task(0)],
        }
    }

    #[test]
    fn nodes_are_chosen_by_what_is_free() {
        let workload = workload();
        let mut cluster = Cluster::new(&workload);
        assert_eq!((cluster.first_fit(0, None), cluster.first_fit(0, Some(0))), (Some(0), Some(1)));
        assert_eq!(cluster.best_fit(0), Some(2), "no GPU is left over there");
        assert_eq!(cluster.best_fit(1), Some(1));
        cluster.start(0, 2).expect("room");
        cluster.start(1, 1).expect("room");
        assert_eq!((cluster.best_fit(0), cluster.rooms(0), cluster.rooms(1)), (Some(0), 1, 1));
        assert_eq!(*cluster.free(1), amounts(2, 0));
        assert_eq!((cluster.take_starts(), cluster.take_starts()), (vec![(0, 2), (1, 1)], vec![]));
        assert_eq!(cluster.first_fit(1, Some(0)), None);
        cluster.now_us = 5;
        cluster.end(1, 1).expect("it runs");
        assert_eq!((cluster.rooms(0), cluster.first_fit(1, Some(0))), (2, Some(1)));
        assert_eq!(cluster.ends_us(0), 5);
    }

    #[test]
    fn wrong_starts_and_ends_are_refused() {
        let workload = workload();
        let mut cluster = Cluster::new(&workload);
        cluster.start(1, 1).expect("room");
        let wrong = |result: anyhow::Result<()>| result.expect_err("refused").to_string();
        assert_eq!(wrong(cluster.start(2, 1)), "task 2 does not fit on node 1");
        assert_eq!(wrong(cluster.start(2, 2)), "task 2 does not fit on node 2");
        assert_eq!(wrong(cluster.start(1, 0)), "task 1 is started twice");
        assert_eq!(wrong(cluster.end(1, 0)), "task 1 does not run on node 0");
        assert_eq!(wrong(cluster.start(9, 0)), "there is no task 9");
    }
}
