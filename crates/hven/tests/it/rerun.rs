//! `hven rerun`: repeats the work of a run in its folder with the present files, or refuses with a reason.

use std::{fs, os::unix::fs::PermissionsExt, process::Command};

use hven_core::{Digest, file_name::from_text};
use serde_json::{Value, json};

use crate::session::{CommandOutput, Session, finish, wait_until};

/// Prints its environment, and makes a file from its input.
const WORK: &str = r#"
import json, os, sys
print(sys.argv[1], os.environ.get("SEED"), os.environ.get("PWD") == os.getcwd())
if os.path.exists("notes"):
    open(os.environ["HVEN_METRICS"], "a").write(json.dumps({"param": {"own": 1}}) + "\n")
open("out.txt", "w").write(open(sys.argv[2]).read().upper())
sys.exit(int(open("status").read()))
"#;

/// A name with a line end and a byte that is not UTF-8.
const INPUT: &str = "Gr\u{eff6}\u{efdf}e\n.txt";

fn start(mut command: Command) -> CommandOutput {
    finish(command.spawn().expect("the binary starts"))
}

fn show(session: &Session, run: &str) -> Value {
    session.hven(&["show", run, "--json"]).ok().json()
}

fn runs(session: &Session) -> usize {
    session.hven(&["ps", "-a", "--json"]).ok().json()["items"].as_array().expect("a list").len()
}

/// A session with a run that has every kind of option, in a folder below that of the session.
fn session() -> Session {
    let session = Session::new();
    session.write("deep/work.py", WORK);
    session.write("deep/status", "3");
    session.write("deep/notes", "");
    fs::write(session.cwd().join("deep").join(from_text(INPUT)), "earth").expect("written");
    let mut run =
        session.command(&["run", "--name", "fit a", "--project", "astro/kepler", "--param", "lr=0.1", "kind=x"]);
    run.args([
        "--cpus",
        "1",
        "--memory",
        "1MiB",
        "--time",
        "1min",
        "--grace",
        "3s",
        "--retries",
        "0",
        "--tolerance",
        "0.5",
    ]);
    run.args(["--env-record", "SEED", "-o", "out.txt", "-i"]).arg(from_text(INPUT));
    run.args(["--", "python3", "work.py", "two\nwords"]).arg(from_text(INPUT));
    run.current_dir(session.cwd().join("deep")).env("SEED", "7").env("PWD", session.cwd().join("deep"));
    assert_eq!(start(run).status, Some(3));
    session
}

#[test]
fn the_same_work_is_repeated_with_the_present_files() {
    let session = session();
    let (first, handle) = (show(&session, "last"), session.last());
    fs::write(session.cwd().join("deep").join(from_text(INPUT)), "mars").expect("written");
    fs::remove_file(session.cwd().join("deep/notes")).expect("removed");
    session.write("deep/status", "0");
    let mut rerun = session.command(&["rerun", &handle]);
    rerun.env("SEED", "8").env("PWD", session.cwd());
    let result = start(rerun).ok();
    assert_eq!(result.out, "two\nwords 8 True\n");
    assert!(result.err.contains(&format!("run {handle} again, in ")), "{}", result.err);
    assert_eq!(session.read("deep/out.txt"), "MARS");
    let again = show(&session, "last");
    assert_ne!((&again["id"], &again["state"]), (&first["id"], &first["state"]));
    for part in ["name", "project", "command", "tolerances"] {
        assert_eq!(again[part], first[part], "{part}");
    }
    for part in ["argv", "cwd", "outputs", "resources", "limits", "retries", "secrets", "place"] {
        assert_eq!(again["spec"][part], first["spec"][part], "{part}");
    }
    // The present files are recorded.
    let input = &again["spec"]["inputs"][0];
    assert_eq!((&input["path"], &input["digest"]), (&json!(INPUT), &json!(Digest::of(b"mars").to_string())));
    assert_eq!(again["spec"]["environment"]["SEED"], "8");
    assert_eq!(first["params"], json!({ "lr": 0.1, "kind": "x", "own": 1 }));
    assert_eq!(again["params"], json!({ "lr": 0.1, "kind": "x" }), "values that a run logs itself are not repeated");
    // It always runs, and its exit status is that of the command.
    session.write("deep/status", "4");
    let result = session.hven(&["rerun", "last"]);
    assert_eq!(result.status, Some(4), "{}", result.err);
    assert_eq!(runs(&session), 3);
}

