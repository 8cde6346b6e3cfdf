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
    // Messages show the text of the manifest.
    let manifest = session.read("hven.toml");
    session.write("hven.toml", &manifest.replace("\"a, b\"]", "\"\"]"));
    let refused = session.hven(&["map", "sweep"]);
    assert!(refused.err.contains("map.sweep.over.t in hven.toml has an empty value"), "{refused:?}");
    session.write("hven.toml", &manifest.replace("gather", "zip = [\"i\", \"t\"]\ngather"));
    let refused = session.hven(&["map", "sweep"]);
    assert!(refused.err.contains("write zip = [\"i,t\"]"), "{refused:?}");
    session.write("hven.toml", &manifest);
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
    assert!(nothing.err.contains("no task of array/1 failed"), "{nothing:?}");
    let nothing = session.hven(&["retry", "array/1:3"]);
    assert!(nothing.err.contains("task 3 of array/1 neither failed nor was cancelled"), "{nothing:?}");
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
    check(&["true {y}", "--over-rows", "gap.csv"], "no value for y in line 2");
    check(&["true {x}", "--over-rows", "none.csv"], "neither a file here nor a dataset");
    check(&["true | wc {i}", "--over", "i=1..3"], "`|` means something to a shell");
    check(&["true {i}", "--over", "i=1..3", "--stop-when", "fialed > 3"], "failed");
    check(&["true {a}{b}", "--over", "a=1,2", "--over", "b=1,2,3", "--zip", "a,b"], "equally many: a has 2, b has 3");
    check(&["true {i}", "--over", "i=1,2", "--over", "j=1", "--zip", "i"], "--zip i names one value");
    check(&["true {i}", "--over", "i=a, \"b"], "this \" is never closed (at \"\\\"b\")");
    // A plan refuses the same as a submission.
    for plan in [&[][..], &["--plan"]] {
        let check = |arguments: &[&str], part: &str| check(&[plan, arguments].concat(), part);
        let same = "have the same file as an output, same.txt: put {i} in its path, as in same-{i}.txt";
        check(&["true {i}", "--over", "i=1..1000000", "-o", "same.txt"], same);
        check(
            &["true {i}", "--over", "i=1..2", "--over", "t=1,2", "-o", "x/{i}"],
            "put {t} in its path, as in x/{i}-{t}",
        );
        check(&["true {i}", "--over", "i=1..3", "-i", "none.csv"], "the input none.csv cannot be read");
        check(&["true {i}", "--over", "i=1..3", "-i", "dataset:none"], "none");
        check(&["true {i}", "--over", "i=1..3", "--stdin", "none.txt"], "none.txt cannot be read");
        check(&["true {i}", "--over", "i=1..3", "--secret", "NOT_SET"], "the secret NOT_SET is not set");
        check(&["true {i}", "--over", "i=1..3", "--gather", "a b"], "a b");
        check(&["no-such-program {i}", "--over", "i=1..3"], "there is no program no-such-program in PATH");
        check(&["./none.sh {i}", "--over", "i=1..3"], "there is no program ./none.sh, so");
        check(&["true {i}", "--over", "i=1..3", "--cpus", "100000"], "no runner is large enough");
        check(&["true {i}", "--over", "i=1..3", "--tag", "a b"], "tag");
        let unit = ["true {i}", "--over", "i=a,b", "--gather", "d", "--unit"];
        check(&[&unit[..], &["i=s"]].concat(), "the unit of i is refused: its value \"a\" is a text");
        check(&[&unit[..], &["loss=parsecs per"]].concat(), "the unit of loss");
        let rule = ["true {i}", "--over", "i=1..3", "--stop-when"];
        check(&[&rule[..], &["count(failed) > 1 and fialed > 3"]].concat(), "count(failed) > 1 and fialed > 3");
    }
    assert!(session.hven(&["ps", "-a"]).out.contains("no runs here") || session.hven(&["ps", "-a"]).status != Some(0));
}

