//! Following a run in the terminal: its output as it comes, Ctrl-C, what it waits for, and how it ended.

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
use hven_core::stream::{Source, tells_of_gap};
use hven_terminal::{Output, TaskStreams, Told, exit};
use signal_hook::{consts::SIGINT, iterator::Signals};

use crate::waits::Looks;

/// What Ctrl-C does to the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// Once: cancels it. Twice: leaves it to itself.
    Cancels,
    /// Leaves it to itself.
    Leaves,
}

/// How following ended.
#[derive(Debug)]
pub enum End {
    Ended {
        run: Box<RunDetail>,
        /// What Hven itself says in the log that was shown, by lines.
        remarks: BTreeSet<String>,
    },
    /// The person left; the run goes on (or ends without them).
    Left,
}

impl End {
    /// The status that this process exits with.
    pub fn status(&self) -> u8 {
        match self {
            Self::Ended { run, .. } => {
                run.outcome_detail.as_ref().map_or(exit::HVEN_FAILED, |o| exit::of_script(o.exit_status))
            }
            Self::Left => exit::INTERRUPTED,
        }
    }
}

enum Message {
    Log(hven_client::Result<LogEvent>),
    Interrupted,
}

/// How long the server may be away while a run is followed: it may be restarting.
const PATIENCE: Patience = Patience(Duration::from_mins(2));
const LOOK_FOR_END_EVERY: Duration = Duration::from_millis(100);

/// Whether a run in this state has ended.
pub fn is_final(state: &str) -> bool {
    hven_core::run::State::parse(state).is_none_or(hven_core::run::State::is_final)
}

/// Follows a run until it ends or the person leaves.
pub fn follow(
    client: &Arc<Client>,
    id: &str,
    handle: &str,
    on_interrupt: Interrupt,
    streams: TaskStreams,
    output: &mut dyn Output,
) -> anyhow::Result<End> {
    let (sender, messages) = mpsc::sync_channel(64);
    // The thread ends with the stream; when the person leaves before, it ends with the process.
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
        looks: Looks::begin(),
        said: None,
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
    /// Whoever read our standard output has gone away.
    is_unread: bool,
    /// Whose log is shown.
    attempt: Option<u32>,
    looks: Looks,
    /// What was said last about its waiting.
    said: Option<String>,
    /// What Hven itself said in the log, by lines.
    remarks: BTreeSet<String>,
}

impl Following<'_> {
    fn until_end(mut self, messages: &mpsc::Receiver<Message>, output: &mut dyn Output) -> anyhow::Result<End> {
        loop {
            match messages.recv_timeout(self.looks.pause()) {
                Ok(Message::Log(Ok(LogEvent::Chunk(chunk)))) => {
                    self.looks.end();
                    self.print(&chunk, output)?;
                    if self.is_unread && self.on_interrupt == Interrupt::Cancels {
                        // There may be much more to print, and nobody to read it.
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
                Err(mpsc::RecvTimeoutError::Timeout) => self.look(output),
                // The stream always ends with an event or an error before its thread does.
                Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(End::Left),
            }
        }
    }

    /// Waits for the end of a run that was told to end.
    fn wait_for_end(&self) -> anyhow::Result<End> {
        loop {
            let run = self.client.run(self.id)?;
            if is_final(&run.summary.state) {
                return Ok(End::Ended { run: Box::new(run), remarks: self.remarks.clone() });
            }
            thread::sleep(LOOK_FOR_END_EVERY);
        }
    }

    /// Says what the run waits for, when it does.
    fn look(&mut self, output: &mut dyn Output) {
        let Some(why) = self.looks.look(self.client, self.id) else { return };
        if self.said.as_ref() != Some(&why) {
            self.note(&of_run(self.handle, &why), output);
            self.said = Some(why);
        }
    }

    /// Answers whether to leave.
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
                let told = Told::of(&error.into());
                self.note(&format!("run {} could not be cancelled: {}", self.handle, told.message), output);
                self.note(&leave, output);
                return true;
            }
        }
        false
    }

    fn note(&mut self, text: &str, output: &mut dyn Output) {
        // Whether what the run prints can still be written shows when it prints something.
        let _ = self.streams.beside(|| output.note(text));
    }

    /// Writes a piece of the log where it belongs: the script's standard output and error to ours.
    fn print(&mut self, chunk: &LogChunk, output: &mut dyn Output) -> anyhow::Result<()> {
        let is_tried_again = self.attempt.replace(chunk.attempt).is_some_and(|before| before != chunk.attempt);
        if is_tried_again {
            self.break_off()?;
            self.note(&format!("run {} is tried again: attempt {}", self.handle, chunk.attempt), output);
        }
        let source = Source::parse(&chunk.source).unwrap_or(Source::Stderr);
        if source == Source::Hven {
            if tells_of_gap(chunk.text.as_bytes()) {
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
            // Whoever read the output went away: a script that writes to them would end by SIGPIPE, so this one ends, too.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe && to_stdout => {
                self.is_unread = true;
                if self.on_interrupt == Interrupt::Cancels {
                    self.client.cancel(self.id)?;
                    output.note(&format!("nobody reads the output of run {} any more: it is cancelled", self.handle));
                }
                Ok(())
            }
            // The same with standard error, or a terminal that is gone: the run goes on, and is recorded.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => Ok(other?),
        }
    }

    /// Ends the lines that are open. Whoever read them may have gone away.
    fn break_off(&mut self) -> io::Result<()> {
        self.streams.break_off().or_else(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => Ok(()),
            _ => Err(error),
        })
    }
}

/// A sentence about `It`, said of the run by its handle.
fn of_run(handle: &str, sentence: &str) -> String {
    match sentence.strip_prefix("It ") {
        Some(rest) => format!("run {handle} {rest}"),
        None => format!("run {handle}: {sentence}"),
    }
}

/// The exact bytes of a piece of the log.
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
