//! The standard input of processes: a file, a pipe, or nothing.

use std::fs;

use hven_api::{runner::Start, spool};
use hven_core::{
    AttemptId, Digest,
    run::Outcome,
    stdin::{Stdin, StdinEnd, StdinRead},
    stream::Source,
};

use crate::{fake_server::Pipe, setup::Setup};

/// A start of a shell script with a file on its standard input.
fn with_file(setup: &Setup, script: &str, bytes: &[u8]) -> Start {
    let file = setup.input("list.txt", bytes);
    Start { stdin: Some(Stdin::File { file, from: 0 }), ..setup.start_of(&["sh", "-c", script]) }
}

fn with_pipe(setup: &Setup, script: &str) -> Start {
    Start { stdin: Some(Stdin::Pipe), ..setup.start_of(&["sh", "-c", script]) }
}

fn assign(setup: &Setup, start: Start) -> AttemptId {
    let attempt = start.attempt;
    setup.assign(start);
    attempt
}

/// Changes the pipe of an attempt.
fn send(setup: &Setup, attempt: AttemptId, change: impl FnOnce(&mut Pipe)) {
    change(setup.server.state().pipes.entry(attempt).or_default());
}

fn said(setup: &Setup, attempt: AttemptId) -> String {
    setup.seen(attempt).text(Source::Stdout)
}

fn through_pipe(bytes: &[u8], end: StdinEnd, kept: bool) -> StdinRead {
    StdinRead { bytes: bytes.len() as u64, end, digest: Some(Digest::of(bytes)), kept }
}

#[test]
fn without_standard_input_the_process_reads_nothing() {
    let setup = Setup::new();
    let (result, seen) = setup.run("cat; echo read");
    assert_eq!((result.outcome, result.stdin), (Outcome::Done, None));
    assert_eq!(seen.text(Source::Stdout), "read\n");
}

#[test]
fn the_runner_knows_how_much_of_a_file_was_read() {
    let setup = Setup::new();
    let read = |script: &str| {
        let attempt = assign(&setup, with_file(&setup, script, b"one\ntwo\nthree\n"));
        let result = setup.end_of(attempt);
        assert_eq!(result.outcome, Outcome::Done);
        let read = result.stdin.expect("it had one");
        assert_eq!((read.digest, read.kept), (None, false), "the object exists already");
        (said(&setup, attempt), read.bytes, read.end)
    };
    assert_eq!(read("cat"), ("one\ntwo\nthree\n".to_owned(), 14, StdinEnd::Whole));
    assert_eq!(read("read first; echo $first"), ("one\n".to_owned(), 4, StdinEnd::Unread));
    assert_eq!(read("echo nothing"), ("nothing\n".to_owned(), 0, StdinEnd::Unread));
    // A process can open its standard input again by name, and no file remains afterwards.
    let attempt = assign(&setup, with_file(&setup, "cat /dev/stdin | wc -c", b"one\n"));
    assert_eq!((setup.end_of(attempt).outcome, said(&setup, attempt).trim()), (Outcome::Done, "4"));
    setup.wait_for_removal(attempt);
}

#[test]
fn a_missing_file_fails_only_its_own_attempt() {
    let setup = Setup::new();
    let start = with_file(&setup, "echo never", b"gone");
    setup.server.state().objects.clear();
    let attempt = assign(&setup, start);
    let Outcome::NotStarted { why } = setup.end_of(attempt).outcome else { panic!("it started") };
    assert!(why.contains("its input list.txt is the object"), "{why}");
    assert_eq!(setup.run("true").0.outcome, Outcome::Done);
}

