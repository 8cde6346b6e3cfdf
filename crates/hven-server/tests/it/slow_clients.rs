//! The server on a socket: it proves its identity, cuts off clients that stop, and waits for slow clients that make
//! progress.

use std::{
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use hven_api::proof::{Unproved, Witness, demand};
use hven_app::keys::{Keys, runner_token};
use hven_core::{AttemptId, RunId, RunnerId};
use hven_server::{ClientTimeouts, Server, serve};
use serde_json::json;
use tokio::net::TcpListener;

use crate::test_home::{KEY, TestHome};

const SHORT_TIMEOUTS: ClientTimeouts = ClientTimeouts {
    head: Duration::from_millis(600),
    body: Duration::from_millis(600),
    whole_body: Duration::from_mins(5),
    unread_by_stranger: Duration::from_millis(600),
    unread: Duration::from_mins(1),
};
/// No client is cut off for being slow.
const LONG_TIMEOUTS: ClientTimeouts = ClientTimeouts {
    head: Duration::from_mins(5),
    body: Duration::from_mins(5),
    whole_body: Duration::from_mins(5),
    unread_by_stranger: Duration::from_mins(5),
    unread: Duration::from_mins(5),
};
/// After this time the server may evict a stranger.
const GRACE: Duration = Duration::from_secs(1);
/// Longer than any time limit of the server.
const LONG: Duration = Duration::from_secs(20);

/// Serves the home on a socket.
async fn listening(home: &TestHome, connections_max: usize) -> (Server, SocketAddr) {
    listening_with(home, connections_max, SHORT_TIMEOUTS).await
}

async fn listening_with(home: &TestHome, connections_max: usize, timeouts: ClientTimeouts) -> (Server, SocketAddr) {
    let server = home.served_with(connections_max, timeouts).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(server.clone(), listener));
    (server, address)
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream
}

fn get(address: SocketAddr, path: &str, token: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\r\n")
}

/// Sends a request on an open connection and reads the whole answer. Returns its status, or nothing when the connection
/// was closed.
fn ask(stream: &mut TcpStream, request: &str) -> Option<u16> {
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = BufReader::new(stream);
    let mut line = String::new();
    answer.read_line(&mut line).ok()?;
    let status = line.split(' ').nth(1)?.parse().ok()?;
    let mut length = 0;
    while !line.trim().is_empty() {
        line.clear();
        answer.read_line(&mut line).ok()?;
        if let Some(bytes) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = bytes.trim().parse().ok()?;
        }
    }
    std::io::copy(&mut answer.take(length), &mut std::io::sink()).ok()?;
    Some(status)
}

/// Requests a stream, and returns the status of the answer.
fn begin(stream: &mut TcpStream, request: &str) -> u16 {
    stream.write_all(request.as_bytes()).unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("{line:?}"))
}

/// Waits until the server has closed the connection without an answer.
fn assert_closed(stream: &mut TcpStream, what: &str) {
    match stream.read(&mut [0; 100]) {
        Ok(0) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        other => panic!("{what}: {other:?}"),
    }
}

