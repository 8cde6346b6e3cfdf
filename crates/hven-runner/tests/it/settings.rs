//! Limits, niceness, I/O class and processors: a process has the settings of its caller's shell, not the runner's.

use std::collections::BTreeMap;

use hven_core::{
    process::{IoClass, IoPriority, ProcessSettings, ResourceLimit},
    run::Outcome,
    stream::Source,
};

use crate::setup::Setup;

fn limits(limits: &[(&str, Option<u64>, Option<u64>)]) -> BTreeMap<String, ResourceLimit> {
    limits.iter().map(|&(name, soft, hard)| (name.to_owned(), ResourceLimit { soft, hard })).collect()
}

/// The output and the notes of a script that is started with these settings.
fn run(setup: &Setup, settings: ProcessSettings, script: &str) -> (String, String) {
    let attempt = setup.submit(&["sh", "-c", script], |start| start.process = Some(settings));
    assert_eq!(setup.end_of(attempt).outcome, Outcome::Done);
    let seen = setup.seen(attempt);
    (seen.text(Source::Stdout), seen.text(Source::Hven))
}

#[test]
fn a_process_has_the_settings_of_its_callers_shell() {
    let setup = Setup::new();
    let settings = ProcessSettings {
        limits: Some(limits(&[
            ("nofile", Some(321), Some(321)),
            ("stack", Some(4 << 20), Some(4 << 20)),
            ("core", Some(0), Some(0)),
        ])),
        nice: 7,
        ..ProcessSettings::default()
    };
    let (out, said) = run(&setup, settings, "ulimit -n; ulimit -s; ulimit -c; nice");
    assert_eq!(out, "321\n4096\n0\n7\n");
    // Limits that are not named are unlimited, and the runner may have lower ones.
    for of in ["open files", "stack", "core file", "niceness"] {
        assert!(!said.contains(of), "{said}");
    }
    // The next process has its own settings.
    let (out, said) = run(&setup, ProcessSettings::default(), "nice");
    assert_eq!((out.as_str(), said.as_str()), ("0\n", ""));
}

#[test]
fn a_soft_limit_can_be_raised_by_the_process() {
    let setup = Setup::new();
    let settings =
        ProcessSettings { limits: Some(limits(&[("nofile", Some(100), Some(200))])), ..ProcessSettings::default() };
    let (out, _) = run(&setup, settings, "ulimit -Sn; ulimit -Hn; ulimit -Sn 150; ulimit -Sn");
    assert_eq!(out, "100\n200\n150\n");
}

#[test]
fn a_limit_that_is_not_named_is_unlimited() {
    let setup = Setup::new();
    let settings = ProcessSettings { limits: Some(limits(&[])), ..ProcessSettings::default() };
    let (out, _) = run(&setup, settings, "ulimit -Sc; ulimit -Hc");
    let (soft, hard) = out.trim().split_once('\n').expect("two lines");
    assert_eq!(soft, hard, "unlimited, or the nearest value that the runner may set");
}

#[test]
#[cfg(target_os = "linux")]
fn processors_and_the_io_class_are_applied() {
    let setup = Setup::new();
    let cpus = "python3 -c 'import os; print(sorted(os.sched_getaffinity(0)))'";
    let all = run(&setup, ProcessSettings::default(), cpus).0;
    let first = all.trim_matches(['[', ']', '\n']).split(", ").next().expect("a processor").to_owned();
    let settings = ProcessSettings {
        cpus: Some(first.clone()),
        io: Some(IoPriority { class: IoClass::Idle, level: 0 }),
        ..ProcessSettings::default()
    };
    let (out, said) = run(&setup, settings, &format!("{cpus}; ionice"));
    assert_eq!((out, said.as_str()), (format!("[{first}]\nidle\n"), ""));
}

#[test]
fn a_forbidden_setting_is_noted_and_the_nearest_value_is_used() {
    let setup = Setup::without_rights();
    let own = run(&setup, ProcessSettings::default(), "ulimit -Hn").0;
    if own.trim() == "unlimited" {
        return;
    }
    let settings = ProcessSettings {
        limits: Some(limits(&[("nofile", Some(100), Some(9_000_000_000))])),
        nice: -5,
        cpus: Some("0,8000".to_owned()),
        ..ProcessSettings::default()
    };
    let (out, said) = run(&setup, settings, "ulimit -Sn; ulimit -Hn; nice");
    assert_eq!(out, format!("100\n{own}0\n"));
    assert!(said.contains("The limit of the open files is 100"), "{said}");
    let niceness = "The niceness is -5 in the shell of the command but 0 here";
    assert!(said.contains(niceness), "{said}");
    assert!(said.contains("Not all processors of the command's shell (0,8000) are used"), "{said}");
}

#[test]
fn without_settings_a_process_has_the_runners_settings() {
    let setup = Setup::new();
    let (result, seen) = setup.run("ulimit -n");
    assert_eq!(result.outcome, Outcome::Done);
    assert!(!seen.text(Source::Stdout).is_empty() && seen.text(Source::Hven).is_empty());
}
