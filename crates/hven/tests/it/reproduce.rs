//! `hven reproduce`: reproductions from the record, with every verdict.

use std::fs;

use serde_json::Value;

use crate::session::Session;

/// Copies a number from the table to a file and logs it.
const COPY: &str = "import json, os\nrows = open('table.csv').read().split()\nopen('out.csv', 'w').write('x\\n' + \
                    rows[1] + '\\n')\nwith open(os.environ['HVEN_METRICS'], 'a') as metrics:\n    \
                    metrics.write(json.dumps({'x': float(rows[1])}) + '\\n')\n";

fn session(script: &str) -> Session {
    let session = Session::new();
    session.write("table.csv", "x\n1.5\n");
    session.write("copy.py", script);
    session
}

fn run(session: &Session) {
    session.hven(&["run", "-i", "table.csv", "-o", "out.csv", "--", "python3", "copy.py"]).ok();
}

/// Runs the command. Returns the verdict, and checks the exit status.
fn verdict(session: &Session, arguments: &[&str]) -> (String, Value) {
    let result = session.hven(&[&["reproduce", "--json"], arguments].concat());
    let item = result.json()["items"][0].clone();
    let level = item["level"].as_str().expect("a level").to_owned();
    let is_same = level.starts_with("same");
    assert_eq!(result.status, Some(i32::from(!is_same)), "{level}");
    (level, item)
}

#[test]
fn a_reproduction_gives_the_same_result_although_the_folder_changed() {
    let session = session(COPY);
    run(&session);
    let first = session.last();
    for path in ["table.csv", "copy.py", "out.csv"] {
        fs::remove_file(session.cwd().join(path)).expect("removed");
    }
    let (level, item) = verdict(&session, &[&first]);
    assert_eq!((level.as_str(), &item["same_bytes"]), ("same_bytes", &2.into()), "a file and a metric: {item}");
    assert!(!session.cwd().join("out.csv").exists(), "it was made in a folder of its own");
    let shown = session.hven(&["show", &first, "--json"]).ok().json();
    assert_eq!(shown["made_again"]["level"], "same_bytes");
    let listed = session.hven(&["reproduce", &first]).ok();
    assert!(listed.out.contains("the same bytes") && listed.out.contains("out.csv: the same"), "{}", listed.out);
}

#[test]
fn random_results_differ_and_a_tolerance_may_allow_it() {
    let session = session(&COPY.replace("rows[1]", "str(1.5 + __import__('random').random() / 1e4)"));
    run(&session);
    let first = session.last();
    let (level, item) = verdict(&session, &[&first]);
    assert_eq!(level, "differs");
    assert!(item["because"].as_str().expect("words").starts_with("out.csv, row 1, column x: 1.5"), "{item}");
    assert_eq!(item["metrics"][0]["key"], "x");
    assert_eq!(verdict(&session, &[&first, "--tolerance", "0.01"]).0, "same_within");
    assert_eq!(verdict(&session, &[&first, "--within", "x=0.01"]).0, "differs", "the file has a tolerance of its own");
    assert_eq!(verdict(&session, &[&first, "--within", "x=0.01", "--within", "out.csv=0.01"]).0, "same_within");
}

#[test]
fn results_that_depend_on_the_clock_differ() {
    let session = session(&COPY.replace("rows[1]", "str(__import__('time').time() % 100)"));
    run(&session);
    let (level, item) = verdict(&session, &[&session.last()]);
    assert_eq!((level.as_str(), &item["differs"]), ("differs", &2.into()), "the file and the metric: {item}");
}

#[test]
fn the_tolerance_of_the_manifest_is_the_default() {
    let session = session(&COPY.replace("rows[1]", "str(1.5 + __import__('random').random() / 1e4)"));
    session.write(
        "hven.toml",
        "[run.copy]\ncommand = \"python3 copy.py\"\ninputs = [\"table.csv\"]\noutputs = [\"out.csv\"]\n\
         tolerance = 0.01\nwithin = { x = 0.02 }\n",
    );
    session.hven(&["run"]).ok();
    let first = session.last();
    let (level, item) = verdict(&session, &["run.copy"]);
    assert_eq!(level, "same_within");
    assert_eq!(item["metrics"][0]["likeness"]["tolerance"]["relative"], 0.02, "{item}");
    assert_eq!(verdict(&session, &[&first, "--within", "x=1e-12"]).0, "differs");
    let refused = session.hven(&["run", "--tolerance=-1", "--", "true"]);
    assert_eq!(refused.status, Some(125), "{refused:?}");
}