#[test]
fn a_pipe_is_forwarded_as_it_arrives_and_ends() {
    let setup = Setup::new();
    let attempt = assign(&setup, with_pipe(&setup, "while read line; do echo got $line; done; echo end"));
    send(&setup, attempt, |pipe| pipe.bytes.extend(b"one\n"));
    setup.wait_for_log(attempt, "got one\n");
    send(&setup, attempt, |pipe| pipe.bytes.extend(b"two\n"));
    setup.wait_for_log(attempt, "got two\n");
    assert!(setup.seen(attempt).ends.is_empty(), "there may be more");
    send(&setup, attempt, |pipe| pipe.is_whole = true);
    let result = setup.end_of(attempt);
    assert_eq!(said(&setup, attempt), "got one\ngot two\nend\n");
    assert_eq!(result.stdin, Some(through_pipe(b"one\ntwo\n", StdinEnd::Whole, true)));
    let kept = setup.server.state().objects[&Digest::of(b"one\ntwo\n").to_string()].clone();
    assert_eq!(kept, b"one\ntwo\n");
}

#[test]
fn many_bytes_are_forwarded_completely_and_not_kept() {
    let setup = Setup::new();
    let bytes: Vec<u8> = (0..17_u32 << 20).map(|i| (i % 251) as u8).collect();
    let attempt = assign(&setup, with_pipe(&setup, "cksum"));
    send(&setup, attempt, |pipe| (pipe.bytes, pipe.is_whole) = (bytes.clone(), true));
    let result = setup.end_of(attempt);
    assert!(said(&setup, attempt).contains(&format!(" {}", bytes.len())), "{}", said(&setup, attempt));
    assert_eq!(result.stdin, Some(through_pipe(&bytes, StdinEnd::Whole, false)));
    assert!(!setup.attempt_dir(attempt).join(spool::STDIN).exists());
}

#[test]
#[cfg(target_os = "linux")]
fn bytes_that_are_not_read_are_not_requested() {
    let setup = Setup::new();
    let bytes = vec![b'x'; 100_000];
    // The sender is faster than the process, so it waits.
    let attempt = assign(&setup, with_pipe(&setup, "head -c 5; touch five; while [ ! -e go ]; do sleep 0.02; done"));
    send(&setup, attempt, |pipe| pipe.bytes.clone_from(&bytes));
    setup.server.wait("a reader", |_| setup.work().join("five").exists().then_some(()));
    assert_eq!(setup.server.state().pipes[&attempt].read, 0, "the runner asks for no more");
    fs::write(setup.work().join("go"), "").expect("written");
    let read = setup.end_of(attempt).stdin.expect("it had one");
    assert_eq!(read.end, StdinEnd::Unread);
    assert!((5..=4096).contains(&read.bytes), "{read:?}");
    // A process that reads nothing leaves everything with the sender.
    let attempt = assign(&setup, with_pipe(&setup, "echo nothing"));
    send(&setup, attempt, |pipe| pipe.bytes.clone_from(&bytes));
    assert_eq!(setup.end_of(attempt).stdin.expect("it had one").bytes, 0);
}

#[test]
fn a_pipe_without_a_sender_delays_nothing() {
    let setup = Setup::new();
    let attempt = assign(&setup, with_pipe(&setup, "echo well"));
    let result = setup.end_of(attempt);
    assert_eq!((result.outcome, said(&setup, attempt).as_str()), (Outcome::Done, "well\n"));
    assert_eq!(result.stdin, Some(through_pipe(b"", StdinEnd::Unread, false)));
}

#[test]
fn the_sender_learns_that_the_reader_closed_its_end() {
    let setup = Setup::new();
    let attempt = assign(&setup, with_pipe(&setup, "exec <&-; while [ ! -e go ]; do sleep 0.02; done; echo well"));
    send(&setup, attempt, |pipe| pipe.bytes.extend(b"unwanted"));
    setup.server.wait("the end of the pipe", |state| state.pipes.get(&attempt)?.is_over.then_some(()));
    fs::write(setup.work().join("go"), "").expect("written");
    let result = setup.end_of(attempt);
    assert_eq!((result.outcome, said(&setup, attempt).as_str()), (Outcome::Done, "well\n"));
    assert_eq!(result.stdin.map(|read| (read.bytes, read.end)), Some((0, StdinEnd::Unread)));
}

