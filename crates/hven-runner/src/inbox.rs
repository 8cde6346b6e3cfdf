//! The messages of other threads to the supervisor.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex, PoisonError, mpsc::SyncSender},
};

use hven_api::runner::{Attach, Command};
use hven_core::AttemptId;

use crate::{kept_outputs::KeptOutputs, kernel::Waker, staging_result::StagingResult};

#[derive(Debug)]
pub(crate) enum Message {
    Commands(Vec<Command>),
    /// The listener is about to attach and asks for the attempts that the runner holds. The supervisor has executed all
    /// commands before this message.
    AttachRequest(SyncSender<Attach>),
    /// Whether the runner may end when it holds no attempt.
    Leave(bool),
    /// The stagers and checkers are done with an attempt: remarks and comparisons, or the reason why it cannot start.
    Staged {
        attempt: AttemptId,
        result: Result<StagingResult, String>,
    },
    /// An attempt's outputs are kept.
    KeptOutputs {
        attempt: AttemptId,
        kept: Box<KeptOutputs>,
    },
    /// The server has the outputs of an attempt that was kept while the server was away.
    Sent {
        attempt: AttemptId,
    },
    /// The current size of an attempt's outputs.
    Measured {
        attempt: AttemptId,
        bytes: u64,
    },
}

#[derive(Debug)]
pub(crate) struct Inbox {
    messages: Mutex<VecDeque<Message>>,
    waker: Arc<Waker>,
}

impl Inbox {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { messages: Mutex::default(), waker: Arc::new(Waker::new()?) })
    }

    /// Becomes readable when there is a message.
    pub(crate) fn waker(&self) -> Arc<Waker> {
        Arc::clone(&self.waker)
    }

    pub(crate) fn put(&self, message: Message) {
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        messages.push_back(message);
        if messages.len() == 1 {
            self.waker.wake();
        }
    }

    pub(crate) fn take(&self) -> VecDeque<Message> {
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        self.waker.clear();
        std::mem::take(&mut messages)
    }
}
