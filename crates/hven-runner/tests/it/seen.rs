//! Files that are not as they are recorded when a process starts, or when it has ended, and outputs that it did not write, or that
//! another wrote: that is said, and nothing fails.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    time::{SystemTime, UNIX_EPOCH},
};

use hven_core::{
    AttemptId, Digest, RunId, Time,
    capture::Note,
    run::Outcome,
    seen::{Seen, SeenFile, SeenKind, SeenList, micros},
    stream::Source,
};

use crate::house::House;

/// A file of the working directory as it stands.
fn stand(house: &House, path: &str) -> SeenFile {
    let full = house.work().join(path);
    let metadata = fs::metadata(&full).expect("it is there");
    SeenFile {
        path: path.to_owned(),
        kind: SeenKind::File,
        size: metadata.len(),
        modified_us: micros(metadata.mtime(), metadata.mtime_nsec()),
        changed_us: micros(metadata.ctime(), metadata.ctime_nsec()),
        digest: Some(Digest::of(&fs::read(&full).expect("read"))),
    }
}

fn with_files(files: &[&str]) -> House {
    let house = House::new();
    for file in files {
        fs::write(house.work().join(file), "1\n").expect("written");
    }
    house
}

/// Gives the list to the server and answers its digest.
fn listed(house: &House, list: &SeenList) -> Digest {
    house.input("list", &serde_json::to_vec(list).expect("JSON")).digest
}

#[test]
fn what_changed_before_the_start_is_said_and_fails_nothing() {
    let house = with_files(&["same.csv", "changed.csv", "fit.py", "gone.py"]);
    let inputs = ["same.csv", "changed.csv"].map(|path| stand(&house, path)).to_vec();
    let files = ["fit.py", "gone.py"].map(|path| stand(&house, path)).to_vec();
    let code = Some(listed(&house, &SeenList { files, left_out: 2, ..SeenList::default() }));
    for (path, text) in [("changed.csv", "22\n"), ("fit.py", "other\n")] {
        fs::write(house.work().join(path), text).expect("written");
    }
    fs::remove_file(house.work().join("gone.py")).expect("removed");
    let seen = Seen { inputs, code, ..Seen::default() };
    let attempt = house.submit(&["cat", "changed.csv"], |start| start.seen = Some(seen));
    let result = house.end_of(attempt);
    assert_eq!(result.outcome, Outcome::Done);
    let path = |path: &str| path.to_owned();
    let mut wanted = vec![Note::InputChanged { path: path("changed.csv") }];
    wanted.extend(["fit.py", "gone.py"].map(|code| Note::CodeChanged { path: path(code) }));
    assert_eq!(result.changed[..3], wanted);
    let [Note::NotCompared { path: rest, .. }] = &result.changed[3..] else { panic!("{result:?}") };
    assert!(rest.contains("(2 files)"), "{rest}");
    let seen = house.seen(attempt);
    assert_eq!(seen.text(Source::Stdout), "22\n");
    let said = seen.text(Source::Hven);
    assert!(said.starts_with("Its input changed.csv changed before it started"), "{said}");
    assert_eq!(said.lines().count(), 4, "{said}");
    house.wait_for_forgetting(attempt);
}

#[test]
fn nothing_is_said_where_nothing_changed() {
    let house = with_files(&["a.csv"]);
    let list = SeenList { files: vec![stand(&house, "a.csv")], ..SeenList::default() };
    let seen = Seen { inputs_listed: Some(listed(&house, &list)), ..Seen::default() };
    let attempt = house.submit(&["cat", "a.csv"], |start| start.seen = Some(seen));
    let result = house.end_of(attempt);
    assert_eq!((result.outcome, result.changed), (Outcome::Done, Vec::new()));
    assert_eq!(house.seen(attempt).text(Source::Hven), "");
    house.wait_for_forgetting(attempt);
}

