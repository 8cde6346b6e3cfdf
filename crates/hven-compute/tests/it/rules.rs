//! One rule of the engine after the other, each as a short story.

use std::time::Duration;

use hven_app::ports::engine::{Action, Engine, Event, Standing, Waiting};
use hven_compute::fifo::Fifo;
use hven_core::{
    AttemptId, RunId, RunnerId, Time,
    resources::{Resources, Shortage},
    run::{AttemptResult, Outcome},
};

const R: RunnerId = RunnerId::from_u128(0xa);
const S: RunnerId = RunnerId::from_u128(0xb);

/// An engine with a clock, whose state is audited after each event.
struct Told {
    engine: Fifo,
    now: Time,
}

impl Told {
    fn new() -> Self {
        Self { engine: Fifo::default(), now: Time::from_micros(1_000_000_000) }
    }

    /// The actions as words: `place 1.1 a`.
    fn tell(&mut self, event: Event) -> Vec<String> {
        let actions = self.engine.on_event(event, self.now);
        self.engine.audit().expect("the engine agrees with itself");
        actions.iter().map(words).collect()
    }

    fn submit(&mut self, run: u128, cpus: u32) -> Vec<String> {
        self.submit_with(run, Resources { cpus, ..Resources::default() }, 0)
    }

    fn submit_with(&mut self, run: u128, resources: Resources, retries_max: u32) -> Vec<String> {
        let retries_max = Some(retries_max);
        self.tell(Event::Submitted { run: RunId::from_u128(run), resources, retries_max, attempts_made: 0 })
    }

    fn attach(&mut self, runner: RunnerId, cpus: u32, prefetch: u32, holds: &[AttemptId]) -> Vec<String> {
        self.attach_with(runner, Resources { cpus, memory_bytes: 100, ..Resources::default() }, prefetch, holds)
    }

    fn attach_with(
        &mut self,
        runner: RunnerId,
        capacity: Resources,
        prefetch: u32,
        holds: &[AttemptId],
    ) -> Vec<String> {
        self.tell(Event::RunnerAttached { runner, capacity, prefetch, holds: holds.to_vec() })
    }

    fn started(&mut self, run: u128, number: u32) -> Vec<String> {
        let at = self.now;
        self.tell(Event::ProcessStarted { attempt: attempt(run, number), at })
    }

    fn ended(&mut self, run: u128, number: u32, outcome: Outcome) -> Vec<String> {
        let result = Box::new(AttemptResult::without_process(outcome));
        self.tell(Event::Ended { attempt: attempt(run, number), result })
    }

    fn cancel(&mut self, run: u128) -> Vec<String> {
        self.tell(Event::CancelRequested { run: RunId::from_u128(run) })
    }

    fn gone(&mut self, runner: RunnerId) -> Vec<String> {
        self.tell(Event::RunnerGone { runner, why: "it was killed".to_owned() })
    }

    fn pass(&mut self, time: Duration) -> Vec<String> {
        self.now = self.now.plus_micros(time.as_micros() as i64);
        self.tell(Event::Tick)
    }

    fn standing(&self, run: u128) -> Option<Standing> {
        self.engine.standing(RunId::from_u128(run), self.now)
    }

    fn waiting(&self, run: u128) -> Waiting {
        match self.standing(run) {
            Some(Standing::Waiting(why)) => why,
            other => panic!("run {run} does not wait: {other:?}"),
        }
    }
}

fn attempt(run: u128, number: u32) -> AttemptId {
    AttemptId { run: RunId::from_u128(run), number }
}

