//! Faults of the door for MLflow, with the real binary: a server that is killed under load, a full disk, paths that leave
//! their run, and a file of several gigabytes.

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use hven_client::{Error, Method, ServerFile};
use hven_testing::{Dice, SmallDisk};
use serde_json::{Value, json};

use crate::{
    disk_full,
    kills::{MortalServer, Victim, client},
    session::{Session, files_below, wait_until},
};

const SEED: u64 = 20_261_202;
const KILLS: usize = 5;
const CLIENTS: usize = 3;

/// Opens a run through the door.
fn opened(session: &Session) -> String {
    let answer = client(session).mlflow(Method::POST, "runs/create", &json!({ "experiment_id": "0" })).expect("a run");
    answer["run"]["info"]["run_id"].as_str().expect("an id").to_owned()
}

fn log_metric(client: &hven_client::Client, run: &str, key: &str, step: i64) -> hven_client::Result<Value> {
    let body = json!({ "run_id": run, "key": key, "value": step, "timestamp": 1 + step, "step": step });
    client.mlflow(Method::POST, "runs/log-metric", &body)
}

/// The steps of a metric, as the door returns them.
fn steps(session: &Session, run: &str, key: &str) -> Vec<i64> {
    let query = [("run_id", run), ("metric_key", key)];
    let answer = client(session).mlflow_get("metrics/get-history", &query).expect("a history");
    let metrics = answer["metrics"].as_array().cloned().unwrap_or_default();
    metrics.iter().map(|metric| metric["step"].as_i64().expect("a step")).collect()
}

/// Sets the flag when it is dropped, also when a test fails, so that the other threads end.
struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_killed_server_loses_no_acknowledged_point_of_the_door() {
    let session = Session::new();
    let mut dice = Dice::new(hven_testing::seed(SEED));
    let mut server = MortalServer::start(&session);
    let run = opened(&session);
    let is_over = AtomicBool::new(false);
    let acknowledged: Mutex<BTreeSet<(usize, i64)>> = Mutex::default();
    let count = || acknowledged.lock().expect("no panic").len();
    thread::scope(|scope| {
        let _over = SetOnDrop(&is_over);
        for number in 0..CLIENTS {
            let (session, run, is_over, acknowledged) = (&session, &run, &is_over, &acknowledged);
            scope.spawn(move || {
                let key = format!("loss{number}");
                for step in 0.. {
                    if is_over.load(Ordering::Relaxed) {
                        break;
                    }
                    // A server that was killed has another address, which the client reads again.
                    match log_metric(&client(session), run, &key, step) {
                        Ok(_) => drop(acknowledged.lock().expect("no panic").insert((number, step))),
                        Err(_) => thread::sleep(Duration::from_millis(10)),
                    }
                }
            });
        }
        for _ in 0..KILLS * hven_testing::rounds(1) as usize {
            let before = count();
            wait_until("points are acknowledged", || count() > before + 20);
            thread::sleep(Duration::from_millis(dice.below(30)));
            server.kill(Victim::Server);
        }
        let before = count();
        wait_until("points are acknowledged after the last kill", || count() > before + 20);
    });
    let acknowledged = acknowledged.into_inner().expect("no panic");
    for number in 0..CLIENTS {
        let found = steps(&session, &run, &format!("loss{number}"));
        let set: BTreeSet<i64> = found.iter().copied().collect();
        assert_eq!(found.len(), set.len(), "no point is there twice");
        let lost: Vec<i64> = acknowledged
            .iter()
            .filter(|(of, step)| *of == number && !set.contains(step))
            .map(|(_, step)| *step)
            .collect();
        assert_eq!(lost, Vec::<i64>::new(), "of client {number}");
    }
    server.down();
}

