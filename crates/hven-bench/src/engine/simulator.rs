//! The simulation: a virtual clock, submissions in their order, and ends when the tasks have run.

use std::{cmp::Reverse, collections::BinaryHeap};

use anyhow::{Context as _, bail};

use super::{
    cluster::Cluster,
    policy::{Event, Policy},
    share_fairness::ShareFairness,
    usage::Usage,
    workload::{NodeId, TaskId, Workload},
};

#[derive(Debug)]
pub(super) struct Outcome {
    /// By task: when and where it started.
    pub(super) starts: Vec<(u64, NodeId)>,
    pub(super) usage: Usage,
    pub(super) shares: ShareFairness,
    /// How many tasks waited at the same time at most.
    pub(super) waiting_max: usize,
}

/// Runs all tasks under a policy. At the same time, ends come before submissions.
///
/// # Errors
/// The policy starts a task twice or where it does not fit, or it leaves tasks waiting on idle nodes.
pub(super) fn simulate(workload: &Workload, policy: &mut dyn Policy) -> anyhow::Result<Outcome> {
    let mut cluster = Cluster::new(workload);
    let mut usage = Usage::new(&cluster);
    let mut shares = ShareFairness::new(workload);
    let mut ends: BinaryHeap<Reverse<(u64, TaskId, NodeId)>> = BinaryHeap::new();
    let mut places: Vec<Option<NodeId>> = vec![None; workload.tasks.len()];
    let (mut submitted, mut waiting, mut waiting_max) = (0, 0, 0);
    loop {
        let submission_us = workload.tasks.get(submitted).map(|task| task.submitted_us);
        let end_us = ends.peek().map(|Reverse((at_us, ..))| *at_us);
        let due_us = [submission_us, end_us].into_iter().flatten().min();
        if due_us.is_none() && waiting == 0 {
            break;
        }
        let tick_us = policy.wakes_at_us(cluster.now_us).map(|at_us| at_us.max(cluster.now_us));
        let event = if due_us.is_none() || tick_us.is_some_and(|at_us| Some(at_us) < due_us) {
            cluster.now_us = tick_us.unwrap_or(cluster.now_us);
            Event::Tick
        } else if due_us == end_us
            && let Some(Reverse((at_us, task, node))) = ends.pop()
        {
            cluster.now_us = at_us;
            Event::Ended { task, node }
        } else {
            cluster.now_us = due_us.unwrap_or(cluster.now_us);
            Event::Submitted(submitted)
        };
        usage.advance(cluster.now_us);
        shares.advance(cluster.now_us);
        match event {
            Event::Submitted(task) => {
                submitted += 1;
                waiting += 1;
                shares.submitted(task, workload);
            }
            Event::Ended { task, node } => {
                cluster.end(task, node)?;
                usage.refresh(node, &cluster);
                shares.ended(task, workload);
            }
            Event::Tick => {}
        }
        policy.on_event(event, &mut cluster)?;
        let starts = cluster.take_starts();
        if due_us.is_none() && starts.is_empty() {
            bail!("the policy leaves {waiting} tasks waiting on idle nodes");
        }
        for (task, node) in starts {
            ends.push(Reverse((cluster.ends_us(task), task, node)));
            places[task] = Some(node);
            waiting -= 1;
            shares.started(task, workload);
            usage.refresh(node, &cluster);
        }
        waiting_max = waiting_max.max(waiting);
    }
    let start = |(task, node): (TaskId, &Option<NodeId>)| cluster.started_us(task).zip(*node);
    let starts: Option<Vec<_>> = places.iter().enumerate().map(start).collect();
    Ok(Outcome { starts: starts.context("a task never started")?, usage, shares, waiting_max })
}
