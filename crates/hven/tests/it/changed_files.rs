//! Files that change while a run waits or runs: differences from the recorded files are reported, and the outputs are
//! not reused.

use std::{fs, process::Command, thread, time::Duration};

use serde_json::Value;

use crate::session::{Session, wait_until};

const COPY: &str = "cat in.txt > out.txt\n";
const RUN: [&str; 8] = ["run", "-i", "in.txt", "-o", "out.txt", "--", "sh", "copy.sh"];

/// A script that reads a file, in a folder or in a repository.
fn study(in_git: bool) -> Session {
    let session = Session::new();
    session.write("in.txt", "1\n");
    session.write("copy.sh", COPY);
    let identity = ["-c", "user.name=Mira", "-c", "user.email=mira@example.org", "-c", "commit.gpgsign=false"];
    let commands = [&["init", "-q", "-b", "main"][..], &["add", "."], &["commit", "-q", "-m", "first"]];
    for arguments in commands.iter().filter(|_| in_git) {
        let mut git = Command::new("git");
        git.args(identity).args(*arguments).current_dir(session.cwd());
        assert!(git.output().expect("git").status.success(), "{arguments:?}");
    }
    session
}

/// Lets a run wait during `meanwhile`. Returns the run after its end.
fn run_after_wait(session: &Session, meanwhile: impl FnOnce()) -> Value {
    let cores = thread::available_parallelism().map_or(1, usize::from).to_string();
    let block = "while [ ! -e go ]; do sleep 0.02; done";
    session.hven(&["run", "-d", "--cpus", &cores, "--", "sh", "-c", block]).ok();
    session.hven(&[&["run", "-d", "--cpus", &cores][..], &RUN[1..]].concat()).ok();
    let run = session.last();
    // Code is not compared if the process starts within a second.
    thread::sleep(Duration::from_millis(1100));
    meanwhile();
    session.write("go", "");
    session.hven(&["attach", &run]).ok();
    fs::remove_file(session.cwd().join("go")).expect("removed");
    session.hven(&["show", &run, "--json"]).ok().json()
}

fn notes(shown: &Value) -> Vec<(&str, &str)> {
    let notes = shown["capture_notes"].as_array().expect("notes").iter();
    notes.map(|note| (note["kind"].as_str().expect("a kind"), note["path"].as_str().expect("a path"))).collect()
}

#[test]
fn a_run_that_waited_names_the_files_that_changed() {
    for in_git in [false, true] {
        let session = study(in_git);
        let shown = run_after_wait(&session, || {
            session.write("in.txt", "2\n");
            session.write("copy.sh", &format!("{COPY}: other code\n"));
        });
        assert_eq!(session.read("out.txt"), "2\n");
        assert_eq!(shown["state"], "done", "it is no failure: {shown}");
        assert_eq!(notes(&shown), [("input_changed", "in.txt"), ("code_changed", "copy.sh")], "{shown}");
        let run = shown["handle"].as_str().expect("a handle");
        let content = session.hven(&["show", run]).ok().out;
        assert!(content.contains("its outputs are not used again, because"), "{content}");
        assert!(content.contains("its input in.txt changed before it started"), "{content}");
        let content = session.hven(&["explain", run]).ok().out;
        assert!(content.contains("Its code copy.sh changed before it started"), "{content}");
        assert!(content.contains("Its outputs are not used again"), "{content}");

        // The work with the recorded files is repeated, and is reused from then on.
        session.write("in.txt", "1\n");
        session.write("copy.sh", COPY);
        let again = session.hven(&RUN).ok();
        assert!(
            again.err.contains(&format!("run again, because run {run} did the same, and its input in.txt changed")),
            "{}",
            again.err
        );
        assert_eq!(session.read("out.txt"), "1\n");
        assert!(session.hven(&RUN).ok().err.contains("up to date"));
    }
}

#[test]
fn unchanged_files_are_not_reported() {
    let session = study(false);
    let shown = run_after_wait(&session, || {
        session.write("in.txt", "1\n");
        session.write("copy.sh", COPY);
        session.write("new.txt", "this was not there");
    });
    assert_eq!(notes(&shown), []);
    fs::remove_file(session.cwd().join("new.txt")).expect("removed");
    assert!(session.hven(&RUN).ok().err.contains("up to date"));
}

#[test]
fn an_input_that_changes_while_the_command_reads_it_is_named() {
    let session = study(false);
    session.write("copy.sh", "cat in.txt > out.txt; echo more >> in.txt\n");
    let result = session.hven(&RUN).ok();
    assert_eq!(
        result.err.matches("input in.txt changed while it ran").count(),
        1,
        "it is reported once: {}",
        result.err
    );
    let shown = session.hven(&["show", "last", "--json"]).ok().json();
    assert_eq!(notes(&shown), [("input_changed_while_it_ran", "in.txt")]);
    session.write("in.txt", "1\n");
    assert!(!session.hven(&RUN).ok().err.contains("up to date"));
}

#[test]
fn a_step_reports_notes_on_its_files() {
    let session = Session::new();
    session.write("in.txt", "1\n");
    session.write("so.txt", "old\n");
    session.write(
        "hven.toml",
        "[run.old]\ncommand = \"true\"\noutputs = [\"so.txt\"]\n\n\
         [run.well]\ncommand = \"cp in.txt new.txt\"\ninputs = [\"in.txt\"]\noutputs = [\"new.txt\"]\n",
    );
    let note = "its output so.txt was there before, and it was not written";
    let result = session.hven(&["run"]).ok();
    assert!(result.err.contains(&format!("run.old: {note}")), "{}", result.err);
    assert!(!result.err.contains("run.well: its"), "{}", result.err);
    let content = session.hven(&["run", "--json"]).ok().json();
    let steps = content["steps"].as_array().expect("steps");
    let step = |name: &str| steps.iter().find(|step| step["step"] == name).expect("the step");
    assert_eq!(step("run.old")["notes"], serde_json::json!([note]), "{content}");
    assert!(step("run.well").get("notes").is_none(), "{content}");
}

