//! Tests the client against a small server that fails on purpose: it loses replies, breaks streams, and stops in the middle
//! of uploads.

use std::{
    fmt::Write as _,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use hven_api::runs::SubmitRun;
use hven_client::{Address, Client, Error, Fixed, LogEvent, Patience};

/// A request as the server received it.
#[derive(Clone, Debug, Default)]
struct Seen {
    line: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Seen {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// The server's reaction to a request.
enum Reply {
    /// Status, headers, body.
    Send(u16, &'static [(&'static str, &'static str)], Vec<u8>),
    /// Reads the request and closes the connection: the reply is lost.
    Lose,
    /// Reads this number of bytes of the body and closes the connection.
    CutBody(usize),
}

/// Answers one request per connection, in order; returns the received requests.
fn serve(replies: Vec<Reply>) -> (Client, Arc<Mutex<Vec<Seen>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    thread::spawn(move || {
        for reply in replies {
            let (mut stream, _) = listener.accept().expect("a connection");
            let limit = if let Reply::CutBody(limit) = reply { limit } else { usize::MAX };
            let request = read(&stream, limit);
            sink.lock().unwrap_or_else(PoisonError::into_inner).push(request);
            if let Reply::Send(status, headers, body) = reply {
                let mut head = format!("HTTP/1.1 {status} X\r\nConnection: close\r\n");
                if status != 206 {
                    write!(head, "Content-Length: {}\r\n", body.len()).expect("memory takes all");
                }
                for (name, value) in headers {
                    write!(head, "{name}: {value}\r\n").expect("memory takes all");
                }
                // Some of these tests close the connection on purpose.
                let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(b"\r\n"));
                let _ = stream.write_all(&body);
            }
        }
    });
    let address = Address::of_token(url, "secret");
    (Client::new(Fixed(address)).with_patience(Patience(Duration::from_secs(5))), seen)
}

fn read(stream: &TcpStream, body_bytes_max: usize) -> Seen {
    let mut reader = BufReader::new(stream);
    let mut seen = Seen::default();
    reader.read_line(&mut seen.line).expect("a request line");
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a header");
        match line.trim_end().split_once(": ") {
            Some((name, value)) => seen.headers.push((name.to_owned(), value.to_owned())),
            None => break,
        }
    }
    let length = seen.header("content-length").map_or(0, |text| text.parse::<usize>().expect("a number"));
    let mut body = vec![0; length.min(body_bytes_max)];
    reader.read_exact(&mut body).expect("a body");
    seen.body = body;
    seen
}

fn ok(body: &str) -> Reply {
    Reply::Send(200, &[], body.as_bytes().to_vec())
}

fn all(seen: &Arc<Mutex<Vec<Seen>>>) -> Vec<Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

const CREATED: &str = r#"{"schema":"hven.run_created/1","up_to_date":false,"run":{"id":"0","handle":"7Q2M",
    "project":"home","name":null,"command":"true","submitted_by":{"id":"0","kind":"user","name":null},
    "submitted":"2026-05-01T12:00:00Z","state":"waiting","attempts":0,"started":null,"ended":null,"wall_s":null,
    "outcome":null,"outputs":0,"cpu_s":null,"memory_max_bytes":null,"params":{},"metrics":[]}}"#;

