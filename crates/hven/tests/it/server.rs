//! The server of the home: commands start it, find it, replace an older one, and survive its death.

use std::{
    fs,
    io::{BufRead, BufReader},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{
    disk_full::pids,
    session::{Session, finish, snapshot, wait_until},
};

fn server_file(session: &Session) -> serde_json::Value {
    let text = fs::read_to_string(session.home().join("server.json")).expect("a server runs");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn many_commands_at_once_start_one_server() {
    let session = Session::new();
    let children: Vec<_> =
        (0..6).map(|_| session.command(&["run", "--", "true"]).spawn().expect("it starts")).collect();
    for child in children {
        finish(child).ok();
    }
    let runs = session.hven(&["ps", "-a", "--json"]).ok().json();
    assert_eq!(runs["items"].as_array().map(Vec::len), Some(6));
    let facts = session.hven(&["log", "--kind", "home.created", "--json"]).ok().json();
    assert_eq!(facts["items"].as_array().map(Vec::len), Some(1));
}

#[test]
fn files_of_the_server_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    for name in ["server.json", "token", "key"] {
        let mode = fs::metadata(session.home().join(name)).expect(name).permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_server_is_started_and_ended_by_hand() {
    let session = Session::new();
    let up = session.hven(&["up", "--detach", "--json"]).ok().json();
    assert_eq!(up["schema"], "hven.server/1");
    let again = session.hven(&["up"]);
    assert_eq!(again.status, Some(75), "{}", again.err);
    assert!(again.err.contains("hven down"), "{}", again.err);
    session.hven(&["down"]).ok();
    assert!(!session.home().join("server.json").exists());
    snapshot!(session, session.hven(&["down"]), @r"
    status 0
    ---- out
    no server runs
    ");
}

/// A process that is stopped until this value is dropped.
struct Stopped(Pid);

impl Stopped {
    fn stop(pid: u32) -> Self {
        let pid = Pid::from_raw(pid as i32).expect("a number");
        kill_process(pid, Signal::STOP).expect("it lives");
        Self(pid)
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = kill_process(self.0, Signal::CONT);
    }
}

#[test]
fn a_run_that_waits_for_an_unresponsive_runner_names_its_process() {
    let session = Session::new();
    session.hven(&["run", "-d", "--", "sh", "-c", "while [ ! -e go ]; do sleep 0.05; done"]).ok();
    wait_until("it runs", || session.run_state("last") == "running");
    let (_, runner) = pids(&session);
    let stopped = Stopped::stop(runner);
    session.hven(&["down"]).ok();
    session.hven(&["run", "-d", "--name", "next", "--", "true"]).ok();
    let process = format!("process {runner} on ");
    wait_until("it is named", || session.hven(&["explain", "last"]).ok().out.contains(&process));
    let result = session.hven(&["explain", "last"]).ok().out;
    let version = env!("CARGO_PKG_VERSION");
    for part in [format!("enrolled by Hven {version}"), format!("`kill -KILL {runner}` there ends it")] {
        assert!(result.contains(&part), "{part}: {result}");
    }
    drop(stopped);
    wait_until("it is done", || session.run_state("last") == "done");
    session.write("go", "");
    wait_until("all are done", || session.hven(&["ps", "--json"]).ok().json()["items"] == serde_json::json!([]));
}

fn server_pid(session: &Session) -> Pid {
    let pid = server_file(session)["pid"].as_i64().expect("a number");
    Pid::from_raw(pid as i32).expect("a number")
}

#[test]
fn an_unresponsive_server_is_ended_and_reported() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    let pid = server_pid(&session);
    kill_process(pid, Signal::STOP).expect("it lives");
    let result = session.hven(&["down"]).ok();
    assert_eq!(result.out, format!("the server (process {pid}) did not answer, and has ended\n"));
    assert!(result.err.contains("gets a signal to end"), "{}", result.err);
    let runs = session.hven(&["ps", "-a", "--json"]).ok().json();
    assert_eq!(runs["items"].as_array().map(Vec::len), Some(1));
    assert_ne!(server_pid(&session), pid);
}

#[test]
fn down_waits_for_a_process_that_holds_the_home_and_is_no_server() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    let pid = server_pid(&session);
    fs::remove_file(session.home().join("server.json")).expect("it was there");
    let mut down = session.command(&["down"]).spawn().expect("it starts");
    let mut lines = BufReader::new(down.stderr.take().expect("piped")).lines();
    let line = lines.next().expect("a line").expect("text");
    assert!(line.contains(&format!("process {pid} has the home")), "{line}");
    kill_process(pid, Signal::TERM).expect("it lives");
    let result = finish(down);
    assert_eq!(result.out, format!("no server runs: process {pid}, which had the home, has left it\n"));
    assert_eq!(result.status, Some(0));
}

#[test]
fn an_older_server_is_replaced_and_its_runs_continue() {
    let session = Session::new();
    session.hven(&["run", "-d", "--", "sh", "-c", "while [ ! -e go ]; do sleep 0.05; done; echo well"]).ok();
    wait_until("it runs", || session.run_state("last") == "running");
    let mut file = server_file(&session);
    let old = file["pid"].clone();
    file["version"] = "0.0.1".into();
    fs::write(session.home().join("server.json"), file.to_string()).expect("written");
    assert_eq!(session.run_state("last"), "running");
    assert_ne!(server_file(&session)["pid"], old);
    session.write("go", "");
    let result = session.hven(&["attach", "last"]).ok();
    assert_eq!(result.out, "well\n");
}

#[test]
fn a_killed_server_is_replaced_without_losing_anything() {
    let session = Session::new();
    let script = "echo here; while [ ! -e go ]; do sleep 0.05; done; echo there; exit 5";
    let mut child = session.command(&["run", "--", "sh", "-c", script]).spawn().expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    assert_eq!(lines.next().expect("a line").expect("text"), "here");
    let pid = server_file(&session)["pid"].as_i64().expect("a number");
    kill_process(Pid::from_raw(pid as i32).expect("a number"), Signal::KILL).expect("it lives");
    session.write("go", "");
    assert_eq!(lines.next().expect("a line").expect("text"), "there");
    let result = finish(child);
    assert_eq!(result.status, Some(5), "{}", result.err);
    assert_eq!(session.hven(&["audit", "verify", "--json"]).ok().json()["sound"], true);
}