#[test]
fn tasks_are_cancelled_and_run_again() {
    let session = Session::new();
    let wait = "until [ -e may-end ]; do sleep 0.02; done; echo {i} >> done.txt";
    session.hven(&["map", "-d", "--over", "i=1..60", "--", "sh", "-c", wait]).ok();
    wait_until("some tasks run", || count(&session, "array/1", "running") > 0);
    let cancelled = session.hven(&["cancel", "array/1:41-60"]).ok();
    assert!(cancelled.out.contains("array/1  home  running; 20 tasks cancelled"), "{cancelled:?}");
    let again = session.hven(&["cancel", "array/1:41-60"]);
    assert!(again.err.contains("tasks 41-60 of array/1 ended already"), "{again:?}");
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

/// Logs a metric, which is NaN for seed 2, and none for seed 3.
const NAN: &str = r#"
import json, os, sys
seed = int(sys.argv[1])
with open(os.environ["HVEN_METRICS"], "a") as metrics:
    if seed != 3:
        metrics.write(json.dumps({"loss": float("nan") if seed == 2 else 0.5 * seed}) + "\n")
"#;

#[test]
fn results_are_gathered_again_without_running_a_task() {
    let session = Session::new();
    session.write("sim.py", NAN);
    let over = ["map", "python3 sim.py {task}", "--over", "task=1..4", "--gather", "results", "--unit", "los=s"];
    let failed = session.hven(&over);
    assert_eq!(failed.status, Some(1), "{failed:?}");
    let near =
        session.hven(&["map", "--plan", "echo {temp}", "--over", "temp=1,2", "--gather", "x", "--unit", "tmp=K"]).ok();
    assert!(near.err.contains("as no value has this name; is `temp` meant?"), "{near:?}");
    assert!(failed.out.contains("the unit of los is given") && failed.out.contains("is `loss` meant?"), "{failed:?}");
    assert!(failed.err.contains("`hven gather array/1` tries again"), "{failed:?}");
    let metric = "loss: lowest 0.5 at task=1, highest 2 at task=4; NaN or infinite in 1 task; not logged by 1 task";
    assert!(failed.out.contains(metric), "{failed:?}");
    let runs = || session.hven(&["ps", "-a", "--tasks", "--json"]).ok().json()["items"].as_array().map(Vec::len);
    let before = runs();
    let gathered = session.hven(&["gather", "array/1", "--unit", "loss=s"]).ok();
    assert!(gathered.out.contains("gathered by") && !gathered.out.contains("not gathered"), "{gathered:?}");
    let data = session.hven(&["data", "show", "results"]).ok().out;
    assert!(data.contains("results@1") && data.contains("loss") && data.contains("float64  s"), "{data}");
    // A value that has the name of a column of Hven keeps it. NaN is not the same as no value.
    session.hven(&["data", "export", "results", "-o", "results.csv"]).ok();
    let table = session.read("results.csv");
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0], ["hven.task", "run", "task", "loss"], "{table}");
    let losses: Vec<&str> = rows[1..].iter().map(|row| row[3]).collect();
    assert_eq!(losses, ["0.5", "NaN", "", "2.0"], "{table}");
    // Another name makes another dataset; the tasks did not run again.
    session.hven(&["gather", "array/1", "--name", "other", "--no-units"]).ok();
    assert!(session.hven(&["data", "show", "other"]).ok().out.contains("rows    4"));
    assert_eq!(runs(), before.map(|before| before + 2), "two imports");
    for (arguments, part) in [
        (&["gather", "array/9"][..], "there is no array"),
        (&["gather", "array/1:2"], "is no array"),
        (&["gather", "array/1", "--unit", "loss=furlongs per"], "the unit of loss"),
    ] {
        let refused = session.hven(arguments);
        assert!(refused.status != Some(0) && refused.err.contains(part), "{refused:?}");
    }
    // The gathered dataset gives the values of another array, whatever its other columns are.
    let next = session.hven(&["map", "echo {task} {run}", "--over-rows", "results@1", "--gather", "next"]).ok();
    assert!(next.err.contains("cannot be values are left out: loss"), "{next:?}");
    assert!(session.hven(&["logs", "array/2:4"]).ok().out.starts_with("4 "));
    session.hven(&["map", "echo {i}", "--over", "i=1..2", "--detach"]).ok();
    let none = session.hven(&["gather", "array/3"]);
    assert!(none.err.contains("the name of the dataset is needed: array/3 gathers none"), "{none:?}");
    session.hven(&["gather", "array/3", "--name", "late"]).ok();
    assert!(session.hven(&["data", "show", "late"]).ok().out.contains("rows    2"));
}

