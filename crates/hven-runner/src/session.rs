//! The thread that listens to the server: it attaches, then asks for commands for as long as the session holds, and
//! begins again when it does not. Commands are numbered, so one that comes twice is known.

use std::{
    sync::{Arc, mpsc::sync_channel},
    thread,
    time::{Duration, Instant},
};

use hven_api::runner::{Attached, NumberedCommand, Pull, Pulled};
use hven_core::RunnerId;

use crate::{
    inbox::{Inbox, Message},
    outbox::Outbox,
    server::{ANSWER_TIMEOUT, Backoff, CallError, Server},
};

/// How long the server may hold a request for commands.
const PULL_WAIT: Duration = Duration::from_secs(25);
/// A server that wants the runner to leave answers at once: it is not asked more often than this.
const LEAVING_INTERVAL: Duration = Duration::from_millis(300);
/// A runner that is refused for so long is wanted no more.
const REFUSED_MAX: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(crate) struct Listener {
    pub(crate) runner: RunnerId,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) server: Server,
}

impl Listener {
    /// Listens for ever.
    pub(crate) fn listen(mut self) {
        let mut backoff = Backoff::new();
        let mut refused_since: Option<Instant> = None;
        loop {
            let (reply, introduction) = sync_channel(1);
            self.inbox.put(Message::Introduce(reply));
            let Ok(attach) = introduction.recv() else { return };
            match self.server.call::<Attached>("/api/v1/runner/attach", &attach, ANSWER_TIMEOUT) {
                Ok(attached) => {
                    (refused_since, backoff) = (None, Backoff::new());
                    // What an earlier server wished is not this one's wish.
                    self.inbox.put(Message::Leave(false));
                    self.outbox.attached(&attached.session, &attached.extents);
                    self.follow(&attached.session, &mut backoff);
                    self.outbox.detached(&attached.session);
                }
                Err(error) => {
                    if error.is_unauthorised() {
                        let since = *refused_since.get_or_insert_with(Instant::now);
                        if since.elapsed() > REFUSED_MAX {
                            self.inbox.put(Message::Leave(true));
                        }
                    }
                    backoff.wait();
                }
            }
        }
    }

    /// Receives the commands of one session until it ends.
    fn follow(&mut self, session: &str, backoff: &mut Backoff) {
        let mut after = 0;
        // The other thread sees to it when what it sends is refused as that of another session.
        while self.outbox.is_attached(session) {
            let wait_ms = PULL_WAIT.as_millis() as u64;
            let pull = Pull { runner: self.runner, session: session.to_owned(), after, wait_ms };
            match self.server.call::<Pulled>("/api/v1/runner/pull", &pull, PULL_WAIT + ANSWER_TIMEOUT) {
                Ok(pulled) => {
                    backoff.reset();
                    let mut commands = Vec::with_capacity(pulled.commands.len());
                    for NumberedCommand { number, command } in pulled.commands {
                        if number > after {
                            after = number;
                            commands.push(command);
                        }
                    }
                    self.inbox.put(Message::Leave(pulled.leave_when_idle));
                    if !commands.is_empty() {
                        self.inbox.put(Message::Commands(commands));
                    } else if pulled.leave_when_idle {
                        thread::sleep(LEAVING_INTERVAL);
                    }
                }
                Err(CallError::Unreachable(_)) => backoff.wait(),
                Err(error) if error.is_stale_session() || error.is_unauthorised() => return,
                Err(_) => {
                    backoff.wait();
                    return;
                }
            }
        }
    }
}
