//! Follows a run in the terminal: prints its output and what it waits for, handles Ctrl-C, and reports how it ended.

use std::{
    collections::BTreeSet,
    io,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use base64::Engine as _;
use hven_api::{logs::LogChunk, runs::RunDetail};
use hven_client::{Client, LogEvent, Patience};
use hven_core::stream::{Source, reports_gap};
use hven_terminal::{ErrorReport, Output, TaskStreams, exit};
use signal_hook::{consts::SIGINT, iterator::Signals};

use crate::wait_reason::WaitPoll;

/// The effect of Ctrl-C on the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// The first one cancels the run. The second one stops following.
    Cancels,
    /// It stops following; the run continues.
    Leaves,
}

/// How the following ended.
#[derive(Debug)]
pub enum End {
    Ended {
        run: Box<RunDetail>,
        /// The lines that Hven itself wrote to the shown log.
        remarks: BTreeSet<String>,
    },
    /// The person stopped following. The run continues, or ends later.
    Left,
}

impl End {
    /// The exit status of this process.
    pub fn status(&self) -> u8 {
        match self {
            Self::Ended { run, .. } => match &run.outcome_detail {
                Some(outcome) => exit::of_script(outcome.exit_status),
                None if run.external.is_some() => status_elsewhere(&run.summary.state),
                None => exit::HVEN_FAILED,
            },
            Self::Left => exit::INTERRUPTED,
        }
    }
}

/// The status for work that was done elsewhere: its own status was not reported.
fn status_elsewhere(state: &str) -> u8 {
    match state {
        "done" => exit::OK,
        "failed" => exit::NOT_WELL,
        "cancelled" => exit::INTERRUPTED,
        _ => exit::HVEN_FAILED,
    }
}

enum Message {
    Log(hven_client::Result<LogEvent>),
    Interrupted,
}

/// How long the server may be unreachable while a run is followed: it may be restarting.
const PATIENCE: Patience = Patience(Duration::from_mins(2));
const LOOK_FOR_END_EVERY: Duration = Duration::from_millis(100);

/// Whether a run in this state has ended.
pub fn is_final(state: &str) -> bool {
    hven_core::run::State::parse(state).is_none_or(hven_core::run::State::is_final)
}

/// Follows a run until it ends or the person stops following.
pub fn follow(
    client: &Arc<Client>,
    id: &str,
    handle: &str,
    on_interrupt: Interrupt,
    streams: TaskStreams,
    output: &mut dyn Output,
) -> anyhow::Result<End> {
    let (sender, messages) = mpsc::sync_channel(64);
    // The thread ends with the stream, or with the process when the person stops following earlier.
    thread::spawn({
        let (client, id, sender) = (Arc::clone(client), id.to_owned(), sender.clone());
        move || {
            for event in client.follow_log(&id, None, PATIENCE) {
                if sender.send(Message::Log(event)).is_err() {
                    return;
                }
            }
        }
    });
    let mut signals = Signals::new([SIGINT])?;
    let signals_handle = signals.handle();
    thread::spawn(move || {
        for _ in &mut signals {
            if sender.send(Message::Interrupted).is_err() {
                return;
            }
        }
    });
    let end = Following {
        client,
        id,
        handle,
        on_interrupt,
        streams,
        interrupted: false,
        is_unread: false,
        attempt: None,
        poll: WaitPoll::start(),
        last_reason: None,
        remarks: BTreeSet::new(),
    }
    .until_end(&messages, output);
    signals_handle.close();
    end
}

struct Following<'a> {
    client: &'a Client,
    id: &'a str,
    handle: &'a str,
    on_interrupt: Interrupt,
    streams: TaskStreams,
    interrupted: bool,
    /// The reader of our standard output has closed it.
    is_unread: bool,
    /// The attempt whose log is shown.
    attempt: Option<u32>,
    poll: WaitPoll,
    /// The last reported reason for waiting.
    last_reason: Option<String>,
    /// The lines that Hven itself wrote to the log.
    remarks: BTreeSet<String>,
}

