//! The rules of the engine, each as a short sequence of events.

use std::time::Duration;

use hven_app::ports::engine::{Engine, EngineAction, EngineEvent, EngineStanding, WaitReason};
use hven_compute::fair_share::FairShare;
use hven_core::{
    AttemptId, RunId, RunnerId, Time,
    resources::{Resources, Shortage, UnitNames},
    run::{AttemptResult, Outcome},
};

const R: RunnerId = RunnerId::from_u128(0xa);
const S: RunnerId = RunnerId::from_u128(0xb);

/// An engine with a clock, whose state is checked after each event.
struct TestEngine {
    engine: FairShare,
    now: Time,
}

impl TestEngine {
    fn new() -> Self {
        Self { engine: FairShare::default(), now: Time::from_micros(1_000_000_000) }
    }

    /// Sends an event and returns the actions as text, such as `place 1.1 a`.
    fn send(&mut self, event: EngineEvent) -> Vec<String> {
        let actions = self.engine.on_event(event, self.now);
        self.engine.audit().expect("the engine is consistent");
        actions.iter().map(action_text).collect()
    }

    fn submit(&mut self, run: u128, cpus: u32) -> Vec<String> {
        self.submit_with(run, Resources { cpus, ..Resources::default() }, 0)
    }

    fn submit_with(&mut self, run: u128, resources: Resources, retries_max: u32) -> Vec<String> {
        let retries_max = Some(retries_max);
        self.send(EngineEvent::Submitted {
            run: RunId::from_u128(run),
            resources,
            retries_max,
            attempts_made: 0,
            queueing: Box::default(),
        })
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
        self.send(EngineEvent::RunnerAttached { runner, capacity, prefetch, holds: holds.to_vec() })
    }

    fn started(&mut self, run: u128, number: u32) -> Vec<String> {
        let at = self.now;
        self.send(EngineEvent::ProcessStarted { attempt: attempt(run, number), at, units: UnitNames::new() })
    }

    fn ended(&mut self, run: u128, number: u32, outcome: Outcome) -> Vec<String> {
        let result = Box::new(AttemptResult::without_process(outcome));
        self.send(EngineEvent::Ended { attempt: attempt(run, number), result })
    }

    fn cancel(&mut self, run: u128) -> Vec<String> {
        self.send(EngineEvent::CancelRequested { run: RunId::from_u128(run) })
    }

    fn gone(&mut self, runner: RunnerId) -> Vec<String> {
        self.send(EngineEvent::RunnerGone { runner, why: "it was killed".to_owned() })
    }

    fn pass(&mut self, time: Duration) -> Vec<String> {
        self.now = self.now.plus_micros(time.as_micros() as i64);
        self.send(EngineEvent::Tick)
    }

    fn standing(&self, run: u128) -> Option<EngineStanding> {
        self.engine.standing(RunId::from_u128(run), self.now)
    }

    fn waiting(&self, run: u128) -> WaitReason {
        match self.standing(run) {
            Some(EngineStanding::Waiting(why)) => why,
            other => panic!("run {run} does not wait: {other:?}"),
        }
    }
}

fn attempt(run: u128, number: u32) -> AttemptId {
    AttemptId { run: RunId::from_u128(run), number }
}

