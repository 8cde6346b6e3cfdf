//! Runs of MLflow and TensorBoard are imported: from the stores that real programs made, from servers that answer wrongly, again after an
//! interruption, and never twice.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    thread,
};

use serde_json::{Value, json};

use crate::session::{CommandOutput, Session, finish, wait_until};

const RUN: &str = "6d65f1e9e2a74dddb41096a8370df022";

/// Unpacks a sample of `hven-imports` into the folder `store` of the session.
fn unpack(session: &Session, name: &str) -> PathBuf {
    let folder = session.cwd().join("store");
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../hven-imports/tests/samples");
    let file = File::open(samples.join(format!("{name}.tar.zst"))).expect("the sample");
    tar::Archive::new(zstd::Decoder::new(file).expect("compressed")).unpack(&folder).expect("unpacked");
    folder
}

fn import(session: &Session, arguments: &[&str]) -> (CommandOutput, Value) {
    let result = session.hven(&[&["--json", "import"], arguments].concat());
    let answer = serde_json::from_str(&result.out).unwrap_or(Value::Null);
    (result, answer)
}

fn runs(session: &Session) -> Vec<Value> {
    let list = session.hven(&["ps", "-a", "--json"]).ok().json();
    list["items"].as_array().expect("a list").clone()
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("it is in a folder")).expect("made");
    fs::write(path, text).expect("written");
}

/// A folder of MLflow with one run, in an experiment with this name.
fn small_store(session: &Session, experiment: &str) -> PathBuf {
    let root = session.cwd().join("mlruns");
    write(
        &root.join("1/meta.yaml"),
        &format!("experiment_id: '1'\nname: {}\nlifecycle_stage: active\n", json!(experiment)),
    );
    let run = root.join("1").join(RUN);
    write(
        &run.join("meta.yaml"),
        &format!("run_id: {RUN}\nrun_name: one\nstatus: 3\nstart_time: 5000\nend_time: 9000\n"),
    );
    write(&run.join("metrics/loss"), "5000 0.5 1\n6000 0.25 2\n");
    run
}

#[test]
fn stores_of_each_version_come_once() {
    for (name, logged_models) in [
        ("mlflow-2.22.0-database", 0),
        ("mlflow-3.15.0-database", 1),
        ("mlflow-3.17.2-database", 1),
        ("mlflow-2.22.0-folder", 0),
        ("mlflow-3.17.2-folder", 1),
    ] {
        let session = Session::new();
        let store = unpack(&session, name);
        let store = store.to_str().expect("text");
        let (planned, plan) = import(&session, &["mlflow", store, "--plan"]);
        planned.ok();
        assert!(!session.home().exists(), "{name}: a plan writes nothing");
        let (first, brought) = import(&session, &["mlflow", store]);
        first.ok();
        assert_eq!(brought["schema"], "hven.imported_runs/1");
        assert_eq!(
            (&brought["runs"], &brought["content"]),
            (&plan["runs"], &plan["content"]),
            "{name}: what was planned came"
        );
        assert_eq!(
            brought["runs"],
            json!({ "new": 4 + logged_models, "continued": 0, "here": 0, "failed": 0, "deleted": 2, "open": 1 }),
            "{name}"
        );
        let counts = &brought["content"];
        assert_eq!(
            (&counts["points"], &counts["params"], &counts["datasets"]),
            (&json!(17), &json!(4), &json!(1)),
            "{name}: {counts}"
        );
        assert_eq!(
            (&counts["files"], &counts["logged_models"]),
            (&json!(2 + logged_models), &json!(logged_models)),
            "{name}: {counts}"
        );
        assert_eq!(
            (&counts["registered_models"], &counts["model_versions"]),
            (&json!(1), &json!(2)),
            "{name}: {counts}"
        );
        assert_eq!(brought["left_out"], json!([]), "{name}");

        let (again, nothing) = import(&session, &["mlflow", store]);
        again.ok();
        assert_eq!(nothing["runs"]["here"], 4 + logged_models, "{name}: {nothing}");
        assert_eq!(nothing["runs"]["new"], 0, "{name}");
        assert!(nothing["content"].as_object().expect("counts").values().all(|count| count == 0), "{name}: {nothing}");
        assert_eq!(runs(&session).len(), 4 + logged_models, "{name}");

        let first = runs(&session).into_iter().find(|run| run["name"] == "first/run 🚀").expect("it is here");
        assert_eq!((&first["state"], &first["wall_s"]), (&json!("done"), &json!(60.0)), "{name}");
        let child = runs(&session).into_iter().find(|run| run["name"] == "child").expect("it is here");
        let child = session.hven(&["show", child["id"].as_str().expect("an id"), "--json"]).ok().json();
        assert_eq!(child["external"]["parent"], first["id"], "{name}: nested runs stay nested");
        let shown = session.hven(&["show", first["id"].as_str().expect("an id"), "--json"]).ok().json();
        assert_eq!(shown["note"]["text"], "the *best* one", "{name}: {shown}");
        assert_eq!(shown["params"]["lr"], "0.010", "{name}: {shown}");
    }
}

