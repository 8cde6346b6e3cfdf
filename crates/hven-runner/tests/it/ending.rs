//! How processes are brought to an end: cancelled, over a limit, or left behind.

use std::{fs, time::Instant};

use hven_core::{run::Outcome, stream::Source};

use crate::house::{House, is_alive};

#[test]
fn a_task_that_waits_or_runs_is_cancelled() {
    let house = House::with(&["--cpus", "1"]);
    let running = house.script("echo $$; exec sleep 1000");
    house.wait_for_log(running, "\n");
    let waiting = house.submit(&["true"], |_| {});
    house.stop(waiting);
    assert_eq!(house.end_of(waiting).outcome, Outcome::Cancelled);
    assert!(house.end_of(waiting).started.is_none());
    house.stop(running);
    let result = house.end_of(running);
    assert_eq!(result.outcome, Outcome::Cancelled);
    assert!(result.started.is_some());
    assert!(!is_alive(house.seen(running).text(Source::Stdout).trim()));
}

#[test]
fn a_task_is_cancelled_in_the_moment_of_its_start() {
    let house = House::new();
    for _ in 0..30 {
        let attempt = house.submit(&["sleep", "1000"], |_| {});
        house.stop(attempt);
        assert_eq!(house.end_of(attempt).outcome, Outcome::Cancelled);
    }
}

#[test]
fn a_task_that_ignores_term_is_killed_after_its_grace() {
    let house = House::new();
    let attempt = house.submit(&["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"], |start| {
        start.limits.grace_s = 0.5;
    });
    house.wait_for_log(attempt, "ready");
    let begin = Instant::now();
    house.stop(attempt);
    assert_eq!(house.end_of(attempt).outcome, Outcome::Cancelled);
    assert!(begin.elapsed().as_secs_f64() >= 0.5, "it had its grace");
}

#[test]
fn a_task_may_tidy_up_when_it_is_cancelled() {
    let house = House::new();
    let attempt = house.script("trap 'echo tidied; exit 0' TERM; echo ready; while :; do sleep 0.05; done");
    house.wait_for_log(attempt, "ready");
    house.stop(attempt);
    assert_eq!(house.end_of(attempt).outcome, Outcome::Cancelled);
    assert!(house.seen(attempt).text(Source::Stdout).ends_with("tidied\n"));
}

/// Starts children that leave in every way that there is: in the background, in a session of their own, as orphans of
/// orphans, without the environment that they came from.
const SCATTER: &str = "\
    sleep 1000 & echo $! > a
    setsid sh -c 'echo $$ > b; exec sleep 1000' &
    (setsid sh -c '(env -i setsid sh -c \"echo \\$\\$ > c; exec sleep 1000\") & exit' &)
    (trap '' TERM HUP; setsid sh -c 'echo $$ > d; while :; do sleep 0.1; done' >/dev/null 2>&1 &)
    while [ ! -s a ] || [ ! -s b ] || [ ! -s c ] || [ ! -s d ]; do sleep 0.02; done
    echo scattered
";

fn scattered(house: &House) -> Vec<String> {
    ["a", "b", "c", "d"].map(|name| house.wait_for_file(&house.work().join(name))).to_vec()
}

#[test]
fn cancelling_ends_the_whole_tree() {
    let house = House::new();
    let attempt = house.submit(&["sh", "-c", &format!("{SCATTER} sleep 1000")], |start| start.limits.grace_s = 0.3);
    house.wait_for_log(attempt, "scattered");
    let pids = scattered(&house);
    assert!(pids.iter().all(|pid| is_alive(pid)));
    house.stop(attempt);
    assert_eq!(house.end_of(attempt).outcome, Outcome::Cancelled);
    assert!(pids.iter().all(|pid| !is_alive(pid)), "{pids:?}");
}

