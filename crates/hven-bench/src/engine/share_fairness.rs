//! How equally the users who wait share the nodes.
//!
//! A user who does not wait gets everything that is asked for, however little that is. So at each time the fairness is Jain's index
//! of the dominant shares of the users with waiting tasks; it is averaged over the time in which at least two users wait.
//! A dominant share is the largest fraction of a resource that a user has: Ghodsi et al., *Dominant Resource Fairness*, NSDI 2011.

use super::workload::{Amounts, TaskId, Workload};

#[derive(Debug)]
pub(super) struct ShareFairness {
    capacity: Amounts,
    users: Vec<User>,
    /// Of the users who wait: how many, the sum of their shares, and the sum of the squares.
    waiting_users: usize,
    sum: f64,
    squares: f64,
    at_us: u64,
    fairness_us: f64,
    counted_us: u64,
}

#[derive(Clone, Debug, Default)]
struct User {
    waiting: usize,
    used: Amounts,
    share: f64,
}

/// The largest fraction of a resource that is used.
pub(super) fn dominant_share(used: &Amounts, capacity: &Amounts) -> f64 {
    let shares = used.each().into_iter().zip(capacity.each()).map(|(used, all)| used as f64 / all.max(1) as f64);
    shares.fold(0.0, f64::max)
}

impl ShareFairness {
    pub(super) fn new(workload: &Workload) -> Self {
        Self {
            capacity: workload.capacity(),
            users: vec![User::default(); workload.users.len()],
            waiting_users: 0,
            sum: 0.0,
            squares: 0.0,
            at_us: 0,
            fairness_us: 0.0,
            counted_us: 0,
        }
    }

    /// Counts the time until `to_us` with the present shares.
    pub(super) fn advance(&mut self, to_us: u64) {
        let elapsed_us = to_us - self.at_us;
        self.at_us = to_us;
        if self.waiting_users >= 2 {
            // Users without any share are equal, too.
            let is_nothing = self.squares <= f64::EPSILON;
            let index = if is_nothing { 1.0 } else { self.sum.powi(2) / (self.waiting_users as f64 * self.squares) };
            self.fairness_us += index * elapsed_us as f64;
            self.counted_us += elapsed_us;
        }
    }

    pub(super) fn submitted(&mut self, task: TaskId, workload: &Workload) {
        self.change(workload.tasks[task].user, |user| user.waiting += 1);
    }

    pub(super) fn started(&mut self, task: TaskId, workload: &Workload) {
        let wants = workload.wants(task);
        self.change(workload.tasks[task].user, |user| {
            user.waiting -= 1;
            user.used.give_back(&wants);
        });
    }

    pub(super) fn ended(&mut self, task: TaskId, workload: &Workload) {
        let wants = workload.wants(task);
        self.change(workload.tasks[task].user, |user| user.used.take(&wants));
    }

    fn change(&mut self, user: usize, change: impl Fn(&mut User)) {
        let user = &mut self.users[user];
        if user.waiting > 0 {
            self.waiting_users -= 1;
            self.sum -= user.share;
            self.squares -= user.share.powi(2);
        }
        change(user);
        user.share = dominant_share(&user.used, &self.capacity);
        if self.waiting_users == 0 {
            // The sums start again without rounding errors.
            (self.sum, self.squares) = (0.0, 0.0);
        }
        if user.waiting > 0 {
            self.waiting_users += 1;
            self.sum += user.share;
            self.squares += user.share.powi(2);
        }
    }

    /// The average; `None` if two users never waited at the same time.
    pub(super) fn average(&self) -> Option<f64> {
        (self.counted_us > 0).then(|| self.fairness_us / self.counted_us as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::policy_tests::workload, *};

    #[test]
    fn only_waiting_users_count() {
        let cores = |cores| Amounts { cores, ..Amounts::default() };
        // The first user has 3 of 4 cores, the second 1; both want more until the task of the second user starts.
        let tasks = [(0, cores(3), 9, 0), (0, cores(1), 9, 1), (0, cores(1), 9, 0), (0, cores(1), 9, 1)];
        let workload = workload(&[cores(4)], &tasks);
        let mut fairness = ShareFairness::new(&workload);
        for task in 0..4 {
            fairness.submitted(task, &workload);
        }
        fairness.advance(10);
        assert_eq!(fairness.average(), Some(1.0), "all have nothing");
        fairness.started(0, &workload);
        fairness.started(1, &workload);
        fairness.advance(20);
        // Jain's index of 3/4 and 1/4 is 1 ÷ (2 × 10/16) = 0.8.
        assert!((fairness.average().expect("an average") - 0.9).abs() < 1e-12);
        fairness.ended(1, &workload);
        fairness.started(3, &workload);
        fairness.advance(90);
        assert!((fairness.average().expect("an average") - 0.9).abs() < 1e-12, "one user waits");
    }
}