#[test]
fn deleted_runs_come_into_the_archive_on_request() {
    let session = Session::new();
    let store = unpack(&session, "mlflow-3.17.2-database");
    let store = store.to_str().expect("text");
    import(&session, &["mlflow", store]).0.ok();
    for _ in 0..2 {
        let (result, brought) = import(&session, &["mlflow", store, "--deleted"]);
        result.ok();
        assert_eq!(brought["runs"]["deleted"], 0);
        let archived = session.hven(&["ps", "--archived", "--json"]).ok().json();
        let mut names: Vec<&str> =
            archived["items"].as_array().expect("a list").iter().filter_map(|run| run["name"].as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["dead", "lost"]);
    }
}

#[test]
fn one_experiment_comes_into_a_named_project_without_files() {
    let session = Session::new();
    let store = unpack(&session, "mlflow-3.17.2-folder");
    let store = store.to_str().expect("text");
    let named = ["--experiment", "tune/nights 🚀", "--project", "astro/tune", "--no-artifacts"];
    let (result, brought) = import(&session, &[&["mlflow", store][..], &named].concat());
    result.ok();
    assert_eq!((&brought["runs"]["new"], &brought["content"]["files"]), (&json!(3), &json!(0)));
    assert_eq!(brought["projects"], json!([{ "experiment": "tune/nights 🚀", "project": "astro/tune", "runs": 3 }]));
    assert!(runs(&session).iter().all(|run| run["project"] == "astro/tune"));
    let (unknown, _) = import(&session, &["mlflow", store, "--experiment", "none"]);
    assert_eq!(unknown.status, Some(66));
    assert!(unknown.err.contains("has no experiment") && unknown.err.contains("Default"), "{}", unknown.err);
}

#[test]
fn bad_sources_are_refused_with_the_reason() {
    let session = Session::new();
    session.write("notes.txt", "a text that is no database, and long enough to have a header of one");
    session.write("empty/readme", "nothing here");
    for (arguments, status, why) in [
        (&["mlflow", "none.db"][..], 66, "none.db cannot be read"),
        (&["mlflow", "notes.txt"], 65, "is no file of SQLite"),
        (&["mlflow", "empty"], 65, "no folder in it has a file meta.yaml"),
        (&["mlflow", "https://tracker.example"], 65, "Hven does not read https addresses"),
        (&["mlflow", "postgresql://localhost/mlflow"], 65, "Hven does not read postgresql addresses"),
        (&["mlflow", "http://ada:secret@127.0.0.1:5000"], 64, "has a password in it"),
        (&["mlflow", "http://127.0.0.1:1"], 69, "does not answer"),
        (&["mlflow", "empty", "--artifacts", "none"], 66, "is not a folder"),
        (&["tensorboard", "none"], 66, "is not a folder"),
        (&["tensorboard", "empty"], 65, "no file in it has tfevents in its name"),
    ] {
        let (result, _) = import(&session, arguments);
        assert_eq!(result.status, Some(status), "{arguments:?}: {}", result.err);
        assert!(result.err.contains(why), "{arguments:?}: {}", result.err);
    }
    assert!(runs_of_home(&session).is_empty());
}

/// The runs, if there is a home.
fn runs_of_home(session: &Session) -> Vec<Value> {
    if session.home().join("FORMAT").exists() { runs(session) } else { Vec::new() }
}