#[test]
fn nothing_outlives_its_run() {
    let house = House::new();
    let other = house.script("sleep 1000");
    let attempt = house.submit(&["sh", "-c", SCATTER], |start| start.limits.grace_s = 0.3);
    let result = house.end_of(attempt);
    assert_eq!(result.outcome, Outcome::Done, "what is left behind does not change how the task ended");
    let note = house.seen(attempt).text(Source::Hven);
    assert!(note.starts_with("The command ended and left behind "), "{note}");
    let pids = scattered(&house);
    // The one without session, parents and environment may be anybody's while another task runs.
    for pid in [&pids[0], &pids[1], &pids[3]] {
        assert!(!is_alive(pid), "{pid}");
    }
    assert!(house.seen(other).ends.is_empty());
    house.stop(other);
    assert_eq!(house.end_of(other).outcome, Outcome::Cancelled);
    house.wait_for_end_of(&pids[2]);
}

#[test]
fn what_ends_by_itself_soon_is_waited_for() {
    let house = House::new();
    let (result, seen) = house.run("(sleep 0.3; echo late) & echo early");
    assert_eq!(result.outcome, Outcome::Done);
    assert_eq!(seen.text(Source::Stdout), "early\nlate\n");
    assert_eq!(seen.text(Source::Hven), "");
}

#[test]
fn a_task_ends_at_its_time_limit() {
    let house = House::new();
    let attempt = house.submit(&["sh", "-c", "echo begun; sleep 1000"], |start| start.limits.wall_s = Some(0.4));
    let result = house.end_of(attempt);
    assert_eq!(result.outcome, Outcome::TimedOut { limit_s: 0.4 });
    assert!(result.wall_s >= 0.4 && result.wall_s < 30.0, "{}", result.wall_s);
    assert!(house.seen(attempt).text(Source::Hven).contains("limit of 0.4 s"));
}

#[test]
fn a_tree_of_processes_ends_at_its_memory_limit() {
    let house = House::new();
    // Two processes that are each below the limit, and together above it.
    let hold = "python3 -c 'import time; x = bytearray(60 << 20); time.sleep(1000)'";
    let attempt = house.submit(&["sh", "-c", &format!("{hold} & {hold}; wait")], |start| {
        start.limits.memory_bytes = Some(100 << 20);
    });
    let result = house.end_of(attempt);
    assert_eq!(result.outcome, Outcome::OutOfMemory { limit_bytes: 100 << 20 });
    assert!(result.usage.memory_max_bytes > 100 << 20, "{:?}", result.usage);
}

#[test]
fn shared_memory_counts_once() {
    let house = House::new();
    let script = "import os, time\nx = bytearray(80 << 20)\nfor _ in range(4):\n    if os.fork() == 0: time.sleep(1.5); os._exit(0)\ntime.sleep(1.5)\nfor _ in range(4): os.wait()";
    let attempt = house.submit(&["python3", "-c", script], |start| start.limits.memory_bytes = Some(200 << 20));
    let result = house.end_of(attempt);
    assert_eq!(result.outcome, Outcome::Done, "five processes share 80 MiB");
    let samples = house.seen(attempt).lines(hven_core::stream::Stream::Resources);
    assert_eq!(samples.first().and_then(|sample| sample["procs"].as_u64()), Some(5), "{samples:?}");
}

#[test]
fn outputs_end_at_their_limit_while_they_grow_and_at_the_end() {
    let house = House::new();
    let limit_bytes = 1 << 20;
    let limited = |script: &str| {
        house.submit(&["sh", "-c", script], |start| {
            start.outputs = vec!["out".to_owned()];
            start.limits.output_bytes = Some(limit_bytes);
        })
    };
    let growing = limited("mkdir out; while :; do head -c 300000 /dev/zero >> out/x; sleep 0.1; done");
    assert_eq!(house.end_of(growing).outcome, Outcome::OutputTooLarge { limit_bytes });
    fs::remove_dir_all(house.work().join("out")).expect("removed");
    let at_once = limited("mkdir out; head -c 1048577 /dev/zero > out/x");
    let result = house.end_of(at_once);
    assert_eq!(result.outcome, Outcome::OutputTooLarge { limit_bytes });
    assert!(result.outputs_missing[0].why.contains("more than the limit"), "{:?}", result.outputs_missing);
    fs::remove_dir_all(house.work().join("out")).expect("removed");
    let just = limited("mkdir out; head -c 1048576 /dev/zero > out/x");
    assert_eq!(house.end_of(just).outcome, Outcome::Done);
}
