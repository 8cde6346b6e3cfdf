//! Fresh folders: the runner fills them with inputs from the server, runs the process in them, keeps the outputs and removes
//! them.

use std::fs;

use hven_api::{runner::Command, spool};
use hven_core::{
    AttemptId, Digest,
    object::{FileKind, FileRef, ListedFile, Listing},
    run::Outcome,
    stream::{Source, Stream},
};
use hven_testing::SmallDisk;

use crate::setup::Setup;

fn assign(setup: &Setup, start: hven_api::runner::Start) -> AttemptId {
    let attempt = start.attempt;
    setup.assign(start);
    attempt
}

fn folder(setup: &Setup, path: &str, files: &[(&str, &[u8], bool)]) -> FileRef {
    let listed = files.iter().map(|&(name, bytes, executable)| {
        let FileRef { path, digest, size, .. } = setup.input(name, bytes);
        ListedFile { path, digest, size, executable }
    });
    let listing = Listing { files: listed.collect(), ..Listing::default() };
    let size = listing.files.iter().map(|file| file.size).sum();
    let bytes = serde_json::to_vec(&listing).expect("JSON");
    FileRef { size, kind: FileKind::Folder, ..setup.input(path, &bytes) }
}

fn why(setup: &Setup, attempt: AttemptId) -> String {
    let Outcome::NotStarted { why } = setup.end_of(attempt).outcome else { panic!("it was started") };
    assert_eq!(setup.seen(attempt).started, 0);
    why
}

#[test]
fn a_fresh_folder_holds_the_inputs_and_is_removed_with_the_attempt() {
    let setup = Setup::new();
    let tool: &[u8] = b"#!/bin/sh\ncat data/planets.csv; cat settings/deep/a\n";
    let files = vec![
        setup.input("data/planets.csv", b"name,period\nMars,1.88\n"),
        folder(&setup, "settings", &[("deep/a", b"alpha\n", false), ("run", tool, true)]),
        folder(&setup, "nothing", &[]),
    ];
    let script = "pwd; test \"$PWD\" = \"$(pwd -P)\" && echo same; stat -c '%a %n' data/planets.csv settings/run; \
                  find . -mindepth 1 | sort; ./settings/run > results/all; cat recipe.json; \
                  echo '{\"loss\": 2}' >> $HVEN_METRICS";
    let mut start = setup.start_fresh(script, files);
    start.outputs = vec!["results/all".to_owned()];
    start.environment.insert("PWD".to_owned(), "/elsewhere".to_owned());
    start.fresh.as_mut().expect("fresh").texts.insert("recipe.json".to_owned(), "{\"a\":1}".to_owned());
    let attempt = start.attempt;
    let work = setup.attempt_dir(attempt).join(spool::WORK);
    setup.server.state().keeps_spools = true;
    setup.assign(start);
    let result = setup.end_of(attempt);
    assert_eq!(result.outcome, Outcome::Done);
    let seen = setup.seen(attempt);
    let text = seen.text(Source::Stdout).replace(&*work.to_string_lossy(), "WORK");
    assert_eq!(
        text,
        "WORK\nsame\n644 data/planets.csv\n755 settings/run\n./data\n./data/planets.csv\n./nothing\n./recipe.json\n\
         ./results\n./settings\n./settings/deep\n./settings/deep/a\n./settings/run\n{\"a\":1}"
    );
    let sealed = setup.server.state().objects[&result.outputs[0].digest.to_string()].clone();
    assert_eq!(String::from_utf8_lossy(&sealed), "name,period\nMars,1.88\nalpha\n");
    assert_eq!(seen.lines(Stream::Metrics).len(), 1);
    assert!(work.join("results/all").exists(), "it is kept until the server has recorded the end");
    setup.server.send(Command::Forget { attempt });
    setup.wait_for_removal(attempt);
    let removed = setup.spool().join(spool::REMOVED);
    setup.server.wait("an empty folder", |_| fs::read_dir(&removed).ok()?.next().is_none().then_some(()));
}