#[test]
fn code_that_changes_while_an_array_runs_is_reported() {
    let session = Session::new();
    session.write("sim.sh", "echo old $1\nuntil [ -e go ]; do sleep 0.02; done\n");
    session.hven(&["map", "-d", "sh sim.sh {i}", "--over", "i=1..40", "--cpus", "1", "--gather", "results"]).ok();
    wait_until("some tasks run", || count(&session, "array/1", "running") > 0);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    session.write("sim.sh", "echo new $1\n");
    session.write("go", "");
    let ended = session.hven(&["attach", "array/1"]).ok();
    let new: Vec<u32> =
        (1..=40).filter(|task| session.hven(&["logs", &format!("array/1:{task}")]).ok().out.contains("new ")).collect();
    assert!(!new.is_empty() && new.len() < 40, "{new:?}");
    let said =
        format!("{} of 40 tasks ran with other code than the array recorded (first: array/1:{})", new.len(), new[0]);
    assert!(ended.out.contains(&said), "{said}: {ended:?}");
    assert!(session.hven(&["show", "array/1"]).ok().out.contains(&said));
    assert!(session.hven(&["data", "show", "results"]).ok().out.contains(&said));
    // A task that runs again later is compared with the record of the array, too.
    session.write("sim.sh", "[ $1 != 3 ]\n");
    session.hven(&["map", "sh sim.sh {i}", "--over", "i=1..4"]);
    session.write("sim.sh", "true\n");
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let again = session.hven(&["retry", "array/2"]).ok();
    assert!(
        again.out.contains("1 of 4 tasks ran with other code than the array recorded (first: array/2:3)"),
        "{again:?}"
    );
}

#[test]
fn an_array_is_no_run_and_lists_say_what_they_leave_out() {
    let session = Session::new();
    session.hven(&["map", "sh -c 'exit {i}'", "--over", "i=0..3", "--name", "fit"]);
    for arguments in [
        &["logs", "array/1"][..],
        &["get", "array/1"],
        &["explain", "array/1"],
        &["why", "array/1"],
        &["rerun", "array/1"],
        &["tag", "array/1", "--add", "good"],
        &["note", "array/1"],
        &["archive", "array/1"],
        &["retract", "array/1", "--because", "x", "--yes"],
    ] {
        let refused = session.hven(arguments);
        let said = "array/1 is an array; name one of its tasks: array/1:1";
        assert!(refused.status != Some(0) && refused.err.contains(said), "{arguments:?}: {refused:?}");
    }
    let several = session.hven(&["logs", "array/1:2-3"]);
    assert!(several.err.contains("array/1:2-3 are several tasks; name one of its tasks: array/1:2"), "{several:?}");
    assert!(session.hven(&["logs", "array/9"]).err.contains("there is no run \"array/9\""));
    assert!(session.hven(&["logs", "array/1:9"]).err.contains("there is no task \"array/1:9\""));
    // Filters of lists, and of commands that act on what they find, leave tasks out.
    let left_out = |arguments: &[&str], said: &str| {
        let listed = session.hven(arguments);
        assert!(listed.err.contains(said), "{arguments:?}: {listed:?}");
    };
    let three = "3 tasks of arrays fit, too, and are left out (3 of array/1): ";
    left_out(&["ps", "--state", "failed"], &format!("{three}--tasks lists them, `hven show array/1 --tasks`"));
    left_out(&["ps", "-a", "exit 2"], "1 task of arrays fits, too, and is left out (array/1:3): ");
    left_out(&["ps", "--name", "fit", "--since", "1h"], "4 tasks of arrays fit, too");
    left_out(&["rerun", "--state", "failed", "--yes"], &format!("{three}`hven retry array/1`"));
    left_out(&["cancel", "--name", "fit", "--yes"], "no run of yours matches");
    session.hven(&["tag", "array/1:2", "--add", "good"]).ok();
    left_out(&["ps", "--tag", "good"], "1 task of arrays fits, too, and is left out (array/1:2): ");
    let listed = session.hven(&["ps", "--tag", "good", "--tasks"]).ok();
    assert!(listed.out.contains("failed with exit status 1") && !listed.err.contains("left out"), "{listed:?}");
    assert!(!session.hven(&["ps", "-a"]).ok().err.contains("left out"), "the array is a row itself");
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
        ("outputs", serde_json::json!({ "outputs": ["{i}.json"] })),
        ("over", serde_json::json!({ "over": ["i=1..2", "t=a, \"b"] })),
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
