//! The server on a socket: it proves itself, and clients that do not go on are not waited for, those that do are.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use hven_api::proof::{Unproved, Witness, demand};
use hven_app::access::{Keys, runner_token};
use hven_core::{AttemptId, RunId, RunnerId};
use hven_server::{Patience, Server, serve};
use serde_json::json;
use tokio::net::TcpListener;

use crate::house::{House, KEY};

const PATIENCE: Patience = Patience {
    head: Duration::from_millis(600),
    body: Duration::from_millis(600),
    unread_by_stranger: Duration::from_millis(600),
    unread: Duration::from_mins(1),
};
/// Longer than that is no time-out of the server's.
const LONG: Duration = Duration::from_secs(20);

/// Serves the house on a socket.
async fn listening(house: &House, connections_max: usize) -> (Server, SocketAddr) {
    let server = house.served_with(connections_max, PATIENCE).await;
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
async fn a_crowd_of_strangers_leaves_half_of_the_places_to_others() {
    let house = House::new().await;
    let (_server, address) = listening(&house, 16).await;
    let owner = house.owner.clone();
    tokio::task::spawn_blocking(move || {
        let ask = get(address, "/api/v1/me", &owner);
        let answered = |stream: &mut TcpStream| {
            let mut beginning = [0; 12];
            stream.write_all(ask.as_bytes()).is_ok()
                && stream.read_exact(&mut beginning).is_ok()
                && &beginning == b"HTTP/1.1 200"
        };
        // Known before the crowd comes.
        let mut known = connect(address);
        known.write_all(get(address, "/api/v1/events", &owner).as_bytes()).unwrap();
        let mut read = [0; 4096];
        assert!(known.read(&mut read).unwrap() > 0);
        let mut crowd: Vec<_> = (0..100).map(|_| connect(address)).collect();
        for _ in 0..20 {
            assert!(answered(&mut connect(address)), "an honest client in a crowd");
            crowd.push(connect(address));
        }
        crowd[0].set_read_timeout(Some(LONG)).unwrap();
        assert_eq!(crowd[0].read(&mut read).unwrap_or(0), 0, "the first of them went");
        known.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        loop {
            match known.read(&mut read) {
                Ok(0) => panic!("whoever is known stays"),
                Ok(_) => {}
                Err(_) => break,
            }
        }
    })
    .await
    .unwrap();
}
