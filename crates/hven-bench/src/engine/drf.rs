//! Dominant resource fairness: the user with the lowest dominant share is next, as in *progressive filling*. Source: Ghodsi et al.,
//! *Dominant Resource Fairness*, NSDI 2011. A user whose first task fits nowhere is passed over; within a user the order is strict.

use std::collections::VecDeque;

use super::{
    cluster::Cluster,
    policy::{Event, Policy},
    share_fairness::dominant_share,
    workload::{Amounts, NodeId, TaskId, Workload},
};

#[derive(Debug)]
pub(super) struct Drf {
    users: Vec<User>,
    capacity: Amounts,
}

#[derive(Clone, Debug, Default)]
struct User {
    waiting: VecDeque<TaskId>,
    used: Amounts,
}

impl Drf {
    pub(super) fn new(workload: &Workload) -> Self {
        Self { users: vec![User::default(); workload.users.len()], capacity: workload.capacity() }
    }

    /// The user whose task starts next, the task and its node.
    fn next(&self, cluster: &Cluster<'_>) -> Option<(usize, TaskId, NodeId)> {
        let firsts = self.users.iter().enumerate().filter_map(|(user, found)| Some((user, *found.waiting.front()?)));
        let fitting = firsts.filter(|(_, task)| cluster.rooms(cluster.workload.tasks[*task].kind) > 0);
        let share = |user: usize| dominant_share(&self.users[user].used, &self.capacity);
        let (user, task) = fitting.min_by(|(a, first), (b, second)| {
            let by_share = share(*a).total_cmp(&share(*b));
            by_share.then(first.cmp(second))
        })?;
        Some((user, task, cluster.first_fit(cluster.workload.tasks[task].kind, None)?))
    }
}

impl Policy for Drf {
    fn on_event(&mut self, event: Event, cluster: &mut Cluster<'_>) -> anyhow::Result<()> {
        let workload = cluster.workload;
        match event {
            Event::Submitted(task) => self.users[workload.tasks[task].user].waiting.push_back(task),
            Event::Ended { task, .. } => self.users[workload.tasks[task].user].used.take(&workload.wants(task)),
            Event::Tick => {}
        }
        while let Some((user, task, node)) = self.next(cluster) {
            cluster.start(task, node)?;
            self.users[user].waiting.pop_front();
            self.users[user].used.give_back(&workload.wants(task));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::policy_tests::{starts_s, workload},
        *,
    };

    #[test]
    fn the_user_with_the_lowest_dominant_share_is_next() {
        // The example of the paper: 9 cores and 18 GB; tasks of A want 1 core and 4 GB, those of B 3 cores and 1 GB. A runs
        // three, B two. They wait for a task that uses the whole node.
        let gigabytes = |cores, memory_bytes| Amounts { cores, memory_bytes, gpus: 0 };
        let mut tasks = vec![(0, gigabytes(9, 18), 10, 2)];
        tasks.extend([(1, gigabytes(1, 4), 20, 0); 4]);
        tasks.extend([(2, gigabytes(3, 1), 50, 1); 3]);
        let workload = workload(&[gigabytes(9, 18)], &tasks);
        let starts = starts_s(&workload, &mut Drf::new(&workload));
        // At 30 s the first tasks of A end, and A starts its last one. When that ends, B has three cores for its last one.
        assert_eq!(starts, [0, 10, 10, 10, 30, 10, 10, 50]);
    }
}