#[test]
fn a_full_disk_refuses_writes_of_the_door_and_nothing_else() {
    const MEGABYTES: u32 = 192;
    let Some(disk) = SmallDisk::mount("a full disk, with the door", MEGABYTES) else { return };
    let session = disk_full::session_on(&disk);
    let (run, patient) = (opened(&session), disk_full::patient(&session));
    let hasty = disk_full::client(&session);
    (0..50).for_each(|step| drop(log_metric(&patient, &run, "loss", step).expect("there is room")));
    let server = disk_full::server_pid(&session);
    let filler = disk.fill_but(0);
    let (mut step, mut accepted, mut full) = (50, (0..50).collect::<Vec<i64>>(), None);
    wait_until("a point is refused for lack of space", || {
        match log_metric(&hasty, &run, "loss", step) {
            Ok(_) => accepted.push(step),
            Err(error) => full = Some(error),
        }
        step += 1;
        full.is_some()
    });
    let Some(Error::Api(error)) = full else { panic!("{full:?}") };
    assert_eq!((error.status, error.code.as_str()), (507, "RESOURCE_LIMIT_EXCEEDED"), "{error:?}");
    assert!(error.message.contains("no space left"), "{}", error.message);
    let (status, answer) = put(&session, &format!("0/{run}/artifacts/big.bin"), 8 << 20);
    assert_eq!(status, 507, "{answer}");
    assert!(answer.contains("RESOURCE_LIMIT_EXCEEDED"), "{answer}");
    // Reads go on, and what was accepted is there.
    assert_eq!(steps(&session, &run, "loss"), accepted);
    assert_eq!(disk_full::server_pid(&session), server, "the server did not end");
    drop(filler);
    wait_until("a point is accepted again", || log_metric(&hasty, &run, "loss", step).is_ok());
    accepted.push(step);
    assert_eq!(steps(&session, &run, "loss"), accepted);
    let files = patient.mlflow_get("artifacts/list", &[("run_id", &run)]).expect("a list");
    assert!(files["files"].is_null(), "nothing was half-written: {files}");
    disk_full::assert_sound(&session);
}

/// Sends a request as it stands, and returns the status and the body of the answer.
fn raw(session: &Session, head: &str, body: &mut dyn Read) -> (u16, String) {
    let mut stream = connected(session, head);
    // A server that refuses reads no more.
    let _ = std::io::copy(body, &mut stream);
    let mut answer = BufReader::new(stream);
    let mut line = String::new();
    answer.read_line(&mut line).expect("it answers");
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("{line}"));
    let mut text = Vec::new();
    let _ = answer.read_to_end(&mut text);
    let text = String::from_utf8_lossy(&text).into_owned();
    (status, text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}

/// Uploads so many bytes as an artifact.
fn put(session: &Session, path: &str, size: u64) -> (u16, String) {
    let head = format!("PUT /api/2.0/mlflow-artifacts/artifacts/{path} HTTP/1.1\r\nContent-Length: {size}");
    raw(session, &head, &mut Noise::of(size))
}

/// Bytes that do not compress to nothing, made without memory.
struct Noise {
    left: u64,
    state: u64,
}

impl Noise {
    fn of(size: u64) -> Self {
        Self { left: size, state: 0x9e37_79b9_7f4a_7c15 }
    }
}

impl Read for Noise {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = (buffer.len() as u64).min(self.left) as usize;
        for chunk in buffer[..count].chunks_mut(8) {
            self.state ^= self.state << 13;
            self.state ^= self.state >> 7;
            self.state ^= self.state << 17;
            chunk.copy_from_slice(&self.state.to_le_bytes()[..chunk.len()]);
        }
        self.left -= count as u64;
        Ok(count)
    }
}

