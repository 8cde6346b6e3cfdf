//! Servers that go away, messages that are lost or come twice, runners that are killed.

use std::{collections::BTreeSet, fs};

use hven_api::{
    runner::{Command, Start},
    spool,
};
use hven_core::{
    run::Outcome,
    stream::{Source, Stream},
};

use crate::house::{House, is_alive};

#[test]
fn tasks_go_on_while_the_server_is_away() {
    let mut house = House::new();
    let script = "for i in 1 2 3 4 5 6; do echo $i; while [ ! -e go$i ]; do sleep 0.02; done; done";
    let attempt = house.script(script);
    let go = |house: &House, i: u32| fs::write(house.work().join(format!("go{i}")), "").expect("a file");
    house.wait_for_log(attempt, "1\n");
    house.close_server();
    go(&house, 1);
    let log = house.attempt_dir(attempt).join("log");
    house.server.wait("the spool to grow", |_| fs::read(&log).ok()?.ends_with(b"2\n").then_some(()));
    house.open_server();
    house.wait_for_log(attempt, "2\n");
    house.close_server();
    (2..=6).for_each(|i| go(&house, i));
    house.wait_for_noted_end(attempt);
    house.open_server();
    assert_eq!(house.end_of(attempt).outcome, Outcome::Done);
    assert_eq!(house.seen(attempt).text(Source::Stdout), "1\n2\n3\n4\n5\n6\n");
    // And new work is taken.
    house.server.wait("a new attachment", |world| (world.attaches.len() >= 3).then_some(()));
    assert_eq!(house.run("true").0.outcome, Outcome::Done);
}

#[test]
fn lost_and_doubled_messages_change_nothing() {
    let house = House::new();
    {
        let mut world = house.server.world();
        world.doubles_commands = true;
        world.lose_answers = 5;
        world.lose_stream_ends = 5;
    }
    let all: Vec<_> = (0..40).map(|i| house.script(&format!("echo {i} >> ran; echo out {i}"))).collect();
    for (i, &attempt) in all.iter().enumerate() {
        assert_eq!(house.end_of(attempt).outcome, Outcome::Done);
        assert_eq!(house.seen(attempt).text(Source::Stdout), format!("out {i}\n"));
    }
    house.server.world().refuse_pushes = 2;
    let last = house.script("echo after; echo 40 >> ran");
    assert_eq!(house.end_of(last).outcome, Outcome::Done);
    let ran = fs::read_to_string(house.work().join("ran")).expect("a file");
    let unique: BTreeSet<&str> = ran.lines().collect();
    assert_eq!((ran.lines().count(), unique.len()), (41, 41), "each ran once");
    let start = house.start_of(&["sh", "-c", "echo again >> ran"]);
    let start = hven_api::runner::Start { attempt: last, ..start };
    house.wait_for_forgetting(last);
    house.give(start);
    assert_eq!(house.run("true").0.outcome, Outcome::Done);
    assert!(!fs::read_to_string(house.work().join("ran")).expect("a file").contains("again"), "a late command");
}

#[test]
fn a_killed_runner_reports_what_it_had_and_ends_what_is_left() {
    let mut house = House::new();
    house.server.world().keeps_spools = true;
    let finished = house.script("echo kept; echo '{\"loss\":1}' >> $HVEN_METRICS");
    assert_eq!(house.end_of(finished).outcome, Outcome::Done);
    let scatter = "trap '' TERM; setsid sleep 1000 & echo $! > child; echo $$ > main; \
                   echo '{\"loss\":1}' >> $HVEN_METRICS; echo begun; while :; do sleep 0.1; done";
    let running = house.script(scatter);
    house.wait_for_log(running, "begun");
    let just_started = house.submit(&["sh", "-c", "echo $$ > just; exec sleep 1000"], |_| {});
    let just = house.wait_for_file(&house.work().join("just"));
    let waiting = house.submit(&["true"], |start| start.resources.cpus = 4);
    let (child, main) =
        (house.wait_for_file(&house.work().join("child")), house.wait_for_file(&house.work().join("main")));
    house.kill_runner();
    assert!(is_alive(&child) && is_alive(&just), "tasks outlive their runner until it is known to be gone");

    house.start_runner(&["--cpus", "4"]);
    let lost = house.end_of(running);
    assert!(matches!(&lost.outcome, Outcome::Lost { why } if why.contains("the runner ended")), "{lost:?}");
    assert!(matches!(house.end_of(just_started).outcome, Outcome::Lost { .. }));
    for pid in [&child, &main, &just] {
        assert!(!is_alive(pid), "{pid}");
    }
    let seen = house.seen(running);
    assert_eq!(seen.text(Source::Stdout), "begun\n");
    assert_eq!(seen.lines(Stream::Metrics).len(), 1);
    assert_eq!(house.seen(finished).text(Source::Stdout), "kept\n");
    let held = house.server.world().attaches.last().cloned().expect("an attachment").attempts;
    let held: Vec<_> = held.iter().map(|held| (held.attempt, held.started, held.finished)).collect();
    assert_eq!(held, [(finished, true, true), (running, true, false), (just_started, true, false)]);
    assert!(house.seen(waiting).ends.is_empty(), "what was not started may be given again");
    house.server.world().keeps_spools = false;
    for attempt in [finished, running, just_started] {
        house.server.send(Command::Forget { attempt });
        house.wait_for_forgetting(attempt);
    }
}

