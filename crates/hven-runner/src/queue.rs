//! Chooses the waiting attempts that may start, in order of arrival.
//!
//! An attempt that fits into the free resources starts. One that does not fit reserves what it wants, and only the rest
//! is offered to later attempts. So small attempts use what a large one must leave idle, and never delay it.

use hven_core::resources::Resources;

/// Returns the names of the attempts that may start now.
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
    fn no_attempt_is_overtaken_on_the_resource_that_it_waits_for() {
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
