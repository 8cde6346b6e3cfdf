//! Following a run in the terminal: its output as it comes, Ctrl-C, what it waits for, and how it ended.

use std::{
    io,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use base64::Engine as _;
use hven_api::{logs::LogChunk, runs::RunDetail};
use hven_client::{Client, LogEvent, Patience};
use signal_hook::{consts::SIGINT, iterator::Signals};

use crate::{
    exit,
    failure::Told,
    output::{Output, TaskStreams},
};

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
    Ended(Box<RunDetail>),
    /// The person left; the run goes on (or ends without them).
    Left,
}

impl End {
    /// The status that this process exits with.
    pub fn status(&self) -> u8 {
        match self {
            Self::Ended(run) => run.outcome_detail.as_ref().map_or(exit::NOT_WELL, |o| exit::of_script(o.exit_status)),
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
/// After how much silence it is looked up what the run waits for, and how often then.
const LOOK_AFTER: Duration = Duration::from_millis(1500);
const LOOK_EVERY: Duration = Duration::from_secs(5);

const LOOK_FOR_END_EVERY: Duration = Duration::from_millis(100);

fn is_final(state: &str) -> bool {
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
        said: None,
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
    /// What was said last about its waiting.
    said: Option<String>,
}

impl Following<'_> {
    fn until_end(mut self, messages: &mpsc::Receiver<Message>, output: &mut dyn Output) -> anyhow::Result<End> {
        let begun = Instant::now();
        let mut look_at = Some(begun + LOOK_AFTER);
        loop {
            let wait = look_at.map_or(Duration::from_hours(1), |at| at.saturating_duration_since(Instant::now()));
            match messages.recv_timeout(wait) {
                Ok(Message::Log(Ok(LogEvent::Chunk(chunk)))) => {
                    look_at = None;
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
                    return Ok(End::Ended(Box::new(self.client.run(self.id)?)));
                }
                Ok(Message::Log(Err(error))) => return Err(error.into()),
                Ok(Message::Interrupted) => {
                    if self.interrupt(output) {
                        return Ok(End::Left);
                    }
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    look_at = self.look(output).then(|| Instant::now() + LOOK_EVERY);
                }
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
                return Ok(End::Ended(Box::new(run)));
            }
            thread::sleep(LOOK_FOR_END_EVERY);
        }
    }

    /// Says what the run waits for, when it does; answers whether it still may.
    fn look(&mut self, output: &mut dyn Output) -> bool {
        let Ok(run) = self.client.run(self.id) else { return true };
        if run.summary.state != "waiting" {
            return false;
        }
        if run.waiting != self.said {
            if let Some(why) = &run.waiting {
                output.note(&format!("run {} waits: {why}", self.handle));
            }
            self.said = run.waiting;
        }
        true
    }

    /// Answers whether to leave.
    fn interrupt(&mut self, output: &mut dyn Output) -> bool {
        let leave =
            format!("left; run {0} goes on: `hven attach {0}` shows it, `hven cancel {0}` ends it", self.handle);
        if self.on_interrupt == Interrupt::Leaves {
            output.note(&leave);
            return true;
        }
        if self.interrupted {
            output.note(&format!("left; run {0} ends by itself: `hven attach {0}` shows it", self.handle));
            return true;
        }
        self.interrupted = true;
        match self.client.cancel(self.id) {
            Ok(_) => output.note(&format!(
                "cancelling run {}: its processes get TERM, then KILL; Ctrl-C again leaves it to that",
                self.handle
            )),
            Err(error) => {
                let told = Told::of(&error.into());
                output.note(&format!("run {} could not be cancelled: {}", self.handle, told.message));
                output.note(&leave);
                return true;
            }
        }
        false
    }

    /// Writes a piece of the log where it belongs: the script's standard output and error to ours.
    fn print(&mut self, chunk: &LogChunk, output: &mut dyn Output) -> anyhow::Result<()> {
        if self.attempt.replace(chunk.attempt).is_some_and(|before| before != chunk.attempt) {
            output.note(&format!("run {} is tried again: attempt {}", self.handle, chunk.attempt));
        }
        let bytes = bytes_of(chunk);
        let to_stdout = chunk.source == "stdout" && !output.owns_stdout();
        let written = match chunk.source.as_str() {
            "hven" => {
                output.note(chunk.text.trim_end());
                Ok(())
            }
            _ if to_stdout && self.is_unread => Ok(()),
            _ => self.streams.write(to_stdout, &bytes),
        };
        match written {
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
}

/// The exact bytes of a piece of the log.
pub fn bytes_of(chunk: &LogChunk) -> Vec<u8> {
    let exact = chunk.base64.as_ref().and_then(|text| base64::engine::general_purpose::STANDARD.decode(text).ok());
    exact.unwrap_or_else(|| chunk.text.clone().into_bytes())
}
