//! Servers that disappear, messages that are lost or duplicated, runners that are killed.

use std::{collections::BTreeSet, fs};

use hven_api::{
    runner::{Command, Start},
    spool,
};
use hven_core::{
    run::Outcome,
    stream::{Source, Stream},
};

use crate::setup::{Setup, is_alive};

#[test]
fn tasks_continue_while_the_server_is_away() {
    let mut setup = Setup::new();
    let script = "for i in 1 2 3 4 5 6; do echo $i; while [ ! -e go$i ]; do sleep 0.02; done; done";
    let attempt = setup.script(script);
    let go = |setup: &Setup, i: u32| fs::write(setup.work().join(format!("go{i}")), "").expect("a file");
    setup.wait_for_log(attempt, "1\n");
    setup.close_server();
    go(&setup, 1);
    let log = setup.attempt_dir(attempt).join("log");
    setup.server.wait("the spool to grow", |_| fs::read(&log).ok()?.ends_with(b"2\n").then_some(()));
    setup.open_server();
    setup.wait_for_log(attempt, "2\n");
    setup.close_server();
    (2..=6).for_each(|i| go(&setup, i));
    setup.wait_for_noted_end(attempt);
    setup.open_server();
    assert_eq!(setup.end_of(attempt).outcome, Outcome::Done);
    assert_eq!(setup.seen(attempt).text(Source::Stdout), "1\n2\n3\n4\n5\n6\n");
    // The runner also accepts new work.
    setup.server.wait("a new attachment", |state| (state.attaches.len() >= 3).then_some(()));
    assert_eq!(setup.run("true").0.outcome, Outcome::Done);
}

#[test]
fn lost_and_duplicated_messages_change_nothing() {
    let setup = Setup::new();
    {
        let mut state = setup.server.state();
        state.duplicates_commands = true;
        state.lose_answers = 5;
        state.lose_stream_ends = 5;
    }
    let all: Vec<_> = (0..40).map(|i| setup.script(&format!("echo {i} >> ran; echo out {i}"))).collect();
    for (i, &attempt) in all.iter().enumerate() {
        assert_eq!(setup.end_of(attempt).outcome, Outcome::Done);
        assert_eq!(setup.seen(attempt).text(Source::Stdout), format!("out {i}\n"));
    }
    setup.server.state().refuse_pushes = 2;
    let last = setup.script("echo after; echo 40 >> ran");
    assert_eq!(setup.end_of(last).outcome, Outcome::Done);
    let ran = fs::read_to_string(setup.work().join("ran")).expect("a file");
    let unique: BTreeSet<&str> = ran.lines().collect();
    assert_eq!((ran.lines().count(), unique.len()), (41, 41), "each ran once");
    let start = setup.start_of(&["sh", "-c", "echo again >> ran"]);
    let start = hven_api::runner::Start { attempt: last, ..start };
    setup.wait_for_removal(last);
    setup.assign(start);
    assert_eq!(setup.run("true").0.outcome, Outcome::Done);
    assert!(
        !fs::read_to_string(setup.work().join("ran")).expect("a file").contains("again"),
        "a late command starts nothing"
    );
}

#[test]
fn the_successor_of_a_killed_runner_reports_results_and_ends_processes() {
    let mut setup = Setup::new();
    setup.server.state().keeps_spools = true;
    let finished = setup.script("echo kept; echo '{\"loss\":1}' >> $HVEN_METRICS");
    assert_eq!(setup.end_of(finished).outcome, Outcome::Done);
    let scatter = "trap '' TERM; setsid sleep 1000 & echo $! > child; echo $$ > main; \
                   echo '{\"loss\":1}' >> $HVEN_METRICS; echo started; while :; do sleep 0.1; done";
    let running = setup.script(scatter);
    setup.wait_for_log(running, "started");
    let just_started = setup.submit(&["sh", "-c", "echo $$ > just; exec sleep 1000"], |_| {});
    let just = setup.wait_for_file(&setup.work().join("just"));
    let waiting = setup.submit(&["true"], |start| start.resources.cpus = 4);
    let (child, main) =
        (setup.wait_for_file(&setup.work().join("child")), setup.wait_for_file(&setup.work().join("main")));
    setup.kill_runner();
    assert!(is_alive(&child) && is_alive(&just), "tasks outlive their runner until its successor starts");

    setup.start_runner(&["--cpus", "4"]);
    let lost = setup.end_of(running);
    assert!(matches!(&lost.outcome, Outcome::Lost { why } if why.contains("the runner ended")), "{lost:?}");
    assert!(matches!(setup.end_of(just_started).outcome, Outcome::Lost { .. }));
    for pid in [&child, &main, &just] {
        assert!(!is_alive(pid), "{pid}");
    }
    let seen = setup.seen(running);
    assert_eq!(seen.text(Source::Stdout), "started\n");
    assert_eq!(seen.lines(Stream::Metrics).len(), 1);
    assert_eq!(setup.seen(finished).text(Source::Stdout), "kept\n");
    let held = setup.server.state().attaches.last().cloned().expect("an attachment").attempts;
    let held: Vec<_> = held.iter().map(|held| (held.attempt, held.started, held.finished)).collect();
    assert_eq!(held, [(finished, true, true), (running, true, false), (just_started, true, false)]);
    assert!(setup.seen(waiting).ends.is_empty(), "an attempt that was not started may be assigned again");
    setup.server.state().keeps_spools = false;
    for attempt in [finished, running, just_started] {
        setup.server.send(Command::Forget { attempt });
        setup.wait_for_removal(attempt);
    }
}

