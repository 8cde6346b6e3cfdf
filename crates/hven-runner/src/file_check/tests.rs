//! Tests of the comparison of files with their record.

use std::os::unix::fs::symlink;

use hven_core::{RunId, RunnerId};

use super::*;
use crate::server::Contact;

const ATTEMPT: AttemptId = AttemptId { run: RunId::from_u128(0), number: 1 };

/// The record of a file as it is now.
fn record_of(cwd: &Path, path: &str, kind: RecordedFileKind, digest: Option<&[u8]>) -> RecordedFile {
    let full = cwd.join(path);
    let metadata = if kind == RecordedFileKind::Link { fs::symlink_metadata(full) } else { fs::metadata(full) };
    let metadata = metadata.expect("it is there");
    RecordedFile {
        path: path.to_owned(),
        kind,
        size: metadata.len(),
        modified_us: micros(metadata.mtime(), metadata.mtime_nsec()),
        changed_us: micros(metadata.ctime(), metadata.ctime_nsec()),
        digest: digest.map(Digest::of),
    }
}

fn with_check<T>(cwd: &Path, look: impl FnOnce(&mut FileCheck<'_>) -> T) -> T {
    // These tests need no server, so its address file does not exist.
    let (nowhere, stop) = (cwd.join("nowhere"), AtomicBool::new(false));
    let mut server = Server::new(Contact::new(RunnerId::from_u128(1), nowhere.clone(), nowhere));
    look(&mut FileCheck { attempt: ATTEMPT, cwd, server: &mut server, stop: &stop })
}

/// Writes until the modification time differs, also on a file system with coarse timestamps.
fn write(path: &Path, bytes: &[u8]) {
    let before = fs::metadata(path).ok().map(|metadata| (metadata.mtime(), metadata.mtime_nsec()));
    loop {
        fs::write(path, bytes).expect("written");
        let now = fs::metadata(path).expect("a file");
        if before != Some((now.mtime(), now.mtime_nsec())) {
            return;
        }
    }
}

/// Waits until the file system's clock has advanced.
fn next_tick(cwd: &Path) {
    write(&cwd.join("clock"), b"1");
    write(&cwd.join("clock"), b"2");
}

#[test]
fn files_are_compared_by_times_and_then_by_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let cwd = folder.path();
    for file in ["same", "touched", "changed", "longer", "gone", "moved", "code", "code-moved"] {
        fs::write(cwd.join(file), "1").expect("written");
    }
    symlink("same", cwd.join("link")).expect("linked");
    symlink("same", cwd.join("other-link")).expect("linked");
    let one = Some(b"1".as_slice());
    let file = |path: &str| record_of(cwd, path, RecordedFileKind::File, one);
    let files = ["same", "touched", "changed", "longer", "gone", "moved"].map(file);
    let code = ["code", "code-moved"].map(|path| record_of(cwd, path, RecordedFileKind::File, None));
    let links = ["link", "other-link"].map(|path| record_of(cwd, path, RecordedFileKind::Link, Some(b"same")));
    for path in ["touched", "code"] {
        write(&cwd.join(path), b"1");
    }
    write(&cwd.join("changed"), b"2");
    write(&cwd.join("longer"), b"12");
    fs::remove_file(cwd.join("gone")).expect("removed");
    for path in ["moved", "code-moved"] {
        fs::rename(cwd.join(path), cwd.join("elsewhere")).expect("moved");
        fs::rename(cwd.join("elsewhere"), cwd.join(path)).expect("moved");
    }
    fs::remove_file(cwd.join("other-link")).expect("removed");
    symlink("gone", cwd.join("other-link")).expect("linked");
    with_check(cwd, |look| {
        assert_eq!(
            files.each_ref().map(|file| look.compare(file).0),
            [FileState::Same, FileState::Same, FileState::Other, FileState::Other, FileState::Other, FileState::Same]
        );
        assert_eq!(code.each_ref().map(|file| look.compare(file).0), [FileState::WrittenAgain, FileState::Same]);
        assert_eq!(links.each_ref().map(|file| look.compare(file).0), [FileState::Same, FileState::Other]);
    });
}

#[test]
fn new_entries_of_a_folder_are_found_and_old_ones_are_not_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let cwd = folder.path();
    fs::create_dir(cwd.join("data")).expect("made");
    fs::write(cwd.join("data/a"), "1").expect("written");
    let seen = || RecordedFiles {
        inputs: vec![
            record_of(cwd, "data", RecordedFileKind::Folder, None),
            record_of(cwd, "data/a", RecordedFileKind::File, Some(b"other bytes that are never compared")),
        ],
        ..RecordedFiles::default()
    };
    let (before, look) = (seen(), |seen: &RecordedFiles| with_check(cwd, |look| look.before_start(seen).0));
    assert_eq!(look(&before), []);
    next_tick(cwd);
    // An entry that was created and removed again is no difference.
    write(&cwd.join("data/b"), b"2");
    fs::remove_file(cwd.join("data/b")).expect("removed");
    assert_eq!(look(&before), []);
    write(&cwd.join("data/b"), b"2");
    assert_eq!(look(&before), [Note::InputChanged { path: "data".to_owned() }]);
    fs::remove_dir_all(cwd.join("data")).expect("removed");
    let gone = ["data", "data/a"].map(|path| Note::InputChanged { path: path.to_owned() });
    assert_eq!(look(&before), gone);
}

