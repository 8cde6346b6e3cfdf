//! Files that differ from their record at the start or the end of a process, outputs that the process did not write, and
//! outputs that several runs wrote: each becomes a note, and no run fails.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    time::{SystemTime, UNIX_EPOCH},
};

use hven_core::{
    AttemptId, Digest, RunId, Time,
    capture::Note,
    run::Outcome,
    seen::{RecordedFile, RecordedFileKind, RecordedFileList, RecordedFiles, micros},
    stream::Source,
};

use crate::setup::Setup;

/// The record of a file in the working folder as it is now.
fn record_of(setup: &Setup, path: &str) -> RecordedFile {
    let full = setup.work().join(path);
    let metadata = fs::metadata(&full).expect("it is there");
    RecordedFile {
        path: path.to_owned(),
        kind: RecordedFileKind::File,
        size: metadata.len(),
        modified_us: micros(metadata.mtime(), metadata.mtime_nsec()),
        changed_us: micros(metadata.ctime(), metadata.ctime_nsec()),
        digest: Some(Digest::of(&fs::read(&full).expect("read"))),
    }
}

fn with_files(files: &[&str]) -> Setup {
    let setup = Setup::new();
    for file in files {
        fs::write(setup.work().join(file), "1\n").expect("written");
    }
    setup
}

/// Stores the list in the server and returns its digest.
fn listed(setup: &Setup, list: &RecordedFileList) -> Digest {
    setup.input("list", &serde_json::to_vec(list).expect("JSON")).digest
}

#[test]
fn changes_before_the_start_are_noted_and_fail_no_run() {
    let setup = with_files(&["same.csv", "changed.csv", "fit.py", "gone.py"]);
    let inputs = ["same.csv", "changed.csv"].map(|path| record_of(&setup, path)).to_vec();
    let files = ["fit.py", "gone.py"].map(|path| record_of(&setup, path)).to_vec();
    let code = Some(listed(&setup, &RecordedFileList { files, left_out: 2, ..RecordedFileList::default() }));
    for (path, text) in [("changed.csv", "22\n"), ("fit.py", "other\n")] {
        fs::write(setup.work().join(path), text).expect("written");
    }
    fs::remove_file(setup.work().join("gone.py")).expect("removed");
    let seen = RecordedFiles { inputs, code, ..RecordedFiles::default() };
    let attempt = setup.submit(&["cat", "changed.csv"], |start| start.seen = Some(seen));
    let result = setup.end_of(attempt);
    assert_eq!(result.outcome, Outcome::Done);
    let path = |path: &str| path.to_owned();
    let mut wanted = vec![Note::InputChanged { path: path("changed.csv") }];
    wanted.extend(["fit.py", "gone.py"].map(|code| Note::CodeChanged { path: path(code) }));
    assert_eq!(result.changed[..3], wanted);
    let [Note::NotCompared { path: rest, .. }] = &result.changed[3..] else { panic!("{result:?}") };
    assert!(rest.contains("(2 files)"), "{rest}");
    let seen = setup.seen(attempt);
    assert_eq!(seen.text(Source::Stdout), "22\n");
    let said = seen.text(Source::Hven);
    assert!(said.starts_with("Its input changed.csv changed before it started"), "{said}");
    assert_eq!(said.lines().count(), 4, "{said}");
    setup.wait_for_removal(attempt);
}

#[test]
fn unchanged_files_get_no_note() {
    let setup = with_files(&["a.csv"]);
    let list = RecordedFileList { files: vec![record_of(&setup, "a.csv")], ..RecordedFileList::default() };
    let seen = RecordedFiles { inputs_listed: Some(listed(&setup, &list)), ..RecordedFiles::default() };
    let attempt = setup.submit(&["cat", "a.csv"], |start| start.seen = Some(seen));
    let result = setup.end_of(attempt);
    assert_eq!((result.outcome, result.changed), (Outcome::Done, Vec::new()));
    assert_eq!(setup.seen(attempt).text(Source::Hven), "");
    setup.wait_for_removal(attempt);
}

