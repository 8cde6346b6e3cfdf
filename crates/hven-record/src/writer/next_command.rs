//! Waits for the next command, but at most until a given time.

use std::{
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::Instant,
};

use tokio::sync::mpsc;

use super::Command;

pub(super) enum NextCommand {
    Command(Command),
    /// The time has come, and there is no command.
    Due,
    /// All senders of the queue are dropped.
    Closed,
}

/// Wakes the waiting thread.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

pub(super) fn next(queue: &mut mpsc::Receiver<Command>, due: Option<Instant>) -> NextCommand {
    match queue.try_recv() {
        Ok(command) => return NextCommand::Command(command),
        Err(mpsc::error::TryRecvError::Disconnected) => return NextCommand::Closed,
        Err(mpsc::error::TryRecvError::Empty) => {}
    }
    let Some(due) = due else { return queue.blocking_recv().map_or(NextCommand::Closed, NextCommand::Command) };
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match queue.poll_recv(&mut context) {
            Poll::Ready(command) => return command.map_or(NextCommand::Closed, NextCommand::Command),
            Poll::Pending => {}
        }
        let left = due.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return NextCommand::Due;
        }
        thread::park_timeout(left);
    }
}