#[test]
fn a_withdrawn_attempt_does_not_start_and_a_running_one_continues() {
    let setup = Setup::new();
    let running = setup.script("echo started; while [ ! -e go ]; do sleep 0.02; done; echo whole");
    setup.wait_for_log(running, "started");
    let waiting = setup.submit(&["touch", "ran"], |start| start.resources.cpus = 4);
    for attempt in [running, waiting] {
        setup.server.send(Command::Withdraw { attempt, why: "not any more".to_owned() });
    }
    assert_eq!(setup.end_of(waiting).outcome, Outcome::NotStarted { why: "not any more".to_owned() });
    fs::write(setup.work().join("go"), "").expect("a file");
    assert_eq!(setup.end_of(running).outcome, Outcome::Done);
    assert_eq!(setup.seen(running).text(Source::Stdout), "started\nwhole\n");
    assert!(!setup.work().join("ran").exists());
}

#[test]
fn a_copy_of_a_home_does_not_end_the_original_homes_tasks() {
    let setup = Setup::new();
    let attempt = setup.submit(&["sh", "-c", "echo $$ > main; env -i sleep 1000 & echo $! > bare; wait"], |_| {});
    let pids = ["main", "bare"].map(|name| setup.wait_for_file(&setup.work().join(name)));
    let process = setup.attempt_dir(attempt).join(spool::PROCESS);
    setup.server.wait("process.json", |_| process.exists().then_some(()));
    let copy = Setup::copy_of(&setup);
    assert!(matches!(copy.end_of(attempt).outcome, Outcome::Lost { .. }));
    assert!(pids.iter().all(|pid| is_alive(pid)));
    setup.stop(attempt);
    assert_eq!(setup.end_of(attempt).outcome, Outcome::Cancelled);
}

/// Repeats starts in every way: twice at once, to a runner that was killed and restarted, to a runner that has attached to
/// another server, and with another command. No attempt runs twice, and no result is lost or changed.
#[test]
fn killing_the_runner_loses_no_result_and_repeated_starts_change_nothing() {
    let mut setup = Setup::new();
    // The runner keeps ended attempts, so that a repeated start finds them.
    setup.server.state().keeps_spools = true;
    let mut all = Vec::new();
    // `make soak` runs more rounds.
    let rounds = hven_testing::rounds(8) as usize;
    for round in 0..rounds {
        let starts: Vec<_> =
            (0..12).map(|i| setup.start_of(&["sh", "-c", &format!("echo {round} {i} >> ran")])).collect();
        for start in &starts {
            setup.assign(start.clone());
        }
        starts.iter().step_by(3).for_each(|start| setup.assign(start.clone()));
        let other = |start: &Start| Start {
            argv: vec!["sh".to_owned(), "-c".to_owned(), start.argv[2].replace(" >>", " again >>")],
            ..start.clone()
        };
        // Kill the runner at another moment in each round: when this many attempts have ended.
        setup.server.wait("some ends", |state| {
            let ended = starts
                .iter()
                .filter(|start| state.attempts.get(&start.attempt).is_some_and(|seen| !seen.ends.is_empty()));
            (ended.count() >= round % starts.len()).then_some(())
        });
        setup.kill_runner();
        let in_ledger: Vec<_> = starts.iter().map(|start| setup.in_ledger(start.attempt)).collect();
        setup.start_runner(&["--cpus", "4"]);
        for (number, start) in starts.iter().enumerate() {
            match number % 3 {
                0 => setup.assign(start.clone()),
                1 => setup.assign(other(start)),
                _ => {
                    setup.assign(other(start));
                    setup.assign(start.clone());
                }
            }
        }
        for (start, (was_started, was_written)) in starts.iter().zip(&in_ledger) {
            let result = setup.end_of(start.attempt);
            match (was_started, was_written) {
                (true, true) => assert_eq!(result.outcome, Outcome::Done, "its result was written"),
                (true, false) => {
                    assert!(matches!(result.outcome, Outcome::Done | Outcome::Lost { .. }), "{result:?}");
                }
                // The attempt had not started, so the new runner starts it once, with the first command.
                (false, _) => assert_eq!(result.outcome, Outcome::Done),
            }
        }
        // The runner holds all attempts as ended; repeat the starts in another session.
        setup.close_server();
        setup.open_server();
        for start in &starts {
            setup.assign(other(start));
        }
        assert_eq!(setup.run("true").0.outcome, Outcome::Done, "the runner has handled them");
        let ran = fs::read_to_string(setup.work().join("ran")).expect("a file");
        for (start, _) in starts.iter().zip(&in_ledger).filter(|(_, (was_started, _))| *was_started) {
            let line = start.argv[2].replace("echo ", "").replace(" >> ran", " again");
            assert!(!ran.lines().any(|other| other == line), "{line}: the attempt had started with another command");
        }
        all.extend(starts.iter().map(|start| start.attempt));
    }
    let ran = fs::read_to_string(setup.work().join("ran")).expect("a file").replace(" again", "");
    let unique: BTreeSet<&str> = ran.lines().collect();
    assert_eq!(ran.lines().count(), unique.len(), "no attempt ran twice");
    for attempt in all {
        let seen = setup.seen(attempt);
        let first = seen.ends.first().map(|result| result.outcome.clone());
        assert!(seen.ends.iter().all(|end| Some(&end.outcome) == first.as_ref()), "{:?}", seen.ends);
    }
}