#[test]
fn a_call_with_a_lost_reply_is_repeated_with_the_same_key() {
    let busy = Reply::Send(503, &[], br#"{"error":{"code":"busy","message":"closing"}}"#.to_vec());
    let (client, seen) = serve(vec![Reply::Lose, busy, ok(CREATED)]);
    let created = client.submit(&SubmitRun { argv: vec!["true".to_owned()], ..SubmitRun::default() }).expect("created");
    assert_eq!(created.run.handle, "7Q2M");
    let seen = all(&seen);
    let keys: Vec<_> = seen.iter().map(|request| request.header("idempotency-key").expect("a key")).collect();
    assert_eq!((keys.len(), keys[0].len()), (3, 32));
    assert!(keys.iter().all(|key| *key == keys[0]));
    assert_eq!(seen[0].line.trim_end(), "POST /api/v1/runs HTTP/1.1");
    assert_eq!(seen[0].header("authorization"), Some("Bearer secret"));
    assert_eq!(seen[0].body, seen[2].body);
}

#[test]
fn a_refusal_is_returned_with_its_hint_and_not_repeated() {
    let body = r#"{"error":{"code":"not_found","message":"there is no run \"x\"","hint":"look"}}"#;
    let (client, seen) = serve(vec![Reply::Send(404, &[], body.as_bytes().to_vec())]);
    match client.run("x y/z").expect_err("there is none") {
        Error::Api(error) => {
            assert_eq!((error.status, error.code.as_str(), error.hint.as_deref()), (404, "not_found", Some("look")));
        }
        other => panic!("{other:?}"),
    }
    let seen = all(&seen);
    assert_eq!((seen.len(), seen[0].line.trim_end()), (1, "GET /api/v1/runs/x%20y%2Fz HTTP/1.1"));
    assert_eq!(seen[0].header("idempotency-key"), None);
}

#[test]
fn an_error_contains_a_body_of_another_format() {
    let (client, _) = serve(vec![Reply::Send(502, &[], b"<html>proxy</html>".to_vec())]);
    let error = client.server().expect_err("no server");
    assert_eq!(error.code(), "http.502");
    assert!(error.to_string().contains("<html>proxy</html>"), "{error}");
}

#[test]
fn a_call_waits_for_an_unreachable_server_only_as_long_as_allowed() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let client = Client::new(Fixed(Address::of_token(url, ""))).with_patience(Patience(Duration::ZERO));
    let error = client.server().expect_err("nobody listens");
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    assert_eq!(error.code(), "server.unreachable");
}

fn chunk(offset: u64, next: u64, text: &str) -> String {
    let data = format!(
        r#"{{"offset":{offset},"next":{next},"source":"stdout","time":"2026-05-01T12:00:00Z","text":"{text}"}}"#
    );
    format!("id: {next}\nevent: chunk\ndata: {data}\n\n")
}

#[test]
fn a_broken_stream_resumes_after_the_last_event() {
    let first = format!(": hello\n\n{}{}id: 99\nevent: chunk\ndata: torn", chunk(0, 20, "a"), chunk(20, 40, "b"));
    let end = "event: end\ndata: {\"state\":\"done\",\"attempt\":1}\n\n";
    let second = format!("{}{end}", chunk(40, 60, "c"));
    let (client, seen) = serve(vec![ok(&first), Reply::Lose, ok(&second)]);
    let mut text = String::new();
    let mut ended = None;
    for event in client.follow_log("7Q2M", None, Patience(Duration::from_secs(5))) {
        match event.expect("an event") {
            LogEvent::Chunk(chunk) => text.push_str(&chunk.text),
            LogEvent::End(end) => ended = Some(end.state),
        }
    }
    assert_eq!((text.as_str(), ended.as_deref()), ("abc", Some("done")));
    let ids: Vec<_> = all(&seen).iter().map(|request| request.header("last-event-id").map(str::to_owned)).collect();
    assert_eq!(ids, [None, Some("40".to_owned()), Some("40".to_owned())]);
}

#[test]
fn an_upload_resumes_where_it_stopped() {
    let bytes: Vec<u8> = (0..200_000_u32).map(|i| (i % 251) as u8).collect();
    let digest = blake3::hash(&bytes).to_hex().to_string();
    let stored = format!(r#"{{"digest":"{digest}","size":{}}}"#, bytes.len());
    let partial = Reply::Send(206, &[("Upload-Offset", "150000")], Vec::new());
    let (client, seen) = serve(vec![Reply::CutBody(150_000), partial, ok(&stored)]);
    assert_eq!(client.put_bytes(&bytes).expect("sent"), digest);
    let seen = all(&seen);
    let offsets: Vec<_> = seen.iter().map(|request| request.header("upload-offset").map(str::to_owned)).collect();
    assert_eq!(offsets, [Some("0".to_owned()), None, Some("150000".to_owned())]);
    assert!(seen[1].line.starts_with("HEAD "));
    assert_eq!(seen[2].body, bytes[150_000..]);
}

#[test]
fn a_changed_file_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("data");
    std::fs::write(&path, "before").expect("written");
    let (digest, size) = hven_client::hash_file(&path).expect("readable");
    let wrong = r#"{"error":{"code":"object.wrong_digest","message":"other bytes"}}"#;
    let (client, _) = serve(vec![Reply::Send(422, &[], wrong.as_bytes().to_vec())]);
    std::fs::write(&path, "behind").expect("written");
    assert!(matches!(client.put_file(&digest, size, &path), Err(Error::Changed { .. })));
    std::fs::write(&path, "longer than before").expect("written");
    assert!(matches!(client.put_file(&digest, size, &path), Err(Error::Changed { .. })));
}
