//! Parallel work with results in the order of the items, so that no result depends on the number of threads.

use std::{
    sync::{Mutex, mpsc},
    thread::{available_parallelism, scope},
};

/// The wanted number of threads, or the number of cores.
pub(crate) fn threads(wanted: Option<usize>) -> usize {
    wanted.unwrap_or_else(|| available_parallelism().map_or(1, usize::from)).clamp(1, 64)
}

/// Calls `work` for each item and returns the results in the order of the items.
pub(crate) fn map<T: Send, R: Send>(items: Vec<T>, threads: usize, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    map_with(items, threads, work, &mut |_| ())
}

/// The same; `done` gets the number of finished items, in the caller's thread.
pub(crate) fn map_with<T: Send, R: Send>(
    items: Vec<T>,
    threads: usize,
    work: impl Fn(T) -> R + Sync,
    done: &mut dyn FnMut(usize),
) -> Vec<R> {
    let count = items.len();
    let mut answers: Vec<Option<R>> = Vec::with_capacity(count);
    answers.resize_with(count, || None);
    let queue = Mutex::new(items.into_iter().enumerate());
    let next = || match queue.lock() {
        Ok(mut queue) => queue.next(),
        // A worker panicked while it held the queue, so stop.
        Err(_) => None,
    };
    // The scope waits for all workers and propagates a panic.
    scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..threads.min(count) {
            let (sender, next, work) = (sender.clone(), &next, &work);
            scope.spawn(move || {
                while let Some((at, item)) = next() {
                    if sender.send((at, work(item))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        for (number, (at, answer)) in receiver.into_iter().enumerate() {
            answers[at] = Some(answer);
            done(number + 1);
        }
    });
    // All results exist, or the scope has propagated a panic.
    answers.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_order() {
        for threads in [1, 2, 7] {
            let mut told = Vec::new();
            let doubled = map_with((0..100).collect(), threads, |number: u32| number * 2, &mut |done| told.push(done));
            assert_eq!(doubled, (0..100).map(|number| number * 2).collect::<Vec<_>>());
            assert_eq!(told, (1..=100).collect::<Vec<_>>());
        }
        assert!(map(Vec::<u8>::new(), 2, |it| it).is_empty());
    }

    #[test]
    fn a_panic_in_a_worker_reaches_the_caller() {
        let outcome = std::panic::catch_unwind(|| map(vec![1, 2, 3], 2, |number| assert_ne!(number, 2)));
        assert!(outcome.is_err());
    }
}
