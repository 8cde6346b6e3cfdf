//! Fresh folders: filled with inputs from the server, run in, sealed from and removed.

use std::fs;

use hven_api::{runner::Command, spool};
use hven_core::{
    AttemptId, Digest,
    object::{FileKind, FileRef, ListedFile, Listing},
    run::Outcome,
    stream::{Source, Stream},
};
use hven_testing::SmallDisk;

use crate::house::House;

fn give(house: &House, start: hven_api::runner::Start) -> AttemptId {
    let attempt = start.attempt;
    house.give(start);
    attempt
}

fn folder(house: &House, path: &str, files: &[(&str, &[u8], bool)]) -> FileRef {
    let listed = files.iter().map(|&(name, bytes, executable)| {
        let FileRef { path, digest, size, .. } = house.input(name, bytes);
        ListedFile { path, digest, size, executable }
    });
    let listing = Listing { files: listed.collect(), ..Listing::default() };
    let size = listing.files.iter().map(|file| file.size).sum();
    let bytes = serde_json::to_vec(&listing).expect("JSON");
    FileRef { size, kind: FileKind::Folder, ..house.input(path, &bytes) }
}

fn why(house: &House, attempt: AttemptId) -> String {
    let Outcome::NotStarted { why } = house.end_of(attempt).outcome else { panic!("it was started") };
    assert_eq!(house.seen(attempt).started, 0);
    why
}

#[test]
fn a_fresh_folder_holds_the_inputs_and_goes_when_the_attempt_is_forgotten() {
    let house = House::new();
    let tool: &[u8] = b"#!/bin/sh\ncat data/planets.csv; cat settings/deep/a\n";
    let files = vec![
        house.input("data/planets.csv", b"name,period\nMars,1.88\n"),
        folder(&house, "settings", &[("deep/a", b"alpha\n", false), ("run", tool, true)]),
        folder(&house, "nothing", &[]),
    ];
    let script = "pwd; test \"$PWD\" = \"$(pwd -P)\" && echo same; stat -c '%a %n' data/planets.csv settings/run; \
                  find . -mindepth 1 | sort; ./settings/run > results/all; cat recipe.json; \
                  echo '{\"loss\": 2}' >> $HVEN_METRICS";
    let mut start = house.start_fresh(script, files);
    start.outputs = vec!["results/all".to_owned()];
    start.environment.insert("PWD".to_owned(), "/elsewhere".to_owned());
    start.fresh.as_mut().expect("fresh").texts.insert("recipe.json".to_owned(), "{\"a\":1}".to_owned());
    let attempt = start.attempt;
    let work = house.attempt_dir(attempt).join(spool::WORK);
    house.server.world().keeps_spools = true;
    house.give(start);
    let result = house.end_of(attempt);
    assert_eq!(result.outcome, Outcome::Done);
    let seen = house.seen(attempt);
    let text = seen.text(Source::Stdout).replace(&*work.to_string_lossy(), "WORK");
    assert_eq!(
        text,
        "WORK\nsame\n644 data/planets.csv\n755 settings/run\n./data\n./data/planets.csv\n./nothing\n./recipe.json\n\
         ./results\n./settings\n./settings/deep\n./settings/deep/a\n./settings/run\n{\"a\":1}"
    );
    let sealed = house.server.world().objects[&result.outputs[0].digest.to_string()].clone();
    assert_eq!(String::from_utf8_lossy(&sealed), "name,period\nMars,1.88\nalpha\n");
    assert_eq!(seen.lines(Stream::Metrics).len(), 1);
    assert!(work.join("results/all").exists(), "it is kept until the server has recorded the end");
    house.server.send(Command::Forget { attempt });
    house.wait_for_forgetting(attempt);
    let removed = house.spool().join(spool::REMOVED);
    house.server.wait("an empty folder", |_| fs::read_dir(&removed).ok()?.next().is_none().then_some(()));
}