#[test]
fn a_run_that_goes_on_is_continued_and_ended_later() {
    let session = Session::new();
    let run = small_store(&session, "tune");
    let meta = run.join("meta.yaml");
    write(&meta, &format!("run_id: {RUN}\nrun_name: one\nstatus: 1\nstart_time: 5000\n"));
    let (first, brought) = import(&session, &["mlflow", "mlruns"]);
    first.ok();
    assert_eq!((&brought["runs"]["open"], &brought["content"]["points"]), (&json!(1), &json!(2)));
    write(&run.join("metrics/loss"), "5000 0.5 1\n6000 0.25 2\n7000 nan 3\n");
    write(&run.join("artifacts/model.bin"), "weights");
    let (second, brought) = import(&session, &["mlflow", "mlruns"]);
    second.ok();
    assert_eq!(
        (&brought["runs"]["continued"], &brought["content"]["points"], &brought["content"]["files"]),
        (&json!(1), &json!(1), &json!(1))
    );
    write(&meta, &format!("run_id: {RUN}\nrun_name: one\nstatus: 4\nstart_time: 5000\nend_time: 9000\n"));
    let (third, brought) = import(&session, &["mlflow", "mlruns"]);
    third.ok();
    assert_eq!(
        (&brought["runs"]["continued"], &brought["content"]["points"], &brought["content"]["files"]),
        (&json!(1), &json!(0), &json!(0))
    );
    let all = runs(&session);
    assert_eq!((all.len(), &all[0]["id"], &all[0]["state"]), (1, &json!(RUN), &json!("failed")));
    let shown = session.hven(&["show", RUN, "--json"]).ok().json();
    assert_eq!(shown["metrics"][0]["points"], 3, "{shown}");
}

#[test]
fn damaged_parts_are_reported_and_the_rest_comes() {
    let session = Session::new();
    let run = small_store(&session, "tune");
    write(&run.join("params/long"), &"x".repeat(7000));
    write(&run.join("params/lr"), "0.1");
    write(&run.join("metrics/broken"), "not a point\n");
    write(&run.join("artifacts/good.txt"), "good");
    std::os::unix::fs::symlink("/etc/passwd", run.join("artifacts/stolen")).expect("linked");
    let lost = session.cwd().join("mlruns/1/11111111111111111111111111111111/meta.yaml");
    write(
        &lost,
        "run_id: '11111111111111111111111111111111'\nstatus: 3\nstart_time: 5000\nartifact_uri: s3://bucket/1/artifacts\n",
    );
    let (result, brought) = import(&session, &["mlflow", "mlruns"]);
    assert_eq!(result.status, Some(1), "{}", result.err);
    assert_eq!((&brought["runs"]["new"], &brought["runs"]["failed"]), (&json!(2), &json!(0)));
    assert_eq!((&brought["content"]["files"], &brought["content"]["params"]), (&json!(1), &json!(1)));
    let mut left: Vec<String> = brought["left_out"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|left| format!("{} {}: {}", left["count"], left["kind"], left["why"]))
        .collect();
    left.sort();
    let expected = [
        r#"1 "ends of runs": "MLflow does not say when they ended: the time of the last value stands for it""#,
        r#"1 "files": "is a link""#,
        r#"1 "parameters": "their value is longer than 6000 characters""#,
        r#"1 "points": "a line is no time, value and step""#,
        r#"1 "runs without their files": "they are at an address of the kind `s3:`, which Hven does not read""#,
    ];
    assert_eq!(left, expected);
}

#[test]
fn a_run_whose_files_are_gone_comes_without_them() {
    let session = Session::new();
    let run = small_store(&session, "tune");
    let meta = format!(
        "run_id: {RUN}\nstatus: 3\nstart_time: 5000\nend_time: 9000\nartifact_uri: file:///gone/deep/{RUN}/artifacts\n"
    );
    write(&run.join("meta.yaml"), &meta);
    let (result, imported) = import(&session, &["mlflow", "mlruns"]);
    assert_eq!(result.status, Some(1), "{}", result.err);
    assert_eq!((&imported["runs"]["new"], &imported["content"]["points"]), (&json!(1), &json!(2)));
    let left = imported["left_out"].as_array().expect("a list");
    assert_eq!((left.len(), &left[0]["why"]), (1, &json!("their folder is not there: below /gone")));
    // With the folder to which they were moved.
    write(&session.cwd().join("moved/1").join(RUN).join("artifacts/a.txt"), "a");
    let (planned, plan) = import(&session, &["mlflow", "mlruns", "--artifacts", "moved", "--plan"]);
    planned.ok();
    assert_eq!(plan["runs"]["here"], 1, "a run that has ended here is complete");
}