fn words(action: &Action) -> String {
    let at = |attempt: &AttemptId| format!("{:x}.{}", attempt.run.as_u128(), attempt.number);
    let on =
        |verb: &str, attempt: &AttemptId, runner: &RunnerId| format!("{verb} {} {:x}", at(attempt), runner.as_u128());
    match action {
        Action::Place { attempt, runner } => on("place", attempt, runner),
        Action::Run { attempt, .. } => format!("run {}", at(attempt)),
        Action::SendAgain { attempt, runner } => on("again", attempt, runner),
        Action::Stop { attempt, runner } => on("stop", attempt, runner),
        Action::Forget { attempt, runner } => on("forget", attempt, runner),
        Action::Retry { attempt, result, because } => {
            assert!(because.contains(&result.outcome.to_string()));
            format!("retry {} {}", at(attempt), result.outcome)
        }
        Action::Finish { run, attempt, result } => match attempt {
            Some(number) => format!("finish {:x}.{number} {}", run.as_u128(), result.outcome),
            None => format!("finish {:x} {}", run.as_u128(), result.outcome),
        },
    }
}

fn failed() -> Outcome {
    Outcome::Failed { exit: 1 }
}

fn shortage(resource: &str, wanted: u64, available: u64) -> Shortage {
    Shortage { resource: resource.to_owned(), wanted, available }
}

