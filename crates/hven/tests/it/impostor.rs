//! Another program uses the port of a former server. It must not get a token, and commands must not follow its
//! responses.

use std::{
    fs,
    io::{ErrorKind, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    os::unix::process::CommandExt,
    process::{Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use hven_client::{ServerFile, address::read_token};
use rustix::process::{Pid, Signal, kill_process};

use crate::session::{Session, wait_until};

/// The behaviour of the other program.
#[derive(Clone, Debug)]
enum Behaviour {
    /// Sends this response to every client.
    Responds(Vec<u8>),
    /// Sends nothing.
    Hangs,
    /// Echoes the request.
    Echoes,
    /// Closes at once.
    Closes,
    /// Forwards requests to the server at this file's address, and its responses back.
    Relays(std::path::PathBuf),
}

/// A program that listens on an address and stores the received bytes.
struct Impostor {
    received: Arc<Mutex<Vec<u8>>>,
}

impl Impostor {
    /// Listens on the address of a server that was just killed.
    fn at(url: &str, behaviour: Behaviour) -> Self {
        let place = url.strip_prefix("http://").expect("an address");
        let started = Instant::now();
        let listener = loop {
            match TcpListener::bind(place) {
                Ok(listener) => break listener,
                Err(error) => {
                    assert!(started.elapsed() < Duration::from_secs(20), "{place}: {error}");
                    thread::sleep(Duration::from_millis(5));
                }
            }
        };
        let received = Arc::new(Mutex::new(Vec::new()));
        let ear = Arc::clone(&received);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (ear, behaviour) = (Arc::clone(&ear), behaviour.clone());
                thread::spawn(move || meet(stream, &behaviour, &ear));
            }
        });
        Self { received }
    }

    fn received(&self) -> String {
        String::from_utf8_lossy(&self.received.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    /// Checks that the program received no secret.
    #[track_caller]
    fn received_no_secret(&self, session: &Session) {
        let received = self.received();
        let token = read_token(&session.home()).expect("a token");
        for secret in [token.as_str(), "hvu_", "hva_", "hvr_", "hvs_", "uthorization"] {
            assert!(!received.contains(secret), "it received {secret:?}: {received}");
        }
    }
}

fn meet(mut stream: TcpStream, behaviour: &Behaviour, ear: &Mutex<Vec<u8>>) {
    let listen = |bytes: &[u8]| ear.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
    let mut relayed = match behaviour {
        Behaviour::Closes => return,
        Behaviour::Relays(file) => {
            let Some(file) = fs::read(file).ok().and_then(|bytes| serde_json::from_slice::<ServerFile>(&bytes).ok())
            else {
                return;
            };
            let Ok(real) = TcpStream::connect(file.url.trim_start_matches("http://")) else { return };
            let (mut from, mut to) = (real.try_clone().expect("a handle"), stream.try_clone().expect("a handle"));
            thread::spawn(move || {
                let _ = std::io::copy(&mut from, &mut to);
                let _ = to.shutdown(Shutdown::Both);
            });
            Some(real)
        }
        _ => None,
    };
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = match stream.read(&mut buffer) {
            Ok(0) => return,
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => return,
        };
        listen(&buffer[..read]);
        let answered = match (behaviour, &mut relayed) {
            (Behaviour::Responds(text), _) => stream.write_all(text),
            (Behaviour::Echoes, _) => stream.write_all(&buffer[..read]),
            (_, Some(real)) => real.write_all(&buffer[..read]),
            _ => Ok(()),
        };
        if answered.is_err() {
            return;
        }
    }
}

fn http(status: &str, body: &str) -> Behaviour {
    let text =
        format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    Behaviour::Responds(text.into_bytes())
}

fn server_file(session: &Session) -> ServerFile {
    ServerFile::read(&session.home()).expect("a server runs")
}

/// Kills the server like a crash. Returns its former `server.json`.
fn kill_server(session: &Session) -> ServerFile {
    let file = server_file(session);
    kill_process(Pid::from_raw(file.pid as i32).expect("a number"), Signal::KILL).expect("it lives");
    wait_until("the server's end", || has_ended(&file));
    file
}

/// Whether the process of the server has ended; its new parent may not have collected its status yet.
fn has_ended(file: &ServerFile) -> bool {
    fs::read_to_string(format!("/proc/{}/stat", file.pid))
        .map_or(true, |stat| stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z')))
}

fn write_server_file(session: &Session, file: &ServerFile) {
    fs::write(session.home().join("server.json"), serde_json::to_vec(file).expect("JSON")).expect("written");
}

/// Makes another process, this test, appear to have the number of the dead server.
fn seems_alive(session: &Session, file: &ServerFile) {
    write_server_file(session, &ServerFile { pid: std::process::id(), ..file.clone() });
}

#[test]
fn a_command_sends_no_token_to_another_program_and_starts_a_server_elsewhere() {
    let shutdown_accepted = http("202 Accepted", "null");
    let all = [
        Behaviour::Responds(b"what?\r\n".to_vec()),
        Behaviour::Responds(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec()),
        Behaviour::Echoes,
        Behaviour::Closes,
        http("200 OK", "{}"),
        http("200 OK", &format!("{{\"proof\":\"{}\"}}", "0".repeat(64))),
        http("401 Unauthorized", r#"{"error":{"code":"access.unauthenticated","message":"this needs a valid token"}}"#),
        http("404 Not Found", r#"{"error":{"code":"not_found","message":"there is no /api/v1/proof"}}"#),
        shutdown_accepted,
    ];
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    for behaviour in all {
        let file = kill_server(&session);
        let impostor = Impostor::at(&file.url, behaviour.clone());
        seems_alive(&session, &file);
        let result = session.hven(&["ps", "-a", "--json"]).ok();
        assert_eq!(result.json()["items"].as_array().map(Vec::len), Some(1), "{behaviour:?}");
        impostor.received_no_secret(&session);
        assert_ne!(server_file(&session).url, file.url, "{behaviour:?}");
        if !matches!(behaviour, Behaviour::Closes) {
            let content = format!("another program answers at {}", file.url);
            assert!(result.err.contains(&content), "{behaviour:?}: {}", result.err);
        }
    }
}

#[test]
fn a_program_that_never_responds_does_not_block_commands_for_long() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    let file = kill_server(&session);
    let impostor = Impostor::at(&file.url, Behaviour::Hangs);
    seems_alive(&session, &file);
    let started = Instant::now();
    session.hven(&["ps", "-a"]).ok();
    assert!(started.elapsed() < Duration::from_secs(45), "{:?}", started.elapsed());
    impostor.received_no_secret(&session);
}

#[test]
fn no_command_mistakes_another_program_for_the_server() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    let file = kill_server(&session);
    let impostor = Impostor::at(&file.url, http("200 OK", "{}"));
    seems_alive(&session, &file);
    let result = session.hven(&["down"]).ok();
    assert_eq!(result.out, "no server runs\n");
    session.hven(&["doctor"]);
    session.hven(&["audit", "verify"]).ok();
    let up = session.hven(&["up", "--detach", "--json"]).ok().json();
    assert_ne!(up["url"], file.url);
    impostor.received_no_secret(&session);
}

#[test]
fn a_task_sends_its_token_to_no_relay_and_its_metrics_still_arrive() {
    let session = Session::new();
    let hven = env!("CARGO_BIN_EXE_hven");
    let script = format!(
        "echo $HVEN_URL > url; while [ ! -e go ]; do sleep 0.02; done; {hven} log metric loss=0.25; echo done $?"
    );
    session.hven(&["run", "-d", "--", "sh", "-c", &script]).ok();
    wait_until("the task's beginning", || session.cwd().join("url").exists() && session.read("url").ends_with('\n'));
    let file = kill_server(&session);
    assert_eq!(session.read("url").trim(), file.url);
    let relay = Impostor::at(&file.url, Behaviour::Relays(session.home().join("server.json")));
    session.hven(&["up", "--detach"]).ok();
    assert_ne!(server_file(&session).url, file.url);
    session.write("go", "");
    let result = session.hven(&["attach", "last"]).ok();
    assert!(result.out.contains("done 0"), "{}", result.out);
    relay.received_no_secret(&session);
    assert!(relay.received().contains("/api/v1/proof"), "it was asked for a proof: {}", relay.received());
    let run = session.hven(&["show", "last", "--json"]).ok().json();
    assert!(run.to_string().contains("\"loss\""), "{run}");
}

#[test]
fn a_runner_ignores_another_program_and_continues() {
    let session = Session::new();
    let script = "echo here; while [ ! -e go ]; do sleep 0.02; done; echo there";
    session.hven(&["run", "-d", "--", "sh", "-c", script]).ok();
    wait_until("it runs", || session.run_state("last") == "running");
    let file = kill_server(&session);
    // It refuses everything, like a server that does not know the runner.
    let body = r#"{"error":{"code":"access.unauthenticated","message":"this needs a valid token"}}"#;
    let impostor = Impostor::at(&file.url, http("401 Unauthorized", body));
    wait_until("the runner comes", || impostor.received().matches("POST /").count() > 2);
    impostor.received_no_secret(&session);
    session.write("go", "");
    assert_eq!(session.hven(&["attach", "last"]).ok().out, "here\nthere\n");
    impostor.received_no_secret(&session);
}

#[test]
fn an_older_server_is_ended_without_a_token() {
    let session = Session::new();
    session.hven(&["run", "-d", "--", "sh", "-c", "while [ ! -e go ]; do sleep 0.02; done; echo well"]).ok();
    wait_until("it runs", || session.run_state("last") == "running");
    let file = server_file(&session);
    // The port of the older server seems to belong to another program: only its process may be ended.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let impostor = Impostor::at(&url, http("202 Accepted", "null"));
    write_server_file(&session, &ServerFile { url, version: "0.1.0".to_owned(), ..file.clone() });
    assert_eq!(session.run_state("last"), "running");
    assert_ne!(server_file(&session).pid, file.pid);
    impostor.received_no_secret(&session);
    // `down` also recognises it.
    let file = server_file(&session);
    write_server_file(&session, &ServerFile { version: "0.1.0".to_owned(), ..file.clone() });
    session.hven(&["down"]).ok();
    assert!(has_ended(&file), "`down` waits until it has ended");
    session.write("go", "");
    assert_eq!(session.hven(&["attach", "last"]).ok().out, "well\n");
}

#[test]
fn an_unrelated_process_with_the_number_of_an_old_server_is_not_ended() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    let file = kill_server(&session);
    let impostor = Impostor::at(&file.url, http("202 Accepted", "null"));
    let mut unrelated = Command::new("sleep");
    let mut unrelated = unrelated.arg("1000").stdin(Stdio::null()).process_group(0).spawn().expect("it starts");
    write_server_file(&session, &ServerFile { pid: unrelated.id(), version: "0.1.0".to_owned(), ..file });
    let result = session.hven(&["ps", "-a"]);
    let lives = unrelated.try_wait().expect("it can be asked").is_none();
    unrelated.kill().expect("killed");
    unrelated.wait().expect("reaped");
    assert!(lives, "it was ended");
    result.ok();
    impostor.received_no_secret(&session);
}