#[test]
fn a_process_runs_within_its_fresh_folder() {
    let house = House::new();
    let files = vec![house.input("shared.txt", b"above\n"), house.input("study/table.csv", b"x\n")];
    let mut start = house.start_fresh("pwd; cat ../shared.txt table.csv > results/all", files.clone());
    start.cwd = "study".to_owned();
    start.outputs = vec!["results/all".to_owned()];
    let attempt = give(&house, start);
    let within = house.attempt_dir(attempt).join(spool::WORK).join("study");
    let result = house.end_of(attempt);
    assert_eq!(result.outcome, Outcome::Done);
    assert_eq!(house.seen(attempt).text(Source::Stdout), format!("{}\n", within.display()));
    assert_eq!(result.outputs[0].path, "results/all");
    assert_eq!(house.server.world().objects[&result.outputs[0].digest.to_string()], b"above\nx\n");
    // A folder in which nothing lies is there, too.
    let empty = hven_api::runner::Start { cwd: "a/b".to_owned(), ..house.start_fresh("pwd", files.clone()) };
    let attempt = give(&house, empty);
    assert!(house.seen_after_end(attempt).text(Source::Stdout).ends_with("/work/a/b\n"));
    for (cwd, want) in [
        ("../x", "has the part `..`"),
        ("/tmp", "is absolute"),
        ("shared.txt/sub", "shared.txt would have to be a file and a folder at once"),
    ] {
        let start = hven_api::runner::Start { cwd: cwd.to_owned(), ..house.start_fresh("echo never", files.clone()) };
        let why = why(&house, give(&house, start));
        assert!(why.contains(want), "{why}");
    }
}

#[test]
fn names_and_empty_folders_come_back_as_they_were() {
    let house = House::new();
    let listing = Listing { folders: vec!["a/b".to_owned(), "\u{eff6}".to_owned()], ..Listing::default() };
    let bytes = serde_json::to_vec(&listing).expect("JSON");
    let files = vec![
        house.input("Gr\u{eff6}\u{efdf}e.txt", b"o"),
        house.input("Gr\u{efe4}\u{efdf}e.txt", b"a"),
        house.input("two\nlines", b"lines"),
        folder(&house, "-n [a]* ", &[("👩\u{200d}🔬", b"emoji", false)]),
        FileRef { size: 0, kind: FileKind::Folder, ..house.input("data", &bytes) },
    ];
    let script = r#"test -d data/a/b && test -d "$(printf 'data/\366')" || exit 1
        cat "$(printf 'Gr\366\337e.txt')" "$(printf 'Gr\344\337e.txt')" "$(printf 'two\nlines')" './-n [a]* /👩‍🔬'"#;
    let attempt = give(&house, house.start_fresh(script, files));
    assert_eq!(house.end_of(attempt).outcome, Outcome::Done);
    assert_eq!(house.seen(attempt).text(Source::Stdout), "oalinesemoji");
}

#[test]
fn what_cannot_be_staged_says_why() {
    let house = House::new();
    let absent = FileRef { path: "a.csv".into(), digest: Digest::of(b"absent"), size: 6, kind: FileKind::File };
    let damaged = house.input("b.csv", b"whole");
    house.server.world().objects.insert(damaged.digest.to_string(), b"other".to_vec());
    let not_a_listing = FileRef { kind: FileKind::Folder, ..house.input("c", b"no JSON") };
    let large = FileRef { size: u64::MAX / 2, ..house.input("d", b"small") };
    let leads_out = folder(&house, "e", &[("../../f", b"x", false)]);
    let torn = [house.input("g", b"a file"), folder(&house, "g", &[("h", b"below it", false)])];
    let check = |files: &[FileRef], want: &str| {
        let attempt = give(&house, house.start_fresh("echo never", files.to_vec()));
        let why = why(&house, attempt);
        assert!(why.contains(want), "{why}");
        house.wait_for_forgetting_unbegun(attempt);
    };
    check(
        std::slice::from_ref(&absent),
        &format!("its input a.csv is the object {}, which this home does not have", absent.digest),
    );
    check(&[damaged], "has another digest; `hven audit verify` says what is damaged");
    check(&[not_a_listing], "the listing of the folder c");
    check(&[large], "there is no room for them");
    check(&[leads_out], "has the part `..`");
    check(&torn, "g would have to be a file and a folder at once");
    assert_eq!(house.run("echo well").0.outcome, Outcome::Done, "and the runner goes on");
    assert!(!house.home().join("f").exists() && !house.spool().join("f").exists());
}

