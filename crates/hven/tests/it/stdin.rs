//! The standard input of `hven run`: the command reads it as if the shell had started it, and unread input is left for
//! the next command.

use std::{
    fs,
    io::Write as _,
    process::{Child, ChildStdin, Stdio},
};

use hven_client::ServerFile;
use hven_core::Digest;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::{
    kills::{kill_9, runner_pid},
    session::{CommandOutput, Session, finish, signal, wait_until},
};

fn session() -> Session {
    let session = Session::new();
    session.write("list.txt", "one\ntwo\nthree\n");
    session
}

fn shown(session: &Session) -> Value {
    session.hven(&["show", "last", "--json"]).ok().json()
}

fn digest(bytes: &[u8]) -> String {
    Digest::of(bytes).to_string()
}

/// Starts `hven` with a pipe on standard input. Returns the other end.
fn start(session: &Session, arguments: &[&str]) -> (Child, ChildStdin) {
    let mut child = session.command(arguments).stdin(Stdio::piped()).spawn().expect("the binary starts");
    let stdin = child.stdin.take().expect("it was piped");
    (child, stdin)
}

/// Prints the first line of standard input, which it reads byte by byte.
const FIRST_LINE: &str = "hven run -- sh -c 'read line; echo first $line'";

#[test]
fn a_file_on_standard_input_is_passed_to_the_command_and_recorded() {
    let session = session();
    let result = session.shell("hven run -- wc -l < list.txt").ok();
    assert_eq!(result.out.trim(), "3");
    let run = shown(&session);
    let file = json!({ "path": "list.txt", "digest": digest(b"one\ntwo\nthree\n"), "size": 14, "kind": "file" });
    assert_eq!(run["spec"]["stdin"], json!({ "kind": "file", "file": file, "from": 0 }));
    assert_eq!((&run["stdin_read"]["bytes"], &run["stdin_read"]["end"]), (&json!(14), &json!("whole")));
    let line = session.hven(&["show", "last"]).ok().out;
    assert!(line.lines().any(|line| line.starts_with("standard input") && line.ends_with("  list.txt")), "{line}");
    let why = session.hven(&["why", "last"]).ok().out;
    assert!(why.contains("list.txt"), "it rests on it: {why}");
    // The same file by name, from a command without standard input.
    let named = session.hven(&["run", "--stdin", "list.txt", "--", "wc", "-l"]).ok();
    assert_eq!(named.out.trim(), "3");
    assert_eq!(shown(&session)["spec"]["stdin"]["file"], run["spec"]["stdin"]["file"]);
}

#[test]
fn a_file_on_standard_input_is_passed_from_its_current_offset() {
    let session = session();
    let result = session.shell("{ read line; echo $line; hven run -- cat; } < list.txt").ok();
    assert_eq!(result.out, "one\ntwo\nthree\n");
    let stdin = shown(&session)["spec"]["stdin"].clone();
    assert_eq!((&stdin["from"], &stdin["file"]["digest"]), (&json!(4), &json!(digest(b"two\nthree\n"))));
    assert!(session.hven(&["show", "last"]).ok().out.contains("list.txt from byte 4"));
}

#[test]
fn unread_input_is_left_for_the_next_command() {
    let session = session();
    let result = session.shell("while read line; do hven run -- echo got $line; done < list.txt").ok();
    assert_eq!(result.out, "got one\ngot two\ngot three\n", "a loop goes on to its end");
    let result = session.shell(&format!("{{ {FIRST_LINE}; cat; }} < list.txt")).ok();
    assert_eq!(result.out, "first one\ntwo\nthree\n");
    assert_eq!(shown(&session)["stdin_read"]["end"], "unread");
    assert!(session.hven(&["show", "last"]).ok().out.contains("list.txt, left after 4 B"));
}

#[test]
#[cfg(target_os = "linux")]
fn unread_input_stays_in_the_pipe() {
    let session = session();
    let result = session.shell("cat list.txt | while read line; do hven run -- echo got $line; done").ok();
    assert_eq!(result.out, "got one\ngot two\ngot three\n", "a loop goes on to its end");
    let result = session.shell(&format!("cat list.txt | {{ {FIRST_LINE}; cat; }}")).ok();
    assert_eq!(result.out, "first one\ntwo\nthree\n");
}

#[test]
fn a_pipe_is_passed_to_the_command_and_its_digest_recorded() {
    let session = session();
    let result = session.shell("printf 'b\\na\\n' | hven run -- sort").ok();
    assert_eq!(result.out, "a\nb\n");
    let run = shown(&session);
    assert_eq!(run["spec"]["stdin"], json!({ "kind": "pipe" }));
    let read = json!({ "bytes": 4, "end": "whole", "digest": digest(b"b\na\n"), "kept": true });
    assert_eq!(run["stdin_read"], read);
    assert!(session.hven(&["show", "last"]).ok().out.contains("4 B through a pipe\n"));
    let program = "hven run -- python3 - <<'END'\nprint('from here')\nEND";
    assert_eq!(session.shell(program).ok().out, "from here\n");
}