#[test]
fn a_run_that_cannot_be_reproduced_has_an_exact_reason() {
    let session = session(COPY);
    run(&session);
    let first = session.last();
    // The bytes of an input are erased.
    let shown = session.hven(&["show", &first, "--json"]).ok().json();
    let digest = shown["spec"]["inputs"][0]["digest"].as_str().expect("a digest").to_owned();
    session.hven(&["redact", "--object", &digest, "--because", "a test"]).ok();
    let (level, item) = verdict(&session, &[&first]);
    assert_eq!(level, "cannot_rerun");
    assert!(item["because"].as_str().expect("words").contains("table.csv"), "{item}");

    let secret = "import os\nopen('out.csv', 'w').write(str(len(os.environ['SESAME'])))\n";
    session.write("copy.py", secret);
    session.write("table.csv", "x\n2.5\n");
    let arguments = ["run", "-i", "table.csv", "-o", "out.csv", "--secret", "SESAME", "--", "python3", "copy.py"];
    let mut command = session.command(&arguments);
    crate::session::finish(command.env("SESAME", "open sesame").spawn().expect("it starts")).ok();
    let (level, item) = verdict(&session, &["last"]);
    assert_eq!(level, "cannot_rerun");
    assert!(item["because"].as_str().expect("words").contains("the secret SESAME"), "{item}");
    let mut command = session.command(&["reproduce", "last", "--secret", "SESAME"]);
    crate::session::finish(command.env("SESAME", "open sesame").spawn().expect("it starts")).ok();
}

#[test]
fn a_missing_interpreter_is_named() {
    let session = session(COPY);
    let tools = session.root().join("tools");
    fs::create_dir(&tools).expect("made");
    let tool = tools.join("copier");
    fs::write(&tool, "#!/bin/sh\ncp table.csv out.csv\n").expect("written");
    fs::set_permissions(&tool, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("may be run");
    let path = tool.to_str().expect("text");
    session.hven(&["run", "-i", "table.csv", "-o", "out.csv", "--", path]).ok();
    assert_eq!(verdict(&session, &["last"]).0, "same_bytes");
    let first = session.hven(&["ps", "-a", "--json"]).ok().json();
    let first =
        first["items"].as_array().expect("runs").last().expect("one")["handle"].as_str().expect("one").to_owned();
    fs::remove_file(&tool).expect("removed");
    let (level, item) = verdict(&session, &[&first]);
    assert_eq!(level, "cannot_rerun");
    assert!(item["because"].as_str().expect("words").contains("copier"), "{item}");
}

fn git(session: &Session, arguments: &[&str]) {
    let mut command = std::process::Command::new("git");
    command.args(["-c", "user.name=Mira", "-c", "user.email=mira@example.org"]).args(arguments);
    assert!(command.current_dir(session.cwd()).output().expect("git").status.success(), "{arguments:?}");
}

#[test]
fn the_code_of_a_commit_is_taken_from_the_clone() {
    let session = session(COPY);
    let git = |arguments: &[&str]| git(&session, arguments);
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "copy.py"]);
    git(&["commit", "-q", "-m", "first"]);
    // Changes since the commit count, too.
    session.write("copy.py", &format!("{COPY}# more\n"));
    run(&session);
    let first = session.last();
    session.write("copy.py", "raise SystemExit('other code')\n");
    git(&["commit", "-q", "-a", "-m", "second"]);
    assert_eq!(verdict(&session, &[&first]).0, "same_bytes");
    fs::remove_dir_all(session.cwd().join(".git")).expect("removed");
    let (level, item) = verdict(&session, &[&first]);
    assert_eq!(level, "cannot_rerun");
    assert!(item["because"].as_str().expect("words").contains("its code is commit"), "{item}");
}

/// A repository in whose folder `study` a script imports a module from above.
fn with_code_above(shared: &str) -> Session {
    let session = Session::new();
    session.write("shared.py", shared);
    session.write("study/copy.py", "import sys\nsys.path.insert(0, '..')\nimport shared\nshared.copy()\n");
    session.write("study/table.csv", "x\n1.5\n");
    for arguments in [&["init", "-q", "-b", "main"][..], &["add", "."], &["commit", "-q", "-m", "first"]] {
        git(&session, arguments);
    }
    session
}

const SHARED: &str = "def copy():\n    open('out.csv', 'w').write(open('table.csv').read())\n";
const IN_STUDY: [&str; 9] = ["run", "-i", "table.csv", "-o", "out.csv", "--", "python3", "-B", "copy.py"];