/// Reads until the server closes the connection. Returns the text and the time that this took.
fn rest(mut stream: TcpStream) -> (String, Duration) {
    let started = Instant::now();
    let mut text = Vec::new();
    // A reset connection counts as closed.
    let _ = stream.read_to_end(&mut text);
    (String::from_utf8_lossy(&text).into_owned(), started.elapsed())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_proves_itself_to_a_client_that_shares_a_secret_with_it() {
    let home = TestHome::new().await;
    let (_server, address) = listening(&home, 64).await;
    tokio::task::spawn_blocking(move || {
        let runner = RunnerId::from_u128(5);
        let attempt = AttemptId { run: RunId::from_u128(7), number: 1 };
        let secrets = [
            (Witness::Home, KEY.to_vec()),
            (Witness::Runner(runner), runner_token(KEY, runner).into_bytes()),
            (Witness::Attempt(attempt), Keys::new(KEY).attempt_token(attempt).into_bytes()),
        ];
        for (witness, secret) in secrets {
            let mut stream = connect(address);
            demand(&stream, witness, &secret, [1; 32], LONG).unwrap();
            // The same connection accepts requests after the proof.
            stream.set_read_timeout(Some(LONG)).unwrap();
            stream.write_all(get(address, "/api/v1/me", "wrong").as_bytes()).unwrap();
            let mut beginning = [0; 12];
            stream.read_exact(&mut beginning).unwrap();
            assert_eq!(&beginning, b"HTTP/1.1 401");
            let proved = demand(&connect(address), witness, b"another secret", [1; 32], LONG);
            assert!(matches!(proved, Err(Unproved::Foreign(_))), "{proved:?}");
        }
        // A runner of the previous version asks for no proof, and is served until its tasks have ended.
        let attach = json!({
            "runner": runner, "pool": "local", "host": "here", "boot_id": "b", "pid": 1, "version": "0.1.0",
            "capacity": { "cpus": 4 }, "prefetch": 4, "attempts": [],
        });
        let (token, body) = (runner_token(KEY, runner), attach.to_string());
        let head = format!("POST /api/v1/runner/attach HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
        let head = format!("{head}Content-Type: application/json\r\nAuthorization: Bearer {token}\r\n");
        let mut old = connect(address);
        old.write_all(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).unwrap();
        let (answer, _) = rest(old);
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"session\""), "{answer}");
        // Invalid questions for a proof.
        let long = "x".repeat(2000);
        for body in ["", "{}", "[]", r#"{"nonce":"00","witness":"home"}"#, &long] {
            let mut stream = connect(address);
            let length = body.len();
            let head = format!("POST /api/v1/proof HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
            stream.write_all(format!("{head}Content-Length: {length}\r\n\r\n{body}").as_bytes()).unwrap();
            let (answer, _) = rest(stream);
            assert!(answer.starts_with("HTTP/1.1 422"), "{body:.40}: {answer}");
        }
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_stop_are_cut_off() {
    let home = TestHome::new().await;
    let (_server, address) = listening(&home, 64).await;
    let owner = home.owner.clone();
    tokio::task::spawn_blocking(move || {
        let post = |token: &str| {
            let head = format!("POST /api/v1/runs HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n");
            format!("{head}Authorization: Bearer {token}\r\nContent-Length: 100\r\n\r\n{{")
        };
        let all = [
            ("nothing", String::new()),
            ("half a head", format!("GET / HTTP/1.1\r\nHost: {address}\r\nX-")),
            ("half a body", post(&owner)),
            ("half a body of a stranger", post("wrong")),
            ("half a question", format!("POST /api/v1/proof HTTP/1.1\r\nHost: {address}\r\nContent-Length: 9\r\n\r\n")),
            ("an idle connection", get(address, "/api/v1/me", &owner)),
        ];
        let open: Vec<_> = all
            .iter()
            .map(|(what, text)| {
                let mut stream = connect(address);
                stream.write_all(text.as_bytes()).unwrap();
                (what, stream)
            })
            .collect();
        for (what, stream) in open {
            let (answer, took) = rest(stream);
            assert!(took < LONG, "{what}: {took:?}");
            // A client that sent a complete head gets an error message.
            assert_eq!(
                answer.starts_with("HTTP/1.1 "),
                !matches!(*what, "nothing" | "half a head"),
                "{what}: {answer}"
            );
        }
        // The bytes of a head that arrive one by one do not count as progress: a head is short.
        let mut stream = connect(address);
        let started = Instant::now();
        let head = get(address, "/api/v1/me", &owner);
        let sent = head.bytes().all(|byte| {
            thread::sleep(Duration::from_millis(50));
            stream.write_all(&[byte]).is_ok() && started.elapsed() < LONG
        });
        let (answer, _) = rest(stream);
        assert!(!sent || answer.is_empty(), "{answer}");
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_gives_up_an_answer_that_a_stranger_does_not_read() {
    let home = TestHome::new().await;
    let (server, address) = listening(&home, 64).await;
    tokio::task::spawn_blocking(move || {
        let mut stream = connect(address);
        stream.set_write_timeout(Some(LONG)).unwrap();
        // The client sends requests and reads nothing, until neither side accepts more bytes.
        let page = format!("GET / HTTP/1.1\r\nHost: {address}\r\n\r\n").repeat(100);
        let started = Instant::now();
        while stream.write_all(page.as_bytes()).is_ok() {
            assert!(started.elapsed() < LONG, "it is still waited for");
        }
        assert!(started.elapsed() < LONG, "{:?}", started.elapsed());
    })
    .await
    .unwrap();
    server.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_waits_for_slow_clients_that_make_progress() {
    let home = TestHome::new().await;
    let (_server, address) = listening(&home, 64).await;
    let owner = home.owner.clone();
    let run = home.submit(&home.owner, "home").await;
    tokio::task::spawn_blocking(move || {
        // An upload in small parts that takes longer than any time limit.
        let bytes = [7; 24];
        let digest = hven_core::Digest::of(&bytes);
        let head = format!("PUT /api/v1/objects/{digest} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
        let mut upload = connect(address);
        let head = format!("{head}Authorization: Bearer {owner}\r\nContent-Length: {}\r\n\r\n", bytes.len());
        upload.write_all(head.as_bytes()).unwrap();
        // Clients that wait: for events, a log and commands.
        let mut waiting: Vec<_> = ["/api/v1/events".to_owned(), format!("/api/v1/runs/{run}/log/follow")]
            .iter()
            .map(|path| {
                let mut stream = connect(address);
                stream.write_all(get(address, path, &owner).as_bytes()).unwrap();
                stream
            })
            .collect();
        for byte in bytes {
            thread::sleep(Duration::from_millis(100));
            upload.write_all(&[byte]).unwrap();
        }
        let (answer, _) = rest(upload);
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
        for stream in &mut waiting {
            stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
            let mut said = Vec::new();
            let ended = stream.read_to_end(&mut said);
            assert!(ended.is_err(), "it was let go: {}", String::from_utf8_lossy(&said));
        }
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_not_an_upload_arrives_in_time_or_is_refused() {
    let home = TestHome::new().await;
    let (_server, address) =
        listening_with(&home, 64, ClientTimeouts { whole_body: Duration::from_secs(1), ..LONG_TIMEOUTS }).await;
    let (owner, runner) = (home.owner.clone(), runner_token(KEY, RunnerId::from_u128(5)));
    tokio::task::spawn_blocking(move || {
        for (path, token) in [("tokens", &owner), ("runner/push", &runner)] {
            let mut stream = connect(address);
            let head = format!("POST /api/v1/{path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n");
            let head = format!("{head}Authorization: Bearer {token}\r\nContent-Length: 10000\r\n\r\n{{");
            stream.write_all(head.as_bytes()).unwrap();
            // JSON may contain any number of blanks.
            stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
            let started = Instant::now();
            let mut answer = [0; 12];
            loop {
                assert!(started.elapsed() < LONG, "{path}: the body is still waited for");
                match stream.read_exact(&mut answer) {
                    Ok(()) => break,
                    Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                    Err(error) => panic!("{path}: {error}"),
                }
                stream.write_all(b" ").unwrap();
            }
            assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 408", "{path}");
        }
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_of_strangers_leaves_half_of_the_slots_to_others() {
    let home = TestHome::new().await;
    let (_server, address) = listening_with(&home, 16, LONG_TIMEOUTS).await;
    let owner = home.owner.clone();
    tokio::task::spawn_blocking(move || {
        let me = get(address, "/api/v1/me", &owner);
        // This client shows its token before the crowd arrives.
        let mut known = connect(address);
        known.write_all(get(address, "/api/v1/events", &owner).as_bytes()).unwrap();
        let mut read = [0; 4096];
        assert!(known.read(&mut read).unwrap() > 0);
        let mut crowd: Vec<_> = (0..100).map(|_| connect(address)).collect();
        for _ in 0..20 {
            assert_eq!(ask(&mut connect(address), &me), Some(200), "an honest client in a crowd");
            crowd.push(connect(address));
        }
        assert_closed(&mut crowd[0], "the first of them went");
        known.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        loop {
            match known.read(&mut read) {
                Ok(0) => panic!("the client that is known was sent away"),
                Ok(_) => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => break,
                Err(error) => panic!("the client that is known was sent away: {error}"),
            }
        }
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_with_a_wrong_token_is_evicted_before_a_silent_one() {
    let home = TestHome::new().await;
    let (_server, address) = listening_with(&home, 4, LONG_TIMEOUTS).await;
    let owner = home.owner.clone();
    tokio::task::spawn_blocking(move || {
        let me = get(address, "/api/v1/me", &owner);
        let mut silent = connect(address);
        let mut wrong = connect(address);
        assert_eq!(ask(&mut wrong, &get(address, "/api/v1/me", "wrong")), Some(401));
        thread::sleep(GRACE);
        assert_eq!(ask(&mut connect(address), &me), Some(200));
        assert_closed(&mut wrong, "it made room");
        assert_eq!(ask(&mut silent, &me), Some(200));
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incomplete_request_does_not_protect_a_stranger() {
    let home = TestHome::new().await;
    let (_server, address) = listening_with(&home, 4, LONG_TIMEOUTS).await;
    let owner = home.owner.clone();
    tokio::task::spawn_blocking(move || {
        let me = get(address, "/api/v1/me", &owner);
        let mut half = connect(address);
        let question = format!("POST /api/v1/proof HTTP/1.1\r\nHost: {address}\r\nContent-Length: 200\r\n\r\n{{");
        half.write_all(question.as_bytes()).unwrap();
        let mut silent = connect(address);
        thread::sleep(GRACE);
        assert_eq!(ask(&mut connect(address), &me), Some(200));
        assert_closed(&mut half, "it made room: it is idle for longer");
        assert_eq!(ask(&mut silent, &me), Some(200));
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_become_strangers_when_their_token_is_revoked() {
    let home = TestHome::new().await;
    let (_server, address) = listening_with(&home, 4, LONG_TIMEOUTS).await;
    let (_, made) = home.call(&home.owner, "POST", "/tokens", json!({ "name": "old" })).await;
    let token = made["secret"].as_str().unwrap().to_owned();
    let me = get(address, "/api/v1/me", &home.owner);
    let asked = me.clone();
    let (mut honest, mut others) = tokio::task::spawn_blocking(move || {
        let known_by = |request: &str| {
            let mut stream = connect(address);
            assert_eq!(ask(&mut stream, request), Some(200));
            stream
        };
        let honest = known_by(&asked);
        let dead = get(address, "/api/v1/me", &token);
        (honest, [known_by(&dead), known_by(&dead), known_by(&dead)])
    })
    .await
    .unwrap();
    let path = format!("/tokens/{}", made["token"]["id"].as_str().unwrap());
    home.call(&home.owner, "DELETE", &path, json!(null)).await;
    tokio::task::spawn_blocking(move || {
        thread::sleep(GRACE);
        assert_eq!(ask(&mut connect(address), &me), Some(200), "there is a place for the owner");
        assert_closed(&mut others[0], "it made room");
        for stream in [&mut honest, &mut others[1]] {
            assert_eq!(ask(stream, &me), Some(200), "a good token is good on each connection");
        }
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_with_many_streams_does_not_block_others() {
    const PLACES: usize = 64;
    let home = TestHome::new().await;
    let (_, sophie) = home.add_user("Sophie", None, "viewer", false).await;
    // Another token belongs to the same guest.
    let another = json!({ "name": "another" });
    let (_, another) = home.call(&sophie, "POST", "/tokens", another).await;
    let another = another["secret"].as_str().unwrap().to_owned();
    let (_, jun) = home.add_user("Jun", None, "owner", false).await;
    let owner = home.owner.clone();
    let (_server, address) = listening_with(&home, PLACES, LONG_TIMEOUTS).await;
    tokio::task::spawn_blocking(move || {
        let open = |token: &str| {
            let mut stream = connect(address);
            let status = begin(&mut stream, &get(address, "/api/v1/events", token));
            (stream, status)
        };
        let hers: Vec<_> = (0..PLACES).map(|number| open(if number % 2 == 0 { &sophie } else { &another })).collect();
        let count = |wanted: u16| hers.iter().filter(|(_, status)| *status == wanted).count();
        assert_eq!((count(200), count(503)), (PLACES / 8, PLACES - PLACES / 8));
        let others: Vec<_> = [&jun, &owner].into_iter().map(|token| open(token)).collect();
        assert!(others.iter().all(|(_, status)| *status == 200));
        // The owner of the files has more slots than a guest.
        let owners: Vec<_> = (0..PLACES / 4).map(|_| open(&owner)).collect();
        assert!(owners.iter().all(|(_, status)| *status == 200));
        let refused = get(address, "/api/v1/me", &sophie).replace("Host:", "Connection: close\r\nHost:");
        let mut stream = connect(address);
        stream.write_all(refused.as_bytes()).unwrap();
        let (answer, _) = rest(stream);
        assert!(answer.contains("\"busy\"") && answer.contains("may have 8 connections"), "{answer}");
    })
    .await
    .unwrap();
}
