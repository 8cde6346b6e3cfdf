//! Resources in addition to cores and memory: a run that fits no runner is refused, the settings of the home declare resources,
//! and each run gets units of its own.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

use crate::session::{Session, wait_until};

fn write_config(session: &Session, text: &str) {
    let config = session.home().join("config.toml");
    fs::write(&config, text).expect("written");
    fs::set_permissions(&config, fs::Permissions::from_mode(0o600)).expect("ours");
}

#[test]
fn a_run_that_no_runner_could_start_is_refused_with_the_most_that_fits() {
    let session = Session::new();
    let refused = |words: &[&str], parts: &[&str]| {
        let refused = session.hven(words);
        assert!(matches!(refused.status, Some(65 | 125)), "{refused:?}");
        for part in parts {
            assert!(refused.err.contains(part), "{part}: {}", refused.err);
        }
    };
    refused(
        &["run", "-d", "--resource", "gpu=2", "--", "true"],
        &["no runner has 2 of gpu: the most is 0", "`gpu = 2`", "hven down"],
    );
    refused(
        &["run", "-d", "--cpus", "4096", "--", "true"],
        &["no runner is large enough: it needs 4096 cores, and the largest has ", "--cpus"],
    );
    refused(
        &["map", "true {i}", "--over", "i=1..3", "--memory", "8000TiB"],
        &["no runner is large enough: it needs 8.8 PB of memory, and the largest has "],
    );
    // A resource is named once.
    for words in [&["run", "-d"][..], &["map", "--over", "i=1..3"]] {
        let words = [words, &["--resource", "gpu=1", "--resource", "gpu=2", "--", "true"]].concat();
        let twice = session.hven(&words);
        assert!(twice.status != Some(0) && twice.err.contains("--resource gpu is given twice"), "{twice:?}");
    }
    let plain = session.hven(&["run", "-d", "--", "true"]).ok();
    assert!(!plain.err.contains("waits"), "{}", plain.err);
    wait_until("the plain run is done", || session.run_state("last") == "done");
    assert!(session.hven(&["ps", "-a"]).ok().out.lines().count() <= 3, "a refused run leaves nothing");

    write_config(&session, "[resources]\ngpu = 2\n\"licence.matlab\" = 1\n[sharing]\nuser_cpus = 1\n");
    session.hven(&["down"]).ok();
    session.hven(&["run", "--resource", "gpu=2", "--resource", "licence.matlab=1", "--", "true"]).ok();
    refused(
        &["run", "-d", "--cpus", "2", "--", "true"],
        &["it needs 2 cores, and a limit of the home allows 1 core at the same time"],
    );
    // The record contains the present resources of the runner.
    let enrolled = session.hven(&["log", "--kind", "runner.enrolled"]).ok();
    assert_eq!(enrolled.out.lines().filter(|line| line.contains("runner")).count(), 2, "{}", enrolled.out);

    write_config(&session, "[runner]\nresources = \"gpu\"\n");
    session.hven(&["down"]).ok();
    let refused = session.hven(&["up", "--detach"]);
    assert!(refused.err.contains("runner.resources = \"gpu\""), "{refused:?}");
    write_config(&session, "[resources]\na-b = [\"x\"]\na_b = [\"y\"]\n");
    let refused = session.hven(&["up", "--detach"]);
    assert!(refused.err.contains("would share the variable HVEN_RESOURCE_A_B"), "{refused:?}");
}

/// Prints which units the process has, and holds them until the file `stop` exists.
const HOLD: &str = "echo gpu $CUDA_VISIBLE_DEVICES $CUDA_DEVICE_ORDER spectrometer $HVEN_RESOURCE_SPECTROMETER; \
                    until [ -e stop ]; do sleep 0.05; done";

#[test]
fn each_run_gets_units_of_its_own() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    let library = session.home().with_file_name("libnvidia-ml.so.1");
    build_nvml(&library);
    write_config(&session, &format!("runner.nvml = {library:?}\n[resources]\nspectrometer = [\"a\", \"b\"]\n"));
    session.hven(&["down"]).ok();
    let hold = |wishes: &[&str]| {
        let words = [&["run", "-d"], wishes, &["--", "sh", "-c", HOLD]].concat();
        session.hven(&words).ok();
        session.last()
    };
    let both = hold(&["--resource", "gpu=1", "--resource", "spectrometer=1"]);
    let second = hold(&["--resource", "gpu=1"]);
    let printed = |run: &str| session.hven(&["logs", run]).ok().out;
    wait_until("both have printed", || [&both, &second].iter().all(|run| printed(run).contains("spectrometer")));
    assert_eq!(printed(&both).trim(), "gpu 0 PCI_BUS_ID spectrometer a");
    assert_eq!(printed(&second).trim(), "gpu 1 PCI_BUS_ID spectrometer");
    // While it runs and afterwards, Hven says which units a run has.
    let says = || session.hven(&["explain", &both]).ok().out + &session.hven(&["show", &both]).ok().out;
    assert_eq!(says().matches("gpu 0; spectrometer a").count(), 2, "{}", says());
    let runners = session.hven(&["log", "--kind", "runner.enrolled", "--json"]).ok().out;
    assert!(runners.contains("NVIDIA Test 9000"), "{runners}");
    fs::write(session.cwd().join("stop"), "").expect("written");
    wait_until("both are done", || [&both, &second].iter().all(|run| session.run_state(run) == "done"));
    assert_eq!(says().matches("gpu 0; spectrometer a").count(), 2, "{}", says());
}

/// Builds a library with the calls of NVML that Hven uses; it has two GPUs.
fn build_nvml(library: &Path) {
    let source = library.with_extension("c");
    fs::write(&source, include_str!("nvml.c")).expect("written");
    let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(library).arg(&source).status();
    assert!(built.expect("a C compiler").success());
}