#[test]
fn what_is_withdrawn_does_not_begin_and_what_runs_goes_on() {
    let house = House::new();
    let running = house.script("echo begun; while [ ! -e go ]; do sleep 0.02; done; echo whole");
    house.wait_for_log(running, "begun");
    let waiting = house.submit(&["touch", "ran"], |start| start.resources.cpus = 4);
    for attempt in [running, waiting] {
        house.server.send(Command::Withdraw { attempt, why: "not any more".to_owned() });
    }
    assert_eq!(house.end_of(waiting).outcome, Outcome::NotStarted { why: "not any more".to_owned() });
    fs::write(house.work().join("go"), "").expect("a file");
    assert_eq!(house.end_of(running).outcome, Outcome::Done);
    assert_eq!(house.seen(running).text(Source::Stdout), "begun\nwhole\n");
    assert!(!house.work().join("ran").exists());
}

#[test]
fn a_copy_of_a_home_does_not_end_the_tasks_of_the_first() {
    let house = House::new();
    let attempt = house.submit(&["sh", "-c", "echo $$ > main; env -i sleep 1000 & echo $! > bare; wait"], |_| {});
    let pids = ["main", "bare"].map(|name| house.wait_for_file(&house.work().join(name)));
    let process = house.attempt_dir(attempt).join(spool::PROCESS);
    house.server.wait("process.json", |_| process.exists().then_some(()));
    let copy = House::copy_of(&house);
    assert!(matches!(copy.end_of(attempt).outcome, Outcome::Lost { .. }));
    assert!(pids.iter().all(|pid| is_alive(pid)));
    house.stop(attempt);
    assert_eq!(house.end_of(attempt).outcome, Outcome::Cancelled);
}

/// All that can happen to a start that is given again: twice at once, to a runner that was killed and started anew, to
/// one that has attached to another server, and with another command. Nothing runs twice, no result is lost or changed.
#[test]
fn a_result_is_never_lost_by_killing_the_runner_and_a_start_that_comes_again_changes_nothing() {
    let mut house = House::new();
    // What has ended stays with the runner, so that a start that comes again finds it there.
    house.server.world().keeps_spools = true;
    let mut all = Vec::new();
    // `make soak` asks for more.
    let rounds = hven_testing::rounds(8) as usize;
    for round in 0..rounds {
        let starts: Vec<_> =
            (0..12).map(|i| house.start_of(&["sh", "-c", &format!("echo {round} {i} >> ran")])).collect();
        for start in &starts {
            house.give(start.clone());
        }
        starts.iter().step_by(3).for_each(|start| house.give(start.clone()));
        let other = |start: &Start| Start {
            argv: vec!["sh".to_owned(), "-c".to_owned(), start.argv[2].replace(" >>", " again >>")],
            ..start.clone()
        };
        // At another moment each time: when so many of this round have ended.
        house.server.wait("some ends", |world| {
            let ended = starts
                .iter()
                .filter(|start| world.attempts.get(&start.attempt).is_some_and(|seen| !seen.ends.is_empty()));
            (ended.count() >= round % starts.len()).then_some(())
        });
        house.kill_runner();
        let noted: Vec<_> = starts.iter().map(|start| house.noted(start.attempt)).collect();
        house.start_runner(&["--cpus", "4"]);
        for (number, start) in starts.iter().enumerate() {
            match number % 3 {
                0 => house.give(start.clone()),
                1 => house.give(other(start)),
                _ => {
                    house.give(other(start));
                    house.give(start.clone());
                }
            }
        }
        for (start, (was_begun, was_written)) in starts.iter().zip(&noted) {
            let result = house.end_of(start.attempt);
            match (was_begun, was_written) {
                (true, true) => assert_eq!(result.outcome, Outcome::Done, "its result was written"),
                (true, false) => {
                    assert!(matches!(result.outcome, Outcome::Done | Outcome::Lost { .. }), "{result:?}");
                }
                // It had not begun: it is new to this runner, which starts it once, as it is told first.
                (false, _) => assert_eq!(result.outcome, Outcome::Done),
            }
        }
        // To a runner that holds all of them as ended, in another session.
        house.close_server();
        house.open_server();
        for start in &starts {
            house.give(other(start));
        }
        assert_eq!(house.run("true").0.outcome, Outcome::Done, "it has seen them");
        let ran = fs::read_to_string(house.work().join("ran")).expect("a file");
        for (start, _) in starts.iter().zip(&noted).filter(|(_, (was_begun, _))| *was_begun) {
            let line = start.argv[2].replace("echo ", "").replace(" >> ran", " again");
            assert!(!ran.lines().any(|other| other == line), "{line}: it had begun with another command");
        }
        all.extend(starts.iter().map(|start| start.attempt));
    }
    let ran = fs::read_to_string(house.work().join("ran")).expect("a file").replace(" again", "");
    let unique: BTreeSet<&str> = ran.lines().collect();
    assert_eq!(ran.lines().count(), unique.len(), "none ran twice");
    for attempt in all {
        let seen = house.seen(attempt);
        let first = seen.ends.first().map(|result| result.outcome.clone());
        assert!(seen.ends.iter().all(|end| Some(&end.outcome) == first.as_ref()), "{:?}", seen.ends);
    }
}