#[test]
fn hostile_names_are_escaped() {
    let session = Session::new();
    let run = small_store(&session, "ev\u{202e}il/🚀 \u{200b}x");
    write(
        &run.join("meta.yaml"),
        &format!("run_id: {RUN}\nrun_name: {}\nstatus: 3\nstart_time: 5\n", json!("a\x1b[31mb\u{202e}")),
    );
    write(&run.join("metrics/\x1b[2J"), "5 1 1\n");
    write(&run.join("params/p\u{9b}2J"), "\x1b[31m");
    write(&run.join("tags/mlflow.note.content"), "note \x1b]0;title\x07");
    let result = session.hven(&["import", "mlflow", "mlruns"]);
    assert_eq!(result.status, Some(1));
    let all = session.hven(&["ps", "-a"]).ok();
    for text in [&result.out, &result.err, &all.out] {
        let is_dangerous =
            |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}');
        assert!(!text.contains(is_dangerous), "{text:?}");
    }
    assert!(result.out.contains(r"ev\u{202e}il/🚀"), "{}", result.out);
    assert_eq!(runs(&session).len(), 1);
}

/// Answers each request with a function of its first line, `times` times; then it closes each connection.
fn serve(times: usize, answer: impl Fn(&str) -> (u16, String) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        let mut answered = 0;
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            if answered >= times {
                continue;
            }
            if let Some(line) = request(&mut stream) {
                let (status, body) = answer(&line);
                let head =
                    format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
                // A client that closed the connection is no failure of this server.
                let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
                answered += 1;
            }
        }
    });
    url
}

/// The first line of a request, whose body is read.
fn request(stream: &mut TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).ok()?;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? <= 2 {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    reader.take(length).read_to_end(&mut Vec::new()).ok()?;
    Some(first)
}

/// A server with two runs.
fn tracker(line: &str) -> (u16, String) {
    let body = if line.contains("experiments/search") {
        json!({ "experiments": [{ "experiment_id": "1", "name": "tune", "lifecycle_stage": "active" }] })
    } else if line.contains("runs/search") {
        let run = |digit: &str| {
            json!({ "info": { "run_id": digit.repeat(32), "run_name": digit, "status": "FINISHED", "start_time": 5, "end_time": 9,
                                                  "artifact_uri": "mlflow-artifacts:/1/x" } })
        };
        json!({ "runs": [run("a"), run("b")] })
    } else if line.contains("runs/get") {
        json!({ "run": { "data": { "params": [{ "key": "lr", "value": "0.1" }] } } })
    } else if line.contains("artifacts/list") {
        json!({ "files": [{ "path": "x.txt", "is_dir": false, "file_size": 3 }, { "path": "../y.txt", "is_dir": false }] })
    } else if line.contains("mlflow-artifacts/artifacts/1/x/x.txt") {
        return (200, "abc".to_owned());
    } else {
        return (404, "{}".to_owned());
    };
    (200, body.to_string())
}

#[test]
fn servers_that_answer_wrongly_bring_nothing() {
    let session = Session::new();
    for (status, body, exit, why) in [
        (401, "who are you?", 77, "MLFLOW_TRACKING_TOKEN"),
        (500, "broken", 69, "broken"),
        (200, "<html>garbage", 69, "expected value"),
        (200, "[]", 65, "is no server of MLflow"),
    ] {
        let url = serve(usize::MAX, move |_| (status, body.to_owned()));
        let (result, _) = import(&session, &["mlflow", &url]);
        assert_eq!(result.status, Some(exit), "{status} {body}: {}", result.err);
        assert!(result.err.contains(why), "{status} {body}: {}", result.err);
    }
    assert!(runs_of_home(&session).is_empty());
}

#[test]
fn a_server_that_drops_in_the_middle_is_continued() {
    let session = Session::new();
    // It answers the lists, and the first questions about a run.
    let (result, brought) = import(&session, &["mlflow", &serve(9, tracker)]);
    assert_eq!(result.status, Some(69), "{} {}", result.out, result.err);
    assert!(brought["stopped"].is_string(), "the counts are said: {brought}");
    let (result, brought) = import(&session, &["mlflow", &serve(usize::MAX, tracker)]);
    assert_eq!(result.status, Some(1), "a path leads out: {}", result.err);
    assert_eq!(brought["stopped"], Value::Null);
    let all = runs(&session);
    assert_eq!(all.iter().map(|run| run["state"].as_str().expect("a state")).collect::<Vec<_>>(), ["done", "done"]);
    for run in &all {
        let shown = session.hven(&["show", run["id"].as_str().expect("an id"), "--json"]).ok().json();
        assert_eq!(shown["params"]["lr"], 0.1, "{shown}");
        assert_eq!(run["outputs"], 1, "{run}");
    }
    assert!(brought["left_out"][0]["why"].as_str().expect("a reason").contains("`..`"), "{brought}");
}