#[test]
fn inputs_are_compared_again_at_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let cwd = folder.path();
    for file in ["kept", "changed", "before", "made"] {
        fs::write(cwd.join(file), "1").expect("written");
    }
    let one = Some(b"1".as_slice());
    let inputs = ["kept", "changed", "before", "made"].map(|path| record_of(cwd, path, RecordedFileKind::File, one));
    let seen = RecordedFiles { inputs: inputs.to_vec(), ..RecordedFiles::default() };
    for file in ["changed", "before", "made"] {
        write(&cwd.join(file), b"2");
    }
    let found = [Note::InputChanged { path: "before".to_owned() }];
    let at_end = |ended: Option<Time>, found: &[Note]| {
        with_check(cwd, |look| look.after_end(&seen, ended, &["./made".to_owned()], found, &Touched::new()))
    };
    let changed = || "changed".to_owned();
    let far = Some(Time::MAX);
    assert_eq!(at_end(far, &found), [Note::InputChangedWhileItRan { path: changed() }]);
    let why = "it changed after the end".to_owned();
    assert_eq!(at_end(Some(Time::from_micros(1)), &found), [Note::NotCompared { path: changed(), why }]);
    let many = [Note::MoreChanged { path: "x".to_owned(), files: 3 }];
    assert_eq!(at_end(far, &many), []);
}

#[test]
fn an_input_that_changed_and_was_restored_is_reported() {
    let folder = tempfile::tempdir().expect("a folder");
    let cwd = folder.path();
    for file in ["kept", "before", "again"] {
        fs::write(cwd.join(file), "1").expect("written");
    }
    let files = ["kept", "before", "again"].map(|path| record_of(cwd, path, RecordedFileKind::File, Some(b"1")));
    // The record of a file that was written just before has no change time.
    let inputs =
        files.map(|file| RecordedFile { changed_us: if file.path == "kept" { 0 } else { file.changed_us }, ..file });
    let seen = RecordedFiles { inputs: inputs.to_vec(), ..RecordedFiles::default() };
    next_tick(cwd);
    write(&cwd.join("before"), b"1");
    let (found, touched) = with_check(cwd, |look| look.before_start(&seen));
    assert_eq!((found, touched.len()), (Vec::new(), 2));
    let at_end = |ended| with_check(cwd, |look| look.after_end(&seen, ended, &[], &[], &touched));
    assert_eq!(at_end(Some(Time::MAX)), []);
    write(&cwd.join("again"), b"2");
    write(&cwd.join("again"), b"1");
    assert_eq!(at_end(Some(Time::MAX)), [Note::InputTouchedWhileItRan { path: "again".to_owned() }]);
    // Changes after the end do not count.
    assert_eq!(at_end(Some(Time::from_micros(1))), []);
}

#[test]
fn code_is_compared_at_the_end_when_the_server_may_have_its_list() {
    let seen = RecordedFiles { code: Some(Digest::ZERO), ..RecordedFiles::default() };
    let at_end = |seen: &RecordedFiles, started_us: i64, wall_s: f64| {
        let due = due_at_end(seen.clone(), ATTEMPT, Some(Time::from_micros(started_us)), wall_s);
        due.map(|due| (due.has_inputs(), due.code.is_some()))
    };
    assert_eq!(at_end(&seen, 0, 0.1), None);
    assert_eq!(at_end(&seen, 0, 0.6), Some((false, true)));
    assert_eq!(at_end(&seen, AT_ONCE_US + 1, 0.1), Some((false, true)));
    let with_inputs = RecordedFiles { inputs_listed: Some(Digest::ZERO), ..seen };
    assert_eq!(at_end(&with_inputs, 0, 0.1), Some((true, false)));
}

#[test]
fn many_differences_are_counted_and_only_the_first_are_named() {
    let mut findings = Findings::default();
    for number in 0..30 {
        findings.add(Note::CodeChanged { path: number.to_string() });
    }
    let notes = findings.into_notes();
    assert_eq!((notes.len(), notes.last()), (21, Some(&Note::MoreChanged { path: "20".to_owned(), files: 10 })));
    let mut findings = Findings::default();
    findings.left_out("code", 0);
    findings.left_out("inputs", 2);
    let why = "there are too many files".to_owned();
    let rest = Note::NotCompared { path: "the rest of its inputs (2 files)".to_owned(), why };
    assert_eq!(findings.into_notes(), [rest]);
    let said = remark(&Note::InputChanged { path: "a".to_owned() }).expect("words");
    assert!(said.starts_with("Its input a changed before it started") && said.ends_with('.'), "{said}");
    let said = remark(&Note::InputChanged { path: "a\nb".to_owned() }).expect("words");
    assert!(said.starts_with(r"Its input a\nb changed"), "{said}");
}

#[test]
fn code_is_compared_at_the_start_when_the_run_has_waited() {
    let seen = RecordedFiles { code: Some(Digest::ZERO), ..RecordedFiles::default() };
    let at = Time::from_micros;
    assert_eq!(due(&seen, ATTEMPT, at(AT_ONCE_US)), None);
    assert_eq!(due(&seen, ATTEMPT, at(AT_ONCE_US + 1)), Some(seen.clone()));
    let old = RecordedFiles { code_is_old: true, ..seen };
    assert_eq!(due(&old, ATTEMPT, at(0)), Some(old.clone()));
    let with_inputs = RecordedFiles { inputs_listed: Some(Digest::ZERO), code_is_old: false, ..old };
    assert_eq!(due(&with_inputs, ATTEMPT, at(0)).and_then(|due| due.code), None);
}

#[test]
fn output_paths_are_recognised_in_every_declared_form() {
    for (path, output, lies) in [
        ("a", "a", true),
        ("a/b", "a/", true),
        ("a/b", "./a", true),
        ("ab", "a", false),
        ("a", ".", true),
        ("/x/a", ".", false),
        ("/x/a", "/x", true),
    ] {
        assert_eq!(is_output(path, &normalised(&[output.to_owned()])), lies, "{path} {output}");
    }
}
