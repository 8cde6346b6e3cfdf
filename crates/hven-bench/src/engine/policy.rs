//! The interface of a scheduling policy in the simulation.

use super::{
    cluster::Cluster,
    workload::{NodeId, TaskId},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Submitted(TaskId),
    Ended {
        task: TaskId,
        node: NodeId,
    },
    /// Time passed: see [`Policy::wakes_at_us`].
    Tick,
}

pub(super) trait Policy {
    /// Decides after an event which tasks start now, and where: it calls [`Cluster::start`].
    ///
    /// # Errors
    /// The cluster refused a start.
    fn on_event(&mut self, event: Event, cluster: &mut Cluster<'_>) -> anyhow::Result<()>;

    /// When it wants a [`Event::Tick`] at the latest if no other event comes before.
    fn wakes_at_us(&self, _now_us: u64) -> Option<u64> {
        None
    }
}
