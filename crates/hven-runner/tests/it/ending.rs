//! The end of processes: cancelled, above a limit, or left behind by the first process.

use std::{fs, time::Instant};

use hven_core::{run::Outcome, stream::Source};

use crate::setup::{Setup, is_alive};

#[test]
fn a_waiting_or_running_task_can_be_cancelled() {
    let setup = Setup::with(&["--cpus", "1"]);
    let running = setup.script("echo $$; exec sleep 1000");
    setup.wait_for_log(running, "\n");
    let waiting = setup.submit(&["true"], |_| {});
    setup.stop(waiting);
    assert_eq!(setup.end_of(waiting).outcome, Outcome::Cancelled);
    assert!(setup.end_of(waiting).started.is_none());
    setup.stop(running);
    let result = setup.end_of(running);
    assert_eq!(result.outcome, Outcome::Cancelled);
    assert!(result.started.is_some());
    assert!(!is_alive(setup.seen(running).text(Source::Stdout).trim()));
}

#[test]
fn a_starting_task_can_be_cancelled() {
    let setup = Setup::new();
    for _ in 0..30 {
        let attempt = setup.submit(&["sleep", "1000"], |_| {});
        setup.stop(attempt);
        assert_eq!(setup.end_of(attempt).outcome, Outcome::Cancelled);
    }
}

#[test]
fn a_task_that_ignores_term_is_killed_after_its_grace_period() {
    let setup = Setup::new();
    let attempt = setup.submit(&["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"], |start| {
        start.limits.grace_s = 0.5;
    });
    setup.wait_for_log(attempt, "ready");
    let begin = Instant::now();
    setup.stop(attempt);
    assert_eq!(setup.end_of(attempt).outcome, Outcome::Cancelled);
    assert!(begin.elapsed().as_secs_f64() >= 0.5, "the grace period has passed");
}

#[test]
fn a_cancelled_task_may_clean_up() {
    let setup = Setup::new();
    let attempt = setup.script("trap 'echo tidied; exit 0' TERM; echo ready; while :; do sleep 0.05; done");
    setup.wait_for_log(attempt, "ready");
    setup.stop(attempt);
    assert_eq!(setup.end_of(attempt).outcome, Outcome::Cancelled);
    assert!(setup.seen(attempt).text(Source::Stdout).ends_with("tidied\n"));
}

/// Starts children that detach in every possible way: in the background, in a session of their own, as orphans of orphans,
/// and without the initial environment.
const SCATTER: &str = "\
    sleep 1000 & echo $! > a
    setsid sh -c 'echo $$ > b; exec sleep 1000' &
    (setsid sh -c '(env -i setsid sh -c \"echo \\$\\$ > c; exec sleep 1000\") & exit' &)
    (trap '' TERM HUP; setsid sh -c 'echo $$ > d; while :; do sleep 0.1; done' >/dev/null 2>&1 &)
    while [ ! -s a ] || [ ! -s b ] || [ ! -s c ] || [ ! -s d ]; do sleep 0.02; done
    echo scattered
";

fn scattered(setup: &Setup) -> Vec<String> {
    ["a", "b", "c", "d"].map(|name| setup.wait_for_file(&setup.work().join(name))).to_vec()
}

#[test]
fn cancelling_ends_the_whole_tree() {
    let setup = Setup::new();
    let attempt = setup.submit(&["sh", "-c", &format!("{SCATTER} sleep 1000")], |start| start.limits.grace_s = 0.3);
    setup.wait_for_log(attempt, "scattered");
    let pids = scattered(&setup);
    assert!(pids.iter().all(|pid| is_alive(pid)));
    setup.stop(attempt);
    assert_eq!(setup.end_of(attempt).outcome, Outcome::Cancelled);
    assert!(pids.iter().all(|pid| !is_alive(pid)), "{pids:?}");
}

