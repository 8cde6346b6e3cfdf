//! Finds out what a run waits for, for the command that follows it. The command asks within a second when other runs
//! are before it or a resource is missing, and a little later when the run is about to start. A silent run is asked
//! about from time to time: on a full disk its end may be delayed until it can be recorded.

use std::time::{Duration, Instant};

use hven_api::runs::RunDetail;
use hven_client::Client;

const FIRST_POLL: Duration = Duration::from_millis(700);
/// The usual time in which a runner and a process start.
const START: Duration = Duration::from_millis(1500);
const POLL_EVERY: Duration = Duration::from_secs(5);
/// The pause for a running run, since its last output.
const SILENCE: Duration = Duration::from_secs(10);

/// The schedule of requests for the state of a run.
#[derive(Debug)]
pub struct WaitPoll {
    started: Instant,
    next: Instant,
}

impl WaitPoll {
    pub fn start() -> Self {
        let started = Instant::now();
        Self { started, next: started + FIRST_POLL }
    }

    /// The run started or printed something: the next request follows after a silence.
    pub fn restart(&mut self) {
        self.next = Instant::now() + SILENCE;
    }

    /// The time until the next request.
    pub fn pause(&self) -> Duration {
        self.next.saturating_duration_since(Instant::now())
    }

    /// Requests the run, if it is time. Returns what the run waits for, if this is worth reporting.
    pub fn poll(&mut self, client: &Client, id: &str) -> Option<String> {
        let now = Instant::now();
        if now < self.next {
            return None;
        }
        self.next = now + POLL_EVERY;
        let run = client.run(id).ok()?;
        if run.summary.state != "waiting" {
            self.restart();
            return run.waiting;
        }
        if is_about_to_start(&run) && now < self.started + START {
            self.next = self.started + START;
            return None;
        }
        run.waiting
    }
}

fn is_about_to_start(run: &RunDetail) -> bool {
    matches!(code(run), Some("waits.no_runner" | "waits.placed"))
}

fn code(run: &RunDetail) -> Option<&str> {
    run.waiting_said.as_ref().map(|reason| reason.code.as_str())
}