#[test]
fn code_is_not_compared_when_the_process_starts_at_once() {
    let setup = Setup::new();
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later");
    let run = |number| RunId::mint(Time::from_micros(since.as_micros() as i64), [number; 10]);
    // The server has no list of the code; a note mentions that where the list is needed.
    let absent = |code_is_old| {
        Some(RecordedFiles { code: Some(Digest::of(b"absent")), code_is_old, ..RecordedFiles::default() })
    };
    let mut changed = Vec::new();
    for (number, code_is_old) in [(1, false), (2, true)] {
        let attempt = setup.submit(&["true"], |start| {
            (start.attempt, start.seen) = (AttemptId { run: run(number), number: 1 }, absent(code_is_old));
        });
        let result = setup.end_of(attempt);
        assert_eq!(result.outcome, Outcome::Done);
        changed.push(result.changed);
    }
    let why = "the list of its files is not there".to_owned();
    // A machine that needs more than a second for this has delayed the start.
    assert!(changed[0].is_empty() || since.as_secs() < now_s(), "{changed:?}");
    assert_eq!(changed[1], [Note::NotCompared { path: "its code".to_owned(), why }]);
}

fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later").as_secs()
}

#[test]
fn inputs_that_change_while_it_runs_are_named_unless_they_are_outputs() {
    let setup = with_files(&["read.csv", "both.csv", "kept.csv"]);
    let inputs = ["read.csv", "both.csv", "kept.csv"].map(|path| record_of(&setup, path)).to_vec();
    let seen = RecordedFiles { inputs, ..RecordedFiles::default() };
    let script = "echo 22 > read.csv; echo 22 > both.csv";
    for outputs in [vec![], vec!["both.csv".to_owned()]] {
        for file in ["read.csv", "both.csv"] {
            fs::write(setup.work().join(file), "1\n").expect("written");
        }
        let is_output = !outputs.is_empty();
        let attempt = setup.submit(&["sh", "-c", script], |start| {
            (start.seen, start.outputs) = (Some(seen.clone()), outputs);
        });
        let result = setup.end_of(attempt);
        assert_eq!((&result.outcome, result.outputs.len()), (&Outcome::Done, usize::from(is_output)));
        let mut wanted = vec!["read.csv", "both.csv"];
        wanted.truncate(if is_output { 1 } else { 2 });
        let named: Vec<Note> =
            wanted.iter().map(|path| Note::InputChangedWhileItRan { path: (*path).to_owned() }).collect();
        assert_eq!(result.changed, named);
        setup.wait_for_removal(attempt);
    }
}

#[test]
fn an_input_that_was_changed_and_restored_is_named() {
    let setup = with_files(&["back.csv", "kept.csv"]);
    let inputs = ["back.csv", "kept.csv"].map(|path| record_of(&setup, path)).to_vec();
    let seen = RecordedFiles { inputs, ..RecordedFiles::default() };
    // The sleep is longer than a timestamp step of the file system.
    let script = "sleep 0.05; echo 2 > back.csv; cat back.csv; echo 1 > back.csv";
    let attempt = setup.submit(&["sh", "-c", script], |start| start.seen = Some(seen));
    let result = setup.end_of(attempt);
    assert_eq!(result.outcome, Outcome::Done);
    assert_eq!(result.changed, [Note::InputTouchedWhileItRan { path: "back.csv".to_owned() }]);
    let said = setup.seen(attempt).text(Source::Hven);
    assert!(said.starts_with("Its input back.csv was written or touched while it ran"), "{said}");
    setup.wait_for_removal(attempt);
}

#[test]
fn code_that_changes_while_it_runs_is_named_unless_it_is_an_output() {
    let paths = ["step.py", "back.py", "made.py", "kept.py", "git.py", "run.log"];
    let setup = with_files(&paths);
    let mut files = paths.map(|path| record_of(&setup, path)).to_vec();
    // A file that is unchanged in git has no recorded digest.
    files[4].digest = None;
    // A file that is not a program may be the command's own log.
    let list = RecordedFileList { files, programs: 5, left_out: 0 };
    let seen = RecordedFiles { code: Some(listed(&setup, &list)), ..RecordedFiles::default() };
    let script = "sleep 0.05; echo 22 > run.log; echo 22 > step.py; echo 22 > made.py; echo 2 > back.py; echo 1 > back.py; echo 1 > git.py";
    let attempt = setup.submit(&["sh", "-c", script], |start| {
        (start.seen, start.outputs) = (Some(seen), vec!["made.py".to_owned()]);
    });
    let result = setup.end_of(attempt);
    assert_eq!((&result.outcome, result.outputs.len()), (&Outcome::Done, 1));
    let path = |path: &str| path.to_owned();
    let wanted = [
        Note::CodeChangedBeforeItEnded { path: path("step.py") },
        Note::CodeWrittenBeforeItEnded { path: path("back.py") },
        Note::CodeWrittenBeforeItEnded { path: path("git.py") },
    ];
    assert_eq!(result.changed, wanted);
    let said = setup.seen(attempt).text(Source::Hven);
    assert!(said.starts_with("Its code step.py changed before the run ended"), "{said}");
    setup.wait_for_removal(attempt);
}