#[test]
fn no_process_outlives_its_run() {
    let setup = Setup::new();
    let other = setup.script("sleep 1000");
    let attempt = setup.submit(&["sh", "-c", SCATTER], |start| start.limits.grace_s = 0.3);
    let result = setup.end_of(attempt);
    assert_eq!(result.outcome, Outcome::Done, "processes left behind do not change the outcome");
    let note = setup.seen(attempt).text(Source::Hven);
    assert!(note.starts_with("The command ended and left behind "), "{note}");
    let pids = scattered(&setup);
    // While another task runs, a process without session, parents and environment cannot be assigned to a task.
    for pid in [&pids[0], &pids[1], &pids[3]] {
        assert!(!is_alive(pid), "{pid}");
    }
    assert!(setup.seen(other).ends.is_empty());
    setup.stop(other);
    assert_eq!(setup.end_of(other).outcome, Outcome::Cancelled);
    setup.wait_for_end_of(&pids[2]);
}

#[test]
fn the_runner_waits_for_processes_that_end_soon() {
    let setup = Setup::new();
    let (result, seen) = setup.run("(sleep 0.3; echo late) & echo early");
    assert_eq!(result.outcome, Outcome::Done);
    assert_eq!(seen.text(Source::Stdout), "early\nlate\n");
    assert_eq!(seen.text(Source::Hven), "");
}

#[test]
fn a_task_ends_at_its_time_limit() {
    let setup = Setup::new();
    let attempt = setup.submit(&["sh", "-c", "echo started; sleep 1000"], |start| start.limits.wall_s = Some(0.4));
    let result = setup.end_of(attempt);
    assert_eq!(result.outcome, Outcome::TimedOut { limit_s: 0.4 });
    assert!(result.wall_s >= 0.4 && result.wall_s < 30.0, "{}", result.wall_s);
    assert!(setup.seen(attempt).text(Source::Hven).contains("limit of 0.4 s"));
}

#[test]
fn a_tree_of_processes_ends_at_its_memory_limit() {
    let setup = Setup::new();
    // Two processes, each below the limit and together above it.
    let hold = "python3 -c 'import time; x = bytearray(60 << 20); time.sleep(1000)'";
    let attempt = setup.submit(&["sh", "-c", &format!("{hold} & {hold}; wait")], |start| {
        start.limits.memory_bytes = Some(100 << 20);
    });
    let result = setup.end_of(attempt);
    assert_eq!(result.outcome, Outcome::OutOfMemory { limit_bytes: 100 << 20 });
    assert!(result.usage.memory_max_bytes > 100 << 20, "{:?}", result.usage);
}

#[test]
fn shared_memory_counts_once() {
    let setup = Setup::new();
    let script = "import os, time\nx = bytearray(80 << 20)\nfor _ in range(4):\n    if os.fork() == 0: time.sleep(1.5); os._exit(0)\ntime.sleep(1.5)\nfor _ in range(4): os.wait()";
    let attempt = setup.submit(&["python3", "-c", script], |start| start.limits.memory_bytes = Some(200 << 20));
    let result = setup.end_of(attempt);
    assert_eq!(result.outcome, Outcome::Done, "five processes share 80 MiB");
    let samples = setup.seen(attempt).lines(hven_core::stream::Stream::Resources);
    assert_eq!(samples.first().and_then(|sample| sample["procs"].as_u64()), Some(5), "{samples:?}");
}

#[test]
fn the_output_limit_holds_during_the_run_and_at_the_end() {
    let setup = Setup::new();
    let limit_bytes = 1 << 20;
    let limited = |script: &str| {
        setup.submit(&["sh", "-c", script], |start| {
            start.outputs = vec!["out".to_owned()];
            start.limits.output_bytes = Some(limit_bytes);
        })
    };
    let growing = limited("mkdir out; while :; do head -c 300000 /dev/zero >> out/x; sleep 0.1; done");
    assert_eq!(setup.end_of(growing).outcome, Outcome::OutputTooLarge { limit_bytes });
    fs::remove_dir_all(setup.work().join("out")).expect("removed");
    let at_once = limited("mkdir out; head -c 1048577 /dev/zero > out/x");
    let result = setup.end_of(at_once);
    assert_eq!(result.outcome, Outcome::OutputTooLarge { limit_bytes });
    assert!(result.outputs_missing[0].why.contains("more than the limit"), "{:?}", result.outputs_missing);
    fs::remove_dir_all(setup.work().join("out")).expect("removed");
    let just = limited("mkdir out; head -c 1048576 /dev/zero > out/x");
    assert_eq!(setup.end_of(just).outcome, Outcome::Done);
}