#[test]
fn a_disk_that_fills_up_meanwhile_is_said_and_used_again() {
    let Some(disk) = SmallDisk::mount("staging on a full disk", 300) else { return };
    let house = House::on(disk);
    let input = house.input("big", &vec![7; 4 << 20]);
    house.server.world().stalls_downloads = true;
    let attempt = give(&house, house.start_fresh("echo never", vec![input.clone()]));
    house.server.wait("a download", |world| (!world.downloads.is_empty()).then_some(()));
    let filler = house.fill_disk_but(1 << 20);
    house.server.world().stalls_downloads = false;
    assert_eq!(why(&house, attempt), "the disk is full: its input big found no room");
    house.wait_for_forgetting_unbegun(attempt);
    drop(filler);
    let attempt = give(&house, house.start_fresh("wc -c < big", vec![input]));
    assert_eq!(house.end_of(attempt).outcome, Outcome::Done);
    assert_eq!(house.seen(attempt).text(Source::Stdout), "4194304\n");
}

#[test]
fn a_download_goes_on_where_it_broke_and_waits_for_a_server_that_is_away() {
    let mut house = House::new();
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|i| (i % 251) as u8).collect();
    let input = house.input("big", &bytes);
    house.server.world().break_download_after = Some(2_000_000);
    let start = |house: &House| house.start_fresh("cksum < big | cut -d' ' -f2", vec![input.clone()]);
    let attempt = give(&house, start(&house));
    assert_eq!(house.end_of(attempt).outcome, Outcome::Done);
    assert_eq!(house.seen(attempt).text(Source::Stdout), "3000000\n");
    let from: Vec<usize> = house.server.world().downloads.iter().map(|(_, from)| *from).collect();
    assert!(matches!(from[..], [0, again] if (1..=2_000_000).contains(&again)), "{from:?}");

    house.server.world().stalls_downloads = true;
    let attempt = give(&house, start(&house));
    house.server.wait("a download", |world| (world.downloads.len() > 2).then_some(()));
    house.close_server();
    house.server.world().stalls_downloads = false;
    house.open_server();
    assert_eq!(house.end_of(attempt).outcome, Outcome::Done);
    let held = house.server.world().attaches.last().cloned().expect("an attachment").attempts;
    assert!(held.iter().any(|held| held.attempt == attempt && !held.started), "{held:?}");
}

#[test]
fn staging_can_be_cancelled_and_holds_up_nobody() {
    let house = House::new();
    house.server.world().stalls_downloads = true;
    let input = house.input("big", &vec![7; 1_000_000]);
    let stop = give(&house, house.start_fresh("echo never", vec![input.clone()]));
    let forget = give(&house, house.start_fresh("echo never", vec![input]));
    house.server.wait("two downloads", |world| (world.downloads.len() == 2).then_some(()));
    assert_eq!(house.run("echo well").0.outcome, Outcome::Done, "others run meanwhile");
    house.stop(stop);
    house.server.send(Command::Forget { attempt: forget });
    assert_eq!(house.end_of(stop).outcome, Outcome::Cancelled);
    house.wait_for_forgetting_unbegun(stop);
    house.wait_for_forgetting_unbegun(forget);
    assert!(house.seen(forget).ends.is_empty());
    // Their places are free again.
    let all = house.submit(&["true"], |start| start.resources.cpus = 4);
    assert_eq!(house.end_of(all).outcome, Outcome::Done);
}

