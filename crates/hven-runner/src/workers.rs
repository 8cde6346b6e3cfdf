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
    work: Arc<dyn Fn(Jobs<T>) + Send + Sync>,
    sender: Option<Sender<T>>,
}

/// The jobs as they come, each to one of the threads.
pub(crate) struct Jobs<T>(Arc<Mutex<Receiver<T>>>);

impl<T: Send + 'static> Workers<T> {
    /// `work` is called once in each of `count` threads.
    pub(crate) fn new(count: usize, work: impl Fn(Jobs<T>) + Send + Sync + 'static) -> Self {
        Self { count, work: Arc::new(work), sender: None }
    }

    pub(crate) fn send(&mut self, job: T) {
        let sender = self.sender.get_or_insert_with(|| {
            let (sender, receiver) = channel();
            let receiver = Arc::new(Mutex::new(receiver));
            for _ in 0..self.count {
                let (work, jobs) = (Arc::clone(&self.work), Jobs(Arc::clone(&receiver)));
                thread::spawn(move || work(jobs));
            }
            sender
        });
        // It fails only when the threads are gone, and they go with the process.
        let _ = sender.send(job);
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