#[test]
fn a_process_runs_within_its_fresh_folder() {
    let setup = Setup::new();
    let files = vec![setup.input("shared.txt", b"above\n"), setup.input("study/table.csv", b"x\n")];
    let mut start = setup.start_fresh("pwd; cat ../shared.txt table.csv > results/all", files.clone());
    start.cwd = "study".to_owned();
    start.outputs = vec!["results/all".to_owned()];
    let attempt = assign(&setup, start);
    let within = setup.attempt_dir(attempt).join(spool::WORK).join("study");
    let result = setup.end_of(attempt);
    assert_eq!(result.outcome, Outcome::Done);
    assert_eq!(setup.seen(attempt).text(Source::Stdout), format!("{}\n", within.display()));
    assert_eq!(result.outputs[0].path, "results/all");
    assert_eq!(setup.server.state().objects[&result.outputs[0].digest.to_string()], b"above\nx\n");
    // The empty working folder exists, too.
    let empty = hven_api::runner::Start { cwd: "a/b".to_owned(), ..setup.start_fresh("pwd", files.clone()) };
    let attempt = assign(&setup, empty);
    assert!(setup.seen_after_end(attempt).text(Source::Stdout).ends_with("/work/a/b\n"));
    for (cwd, want) in [
        ("../x", "has the part `..`"),
        ("/tmp", "is absolute"),
        ("shared.txt/sub", "shared.txt would have to be a file and a folder at once"),
    ] {
        let start = hven_api::runner::Start { cwd: cwd.to_owned(), ..setup.start_fresh("echo never", files.clone()) };
        let why = why(&setup, assign(&setup, start));
        assert!(why.contains(want), "{why}");
    }
}

#[test]
fn names_and_empty_folders_are_restored_exactly() {
    let setup = Setup::new();
    let listing = Listing { folders: vec!["a/b".to_owned(), "\u{eff6}".to_owned()], ..Listing::default() };
    let bytes = serde_json::to_vec(&listing).expect("JSON");
    let files = vec![
        setup.input("Gr\u{eff6}\u{efdf}e.txt", b"o"),
        setup.input("Gr\u{efe4}\u{efdf}e.txt", b"a"),
        setup.input("two\nlines", b"lines"),
        folder(&setup, "-n [a]* ", &[("👩\u{200d}🔬", b"emoji", false)]),
        FileRef { size: 0, kind: FileKind::Folder, ..setup.input("data", &bytes) },
    ];
    let script = r#"test -d data/a/b && test -d "$(printf 'data/\366')" || exit 1
        cat "$(printf 'Gr\366\337e.txt')" "$(printf 'Gr\344\337e.txt')" "$(printf 'two\nlines')" './-n [a]* /👩‍🔬'"#;
    let attempt = assign(&setup, setup.start_fresh(script, files));
    assert_eq!(setup.end_of(attempt).outcome, Outcome::Done);
    assert_eq!(setup.seen(attempt).text(Source::Stdout), "oalinesemoji");
}

#[test]
fn a_failed_staging_gives_the_reason() {
    let setup = Setup::new();
    let absent = FileRef { path: "a.csv".into(), digest: Digest::of(b"absent"), size: 6, kind: FileKind::File };
    let damaged = setup.input("b.csv", b"whole");
    setup.server.state().objects.insert(damaged.digest.to_string(), b"other".to_vec());
    let not_a_listing = FileRef { kind: FileKind::Folder, ..setup.input("c", b"no JSON") };
    let large = FileRef { size: u64::MAX / 2, ..setup.input("d", b"small") };
    let leads_out = folder(&setup, "e", &[("../../f", b"x", false)]);
    let torn = [setup.input("g", b"a file"), folder(&setup, "g", &[("h", b"below it", false)])];
    let check = |files: &[FileRef], want: &str| {
        let attempt = assign(&setup, setup.start_fresh("echo never", files.to_vec()));
        let why = why(&setup, attempt);
        assert!(why.contains(want), "{why}");
        setup.wait_for_removal_unstarted(attempt);
    };
    check(
        std::slice::from_ref(&absent),
        &format!("its input a.csv is the object {}, which this home does not have", absent.digest),
    );
    check(&[damaged], "has another digest; `hven audit verify` lists the damaged objects");
    check(&[not_a_listing], "the listing of the folder c");
    check(&[large], "and do not fit");
    check(&[leads_out], "has the part `..`");
    check(&torn, "g would have to be a file and a folder at once");
    assert_eq!(setup.run("echo well").0.outcome, Outcome::Done, "the runner continues");
    assert!(!setup.home().join("f").exists() && !setup.spool().join("f").exists());
}

