//! The figures of a policy, from the starts of a simulation.

use serde::Serialize;

use super::{args::PolicyName, simulator::Outcome, workload::Workload};

/// Shorter tasks count as this long in a slowdown, so that they do not dominate the mean. Source: Feitelson et al., *Theory and
/// Practice in Parallel Job Scheduling*, JSSPP 1997.
const SLOWDOWN_BOUND_US: u64 = 10_000_000;

#[derive(Clone, Debug, Serialize)]
pub(super) struct PolicyFigures {
    pub(super) policy: PolicyName,
    pub(super) mean_wait_s: f64,
    pub(super) p99_wait_s: f64,
    /// The mean of (wait + duration) ÷ duration, where durations below 10 s count as 10 s and the result is at least 1.
    pub(super) mean_bounded_slowdown: f64,
    /// Shares of all cores and GPUs, between the first and the last submission.
    pub(super) core_use: Option<f64>,
    pub(super) gpu_use: Option<f64>,
    /// The share of the free GPUs that a task which wants GPUs cannot use, because its node has no room for the task.
    pub(super) gpu_fragmentation: Option<f64>,
    /// Jain's index of the mean bounded slowdowns of the users: 1 if all are equal, 1 ÷ users if one has everything.
    pub(super) slowdown_fairness: f64,
    /// Jain's index of the dominant shares of the users who wait, while at least two wait.
    pub(super) share_fairness: Option<f64>,
    pub(super) waiting_max: usize,
    pub(super) users: Vec<UserFigures>,
    /// How long the simulation took.
    pub(super) simulation_s: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct UserFigures {
    pub(super) user: String,
    pub(super) tasks: usize,
    pub(super) mean_wait_s: f64,
    pub(super) mean_bounded_slowdown: f64,
}

pub(super) fn figures(policy: PolicyName, workload: &Workload, outcome: &Outcome, simulation_s: f64) -> PolicyFigures {
    let mut waits_us = Vec::with_capacity(workload.tasks.len());
    // By user: tasks, waits in seconds and slowdowns.
    let mut sums = vec![(0_usize, 0.0, 0.0); workload.users.len()];
    for (task, (started_us, _)) in workload.tasks.iter().zip(&outcome.starts) {
        let wait_us = started_us.saturating_sub(task.submitted_us);
        waits_us.push(wait_us);
        let sum = &mut sums[task.user];
        *sum = (sum.0 + 1, sum.1 + wait_us as f64 / 1e6, sum.2 + bounded_slowdown(wait_us, task.runs_us));
    }
    let users: Vec<UserFigures> = sums
        .iter()
        .zip(&workload.users)
        .filter(|((tasks, ..), _)| *tasks > 0)
        .map(|(&(tasks, waits_s, slowdowns), user)| UserFigures {
            user: user.clone(),
            tasks,
            mean_wait_s: waits_s / tasks as f64,
            mean_bounded_slowdown: slowdowns / tasks as f64,
        })
        .collect();
    waits_us.sort_unstable();
    let all = waits_us.len() as f64;
    let slowdowns: Vec<f64> = users.iter().map(|user| user.mean_bounded_slowdown).collect();
    PolicyFigures {
        policy,
        mean_wait_s: sums.iter().map(|sum| sum.1).sum::<f64>() / all,
        p99_wait_s: percentile(&waits_us, 0.99) as f64 / 1e6,
        mean_bounded_slowdown: sums.iter().map(|sum| sum.2).sum::<f64>() / all,
        core_use: outcome.usage.of_cores(),
        gpu_use: outcome.usage.of_gpus(),
        gpu_fragmentation: outcome.usage.fragmentation(),
        slowdown_fairness: jain(&slowdowns),
        share_fairness: outcome.shares.average(),
        waiting_max: outcome.waiting_max,
        users,
        simulation_s,
    }
}

fn bounded_slowdown(wait_us: u64, runs_us: u64) -> f64 {
    ((wait_us + runs_us) as f64 / runs_us.max(SLOWDOWN_BOUND_US) as f64).max(1.0)
}

/// The smallest of the sorted values that at least this share of them does not exceed; 0 for no values.
pub(super) fn percentile(sorted: &[u64], share: f64) -> u64 {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

/// Source: Jain, Chiu and Hawe, *A Quantitative Measure of Fairness and Discrimination*, DEC-TR-301, 1984.
fn jain(values: &[f64]) -> f64 {
    let squares: f64 = values.iter().map(|value| value * value).sum();
    values.iter().sum::<f64>().powi(2) / (values.len() as f64 * squares)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{fifo::Fifo, policy_tests::cores, simulator::simulate},
        *,
    };

    #[test]
    fn figures_of_a_short_schedule() {
        // Starts at 0, 10 and 15 s: waits 0, 9 and 13 s.
        let workload = cores(&[4], &[(0, 3, 10), (1, 4, 5), (2, 1, 2)]);
        let outcome = simulate(&workload, &mut Fifo::default()).expect("a schedule");
        let found = figures(PolicyName::Fifo, &workload, &outcome, 0.0);
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        close(found.mean_wait_s, 22.0 / 3.0);
        close(found.p99_wait_s, 13.0);
        close(found.mean_bounded_slowdown, (1.0 + 1.4 + 1.5) / 3.0);
        // 3 of 4 cores from 0 to the last submission at 2 s.
        close(found.core_use.expect("cores"), 0.75);
        assert_eq!((found.gpu_use, found.gpu_fragmentation, found.waiting_max), (None, None, 2));
        assert_eq!(found.users.len(), 1);
        close(found.slowdown_fairness, 1.0);
        assert_eq!(found.share_fairness, None, "there is one user");
    }

    #[test]
    fn percentiles_and_fairness() {
        let values: Vec<u64> = (1..=200).collect();
        assert_eq!([0.5, 0.99, 1.0].map(|share| percentile(&values, share)), [100, 198, 200]);
        assert_eq!((percentile(&[7], 0.99), percentile(&[], 0.5)), (7, 0));
        assert!((jain(&[3.0, 3.0]) - 1.0).abs() < 1e-12 && (jain(&[1.0, 0.0, 0.0, 0.0]) - 0.25).abs() < 1e-12);
        assert!((jain(&[1.0, 3.0]) - 16.0 / 20.0).abs() < 1e-12);
    }
}
