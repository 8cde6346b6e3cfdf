//! When the server refuses a message for good: its events are sent one by one, those that are refused again are kept aside
//! in the spool and told as that, and the others go on. So nothing that a script writes holds up what comes behind it, here
//! and of other tasks.

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
    outbox::{Batch, Letter, Outbox},
    push_message::{PATH, events},
    server::{ANSWER_TIMEOUT, CallError, Server},
};

/// The file does not grow beyond this; what comes later is only named in the runner's log.
const FILE_BYTES_MAX: u64 = 16 << 20;

pub(crate) struct Refused<'a> {
    pub(crate) runner: RunnerId,
    pub(crate) spool: &'a Path,
    pub(crate) outbox: &'a Outbox,
}

impl Refused<'_> {
    /// Sends what a batch says, event by event. What could not be sent is due again.
    pub(crate) fn one_by_one(&self, server: &mut Server, batch: Batch) -> Result<(), CallError> {
        let Batch { session, letters } = batch;
        let mut outcome = Ok(());
        for letter in letters {
            let mut alone = Batch { session: session.clone(), letters: vec![letter] };
            if outcome.is_err() {
                self.outbox.returned(&alone);
                continue;
            }
            match self.letter(server, &mut alone) {
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

    fn letter(&self, server: &mut Server, alone: &mut Batch) -> Result<Vec<Extent>, CallError> {
        let mut behind = Vec::new();
        for event in events(alone) {
            // The streams of an attempt come before its end.
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
        let Some(Letter { attempt, .. }) = alone.letters.first() else { return Ok(()) };
        let attempt = *attempt;
        let text = serde_json::to_vec(event).unwrap_or_default();
        crate::say(&format!("a message of {attempt} is set aside, because {why}"));
        self.keep(attempt, &text);
        let told = Event::SetAside {
            attempt,
            message: Box::new(Aside::new("a message of its runner", why.to_string(), &text)),
        };
        match self.send(server, alone, told) {
            Err(error) if !error.is_for_good() => return Err(error),
            // A server that does not take this either hears no more of it.
            _ => {}
        }
        match event {
            Event::Stream { stream, .. } => {
                self.outbox.refused(attempt, *stream);
                Ok(())
            }
            // An end is never left out: nobody would learn of it. What the server said is not in it, because that
            // may be what it refuses.
            Event::Ended { .. } => {
                let why = "the server refused its result; the log of its runner says why".to_owned();
                let result = Box::new(AttemptResult::without_process(Outcome::Lost { why }));
                match self.send(server, alone, Event::Ended { attempt, result }) {
                    Err(error) if error.is_for_good() => {
                        // The next attachment tries again. Until then this holds up nobody else.
                        crate::say(&format!("the end of {attempt} is refused in any form: {error}"));
                        Ok(())
                    }
                    sent => sent.map(drop),
                }
            }
            _ => Ok(()),
        }
    }

    /// Keeps a message in the spool, for whoever looks for it.
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
            crate::say(&format!("what was set aside of {attempt} is not kept: {error}"));
        }
    }
}
