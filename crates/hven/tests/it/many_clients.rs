//! A thousand simultaneous clients, and a thousand clients that keep their connections without finishing requests.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use hven_client::{ServerFile, address::read_token};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::session::{PATIENCE, Session};

const CLIENTS: usize = 1000;

#[test]
fn a_thousand_simultaneous_clients_all_get_a_response() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    let file = ServerFile::read(&session.home()).expect("a server runs");
    let token = read_token(&session.home()).expect("a token");
    let host = file.url.strip_prefix("http://").expect("an address");
    let request = format!(
        "GET /api/v1/runs?limit=10 HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    );
    let together = Barrier::new(CLIENTS);
    let answered = thread::scope(|scope| {
        let client = || {
            let mut stream = TcpStream::connect(host).expect("connected");
            stream.set_read_timeout(Some(Duration::from_mins(1))).expect("set");
            // All clients are connected before the first one sends its request.
            together.wait();
            stream.write_all(request.as_bytes()).expect("asked");
            let mut answer = String::new();
            stream.read_to_string(&mut answer).expect("answered");
            answer.starts_with("HTTP/1.1 200") && answer.contains("\"state\":\"done\"")
        };
        let spawn = |_| thread::Builder::new().stack_size(64 << 10).spawn_scoped(scope, client).expect("a thread");
        let clients: Vec<_> = (0..CLIENTS).map(spawn).collect();
        clients.into_iter().filter_map(|client| client.join().ok()).filter(|answered| *answered).count()
    });
    assert_eq!(answered, CLIENTS);
    session.hven(&["ps", "-a"]).ok();
}

/// The limit of open files of the server; low enough to be exhausted.
const FILES: u64 = 1024;
const SLOW: usize = 1130;
const HONEST: usize = 64;

/// Clients that keep their connections as long as possible, and reconnect when the server closes them.
fn occupy_connections(host: &str, token: &str, ready: &Barrier, over: &AtomicBool) {
    let body =
        "POST /api/v1/runs HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n";
    let beginnings = [
        // Nothing at all.
        String::new(),
        // A head that does not end.
        format!("GET /api/v1/runs HTTP/1.1\r\nHost: {host}\r\nX-Slow: "),
        // A body that does not arrive, from an unknown client and from a known one.
        format!("{}\r\n{{", body.replace("{host}", host)),
        format!("POST /api/v1/proof HTTP/1.1\r\nHost: {host}\r\nContent-Length: 200\r\n\r\n"),
        // Responses that are never read.
        format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n").repeat(200),
    ];
    let known = [
        format!("{}Authorization: Bearer {token}\r\n\r\n{{", body.replace("{host}", host)),
        format!("GET /api/v1/runs/last/log/raw HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n"),
    ];
    let begin = |number: usize| {
        let mut stream = TcpStream::connect(host).ok()?;
        stream.set_nonblocking(true).ok()?;
        let text = if number < 40 { &known[number % 2] } else { &beginnings[number % beginnings.len()] };
        let _ = stream.write(text.as_bytes());
        Some(stream)
    };
    let mut open: Vec<Option<TcpStream>> = (0..SLOW).map(begin).collect();
    ready.wait();
    while !over.load(Ordering::Relaxed) {
        for (number, slot) in open.iter_mut().enumerate() {
            let is_open = slot.as_mut().is_some_and(|stream| match number % 5 {
                // A byte from time to time.
                1 | 2 if number >= 40 => stream.write(b"x").is_ok(),
                _ => stream.take_error().is_ok_and(|error| error.is_none()),
            });
            if !is_open {
                *slot = begin(number);
            }
        }
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn slow_clients_do_not_block_other_clients() {
    let session = Session::new();
    raise_own_limit();
    up_with_limit(&session, &format!("-n {FILES}"));
    session.hven(&["run", "--", "sh", "-c", "head -c 4000000 /dev/zero | tr '\\0' x; echo"]).ok();

    let file = ServerFile::read(&session.home()).expect("a server runs");
    let token = read_token(&session.home()).expect("a token");
    let host = file.url.strip_prefix("http://").expect("an address");
    let (ready, over) = (Barrier::new(2), AtomicBool::new(false));
    // A normal client that waits for events.
    let mut listener = TcpStream::connect(host).expect("connected");
    listener.set_read_timeout(Some(PATIENCE)).expect("set");
    let ask = format!("GET /api/v1/events HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n");
    listener.write_all(ask.as_bytes()).expect("asked");
    read_until(&mut listener, "listening");
    let request = format!(
        "GET /api/v1/runs?limit=10 HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    );
    let (answered, slowest) = thread::scope(|scope| {
        let slow = scope.spawn(|| occupy_connections(host, &token, &ready, &over));
        // By this time the files of the server are used up, if this is possible at all.
        ready.wait();
        let client = || {
            let mut answered = 0;
            let mut slowest = Duration::ZERO;
            for _ in 0..5 {
                let started = Instant::now();
                let mut answer = String::new();
                let asked = TcpStream::connect(host).and_then(|mut stream| {
                    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
                    stream.write_all(request.as_bytes())?;
                    stream.read_to_string(&mut answer)
                });
                answered += usize::from(asked.is_ok() && answer.starts_with("HTTP/1.1 200"));
                slowest = slowest.max(started.elapsed());
            }
            (answered, slowest)
        };
        let honest: Vec<_> = (0..HONEST).map(|_| scope.spawn(client)).collect();
        let all: Vec<_> = honest.into_iter().map(|client| client.join().expect("it ends")).collect();
        let ran = session.hven(&["run", "--", "echo", "through"]);
        over.store(true, Ordering::Relaxed);
        slow.join().expect("it ends");
        assert_eq!(ran.ok().out, "through\n");
        let answered: usize = all.iter().map(|(answered, _)| answered).sum();
        (answered, all.iter().map(|(_, slowest)| *slowest).max().unwrap_or_default())
    });
    assert_eq!(answered, HONEST * 5, "the slowest took {slowest:?}");
    read_until(&mut listener, "run.finished");
}

/// Starts a server with a limit, in the syntax of `ulimit`.
fn up_with_limit(session: &Session, limit: &str) {
    assert!(session.limited(limit, &["up", "--detach"]).output().expect("a shell").status.success());
}

#[test]
fn the_server_raises_its_limit_of_open_files_and_tasks_keep_the_limit_of_their_caller() {
    let session = Session::new();
    up_with_limit(&session, "-S -n 300");
    let run = session.limited("-S -n 400", &["run", "--", "sh", "-c", "ulimit -S -n"]).output().expect("a shell");
    assert_eq!(String::from_utf8_lossy(&run.stdout), "400\n");
    let file = ServerFile::read(&session.home()).expect("a server runs");
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", file.pid)).expect("its limits");
    let line = limits.lines().find(|line| line.starts_with("Max open files")).expect("a line");
    let soft: u64 = line.split_whitespace().nth(3).expect("a number").parse().expect("a number");
    assert!(soft > 300, "{line}");
}

/// This test opens as many files as it has clients.
fn raise_own_limit() {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).expect("raised");
}

fn read_until(stream: &mut TcpStream, text: &str) {
    let mut read = Vec::new();
    let mut buffer = [0; 4096];
    while !String::from_utf8_lossy(&read).contains(text) {
        let bytes = stream.read(&mut buffer).expect("it goes on");
        assert!(bytes > 0, "it ended before {text:?}: {}", String::from_utf8_lossy(&read));
        read.extend_from_slice(&buffer[..bytes]);
    }
}
