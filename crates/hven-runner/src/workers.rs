//! Threads of their own for what takes long or blocks. They are started when the first job comes, and go with the process.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

/// Gives out jobs to threads that work alike.
pub(crate) struct Workers<T> {
    count: usize,
    started: usize,
    work: Arc<dyn Fn(Jobs<T>) + Send + Sync>,
    sender: Sender<T>,
    jobs: Arc<Mutex<Receiver<T>>>,
}

/// The jobs as they come, each to one of the threads.
pub(crate) struct Jobs<T>(Arc<Mutex<Receiver<T>>>);

impl<T: Send + 'static> Workers<T> {
    /// `work` is called once in each of `count` threads.
    pub(crate) fn new(count: usize, work: impl Fn(Jobs<T>) + Send + Sync + 'static) -> Self {
        let (sender, jobs) = channel();
        Self { count, started: 0, work: Arc::new(work), sender, jobs: Arc::new(Mutex::new(jobs)) }
    }

    pub(crate) fn send(&mut self, job: T) {
        while self.started < self.count {
            let (work, jobs) = (Arc::clone(&self.work), Jobs(Arc::clone(&self.jobs)));
            if let Err(error) = thread::Builder::new().spawn(move || work(jobs)) {
                // The next job tries again; until then those that are there do what there is to do.
                crate::say(&format!("a thread cannot be started: {error}"));
                break;
            }
            self.started += 1;
        }
        // It cannot fail: the other end is kept here, too.
        let _ = self.sender.send(job);
    }
}

impl<T> Iterator for Jobs<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
    }
}

impl<T> fmt::Debug for Workers<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workers").field("count", &self.count).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_is_done_once() {
        let (done, results) = channel();
        let mut workers = Workers::new(3, move |jobs: Jobs<u32>| {
            for job in jobs {
                let _ = done.send(job);
            }
        });
        (0..100).for_each(|job| workers.send(job));
        let mut all: Vec<u32> = results.iter().take(100).collect();
        all.sort_unstable();
        assert_eq!(all, (0..100).collect::<Vec<_>>());
        drop(workers);
        // The threads end with their jobs, and with them the last sender.
        assert_eq!(results.recv().ok(), None);
    }
}