fn action_text(action: &EngineAction) -> String {
    let at = |attempt: &AttemptId| format!("{:x}.{}", attempt.run.as_u128(), attempt.number);
    let on =
        |verb: &str, attempt: &AttemptId, runner: &RunnerId| format!("{verb} {} {:x}", at(attempt), runner.as_u128());
    match action {
        EngineAction::Place { attempt, runner } => on("place", attempt, runner),
        EngineAction::Run { attempt, .. } => format!("run {}", at(attempt)),
        EngineAction::SendAgain { attempt, runner } => on("again", attempt, runner),
        EngineAction::Stop { attempt, runner } => on("stop", attempt, runner),
        EngineAction::Forget { attempt, runner } => on("forget", attempt, runner),
        EngineAction::Retry { attempt, result, because } => {
            assert!(because.contains(&result.outcome.to_string()));
            format!("retry {} {}", at(attempt), result.outcome)
        }
        EngineAction::Finish { run, attempt, result } => match attempt {
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
    let mut engine = TestEngine::new();
    assert_eq!(engine.submit(1, 1), NOTHING);
    assert_eq!(engine.waiting(1), WaitReason::NoRunner);
    assert_eq!(engine.attach(R, 1, 0, &[]), ["place 1.1 a"]);
    assert_eq!(engine.waiting(1), WaitReason::Placed { runner: R });
    assert_eq!(engine.engine.load(), (1, 0));
    assert_eq!(engine.started(1, 1), ["run 1.1"]);
    assert_eq!(engine.standing(1), Some(EngineStanding::Running { attempt: attempt(1, 1), runner: R }));
    assert_eq!(engine.engine.load(), (0, 1));
    assert_eq!(engine.ended(1, 1, Outcome::Done), ["finish 1.1 done", "forget 1.1 a"]);
    assert_eq!((engine.standing(1), engine.engine.load()), (None, (0, 0)));
}

#[test]
fn repeated_events_change_nothing() {
    let mut engine = TestEngine::new();
    engine.attach(R, 1, 0, &[]);
    engine.submit_with(1, Resources::default(), 1);
    assert_eq!(engine.submit(1, 1), NOTHING);
    assert_eq!(engine.started(1, 1), ["run 1.1"]);
    assert_eq!(engine.started(1, 1), NOTHING);
    assert_eq!(engine.ended(1, 1, failed()), ["retry 1.1 failed with exit status 1", "forget 1.1 a"]);
    assert_eq!(engine.ended(1, 1, failed()), ["forget 1.1 a"], "in backoff");
    assert_eq!(engine.pass(Duration::from_secs(1)), ["place 1.2 a"]);
    assert_eq!(engine.ended(1, 1, Outcome::Done), ["forget 1.1 a"], "of the previous attempt");
    assert_eq!(engine.started(1, 1), NOTHING);
    assert_eq!(engine.engine.load(), (1, 0), "the previous attempt does not start this one");
    assert_eq!(engine.ended(1, 3, Outcome::Done), NOTHING, "of an attempt that never existed");
    assert_eq!(engine.ended(1, 2, Outcome::Done), ["finish 1.2 done", "forget 1.2 a"]);
    assert_eq!(engine.ended(1, 2, failed()), ["forget 1.2 a"], "the first result counts");
    assert_eq!(engine.ended(1, 1, failed()), ["forget 1.1 a"]);
    assert_eq!(engine.started(1, 2), NOTHING);
    assert_eq!(engine.cancel(1), NOTHING);
    assert_eq!(engine.submit(1, 1), NOTHING, "an ended run is not run again");
    assert_eq!(engine.gone(R), NOTHING);
    assert_eq!(engine.gone(R), NOTHING);
    assert_eq!(engine.ended(1, 2, failed()), NOTHING, "the runner is gone");
}

#[test]
fn a_runner_gets_no_more_than_its_prefetch_beyond_its_capacity() {
    let mut engine = TestEngine::new();
    engine.attach(R, 2, 2, &[]);
    let placed: Vec<String> = (1..=6).flat_map(|run| engine.submit(run, 1)).collect();
    assert_eq!(placed, ["place 1.1 a", "place 2.1 a", "place 3.1 a", "place 4.1 a"]);
    let busy = || WaitReason::Busy { shortage: shortage("cpus", 1, 0) };
    let why = |engine: &TestEngine| [2, 3, 4, 5, 6].map(|run| engine.waiting(run));
    let queue = |ahead| WaitReason::Queue { ahead, due: None };
    assert_eq!(why(&engine), [WaitReason::Placed { runner: R }, busy(), queue(1), queue(2), queue(3)]);
    engine.started(2, 1);
    assert_eq!(engine.ended(2, 1, Outcome::Done), ["finish 2.1 done", "forget 2.1 a", "place 5.1 a"]);
    let why = [3, 4, 5, 6].map(|run| engine.waiting(run));
    assert_eq!(why, [WaitReason::Placed { runner: R }, busy(), queue(1), queue(2)]);
}

#[test]
fn with_two_runners_no_attempt_is_prefetched() {
    let mut engine = TestEngine::new();
    engine.attach(R, 1, 4, &[]);
    engine.attach(S, 1, 4, &[]);
    let placed: Vec<String> = (1..=4).flat_map(|run| engine.submit(run, 1)).collect();
    assert_eq!(placed, ["place 1.1 a", "place 2.1 b"]);
    assert_eq!(engine.ended(2, 1, Outcome::Done), ["finish 2.1 done", "forget 2.1 b", "place 3.1 b"]);
    assert_eq!(engine.gone(S), ["retry 3.1 lost: it was killed", "place 4.1 a"], "only one runner is left");
}

#[test]
fn the_first_run_is_not_delayed_by_smaller_ones() {
    let mut engine = TestEngine::new();
    engine.attach(R, 4, 0, &[]);
    engine.submit(1, 1);
    assert_eq!(engine.submit(9, 4), NOTHING);
    assert_eq!(engine.waiting(9), WaitReason::Busy { shortage: shortage("cpus", 4, 3) });
    for run in 10..20 {
        assert_eq!(engine.submit(run, 1), NOTHING, "three cores are free but reserved");
    }
    assert_eq!(engine.waiting(19), WaitReason::Queue { ahead: 10, due: None });
    assert_eq!(engine.ended(1, 1, Outcome::Done), ["finish 1.1 done", "forget 1.1 a", "place 9.1 a"]);
}

#[test]
fn resources_that_the_first_run_does_not_want_are_used() {
    let mut engine = TestEngine::new();
    engine.attach_with(R, gpus(4, 1), 0, &[]);
    engine.submit_with(1, gpus(1, 1), 0);
    assert_eq!(engine.submit_with(2, gpus(2, 1), 0), NOTHING);
    assert_eq!(engine.waiting(2), WaitReason::Busy { shortage: shortage("gpu", 1, 0) });
    assert_eq!(engine.submit(3, 1), ["place 3.1 a"], "the two cores that run 2 wants are left");
    assert_eq!(engine.submit(4, 1), NOTHING);
    assert_eq!(engine.waiting(4), WaitReason::Queue { ahead: 1, due: None });
    assert_eq!(engine.ended(1, 1, Outcome::Done), ["finish 1.1 done", "forget 1.1 a", "place 2.1 a", "place 4.1 a"]);
}

#[test]
fn a_large_run_does_not_starve_on_two_runners() {
    let mut engine = TestEngine::new();
    engine.attach(R, 2, 0, &[]);
    engine.attach(S, 2, 0, &[]);
    for run in 1..=4 {
        engine.submit(run, 1);
    }
    engine.submit(0x64, 2);
    let mut running: Vec<u128> = vec![1, 2, 3, 4];
    // Small runs come and go without end; the large one must be placed after a few of them.
    for next in 5..13 {
        engine.submit(next, 1);
        let ends = running.remove(0);
        for action in engine.ended(ends, 1, Outcome::Done) {
            if action.starts_with("place 64.") {
                return;
            }
            if let Some(rest) = action.strip_prefix("place ") {
                let run = rest.split('.').next().expect("a run");
                running.push(u128::from_str_radix(run, 16).expect("hexadecimal"));
            }
        }
    }
    panic!("the large run still waits while these run: {running:?}");
}

#[test]
fn a_run_that_is_too_large_waits_for_a_larger_runner_and_delays_no_other() {
    let mut engine = TestEngine::new();
    engine.submit(1, 8);
    assert_eq!(engine.waiting(1), WaitReason::NoRunner);
    engine.submit(2, 1);
    assert_eq!(engine.attach(R, 4, 9, &[]), ["place 2.1 a"]);
    assert_eq!(engine.waiting(1), WaitReason::TooLarge { shortage: shortage("cpus", 8, 4) });
    engine.submit(3, 4);
    engine.submit(4, 8);
    assert_eq!(engine.waiting(4), WaitReason::TooLarge { shortage: shortage("cpus", 8, 4) });
    assert_eq!(engine.attach(S, 8, 0, &[]), ["place 1.1 b"]);
    assert_eq!(engine.waiting(4), WaitReason::Busy { shortage: shortage("cpus", 8, 0) });
    assert_eq!(engine.gone(S), ["retry 1.1 lost: it was killed"]);
    assert_eq!(engine.waiting(4), WaitReason::TooLarge { shortage: shortage("cpus", 8, 4) });
    assert_eq!(engine.cancel(4), ["finish 4 cancelled"]);
}

#[test]
fn backoff_is_reported_and_survives_changes_of_the_clock() {
    let mut engine = TestEngine::new();
    engine.attach(R, 1, 0, &[]);
    engine.submit_with(1, Resources::default(), 2);
    engine.ended(1, 1, failed());
    let until = engine.now.plus_micros(1_000_000);
    assert_eq!(engine.waiting(1), WaitReason::Backoff { until });
    assert_eq!(engine.engine.wakes_after(engine.now), Some(Duration::from_secs(1)));
    engine.now = engine.now.plus_micros(-3_600_000_000);
    assert_eq!(engine.pass(Duration::ZERO), NOTHING);
    assert_eq!(
        engine.engine.wakes_after(engine.now),
        Some(Duration::from_secs(1)),
        "an hour back adds no hour of waiting"
    );
    assert_eq!(engine.pass(Duration::from_millis(999)), NOTHING);
    assert_eq!(engine.pass(Duration::from_millis(1)), ["place 1.2 a"]);
    assert_eq!(engine.engine.wakes_after(engine.now), None);
    engine.ended(1, 2, Outcome::Killed { signal: 9 });
    assert_eq!(engine.engine.wakes_after(engine.now), Some(Duration::from_secs(2)));
    assert_eq!(engine.pass(Duration::from_hours(1)), ["place 1.3 a"]);
    assert_eq!(engine.ended(1, 3, failed()), ["finish 1.3 failed with exit status 1", "forget 1.3 a"]);
}

#[test]
fn a_retried_run_keeps_its_position() {
    let mut engine = TestEngine::new();
    engine.attach(R, 1, 0, &[]);
    engine.submit_with(1, Resources::default(), 1);
    engine.submit(2, 1);
    engine.submit(3, 1);
    assert_eq!(engine.ended(1, 1, failed()).last().expect("an action"), "place 2.1 a");
    engine.pass(Duration::from_secs(1));
    assert_eq!(engine.waiting(3), WaitReason::Queue { ahead: 1, due: None });
    assert_eq!(engine.ended(2, 1, Outcome::Done).last().expect("an action"), "place 1.2 a");
}

#[test]
fn cancel_in_every_state() {
    let mut engine = TestEngine::new();
    engine.submit(1, 1);
    assert_eq!(engine.cancel(1), ["finish 1 cancelled"], "in the queue");
    engine.attach(R, 1, 1, &[]);
    engine.submit(2, 1);
    engine.submit_with(3, Resources::default(), 5);
    assert_eq!(engine.cancel(3), ["stop 3.1 a"], "waiting in the runner");
    assert_eq!(engine.standing(3), Some(EngineStanding::Stopping { attempt: attempt(3, 1), runner: R }));
    assert_eq!(engine.cancel(3), NOTHING);
    assert_eq!(engine.ended(3, 1, Outcome::Cancelled), ["finish 3.1 cancelled", "forget 3.1 a"]);
    engine.started(2, 1);
    assert_eq!(engine.cancel(2), ["stop 2.1 a"], "running");
    assert_eq!(engine.ended(2, 1, Outcome::Done), ["finish 2.1 done", "forget 2.1 a"], "it ended before the signal");
    engine.submit_with(4, Resources::default(), 5);
    engine.ended(4, 1, failed());
    assert_eq!(engine.cancel(4), ["finish 4 cancelled"], "in backoff");
    assert_eq!(engine.pass(Duration::from_hours(1)), NOTHING);
    engine.submit_with(5, Resources::default(), 5);
    engine.cancel(5);
    assert_eq!(
        engine.ended(5, 1, failed()),
        ["finish 5.1 failed with exit status 1", "forget 5.1 a"],
        "no new attempt"
    );
    engine.submit_with(6, Resources::default(), 5);
    engine.cancel(6);
    assert_eq!(engine.gone(R), ["finish 6.1 cancelled"], "stopping when its runner died");
    assert_eq!(engine.engine.load(), (0, 0));
}

#[test]
fn lost_work_is_retried_a_limited_number_of_times() {
    let mut engine = TestEngine::new();
    engine.submit(1, 1);
    for number in 1..=20_u32 {
        let runner = RunnerId::from_u128(number.into());
        assert_eq!(engine.attach(runner, 1, 0, &[]), [format!("place 1.{number} {number:x}")]);
        let actions = engine.gone(runner);
        if number < 20 {
            assert_eq!(actions, [format!("retry 1.{number} lost: it was killed")]);
        } else {
            assert_eq!(actions, ["finish 1.20 lost: it was killed"]);
        }
        engine.pass(Duration::from_secs(10));
    }
}

#[test]
fn after_a_restart_the_runners_state_counts() {
    let mut engine = TestEngine::new();
    for run in 1..=4 {
        let (resources, retries_max) = (Resources::default(), Some(0));
        engine.send(EngineEvent::Resumed {
            attempt: attempt(run, 2),
            runner: R,
            process: false,
            resources,
            retries_max,
            queueing: Box::default(),
        });
    }
    assert_eq!(engine.waiting(1), WaitReason::Placed { runner: R });
    assert_eq!(engine.submit(2, 1), NOTHING, "the run is known");
    assert_eq!(engine.cancel(3), NOTHING, "the runner is absent");
    assert_eq!(engine.cancel(4), NOTHING);
    let holds = [attempt(1, 2), attempt(4, 2), attempt(1, 1), attempt(0x77, 1), attempt(1, 2)];
    assert_eq!(
        engine.attach(R, 1, 1, &holds),
        [
            "finish 3.2 cancelled", // the runner never received it
            "stop 4.2 a",
            "stop 1.1 a", // an older attempt: its end is recorded
            "forget 1.1 a",
            "stop 77.1 a", // an unknown run
            "forget 77.1 a",
            "again 2.2 a", // never received
            "stop 3.2 a",
            "forget 3.2 a",
        ]
    );
    assert_eq!(engine.attach(R, 1, 1, &[attempt(1, 2), attempt(4, 2), attempt(2, 2)]), ["stop 4.2 a"]);
    assert_eq!(engine.ended(1, 2, Outcome::Done), ["finish 1.2 done", "forget 1.2 a"]);
    assert_eq!(engine.ended(4, 2, Outcome::Cancelled), ["finish 4.2 cancelled", "forget 4.2 a"]);
    assert_eq!(engine.gone(R), ["retry 2.2 lost: it was killed"]);
}

#[test]
fn recorded_starts_survive_a_restart_and_are_not_recorded_again() {
    let mut engine = TestEngine::new();
    for (run, process) in [(1, true), (2, false)] {
        let (resources, retries_max) = (Resources { cpus: 1, ..Resources::default() }, Some(0));
        engine.send(EngineEvent::Resumed {
            attempt: attempt(run, 1),
            runner: R,
            process,
            resources,
            retries_max,
            queueing: Box::default(),
        });
    }
    let runs = |run| Some(EngineStanding::Running { attempt: attempt(run, 1), runner: R });
    assert_eq!((engine.standing(1), engine.engine.load()), (runs(1), (1, 1)));
    assert_eq!(engine.waiting(2), WaitReason::Placed { runner: R }, "the runner is absent");
    assert_eq!(engine.attach(R, 1, 1, &[attempt(1, 1), attempt(2, 1)]), NOTHING);
    assert_eq!(engine.waiting(2), WaitReason::Busy { shortage: shortage("cpus", 1, 0) });
    assert_eq!(engine.started(1, 1), NOTHING);
    assert_eq!(engine.ended(1, 1, Outcome::Done), ["finish 1.1 done", "forget 1.1 a"]);
    assert_eq!(engine.started(2, 1), ["run 2.1"]);
    assert_eq!((engine.standing(2), engine.engine.load()), (runs(2), (0, 1)));
}

#[test]
fn a_runner_that_died_while_the_server_was_away_can_be_gone_without_attaching() {
    let mut engine = TestEngine::new();
    let (resources, retries_max) = (Resources::default(), Some(0));
    engine.send(EngineEvent::Resumed {
        attempt: attempt(1, 1),
        runner: R,
        process: false,
        resources,
        retries_max,
        queueing: Box::default(),
    });
    engine.submit(2, 1);
    assert_eq!(engine.gone(R), ["retry 1.1 lost: it was killed"]);
    engine.pass(Duration::from_secs(1));
    assert_eq!(engine.attach(S, 1, 0, &[]), ["place 1.2 b"], "it was submitted before run 2");
}

#[test]
fn a_run_without_retries_ends_with_its_runner() {
    let mut engine = TestEngine::new();
    engine.attach(R, 4, 0, &[]);
    for run in [1, 2] {
        let (run, resources) = (RunId::from_u128(run), Resources { cpus: 1, ..Resources::default() });
        engine.send(EngineEvent::Submitted {
            run,
            resources,
            retries_max: None,
            attempts_made: 0,
            queueing: Box::default(),
        });
    }
    assert_eq!(engine.ended(1, 1, failed()), ["finish 1.1 failed with exit status 1", "forget 1.1 a"]);
    assert_eq!(engine.gone(R), ["finish 2.1 lost: it was killed"]);
}

#[test]
fn a_runner_that_is_gone_gets_no_more_attempts() {
    let mut engine = TestEngine::new();
    engine.attach(R, 1, 0, &[]);
    engine.submit(1, 1);
    engine.gone(R);
    assert_eq!(engine.attach(R, 1, 0, &[attempt(1, 1)]), ["stop 1.1 a", "forget 1.1 a"], "it attaches too late");
    engine.pass(Duration::from_secs(1));
    assert_eq!(engine.waiting(1), WaitReason::NoRunner);
}

#[test]
fn a_restarted_runner_reports_lost_attempts() {
    let mut engine = TestEngine::new();
    engine.attach(R, 2, 1, &[]);
    for run in 1..=3 {
        engine.submit(run, 1);
    }
    engine.started(1, 1);
    // The runner died while run 1 was running. It had not started the others, so it does not hold them any more.
    assert_eq!(engine.attach(R, 2, 1, &[attempt(1, 1)]), ["again 2.1 a", "again 3.1 a"]);
    let lost = || Outcome::Lost { why: "its runner died".to_owned() };
    assert_eq!(engine.ended(1, 1, lost()), ["retry 1.1 lost: its runner died", "forget 1.1 a"]);
    assert_eq!(engine.pass(Duration::from_millis(100)), ["place 1.2 a"]);
}

#[test]
fn leftovers_of_a_dead_runner_end_their_runs() {
    let mut engine = TestEngine::new();
    let (resources, retries_max) = (Resources::default(), Some(0));
    engine.send(EngineEvent::Resumed {
        attempt: attempt(1, 1),
        runner: R,
        process: false,
        resources,
        retries_max,
        queueing: Box::default(),
    });
    assert_eq!(engine.ended(1, 1, Outcome::Done), ["finish 1.1 done"]);
    assert_eq!(engine.gone(R), NOTHING);
    engine.engine.audit().expect("the engine is consistent");
}

#[test]
fn a_runner_that_lost_its_spool_stops_cancelled_attempts_and_starts_the_others_again() {
    let mut engine = TestEngine::new();
    engine.attach(R, 2, 0, &[]);
    for run in [1, 2] {
        engine.submit(run, 1);
        engine.started(run, 1);
    }
    engine.cancel(1);
    assert_eq!(engine.attach(R, 2, 0, &[]), ["finish 1.1 cancelled", "stop 1.1 a", "forget 1.1 a", "again 2.1 a"]);
    assert_eq!((engine.waiting(2), engine.engine.load()), (WaitReason::Placed { runner: R }, (1, 0)));
}

#[test]
fn a_number_used_before_a_restore_is_not_used_again() {
    let mut engine = TestEngine::new();
    engine.submit(1, 1);
    assert_eq!(engine.attach(R, 1, 0, &[attempt(1, 3)]), ["stop 1.3 a", "forget 1.3 a", "place 1.4 a"]);
}

#[test]
fn a_runner_that_returns_with_less_capacity_gets_no_more_attempts() {
    let mut engine = TestEngine::new();
    engine.attach(R, 4, 0, &[]);
    for run in 1..=5 {
        engine.submit(run, 1);
    }
    let holds: Vec<_> = (1..=4).map(|run| attempt(run, 1)).collect();
    assert_eq!(engine.attach(R, 2, 0, &holds), NOTHING);
    assert_eq!(engine.ended(1, 1, Outcome::Done), ["finish 1.1 done", "forget 1.1 a"]);
    assert_eq!(engine.ended(2, 1, Outcome::Done), ["finish 2.1 done", "forget 2.1 a"]);
    assert_eq!(engine.ended(3, 1, Outcome::Done), ["finish 3.1 done", "forget 3.1 a", "place 5.1 a"]);
}

#[test]
fn a_hundred_thousand_waiting_runs_are_counted_correctly() {
    let mut engine = FairShare::default();
    let now = Time::from_micros(0);
    let (runner, capacity) = (R, Resources { cpus: 8, ..Resources::default() });
    engine.on_event(EngineEvent::RunnerAttached { runner, capacity, prefetch: 8, holds: vec![] }, now);
    for run in 0..100_000_u128 {
        let (run, resources) = (RunId::from_u128(run), Resources { cpus: 1 + run as u32 % 3, ..Resources::default() });
        engine.on_event(
            EngineEvent::Submitted { run, resources, retries_max: Some(0), attempts_made: 0, queueing: Box::default() },
            now,
        );
    }
    let in_line = |engine: &FairShare, run| match engine.standing(RunId::from_u128(run), now) {
        Some(EngineStanding::Waiting(WaitReason::Queue { ahead, .. })) => Some(ahead),
        _ => None,
    };
    let placed = 100_000 - engine.load().0 + (0..20).filter(|run| in_line(&engine, *run).is_none()).count() - 1;
    for run in [1000, 50_000, 99_999_u128] {
        assert_eq!(in_line(&engine, run), Some(run as usize - placed));
    }
    engine.audit().expect("the engine is consistent");
}

#[test]
fn without_disk_space_no_run_starts_and_running_ones_end() {
    let mut engine = TestEngine::new();
    assert_eq!(engine.attach(R, 1, 2, &[]), NOTHING);
    assert_eq!(engine.submit(1, 1), ["place 1.1 a"]);
    assert_eq!(engine.started(1, 1), ["run 1.1"]);
    assert_eq!(engine.send(EngineEvent::SpaceChanged { has_room: false }), NOTHING);
    assert_eq!(engine.submit(2, 1), NOTHING);
    assert_eq!(engine.submit(3, 1), NOTHING);
    assert_eq!(engine.waiting(2), WaitReason::NoSpace);
    assert_eq!(engine.ended(1, 1, Outcome::Done), ["finish 1.1 done", "forget 1.1 a"]);
    assert_eq!(engine.cancel(3), ["finish 3 cancelled"]);
    assert_eq!(engine.attach(R, 1, 2, &[]), NOTHING);
    assert_eq!(engine.send(EngineEvent::SpaceChanged { has_room: true }), ["place 2.1 a"]);
}