impl Following<'_> {
    fn until_end(mut self, messages: &mpsc::Receiver<Message>, output: &mut dyn Output) -> anyhow::Result<End> {
        loop {
            match messages.recv_timeout(self.poll.pause()) {
                Ok(Message::Log(Ok(LogEvent::Chunk(chunk)))) => {
                    self.poll.restart();
                    self.print(&chunk, output)?;
                    if self.is_unread && self.on_interrupt == Interrupt::Cancels {
                        // The rest of the output has no reader.
                        return self.wait_for_end();
                    }
                }
                Ok(Message::Log(Ok(LogEvent::End(_)))) => {
                    match self.streams.finish() {
                        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error.into()),
                        _ => {}
                    }
                    return Ok(End::Ended { run: Box::new(self.client.run(self.id)?), remarks: self.remarks });
                }
                Ok(Message::Log(Err(error))) => return Err(error.into()),
                Ok(Message::Interrupted) => {
                    if self.interrupt(output) {
                        return Ok(End::Left);
                    }
                }
                Err(mpsc::RecvTimeoutError::Timeout) => self.report_wait(output),
                // The stream always ends with an event or an error before its thread ends.
                Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(End::Left),
            }
        }
    }

    /// Waits for the end of a cancelled run.
    fn wait_for_end(&self) -> anyhow::Result<End> {
        loop {
            let run = self.client.run(self.id)?;
            if is_final(&run.summary.state) {
                return Ok(End::Ended { run: Box::new(run), remarks: self.remarks.clone() });
            }
            thread::sleep(LOOK_FOR_END_EVERY);
        }
    }

    /// Reports what the run waits for, if it waits.
    fn report_wait(&mut self, output: &mut dyn Output) {
        let Some(why) = self.poll.poll(self.client, self.id) else { return };
        if self.last_reason.as_ref() != Some(&why) {
            self.note(&of_run(self.handle, &why), output);
            self.last_reason = Some(why);
        }
    }

    /// Handles Ctrl-C. Returns whether to stop following.
    fn interrupt(&mut self, output: &mut dyn Output) -> bool {
        let leave =
            format!("left; run {0} goes on: `hven attach {0}` shows it, `hven cancel {0}` ends it", self.handle);
        if self.on_interrupt == Interrupt::Leaves {
            self.note(&leave, output);
            return true;
        }
        if self.interrupted {
            self.note(&format!("left; run {0} ends by itself: `hven attach {0}` shows it", self.handle), output);
            return true;
        }
        self.interrupted = true;
        match self.client.cancel(self.id) {
            Ok(_) => {
                let what = "its processes get TERM, then KILL; Ctrl-C again leaves it to that";
                self.note(&format!("cancelling run {}: {what}", self.handle), output);
            }
            Err(error) => {
                let report = ErrorReport::of(&error.into());
                self.note(&format!("run {} could not be cancelled: {}", self.handle, report.message), output);
                self.note(&leave, output);
                return true;
            }
        }
        false
    }

    fn note(&mut self, text: &str, output: &mut dyn Output) {
        // A failed write is ignored here: the next output of the run shows it.
        let _ = self.streams.write_between(|| output.note(text));
    }

    /// Writes a part of the log: standard output of the script to ours, and standard error to ours.
    fn print(&mut self, chunk: &LogChunk, output: &mut dyn Output) -> anyhow::Result<()> {
        let is_tried_again = self.attempt.replace(chunk.attempt).is_some_and(|before| before != chunk.attempt);
        if is_tried_again {
            self.break_off()?;
            self.note(&format!("run {} is tried again: attempt {}", self.handle, chunk.attempt), output);
        }
        let source = Source::parse(&chunk.source).unwrap_or(Source::Stderr);
        if source == Source::Hven {
            if reports_gap(chunk.text.as_bytes()) {
                self.break_off()?;
            }
            self.note(chunk.text.trim_end(), output);
            self.remarks.extend(chunk.text.lines().map(str::to_owned));
            return Ok(());
        }
        let to_stdout = source == Source::Stdout && !output.owns_stdout();
        if to_stdout && self.is_unread {
            return Ok(());
        }
        match self.streams.write(to_stdout, source, &bytes_of(chunk)) {
            // The reader closed the output. A script that writes to the pipe itself would end by SIGPIPE, so the run is
            // cancelled.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe && to_stdout => {
                self.is_unread = true;
                if self.on_interrupt == Interrupt::Cancels {
                    self.client.cancel(self.id)?;
                    output.note(&format!(
                        "the output of run {} has no reader any more: the run is cancelled",
                        self.handle
                    ));
                }
                Ok(())
            }
            // Standard error, or a terminal, is closed: the run continues and is recorded.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => Ok(other?),
        }
    }

    /// Ends the incomplete lines. A closed output is no error.
    fn break_off(&mut self) -> io::Result<()> {
        self.streams.break_off().or_else(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => Ok(()),
            _ => Err(error),
        })
    }
}

/// Replaces the subject `It` of a sentence by the handle of the run.
fn of_run(handle: &str, sentence: &str) -> String {
    match sentence.strip_prefix("It ") {
        Some(rest) => format!("run {handle} {rest}"),
        None => format!("run {handle}: {sentence}"),
    }
}

/// The exact bytes of a part of the log.
pub fn bytes_of(chunk: &LogChunk) -> Vec<u8> {
    let exact = chunk.base64.as_ref().and_then(|text| base64::engine::general_purpose::STANDARD.decode(text).ok());
    exact.unwrap_or_else(|| chunk.text.clone().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_has_one_subject() {
        let check = |sentence: &str, wanted: &str| assert_eq!(of_run("7Q2M", sentence), wanted);
        check("It waits because others were here before it.", "run 7Q2M waits because others were here before it.");
        check("It is next, and waits until 1 core is free.", "run 7Q2M is next, and waits until 1 core is free.");
        check("The disk is full.", "run 7Q2M: The disk is full.");
    }
}
