//! Waits for a run and shows one progress line. Only after a failure it returns the output of the run.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use hven_client::{Client, Failure, LogEvent, Patience};
use hven_core::log_line::{OpenLine, updates};
use hven_terminal::{Output, Watched, is_error_terminal, printable};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use signal_hook::{consts::SIGINT, iterator::Signals};

use crate::{follow_run::bytes_of, wait_reason::WaitPoll};

const PATIENCE: Patience = Patience(Duration::from_mins(2));
/// How many lines are kept for a failure, and how much of each.
const LINES_MAX: usize = 20;
const LINE_BYTES_MAX: usize = 4096;
/// How often the flag of an interrupt is read.
const INTERRUPT_PAUSE: Duration = Duration::from_millis(200);
const TICK: Duration = Duration::from_millis(120);

enum Message {
    Log(hven_client::Result<LogEvent>),
    Interrupted,
}

/// Waits for the end of a run. Ctrl-C cancels the run.
pub fn until_end(client: &Arc<Client>, id: &str, what: &str, output: &dyn Output) -> anyhow::Result<Watched> {
    let (sender, messages) = mpsc::sync_channel(64);
    follow_log(client, id, sender.clone());
    let mut signals = Signals::new([SIGINT])?;
    let handle = signals.handle();
    thread::spawn(move || {
        for _ in &mut signals {
            if sender.send(Message::Interrupted).is_err() {
                return;
            }
        }
    });
    let bar = bar(what, output);
    let never = AtomicBool::new(false);
    let watched = watch(client, id, &messages, &bar, &never);
    bar.finish_and_clear();
    handle.close();
    match watched? {
        Waited::Ended(watched) => Ok(watched),
        Waited::Interrupted => Err(Failure::new("internal", "a wait was interrupted that nothing interrupts").into()),
    }
}

/// The end of a wait.
#[derive(Debug)]
pub enum Waited {
    Ended(Watched),
    Interrupted,
}

/// Waits for the end of a run, or until the flag is set.
pub fn until_end_or_interrupt(
    client: &Arc<Client>,
    id: &str,
    what: &str,
    output: &dyn Output,
    interrupted: &AtomicBool,
) -> anyhow::Result<Waited> {
    let (sender, messages) = mpsc::sync_channel(64);
    follow_log(client, id, sender);
    let bar = bar(what, output);
    let waited = watch(client, id, &messages, &bar, interrupted);
    bar.finish_and_clear();
    waited
}

/// Sends the log of a run. The thread ends with the stream, or when nothing receives it.
fn follow_log(client: &Arc<Client>, id: &str, sender: mpsc::SyncSender<Message>) {
    let (client, id) = (Arc::clone(client), id.to_owned());
    thread::spawn(move || {
        for event in client.follow_log(&id, None, PATIENCE) {
            if sender.send(Message::Log(event)).is_err() {
                return;
            }
        }
    });
}

/// A line with a spinner in a terminal; nothing elsewhere.
fn bar(what: &str, output: &dyn Output) -> ProgressBar {
    let shown = is_error_terminal() && !output.owns_stdout();
    let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(None, target);
    // The template is valid. If it were not, the default style would be used.
    if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}  {wide_msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.set_prefix(printable(what));
    bar.enable_steady_tick(TICK);
    bar
}

fn watch(
    client: &Client,
    id: &str,
    messages: &mpsc::Receiver<Message>,
    bar: &ProgressBar,
    interrupted: &AtomicBool,
) -> anyhow::Result<Waited> {
    let mut lines: VecDeque<String> = VecDeque::new();
    let mut open: BTreeMap<String, OpenLine> = BTreeMap::new();
    let mut poll = WaitPoll::start();
    loop {
        if interrupted.load(Ordering::Relaxed) {
            return Ok(Waited::Interrupted);
        }
        match messages.recv_timeout(poll.pause().min(INTERRUPT_PAUSE)) {
            Ok(Message::Log(Ok(LogEvent::Chunk(chunk)))) => {
                poll.restart();
                let open = open.entry(chunk.source.clone()).or_default();
                for step in updates(&bytes_of(&chunk)) {
                    open.take(&step);
                    open.truncate(LINE_BYTES_MAX);
                    if !step.ends {
                        continue;
                    }
                    let line = printable(String::from_utf8_lossy(&open.end()).trim_end());
                    bar.set_message(line.clone());
                    if lines.len() == LINES_MAX {
                        lines.pop_front();
                    }
                    lines.push_back(line);
                }
            }
            Ok(Message::Log(Err(error))) => return Err(error.into()),
            Ok(Message::Interrupted) => {
                bar.set_message("cancelling");
                client.cancel(id)?;
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                if let Some(why) = poll.poll(client, id) {
                    bar.set_message(printable(&why));
                }
            }
            // The stream ends when the run has ended.
            Ok(Message::Log(Ok(LogEvent::End(_)))) | Err(mpsc::RecvTimeoutError::Disconnected) => {
                return Ok(Waited::Ended(Watched { run: Box::new(client.run(id)?), lines }));
            }
        }
    }
}