#[test]
fn secrets_must_be_in_the_environment() {
    let session = Session::new();
    let mut run = session.command(&["run", "--secret", "API_KEY", "--", "sh", "-c", "echo key=$API_KEY"]);
    run.env("API_KEY", "tycho-brahe-1576");
    start(run).ok();
    let result = session.hven(&["rerun", "last"]);
    assert_eq!((result.status, result.out.as_str()), (Some(125), ""), "{}", result.err);
    assert!(result.err.contains("cannot be run again: the secret API_KEY is not set"), "{}", result.err);
    let mut again = session.command(&["rerun", "last"]);
    again.env("API_KEY", "kepler-1609-secret");
    let result = start(again).ok();
    assert!(result.out.starts_with("key=") && !result.out.contains("kepler-1609"), "{}", result.out);
    assert_eq!((show(&session, "last")["spec"]["secrets"].clone(), runs(&session)), (json!(["API_KEY"]), 2));
}

#[test]
fn several_runs_start_in_the_background() {
    let session = Session::new();
    for name in ["a", "b"] {
        session.hven(&["run", "--name", name, "--", "sh", "-c", "exit 3"]);
    }
    session.hven(&["run", "--name", "a", "--", "true"]).ok();
    let dry = session.hven(&["rerun", "--state", "failed", "--dry-run", "--json"]).ok().json();
    assert_eq!((&dry["schema"], &dry["dry_run"]), (&json!("hven.reruns/1"), &json!(true)));
    let of = |reruns: &Value| -> Vec<(Value, bool)> {
        let runs = reruns["runs"].as_array().expect("a list").iter();
        runs.map(|rerun| (rerun["of"]["handle"].clone(), rerun["run"].is_object())).collect()
    };
    let failed = session.hven(&["ps", "--state", "failed", "--sort", "oldest", "--json"]).ok().json();
    let handles = [&failed["items"][0]["handle"], &failed["items"][1]["handle"]];
    assert_eq!(of(&dry), handles.map(|handle| (handle.clone(), false)));
    let refused = session.hven(&["rerun", "--state", "failed"]);
    assert_eq!(refused.status, Some(64), "{}", refused.err);
    assert!(refused.err.contains("2 runs fit, and there is no terminal to ask"), "{}", refused.err);
    assert_eq!(runs(&session), 3, "nothing was started");
    let started = session.hven(&["rerun", "--state", "failed", "--since", "1h", "--yes", "--json"]).ok().json();
    assert_eq!(of(&started), handles.map(|handle| (handle.clone(), true)));
    assert_eq!(started["runs"][1]["run"]["name"], "b");
    assert_eq!(runs(&session), 5);

    // A filter that matches one run: the run is followed, but not with -d.
    wait_until("they have ended", || session.hven(&["ps", "--json"]).ok().json()["items"] == json!([]));
    let one = session.hven(&["rerun", "--state", "done", "--name", "a"]).ok();
    assert!(one.err.contains("done in "), "{}", one.err);
    let detached = session.hven(&["rerun", "-d", "last"]).ok();
    assert!(detached.out.contains("; the work of "), "{}", detached.out);
    let none = session.hven(&["rerun", "--state", "lost"]).ok();
    assert_eq!((none.out.as_str(), none.err.contains("no run of yours matches")), ("", true), "{}", none.err);
    for mixed in [&["rerun"][..], &["rerun", "last", "--state", "done"], &["rerun", "--state", "running"]] {
        let result = session.hven(mixed);
        assert_eq!(result.status, Some(64), "{mixed:?}: {}", result.err);
    }
}