#[test]
fn a_disk_that_fills_up_is_reported_and_used_again_later() {
    let Some(disk) = SmallDisk::mount("staging on a full disk", 300) else { return };
    let setup = Setup::on(disk);
    let input = setup.input("big", &vec![7; 4 << 20]);
    setup.server.state().stalls_downloads = true;
    let attempt = assign(&setup, setup.start_fresh("echo never", vec![input.clone()]));
    setup.server.wait("a download", |state| (!state.downloads.is_empty()).then_some(()));
    let filler = setup.fill_disk_but(1 << 20);
    setup.server.state().stalls_downloads = false;
    assert_eq!(why(&setup, attempt), "the disk is full: there is no space for its input big");
    setup.wait_for_removal_unstarted(attempt);
    drop(filler);
    let attempt = assign(&setup, setup.start_fresh("wc -c < big", vec![input]));
    assert_eq!(setup.end_of(attempt).outcome, Outcome::Done);
    assert_eq!(setup.seen(attempt).text(Source::Stdout), "4194304\n");
}

#[test]
fn an_interrupted_download_is_resumed_and_waits_for_an_absent_server() {
    let mut setup = Setup::new();
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|i| (i % 251) as u8).collect();
    let input = setup.input("big", &bytes);
    setup.server.state().break_download_after = Some(2_000_000);
    let start = |setup: &Setup| setup.start_fresh("cksum < big | cut -d' ' -f2", vec![input.clone()]);
    let attempt = assign(&setup, start(&setup));
    assert_eq!(setup.end_of(attempt).outcome, Outcome::Done);
    assert_eq!(setup.seen(attempt).text(Source::Stdout), "3000000\n");
    let from: Vec<usize> = setup.server.state().downloads.iter().map(|(_, from)| *from).collect();
    assert!(matches!(from[..], [0, again] if (1..=2_000_000).contains(&again)), "{from:?}");

    setup.server.state().stalls_downloads = true;
    let attempt = assign(&setup, start(&setup));
    setup.server.wait("a download", |state| (state.downloads.len() > 2).then_some(()));
    setup.close_server();
    setup.server.state().stalls_downloads = false;
    setup.open_server();
    assert_eq!(setup.end_of(attempt).outcome, Outcome::Done);
    let held = setup.server.state().attaches.last().cloned().expect("an attachment").attempts;
    assert!(held.iter().any(|held| held.attempt == attempt && !held.started), "{held:?}");
}

#[test]
fn staging_can_be_cancelled_and_delays_no_other_task() {
    let setup = Setup::new();
    setup.server.state().stalls_downloads = true;
    let input = setup.input("big", &vec![7; 1_000_000]);
    let stop = assign(&setup, setup.start_fresh("echo never", vec![input.clone()]));
    let forget = assign(&setup, setup.start_fresh("echo never", vec![input]));
    setup.server.wait("two downloads", |state| (state.downloads.len() == 2).then_some(()));
    assert_eq!(setup.run("echo well").0.outcome, Outcome::Done, "others run meanwhile");
    setup.stop(stop);
    setup.server.send(Command::Forget { attempt: forget });
    assert_eq!(setup.end_of(stop).outcome, Outcome::Cancelled);
    setup.wait_for_removal_unstarted(stop);
    setup.wait_for_removal_unstarted(forget);
    assert!(setup.seen(forget).ends.is_empty());
    // Their resources are free again.
    let all = setup.submit(&["true"], |start| start.resources.cpus = 4);
    assert_eq!(setup.end_of(all).outcome, Outcome::Done);
}

