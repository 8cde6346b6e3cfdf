//! What processes have on their standard input: a file, a pipe, or nothing.

use std::fs;

use hven_api::{runner::Start, spool};
use hven_core::{
    AttemptId, Digest,
    run::Outcome,
    stdin::{Stdin, StdinEnd, StdinRead},
    stream::Source,
};

use crate::{house::House, server::Pipe};

/// A start of a shell script with bytes of a file on its standard input.
fn with_file(house: &House, script: &str, bytes: &[u8]) -> Start {
    let file = house.input("list.txt", bytes);
    Start { stdin: Some(Stdin::File { file, from: 0 }), ..house.start_of(&["sh", "-c", script]) }
}

fn with_pipe(house: &House, script: &str) -> Start {
    Start { stdin: Some(Stdin::Pipe), ..house.start_of(&["sh", "-c", script]) }
}

fn give(house: &House, start: Start) -> AttemptId {
    let attempt = start.attempt;
    house.give(start);
    attempt
}

/// Sends something to a pipe.
fn send(house: &House, attempt: AttemptId, change: impl FnOnce(&mut Pipe)) {
    change(house.server.world().pipes.entry(attempt).or_default());
}

fn said(house: &House, attempt: AttemptId) -> String {
    house.seen(attempt).text(Source::Stdout)
}

fn through_pipe(bytes: &[u8], end: StdinEnd, kept: bool) -> StdinRead {
    StdinRead { bytes: bytes.len() as u64, end, digest: Some(Digest::of(bytes)), kept }
}

#[test]
fn without_one_there_is_nothing() {
    let house = House::new();
    let (result, seen) = house.run("cat; echo read");
    assert_eq!((result.outcome, result.stdin), (Outcome::Done, None));
    assert_eq!(seen.text(Source::Stdout), "read\n");
}

#[test]
fn a_file_is_read_and_it_is_known_how_far() {
    let house = House::new();
    let read = |script: &str| {
        let attempt = give(&house, with_file(&house, script, b"one\ntwo\nthree\n"));
        let result = house.end_of(attempt);
        assert_eq!(result.outcome, Outcome::Done);
        let read = result.stdin.expect("it had one");
        assert_eq!((read.digest, read.kept), (None, false), "it is in the store already");
        (said(&house, attempt), read.bytes, read.end)
    };
    assert_eq!(read("cat"), ("one\ntwo\nthree\n".to_owned(), 14, StdinEnd::Whole));
    assert_eq!(read("read first; echo $first"), ("one\n".to_owned(), 4, StdinEnd::Unread));
    assert_eq!(read("echo nothing"), ("nothing\n".to_owned(), 0, StdinEnd::Unread));
    // It can be opened again by its name, and nothing of it is left.
    let attempt = give(&house, with_file(&house, "cat /dev/stdin | wc -c", b"one\n"));
    assert_eq!((house.end_of(attempt).outcome, said(&house, attempt).trim()), (Outcome::Done, "4"));
    house.wait_for_forgetting(attempt);
}

#[test]
fn a_file_that_is_not_there_holds_up_its_own_attempt_alone() {
    let house = House::new();
    let start = with_file(&house, "echo never", b"gone");
    house.server.world().objects.clear();
    let attempt = give(&house, start);
    let Outcome::NotStarted { why } = house.end_of(attempt).outcome else { panic!("it started") };
    assert!(why.contains("its input list.txt is the object"), "{why}");
    assert_eq!(house.run("true").0.outcome, Outcome::Done);
}

#[test]
fn a_pipe_is_handed_on_as_it_comes_and_ends() {
    let house = House::new();
    let attempt = give(&house, with_pipe(&house, "while read line; do echo got $line; done; echo end"));
    send(&house, attempt, |pipe| pipe.bytes.extend(b"one\n"));
    house.wait_for_log(attempt, "got one\n");
    send(&house, attempt, |pipe| pipe.bytes.extend(b"two\n"));
    house.wait_for_log(attempt, "got two\n");
    assert!(house.seen(attempt).ends.is_empty(), "there may be more");
    send(&house, attempt, |pipe| pipe.is_whole = true);
    let result = house.end_of(attempt);
    assert_eq!(said(&house, attempt), "got one\ngot two\nend\n");
    assert_eq!(result.stdin, Some(through_pipe(b"one\ntwo\n", StdinEnd::Whole, true)));
    let kept = house.server.world().objects[&Digest::of(b"one\ntwo\n").to_string()].clone();
    assert_eq!(kept, b"one\ntwo\n");
}

#[test]
fn many_bytes_come_through_whole_and_are_not_kept() {
    let house = House::new();
    let bytes: Vec<u8> = (0..17_u32 << 20).map(|i| (i % 251) as u8).collect();
    let attempt = give(&house, with_pipe(&house, "cksum"));
    send(&house, attempt, |pipe| (pipe.bytes, pipe.is_whole) = (bytes.clone(), true));
    let result = house.end_of(attempt);
    assert!(said(&house, attempt).contains(&format!(" {}", bytes.len())), "{}", said(&house, attempt));
    assert_eq!(result.stdin, Some(through_pipe(&bytes, StdinEnd::Whole, false)));
    assert!(!house.attempt_dir(attempt).join(spool::STDIN).exists());
}

