//! Waiting for the next command, but not beyond a moment at which something else is due.

use std::{
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::Instant,
};

use tokio::sync::mpsc;

use super::Command;

pub(super) enum Turn {
    Command(Command),
    /// The moment has come, and nobody wants anything.
    Due,
    /// All handles of the queue are gone.
    Closed,
}

/// Wakes the thread that waits.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

pub(super) fn next(queue: &mut mpsc::Receiver<Command>, due: Option<Instant>) -> Turn {
    match queue.try_recv() {
        Ok(command) => return Turn::Command(command),
        Err(mpsc::error::TryRecvError::Disconnected) => return Turn::Closed,
        Err(mpsc::error::TryRecvError::Empty) => {}
    }
    let Some(due) = due else { return queue.blocking_recv().map_or(Turn::Closed, Turn::Command) };
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match queue.poll_recv(&mut context) {
            Poll::Ready(command) => return command.map_or(Turn::Closed, Turn::Command),
            Poll::Pending => {}
        }
        let left = due.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Turn::Due;
        }
        thread::park_timeout(left);
    }
}