#[test]
fn an_attempt_whose_runner_died_during_staging_never_started() {
    let mut setup = Setup::new();
    setup.server.state().stalls_downloads = true;
    let input = setup.input("big", &vec![7; 1_000_000]);
    let start = setup.start_fresh("echo ran >> $OUT; cat big | wc -c", vec![input]);
    let mut start = start;
    start.environment.insert("OUT".to_owned(), setup.work().join("ran").to_string_lossy().into_owned());
    let attempt = assign(&setup, start.clone());
    let staging = setup.attempt_dir(attempt).join(spool::STAGING);
    setup.server.wait("a stopped download", |_| staging.join("big").exists().then_some(()));
    setup.kill_runner();
    assert_eq!(setup.in_ledger(attempt), (false, false));
    setup.server.state().stalls_downloads = false;
    setup.start_runner(&["--cpus", "4"]);
    setup.server.wait("a new attachment", |state| state.is_attached.then_some(()));
    let held = setup.server.state().attaches.last().cloned().expect("an attachment").attempts;
    assert!(held.is_empty(), "{held:?}");
    assert!(!staging.exists(), "the partial folder is gone");
    setup.assign(start);
    assert_eq!(setup.end_of(attempt).outcome, Outcome::Done);
    assert_eq!(setup.seen(attempt).text(Source::Stdout), "1000000\n");
    assert_eq!(fs::read_to_string(setup.work().join("ran")).expect("a file"), "ran\n");
}

#[test]
fn outputs_of_a_fresh_folder_survive_the_runner() {
    let mut setup = Setup::new();
    let script = "echo made > out; touch $GO.there; while [ ! -e $GO ]; do sleep 0.02; done; chmod -R a-w .";
    let mut start = setup.start_fresh(script, vec![setup.input("in", b"x")]);
    let go = setup.work().join("go");
    start.environment.insert("GO".to_owned(), go.to_string_lossy().into_owned());
    start.outputs = vec!["out".to_owned()];
    let attempt = assign(&setup, start);
    setup.server.wait("the task", |_| setup.work().join("go.there").exists().then_some(()));
    setup.close_server();
    fs::write(&go, "").expect("a file");
    setup.wait_for_noted_end(attempt);
    setup.kill_runner();
    setup.start_runner(&[]);
    setup.open_server();
    let result = setup.end_of(attempt);
    assert_eq!(result.outcome, Outcome::Done);
    assert_eq!(setup.server.state().objects[&result.outputs[0].digest.to_string()], b"made\n");
    setup.wait_for_removal(attempt);
}

#[test]
fn a_lost_attempt_in_a_fresh_folder_leaves_no_files() {
    let mut setup = Setup::new();
    let mut start = setup.start_fresh("echo $$ > $OUT; exec sleep 1000", vec![setup.input("in", b"x")]);
    start.environment.insert("OUT".to_owned(), setup.work().join("main").to_string_lossy().into_owned());
    let attempt = assign(&setup, start);
    let main = setup.wait_for_file(&setup.work().join("main"));
    setup.kill_runner();
    setup.start_runner(&[]);
    assert!(matches!(setup.end_of(attempt).outcome, Outcome::Lost { .. }));
    setup.wait_for_end_of(&main);
    setup.wait_for_removal(attempt);
    let removed = setup.spool().join(spool::REMOVED);
    setup.server.wait("an empty folder", |_| fs::read_dir(&removed).ok()?.next().is_none().then_some(()));
}

#[test]
fn limits_hold_in_a_fresh_folder() {
    let setup = Setup::new();
    let mut start = setup.start_fresh("", vec![]);
    start.argv = ["python3", "-c", "b = bytearray(200 << 20)\nimport time\ntime.sleep(60)"].map(str::to_owned).to_vec();
    start.limits.memory_bytes = Some(100 << 20);
    let attempt = assign(&setup, start);
    assert_eq!(setup.end_of(attempt).outcome, Outcome::OutOfMemory { limit_bytes: 100 << 20 });
}
