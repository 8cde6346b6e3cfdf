//! `hven run` from start to end, for every kind of end.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::Child,
};

use rustix::process::Signal;

use crate::{
    fit_script::{FIT_RUN, study},
    session::{Session, finish, signal, snapshot, wait_until},
};

#[test]
fn a_script_is_tracked_and_its_output_shown() {
    let session = study();
    let result = session.hven(&FIT_RUN);
    snapshot!(session, result, @r"
    status 0
    ---- out
    read 2 rows
    ---- err
    a warning
    run [run]  home  done in [duration]  loss 0.333333  1 output  http://127.0.0.1:PORT/r/[run]
    ");
    let run = session.hven(&["show", "last", "--json"]).ok().json();
    assert_eq!(run["schema"], "hven.run/1");
    assert_eq!(run["params"]["rows"], 2);
    assert_eq!(run["metrics"][0]["key"], "loss");
    assert_eq!(run["metrics"][0]["points"], 3);
    assert_eq!(run["output_files"][0]["path"], "fit.json");
    assert_eq!(run["spec"]["inputs"][0]["path"], "planets.csv");
    assert_eq!(run["spec"]["code"]["kind"], "folder");
    assert!(run["software"]["version"].as_str().expect("a version").starts_with('3'));
    assert!(run["spec"]["environment"]["PATH"].is_string());
    assert!(run["spec"]["environment"]["HOME"].is_null(), "HOME is not on the allow-list");
}

#[test]
fn the_same_work_is_not_repeated_and_its_outputs_are_restored() {
    let session = study();
    session.hven(&FIT_RUN).ok();
    let first = session.last();
    let again = session.hven(&FIT_RUN).ok();
    snapshot!(session, again, @r"
    status 0
    ---- err
    run [run]  home  up to date: run [run] did the same: same command, inputs, code, variables, programs and modules  http://127.0.0.1:PORT/r/[run]
    ");
    fs::remove_file(session.cwd().join("fit.json")).expect("removed");
    let restored = session.hven(&FIT_RUN).ok();
    assert!(restored.err.contains("1 file put back ") && !restored.err.contains("another"), "{}", restored.err);
    assert_eq!(session.read("fit.json"), r#"{"rows": 2}"#);
    session.write("fit.json", "edited");
    let restored = session.hven(&FIT_RUN).ok();
    assert!(restored.err.contains("1 file put back, in place of another "), "{}", restored.err);
    assert_eq!(session.read("fit.json"), r#"{"rows": 2}"#);
    assert_eq!(session.last(), first, "nothing was run again");

    session.write("planets.csv", "name,period\nearth,1.0\n");
    session.hven(&FIT_RUN).ok();
    assert_ne!(session.last(), first, "an input changed");
    let second = session.last();
    session.write("fit.py", &crate::fit_script::FIT.replace("a warning", "another"));
    session.hven(&FIT_RUN).ok();
    assert_ne!(session.last(), second, "the code changed");
}

#[test]
fn the_exit_status_is_that_of_the_script() {
    let session = Session::new();
    let check = |script: &str, wanted: i32| {
        let result = session.hven(&["run", "--", "sh", "-c", script]);
        assert_eq!(result.status, Some(wanted), "{script}: {}", result.err);
    };
    check("exit 0", 0);
    check("exit 3", 3);
    check("kill -9 $$", 137);
    let result = session.hven(&["run", "--", "sh", "-c", "exit 3"]);
    snapshot!(session, result, @r"
    status 3
    ---- err
    run [run]  home  failed with exit status 3 after [duration]  http://127.0.0.1:PORT/r/[run]
    ");
}

#[test]
fn an_unknown_command_is_reported_with_a_suggestion() {
    let session = Session::new();
    let result = session.hven(&["run", "--", "pyhton3", "fit.py"]);
    assert_eq!(result.status, Some(127));
    assert!(result.err.contains("pyhton3"), "{}", result.err);
    assert!(result.err.contains("python3"), "a suggestion: {}", result.err);
}

#[test]
fn output_is_shown_byte_for_byte() {
    let session = Session::new();
    let script = r"import sys; sys.stdout.buffer.write(bytes(range(256)) * 300 + '行星'.encode()); sys.stdout.flush()";
    let output = session.command(&["run", "--", "python3", "-c", script]).output().expect("it runs");
    let mut wanted: Vec<u8> = (0..=255).cycle().take(256 * 300).collect();
    wanted.extend("行星".as_bytes());
    assert_eq!(output.stdout, wanted);
    let raw = session.command(&["logs", "last", "--raw"]).output().expect("it runs");
    assert_eq!(raw.stdout, wanted);
}

/// Starts `hven` and waits until its standard output has a line.
fn start(session: &Session, arguments: &[&str]) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = session.command(arguments).spawn().expect("the binary starts");
    let mut lines = BufReader::new(child.stdout.take().expect("it was piped"));
    let mut line = String::new();
    lines.read_line(&mut line).expect("a line");
    assert_eq!(line, "here\n");
    (child, lines)
}

#[test]
fn ctrl_c_cancels_the_run_and_reports_it() {
    let session = Session::new();
    let (child, _out) = start(&session, &["run", "--", "sh", "-c", "echo here; sleep 100"]);
    signal(&child, Signal::INT);
    let result = finish(child);
    assert_eq!(result.status, Some(130), "{}", result.err);
    snapshot!(session, result, @r"
    status 130
    ---- err
    cancelling run [run]: its processes get TERM, then KILL; Ctrl-C again leaves it to that
    run [run]  home  cancelled after [duration]  http://127.0.0.1:PORT/r/[run]
    ");
    assert_eq!(session.run_state("last"), "cancelled");
}

#[test]
fn a_second_ctrl_c_stops_following_a_run_that_ends_slowly() {
    let session = Session::new();
    let (child, _out) = start(
        &session,
        &["run", "--grace", "60s", "--", "sh", "-c", "trap '' TERM; echo here; while [ ! -e go ]; do sleep 0.05; done"],
    );
    signal(&child, Signal::INT);
    wait_until("it is stopping", || session.run_state("last") == "stopping");
    signal(&child, Signal::INT);
    let result = finish(child);
    assert_eq!(result.status, Some(130), "{}", result.err);
    assert!(result.err.contains("ends by itself"), "{}", result.err);
    session.write("go", "");
    wait_until("it has ended", || session.run_state("last") == "cancelled");
}

#[test]
fn a_run_survives_its_terminal() {
    let session = Session::new();
    let (child, _out) = start(
        &session,
        &["run", "--", "sh", "-c", "echo here; while [ ! -e go ]; do sleep 0.05; done; echo there; exit 4"],
    );
    signal(&child, Signal::HUP);
    assert_eq!(finish(child).status, None, "it ended by the signal");
    wait_until("it goes on", || session.run_state("last") == "running");
    session.write("go", "");
    let result = session.hven(&["attach", "last"]);
    assert_eq!((result.status, result.out.as_str()), (Some(4), "here\nthere\n"), "{}", result.err);
}

#[test]
fn leaving_an_attached_run_does_not_end_it() {
    let session = Session::new();
    session.hven(&["run", "-d", "--", "sh", "-c", "echo here; while [ ! -e go ]; do sleep 0.05; done"]).ok();
    let (child, _out) = start(&session, &["attach", "last"]);
    signal(&child, Signal::INT);
    let result = finish(child);
    assert_eq!(result.status, Some(130));
    snapshot!(session, result, @r"
    status 130
    ---- err
    left; run [run] goes on: `hven attach [run]` shows it, `hven cancel [run]` ends it
    ");
    wait_until("it goes on", || session.run_state("last") == "running");
    session.write("go", "");
    wait_until("it is done", || session.run_state("last") == "done");
}

#[test]
fn a_closed_reader_cancels_the_run_that_writes_to_it() {
    let session = Session::new();
    let (child, out) =
        start(&session, &["run", "--", "sh", "-c", "echo here; while true; do echo more; sleep 0.02; done"]);
    drop(out);
    let result = finish(child);
    assert!(result.err.contains("has no reader any more"), "{}", result.err);
    assert_eq!(session.run_state("last"), "cancelled");
}

#[test]
fn a_waiting_run_reports_how_many_runs_are_before_it() {
    let session = Session::new();
    // Only one of two such runs fits at a time.
    let cores = std::thread::available_parallelism().map_or(1, usize::from) / 2 + 1;
    let asked = ["--cpus", &cores.to_string()];
    for _ in 0..3 {
        let script = ["--", "sh", "-c", "while [ ! -e go ]; do sleep 0.05; done"];
        session.hven(&[&["run", "-d"][..], &asked, &script].concat()).ok();
    }
    let shown = || -> Vec<(String, bool)> {
        let page = session.hven(&["ps", "--sort", "oldest", "--json"]).ok().json();
        let runs = page["items"].as_array().expect("a list").iter();
        runs.map(|run| (run["state"].as_str().expect("a state").to_owned(), run["wall_s"].is_number())).collect()
    };
    let row = |state: &str, has_time| (state.to_owned(), has_time);
    let expect = [row("running", true), row("waiting", false), row("waiting", false)];
    wait_until("the first runs", || shown() == expect);

    let mut child = session.command(&[&["run"][..], &asked, &["--", "true"]].concat()).spawn().expect("it starts");
    let mut result = BufReader::new(child.stderr.take().expect("it was piped"));
    let mut line = String::new();
    result.read_line(&mut line).expect("a line");
    assert!(line.contains(" waits because ") && line.trim_end().ends_with("before it: 2."), "{line}");
    session.write("go", "");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    wait_until("all are done", || session.hven(&["ps", "--json"]).ok().json()["items"] == serde_json::json!([]));
}

#[test]
fn a_detached_run_is_cancelled_by_name() {
    let session = Session::new();
    let created = session.hven(&["run", "-d", "--json", "--name", "night", "--", "sleep", "100"]).ok().json();
    let handle = created["run"]["handle"].as_str().expect("a handle").to_owned();
    assert_eq!((&created["schema"], &created["up_to_date"]), (&"hven.submitted/1".into(), &false.into()));
    wait_until("it runs", || session.run_state(&handle) == "running");
    let id = created["run"]["id"].as_str().expect("an id");
    session.hven(&["cancel", &id[..20]]).ok();
    wait_until("it is cancelled", || session.run_state(&handle.to_lowercase()) == "cancelled");
    let result = session.hven(&["cancel", "ZZZZ", &handle]);
    assert_ne!(result.status, Some(0), "one of them does not exist");
}

#[test]
fn a_limit_ends_a_run_and_is_named() {
    let session = Session::new();
    let result = session.hven(&["run", "--time", "300ms", "--", "sleep", "100"]);
    assert_eq!(result.status, Some(124), "{}", result.err);
    assert!(result.err.contains("limit"), "{}", result.err);
}

#[test]
fn a_secret_is_used_and_never_stored() {
    let session = Session::new();
    let mut command = session.command(&["run", "--secret", "API_KEY", "--", "sh", "-c", "echo key=$API_KEY"]);
    let result = finish(command.env("API_KEY", "tycho-brahe-1576").spawn().expect("it starts")).ok();
    assert!(!result.out.contains("tycho-brahe-1576"), "it is masked: {}", result.out);
    assert!(result.out.starts_with("key="));
    session.hven(&["down"]).ok();
    let found = find_bytes(&session.home(), b"tycho-brahe-1576");
    assert_eq!(found, Vec::<String>::new());
    let missing = session.hven(&["run", "--secret", "NO_SUCH", "--", "true"]);
    assert_eq!(missing.status, Some(125));
}

/// The files below a folder that contain these bytes.
fn find_bytes(folder: &std::path::Path, bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("readable").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(find_bytes(&path, bytes));
        } else if fs::read(&path).is_ok_and(|text| text.windows(bytes.len()).any(|window| window == bytes)) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn a_script_logs_metrics_by_command() {
    let session = Session::new();
    let hven = env!("CARGO_BIN_EXE_hven");
    let script = format!("{hven} log metric loss=0.5 acc=nan --step 7 && {hven} log param lr=0.1 opt=adam");
    let result = session.hven(&["run", "--", "sh", "-c", &script]).ok();
    assert_eq!(result.out, "", "logging is silent in a script");
    session.hven(&["log", "metric", "--run", "last", "score=1"]).ok();
    let run = session.hven(&["show", "last", "--json"]).ok().json();
    let keys: Vec<_> = run["metrics"].as_array().expect("a list").iter().map(|metric| metric["key"].clone()).collect();
    assert_eq!(keys.len(), 2, "{keys:?}");
    // Values that a person adds after the end are shown separately, with a name.
    let later = &run["added_later"][0];
    assert_eq!((&later["name"], &later["value"], &later["by"]["name"]), (&"score".into(), &1.0.into(), &"mira".into()));
    assert_eq!((&run["params"]["lr"], &run["params"]["opt"]), (&serde_json::json!(0.1), &serde_json::json!("adam")));
    let outside = session.hven(&["log", "metric", "loss=1"]);
    assert_eq!(outside.status, Some(64));
}

#[test]
fn a_script_whose_server_is_unreachable_logs_to_its_file() {
    let session = Session::new();
    let hven = env!("CARGO_BIN_EXE_hven");
    // The command inside the run gets an address at which no server answers.
    let script = format!("HVEN_URL=http://127.0.0.1:1 {hven} log metric loss=0.25 --step 2");
    let result = session.hven(&["run", "--", "sh", "-c", &script]).ok();
    assert!(result.err.contains("written to $HVEN_METRICS"), "{}", result.err);
    let run = session.hven(&["show", "last", "--json"]).ok().json();
    assert_eq!(run["metrics"][0]["last"], 0.25);
    assert_eq!(run["metrics"][0]["last_step"], 2);
}

#[test]
fn the_git_state_is_recorded() {
    let session = Session::new();
    session.write("fit.py", "print(1)\n");
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
        let mut command = std::process::Command::new("git");
        let output = command.args(identity).args(arguments).current_dir(session.cwd()).output().expect("git runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "first"]);
    session.write("fit.py", "print(2)\n");
    session.write("new.py", "print(3)\n");
    session.hven(&["run", "--", "python3", "fit.py"]).ok();
    let run = session.hven(&["show", "last", "--json"]).ok().json();
    let code = &run["spec"]["code"];
    assert_eq!((&code["kind"], &code["branch"]), (&serde_json::json!("git"), &serde_json::json!("main")));
    assert!(code["diff"].is_string());
    assert_eq!(code["untracked"][0]["path"], "new.py");
}

#[test]
fn an_invalid_metrics_line_does_not_block_the_run() {
    let session = Session::new();
    let deep = format!("{}{}", "[".repeat(123), "]".repeat(123));
    session.write("lines", &format!("{{\"param\":{{\"a\":{deep}}}}}\n{{\"loss\":0.5}}\n"));
    let result = session.hven(&["run", "--", "sh", "-c", "cat lines >> $HVEN_METRICS"]).ok();
    assert!(result.err.contains("loss 0.5") && result.err.contains("1 message set aside"), "{}", result.err);
    let shown = session.hven(&["show", "last"]).ok().out;
    assert!(shown.contains("1 message set aside") && shown.contains("nested deeper than 32 levels"), "{shown}");
    let list = session.hven(&["ps", "-a"]).ok().out;
    assert!(list.contains("1 message set aside"), "{list}");
    // Other runs are not blocked either.
    session.hven(&["run", "--", "true"]).ok();
}

#[test]
fn values_logged_after_the_end_are_shown_as_added_later() {
    let session = Session::new();
    session.hven(&["run", "--", "sh", "-c", "echo '{\"acc\":0.5}' >> $HVEN_METRICS"]).ok();
    let run = session.last();
    let result = session.hven(&["log", "metric", "--run", &run, "acc=0.99", "--step", "7"]).ok();
    assert!(result.out.contains("added later"), "{}", result.out);
    let result = session.hven(&["log", "param", "--run", &run, "checked=true"]).ok();
    assert!(result.out.contains("added later"), "{}", result.out);
    let shown = session.hven(&["show", &run]).ok().out;
    let (measured, added) = shown.split_once("added later").unwrap_or_else(|| panic!("{shown}"));
    assert!(measured.contains("0.5") && !measured.contains("0.99") && !measured.contains("checked"), "{shown}");
    assert!(added.contains("0.99") && added.contains("checked") && added.contains("ADDED BY"), "{shown}");
    let list = session.hven(&["ps", "-a"]).ok().out;
    assert!(list.contains("acc 0.5") && list.contains("2 values added later"), "{list}");
}
