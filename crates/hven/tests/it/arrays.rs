//! Arrays: many tasks as one thing.

use serde_json::Value;

use crate::session::{Session, wait_until};

pub fn array(session: &Session, name: &str) -> Value {
    session.hven(&["show", name, "--json"]).ok().json()["array"].clone()
}

/// How many tasks of an array are in this state.
pub fn count(session: &Session, name: &str, state: &str) -> u64 {
    array(session, name)["counts"][state].as_u64().expect("a count")
}

/// Writes a metric, and fails for seed 3 as long as `mended` is not there.
const SIM: &str = r#"
import json, os, sys
seed, t = int(sys.argv[1]), float(sys.argv[2])
with open(os.environ["HVEN_METRICS"], "a") as metrics:
    metrics.write(json.dumps({"loss": (seed - 2) ** 2 * t}) + "\n")
if seed == 3 and not os.path.exists("mended"):
    sys.exit("ValueError: a bad seed")
"#;

#[test]
fn a_manifest_describes_an_array() {
    let session = Session::new();
    session.write(
        "hven.toml",
        "[map.sweep]\ncommand = [\"sh\", \"-c\", 'echo \"$0|$1\"', \"{i}\", \"{t}\"]\n\
         over = { i = \"1..3\", t = [\"0.10\", \"a, b\"] }\ngather = \"printed\"\n",
    );
    std::fs::create_dir(session.cwd().join("below")).expect("a folder");
    let plan = session.hven_in("below", &["map", "--plan", "sweep"]).ok().out;
    assert!(plan.contains("6 tasks"), "{plan}");
    // A flag says more than the manifest.
    session.hven(&["map", "--gather", "said", "sweep"]).ok();
    assert_eq!(session.hven(&["logs", "array/1:6"]).ok().out.trim(), "3|a, b");
    assert_eq!(session.hven(&["logs", "array/1:1"]).ok().out.trim(), "1|0.10");
    assert!(session.hven(&["data", "ls"]).ok().out.contains("said"));
    let unknown = session.hven(&["map", "swep"]);
    assert!(unknown.err.contains("has no [map.swep]") && unknown.err.contains("is `sweep` meant?"), "{unknown:?}");
    // Values on the command line make the word a command.
    session.hven(&["map", "true", "--over", "i=1..2"]).ok();
    session.write("hven.toml", "[map.sweep]\ncommand = \"sim {j}\"\nover = { i = 1 }\n");
    let refused = session.hven(&["map", "sweep"]);
    assert!(refused.err.contains("hven.toml:2:") && refused.err.contains("`{j}` has no values"), "{refused:?}");
}