#[test]
fn a_repeated_run_reads_the_same_file_on_standard_input_from_the_same_offset() {
    let session = Session::new();
    session.write("list.txt", "one\ntwo\nthree\n");
    session.shell("{ read line; hven run -- cat; } < list.txt").ok();
    session.write("list.txt", "one\nTWO\nTHREE\n");
    assert_eq!(session.hven(&["rerun", "last"]).ok().out, "TWO\nTHREE\n");
    assert_eq!(show(&session, "last")["spec"]["stdin"]["from"], 4);
    session.shell("hven run -- cat < list.txt").ok();
    // The standard input of the command itself is not used.
    let result = session.hven_with_input(&["rerun", "last"], "another");
    assert_eq!(result.ok().out, "one\nTWO\nTHREE\n");
    session.write("list.txt", "1\n");
    session.shell("{ read line; hven run -- cat; } < list.txt").ok();
    session.write("list.txt", "");
    let result = session.hven(&["rerun", "last"]);
    assert_eq!(result.status, Some(125), "{}", result.err);
    assert!(result.err.contains("from byte 2 on, and the file has 0 bytes now"), "{}", result.err);
}

#[test]
fn a_run_that_cannot_be_repeated_is_refused_with_a_hint() {
    let session = Session::new();
    let check = |run: &str, parts: &[&str]| {
        let before = runs(&session);
        let result = session.hven(&["rerun", run]);
        assert_eq!((result.status, result.out.as_str()), (Some(125), ""), "{run}: {}", result.err);
        for part in parts {
            assert!(result.err.contains(part), "{part}: {}", result.err);
        }
        assert_eq!(runs(&session), before, "nothing was started");
        // In the background it is an error of this command.
        assert!(matches!(session.hven(&["rerun", "-d", run]).status, Some(65 | 66)), "{run}");
    };
    session.hven_with_input(&["run", "--", "cat"], "piped").ok();
    check("last", &["its standard input was a pipe", "pipe it again", "| hven run -- cat`", "hven reproduce"]);
    session.hven_with_input(&["run", "--", "true"], "piped").ok();
    check("last", &["it read nothing from it: `hven run --stdin none -- true`"]);

    session.write("gone/a.txt", "1");
    session.hven_in("gone", &["run", "--", "true"]).ok();
    fs::remove_dir_all(session.cwd().join("gone")).expect("removed");
    check("last", &["its folder ", "/gone is not on this machine", "hven reproduce"]);

    session.write("a.txt", "1");
    session.hven(&["run", "-i", "a.txt", "--", "cat", "a.txt"]).ok();
    fs::remove_file(session.cwd().join("a.txt")).expect("removed");
    let handle = session.last();
    check("last", &["its input a.txt does not exist any more", &format!("`hven get {handle} --inputs`")]);
    session.hven(&["get", "last", "--inputs"]).ok();
    assert_eq!(session.hven(&["rerun", "last"]).ok().out, "1");

    session.write("hven.toml", "[run.fit]\ncommand = \"cat a.txt\"\n");
    session.hven(&["run"]).ok();
    check("last", &["it is the step run.fit of hven.toml", "`hven run --step fit`"]);
    // The name alone does not make it a step.
    session.hven(&["run", "--name", "fit", "--", "echo", "other"]).ok();
    assert_eq!(session.hven(&["rerun", "last"]).ok().out, "other\n");
    fs::remove_file(session.cwd().join("hven.toml")).expect("removed");

    session.hven(&["reproduce", "last"]);
    let all = session.hven(&["ps", "-a", "--all-kinds", "--json"]).ok().json();
    let own = all["items"].as_array().expect("a list").iter().find(|run| run["own_kind"] == "again").expect("one");
    check(own["handle"].as_str().expect("a handle"), &["Hven made it to check another run"]);

    session.write("planets.csv", "name,period\nearth,1.0\nmars,1.88\n");
    session.hven(&["data", "add", "planets.csv"]).ok();
    check("last", &["it is the recipe import", "`hven data add`"]);

    let erased = session.hven(&["run", "--json", "--", "echo", "hunter-2222"]).ok().json();
    let id = erased["id"].as_str().expect("an id");
    session.hven_with_input(&["redact", "--run", id, "--text", "-", "--because", "a test"], "hunter-2222\n").ok();
    check(id, &["its command was erased from the record"]);
}

