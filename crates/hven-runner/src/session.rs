//! The thread that receives commands. It attaches to the server, pulls commands as long as the session holds, and
//! attaches again after that. Commands are numbered, so the thread recognises a repeated command.

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
/// A server that wants the runner to leave answers at once; the runner asks it at most once per interval.
const LEAVING_INTERVAL: Duration = Duration::from_millis(300);
/// A runner that the server has refused for this long ends when it is idle.
const REFUSED_MAX: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(crate) struct Listener {
    pub(crate) runner: RunnerId,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) server: Server,
}

impl Listener {
    /// Receives commands until the supervisor ends.
    pub(crate) fn listen(mut self) {
        let mut backoff = Backoff::new();
        let mut refused_since: Option<Instant> = None;
        loop {
            let (reply, introduction) = sync_channel(1);
            self.inbox.put(Message::AttachRequest(reply));
            let Ok(attach) = introduction.recv() else { return };
            match self.server.call::<Attached>("/api/v1/runner/attach", &attach, ANSWER_TIMEOUT) {
                Ok(attached) => {
                    (refused_since, backoff) = (None, Backoff::new());
                    // The order to leave came from an earlier session and does not hold for this one.
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
        // The push thread detaches the outbox when the server refuses a message because of a stale session.
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