#[test]
#[cfg(target_os = "linux")]
fn what_is_not_read_is_not_taken() {
    let house = House::new();
    let bytes = vec![b'x'; 100_000];
    // Faster than its reader: it waits.
    let attempt = give(&house, with_pipe(&house, "head -c 5; touch five; while [ ! -e go ]; do sleep 0.02; done"));
    send(&house, attempt, |pipe| pipe.bytes.clone_from(&bytes));
    house.server.wait("a reader", |_| house.work().join("five").exists().then_some(()));
    assert_eq!(house.server.world().pipes[&attempt].read, 0, "no more is asked for");
    fs::write(house.work().join("go"), "").expect("written");
    let read = house.end_of(attempt).stdin.expect("it had one");
    assert_eq!(read.end, StdinEnd::Unread);
    assert!((5..=4096).contains(&read.bytes), "{read:?}");
    // One that reads nothing leaves everything.
    let attempt = give(&house, with_pipe(&house, "echo nothing"));
    send(&house, attempt, |pipe| pipe.bytes.clone_from(&bytes));
    assert_eq!(house.end_of(attempt).stdin.expect("it had one").bytes, 0);
}

#[test]
fn a_pipe_to_which_nobody_writes_holds_up_nothing() {
    let house = House::new();
    let attempt = give(&house, with_pipe(&house, "echo well"));
    let result = house.end_of(attempt);
    assert_eq!((result.outcome, said(&house, attempt).as_str()), (Outcome::Done, "well\n"));
    assert_eq!(result.stdin, Some(through_pipe(b"", StdinEnd::Unread, false)));
}

#[test]
fn a_reader_that_closes_its_end_is_told_to_the_sender() {
    let house = House::new();
    let attempt = give(&house, with_pipe(&house, "exec <&-; while [ ! -e go ]; do sleep 0.02; done; echo well"));
    send(&house, attempt, |pipe| pipe.bytes.extend(b"unwanted"));
    house.server.wait("the end of the pipe", |world| world.pipes.get(&attempt)?.is_over.then_some(()));
    fs::write(house.work().join("go"), "").expect("written");
    let result = house.end_of(attempt);
    assert_eq!((result.outcome, said(&house, attempt).as_str()), (Outcome::Done, "well\n"));
    assert_eq!(result.stdin.map(|read| (read.bytes, read.end)), Some((0, StdinEnd::Unread)));
}

#[test]
fn a_sender_that_goes_away_cuts_the_input_off() {
    let house = House::new();
    let attempt = give(&house, with_pipe(&house, "cat; echo end"));
    send(&house, attempt, |pipe| pipe.bytes.extend(b"half of it\n"));
    house.wait_for_log(attempt, "half of it\n");
    send(&house, attempt, |pipe| pipe.is_cut_off = true);
    let result = house.end_of(attempt);
    assert_eq!(said(&house, attempt), "half of it\nend\n");
    assert_eq!(result.stdin, Some(through_pipe(b"half of it\n", StdinEnd::CutOff, true)));
}

#[test]
fn a_server_that_is_away_is_waited_for() {
    let mut house = House::new();
    let attempt = give(&house, with_pipe(&house, "cat; echo end"));
    send(&house, attempt, |pipe| pipe.bytes.extend(b"one\n"));
    house.wait_for_log(attempt, "one\n");
    house.close_server();
    send(&house, attempt, |pipe| pipe.bytes.extend(b"two\n"));
    house.open_server();
    house.wait_for_log(attempt, "two\n");
    send(&house, attempt, |pipe| pipe.is_whole = true);
    assert_eq!(house.end_of(attempt).stdin, Some(through_pipe(b"one\ntwo\n", StdinEnd::Whole, true)));
}

#[test]
fn what_came_through_is_kept_also_while_the_server_is_away() {
    let mut house = House::new();
    let script = "read line; echo $line; touch read; while [ ! -e go ]; do sleep 0.02; done";
    let attempt = give(&house, with_pipe(&house, script));
    send(&house, attempt, |pipe| pipe.bytes.extend(b"line\n"));
    house.server.wait("the line", |_| house.work().join("read").exists().then_some(()));
    house.close_server();
    fs::write(house.work().join("go"), "").expect("written");
    house.wait_for_noted_end(attempt);
    house.open_server();
    assert_eq!(house.end_of(attempt).stdin, Some(through_pipe(b"line\n", StdinEnd::Unread, true)));
    assert_eq!(house.server.world().objects[&Digest::of(b"line\n").to_string()], b"line\n");
    house.wait_for_forgetting(attempt);
}

#[test]
fn a_secret_that_comes_through_is_not_kept() {
    let house = House::new();
    let mut start = with_pipe(&house, "cat > /dev/null");
    start.secrets.insert("KEY".to_owned(), "tycho-brahe-1576".to_owned());
    let attempt = give(&house, start);
    send(&house, attempt, |pipe| (pipe.bytes, pipe.is_whole) = (b"login tycho-brahe-1576\n".to_vec(), true));
    let read = house.end_of(attempt).stdin.expect("it had one");
    assert_eq!((read.bytes, read.digest, read.kept), (23, None, false));
    assert!(house.server.world().objects.is_empty());
}

#[test]
fn an_attempt_whose_runner_died_while_its_input_came_never_began() {
    let mut house = House::new();
    house.server.world().stalls_downloads = true;
    let start = with_file(&house, "cat | wc -c", &vec![7; 1_000_000]);
    let attempt = give(&house, start.clone());
    let staged = house.attempt_dir(attempt).join(spool::STAGED_STDIN);
    house.server.wait("a download that stands", |_| staged.exists().then_some(()));
    house.kill_runner();
    assert_eq!(house.noted(attempt), (false, false));
    house.server.world().stalls_downloads = false;
    house.start_runner(&["--cpus", "4"]);
    house.server.wait("a new attachment", |world| world.is_attached.then_some(()));
    house.give(start);
    assert_eq!(house.end_of(attempt).outcome, Outcome::Done);
    assert_eq!(said(&house, attempt).trim(), "1000000");
}