#[test]
fn code_above_the_folder_is_restored_at_its_path() {
    let session = with_code_above(SHARED);
    // Changes since the commit, and untracked files, are restored, too.
    session.write("shared.py", &format!("import helper\n{SHARED}    helper.end()\n"));
    session.write("helper.py", "def end():\n    open('out.csv', 'a').write('2.5\\n')\n");
    session.hven_in("study", &IN_STUDY).ok();
    let first = session.last();
    assert_eq!(fs::read_to_string(session.cwd().join("study/out.csv")).expect("made"), "x\n1.5\n2.5\n");
    session.write("shared.py", "raise SystemExit('other code')\n");
    fs::remove_file(session.cwd().join("helper.py")).expect("removed");
    let item = session.hven_in("study", &["reproduce", &first, "--json"]).ok().json()["items"][0].clone();
    assert_eq!((&item["level"], &item["outputs_compared"]), (&"same_bytes".into(), &1.into()), "{item}");
    let again = item["again"]["handle"].as_str().expect("a run").to_owned();
    let spec = session.hven(&["show", &again, "--json"]).ok().json()["spec"].clone();
    assert_eq!((&spec["place"], &spec["cwd"]), (&"fresh".into(), &"study".into()), "{spec}");
    let inputs: Vec<&str> =
        spec["inputs"].as_array().expect("inputs").iter().map(|one| one["path"].as_str().expect("a path")).collect();
    for path in ["study/table.csv", "study/copy.py", "shared.py", "helper.py"] {
        assert!(inputs.contains(&path), "{path}: {inputs:?}");
    }
    // The reproduction can be reproduced in the same place.
    let item = session.hven_in("study", &["reproduce", &again, "--json"]).ok().json()["items"][0].clone();
    assert_eq!((&item["level"], &item["outputs_compared"]), (&"same_bytes".into(), &1.into()), "{item}");
}

#[test]
fn missing_code_above_the_folder_is_reported() {
    // Larger than the limit for restored code.
    let large = format!("{SHARED}# {}\n", "x".repeat(1 << 20));
    for with_helper in [false, true] {
        let session = with_code_above(&large);
        if with_helper {
            session.write("helper.py", "pass\n");
        }
        session.hven_in("study", &IN_STUDY).ok();
        let item = session.hven_in("study", &["reproduce", "last", "--json"]).json()["items"][0].clone();
        assert_eq!(item["level"], "cannot_rerun", "{item}");
        let result = item["surroundings"][0].as_str().expect("a line");
        assert!(result.starts_with("code above the folder study of its repository: "), "{result}");
        assert_eq!(
            result.contains("1 of its files or repositories are not in the fresh folder"),
            with_helper,
            "{result}"
        );
    }
}

#[test]
fn without_declared_results_nothing_is_reported_as_the_same() {
    let session = Session::new();
    session.hven(&["run", "--", "sh", "-c", "date +%N; date +%N > result.txt"]).ok();
    let first = session.last();
    let result = session.hven(&["reproduce", &first]);
    assert_eq!(result.status, Some(3), "{result:?}");
    assert!(result.out.contains("nothing to compare: no outputs and no metrics declared"), "{}", result.out);
    assert!(
        result.out.contains("stdout: printed something else, from line 1; stderr: nothing was printed"),
        "{}",
        result.out
    );
    assert!(!result.out.contains("the same bytes"), "{}", result.out);
    let shown = session.hven(&["show", &first, "--json"]).ok().json()["made_again"].clone();
    assert_eq!((&shown["level"], &shown["metrics_compared"]), (&"nothing_to_compare".into(), &0.into()), "{shown}");
    assert_eq!(
        (&shown["printed"]["stdout"]["is"], &shown["printed"]["stdout"]["line"]),
        (&"differs".into(), &1.into())
    );
    let facts = session.hven(&["log", "--kind", "run.reproduced"]).ok();
    assert!(facts.out.contains(": nothing to compare"), "{}", facts.out);
}

#[test]
fn printed_output_alone_does_not_make_a_verdict() {
    let session = Session::new();
    session.hven(&["run", "--", "sh", "-c", "echo one; echo two >&2"]).ok();
    let result = session.hven(&["reproduce", "last", "--json"]);
    assert_eq!(result.status, Some(3), "{result:?}");
    let item = result.json()["items"][0].clone();
    assert_eq!((&item["level"], &item["outputs_compared"]), (&"nothing_to_compare".into(), &0.into()), "{item}");
    assert_eq!(item["printed"]["said"], "stdout: printed the same; stderr: printed the same");
}

#[test]
fn metrics_alone_are_compared_and_counted() {
    let session = Session::new();
    session.hven(&["run", "--", "sh", "-c", "echo '{\"x\": 1}' >> $HVEN_METRICS; date +%N"]).ok();
    let result = session.hven(&["reproduce", "last"]).ok();
    assert!(result.out.contains("the same values   1 metric: 1 the same"), "{}", result.out);
    assert!(!result.out.contains("bytes"), "{}", result.out);
    let facts = session.hven(&["log", "--kind", "run.reproduced"]).ok();
    assert!(facts.out.contains(": the same values of its metrics"), "{}", facts.out);
}
