//! The reaction to a message that the server refuses for good. The runner sends the events one by one, stores those
//! that are refused again in a file of the spool, reports them as set aside, and goes on with the others. So no output
//! of a script can block later events, neither of its own attempt nor of others.

use std::{fs::OpenOptions, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::Path};

use hven_api::{
    runner::{Event, Extent, Push, Pushed},
    spool,
};
use hven_core::{
    AttemptId, RunnerId,
    run::{AttemptResult, Outcome},
    set_aside::Aside,
};

use crate::{
    outbox::{AttemptEvents, Batch, Outbox},
    push_message::{PATH, events},
    server::{ANSWER_TIMEOUT, CallError, Server},
};

/// The size limit of the file. The runner's log only names later messages.
const FILE_BYTES_MAX: u64 = 16 << 20;

pub(crate) struct RefusedMessages<'a> {
    pub(crate) runner: RunnerId,
    pub(crate) spool: &'a Path,
    pub(crate) outbox: &'a Outbox,
}

impl RefusedMessages<'_> {
    /// Sends the events of a batch one by one. Events that could not be sent become due again.
    pub(crate) fn send_one_by_one(&self, server: &mut Server, batch: Batch) -> Result<(), CallError> {
        let Batch { session, parts } = batch;
        let mut outcome = Ok(());
        for part in parts {
            let mut alone = Batch { session: session.clone(), parts: vec![part] };
            if outcome.is_err() {
                self.outbox.returned(&alone);
                continue;
            }
            match self.part(server, &mut alone) {
                Ok(behind) => self.outbox.delivered(&alone, &behind),
                Err(error) => {
                    if error.is_stale_session() {
                        self.outbox.detached(&session);
                    }
                    self.outbox.returned(&alone);
                    outcome = Err(error);
                }
            }
        }
        outcome
    }

    fn part(&self, server: &mut Server, alone: &mut Batch) -> Result<Vec<Extent>, CallError> {
        let mut behind = Vec::new();
        for event in events(alone) {
            // The server must have the streams of an attempt before its end.
            if matches!(event, Event::Ended { .. }) && !behind.is_empty() {
                break;
            }
            match self.send(server, alone, event.clone()) {
                Ok(pushed) => behind.extend(pushed.behind),
                Err(error) if error.is_for_good() => self.set_aside(server, alone, &event, &error)?,
                Err(error) => return Err(error),
            }
        }
        Ok(behind)
    }

    fn send(&self, server: &mut Server, alone: &Batch, event: Event) -> Result<Pushed, CallError> {
        let message = Push { runner: self.runner, session: alone.session.to_string(), events: vec![event] };
        let pushed = server.call::<Option<Pushed>>(PATH, &message, ANSWER_TIMEOUT)?;
        Ok(pushed.unwrap_or_default())
    }

    fn set_aside(&self, server: &mut Server, alone: &Batch, event: &Event, why: &CallError) -> Result<(), CallError> {
        let Some(AttemptEvents { attempt, .. }) = alone.parts.first() else { return Ok(()) };
        let attempt = *attempt;
        let text = serde_json::to_vec(event).unwrap_or_default();
        crate::log_line(&format!("a message of {attempt} is set aside, because {why}"));
        self.keep(attempt, &text);
        let report = Event::SetAside {
            attempt,
            message: Box::new(Aside::new("a message of its runner", why.to_string(), &text)),
        };
        match self.send(server, alone, report) {
            Err(error) if !error.is_for_good() => return Err(error),
            // A server that also refuses this report gets no further one.
            _ => {}
        }
        match event {
            Event::Stream { stream, .. } => {
                self.outbox.refused(attempt, *stream);
                Ok(())
            }
            // The server must learn of every end, so a replacement is sent. It does not contain the server's answer, because
            // that text may be what the server refuses.
            Event::Ended { .. } => {
                let why = "the server refused its result; the log of its runner says why".to_owned();
                let result = Box::new(AttemptResult::without_process(Outcome::Lost { why }));
                match self.send(server, alone, Event::Ended { attempt, result }) {
                    Err(error) if error.is_for_good() => {
                        // The next attachment tries again. Until then this does not block other attempts.
                        crate::log_line(&format!("the end of {attempt} is refused in any form: {error}"));
                        Ok(())
                    }
                    sent => sent.map(drop),
                }
            }
            _ => Ok(()),
        }
    }

    /// Stores a refused message in the spool for a later look.
    fn keep(&self, attempt: AttemptId, text: &[u8]) {
        let path = self.spool.join(spool::ASIDE);
        let mut options = OpenOptions::new();
        let file = options.append(true).create(true).mode(0o600).open(&path);
        let kept = file.and_then(|mut file| {
            if file.metadata()?.len() + text.len() as u64 <= FILE_BYTES_MAX {
                file.write_all(&[text, b"\n"].concat())?;
            }
            Ok(())
        });
        if let Err(error) = kept {
            crate::log_line(&format!("a refused message of {attempt} is not kept: {error}"));
        }
    }
}
