//! Which of the attempts that wait may start: in the order of their coming, and none is overtaken for long.
//!
//! One that fits into what is free starts. One that does not is set aside, and what it wants with it; only what it
//! leaves over is given to those behind it. So small tasks use what a large one must leave idle, and never delay it.

use hven_core::resources::Resources;

/// Answers the names of those that may start now.
pub(crate) fn startable<'a, N>(free: &Resources, waiting: impl IntoIterator<Item = (N, &'a Resources)>) -> Vec<N> {
    let mut left = free.clone();
    let mut starts = Vec::new();
    for (name, wanted) in waiting {
        if left.shortage(wanted).is_none() {
            starts.push(name);
        }
        left.take(wanted);
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_overtaken_on_what_he_waits_for() {
        let cores = |cpus| Resources { cpus, ..Resources::none() };
        let gpu = |cpus, gpus| Resources { named: [("gpu".to_owned(), gpus)].into(), ..cores(cpus) };
        let check = |free: Resources, waiting: &[Resources], want: &[usize]| {
            assert_eq!(startable(&free, waiting.iter().enumerate()), want, "{waiting:?} into {free:?}");
        };
        check(cores(4), &[cores(1), cores(2), cores(1), cores(1)], &[0, 1, 2]);
        check(cores(3), &[cores(4), cores(1)], &[]);
        check(gpu(3, 0), &[gpu(1, 1), cores(1), cores(1), cores(1)], &[1, 2]);
        check(cores(0), &[cores(1), cores(0)], &[1]);
        check(cores(1), &[cores(0), cores(1)], &[0, 1]);
    }
}