#[test]
fn the_tasks_of_an_array_are_one_thing() {
    let session = Session::new();
    session.write("sim.py", SIM);
    let arguments = ["map", "python3 sim.py {i} {t}", "--over", "i=1..4", "--over", "t=0.5,1.5", "--gather", "results"];
    let ended = session.hven(&[&arguments[..], &["--unit", "t=s"]].concat());
    assert_eq!(ended.status, Some(1), "a task failed: {ended:?}");
    for part in [
        "array/1  incomplete",
        "8 tasks: 6 done, 2 failed",
        "loss: lowest 0 at i=2 t=0.5, highest 6 at i=4 t=1.5",
        "2 ×  failed with exit status 1: ValueError: a bad seed  (tasks 5-6)",
    ] {
        assert!(ended.out.contains(part), "{part}: {}", ended.out);
    }
    // The dataset has a row for each task that succeeded, with units.
    let data = session.hven(&["data", "show", "results"]).ok().out;
    assert!(data.contains("rows    6") && data.contains("t     float64  s"), "{data}");
    // A retracted task makes it suspect.
    let lists = session.hven(&["ps", "-a"]).ok().out;
    assert!(lists.contains("array/1  incomplete") && !lists.contains("sim.py 1 0.5"), "tasks are no rows: {lists}");
    let shown = session.hven(&["show", "array/1:4"]).ok().out;
    assert!(shown.contains("python3 sim.py 2 1.5") && shown.contains("\nt     1.5"), "{shown}");
    assert!(shown.lines().any(|line| line.split_whitespace().eq(["task", "4", "of", "array/1"])), "{shown}");
    assert!(session.hven(&["logs", "array/1:5"]).ok().out.contains("ValueError: a bad seed"));
    let tasks = session.hven(&["show", "array/1", "--tasks", "--state", "failed"]).ok().out;
    assert!(tasks.contains("array/1:5") && tasks.contains("i=3 t=1.5") && !tasks.contains("array/1:4"), "{tasks}");
    // The failed tasks run again, and the results are gathered again.
    session.write("mended", "");
    let again = session.hven(&["retry", "array/1"]).ok();
    assert!(again.out.contains("8 tasks: 8 done"), "{again:?}");
    let data = session.hven(&["data", "show", "results"]).ok().out;
    assert!(data.contains("results@2") && data.contains("rows      8"), "{data}");
    session.hven(&["retract", "array/1:1", "--because", "a wrong seed", "--yes"]).ok();
    assert!(session.hven(&["data", "show", "results"]).ok().out.contains("suspect: rests on run"));
    let nothing = session.hven(&["retry", "array/1"]);
    assert!(nothing.err.contains("no task of array/1 that is meant failed"), "{nothing:?}");
}

#[test]
fn values_of_a_table_are_single_words() {
    let session = Session::new();
    session.write("points.csv", "name;x\n\"a b; $(touch made)\";007\n'q' \"\"`touch made`;-1,5\n{i};1e3\n");
    session.write("show.py", "import sys\nprint(repr(sys.argv[1:]))\n");
    session.hven(&["map", "--over-rows", "points.csv", "--", "python3", "show.py", "{name}", "x={x}"]).ok();
    let said = |task: u32| session.hven(&["logs", &format!("array/1:{task}")]).ok().out;
    assert_eq!(said(1), "['a b; $(touch made)', 'x=007']\n");
    assert_eq!(said(2), "['\\'q\\' \"\"`touch made`', 'x=-1,5']\n");
    assert_eq!(said(3), "['{i}', 'x=1e3']\n");
    assert!(!session.cwd().join("made").exists());
}

#[test]
fn wrong_arrays_are_refused_before_anything_is_recorded() {
    let session = Session::new();
    session.write("points.csv", "x,y\n1,2\n");
    session.write("gap.csv", "x,y\n1,\n");
    let check = |arguments: &[&str], part: &str| {
        let refused = session.hven(&[&["map"][..], arguments].concat());
        assert!(refused.status != Some(0) && refused.err.contains(part), "{part}: {refused:?}");
    };
    check(&["true {i}", "--over", "i=1..1000000000000"], "1,000,000,000,000 tasks; at most 10,000,000");
    check(&["true {j}", "--over", "i=1..3"], "{j} stands for no value");
    check(&["true {i}", "--over", "i="], "has no values");
    check(&["true {i}", "--over", "i=3..1..1"], "is empty");
    check(&["true {i}"], "has no values");
    check(&["true {z}", "--over-rows", "points.csv"], "{z} stands for no value");
    check(&["true {x}", "--over-rows", "gap.csv"], "no value for y in line 2");
    check(&["true {x}", "--over-rows", "none.csv"], "neither a file here nor a dataset");
    check(&["true | wc {i}", "--over", "i=1..3"], "`|` means something to a shell");
    check(&["true {i}", "--over", "i=1..3", "--stop-when", "fialed > 3"], "failed");
    check(&["true {a}{b}", "--over", "a=1,2", "--over", "b=1,2,3", "--zip", "a,b"], "equally many: a has 2, b has 3");
    assert!(session.hven(&["ps", "-a"]).out.contains("no runs here") || session.hven(&["ps", "-a"]).status != Some(0));
}