#[test]
fn a_path_that_leaves_its_run_is_refused_before_a_client_can_clean_it() {
    let session = Session::new();
    session.hven(&["up", "--detach"]).ok();
    let run = opened(&session);
    let before = files_below(&session.home().join("objects")).len();
    for path in [
        "../x",
        "../../../../../../etc/passwd",
        "a/../../x",
        "%2e%2e/x",
        "%2E%2E%2F%2E%2E%2Fx",
        "..%2fx",
        "/etc/passwd",
        "%2Fetc%2Fpasswd",
        "..%5Cx",
        "a%5C..%5Cx",
        "%5C%5Chost%5Cx",
        "C:%5Cx",
        "a%00",
        "a//b",
        "./x",
        "%252e%252e/%00",
    ] {
        for method in ["PUT", "GET"] {
            let address = format!("/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/{path}");
            let head = format!("{method} {address} HTTP/1.1\r\nContent-Length: 1");
            let (status, answer) = raw(&session, &head, &mut &b"x"[..]);
            assert!(status == 400 || status == 404, "{method} {path}: {status} {answer}");
            assert!(answer.contains("error_code"), "{method} {path}: {answer}");
        }
    }
    assert_eq!(put(&session, &format!("0/{run}/artifacts/ok.bin"), 5).0, 200);
    let files = client(&session).mlflow_get("artifacts/list", &[("run_id", &run)]).expect("a list");
    assert_eq!(files["files"], json!([{ "path": "ok.bin", "is_dir": false, "file_size": 5 }]));
    // Only the bytes of the accepted file are an object that is named.
    assert!(files_below(&session.home().join("objects")).len() > before);
}

/// The most memory that a process had, in bytes.
fn memory_max(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("a line");
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).expect("a number") << 10
}

#[test]
fn a_file_of_several_gigabytes_passes_through_bounded_memory() {
    const SIZE: u64 = 3 << 30;
    const MEMORY_MAX: u64 = 400 << 20;
    let session = Session::new();
    session.hven(&["up", "--detach"]).ok();
    let (run, pid) = (opened(&session), disk_full::server_pid(&session));
    let path = format!("0/{run}/artifacts/weights.bin");
    let (status, answer) = put(&session, &path, SIZE);
    assert_eq!(status, 200, "{answer}");
    let files = client(&session).mlflow_get("artifacts/list", &[("run_id", &run)]).expect("a list");
    assert_eq!(files["files"][0]["file_size"], SIZE);
    // It comes back whole.
    let mut found = Counting { bytes: 0, hash: blake3::Hasher::new() };
    let address = format!("/api/2.0/mlflow-artifacts/artifacts/{path}");
    download(&session, &address, &mut found);
    let mut expected = blake3::Hasher::new();
    std::io::copy(&mut Noise::of(SIZE), &mut expected).expect("it is made");
    assert_eq!((found.bytes, found.hash.finalize()), (SIZE, expected.finalize()));
    let memory = memory_max(pid);
    assert!(memory < MEMORY_MAX, "{} MB", memory >> 20);
    // A client that stops in the middle leaves nothing.
    let cut = format!(
        "PUT /api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/cut.bin HTTP/1.1\r\nContent-Length: 9000000"
    );
    cut_off(&session, &cut, 4_000_000);
    wait_until("the upload is gone", || files_below(&session.home().join("objects/tmp")).is_empty());
    let files = client(&session).mlflow_get("artifacts/list", &[("run_id", &run)]).expect("a list");
    assert_eq!(files["files"].as_array().map(Vec::len), Some(1));
}

struct Counting {
    bytes: u64,
    hash: blake3::Hasher,
}

impl Write for Counting {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.bytes += bytes.len() as u64;
        self.hash.update(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn connected(session: &Session, head: &str) -> TcpStream {
    let url = ServerFile::read(&session.home()).expect("a server runs").url;
    let host = url.strip_prefix("http://").expect("an address");
    let token = fs::read_to_string(session.home().join("token")).expect("a token");
    let mut stream = TcpStream::connect(host).expect("the server answers");
    let token = token.trim();
    write!(stream, "{head}\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n")
        .expect("sent");
    stream
}

fn download(session: &Session, address: &str, sink: &mut dyn Write) {
    let mut answer = BufReader::new(connected(session, &format!("GET {address} HTTP/1.1")));
    let mut line = String::new();
    answer.read_line(&mut line).expect("it answers");
    assert!(line.contains(" 200 "), "{line}");
    while line.trim() != "" {
        line.clear();
        answer.read_line(&mut line).expect("a header");
    }
    std::io::copy(&mut answer, &mut { sink }).expect("it is read");
}

/// Sends a part of a body, and closes the connection.
fn cut_off(session: &Session, head: &str, bytes: u64) {
    let mut stream = connected(session, head);
    std::io::copy(&mut Noise::of(bytes), &mut stream).expect("the server reads");
}
