//! The server on a socket: it proves itself, and clients that do not go on are not waited for, those that do are.

use std::{
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use hven_api::proof::{Unproved, Witness, demand};
use hven_app::keys::{Keys, runner_token};
use hven_core::{AttemptId, RunId, RunnerId};
use hven_server::{Patience, Server, serve};
use serde_json::json;
use tokio::net::TcpListener;

use crate::house::{House, KEY};

const PATIENCE: Patience = Patience {
    head: Duration::from_millis(600),
    body: Duration::from_millis(600),
    whole_body: Duration::from_mins(5),
    unread_by_stranger: Duration::from_millis(600),
    unread: Duration::from_mins(1),
};
/// Nobody is let go for being slow.
const ENDLESS: Patience = Patience {
    head: Duration::from_mins(5),
    body: Duration::from_mins(5),
    whole_body: Duration::from_mins(5),
    unread_by_stranger: Duration::from_mins(5),
    unread: Duration::from_mins(5),
};
/// After that a stranger had its time.
const GRACE: Duration = Duration::from_secs(1);
/// Longer than that is no time-out of the server's.
const LONG: Duration = Duration::from_secs(20);

/// Serves the house on a socket.
async fn listening(house: &House, connections_max: usize) -> (Server, SocketAddr) {
    listening_with(house, connections_max, PATIENCE).await
}

async fn listening_with(house: &House, connections_max: usize, patience: Patience) -> (Server, SocketAddr) {
    let server = house.served_with(connections_max, patience).await;
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

/// Asks on an open connection and reads the whole answer; its status. Nothing when the connection was closed.
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

/// Asks for something that goes on; the status of its answer.
fn begin(stream: &mut TcpStream, request: &str) -> u16 {
    stream.write_all(request.as_bytes()).unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("{line:?}"))
}

/// Waits until the server has closed the connection, without a word.
fn assert_closed(stream: &mut TcpStream, what: &str) {
    match stream.read(&mut [0; 100]) {
        Ok(0) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        other => panic!("{what}: {other:?}"),
    }
}

/// Reads until the server closes, and says what came and after how long.
fn rest(mut stream: TcpStream) -> (String, Duration) {
    let begun = Instant::now();
    let mut text = Vec::new();
    // A connection that is reset was closed, too.
    let _ = stream.read_to_end(&mut text);
    (String::from_utf8_lossy(&text).into_owned(), begun.elapsed())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_proves_itself_to_whoever_shares_a_secret_with_it() {
    let house = House::new().await;
    let (_server, address) = listening(&house, 64).await;
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
            // The same connection is good for requests.
            stream.set_read_timeout(Some(LONG)).unwrap();
            stream.write_all(get(address, "/api/v1/me", "wrong").as_bytes()).unwrap();
            let mut beginning = [0; 12];
            stream.read_exact(&mut beginning).unwrap();
            assert_eq!(&beginning, b"HTTP/1.1 401");
            let proved = demand(&connect(address), witness, b"another secret", [1; 32], LONG);
            assert!(matches!(proved, Err(Unproved::Foreign(_))), "{proved:?}");
        }
        // A runner of the version before asks for no proof, and is served until its tasks have ended.
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
        // Questions that are none.
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
async fn clients_that_do_not_go_on_are_let_go() {
    let house = House::new().await;
    let (_server, address) = listening(&house, 64).await;
    let owner = house.owner.clone();
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
            // Whoever sent a whole head is told what is wrong.
            assert_eq!(
                answer.starts_with("HTTP/1.1 "),
                !matches!(*what, "nothing" | "half a head"),
                "{what}: {answer}"
            );
        }
        // Bytes of a head that come one by one are no progress: a head is short.
        let mut stream = connect(address);
        let begun = Instant::now();
        let head = get(address, "/api/v1/me", &owner);
        let sent = head.bytes().all(|byte| {
            thread::sleep(Duration::from_millis(50));
            stream.write_all(&[byte]).is_ok() && begun.elapsed() < LONG
        });
        let (answer, _) = rest(stream);
        assert!(!sent || answer.is_empty(), "{answer}");
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_a_stranger_does_not_read_is_given_up() {
    let house = House::new().await;
    let (server, address) = listening(&house, 64).await;
    tokio::task::spawn_blocking(move || {
        let mut stream = connect(address);
        stream.set_write_timeout(Some(LONG)).unwrap();
        // It asks on and on and reads nothing, until neither side takes any more.
        let page = format!("GET / HTTP/1.1\r\nHost: {address}\r\n\r\n").repeat(100);
        let begun = Instant::now();
        while stream.write_all(page.as_bytes()).is_ok() {
            assert!(begun.elapsed() < LONG, "it is still waited for");
        }
        assert!(begun.elapsed() < LONG, "{:?}", begun.elapsed());
    })
    .await
    .unwrap();
    server.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_clients_that_go_on_are_waited_for() {
    let house = House::new().await;
    let (_server, address) = listening(&house, 64).await;
    let owner = house.owner.clone();
    let run = house.submit(&house.owner, "home").await;
    tokio::task::spawn_blocking(move || {
        // An upload that takes longer than any time-out, a little at a time.
        let bytes = [7; 24];
        let digest = hven_core::Digest::of(&bytes);
        let head = format!("PUT /api/v1/objects/{digest} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
        let mut upload = connect(address);
        let head = format!("{head}Authorization: Bearer {owner}\r\nContent-Length: {}\r\n\r\n", bytes.len());
        upload.write_all(head.as_bytes()).unwrap();
        // Those who wait for something: events, a log, commands.
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
async fn a_body_that_is_no_upload_comes_in_time_or_is_refused() {
    let house = House::new().await;
    let (_server, address) =
        listening_with(&house, 64, Patience { whole_body: Duration::from_secs(1), ..ENDLESS }).await;
    let (owner, runner) = (house.owner.clone(), runner_token(KEY, RunnerId::from_u128(5)));
    tokio::task::spawn_blocking(move || {
        for (path, token) in [("tokens", &owner), ("runner/push", &runner)] {
            let mut stream = connect(address);
            let head = format!("POST /api/v1/{path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n");
            let head = format!("{head}Authorization: Bearer {token}\r\nContent-Length: 10000\r\n\r\n{{");
            stream.write_all(head.as_bytes()).unwrap();
            // JSON may have as many blanks as one likes.
            stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
            let begun = Instant::now();
            let mut answer = [0; 12];
            loop {
                assert!(begun.elapsed() < LONG, "{path}: the body is still waited for");
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
async fn a_crowd_of_strangers_leaves_half_of_the_places_to_others() {
    let house = House::new().await;
    let (_server, address) = listening_with(&house, 16, ENDLESS).await;
    let owner = house.owner.clone();
    tokio::task::spawn_blocking(move || {
        let me = get(address, "/api/v1/me", &owner);
        // Known before the crowd comes.
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
async fn a_stranger_that_showed_a_wrong_token_goes_before_one_that_is_silent() {
    let house = House::new().await;
    let (_server, address) = listening_with(&house, 4, ENDLESS).await;
    let owner = house.owner.clone();
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
async fn half_a_question_does_not_keep_a_stranger_its_place() {
    let house = House::new().await;
    let (_server, address) = listening_with(&house, 4, ENDLESS).await;
    let owner = house.owner.clone();
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
async fn those_who_showed_a_token_are_strangers_when_it_is_revoked() {
    let house = House::new().await;
    let (_server, address) = listening_with(&house, 4, ENDLESS).await;
    let (_, made) = house.call(&house.owner, "POST", "/tokens", json!({ "name": "old" })).await;
    let token = made["secret"].as_str().unwrap().to_owned();
    let me = get(address, "/api/v1/me", &house.owner);
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
    house.call(&house.owner, "DELETE", &path, json!(null)).await;
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
async fn a_guest_with_many_streams_keeps_nobody_out() {
    const PLACES: usize = 64;
    let house = House::new().await;
    let (_, sophie) = house.add_user("Sophie", None, "viewer", false).await;
    // Another token is no other guest.
    let another = json!({ "name": "another" });
    let (_, another) = house.call(&sophie, "POST", "/tokens", another).await;
    let another = another["secret"].as_str().unwrap().to_owned();
    let (_, jun) = house.add_user("Jun", None, "owner", false).await;
    let owner = house.owner.clone();
    let (_server, address) = listening_with(&house, PLACES, ENDLESS).await;
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
        // The owner of the files has more places than a guest.
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