#[test]
fn an_existing_output_does_not_count_as_made_by_the_run() {
    let session = Session::new();
    session.write("in.txt", "1\n");
    session.write("o.txt", "old\n");
    let run = ["run", "-i", "in.txt", "-o", "o.txt", "--", "true"];
    let result = session.hven(&run).ok();
    let note = "Its output o.txt was there before, and it was not written.";
    assert!(result.err.contains(note), "{}", result.err);
    assert_eq!(result.err.matches("was there before").count(), 1, "it is reported once: {}", result.err);
    let shown = session.hven(&["show", "last", "--json"]).ok().json();
    assert_eq!(shown["state"], "done", "it is no failure: {shown}");
    assert_eq!(notes(&shown), [("output_not_written", "o.txt")]);
    let first = shown["handle"].as_str().expect("a handle");
    let explained = session.hven(&["explain", first]).ok().out;
    assert!(explained.contains("Its output o.txt was there before, and it was not written."), "{explained}");
    assert!(explained.contains("Its outputs are not used again"), "{explained}");
    let log = session.hven(&["logs", first]).ok();
    assert!(format!("{}{}", log.out, log.err).contains("Its output o.txt was there before"), "{log:?}");
    let again = session.hven(&run).ok().err;
    assert!(
        again.contains(&format!("run again, because run {first} did the same, and its output o.txt was there before")),
        "{again}"
    );
    // After the run has written it, it counts as its output.
    fs::remove_file(session.cwd().join("o.txt")).expect("removed");
    let copy = ["run", "-i", "in.txt", "-o", "o.txt", "--", "cp", "in.txt", "o.txt"];
    session.hven(&copy).ok();
    assert!(session.hven(&copy).ok().err.contains("up to date"));
}

#[test]
fn code_that_changes_while_the_command_runs_is_named() {
    for in_git in [false, true] {
        let session = study(in_git);
        session.write("copy.sh", "echo > started; while [ ! -e go ]; do sleep 0.02; done; sh step.sh\n");
        session.write("step.sh", COPY);
        session.hven(&[&["run", "-d"][..], &RUN[1..]].concat()).ok();
        wait_until("it runs", || session.cwd().join("started").exists());
        // The code of shorter runs is not compared again.
        thread::sleep(Duration::from_millis(600));
        session.write("step.sh", &format!("{COPY}: other code\n"));
        session.write("go", "");
        session.hven(&["attach", "last"]).ok();
        let shown = session.hven(&["show", "last", "--json"]).ok().json();
        assert_eq!(shown["state"], "done", "it is no failure: {shown}");
        assert_eq!(notes(&shown), [("code_changed_before_it_ended", "step.sh")], "{shown}");
        let explained = session.hven(&["explain", "last"]).ok().out;
        assert!(explained.contains("Its code step.sh changed before the run ended"), "{explained}");
    }
}

#[test]
fn a_log_next_to_the_code_is_no_change_of_code() {
    let session = study(false);
    session.write("copy.sh", "cp in.txt o.txt; echo same > side.txt; sleep 0.7\n");
    let run = ["run", "-i", "in.txt", "-o", "o.txt", "--", "sh", "copy.sh"];
    // The second run finds the log of the first one, which was not there before.
    for _ in 0..2 {
        let result = session.hven(&run).ok().err;
        assert!(!result.contains("ended") && result.contains("done"), "{result}");
    }
    assert!(session.hven(&run).ok().err.contains("up to date"));
}

#[test]
fn a_key_file_that_changes_while_the_run_waits_is_named_without_its_content() {
    for in_git in [false, true] {
        let session = study(in_git);
        session.write(".env", "KEY=1\n");
        let shown = run_after_wait(&session, || session.write(".env", "KEY=another\n"));
        assert_eq!(notes(&shown), [("key_file", ".env"), ("code_changed", ".env")], "{shown}");
    }
}

#[test]
fn no_file_is_written_into_outputs_of_a_running_run() {
    let session = Session::new();
    session.write("in.txt", "1\n");
    let copy = ["run", "-i", "in.txt", "-o", "w.txt", "--", "cp", "in.txt", "w.txt"];
    session.hven(&copy).ok();
    let first = session.last();
    // Outside of the folder, because files in it count as code.
    let block = "echo other > w.txt; touch ../started; while [ ! -e ../go ]; do sleep 0.02; done";
    session.hven(&["run", "-d", "-o", "w.txt", "--", "sh", "-c", block]).ok();
    let other = session.last();
    wait_until("the other run writes", || session.root().join("started").exists());
    let content = format!("run {other} is running and has w.txt among its outputs: wait for its end, or cancel it");
    for (command, status) in [(&copy[..], 125), (&["get", first.as_str(), "--force"], 75)] {
        let result = session.hven(command);
        assert_eq!(result.status, Some(status), "{}", result.err);
        assert!(result.err.contains(&content), "{}", result.err);
        assert_eq!(session.read("w.txt"), "other\n");
    }
    // If the file is there already, nothing is written.
    session.write("w.txt", "1\n");
    assert!(session.hven(&copy).ok().err.contains("up to date"));
    session.write("w.txt", "other\n");
    fs::write(session.root().join("go"), "").expect("written");
    session.hven(&["attach", &other]).ok();
    assert!(session.hven(&copy).ok().err.contains("1 file put back, in place of another"));
    assert_eq!(session.read("w.txt"), "1\n");
}