#[test]
fn existing_outputs_that_were_not_written_are_named() {
    let setup = with_files(&["old.txt", "same.txt"]);
    fs::create_dir(setup.work().join("parts")).expect("made");
    fs::write(setup.work().join("parts/2.txt"), "2\n").expect("written");
    let script = "echo 1 > same.txt; echo 1 > parts/1.txt";
    let attempt = setup.submit(&["sh", "-c", script], |start| {
        start.outputs = ["old.txt", "same.txt", "parts"].map(str::to_owned).to_vec();
    });
    let result = setup.end_of(attempt);
    assert_eq!((&result.outcome, result.outputs.len()), (&Outcome::Done, 3));
    let named = ["old.txt", "parts/2.txt"].map(|path| Note::OutputNotWritten { path: path.to_owned() });
    assert_eq!(result.changed, named);
    let said = setup.seen(attempt).text(Source::Hven);
    assert!(said.starts_with("Its output old.txt was there before, and it was not written.\n"), "{said}");
    setup.wait_for_removal(attempt);
}

#[test]
fn an_output_of_a_stopped_attempt_is_not_an_output_of_the_next() {
    let setup = Setup::new();
    let mut first = setup.start_of(&["sh", "-c", "echo half > o.txt; sleep 1000"]);
    first.outputs = vec!["o.txt".to_owned()];
    let mut second = first.clone();
    (second.attempt.number, second.argv) = (2, vec!["true".to_owned()]);
    let [one, two] = [&first, &second].map(|start| start.attempt);
    setup.assign(first);
    setup.wait_for_file(&setup.work().join("o.txt"));
    setup.stop(one);
    assert_eq!(setup.end_of(one).changed, []);
    setup.assign(second);
    let result = setup.end_of(two);
    assert_eq!((&result.outcome, result.outputs.len()), (&Outcome::Done, 1));
    assert_eq!(result.changed, [Note::OutputNotWritten { path: "o.txt".to_owned() }]);
}

#[test]
fn concurrent_runs_with_the_same_output_name_each_other() {
    let setup = Setup::new();
    fs::create_dir(setup.work().join("out")).expect("made");
    let begin = |handle: &str, output: &str, file: &str| {
        let script = format!("while [ ! -e go ]; do sleep 0.02; done; echo {handle} > {file}");
        setup.submit(&["sh", "-c", &script], |start| {
            (start.handle, start.outputs) = (handle.to_owned(), vec![output.to_owned()]);
        })
    };
    let attempts = [
        begin("AAAA", "out/o.txt", "out/o.txt"),
        begin("BBBB", "./out/", "out/o.txt"),
        begin("CCCC", "other.txt", "other.txt"),
    ];
    for attempt in attempts {
        setup.server.wait("the start", |state| (state.attempts.get(&attempt)?.started > 0).then_some(()));
    }
    fs::write(setup.work().join("go"), "").expect("written");
    let [one, within, apart] = attempts.map(|attempt| setup.end_of(attempt));
    let shared = |handle: &str| Note::OutputShared { path: "out/o.txt".to_owned(), handle: handle.to_owned() };
    assert_eq!((one.outcome, one.changed), (Outcome::Done, vec![shared("BBBB")]));
    assert_eq!((within.outcome, within.changed), (Outcome::Done, vec![shared("AAAA")]));
    assert_eq!((apart.outcome, apart.changed), (Outcome::Done, Vec::new()));
    let said = setup.seen(attempts[0]).text(Source::Hven);
    assert!(said.contains("Run BBBB ran at the same time and has out/o.txt among its outputs, too"), "{said}");
    // A run that starts after the other has ended gets no note.
    let later = begin("DDDD", "out/o.txt", "out/o.txt");
    assert_eq!(setup.end_of(later).changed, []);
}