#[test]
fn code_is_not_looked_at_when_the_process_starts_at_once() {
    let house = House::new();
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later");
    let run = |number| RunId::mint(Time::from_micros(since.as_micros() as i64), [number; 10]);
    // Its list never came, which is said where it is wanted.
    let absent = |code_is_old| Some(Seen { code: Some(Digest::of(b"absent")), code_is_old, ..Seen::default() });
    let mut changed = Vec::new();
    for (number, code_is_old) in [(1, false), (2, true)] {
        let attempt = house.submit(&["true"], |start| {
            (start.attempt, start.seen) = (AttemptId { run: run(number), number: 1 }, absent(code_is_old));
        });
        let result = house.end_of(attempt);
        assert_eq!(result.outcome, Outcome::Done);
        changed.push(result.changed);
    }
    let why = "the list of its files is not there".to_owned();
    // A machine that needs more than a second for this has made it wait.
    assert!(changed[0].is_empty() || since.as_secs() < now_s(), "{changed:?}");
    assert_eq!(changed[1], [Note::NotCompared { path: "its code".to_owned(), why }]);
}

fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later").as_secs()
}

#[test]
fn inputs_that_change_while_it_runs_are_named_unless_they_are_outputs() {
    let house = with_files(&["read.csv", "both.csv", "kept.csv"]);
    let inputs = ["read.csv", "both.csv", "kept.csv"].map(|path| stand(&house, path)).to_vec();
    let seen = Seen { inputs, ..Seen::default() };
    let script = "echo 22 > read.csv; echo 22 > both.csv";
    for outputs in [vec![], vec!["both.csv".to_owned()]] {
        for file in ["read.csv", "both.csv"] {
            fs::write(house.work().join(file), "1\n").expect("written");
        }
        let is_output = !outputs.is_empty();
        let attempt = house.submit(&["sh", "-c", script], |start| {
            (start.seen, start.outputs) = (Some(seen.clone()), outputs);
        });
        let result = house.end_of(attempt);
        assert_eq!((&result.outcome, result.outputs.len()), (&Outcome::Done, usize::from(is_output)));
        let mut wanted = vec!["read.csv", "both.csv"];
        wanted.truncate(if is_output { 1 } else { 2 });
        let named: Vec<Note> =
            wanted.iter().map(|path| Note::InputChangedWhileItRan { path: (*path).to_owned() }).collect();
        assert_eq!(result.changed, named);
        house.wait_for_forgetting(attempt);
    }
}

#[test]
fn an_input_that_was_written_and_has_its_bytes_again_is_named() {
    let house = with_files(&["back.csv", "kept.csv"]);
    let inputs = ["back.csv", "kept.csv"].map(|path| stand(&house, path)).to_vec();
    let seen = Seen { inputs, ..Seen::default() };
    // The clock of a disk goes in steps.
    let script = "sleep 0.05; echo 2 > back.csv; cat back.csv; echo 1 > back.csv";
    let attempt = house.submit(&["sh", "-c", script], |start| start.seen = Some(seen));
    let result = house.end_of(attempt);
    assert_eq!(result.outcome, Outcome::Done);
    assert_eq!(result.changed, [Note::InputTouchedWhileItRan { path: "back.csv".to_owned() }]);
    let said = house.seen(attempt).text(Source::Hven);
    assert!(said.starts_with("Its input back.csv was written or touched while it ran"), "{said}");
    house.wait_for_forgetting(attempt);
}

#[test]
fn code_that_changes_while_it_runs_is_named_unless_it_is_an_output() {
    let paths = ["step.py", "back.py", "made.py", "kept.py", "git.py", "run.log"];
    let house = with_files(&paths);
    let mut files = paths.map(|path| stand(&house, path)).to_vec();
    // Of what git has as it is no digest is known.
    files[4].digest = None;
    // What is no program may be the command's own log.
    let list = SeenList { files, programs: 5, left_out: 0 };
    let seen = Seen { code: Some(listed(&house, &list)), ..Seen::default() };
    let script = "sleep 0.05; echo 22 > run.log; echo 22 > step.py; echo 22 > made.py; echo 2 > back.py; echo 1 > back.py; echo 1 > git.py";
    let attempt = house.submit(&["sh", "-c", script], |start| {
        (start.seen, start.outputs) = (Some(seen), vec!["made.py".to_owned()]);
    });
    let result = house.end_of(attempt);
    assert_eq!((&result.outcome, result.outputs.len()), (&Outcome::Done, 1));
    let path = |path: &str| path.to_owned();
    let wanted = [
        Note::CodeChangedBeforeItEnded { path: path("step.py") },
        Note::CodeWrittenBeforeItEnded { path: path("back.py") },
        Note::CodeWrittenBeforeItEnded { path: path("git.py") },
    ];
    assert_eq!(result.changed, wanted);
    let said = house.seen(attempt).text(Source::Hven);
    assert!(said.starts_with("Its code step.py changed before the run ended"), "{said}");
    house.wait_for_forgetting(attempt);
}