#[test]
fn two_runners_never_share_a_spool() {
    let house = House::new();
    assert_eq!(house.run("true").0.outcome, Outcome::Done);
    let second = std::process::Command::new(env!("CARGO_BIN_EXE_hven-runner"))
        .arg("--spool")
        .arg(house.spool())
        .arg("--address")
        .arg(house.home().join("server.json"))
        .output()
        .expect("it ends");
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(said.contains("another runner has the spool"), "{said}");
    let own: spool::Process =
        serde_json::from_slice(&fs::read(house.spool().join(spool::RUNNER)).expect("runner.json")).expect("a process");
    assert_eq!(own.pid, house.runner_pid());
}

#[test]
fn a_runner_leaves_when_it_is_told_to_and_idle() {
    let mut house = House::new();
    let attempt = house.script("while [ ! -e go ]; do sleep 0.02; done");
    house.server.wait("the start", |world| (world.attempts.get(&attempt)?.started > 0).then_some(()));
    house.server.world().leave_when_idle = true;
    fs::write(house.work().join("go"), "").expect("a file");
    assert!(house.wait_for_runner().success());
    assert_eq!(house.end_of(attempt).outcome, Outcome::Done);
}

#[test]
fn a_terminated_runner_ends_only_when_its_tasks_have() {
    let mut house = House::new();
    let attempt = house.script("while [ ! -e go ]; do sleep 0.02; done; echo unharmed");
    house.server.wait("the start", |world| (world.attempts.get(&attempt)?.started > 0).then_some(()));
    let pid = house.runner_pid().to_string();
    for signal in ["-TERM", "-INT", "-HUP"] {
        assert!(std::process::Command::new("kill").args([signal, &pid]).status().expect("kill").success());
    }
    fs::write(house.work().join("go"), "").expect("a file");
    assert!(house.wait_for_runner().success());
    assert_eq!(house.end_of(attempt).outcome, Outcome::Done);
    assert_eq!(house.seen(attempt).text(Source::Stdout), "unharmed\n");
}

#[test]
fn a_runner_without_a_home_leaves() {
    let mut house = House::new();
    assert_eq!(house.run("true").0.outcome, Outcome::Done);
    house.close_server();
    fs::remove_dir_all(house.home()).expect("removed");
    assert!(house.wait_for_runner().success());
}

#[test]
fn a_live_attempt_that_nobody_wants_is_ended_and_dropped() {
    let house = House::new();
    let attempt = house.script("echo $$ > main; exec sleep 1000");
    let main = house.wait_for_file(&house.work().join("main"));
    house.server.send(Command::Forget { attempt });
    house.wait_for_end_of(&main);
    house.wait_for_forgetting(attempt);
    assert!(house.seen(attempt).ends.is_empty());
}

#[test]
fn each_attach_counts_higher_also_after_the_runner_was_killed() {
    let mut house = House::new();
    assert_eq!(house.run("true").0.outcome, Outcome::Done);
    house.close_server();
    house.open_server();
    assert_eq!(house.run("true").0.outcome, Outcome::Done);
    house.kill_runner();
    house.start_runner(&[]);
    assert_eq!(house.run("true").0.outcome, Outcome::Done);
    let counts: Vec<u64> = house.server.world().attaches.iter().map(|attach| attach.count).collect();
    assert!(counts.len() >= 3 && counts[0] > 0 && counts.is_sorted_by(|a, b| a < b), "{counts:?}");
}