#[test]
fn two_runners_never_share_a_spool() {
    let setup = Setup::new();
    assert_eq!(setup.run("true").0.outcome, Outcome::Done);
    let second = std::process::Command::new(env!("CARGO_BIN_EXE_hven-runner"))
        .arg("--spool")
        .arg(setup.spool())
        .arg("--address")
        .arg(setup.home().join("server.json"))
        .output()
        .expect("it ends");
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(said.contains("another runner has the spool"), "{said}");
    let own: spool::Process =
        serde_json::from_slice(&fs::read(setup.spool().join(spool::RUNNER)).expect("runner.json")).expect("a process");
    assert_eq!(own.pid, setup.runner_pid());
}

#[test]
fn an_idle_runner_ends_when_the_server_asks_for_it() {
    let mut setup = Setup::new();
    let attempt = setup.script("while [ ! -e go ]; do sleep 0.02; done");
    setup.server.wait("the start", |state| (state.attempts.get(&attempt)?.started > 0).then_some(()));
    setup.server.state().leave_when_idle = true;
    fs::write(setup.work().join("go"), "").expect("a file");
    assert!(setup.wait_for_runner().success());
    assert_eq!(setup.end_of(attempt).outcome, Outcome::Done);
}

#[test]
fn a_terminated_runner_waits_for_its_tasks() {
    let mut setup = Setup::new();
    let attempt = setup.script("while [ ! -e go ]; do sleep 0.02; done; echo unharmed");
    setup.server.wait("the start", |state| (state.attempts.get(&attempt)?.started > 0).then_some(()));
    let pid = setup.runner_pid().to_string();
    for signal in ["-TERM", "-INT", "-HUP"] {
        assert!(std::process::Command::new("kill").args([signal, &pid]).status().expect("kill").success());
    }
    fs::write(setup.work().join("go"), "").expect("a file");
    assert!(setup.wait_for_runner().success());
    assert_eq!(setup.end_of(attempt).outcome, Outcome::Done);
    assert_eq!(setup.seen(attempt).text(Source::Stdout), "unharmed\n");
}

#[test]
fn a_runner_without_a_home_ends() {
    let mut setup = Setup::new();
    assert_eq!(setup.run("true").0.outcome, Outcome::Done);
    setup.close_server();
    fs::remove_dir_all(setup.home()).expect("removed");
    assert!(setup.wait_for_runner().success());
}

#[test]
fn a_live_attempt_that_the_server_forgets_is_ended_and_dropped() {
    let setup = Setup::new();
    let attempt = setup.script("echo $$ > main; exec sleep 1000");
    let main = setup.wait_for_file(&setup.work().join("main"));
    setup.server.send(Command::Forget { attempt });
    setup.wait_for_end_of(&main);
    setup.wait_for_removal(attempt);
    assert!(setup.seen(attempt).ends.is_empty());
}

#[test]
fn the_attach_count_rises_even_after_the_runner_was_killed() {
    let mut setup = Setup::new();
    assert_eq!(setup.run("true").0.outcome, Outcome::Done);
    setup.close_server();
    setup.open_server();
    assert_eq!(setup.run("true").0.outcome, Outcome::Done);
    setup.kill_runner();
    setup.start_runner(&[]);
    assert_eq!(setup.run("true").0.outcome, Outcome::Done);
    let counts: Vec<u64> = setup.server.state().attaches.iter().map(|attach| attach.count).collect();
    assert!(counts.len() >= 3 && counts[0] > 0 && counts.is_sorted_by(|a, b| a < b), "{counts:?}");
}
