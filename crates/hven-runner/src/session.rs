//! The thread that listens to the server: it attaches, then asks for commands for as long as the session holds, and
//! begins again when it does not. Commands are numbered, so one that comes twice is known.

use std::{
    sync::mpsc::sync_channel,
    thread,
    time::{Duration, Instant},
};

use hven_api::runner::{Attached, Pull, Pulled};
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

/// Listens for ever.
pub(crate) fn listen(runner: RunnerId, inbox: &Inbox, outbox: &Outbox, mut server: Server) {
    let mut backoff = Backoff::new();
    let mut refused_since: Option<Instant> = None;
    loop {
        let (reply, introduction) = sync_channel(1);
        inbox.put(Message::Introduce(reply));
        let Ok(attach) = introduction.recv() else { return };
        match server.call::<Attached>("/api/v1/runner/attach", &attach, ANSWER_TIMEOUT) {
            Ok(attached) => {
                (refused_since, backoff) = (None, Backoff::new());
                outbox.attached(&attached.session, &attached.extents);
                follow(runner, &attached.session, inbox, &mut server, &mut backoff);
                outbox.detached(&attached.session);
            }
            Err(error) => {
                if error.is_unauthorised() {
                    let since = *refused_since.get_or_insert_with(Instant::now);
                    if since.elapsed() > REFUSED_MAX {
                        inbox.put(Message::Leave(true));
                    }
                }
                backoff.wait();
            }
        }
    }
}

/// Receives the commands of one session until it ends.
fn follow(runner: RunnerId, session: &str, inbox: &Inbox, server: &mut Server, backoff: &mut Backoff) {
    let mut after = 0;
    loop {
        let pull = Pull { runner, session: session.to_owned(), after, wait_ms: PULL_WAIT.as_millis() as u64 };
        match server.call::<Pulled>("/api/v1/runner/pull", &pull, PULL_WAIT + ANSWER_TIMEOUT) {
            Ok(pulled) => {
                backoff.reset();
                let is_empty = pulled.commands.is_empty();
                let new = pulled.commands.into_iter().filter(|command| command.number > after);
                let mut numbers = after;
                let commands: Vec<_> = new
                    .map(|command| {
                        numbers = numbers.max(command.number);
                        command.command
                    })
                    .collect();
                after = numbers;
                if !commands.is_empty() {
                    inbox.put(Message::Commands(commands));
                }
                inbox.put(Message::Leave(pulled.leave_when_idle));
                if pulled.leave_when_idle && is_empty {
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