#[test]
fn a_sender_that_disappears_cuts_the_input_off() {
    let setup = Setup::new();
    let attempt = assign(&setup, with_pipe(&setup, "cat; echo end"));
    send(&setup, attempt, |pipe| pipe.bytes.extend(b"half of it\n"));
    setup.wait_for_log(attempt, "half of it\n");
    send(&setup, attempt, |pipe| pipe.is_cut_off = true);
    let result = setup.end_of(attempt);
    assert_eq!(said(&setup, attempt), "half of it\nend\n");
    assert_eq!(result.stdin, Some(through_pipe(b"half of it\n", StdinEnd::CutOff, true)));
}

#[test]
fn the_process_waits_for_an_absent_server() {
    let mut setup = Setup::new();
    let attempt = assign(&setup, with_pipe(&setup, "cat; echo end"));
    send(&setup, attempt, |pipe| pipe.bytes.extend(b"one\n"));
    setup.wait_for_log(attempt, "one\n");
    setup.close_server();
    send(&setup, attempt, |pipe| pipe.bytes.extend(b"two\n"));
    setup.open_server();
    setup.wait_for_log(attempt, "two\n");
    send(&setup, attempt, |pipe| pipe.is_whole = true);
    assert_eq!(setup.end_of(attempt).stdin, Some(through_pipe(b"one\ntwo\n", StdinEnd::Whole, true)));
}

#[test]
fn piped_input_is_kept_even_while_the_server_is_away() {
    let mut setup = Setup::new();
    let script = "read line; echo $line; touch read; while [ ! -e go ]; do sleep 0.02; done";
    let attempt = assign(&setup, with_pipe(&setup, script));
    send(&setup, attempt, |pipe| pipe.bytes.extend(b"line\n"));
    setup.server.wait("the line", |_| setup.work().join("read").exists().then_some(()));
    setup.close_server();
    fs::write(setup.work().join("go"), "").expect("written");
    setup.wait_for_noted_end(attempt);
    setup.open_server();
    assert_eq!(setup.end_of(attempt).stdin, Some(through_pipe(b"line\n", StdinEnd::Unread, true)));
    assert_eq!(setup.server.state().objects[&Digest::of(b"line\n").to_string()], b"line\n");
    setup.wait_for_removal(attempt);
}

#[test]
fn piped_input_with_a_secret_is_not_kept() {
    let setup = Setup::new();
    let mut start = with_pipe(&setup, "cat > /dev/null");
    start.secrets.insert("KEY".to_owned(), "tycho-brahe-1576".to_owned());
    let attempt = assign(&setup, start);
    send(&setup, attempt, |pipe| (pipe.bytes, pipe.is_whole) = (b"login tycho-brahe-1576\n".to_vec(), true));
    let read = setup.end_of(attempt).stdin.expect("it had one");
    assert_eq!((read.bytes, read.digest, read.kept), (23, None, false));
    assert!(setup.server.state().objects.is_empty());
}

#[test]
fn an_attempt_whose_runner_died_during_the_download_of_its_input_never_started() {
    let mut setup = Setup::new();
    setup.server.state().stalls_downloads = true;
    let start = with_file(&setup, "cat | wc -c", &vec![7; 1_000_000]);
    let attempt = assign(&setup, start.clone());
    let staged = setup.attempt_dir(attempt).join(spool::STAGED_STDIN);
    setup.server.wait("a stopped download", |_| staged.exists().then_some(()));
    setup.kill_runner();
    assert_eq!(setup.in_ledger(attempt), (false, false));
    setup.server.state().stalls_downloads = false;
    setup.start_runner(&["--cpus", "4"]);
    setup.server.wait("a new attachment", |state| state.is_attached.then_some(()));
    setup.assign(start);
    assert_eq!(setup.end_of(attempt).outcome, Outcome::Done);
    assert_eq!(said(&setup, attempt).trim(), "1000000");
}