#[test]
fn an_import_that_is_killed_goes_on() {
    let session = Session::new();
    for number in 0..60_u32 {
        let id = format!("{number:08x}4abc8def4abc8def4abc8def");
        let run = session.cwd().join("mlruns/1").join(&id);
        write(&run.join("meta.yaml"), &format!("run_id: {id}\nstatus: 3\nstart_time: 5000\nend_time: 9000\n"));
        write(&run.join("metrics/loss"), "5000 0.5 1\n6000 0.25 2\n");
        write(&run.join("artifacts/a.txt"), &format!("{number}"));
    }
    write(&session.cwd().join("mlruns/1/meta.yaml"), "experiment_id: '1'\nname: tune\nlifecycle_stage: active\n");
    session.hven(&["up", "--detach"]).ok();
    let mut killed = session.command(&["import", "mlflow", "mlruns"]).spawn().expect("it starts");
    wait_until("a run came", || !runs(&session).is_empty());
    killed.kill().expect("killed");
    finish(killed);
    let (result, brought) = import(&session, &["mlflow", "mlruns"]);
    result.ok();
    let counts = &brought["runs"];
    let sum: u64 = ["new", "continued", "here"].iter().filter_map(|name| counts[*name].as_u64()).sum();
    assert_eq!((sum, counts["failed"].as_u64()), (60, Some(0)), "{counts}");
    let all = session.hven(&["ps", "-a", "-n", "100", "--columns", "outputs", "--json"]).ok().json();
    let all = all["items"].as_array().expect("a list");
    assert_eq!(all.len(), 60);
    assert!(all.iter().all(|run| run["state"] == "done" && run["outputs"] == 1));
    let shown = session.hven(&["show", all[0]["id"].as_str().expect("an id"), "--json"]).ok().json();
    assert_eq!(shown["metrics"][0]["points"], 2);
}

#[test]
fn event_files_come_once_and_grow() {
    let session = Session::new();
    let store = unpack(&session, "tensorboardx");
    let store = store.to_str().expect("text");
    let (planned, plan) = import(&session, &["tensorboard", store, "--plan", "--ended-after", "0"]);
    planned.ok();
    assert!(!session.home().exists(), "a plan writes nothing");
    // A part of the longest file comes first, while it is written.
    let plain = fs::read_dir(session.cwd().join("store/plain"))
        .expect("listed")
        .next()
        .expect("a file")
        .expect("an entry")
        .path();
    let whole = fs::read(&plain).expect("read");
    fs::write(&plain, &whole[..whole.len() / 4]).expect("written");
    let (first, brought) = import(&session, &["tensorboard", store, "--ended-after", "1000000"]);
    assert_eq!(first.status, Some(1), "the last event is cut: {}", first.err);
    assert!(brought["left_out"].to_string().contains(", from byte "), "{brought}");
    let early = brought["content"]["points"].as_u64().expect("a count");
    fs::write(&plain, &whole).expect("written");
    let (second, rest) = import(&session, &["tensorboard", store, "--ended-after", "0"]);
    second.ok();
    assert_eq!(rest["runs"]["new"], 0);
    assert_eq!(
        early + rest["content"]["points"].as_u64().expect("a count"),
        plan["content"]["points"].as_u64().expect("a count")
    );
    assert!(rest["notes"].to_string().contains("--ended-after"), "the guess is said: {rest}");
    let (third, nothing) = import(&session, &["tensorboard", store, "--ended-after", "0"]);
    third.ok();
    assert_eq!(
        (&nothing["runs"]["here"], &nothing["content"]["points"]),
        (&plan["runs"]["new"], &json!(0)),
        "{nothing}"
    );
    let all = runs(&session);
    assert!(all.iter().all(|run| run["state"] == "done"), "{all:?}");
    let plain = all.iter().find(|run| run["name"] == "plain").expect("it is here");
    assert_eq!(plain["outputs"], 2);
    let shown = session.hven(&["show", plain["id"].as_str().expect("an id"), "--json"]).ok().json();
    let valid = shown["metrics"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|line| line["key"] == "loss/valid")
        .expect("it is here");
    assert_eq!((&valid["points"], &valid["last_step"]), (&json!(3), &json!(20)), "each metric keeps its own steps");
}