#[test]
fn a_run_that_cannot_be_repeated_does_not_block_the_others() {
    let session = Session::new();
    session.hven_with_input(&["run", "--", "sh", "-c", "exit 3"], "piped");
    let piped = session.last();
    // A filter matches it; without other matches this is an error.
    let alone = session.hven(&["rerun", "-d", "--state", "failed"]);
    assert_eq!(alone.status, Some(65), "{}", alone.err);
    assert!(alone.err.contains(&format!("run {piped} cannot be run again")), "{}", alone.err);
    session.hven(&["run", "--", "sh", "-c", "exit 4"]);
    let failed = session.last();
    let started = session.hven(&["rerun", "--state", "failed", "--yes", "--json"]).ok().json();
    assert_eq!(started["runs"].as_array().expect("a list").len(), 1);
    assert_eq!(started["left_out"][0]["of"]["handle"], json!(piped), "{started}");
    let why = started["left_out"][0]["why"].as_str().expect("a reason");
    assert!(why.contains("its standard input was a pipe"), "{why}");
    assert_eq!(runs(&session), 3);
    wait_until("it has ended", || session.hven(&["ps", "--json"]).ok().json()["items"] == json!([]));
    let content = session.hven(&["rerun", "--state", "failed", "--dry-run"]).ok();
    let left_out = format!("left out: run {piped} cannot be run again: its standard input");
    assert!(content.err.contains(&left_out), "{}", content.err);
    // A named run must be repeated: this is an error.
    let named = session.hven(&["rerun", &piped, &failed, "--json"]);
    assert_eq!(named.status, Some(65), "{}", named.err);
    assert_eq!(named.json()["runs"].as_array().expect("a list").len(), 1);
}

#[test]
fn only_the_newest_run_of_the_same_work_is_repeated() {
    let session = Session::new();
    session.write("status", "3");
    let work = ["--", "sh", "-c", "exit $(cat status)"];
    session.hven(&[&["run", "--tag", "batch"][..], &work].concat());
    session.hven(&[&["run", "--name", "other", "--tag", "batch"][..], &work].concat());
    let again = |more: &[&str]| {
        let rerun = ["rerun", "--state", "failed", "--tag", "batch", "--json", "--yes", "-d"];
        let started = session.hven(&[&rerun[..], more].concat()).ok().json();
        wait_until("they have ended", || session.hven(&["ps", "--json"]).ok().json()["items"] == json!([]));
        let count = |part: &str| started[part].as_array().expect("a list").len();
        (count("runs"), count("left_out"))
    };
    assert_eq!(again(&[]), (2, 0));
    assert_eq!(show(&session, "last")["tags"], json!(["batch"]), "the tags are copied");
    assert_eq!(again(&[]), (2, 2), "it does not grow");
    session.write("status", "0");
    assert_eq!(again(&["--name", "other"]), (1, 2));
    // Works whose newest run succeeded are left out, also if that run is archived.
    assert_eq!(again(&[]), (1, 5));
    session.hven(&["archive", "last"]).ok();
    assert_eq!(again(&[]), (0, 6));
    let content = session.hven(&["rerun", "--state", "failed"]).ok();
    assert!(content.err.contains("6 runs are left out, because newer runs of the same work count"), "{}", content.err);
    // In another folder it is a different work.
    session.write("elsewhere/status", "3");
    session.hven_in("elsewhere", &[&["run", "--tag", "batch"][..], &work].concat());
    session.write("elsewhere/status", "0");
    assert_eq!(again(&[]), (1, 6));
    // A named run is always repeated, but once.
    let before = runs(&session);
    let handle = session.last();
    session.hven(&["rerun", &handle, &handle]).ok();
    assert_eq!(runs(&session), before + 1);
}

