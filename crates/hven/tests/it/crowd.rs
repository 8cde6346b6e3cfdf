//! A thousand clients at once.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::Barrier,
    thread,
    time::Duration,
};

use hven_client::{ServerFile, address::read_token};

use crate::session::Session;

const CLIENTS: usize = 1000;

#[test]
fn a_thousand_clients_at_once_are_all_answered() {
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
            // All are connected before the first asks.
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
