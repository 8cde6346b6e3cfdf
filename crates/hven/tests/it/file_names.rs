//! File names of any bytes, and empty folders: inputs and outputs are restored unchanged, and two names never become
//! one.

use std::{ffi::OsString, fs, process::Command};

use hven_core::file_name::from_text;
use serde_json::Value;

use crate::session::{CommandOutput, Session, finish};

/// Two names differ in one byte that is not UTF-8; one contains a line end, others look like options and patterns.
const NAMES: [&str; 8] = [
    "Gr\u{eff6}\u{efdf}e.txt",
    "Gr\u{efe4}\u{efdf}e.txt",
    "two\nlines",
    "-n",
    " blank ",
    "[a]*",
    "👩\u{200d}🔬",
    "\u{efee}\u{efbf}\u{efa4}",
];

fn start(mut command: Command) -> CommandOutput {
    finish(command.spawn().expect("the binary starts"))
}

fn paths(files: &Value) -> Vec<&str> {
    files.as_array().expect("a list").iter().map(|file| file["path"].as_str().expect("a path")).collect()
}

#[test]
fn file_names_of_any_bytes_are_restored_exactly() {
    let session = Session::new();
    for name in NAMES {
        fs::write(session.cwd().join(from_text(name)), format!("bytes of {name}")).expect("written");
    }
    session.write(
        "copy.sh",
        "mkdir -p out; for name; do cp -- \"$name\" \"out/$name\"; cp -- \"$name\" \"new-$name\"; done",
    );
    let run = || {
        let mut command = session.command(&["run"]);
        for name in NAMES {
            let mut input = OsString::from("./");
            input.push(from_text(name));
            command.arg("-i").arg(input).arg("-o").arg(from_text(&format!("new-{name}")));
        }
        command.args(["-o", "out", "--", "sh", "copy.sh"]).args(NAMES.map(from_text));
        start(command).ok()
    };
    run();
    let shown = session.hven(&["show", "last", "--json"]).ok().json();
    assert_eq!(paths(&shown["spec"]["inputs"]), NAMES);
    assert_eq!(shown["spec"]["argv"][2], NAMES[0]);
    let mut made: Vec<String> = NAMES.iter().map(|name| format!("new-{name}")).collect();
    made.push("out".to_owned());
    assert_eq!(paths(&shown["output_files"]), made);
    let content = session.hven(&["show", "last"]).ok().out;
    for shown in [r"Gr\xF6\xDFe.txt", r"new-Gr\xE4\xDFe.txt", r"two\nlines", r"$'Gr\xF6\xDFe.txt'"] {
        assert!(content.contains(shown), "{shown} in {content}");
    }

    fs::remove_dir_all(session.cwd().join("out")).expect("removed");
    for name in NAMES {
        fs::remove_file(session.cwd().join(from_text(&format!("new-{name}")))).expect("removed");
    }
    let again = run();
    assert!(again.err.contains("up to date") && again.err.contains("16 files put back"), "{}", again.err);
    for name in NAMES {
        for path in [format!("out/{name}"), format!("new-{name}")] {
            let text = fs::read_to_string(session.cwd().join(from_text(&path))).expect("put back");
            assert_eq!(text, format!("bytes of {name}"), "{path:?}");
        }
    }
    let verdict = session.hven(&["reproduce", "last", "--json"]).json();
    assert_eq!(verdict["items"][0]["level"], "same_bytes", "{verdict}");
    assert_eq!(verdict["items"][0]["outputs_compared"], 16, "{verdict}");
    session.hven(&["audit", "verify"]).ok();
    session.hven(&["export", "--all", "exported"]).ok();
    session.hven(&["--home", "imported", "import", "export", "exported"]).ok();
    let imported = session.hven(&["--home", "imported", "show", "last", "--json"]).ok();
    assert!(imported.out.contains("Gr"), "{}", imported.out);
}