#[test]
fn outputs_that_were_there_and_were_not_written_are_named() {
    let house = with_files(&["old.txt", "same.txt"]);
    fs::create_dir(house.work().join("parts")).expect("made");
    fs::write(house.work().join("parts/2.txt"), "2\n").expect("written");
    let script = "echo 1 > same.txt; echo 1 > parts/1.txt";
    let attempt = house.submit(&["sh", "-c", script], |start| {
        start.outputs = ["old.txt", "same.txt", "parts"].map(str::to_owned).to_vec();
    });
    let result = house.end_of(attempt);
    assert_eq!((&result.outcome, result.outputs.len()), (&Outcome::Done, 3));
    let named = ["old.txt", "parts/2.txt"].map(|path| Note::OutputNotWritten { path: path.to_owned() });
    assert_eq!(result.changed, named);
    let said = house.seen(attempt).text(Source::Hven);
    assert!(said.starts_with("Its output old.txt was there before, and it was not written.\n"), "{said}");
    house.wait_for_forgetting(attempt);
}

#[test]
fn what_a_stopped_attempt_left_is_not_the_next_attempts_output() {
    let house = House::new();
    let mut first = house.start_of(&["sh", "-c", "echo half > o.txt; sleep 1000"]);
    first.outputs = vec!["o.txt".to_owned()];
    let mut second = first.clone();
    (second.attempt.number, second.argv) = (2, vec!["true".to_owned()]);
    let [one, two] = [&first, &second].map(|start| start.attempt);
    house.give(first);
    house.wait_for_file(&house.work().join("o.txt"));
    house.stop(one);
    assert_eq!(house.end_of(one).changed, []);
    house.give(second);
    let result = house.end_of(two);
    assert_eq!((&result.outcome, result.outputs.len()), (&Outcome::Done, 1));
    assert_eq!(result.changed, [Note::OutputNotWritten { path: "o.txt".to_owned() }]);
}

#[test]
fn runs_that_write_to_the_same_output_at_the_same_time_are_named_to_each_other() {
    let house = House::new();
    fs::create_dir(house.work().join("out")).expect("made");
    let begin = |handle: &str, output: &str, file: &str| {
        let script = format!("while [ ! -e go ]; do sleep 0.02; done; echo {handle} > {file}");
        house.submit(&["sh", "-c", &script], |start| {
            (start.handle, start.outputs) = (handle.to_owned(), vec![output.to_owned()]);
        })
    };
    let attempts = [
        begin("AAAA", "out/o.txt", "out/o.txt"),
        begin("BBBB", "./out/", "out/o.txt"),
        begin("CCCC", "other.txt", "other.txt"),
    ];
    for attempt in attempts {
        house.server.wait("the start", |world| (world.attempts.get(&attempt)?.started > 0).then_some(()));
    }
    fs::write(house.work().join("go"), "").expect("written");
    let [one, within, apart] = attempts.map(|attempt| house.end_of(attempt));
    let shared = |handle: &str| Note::OutputShared { path: "out/o.txt".to_owned(), handle: handle.to_owned() };
    assert_eq!((one.outcome, one.changed), (Outcome::Done, vec![shared("BBBB")]));
    assert_eq!((within.outcome, within.changed), (Outcome::Done, vec![shared("AAAA")]));
    assert_eq!((apart.outcome, apart.changed), (Outcome::Done, Vec::new()));
    let said = house.seen(attempts[0]).text(Source::Hven);
    assert!(said.contains("Run BBBB ran at the same time and has out/o.txt among its outputs, too"), "{said}");
    // One after the other is another thing.
    let later = begin("DDDD", "out/o.txt", "out/o.txt");
    assert_eq!(house.end_of(later).changed, []);
}
