//! The steps of a manifest go on by themselves: when the terminal is closed, when the server is killed, and until a person
//! cancels them.

use std::{fs, path::Path};

use rustix::process::Signal;
use serde_json::Value;

use crate::{
    kills::kill_9,
    session::{Session, files_below, finish, signal, wait_until, wait_while},
};

/// Two steps. Each begins, and ends when a file is there that the test makes.
const TWO: &str = r#"
[project]
name = "two"

[run.first]
command = "sh -c 'echo >> first.began; until [ -e first.may-end ]; do sleep 0.02; done; echo 1 > first.txt'"
outputs = "first.txt"
code = []

[run.second]
command = "sh -c 'echo >> second.began; until [ -e second.may-end ]; do sleep 0.02; done; cat first.txt > second.txt'"
input = "first.txt"
outputs = "second.txt"
"#;

fn session(manifest: &str) -> Session {
    let session = Session::new();
    session.write("hven.toml", manifest);
    // The files with which the test steers the steps are not their code.
    session.write("steps.sh", "");
    session
}

fn workflow(session: &Session) -> Value {
    let listed = session.hven(&["ps", "--json"]).ok().json();
    listed["workflows"][0].clone()
}

fn has_begun(session: &Session, step: &str) -> bool {
    session.cwd().join(format!("{step}.began")).exists()
}

fn server_pid(session: &Session) -> u32 {
    let text = fs::read_to_string(session.home().join("server.json")).expect("a server");
    let server: Value = serde_json::from_str(&text).expect("JSON");
    u32::try_from(server["pid"].as_u64().expect("a number")).expect("a process number")
}

#[test]
fn a_workflow_goes_on_when_its_terminal_is_closed_and_its_server_is_killed() {
    let session = session(TWO);
    let child = session.command(&["run"]).spawn().expect("it starts");
    let child = wait_while("the first step begins", child, || has_begun(&session, "first"));
    // The terminal is closed.
    signal(&child, Signal::HUP);
    finish(child);
    let listed = workflow(&session);
    assert_eq!((listed["name"].as_str(), listed["state"].as_str()), (Some("workflow/1"), Some("running")), "{listed}");
    kill_9(server_pid(&session));
    session.write("first.may-end", "");
    // The next command starts a server, and that goes on with the workflow.
    assert_eq!(workflow(&session)["steps"], 2);
    wait_until("the second step begins", || has_begun(&session, "second"));
    session.write("second.may-end", "");
    let attached = session.hven(&["attach", "workflow/1"]).ok();
    let lines: Vec<&str> = attached.out.lines().collect();
    assert!(lines.len() == 2 && lines.iter().all(|line| line.contains("  done  ")), "{attached:?}");
    assert_eq!(session.read("second.txt"), "1\n");
    for step in ["first", "second"] {
        assert_eq!(session.read(&format!("{step}.began")), "\n", "it was run once");
    }
    assert_eq!(workflow(&session), Value::Null, "nothing goes on any more");
    let ended = session.hven(&["cancel", "workflow/1"]);
    assert_eq!(ended.status, Some(75), "{ended:?}");
    assert!(ended.err.contains("workflow/1 has ended already: done"), "{ended:?}");
}

#[test]
fn a_cancelled_workflow_ends_with_its_run() {
    let session = session(TWO);
    let detached = session.hven(&["run", "-d"]).ok();
    assert!(detached.out.starts_with("workflow/1 goes on: `hven attach workflow/1` shows it"), "{detached:?}");
    wait_until("the first step begins", || has_begun(&session, "first"));
    let dry = session.hven(&["cancel", "workflow/1", "--dry-run"]).ok();
    assert!(dry.out.contains("workflow/1  two  running; would be cancelled"), "{dry:?}");
    let cancelled = session.hven(&["cancel", "workflow/1"]).ok();
    assert!(cancelled.out.contains("workflow/1  two  cancelled"), "{cancelled:?}");
    wait_until("its run is cancelled", || session.run_state("last") == "cancelled");
    let attached = session.hven(&["attach", "workflow/1", "--json"]);
    assert_eq!(attached.status, Some(1), "{attached:?}");
    let steps = attached.json()["steps"].clone();
    assert_eq!(steps[1]["text"], "the workflow ended before this step", "{steps}");
    assert!(!has_begun(&session, "second"));
}

