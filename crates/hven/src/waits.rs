//! What a run waits for, looked up by the command that follows it: within a second when others are before it or something
//! is missing, a little later when it is only about to be started. One that runs and says nothing is looked up now and then:
//! on a full disk its end may have to wait until it is recorded.

use std::{
    thread,
    time::{Duration, Instant},
};

use hven_api::runs::{Resources, RunDetail};
use hven_client::Client;

const FIRST_LOOK: Duration = Duration::from_millis(700);
/// A runner and a process are started within this time, usually.
const START: Duration = Duration::from_millis(1500);
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// The same for one that runs, since it said something.
const SILENCE: Duration = Duration::from_secs(10);
/// While no runner is attached yet, it is not known what the largest has.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// When a run is looked up next.
#[derive(Debug)]
pub struct Looks {
    begun: Instant,
    next: Instant,
}

impl Looks {
    pub fn begin() -> Self {
        let begun = Instant::now();
        Self { begun, next: begun + FIRST_LOOK }
    }

    /// The run has begun, or said something: it is looked up again after a silence.
    pub fn end(&mut self) {
        self.next = Instant::now() + SILENCE;
    }

    /// How long it is until the next look.
    pub fn pause(&self) -> Duration {
        self.next.saturating_duration_since(Instant::now())
    }

    /// Looks the run up. Answers what it waits for, when that is worth a word.
    pub fn look(&mut self, client: &Client, id: &str) -> Option<String> {
        let now = Instant::now();
        if now < self.next {
            return None;
        }
        self.next = now + LOOK_EVERY;
        let run = client.run(id).ok()?;
        if run.summary.state != "waiting" {
            self.end();
            return run.waiting;
        }
        if is_about_to_start(&run) && now < self.begun + START {
            self.next = self.begun + START;
            return None;
        }
        run.waiting
    }
}

fn is_about_to_start(run: &RunDetail) -> bool {
    matches!(code(run), Some("waits.no_runner" | "waits.placed"))
}

fn code(run: &RunDetail) -> Option<&str> {
    run.waiting_said.as_ref().map(|said| said.code.as_str())
}

/// What a run waits for that asks for more than any runner has. It would wait for ever, and a command that does not follow
/// it would not say so. A run that asks for nothing beside one core is not looked up.
pub fn too_much(client: &Client, id: &str, asked: &Resources) -> Option<String> {
    if asked.named.is_empty() && asked.memory_bytes.is_none() && asked.cpus.is_none_or(|cpus| cpus <= 1) {
        return None;
    }
    let begun = Instant::now();
    loop {
        let run = client.run(id).ok()?;
        match code(&run) {
            Some("waits.not_declared" | "waits.too_large") => return run.waiting,
            Some("waits.no_runner") if begun.elapsed() < START => thread::sleep(LOOK_AGAIN),
            _ => return None,
        }
    }
}