#[test]
fn a_run_that_reads_a_pipe_is_never_up_to_date() {
    let session = session();
    session.write("table.csv", "x\n1\n");
    let run = |before: &str, behind: &str| {
        session.shell(&format!("{before} hven run -i table.csv -o sum -- sh -c 'cksum > sum' {behind}")).ok().err
    };
    let is_known = |result: &str| result.contains("up to date");
    assert!(!is_known(&run("cat list.txt |", "")));
    assert!(!is_known(&run("cat list.txt |", "")), "the content of a pipe is known only afterwards");
    assert!(!is_known(&run("", "< list.txt")));
    assert!(is_known(&run("", "< list.txt")), "a file is known before");
    session.write("list.txt", "four\n");
    let result = run("", "< list.txt");
    assert!(!is_known(&result), "what is on standard input counts: {result}");
}

#[test]
fn a_command_reads_lines_as_they_arrive_and_may_end_first() {
    let session = session();
    let script = "read line; echo got $line; touch first; read line; echo got $line";
    let (child, mut stdin) = start(&session, &["run", "--", "sh", "-c", script]);
    stdin.write_all(b"one\n").expect("it is read");
    wait_until("the first line", || session.cwd().join("first").exists());
    stdin.write_all(b"two\nthree\n").expect("it is read");
    // The pipe is still open: its writer could continue forever.
    let result = finish(child).ok();
    assert_eq!(result.out, "got one\ngot two\n");
    drop(stdin);
}

#[test]
fn a_pipe_without_a_writer_does_not_block_the_run() {
    let session = session();
    let (child, stdin) = start(&session, &["run", "--", "echo", "well"]);
    assert_eq!(finish(child).ok().out, "well\n");
    drop(stdin);
}

#[test]
fn a_large_pipe_is_passed_completely_and_not_stored() {
    let session = session();
    let result = session.shell("head -c 20000000 /dev/zero | hven run -o n -- sh -c 'wc -c | tee n'").ok();
    assert_eq!(result.out.trim(), "20000000");
    let read = &shown(&session)["stdin_read"];
    assert_eq!((&read["bytes"], &read["kept"]), (&json!(20_000_000), &json!(false)));
    assert!(read["digest"].is_string(), "{read}");
    assert!(session.hven(&["show", "last"]).ok().out.contains("20 MB through a pipe; it was not kept"));
    let again = session.hven(&["reproduce", "last", "--json"]).json()["items"][0].clone();
    assert_eq!(again["level"], "cannot_rerun");
    let because = again["because"].as_str().expect("words");
    assert!(because.contains("a pipe of 20000000 bytes that was not kept"), "{because}");
}

#[test]
fn a_killed_sender_cuts_off_the_input() {
    let session = session();
    let (mut child, mut stdin) = start(&session, &["run", "--", "sh", "-c", "read line; touch read; cat; echo end"]);
    stdin.write_all(b"half\n").expect("it is read");
    wait_until("the first line", || session.cwd().join("read").exists());
    signal(&child, Signal::KILL);
    child.wait().expect("it ended");
    let run = session.last();
    wait_until("the run has ended", || session.run_state(&run) == "done");
    let shown = shown(&session);
    assert_eq!((&shown["stdin_read"]["bytes"], &shown["stdin_read"]["end"]), (&json!(5), &json!("cut_off")));
    assert!(session.hven(&["show", &run]).ok().out.contains("cut off: the sender disconnected"));
}

#[test]
#[cfg(target_os = "linux")]
fn a_broken_socket_cuts_off_the_input() {
    use std::os::{fd::OwnedFd, unix::net::UnixStream};

    let session = session();
    let (own, other) = UnixStream::pair().expect("two sockets");
    // Unread data at the other end breaks this end when the other end is closed.
    (&own).write_all(b"never read").expect("written");
    let script = "read line; touch read; cat; echo end";
    let child = session.command(&["run", "--", "sh", "-c", script]).stdin(OwnedFd::from(own)).spawn();
    let child = child.expect("the binary starts");
    (&other).write_all(b"half\n").expect("it is read");
    wait_until("the first line", || session.cwd().join("read").exists());
    drop(other);
    let result = finish(child).ok();
    assert_eq!(result.out, "end\n");
    assert!(result.err.contains("was cut off: Connection reset"), "{}", result.err);
    let read = shown(&session)["stdin_read"].clone();
    assert_eq!((&read["bytes"], &read["end"]), (&json!(5), &json!("cut_off")));
}

#[test]
fn a_killed_server_loses_no_data_of_a_pipe() {
    let session = session();
    session.hven(&["up", "--detach"]).ok();
    let script = "read line; echo got $line; touch first; read line; echo got $line";
    let (child, mut stdin) = start(&session, &["run", "--", "sh", "-c", script]);
    stdin.write_all(b"one\n").expect("it is read");
    wait_until("the first line", || session.cwd().join("first").exists());
    kill_9(ServerFile::read(&session.home()).expect("a server runs").pid);
    // Written while there is no server.
    stdin.write_all(b"two\n").expect("it is read");
    let result = finish(child).ok();
    assert_eq!(result.out, "got one\ngot two\n");
    drop(stdin);
    let read = shown(&session)["stdin_read"].clone();
    assert_eq!((&read["bytes"], &read["digest"]), (&json!(8), &json!(digest(b"one\ntwo\n"))));
}