#[test]
fn all_names_are_resolved_before_the_first_run_starts() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    let result = session.hven(&["rerun", "last", "ZZZZ"]);
    assert_eq!((result.status, result.out.as_str()), (Some(66), ""), "{}", result.err);
    assert_eq!(runs(&session), 1, "nothing was started");
}

#[test]
fn a_dry_run_checks_what_it_can() {
    let session = Session::new();
    let mut run = session.command(&["run", "--secret", "API_KEY", "--", "true"]);
    run.env("API_KEY", "tycho-brahe-1576");
    start(run).ok();
    let result = session.hven(&["rerun", "last", "--dry-run"]);
    assert_eq!((result.status, result.out.as_str()), (Some(65), ""), "{}", result.err);
    assert!(result.err.contains("cannot be run again: the secret API_KEY is not set"), "{}", result.err);
    let mut again = session.command(&["rerun", "last", "--dry-run"]);
    again.env("API_KEY", "kepler-1609-secret");
    let result = start(again).ok();
    assert!(result.out.contains("would be tried again in "), "{}", result.out);
    assert_eq!(runs(&session), 1);
}

#[test]
fn an_empty_filter_does_not_select_all_runs() {
    let session = Session::new();
    session.hven(&["run", "--tag", "night", "--", "true"]).ok();
    for command in ["rerun", "cancel", "ps"] {
        for filter in ["--tag", "--name", "--project", "--state", "--since"] {
            for value in ["", "night,"] {
                if value.is_empty() || matches!(filter, "--tag" | "--state") {
                    let result = session.hven(&[command, filter, value]);
                    assert_eq!((result.status, result.out.as_str()), (Some(64), ""), "{command} {filter} {value:?}");
                }
            }
        }
    }
    for command in ["show", "why", "explain", "get", "attach", "logs", "tag", "archive", "cancel", "rerun"] {
        let result = session.hven(&[command, ""]);
        assert!(matches!(result.status, Some(64 | 125)), "{command}: {}", result.err);
        assert!(result.err.contains("the name is empty"), "{command}: {}", result.err);
    }
    let result = session.hven(&["cancel", "--tag", "", "--yes"]);
    assert!(result.err.contains("is a variable of the shell not set?"), "{}", result.err);
    for (command, message) in [("rerun", "no runs are selected"), ("cancel", "no runs are selected")] {
        let result = session.hven(&[command]);
        assert_eq!(result.status, Some(64), "{}", result.err);
        assert!(result.err.contains(message) && result.err.contains("--since"), "{}", result.err);
    }
    assert_eq!(runs(&session), 1);
}

#[test]
fn the_name_of_a_run_is_no_command() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    let handle = session.last();
    let id = show(&session, "last")["id"].as_str().expect("an id").to_owned();
    for name in [&handle, &handle.to_lowercase(), &id, &id[..20].to_owned()] {
        for arguments in [vec!["run", name], vec!["run", "-d", "--", name]] {
            let result = session.hven(&arguments);
            assert_eq!((result.status, result.out.as_str()), (Some(125), ""), "{}", result.err);
            assert!(result.err.contains(&format!("there is no program {name}: that is a run")), "{}", result.err);
            assert!(
                result.err.contains(&format!("`hven rerun {handle}` runs it again; `hven show {handle}`")),
                "{}",
                result.err
            );
        }
    }
    assert_eq!(runs(&session), 1, "nothing is recorded");
    // A command with arguments, a name that no run has, and a program are not affected.
    assert_eq!(session.hven(&["run", &handle, "x"]).status, Some(127));
    assert_eq!(session.hven(&["run", "ZZZZ"]).status, Some(127));
    let bin = session.root().join("bin");
    fs::create_dir(&bin).expect("made");
    fs::write(bin.join(&handle), "#!/bin/sh\necho a program\n").expect("written");
    fs::set_permissions(bin.join(&handle), PermissionsExt::from_mode(0o755)).expect("ours");
    let mut run = session.command(&["run", &handle]);
    run.env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").expect("tests have a PATH")));
    assert_eq!(start(run).ok().out, "a program\n");
    assert_eq!(runs(&session), 4);
}