#[test]
fn an_attempt_whose_runner_died_while_it_was_staged_never_began() {
    let mut house = House::new();
    house.server.world().stalls_downloads = true;
    let input = house.input("big", &vec![7; 1_000_000]);
    let start = house.start_fresh("echo ran >> $OUT; cat big | wc -c", vec![input]);
    let mut start = start;
    start.environment.insert("OUT".to_owned(), house.work().join("ran").to_string_lossy().into_owned());
    let attempt = give(&house, start.clone());
    let staging = house.attempt_dir(attempt).join(spool::STAGING);
    house.server.wait("a download that stands", |_| staging.join("big").exists().then_some(()));
    house.kill_runner();
    assert_eq!(house.noted(attempt), (false, false));
    house.server.world().stalls_downloads = false;
    house.start_runner(&["--cpus", "4"]);
    house.server.wait("a new attachment", |world| world.is_attached.then_some(()));
    let held = house.server.world().attaches.last().cloned().expect("an attachment").attempts;
    assert!(held.is_empty(), "{held:?}");
    assert!(!staging.exists(), "what was begun is gone");
    house.give(start);
    assert_eq!(house.end_of(attempt).outcome, Outcome::Done);
    assert_eq!(house.seen(attempt).text(Source::Stdout), "1000000\n");
    assert_eq!(fs::read_to_string(house.work().join("ran")).expect("a file"), "ran\n");
}

#[test]
fn outputs_of_a_fresh_folder_survive_the_runner() {
    let mut house = House::new();
    let script = "echo made > out; touch $GO.there; while [ ! -e $GO ]; do sleep 0.02; done; chmod -R a-w .";
    let mut start = house.start_fresh(script, vec![house.input("in", b"x")]);
    let go = house.work().join("go");
    start.environment.insert("GO".to_owned(), go.to_string_lossy().into_owned());
    start.outputs = vec!["out".to_owned()];
    let attempt = give(&house, start);
    house.server.wait("the task", |_| house.work().join("go.there").exists().then_some(()));
    house.close_server();
    fs::write(&go, "").expect("a file");
    house.wait_for_noted_end(attempt);
    house.kill_runner();
    house.start_runner(&[]);
    house.open_server();
    let result = house.end_of(attempt);
    assert_eq!(result.outcome, Outcome::Done);
    assert_eq!(house.server.world().objects[&result.outputs[0].digest.to_string()], b"made\n");
    house.wait_for_forgetting(attempt);
}

#[test]
fn a_lost_attempt_in_a_fresh_folder_leaves_nothing() {
    let mut house = House::new();
    let mut start = house.start_fresh("echo $$ > $OUT; exec sleep 1000", vec![house.input("in", b"x")]);
    start.environment.insert("OUT".to_owned(), house.work().join("main").to_string_lossy().into_owned());
    let attempt = give(&house, start);
    let main = house.wait_for_file(&house.work().join("main"));
    house.kill_runner();
    house.start_runner(&[]);
    assert!(matches!(house.end_of(attempt).outcome, Outcome::Lost { .. }));
    house.wait_for_end_of(&main);
    house.wait_for_forgetting(attempt);
    let removed = house.spool().join(spool::REMOVED);
    house.server.wait("an empty folder", |_| fs::read_dir(&removed).ok()?.next().is_none().then_some(()));
}

#[test]
fn limits_hold_in_a_fresh_folder() {
    let house = House::new();
    let mut start = house.start_fresh("", vec![]);
    start.argv = ["python3", "-c", "b = bytearray(200 << 20)\nimport time\ntime.sleep(60)"].map(str::to_owned).to_vec();
    start.limits.memory_bytes = Some(100 << 20);
    let attempt = give(&house, start);
    assert_eq!(house.end_of(attempt).outcome, Outcome::OutOfMemory { limit_bytes: 100 << 20 });
}
