//! Threads for work that blocks or takes long. The first job starts them, and they run until the process ends.

use std::{
    fmt, io,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

/// Gives jobs to a number of equal threads.
pub(crate) struct Workers<T> {
    count: usize,
    started: usize,
    /// At least one thread could not be started.
    is_short: bool,
    work: Arc<dyn Fn(Jobs<T>) + Send + Sync>,
    sender: Sender<T>,
    jobs: Arc<Mutex<Receiver<T>>>,
}

/// The jobs for one of the threads.
pub(crate) struct Jobs<T>(Arc<Mutex<Receiver<T>>>);

impl<T: Send + 'static> Workers<T> {
    /// Each of `count` threads calls `work` once.
    pub(crate) fn new(count: usize, work: impl Fn(Jobs<T>) + Send + Sync + 'static) -> Self {
        let (sender, jobs) = channel();
        let jobs = Arc::new(Mutex::new(jobs));
        Self { count, started: 0, is_short: false, work: Arc::new(work), sender, jobs }
    }

    pub(crate) fn send(&mut self, job: T) {
        self.send_with(job, start_thread);
    }

    /// Starts the threads that could not be started before. A job may wait for them, and no further job may arrive.
    pub(crate) fn retry_threads(&mut self) {
        if self.is_short {
            self.start_missing(start_thread);
        }
    }

    fn send_with(&mut self, job: T, start: impl Fn(Work) -> io::Result<()>) {
        self.start_missing(start);
        // The send cannot fail, because `self.jobs` holds the receiver.
        let _ = self.sender.send(job);
    }

    /// Starts the missing threads. If some cannot be started, the others do the work.
    fn start_missing(&mut self, start: impl Fn(Work) -> io::Result<()>) {
        while self.started < self.count {
            let (work, jobs) = (Arc::clone(&self.work), Jobs(Arc::clone(&self.jobs)));
            if let Err(error) = start(Box::new(move || work(jobs))) {
                if !std::mem::replace(&mut self.is_short, true) {
                    crate::log_line(&format!("a thread cannot be started now: {error}"));
                }
                return;
            }
            self.started += 1;
        }
        self.is_short = false;
    }
}

/// The body of a thread.
type Work = Box<dyn FnOnce() + Send>;

fn start_thread(work: Work) -> io::Result<()> {
    thread::Builder::new().spawn(work).map(drop)
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
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_job_waits_until_a_thread_can_be_started() {
        let (done, results) = channel();
        let mut workers = Workers::new(2, move |jobs: Jobs<u32>| {
            for job in jobs {
                let _ = done.send(job);
            }
        });
        workers.send_with(7, |_| Err(io::ErrorKind::WouldBlock.into()));
        workers.retry_threads();
        assert_eq!(results.recv_timeout(Duration::from_mins(1)), Ok(7));
        assert_eq!((workers.started, workers.is_short), (2, false));
    }

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
        // The threads end when there are no more jobs, and the last sender is dropped.
        assert_eq!(results.recv().ok(), None);
    }
}