#[test]
fn tasks_are_cancelled_and_run_again() {
    let session = Session::new();
    let wait = "until [ -e may-end ]; do sleep 0.02; done; echo {i} >> done.txt";
    session.hven(&["map", "-d", "--over", "i=1..60", "--", "sh", "-c", wait]).ok();
    wait_until("some tasks run", || count(&session, "array/1", "running") > 0);
    let cancelled = session.hven(&["cancel", "array/1:41-60"]).ok();
    assert!(cancelled.out.contains("array/1  home  running"), "{cancelled:?}");
    session.write("may-end", "");
    let ended = session.hven(&["attach", "array/1"]);
    assert!(ended.out.contains("60 tasks: 40 done, 20 cancelled"), "{ended:?}");
    assert_eq!(session.read("done.txt").lines().count(), 40);
    let refused = session.hven(&["cancel", "array/1"]);
    assert!(refused.status == Some(75) && refused.err.contains("array/1 has ended already"), "{refused:?}");
    session.hven(&["retry", "array/1:50-90"]).err.contains("go up to 90");
    let one = session.hven(&["retry", "array/1:50"]);
    assert!(one.out.contains("41 done, 19 cancelled"), "{one:?}");
    let all = session.hven(&["retry", "array/1", "--cancelled"]).ok();
    assert!(all.out.contains("60 tasks: 60 done"), "{all:?}");
    let mut lines: Vec<u32> = session.read("done.txt").lines().map(|line| line.parse().expect("a number")).collect();
    lines.sort_unstable();
    assert_eq!(lines, (1..=60).collect::<Vec<_>>(), "each task was done once");
    // Its own rule stops an array.
    let stopped = session.hven(&["map", "false", "--over", "i=1..5000", "--stop-when", "count(failed) > 10"]);
    assert_eq!(stopped.status, Some(1));
    assert!(stopped.out.contains("stopped by  count(failed) > 10"), "{stopped:?}");
    assert!(count(&session, "array/2", "cancelled") > 3000, "{stopped:?}");
}

#[test]
fn a_task_whose_work_was_done_is_not_run_again() {
    let session = Session::new();
    session.write("in.txt", "1\n");
    session.write("work.sh", "cp in.txt out-$1.txt; echo $1 >> ../counted.log\n");
    let arguments =
        |range: &'static str| ["map", "sh work.sh {i}", "--over", range, "-i", "in.txt", "-o", "out-{i}.txt"];
    let map = |range: &'static str| session.hven(&arguments(range)).ok();
    map("i=1..3");
    let done = || session.read("../counted.log").lines().count();
    assert_eq!(done(), 3);
    map("i=1..5");
    assert_eq!(done(), 5, "two tasks are new");
    session.write("in.txt", "2\n");
    map("i=1..5");
    assert_eq!(done(), 10, "another input is other work");
}

#[test]
fn a_run_does_not_wait_behind_a_large_array() {
    let session = Session::new();
    session.hven(&["map", "-d", "--project", "many", "--over", "i=1..100000", "--", "sleep", "0.05"]).ok();
    wait_until("tasks end", || count(&session, "array/1", "done") > 5);
    // Its share is due before the tasks that wait: few of them end until then.
    let before = count(&session, "array/1", "done");
    session.hven(&["run", "--project", "few", "--", "true"]).ok();
    let passed = count(&session, "array/1", "done") - before;
    assert!(passed < 500, "{passed} tasks ended first");
    let explained = session.hven(&["explain", "array/1:90000"]).ok().out;
    assert!(
        explained.contains("tasks of the array come before it") && explained.contains("ended tasks"),
        "{explained}"
    );
    let clear = session.hven(&["cancel", "--state", "queued", "--project", "few", "--yes"]).ok();
    assert!(clear.err.contains("no run of yours matches"), "{clear:?}");
    session.hven(&["cancel", "array/1"]).ok();
    assert_eq!(session.hven(&["attach", "array/1"]).status, Some(1));
}

