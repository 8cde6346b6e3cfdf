//! A disk that fills up under a runner: running tasks continue, ended tasks are reported, tasks that cannot start wait, and
//! everything continues when there is space again.

use std::{collections::BTreeMap, fs, path::Path};

use hven_api::runner::Command;
use hven_core::{
    AttemptId,
    run::Outcome,
    stream::{Source, Stream},
};
use hven_testing::SmallDisk;

use crate::setup::Setup;

fn house_on_a_small_disk(case: &str) -> Option<(Setup, tempfile::TempDir)> {
    let disk = SmallDisk::mount(case, 24)?;
    // The test and its tasks write to another disk.
    Some((Setup::on(disk), tempfile::tempdir().expect("a folder")))
}

/// A script that records its start on the other disk and prints until a file exists.
fn printing(elsewhere: &Path, n: u32) -> String {
    let at = elsewhere.display();
    format!(
        "echo {n} >> {at}/ran; echo started; while [ ! -e {at}/go{n} ]; do echo on; sleep 0.01; done; echo ended; exit 3"
    )
}

fn go(elsewhere: &Path, n: u32) {
    fs::write(elsewhere.join(format!("go{n}")), "").expect("a file");
}

#[test]
fn running_tasks_end_and_waiting_tasks_start_later() {
    let Some((mut setup, elsewhere)) = house_on_a_small_disk("a runner on a full disk") else { return };
    let at = elsewhere.path();
    let mut ended: BTreeMap<u32, AttemptId> = BTreeMap::new();
    // Fill the disk at several moments: before the first byte of the log, and during it.
    for (n, left) in [(1, 0), (2, 4096), (3, 100_000)] {
        let running = setup.script(&printing(at, n));
        setup.wait_for_log(running, "started");
        let mut filler = setup.fill_disk_but(left);
        let waiting: Vec<AttemptId> =
            (0..4).map(|i| setup.script(&format!("echo {n}{i} >> {}/ran; echo $HVEN_RUN_ID", at.display()))).collect();
        setup.server.wait("a log that cannot grow", |_| {
            setup.fill_freed_space(&mut filler);
            (setup.free_bytes() == 0).then_some(())
        });
        // The server also refuses messages for a while.
        setup.server.state().refuse_pushes = 2;
        go(at, n);
        let result = setup.end_of(running);
        assert_eq!(result.outcome, Outcome::Failed { exit: 3 }, "the exit status is reported");
        assert!(setup.is_runner_alive());
        assert!(waiting.iter().all(|&attempt| setup.seen(attempt).ends.is_empty()), "they wait for space");
        drop(filler);
        for attempt in waiting {
            assert_eq!(setup.end_of(attempt).outcome, Outcome::Done);
            assert_eq!(setup.seen(attempt).text(Source::Stdout), format!("{}\n", attempt.run));
        }
        let seen = setup.seen(running);
        let (said, told) = (seen.text(Source::Stdout), seen.text(Source::Hven));
        let is_whole = said.ends_with("on\nended\n");
        assert!(is_whole || told.contains("lost") || result.log.dropped_bytes > 0, "{said} {told} {result:?}");
        ended.insert(n, running);
    }
    assert!(setup.is_runner_alive(), "the same runner still runs");
    let ran = fs::read_to_string(at.join("ran")).expect("a file");
    let mut ran: Vec<&str> = ran.lines().collect();
    ran.sort_unstable();
    let count = ran.len();
    ran.dedup();
    assert_eq!((count, ran.len()), (15, 15), "each ran once");
    let log = fs::read_to_string(setup.runner_log()).expect("a log");
    assert!(log.contains("the disk has space again"), "the runner logs the wait: {log:?}");
}

#[test]
fn the_next_runner_knows_the_ends() {
    let Some((mut setup, elsewhere)) = house_on_a_small_disk("a runner dies on a full disk") else { return };
    let at = elsewhere.path();
    setup.server.state().keeps_spools = true;
    let running = setup.script(&printing(at, 1));
    setup.wait_for_log(running, "started");
    let filler = setup.fill_disk_but(0);
    go(at, 1);
    // The ledger has space for the ends of started attempts.
    setup.wait_for_noted_end(running);
    setup.kill_runner();
    setup.start_runner(&["--cpus", "4"]);
    setup.server.wait("a runner on a full disk", |state| state.is_attached.then_some(()));
    assert_eq!(setup.end_of(running).outcome, Outcome::Failed { exit: 3 });
    drop(filler);
    assert_eq!(setup.run("true").0.outcome, Outcome::Done);
    setup.server.state().keeps_spools = false;
    setup.server.send(Command::Forget { attempt: running });
    setup.wait_for_removal(running);
}

#[test]
fn logged_points_are_read_when_there_is_space() {
    let Some((mut setup, elsewhere)) = house_on_a_small_disk("points on a full disk") else { return };
    let at = elsewhere.path().display();
    // The script allocates its file before the disk is full and fills it later.
    let script = format!(
        "printf '%4000s' '' > $HVEN_METRICS; echo started; while [ ! -e {at}/go1 ]; do sleep 0.01; done; \
         i=0; while [ $i -lt 100 ]; do printf '{{\"loss\": %3d, \"step\": %3d}}\\n' $i $i; i=$((i+1)); done \
         | dd of=$HVEN_METRICS conv=notrunc 2> {at}/dd"
    );
    let attempt = setup.script(&script);
    setup.wait_for_log(attempt, "started");
    let filler = setup.fill_disk_but(0);
    go(elsewhere.path(), 1);
    setup.wait_for_file(&elsewhere.path().join("dd"));
    let said = || fs::read_to_string(setup.runner_log()).unwrap_or_default();
    let before = said();
    drop(filler);
    assert_eq!(setup.end_of(attempt).outcome, Outcome::Done, "{before} {}", said());
    let points = setup.seen(attempt).lines(Stream::Metrics);
    let steps: Vec<i64> = points.iter().map(|point| point["s"].as_i64().expect("a step")).collect();
    assert_eq!(steps, (0..100).collect::<Vec<_>>());
    assert!(setup.is_runner_alive());
}

#[test]
fn a_runner_that_cannot_write_its_log_works() {
    let mut setup = Setup::new();
    setup.kill_runner();
    setup.start_runner_without_log();
    // The damaged line in the ledger would be logged.
    assert_eq!(setup.run("echo well").0.outcome, Outcome::Done);
    assert!(setup.is_runner_alive());
}