fn gpus(cpus: u32, n: u64) -> Resources {
    Resources { cpus, memory_bytes: 0, named: [("gpu".to_owned(), n)].into() }
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_run_is_placed_started_and_ended() {
    let mut told = Told::new();
    assert_eq!(told.submit(1, 1), NOTHING);
    assert_eq!(told.waiting(1), Waiting::NoRunner);
    assert_eq!(told.attach(R, 1, 0, &[]), ["place 1.1 a"]);
    assert_eq!(told.waiting(1), Waiting::Placed { runner: R });
    assert_eq!(told.engine.load(), (1, 0));
    assert_eq!(told.started(1, 1), ["run 1.1"]);
    assert_eq!(told.standing(1), Some(Standing::Running { attempt: attempt(1, 1), runner: R }));
    assert_eq!(told.engine.load(), (0, 1));
    assert_eq!(told.ended(1, 1, Outcome::Done), ["finish 1.1 done", "forget 1.1 a"]);
    assert_eq!((told.standing(1), told.engine.load()), (None, (0, 0)));
}

#[test]
fn everything_said_twice_changes_nothing() {
    let mut told = Told::new();
    told.attach(R, 1, 0, &[]);
    told.submit_with(1, Resources::default(), 1);
    assert_eq!(told.submit(1, 1), NOTHING);
    assert_eq!(told.started(1, 1), ["run 1.1"]);
    assert_eq!(told.started(1, 1), NOTHING);
    assert_eq!(told.ended(1, 1, failed()), ["retry 1.1 failed with exit status 1", "forget 1.1 a"]);
    assert_eq!(told.ended(1, 1, failed()), ["forget 1.1 a"], "in backoff");
    assert_eq!(told.pass(Duration::from_secs(1)), ["place 1.2 a"]);
    assert_eq!(told.ended(1, 1, Outcome::Done), ["forget 1.1 a"], "of the attempt before");
    assert_eq!(told.started(1, 1), NOTHING);
    assert_eq!(told.engine.load(), (1, 0), "the attempt before does not make this one run");
    assert_eq!(told.ended(1, 3, Outcome::Done), NOTHING, "of an attempt that never was");
    assert_eq!(told.ended(1, 2, Outcome::Done), ["finish 1.2 done", "forget 1.2 a"]);
    assert_eq!(told.ended(1, 2, failed()), ["forget 1.2 a"], "the first word counts");
    assert_eq!(told.ended(1, 1, failed()), ["forget 1.1 a"]);
    assert_eq!(told.started(1, 2), NOTHING);
    assert_eq!(told.cancel(1), NOTHING);
    assert_eq!(told.submit(1, 1), NOTHING, "a run is not run again");
    assert_eq!(told.gone(R), NOTHING);
    assert_eq!(told.gone(R), NOTHING);
    assert_eq!(told.ended(1, 2, failed()), NOTHING, "there is nobody to tell");
}

#[test]
fn prefetch_goes_beyond_what_fits_but_no_further() {
    let mut told = Told::new();
    told.attach(R, 2, 2, &[]);
    let placed: Vec<String> = (1..=6).flat_map(|run| told.submit(run, 1)).collect();
    assert_eq!(placed, ["place 1.1 a", "place 2.1 a", "place 3.1 a", "place 4.1 a"]);
    let busy = || Waiting::Busy { shortage: shortage("cpus", 1, 0) };
    let why = |told: &Told| [2, 3, 4, 5, 6].map(|run| told.waiting(run));
    let queue = |ahead| Waiting::Queue { ahead };
    assert_eq!(why(&told), [Waiting::Placed { runner: R }, busy(), queue(1), queue(2), queue(3)]);
    told.started(2, 1);
    assert_eq!(told.ended(2, 1, Outcome::Done), ["finish 2.1 done", "forget 2.1 a", "place 5.1 a"]);
    let why = [3, 4, 5, 6].map(|run| told.waiting(run));
    assert_eq!(why, [Waiting::Placed { runner: R }, busy(), queue(1), queue(2)]);
}

#[test]
fn with_two_runners_nothing_is_held_by_the_slower_one() {
    let mut told = Told::new();
    told.attach(R, 1, 4, &[]);
    told.attach(S, 1, 4, &[]);
    let placed: Vec<String> = (1..=4).flat_map(|run| told.submit(run, 1)).collect();
    assert_eq!(placed, ["place 1.1 a", "place 2.1 b"]);
    assert_eq!(told.ended(2, 1, Outcome::Done), ["finish 2.1 done", "forget 2.1 b", "place 3.1 b"]);
    assert_eq!(told.gone(S), ["retry 3.1 lost: it was killed", "place 4.1 a"], "only one is left to go to");
}

#[test]
fn the_first_in_line_is_not_delayed_by_smaller_ones() {
    let mut told = Told::new();
    told.attach(R, 4, 0, &[]);
    told.submit(1, 1);
    assert_eq!(told.submit(9, 4), NOTHING);
    assert_eq!(told.waiting(9), Waiting::Busy { shortage: shortage("cpus", 4, 3) });
    for run in 10..20 {
        assert_eq!(told.submit(run, 1), NOTHING, "three cores are free, but set aside");
    }
    assert_eq!(told.waiting(19), Waiting::Queue { ahead: 10 });
    assert_eq!(told.ended(1, 1, Outcome::Done), ["finish 1.1 done", "forget 1.1 a", "place 9.1 a"]);
}

#[test]
fn what_the_first_in_line_does_not_want_is_used() {
    let mut told = Told::new();
    told.attach_with(R, gpus(4, 1), 0, &[]);
    told.submit_with(1, gpus(1, 1), 0);
    assert_eq!(told.submit_with(2, gpus(2, 1), 0), NOTHING);
    assert_eq!(told.waiting(2), Waiting::Busy { shortage: shortage("gpu", 1, 0) });
    assert_eq!(told.submit(3, 1), ["place 3.1 a"], "it leaves the two cores that the one before wants");
    assert_eq!(told.submit(4, 1), NOTHING);
    assert_eq!(told.waiting(4), Waiting::Queue { ahead: 1 });
    assert_eq!(told.ended(1, 1, Outcome::Done), ["finish 1.1 done", "forget 1.1 a", "place 2.1 a", "place 4.1 a"]);
}

#[test]
fn a_large_run_does_not_starve_on_two_runners() {
    let mut told = Told::new();
    told.attach(R, 2, 0, &[]);
    told.attach(S, 2, 0, &[]);
    for run in 1..=4 {
        told.submit(run, 1);
    }
    told.submit(0x64, 2);
    let mut running: Vec<u128> = vec![1, 2, 3, 4];
    // Small ones come and go without end; the large one has its place after a few of them.
    for next in 5..13 {
        told.submit(next, 1);
        let ends = running.remove(0);
        for action in told.ended(ends, 1, Outcome::Done) {
            if action.starts_with("place 64.") {
                return;
            }
            if let Some(rest) = action.strip_prefix("place ") {
                let run = rest.split('.').next().expect("a run");
                running.push(u128::from_str_radix(run, 16).expect("hexadecimal"));
            }
        }
    }
    panic!("the large one still waits while these run: {running:?}");
}

#[test]
fn a_run_too_large_waits_for_a_larger_runner_and_stops_nobody() {
    let mut told = Told::new();
    told.submit(1, 8);
    assert_eq!(told.waiting(1), Waiting::NoRunner);
    told.submit(2, 1);
    assert_eq!(told.attach(R, 4, 9, &[]), ["place 2.1 a"]);
    assert_eq!(told.waiting(1), Waiting::TooLarge { shortage: shortage("cpus", 8, 4) });
    told.submit(3, 4);
    told.submit(4, 8);
    assert_eq!(told.waiting(4), Waiting::TooLarge { shortage: shortage("cpus", 8, 4) });
    assert_eq!(told.attach(S, 8, 0, &[]), ["place 1.1 b"]);
    assert_eq!(told.waiting(4), Waiting::Busy { shortage: shortage("cpus", 8, 0) });
    assert_eq!(told.gone(S), ["retry 1.1 lost: it was killed"]);
    assert_eq!(told.waiting(4), Waiting::TooLarge { shortage: shortage("cpus", 8, 4) });
    assert_eq!(told.cancel(4), ["finish 4 cancelled"]);
}

#[test]
fn backoff_is_kept_and_shown_and_survives_clocks() {
    let mut told = Told::new();
    told.attach(R, 1, 0, &[]);
    told.submit_with(1, Resources::default(), 2);
    told.ended(1, 1, failed());
    let until = told.now.plus_micros(1_000_000);
    assert_eq!(told.waiting(1), Waiting::Backoff { until });
    assert_eq!(told.engine.wakes_after(told.now), Some(Duration::from_secs(1)));
    told.now = told.now.plus_micros(-3_600_000_000);
    assert_eq!(told.pass(Duration::ZERO), NOTHING);
    assert_eq!(told.engine.wakes_after(told.now), Some(Duration::from_secs(1)), "an hour back is not an hour to wait");
    assert_eq!(told.pass(Duration::from_millis(999)), NOTHING);
    assert_eq!(told.pass(Duration::from_millis(1)), ["place 1.2 a"]);
    assert_eq!(told.engine.wakes_after(told.now), None);
    told.ended(1, 2, Outcome::Killed { signal: 9 });
    assert_eq!(told.engine.wakes_after(told.now), Some(Duration::from_secs(2)));
    assert_eq!(told.pass(Duration::from_hours(1)), ["place 1.3 a"]);
    assert_eq!(told.ended(1, 3, failed()), ["finish 1.3 failed with exit status 1", "forget 1.3 a"]);
}

#[test]
fn a_run_that_is_tried_again_stands_where_it_stood() {
    let mut told = Told::new();
    told.attach(R, 1, 0, &[]);
    told.submit_with(1, Resources::default(), 1);
    told.submit(2, 1);
    told.submit(3, 1);
    assert_eq!(told.ended(1, 1, failed()).last().expect("an action"), "place 2.1 a");
    told.pass(Duration::from_secs(1));
    assert_eq!(told.waiting(3), Waiting::Queue { ahead: 1 });
    assert_eq!(told.ended(2, 1, Outcome::Done).last().expect("an action"), "place 1.2 a");
}

#[test]
fn cancel_in_every_state() {
    let mut told = Told::new();
    told.submit(1, 1);
    assert_eq!(told.cancel(1), ["finish 1 cancelled"], "in line");
    told.attach(R, 1, 1, &[]);
    told.submit(2, 1);
    told.submit_with(3, Resources::default(), 5);
    assert_eq!(told.cancel(3), ["stop 3.1 a"], "waiting in the runner");
    assert_eq!(told.standing(3), Some(Standing::Stopping { attempt: attempt(3, 1), runner: R }));
    assert_eq!(told.cancel(3), NOTHING);
    assert_eq!(told.ended(3, 1, Outcome::Cancelled), ["finish 3.1 cancelled", "forget 3.1 a"]);
    told.started(2, 1);
    assert_eq!(told.cancel(2), ["stop 2.1 a"], "running");
    assert_eq!(told.ended(2, 1, Outcome::Done), ["finish 2.1 done", "forget 2.1 a"], "it was faster");
    told.submit_with(4, Resources::default(), 5);
    told.ended(4, 1, failed());
    assert_eq!(told.cancel(4), ["finish 4 cancelled"], "in backoff");
    assert_eq!(told.pass(Duration::from_hours(1)), NOTHING);
    told.submit_with(5, Resources::default(), 5);
    told.cancel(5);
    assert_eq!(told.ended(5, 1, failed()), ["finish 5.1 failed with exit status 1", "forget 5.1 a"], "no new attempt");
    told.submit_with(6, Resources::default(), 5);
    told.cancel(6);
    assert_eq!(told.gone(R), ["finish 6.1 cancelled"], "stopping when its runner died");
    assert_eq!(told.engine.load(), (0, 0));
}

#[test]
fn lost_work_is_repeated_but_not_for_ever() {
    let mut told = Told::new();
    told.submit(1, 1);
    for number in 1..=20_u32 {
        let runner = RunnerId::from_u128(number.into());
        assert_eq!(told.attach(runner, 1, 0, &[]), [format!("place 1.{number} {number:x}")]);
        let actions = told.gone(runner);
        if number < 20 {
            assert_eq!(actions, [format!("retry 1.{number} lost: it was killed")]);
        } else {
            assert_eq!(actions, ["finish 1.20 lost: it was killed"]);
        }
        told.pass(Duration::from_secs(10));
    }
}

#[test]
fn after_a_restart_the_runner_says_what_is_true() {
    let mut told = Told::new();
    for run in 1..=4 {
        let (resources, retries_max) = (Resources::default(), Some(0));
        told.tell(Event::Resumed { attempt: attempt(run, 2), runner: R, process: false, resources, retries_max });
    }
    assert_eq!(told.waiting(1), Waiting::Placed { runner: R });
    assert_eq!(told.submit(2, 1), NOTHING, "it is known");
    assert_eq!(told.cancel(3), NOTHING, "the runner is not here");
    assert_eq!(told.cancel(4), NOTHING);
    let holds = [attempt(1, 2), attempt(4, 2), attempt(1, 1), attempt(0x77, 1), attempt(1, 2)];
    assert_eq!(
        told.attach(R, 1, 1, &holds),
        [
            "finish 3.2 cancelled", // it never got there
            "stop 4.2 a",
            "stop 1.1 a", // an older attempt: its end is recorded
            "forget 1.1 a",
            "stop 77.1 a", // nobody knows it
            "forget 77.1 a",
            "again 2.2 a", // never received
            "stop 3.2 a",
            "forget 3.2 a",
        ]
    );
    assert_eq!(told.attach(R, 1, 1, &[attempt(1, 2), attempt(4, 2), attempt(2, 2)]), ["stop 4.2 a"]);
    assert_eq!(told.ended(1, 2, Outcome::Done), ["finish 1.2 done", "forget 1.2 a"]);
    assert_eq!(told.ended(4, 2, Outcome::Cancelled), ["finish 4.2 cancelled", "forget 4.2 a"]);
    assert_eq!(told.gone(R), ["retry 2.2 lost: it was killed"]);
}

#[test]
fn what_is_recorded_as_running_is_so_after_a_restart_and_not_recorded_again() {
    let mut told = Told::new();
    for (run, process) in [(1, true), (2, false)] {
        let (resources, retries_max) = (Resources { cpus: 1, ..Resources::default() }, Some(0));
        told.tell(Event::Resumed { attempt: attempt(run, 1), runner: R, process, resources, retries_max });
    }
    let runs = |run| Some(Standing::Running { attempt: attempt(run, 1), runner: R });
    assert_eq!((told.standing(1), told.engine.load()), (runs(1), (1, 1)));
    assert_eq!(told.waiting(2), Waiting::Placed { runner: R }, "the runner is not here");
    assert_eq!(told.attach(R, 1, 1, &[attempt(1, 1), attempt(2, 1)]), NOTHING);
    assert_eq!(told.waiting(2), Waiting::Busy { shortage: shortage("cpus", 1, 0) });
    assert_eq!(told.started(1, 1), NOTHING);
    assert_eq!(told.ended(1, 1, Outcome::Done), ["finish 1.1 done", "forget 1.1 a"]);
    assert_eq!(told.started(2, 1), ["run 2.1"]);
    assert_eq!((told.standing(2), told.engine.load()), (runs(2), (0, 1)));
}

#[test]
fn a_runner_that_died_while_the_server_was_away_is_gone_without_coming() {
    let mut told = Told::new();
    let (resources, retries_max) = (Resources::default(), Some(0));
    told.tell(Event::Resumed { attempt: attempt(1, 1), runner: R, process: false, resources, retries_max });
    told.submit(2, 1);
    assert_eq!(told.gone(R), ["retry 1.1 lost: it was killed"]);
    told.pass(Duration::from_secs(1));
    assert_eq!(told.attach(S, 1, 0, &[]), ["place 1.2 b"], "it was here before run 2");
}

#[test]
fn what_may_never_be_tried_again_ends_with_its_runner() {
    let mut told = Told::new();
    told.attach(R, 4, 0, &[]);
    for run in [1, 2] {
        let (run, resources) = (RunId::from_u128(run), Resources { cpus: 1, ..Resources::default() });
        told.tell(Event::Submitted { run, resources, retries_max: None, attempts_made: 0 });
    }
    assert_eq!(told.ended(1, 1, failed()), ["finish 1.1 failed with exit status 1", "forget 1.1 a"]);
    assert_eq!(told.gone(R), ["finish 2.1 lost: it was killed"]);
}

#[test]
fn a_runner_that_is_gone_is_given_nothing_more() {
    let mut told = Told::new();
    told.attach(R, 1, 0, &[]);
    told.submit(1, 1);
    told.gone(R);
    assert_eq!(told.attach(R, 1, 0, &[attempt(1, 1)]), ["stop 1.1 a", "forget 1.1 a"], "it speaks late");
    told.pass(Duration::from_secs(1));
    assert_eq!(told.waiting(1), Waiting::NoRunner);
}

#[test]
fn a_runner_that_was_started_again_reports_what_was_lost() {
    let mut told = Told::new();
    told.attach(R, 2, 1, &[]);
    for run in 1..=3 {
        told.submit(run, 1);
    }
    told.started(1, 1);
    // It died with the first running; the others it had not started, so it knows nothing of them.
    assert_eq!(told.attach(R, 2, 1, &[attempt(1, 1)]), ["again 2.1 a", "again 3.1 a"]);
    let lost = || Outcome::Lost { why: "its runner died".to_owned() };
    assert_eq!(told.ended(1, 1, lost()), ["retry 1.1 lost: its runner died", "forget 1.1 a"]);
    assert_eq!(told.pass(Duration::from_millis(100)), ["place 1.2 a"]);
}

#[test]
fn leftovers_of_a_dead_runner_end_their_runs() {
    let mut told = Told::new();
    let (resources, retries_max) = (Resources::default(), Some(0));
    told.tell(Event::Resumed { attempt: attempt(1, 1), runner: R, process: false, resources, retries_max });
    assert_eq!(told.ended(1, 1, Outcome::Done), ["finish 1.1 done"]);
    assert_eq!(told.gone(R), NOTHING);
    told.engine.audit().expect("the engine agrees with itself");
}

#[test]
fn a_runner_that_lost_its_spool_stops_what_is_cancelled_and_starts_the_rest_again() {
    let mut told = Told::new();
    told.attach(R, 2, 0, &[]);
    for run in [1, 2] {
        told.submit(run, 1);
        told.started(run, 1);
    }
    told.cancel(1);
    assert_eq!(told.attach(R, 2, 0, &[]), ["finish 1.1 cancelled", "stop 1.1 a", "forget 1.1 a", "again 2.1 a"]);
    assert_eq!((told.waiting(2), told.engine.load()), (Waiting::Placed { runner: R }, (1, 0)));
}

#[test]
fn a_number_used_before_a_restore_is_not_used_again() {
    let mut told = Told::new();
    told.submit(1, 1);
    assert_eq!(told.attach(R, 1, 0, &[attempt(1, 3)]), ["stop 1.3 a", "forget 1.3 a", "place 1.4 a"]);
}

#[test]
fn a_runner_that_comes_back_smaller_is_not_given_more() {
    let mut told = Told::new();
    told.attach(R, 4, 0, &[]);
    for run in 1..=5 {
        told.submit(run, 1);
    }
    let holds: Vec<_> = (1..=4).map(|run| attempt(run, 1)).collect();
    assert_eq!(told.attach(R, 2, 0, &holds), NOTHING);
    assert_eq!(told.ended(1, 1, Outcome::Done), ["finish 1.1 done", "forget 1.1 a"]);
    assert_eq!(told.ended(2, 1, Outcome::Done), ["finish 2.1 done", "forget 2.1 a"]);
    assert_eq!(told.ended(3, 1, Outcome::Done), ["finish 3.1 done", "forget 3.1 a", "place 5.1 a"]);
}

#[test]
fn a_hundred_thousand_waiting_runs_are_counted_right() {
    let mut engine = Fifo::default();
    let now = Time::from_micros(0);
    let (runner, capacity) = (R, Resources { cpus: 8, ..Resources::default() });
    engine.on_event(Event::RunnerAttached { runner, capacity, prefetch: 8, holds: vec![] }, now);
    for run in 0..100_000_u128 {
        let (run, resources) = (RunId::from_u128(run), Resources { cpus: 1 + run as u32 % 3, ..Resources::default() });
        engine.on_event(Event::Submitted { run, resources, retries_max: Some(0), attempts_made: 0 }, now);
    }
    let in_line = |engine: &Fifo, run| match engine.standing(RunId::from_u128(run), now) {
        Some(Standing::Waiting(Waiting::Queue { ahead })) => Some(ahead),
        _ => None,
    };
    let placed = 100_000 - engine.load().0 + (0..20).filter(|run| in_line(&engine, *run).is_none()).count() - 1;
    for run in [1000, 50_000, 99_999_u128] {
        assert_eq!(in_line(&engine, run), Some(run as usize - placed));
    }
    engine.audit().expect("the engine agrees with itself");
}

#[test]
fn nothing_begins_while_there_is_no_space_and_what_runs_ends() {
    let mut told = Told::new();
    assert_eq!(told.attach(R, 1, 2, &[]), NOTHING);
    assert_eq!(told.submit(1, 1), ["place 1.1 a"]);
    assert_eq!(told.started(1, 1), ["run 1.1"]);
    assert_eq!(told.tell(Event::SpaceChanged { has_room: false }), NOTHING);
    assert_eq!(told.submit(2, 1), NOTHING);
    assert_eq!(told.submit(3, 1), NOTHING);
    assert_eq!(told.waiting(2), Waiting::NoSpace);
    assert_eq!(told.ended(1, 1, Outcome::Done), ["finish 1.1 done", "forget 1.1 a"]);
    assert_eq!(told.cancel(3), ["finish 3 cancelled"]);
    assert_eq!(told.attach(R, 1, 2, &[]), NOTHING);
    assert_eq!(told.tell(Event::SpaceChanged { has_room: true }), ["place 2.1 a"]);
}
