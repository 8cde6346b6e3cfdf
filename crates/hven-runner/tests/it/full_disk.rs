//! A disk that fills up under a runner: nothing that runs is ended, what ends is told, what cannot begin waits, and when
//! space is back everything goes on by itself.

use std::{collections::BTreeMap, fs, path::Path};

use hven_api::runner::Command;
use hven_core::{
    AttemptId,
    run::Outcome,
    stream::{Source, Stream},
};
use hven_testing::SmallDisk;

use crate::house::House;

fn house_on_a_small_disk(case: &str) -> Option<(House, tempfile::TempDir)> {
    let disk = SmallDisk::mount(case, 24)?;
    // What the test itself and its tasks write lies elsewhere.
    Some((House::on(disk), tempfile::tempdir().expect("a folder")))
}

/// Prints until a file is there, and notes elsewhere that it ran.
fn printing(elsewhere: &Path, n: u32) -> String {
    let at = elsewhere.display();
    format!(
        "echo {n} >> {at}/ran; echo begun; while [ ! -e {at}/go{n} ]; do echo on; sleep 0.01; done; echo ended; exit 3"
    )
}

fn go(elsewhere: &Path, n: u32) {
    fs::write(elsewhere.join(format!("go{n}")), "").expect("a file");
}

#[test]
fn what_runs_ends_and_what_waits_begins_later() {
    let Some((mut house, elsewhere)) = house_on_a_small_disk("a runner on a full disk") else { return };
    let at = elsewhere.path();
    let mut ended: BTreeMap<u32, AttemptId> = BTreeMap::new();
    // At several moments: before the first byte that it writes, and while it writes.
    for (n, left) in [(1, 0), (2, 4096), (3, 100_000)] {
        let running = house.script(&printing(at, n));
        house.wait_for_log(running, "begun");
        let mut filler = house.fill_disk_but(left);
        let waiting: Vec<AttemptId> =
            (0..4).map(|i| house.script(&format!("echo {n}{i} >> {}/ran; echo $HVEN_RUN_ID", at.display()))).collect();
        house.server.wait("a log that cannot grow", |_| {
            house.follow(&mut filler);
            (house.free_bytes() == 0).then_some(())
        });
        // The server, too, says no for a while.
        house.server.world().refuse_pushes = 2;
        go(at, n);
        let result = house.end_of(running);
        assert_eq!(result.outcome, Outcome::Failed { exit: 3 }, "it ends as it ended");
        assert!(house.is_runner_alive());
        assert!(waiting.iter().all(|&attempt| house.seen(attempt).ends.is_empty()), "they wait for space");
        drop(filler);
        for attempt in waiting {
            assert_eq!(house.end_of(attempt).outcome, Outcome::Done);
            assert_eq!(house.seen(attempt).text(Source::Stdout), format!("{}\n", attempt.run));
        }
        let seen = house.seen(running);
        let (said, told) = (seen.text(Source::Stdout), seen.text(Source::Hven));
        let is_whole = said.ends_with("on\nended\n");
        assert!(is_whole || told.contains("lost") || result.log.dropped_bytes > 0, "{said} {told} {result:?}");
        ended.insert(n, running);
    }
    assert!(house.is_runner_alive(), "it is the same all the time");
    let ran = fs::read_to_string(at.join("ran")).expect("a file");
    let mut ran: Vec<&str> = ran.lines().collect();
    ran.sort_unstable();
    let count = ran.len();
    ran.dedup();
    assert_eq!((count, ran.len()), (15, 15), "each ran once");
    let log = fs::read_to_string(house.runner_log()).expect("a log");
    assert!(log.contains("there is space on the disk again"), "the runner says what it waited for: {log:?}");
}

#[test]
fn ends_are_known_also_to_the_next_runner() {
    let Some((mut house, elsewhere)) = house_on_a_small_disk("a runner dies on a full disk") else { return };
    let at = elsewhere.path();
    house.server.world().keeps_spools = true;
    let running = house.script(&printing(at, 1));
    house.wait_for_log(running, "begun");
    let filler = house.fill_disk_but(0);
    go(at, 1);
    // There is space in the ledger for what began.
    house.wait_for_noted_end(running);
    house.kill_runner();
    house.start_runner(&["--cpus", "4"]);
    house.server.wait("a runner on a full disk", |world| world.is_attached.then_some(()));
    assert_eq!(house.end_of(running).outcome, Outcome::Failed { exit: 3 });
    drop(filler);
    assert_eq!(house.run("true").0.outcome, Outcome::Done);
    house.server.world().keeps_spools = false;
    house.server.send(Command::Forget { attempt: running });
    house.wait_for_forgetting(running);
}

#[test]
fn points_that_were_logged_come_when_there_is_space() {
    let Some((mut house, elsewhere)) = house_on_a_small_disk("points on a full disk") else { return };
    let at = elsewhere.path().display();
    // A line that has its place on the disk before the disk is full, and its text afterwards.
    let script = format!(
        "printf '%4000s' '' > $HVEN_METRICS; echo begun; while [ ! -e {at}/go1 ]; do sleep 0.01; done; \
         i=0; while [ $i -lt 100 ]; do printf '{{\"loss\": %3d, \"step\": %3d}}\\n' $i $i; i=$((i+1)); done \
         | dd of=$HVEN_METRICS conv=notrunc 2> {at}/dd"
    );
    let attempt = house.script(&script);
    house.wait_for_log(attempt, "begun");
    let filler = house.fill_disk_but(0);
    go(elsewhere.path(), 1);
    house.wait_for_file(&elsewhere.path().join("dd"));
    let said = || fs::read_to_string(house.runner_log()).unwrap_or_default();
    let before = said();
    drop(filler);
    assert_eq!(house.end_of(attempt).outcome, Outcome::Done, "{before} {}", said());
    let points = house.seen(attempt).lines(Stream::Metrics);
    let steps: Vec<i64> = points.iter().map(|point| point["s"].as_i64().expect("a step")).collect();
    assert_eq!(steps, (0..100).collect::<Vec<_>>());
    assert!(house.is_runner_alive());
}

#[test]
fn a_runner_that_cannot_say_anything_works() {
    let mut house = House::new();
    house.kill_runner();
    house.start_runner_that_cannot_speak();
    // A damaged line in the ledger, for instance, is said.
    assert_eq!(house.run("echo well").0.outcome, Outcome::Done);
    assert!(house.is_runner_alive());
}