/// The report of the process that reads a draft for the server.
fn draft(session: &Session, change: &Value, submit: Option<&str>) -> Value {
    let mut draft = serde_json::json!({
        "command": "python3 sim.py {i} {t}", "folder": session.cwd(), "over": ["i=1..2", "t=0.5,1.5"], "zip": [],
        "inputs": [], "outputs": [], "project": "", "name": "", "cpus": "", "memory": "", "resources": [], "priority": "",
        "gather": "", "stop_when": "",
    });
    for (field, value) in change.as_object().expect("fields") {
        draft[field] = value.clone();
    }
    let task = serde_json::json!({ "draft": draft, "secrets": [], "submit": submit });
    session.hven_with_input(&["draft-process"], &task.to_string()).ok().json()
}

#[test]
fn a_draft_is_read_as_the_options_of_a_command_are() {
    let session = Session::new();
    session.write("sim.py", SIM);
    session.hven(&["run", "--", "true"]).ok();
    let none = serde_json::json!({});
    let preview = draft(&session, &none, None)["preview"].clone();
    assert_eq!(preview["tasks"], 4, "{preview}");
    assert_eq!(preview["last"], serde_json::json!(["python3", "sim.py", "2", "1.5"]));
    assert!(preview["takes_unknown"]["text"].as_str().is_some_and(|why| why.contains("not known")), "{preview}");
    // Each refusal names its field; nothing was recorded.
    let refused = draft(
        &session,
        &serde_json::json!({
            "command": "sh | wc", "over": ["i=1..", "i=0..1", "t="], "inputs": ["none.csv"], "project": "a b", "cpus": "0",
            "memory": "much", "resources": ["cpus=2"], "priority": "101", "gather": "a b", "stop_when": "failed >",
        }),
        Some("key"),
    );
    let fields: Vec<(&str, Option<u64>)> = refused["refusals"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|refusal| (refusal["field"].as_str().expect("a name"), refusal["at"].as_u64()))
        .collect();
    let expected = [
        ("command", None),
        ("over", Some(0)),
        ("over", Some(2)),
        ("resources", Some(0)),
        ("inputs", Some(0)),
        ("project", None),
        ("gather", None),
        ("stop_when", None),
        ("cpus", None),
        ("memory", None),
        ("priority", None),
    ];
    assert_eq!(fields, expected, "{refused}");
    for (field, change) in [
        ("command", serde_json::json!({ "command": "sim {j}" })),
        ("values", serde_json::json!({ "over": [] })),
        ("values", serde_json::json!({ "over": ["i=1", "i=2"], "command": "sim" })),
        ("zip", serde_json::json!({ "zip": ["i,x"] })),
        ("values", serde_json::json!({ "over": ["i=1..3", "t=1,2"], "zip": ["i,t"] })),
        ("outputs", serde_json::json!({ "outputs": ["{j}.json"] })),
        ("resources", serde_json::json!({ "resources": ["gpu=1", "gpu=2"] })),
        ("array", serde_json::json!({ "priority": "50", "project": "" , "cpus": "100000" })),
    ] {
        let refused = draft(&session, &change, Some("key"));
        assert_eq!(refused["refusals"][0]["field"], field, "{change}: {refused}");
    }
    assert!(!session.hven(&["ps", "-a"]).ok().out.contains("array/1"));
    // The code of the folder is recorded as it is now, and the same key submits once.
    for _ in 0..2 {
        let submitted = draft(&session, &serde_json::json!({ "gather": "results", "name": "s {i}" }), Some("key"));
        assert_eq!(submitted["array"], "array/1", "{submitted}");
    }
    let ended = session.hven(&["attach", "array/1"]).ok();
    assert!(ended.out.contains("4 tasks: 4 done"), "{ended:?}");
    let shown = session.hven(&["show", "array/1:1", "--json"]).ok().json();
    assert_eq!(shown["spec"]["code"]["kind"], "folder", "{shown}");
    assert_eq!(shown["task_of"], serde_json::json!({ "array": "array/1", "task": 1 }));
}
