//! What other threads have to say to the one that watches the tasks.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex, PoisonError, mpsc::SyncSender},
};

use hven_api::runner::{Attach, Command};
use hven_core::AttemptId;

use crate::{kept::Kept, kernel::Bell, ready::Ready};

#[derive(Debug)]
pub(crate) enum Message {
    Commands(Vec<Command>),
    /// The runner is about to attach and wants to say what it holds. The commands before this have been carried out.
    Introduce(SyncSender<Attach>),
    /// Whether the runner may end when it holds nothing.
    Leave(bool),
    /// An attempt's fresh folder holds all that it can, and its files were looked at, with what is to be said of both; or why
    /// it cannot start.
    Staged {
        attempt: AttemptId,
        result: Result<Ready, String>,
    },
    /// An attempt's outputs are kept.
    Kept {
        attempt: AttemptId,
        kept: Box<Kept>,
    },
    /// The server has the outputs of an attempt that was kept before.
    Sent {
        attempt: AttemptId,
    },
    /// The size of an attempt's outputs so far.
    Measured {
        attempt: AttemptId,
        bytes: u64,
    },
}

#[derive(Debug)]
pub(crate) struct Inbox {
    messages: Mutex<VecDeque<Message>>,
    bell: Arc<Bell>,
}

impl Inbox {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { messages: Mutex::default(), bell: Arc::new(Bell::new()?) })
    }

    /// Can be read when there is a message.
    pub(crate) fn bell(&self) -> Arc<Bell> {
        Arc::clone(&self.bell)
    }

    pub(crate) fn put(&self, message: Message) {
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        messages.push_back(message);
        if messages.len() == 1 {
            self.bell.ring();
        }
    }

    pub(crate) fn take(&self) -> VecDeque<Message> {
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        self.bell.silence();
        std::mem::take(&mut messages)
    }
}
