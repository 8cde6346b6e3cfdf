//! Resources in addition to cores and memory: a run that fits no runner reports it at once, and the settings of the
//! home declare resources.

use std::{fs, os::unix::fs::PermissionsExt as _};

use crate::session::{Session, wait_until};

#[test]
fn a_resource_that_no_runner_has_is_reported_at_once_and_can_be_declared_in_the_settings() {
    let session = Session::new();
    // Detached runs also report what they wait for.
    let detached = session.hven(&["run", "-d", "--resource", "gpu=2", "--", "true"]).ok();
    let run = session.last();
    let explained = session.hven(&["explain", &run]).ok();
    for part in [&detached.err, &explained.out] {
        assert!(part.contains("no runner has 2 of gpu: the most is 0"), "{part}");
        assert!(part.contains("resources = [\"gpu=N\"]") && part.contains("hven down"), "{part}");
    }
    let large = session.hven(&["run", "-d", "--cpus", "4096", "--", "true"]).ok();
    assert!(large.err.contains("no runner is large enough: it needs 4096 cores"), "{}", large.err);
    session.hven(&["cancel", &session.last()]).ok();
    let plain = session.hven(&["run", "-d", "--", "true"]).ok();
    assert!(!plain.err.contains("waits"), "{}", plain.err);
    wait_until("the plain run is done", || session.run_state("last") == "done");

    let config = session.home().join("config.toml");
    fs::write(&config, "[runner]\nresources = [\"gpu=2\", \"licence.matlab=1\"]\n").expect("written");
    fs::set_permissions(&config, fs::Permissions::from_mode(0o600)).expect("ours");
    session.hven(&["down"]).ok();
    wait_until("the run that waited is done", || session.run_state(&run) == "done");
    let licence = session.hven(&["run", "--resource", "licence.matlab=1", "--", "true"]).ok();
    assert!(!licence.err.contains("no runner has"), "{}", licence.err);
    // The record contains the present resources of the runner.
    let enrolled = session.hven(&["log", "--kind", "runner.enrolled"]).ok();
    assert_eq!(enrolled.out.lines().filter(|line| line.contains("runner")).count(), 2, "{}", enrolled.out);

    fs::write(&config, "[runner]\nresources = \"gpu\"\n").expect("written");
    session.hven(&["down"]).ok();
    let refused = session.hven(&["up", "--detach"]);
    assert!(refused.err.contains("runner.resources = \"gpu\""), "{refused:?}");
}