#[test]
fn an_interrupt_cancels_the_workflow_and_a_second_one_leaves_it() {
    let session = session(TWO);
    let child = session.command(&["run"]).spawn().expect("it starts");
    let child = wait_while("the first step begins", child, || has_begun(&session, "first"));
    signal(&child, Signal::INT);
    let left = finish(child);
    assert_eq!(left.status, Some(130), "{left:?}");
    assert!(left.err.contains("cancelling workflow/1") && left.err.contains("workflow/1 was cancelled"), "{left:?}");
    wait_until("its run is cancelled", || session.run_state("last") == "cancelled");
}

#[test]
fn secrets_reach_the_steps_and_stay_out_of_the_record() {
    let session = session(
        "[run.keyed]\ncommand = \"sh -c 'echo $KEY | wc -c > length.txt; echo secret: $KEY'\"\noutputs = \"length.txt\"\nsecrets = \"KEY\"\n",
    );
    let unset = session.hven(&["run"]);
    assert!(unset.err.contains("the secret KEY is not set"), "{unset:?}");
    let child = session.command(&["run"]).env("KEY", "hunter22-hunter22").spawn().expect("it starts");
    finish(child).ok();
    assert_eq!(session.read("length.txt").trim(), "18");
    assert!(session.hven(&["logs", "last"]).ok().out.contains("secret: ***"), "it is masked");
    session.hven(&["down"]).ok();
    let holds = |path: &Path| fs::read(path).is_ok_and(|bytes| bytes.windows(8).any(|part| part == b"hunter22"));
    let found: Vec<_> = files_below(&session.home()).into_iter().filter(|path| holds(path)).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_program_that_a_step_makes_is_code_of_the_step_that_runs_it() {
    let manifest = "[run.build]\ncommand = \"sh build.sh\"\ninput = \"build.sh\"\noutputs = \"tool\"\ncode = \"build.sh\"\n\
                    [run.use]\ncommand = \"./tool\"\ninput = \"tool\"\noutputs = \"used.txt\"\n";
    let session = session(manifest);
    let build = |text: &str| {
        let script = format!("printf '#!/bin/sh\\necho {text} > used.txt\\n' > tool; chmod +x tool\n");
        session.write("build.sh", &script);
    };
    build("one");
    session.hven(&["run"]).ok();
    assert_eq!(session.read("used.txt"), "one\n");
    let again = session.hven(&["run"]).ok();
    assert_eq!(again.out.matches("up to date").count(), 2, "{again:?}");
    // Outputs of steps that are up to date come back.
    fs::remove_file(session.cwd().join("used.txt")).expect("it was there");
    let restored = session.hven(&["run"]).ok();
    assert!(restored.out.contains("1 file put back"), "{restored:?}");
    build("two");
    session.hven(&["run"]).ok();
    assert_eq!(session.read("used.txt"), "two\n");
}

#[test]
fn a_step_that_cannot_be_carried_out_says_why_and_the_others_go_on() {
    let manifest = "[run.needy]\ncommand = \"cat missing.txt\"\ninput = \"made.txt\"\n\
                    [run.maker]\ncommand = \"true\"\noutputs = \"made.txt\"\n\
                    [run.free]\ncommand = \"true\"\n";
    let session = session(manifest);
    let said = session.hven(&["run"]);
    assert_eq!(said.status, Some(1), "{said:?}");
    let line = |step: &str| said.out.lines().find(|line| line.trim_start().starts_with(step)).unwrap_or_default();
    assert!(line("run.maker").contains("failed"), "{said:?}");
    assert!(line("run.needy").contains("needs run.maker, which did not succeed"), "{said:?}");
    assert!(line("run.free").contains("done"), "{said:?}");
    // The folder disappears between two steps.
    let session = self::session(TWO);
    let folder = session.cwd().join("study");
    fs::create_dir(&folder).expect("a folder");
    fs::rename(session.cwd().join("hven.toml"), folder.join("hven.toml")).expect("moved");
    session.hven_in("study", &["run", "-d"]).ok();
    wait_until("the first step begins", || folder.join("first.began").exists());
    fs::write(folder.join("first.may-end"), "").expect("written");
    wait_until("the first step ends", || folder.join("first.txt").exists());
    fs::rename(&folder, session.cwd().join("moved")).expect("moved");
    fs::write(session.cwd().join("moved/second.may-end"), "").expect("written");
    let attached = session.hven(&["attach", "workflow/1"]);
    assert!(attached.status.is_some(), "it ends: {attached:?}");
}

#[test]
fn a_manifest_with_the_value_of_a_secret_is_refused_before_it_is_recorded() {
    let manifest = "[run.x]\ncommand = \"echo hunter22-hunter22\"\nsecrets = \"KEY\"\n";
    let session = session(manifest);
    session.hven(&["run", "--", "true"]).ok();
    let child = session.command(&["run"]).env("KEY", "hunter22-hunter22").spawn().expect("it starts");
    let refused = finish(child);
    assert!(refused.err.contains("the value of the secret KEY also stands in the manifest"), "{refused:?}");
    session.hven(&["down"]);
    let holds = |path: &Path| fs::read(path).is_ok_and(|bytes| bytes.windows(8).any(|part| part == b"hunter22"));
    let found: Vec<_> = files_below(&session.home()).into_iter().filter(|path| holds(path)).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn flags_of_a_command_are_refused_without_one() {
    let session = session(TWO);
    for flag in [["--time", "1s"], ["--cpus", "2"], ["--memory", "1GiB"], ["--param", "a=1"], ["--retries", "2"]] {
        let refused = session.hven(&["run", flag[0], flag[1]]);
        let message = format!("there is no command to run, and {} is for a command", flag[0]);
        assert!(refused.status == Some(125) && refused.err.contains(&message), "{flag:?}: {refused:?}");
    }
    assert!(!has_begun(&session, "first"), "nothing was run");
}

#[test]
fn everything_that_is_running_is_cancelled_with_its_workflow() {
    let session = session(TWO);
    session.hven(&["run", "-d"]).ok();
    wait_until("the first step begins", || has_begun(&session, "first"));
    let second = session.hven(&["run", "-d"]).ok();
    assert!(second.err.contains("workflow/1 is running in this folder, too"), "{second:?}");
    let cancelled = session.hven(&["cancel", "--all", "--yes", "--json"]).ok().json();
    assert_eq!(cancelled["workflows"].as_array().map(Vec::len), Some(2), "{cancelled}");
    wait_until("nothing is running", || {
        let listed = session.hven(&["ps", "--json"]).ok().json();
        listed["items"].as_array().is_some_and(Vec::is_empty) && listed["workflows"].is_null()
    });
    let attached = session.hven(&["attach", "workflow/1"]);
    assert!(attached.out.contains("the workflow ended before run "), "{attached:?}");
    assert!(!has_begun(&session, "second"));
}

#[test]
fn a_workflow_is_named_when_it_starts_and_shown_after_its_end() {
    let session = session("[run.a]\ncommand = \"true\"\n[run.b]\ncommand = \"false\"\n");
    let result = session.hven(&["run"]);
    assert_eq!(result.status, Some(1), "{result:?}");
    assert!(result.err.contains("workflow/1: 2 steps; `hven attach workflow/1`"), "{result:?}");
    let shown = session.hven(&["show", "workflow/1"]).ok();
    for part in ["workflow/1", "incomplete", "2 of 2 steps", "run.a", "run.b", "failed"] {
        assert!(shown.out.contains(part), "{part}: {}", shown.out);
    }
    assert_eq!(session.hven(&["show", "workflow/1", "--json"]).ok().json()["workflow"]["name"], "workflow/1");
    assert!(!session.hven(&["ps"]).ok().out.contains("workflow/1"), "it ended");
    assert!(session.hven(&["ps", "-a"]).ok().out.contains("workflow/1"));

    let plan = session.hven(&["--home", "typo", "run", "--plan"]);
    assert_eq!(plan.status, Some(125), "{plan:?}");
    assert!(!session.cwd().join("typo").exists(), "a plan makes no home");
}
