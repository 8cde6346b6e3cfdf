//! EASY back-filling: the first task gets a reservation on the node where it can start earliest, and later tasks start before it
//! only if they do not delay it. Source: Lifka, *The ANL/IBM SP Scheduling System*, JSSPP 1995. It knows the exact duration of each
//! task, which no real scheduler does.

use std::collections::BTreeSet;

use super::{
    cluster::Cluster,
    policy::{Event, Policy},
    waiting::Waiting,
    workload::{Amounts, KindId, NodeId, TaskId},
};

#[derive(Debug, Default)]
pub(super) struct Easy {
    waiting: Waiting,
    reservation: Option<Reservation>,
    /// By kind: the reserved node has refused all tasks before this one. The reservation only gets tighter.
    refused: Vec<TaskId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reservation {
    task: TaskId,
    node: NodeId,
    at_us: u64,
    /// The rest on the node at that time when the task has started.
    spare: Amounts,
}

impl Reservation {
    /// The earliest time and the node for a task that fits nowhere now.
    fn of(task: TaskId, cluster: &Cluster<'_>) -> Option<Self> {
        let (kind, wants) = (cluster.workload.tasks[task].kind, cluster.workload.wants(task));
        let on = |&node: &NodeId| {
            let mut free = *cluster.free(node);
            let mut ends: Vec<(u64, TaskId)> =
                cluster.running(node).iter().map(|&running| (cluster.ends_us(running), running)).collect();
            ends.sort_unstable();
            let mut at_us = cluster.now_us;
            for (ends_us, running) in ends {
                if wants.fit_into(&free) && ends_us > at_us {
                    break;
                }
                at_us = ends_us;
                free.give_back(&cluster.workload.wants(running));
            }
            let mut spare = free;
            wants.fit_into(&free).then(|| spare.take(&wants))?;
            Some(Self { task, node, at_us, spare })
        };
        let reservations = cluster.suitable(kind).iter().filter_map(on);
        reservations.min_by_key(|reservation| (reservation.at_us, reservation.node))
    }

    /// Whether a task that starts on the reserved node now does not delay the reservation, and whether it needs spare resources.
    fn allows(&self, task: TaskId, cluster: &Cluster<'_>) -> Option<bool> {
        let ends_before = cluster.ends_us(task) <= self.at_us;
        (ends_before || cluster.workload.wants(task).fit_into(&self.spare)).then_some(!ends_before)
    }
}

impl Easy {
    /// Starts tasks from the front until one fits nowhere. Returns that task.
    fn start_from_the_front(&mut self, cluster: &mut Cluster<'_>) -> anyhow::Result<Option<TaskId>> {
        loop {
            let Some((task, kind)) = self.waiting.heads().next() else { return Ok(None) };
            let Some(node) = cluster.first_fit(kind, None) else { return Ok(Some(task)) };
            cluster.start(task, node)?;
            self.waiting.remove(task, kind);
        }
    }

    /// Starts tasks behind the first one, in order.
    fn back_fill(&mut self, mut reservation: Reservation, cluster: &mut Cluster<'_>) -> anyhow::Result<Reservation> {
        let heads: Vec<(TaskId, KindId)> = self.waiting.heads().filter(|(_, kind)| cluster.rooms(*kind) > 0).collect();
        let candidates =
            heads.into_iter().filter_map(|(first, kind)| self.candidate(kind, first, &reservation, cluster));
        let mut next: BTreeSet<(TaskId, KindId)> = candidates.collect();
        while let Some((task, kind)) = next.pop_first() {
            let elsewhere = cluster.first_fit(kind, Some(reservation.node));
            let (node, needs_spare) = match elsewhere {
                Some(node) => (Some(node), false),
                None if !cluster.has_room(kind, reservation.node) => continue,
                None => match reservation.allows(task, cluster) {
                    Some(needs_spare) => (Some(reservation.node), needs_spare),
                    None => (None, false),
                },
            };
            match node {
                Some(node) => {
                    cluster.start(task, node)?;
                    self.waiting.remove(task, kind);
                    if needs_spare {
                        reservation.spare.take(&cluster.workload.wants(task));
                    }
                }
                None => self.refuse(task, kind),
            }
            next.extend(self.candidate(kind, task + 1, &reservation, cluster));
        }
        Ok(reservation)
    }

    /// The next task of a kind from `from` on that may start.
    fn candidate(
        &self,
        kind: KindId,
        from: TaskId,
        reservation: &Reservation,
        cluster: &Cluster<'_>,
    ) -> Option<(TaskId, KindId)> {
        let on_reserved = usize::from(cluster.has_room(kind, reservation.node));
        let refused = self.refused.get(kind).copied().unwrap_or(0);
        let from = if cluster.rooms(kind) > on_reserved { from } else { from.max(refused) };
        Some((self.waiting.next(kind, from)?, kind))
    }

    fn refuse(&mut self, task: TaskId, kind: KindId) {
        if self.refused.len() <= kind {
            self.refused.resize(kind + 1, 0);
        }
        self.refused[kind] = self.refused[kind].max(task + 1);
    }
}

impl Policy for Easy {
    fn on_event(&mut self, event: Event, cluster: &mut Cluster<'_>) -> anyhow::Result<()> {
        if let Event::Submitted(task) = event {
            self.waiting.insert(task, cluster.workload.tasks[task].kind);
        }
        let Some(first) = self.start_from_the_front(cluster)? else { return Ok(()) };
        let known = self.reservation.filter(|reservation| reservation.task == first);
        if known.is_none() {
            self.refused.clear();
        }
        if let Some(reservation) = known.or_else(|| Reservation::of(first, cluster)) {
            self.reservation = Some(self.back_fill(reservation, cluster)?);
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
    fn later_tasks_do_not_delay_the_first() {
        // One node with 4 cores. The second task gets them at 10 s. The third would end after that, the fourth ends at 10 s.
        let workload = cores(&[4], &[(0, 3, 10), (1, 4, 5), (2, 1, 20), (3, 1, 7)]);
        assert_eq!(starts_s(&workload, &mut Easy::default()), [0, 10, 15, 3]);
    }

    #[test]
    fn later_tasks_use_what_the_first_leaves() {
        // The second task needs 4 of the 6 cores at 10 s, so 2 are spare: the third and the fourth get one each, the fifth none.
        let workload = cores(&[6], &[(0, 3, 10), (0, 4, 5), (1, 1, 90), (2, 1, 90), (3, 1, 90)]);
        assert_eq!(starts_s(&workload, &mut Easy::default()), [0, 10, 1, 2, 15]);
    }

    #[test]
    fn later_tasks_start_on_other_nodes() {
        // The third task waits for the first node until 10 s. The fourth needs the second node, from 5 s on.
        let workload = cores(&[4, 2], &[(0, 3, 10), (0, 2, 5), (1, 4, 5), (2, 2, 30)]);
        assert_eq!(starts_s(&workload, &mut Easy::default()), [0, 0, 10, 5]);
    }
}