#[test]
fn a_line_end_in_a_name_does_not_start_a_line() {
    let session = Session::new();
    session.write("in.txt", "1\n");
    fs::create_dir(session.cwd().join("o")).expect("made");
    fs::write(session.cwd().join("o/a\nrun FAKE done"), "old").expect("written");
    let run = ["run", "-i", "in.txt", "-o", "o", "--", "cp", "in.txt", "o/n"];
    let first = session.hven(&run).ok().err;
    let again = session.hven(&run).ok().err;
    assert!(again.contains("run again, because"), "{again}");
    for part in [first, again, session.hven(&["show", "last"]).ok().out] {
        assert!(part.contains(r"o/a\nrun FAKE done"), "it is named: {part}");
        assert!(!part.lines().any(|line| line.trim_start().starts_with("run FAKE")), "{part}");
    }
}

#[test]
fn the_folder_of_a_run_may_have_any_name() {
    let session = Session::new();
    for name in ["w\u{eff6}rk", "two\nlines", "[a-z]*", "-n"] {
        let folder = session.cwd().join(from_text(name));
        fs::create_dir(&folder).expect("made");
        fs::write(folder.join("a.sh"), "cat b > c; pwd | wc -c").expect("written");
        fs::write(folder.join("b"), "b").expect("written");
        // A file that matches the name as a pattern, and is not meant.
        fs::create_dir_all(session.cwd().join("x")).expect("made");
        fs::write(session.cwd().join("x/a.sh"), "exit 1").expect("written");
        let mut command = session.command(&["run", "--fresh", "-i", "b", "-o", "c", "--", "sh", "a.sh"]);
        command.current_dir(&folder);
        start(command).ok();
        let shown = session.hven(&["show", "last", "--json"]).ok().json();
        let cwd = shown["spec"]["cwd"].as_str().expect("a folder");
        assert!(cwd.ends_with(&format!("/{name}")), "{cwd:?}");
        assert_eq!(shown["spec"]["code"]["files"], 1, "{}", shown["spec"]["code"]);
        assert_eq!(fs::read_to_string(folder.join("c")).expect("made"), "b");
        let verdict = session.hven(&["reproduce", "last", "--json"]).json();
        assert_eq!(verdict["items"][0]["level"], "same_bytes", "{verdict}");
    }
}

#[test]
fn empty_folders_are_inputs_and_outputs_and_are_restored() {
    let session = Session::new();
    session.write("data/a.csv", "1");
    for folder in ["data/empty", "scratch", "results"] {
        fs::create_dir_all(session.cwd().join(folder)).expect("made");
    }
    let script = "test -d data/empty || exit 3; echo 1 > scratch/work && rm scratch/work || exit 4; \
                  cat data/a.csv > results/fit; mkdir -p out/none/deep nothing";
    session.write("make.sh", script);
    let run = ["run", "-i", "data", "-o", "out", "nothing", "results", "--", "sh", "make.sh"];
    session.hven(&run).ok();
    let shown = session.hven(&["show", "last", "--json"]).ok().json();
    let made: Vec<_> = shown["output_files"].as_array().expect("a list").iter().map(|file| &file["kind"]).collect();
    assert_eq!(made, ["folder", "folder", "folder"]);
    assert_eq!(shown["outputs_missing"], serde_json::json!([]));
    let notes = shown["capture_notes"].as_array().expect("a list");
    let folders: Vec<_> = notes.iter().filter(|note| note["kind"] == "folder").map(|note| &note["path"]).collect();
    assert_eq!(folders, ["results", "scratch"]);

    for folder in ["out", "nothing"] {
        fs::remove_dir_all(session.cwd().join(folder)).expect("removed");
    }
    let again = session.hven(&run).ok();
    assert!(again.err.contains("up to date"), "{}", again.err);
    assert!(again.err.contains("2 empty folders put back"), "{}", again.err);
    assert!(session.cwd().join("out/none/deep").is_dir() && session.cwd().join("nothing").is_dir());

    // The folders that the script expects exist when the run is reproduced from the record.
    for folder in ["scratch", "results", "data"] {
        fs::remove_dir_all(session.cwd().join(folder)).expect("removed");
    }
    let verdict = session.hven(&["reproduce", "last", "--json"]).json();
    assert_eq!(verdict["items"][0]["level"], "same_bytes", "{verdict}");

    session.write("data/a.csv", "1");
    let changed = session.hven(&run);
    assert_eq!(changed.status, Some(3), "an input from which an empty folder went is another: {}", changed.err);
}