#[test]
fn a_run_that_reads_a_pipe_ends_with_its_runner() {
    let session = session();
    session.hven(&["up", "--detach"]).ok();
    let (child, mut stdin) = start(&session, &["run", "--", "sh", "-c", "read line; touch read; exec sleep 60"]);
    stdin.write_all(b"one\n").expect("it is read");
    wait_until("the line", || session.cwd().join("read").exists());
    kill_9(runner_pid(&session).expect("a runner"));
    // The input is consumed: another attempt would wait for it forever.
    wait_until("the run is lost", || session.run_state("last") == "lost");
    assert_eq!(finish(child).status, Some(125));
    drop(stdin);
    assert_eq!(shown(&session)["attempts"], 1);
}

#[test]
fn a_detached_run_cannot_read_a_pipe() {
    let session = session();
    let refused = session.shell("cat list.txt | hven run -d -- cat");
    assert_eq!(refused.status, Some(125), "{refused:?}");
    assert!(refused.err.contains("--stdin FILE") && refused.err.contains("--stdin none"), "{refused:?}");
    let ended = |result: CommandOutput| {
        result.ok();
        session.hven(&["attach", "last"]).ok();
        session.hven(&["logs", "last"]).ok().out
    };
    assert_eq!(ended(session.shell("cat list.txt | hven run -d --stdin none -- sh -c 'cat; echo end'")), "end\n");
    assert_eq!(ended(session.shell("hven run -d -- sort < list.txt")), "one\nthree\ntwo\n");
    let named = session.shell("cat list.txt | hven run -d --stdin list.txt -- sort");
    assert_eq!(ended(named), "one\nthree\ntwo\n");
}

#[test]
fn an_empty_standard_input_is_not_recorded() {
    let session = session();
    for nothing in ["< /dev/null", "<&-", "--stdin none < list.txt"] {
        let (flags, redirection) = nothing.split_once('<').expect("a redirection");
        let result = session.shell(&format!("hven run {flags} -- sh -c 'cat; echo end' <{redirection}")).ok();
        assert_eq!(result.out, "end\n", "{nothing}");
        let run = shown(&session);
        assert!(run["spec"]["stdin"].is_null() && run["stdin_read"].is_null(), "{nothing}: {run}");
    }
    let folder = session.hven(&["run", "--stdin", ".", "--", "cat"]);
    assert!(folder.status == Some(125) && folder.err.contains("is a folder"), "{folder:?}");
    let gone = session.hven(&["run", "--stdin", "gone.txt", "--", "cat"]);
    assert!(gone.status == Some(125) && gone.err.contains("gone.txt"), "{gone:?}");
}

#[test]
fn a_run_that_reads_a_pipe_is_not_retried() {
    let session = session();
    let result = session.shell("cat list.txt | hven run --retries 2 -- sh -c 'cat > /dev/null; exit 3'");
    assert_eq!(result.status, Some(3), "{result:?}");
    assert!(result.err.contains("a run that reads a pipe is not tried again"), "{result:?}");
    assert_eq!(shown(&session)["attempts"], 1);
    // Each attempt gets the file again.
    let script = "cat >> read; [ $(wc -l < read) = 6 ]";
    session.shell(&format!("hven run --retries 2 -- sh -c '{script}' < list.txt")).ok();
    assert_eq!(session.read("read"), "one\ntwo\nthree\n".repeat(2));
}

#[test]
fn a_reproduction_reads_the_recorded_standard_input() {
    let session = session();
    for (before, behind) in [("", "< list.txt"), ("cat list.txt |", "")] {
        session.write("list.txt", "one\ntwo\nthree\n");
        session.shell(&format!("{before} hven run -o n -- sh -c 'wc -l > n' {behind}")).ok();
        let first = session.last();
        fs::remove_file(session.cwd().join("list.txt")).expect("removed");
        let again = session.hven(&["reproduce", &first, "--json"]).ok().json();
        assert_eq!(again["items"][0]["level"], "same_bytes", "{before} {behind}: {again}");
    }
}

#[test]
fn a_step_reads_the_standard_input_of_its_manifest() {
    let session = session();
    session.write("count.sh", "wc -l > n\n");
    let head = "[run.count]\ncommand = \"sh count.sh\"\ninputs = [\"count.sh\"]\noutputs = [\"n\"]\n";
    session.write("hven.toml", &format!("{head}stdin = \"list.txt\"\n"));
    let run = || session.shell("echo left | { hven run; cat; }").ok().out;
    let result = run();
    assert!(result.ends_with("left\n"), "the step does not read the standard input of the command: {result}");
    assert_eq!(session.read("n").trim(), "3");
    assert!(run().contains("up to date"));
    session.write("list.txt", "one\n");
    run();
    assert_eq!(session.read("n").trim(), "1", "it was run again");
    session.write("hven.toml", head);
    run();
    assert_eq!(session.read("n").trim(), "0", "without one there is nothing");
}
