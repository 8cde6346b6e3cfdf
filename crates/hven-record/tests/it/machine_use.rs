//! The use of the runners over time follows from the starts and ends of attempts.

use hven_app::ports::{
    Machines, Record,
    machine::{LevelChange, Levels, PeriodQuery, PeriodUse},
};
use hven_core::{
    ActorId, Fact,
    fact::{Batch, PayloadErased},
    resources::{Resources, UnitNames},
    run::{AttemptEnded, AttemptResult, Outcome, ProcessStarted, Usage},
};
use hven_record::Home;

use crate::{
    facts::{batch, finished, runner_id, started, submitted, time},
    world::{Add, World, assert_views_follow_facts, wait},
};

const GIB: u64 = 1 << 30;

/// `time(0)` is the begin of a minute.
fn minute() -> i64 {
    time(0).micros() / 60_000_000
}

/// Two bins of five minutes, from `time(0)` on.
fn used(home: &Home) -> PeriodUse {
    let query = PeriodQuery { since_minute: minute(), bin_minutes: 5, bins: 2 };
    wait(home.period_use(&query)).unwrap()
}

fn asking(n: u64, cpus: u32, gpus: u64) -> Fact {
    let mut run = submitted(n);
    let named = if gpus > 0 { [("gpu".to_owned(), gpus)].into() } else { Default::default() };
    run.spec.resources = Resources { cpus, memory_bytes: u64::from(cpus) * GIB, named };
    run.into()
}

fn began(n: u64, number: u32, second: i64) -> [Fact; 2] {
    let attempt = started(n, number).attempt;
    [started(n, number).into(), ProcessStarted { attempt, at: time(second), units: UnitNames::new() }.into()]
}

fn result(from: i64, until: i64, cpu_s: f64) -> AttemptResult {
    AttemptResult {
        started: Some(time(from)),
        ended: Some(time(until)),
        wall_s: (until - from) as f64,
        usage: Usage { cpu_user_s: cpu_s, ..Usage::default() },
        ..AttemptResult::without_process(Outcome::Done)
    }
}

fn ended(n: u64, result: AttemptResult) -> Fact {
    let mut end = finished(n, Outcome::Done);
    end.result = result;
    end.into()
}

fn add(home: &Home, facts: impl IntoIterator<Item = Fact>) -> u64 {
    wait(home.add(batch(facts))).unwrap();
    home.head().seq
}

fn cores(change: &LevelChange) -> (usize, f64, f64) {
    (change.bin, change.change.cores, change.change_ms.cores)
}

/// Attempts count from the start of their processes to their ends, in one transaction or in several.
pub fn attempts_are_counted_in_minutes(world: &World) {
    let home = world.open();
    add(&home, [asking(0, 2, 0)]);
    add(&home, began(0, 1, 70));
    let live = used(&home).live;
    assert_eq!((live.len(), live[0].started, live[0].runner), (1, time(70), Some(runner_id(0))));
    assert_eq!((live[0].resources.cpus, live[0].resources.memory_bytes), (2, 2 * GIB));
    assert_eq!(used(&home).changes, []);
    // Half of two cores for six minutes.
    add(&home, [ended(0, result(70, 430, 360.0))]);
    let of_one = used(&home);
    assert_eq!((of_one.live.len(), of_one.known_since_minute), (0, None));
    assert_eq!(of_one.changes.iter().map(cores).collect::<Vec<_>>(), [(0, 2.0, 140_000.0), (1, -2.0, -260_000.0)]);
    let begin = of_one.changes[0].change;
    assert_eq!(
        begin,
        Levels { attempts: 1.0, cores: 2.0, memory_bytes: 2.0 * GIB as f64, used_cores: 1.0, unmeasured_cores: 0.0 }
    );
    // It begins before the period and ends after it, with a GPU.
    let mut facts = vec![asking(1, 4, 2)];
    facts.extend(began(1, 1, -30));
    facts.push(ended(1, result(-30, 7200, 100.0)));
    add(&home, facts);
    let gpu = used(&home).changes.into_iter().filter(|change| !change.named.is_empty()).collect::<Vec<_>>();
    assert_eq!(gpu.iter().map(|change| (cores(change).0, change.named["gpu"])).collect::<Vec<_>>(), [(2, 2)]);
    assert!((gpu[0].change.cores + 4.0).abs() < 1e-9, "{gpu:?}");
    assert_views_follow_facts(&home);
}

/// An attempt that another one follows counts as well; the processor time of a lost one is not known, and an attempt without a
/// process reserved nothing.
pub fn lost_and_repeated_attempts_are_counted(world: &World) {
    let home = world.open();
    let lost = AttemptResult::without_process(Outcome::Lost { why: "gone".to_owned() });
    let retried = |n: u64, number: u32, result: AttemptResult| -> Fact {
        AttemptEnded { attempt: started(n, number).attempt, result, retry_because: "lost".to_owned() }.into()
    };
    let mut facts = vec![asking(0, 3, 0)];
    facts.extend(began(0, 1, 10));
    add(&home, facts);
    // The header has the time of the end: 60 seconds.
    let at = |facts: Vec<Fact>| Batch::new(time(60), ActorId::from_u128(77), facts);
    wait(home.add(at(vec![retried(0, 1, lost.clone())]))).unwrap();
    wait(home.add(at(vec![started(0, 2).into(), retried(0, 2, lost)]))).unwrap();
    let changes = used(&home).changes;
    // Both are in one bin, so their sum is zero, and the time is 50 seconds times three cores.
    let [one] = changes.as_slice() else { panic!("{changes:?}") };
    assert_eq!(
        (one.change.attempts, one.change_ms.cores, one.change_ms.unmeasured_cores),
        (0.0, -150_000.0, -150_000.0)
    );
    assert!(one.change_ms.used_cores.abs() < 1e-9);
    assert_views_follow_facts(&home);
}

/// A second end of the same attempt, as in a record from another program, does not count.
pub fn an_attempt_counts_once(world: &World) {
    let home = world.open();
    let mut facts = vec![asking(0, 1, 0)];
    facts.extend(began(0, 1, 0));
    facts.push(ended(0, result(0, 60, 1.0)));
    facts.push(ended(0, result(0, 90, 1.0)));
    add(&home, facts);
    let once = used(&home).changes;
    add(&home, began(0, 1, 0).into_iter().chain([ended(0, result(0, 120, 1.0))]));
    assert_eq!(used(&home).changes, once);
    assert_views_follow_facts(&home);
}

/// The use by a run whose submission was erased counts without resources, and the rest stays.
pub fn an_erased_submission_has_no_resources(world: &World) {
    let home = world.open();
    let seq = add(&home, [asking(0, 8, 1)]);
    add(&home, began(0, 1, 0).into_iter().chain([ended(0, result(0, 60, 30.0))]));
    let mut facts = vec![asking(1, 2, 0)];
    facts.extend(began(1, 1, 0));
    facts.push(ended(1, result(0, 360, 360.0)));
    add(&home, facts);
    let facts = vec![PayloadErased::new(seq, "a name").into()];
    wait(Record::erase(&home, &[seq], Batch::new(time(9), ActorId::from_u128(77), facts))).unwrap();
    let changes = used(&home).changes;
    assert!(changes.iter().all(|change| change.named.is_empty()), "{changes:?}");
    assert_eq!(changes.iter().map(cores).collect::<Vec<_>>(), [(0, 2.0, 0.0), (1, -2.0, -120_000.0)]);
    assert_views_follow_facts(&home);
}
