//! The server's side of the protocol in memory, with faults that a test can switch on.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hven_api::{
    objects::DigestList,
    proof::AskProof,
    runner::{Attach, Attached, Command, Event, Extent, NumberedCommand, Pull, Pulled, Push, Pushed},
};
use hven_core::{
    AttemptId,
    proof::Challenge,
    run::AttemptResult,
    set_aside::Aside,
    stream::{Stream, whole_bytes},
};

pub(crate) const TOKEN: &str = "runner-token";

/// How the test server answers a request for a proof.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum ProofMode {
    #[default]
    Well,
    /// With another secret.
    Wrongly,
    /// With the proof of another connection.
    ForAnother,
    /// It does not know the request.
    NotAtAll,
    /// It never answers.
    Never,
}
/// Only a broken runner takes so long.
pub(crate) const DEADLINE: Duration = Duration::from_mins(1);

/// The events of an attempt that the server received.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reported {
    pub(crate) started: u32,
    pub(crate) streams: BTreeMap<Stream, Vec<u8>>,
    pub(crate) params: BTreeMap<String, serde_json::Value>,
    pub(crate) asides: Vec<Aside>,
    pub(crate) ends: Vec<AttemptResult>,
}

/// The standard input of an attempt.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pipe {
    pub(crate) bytes: Vec<u8>,
    /// The input is complete.
    pub(crate) is_whole: bool,
    /// The sender has disappeared.
    pub(crate) is_cut_off: bool,
    /// How much the process has read.
    pub(crate) read: usize,
    /// The runner has asked for the end of the input.
    pub(crate) is_over: bool,
}

#[derive(Debug, Default)]
pub(crate) struct ServerState {
    pub(crate) attempts: BTreeMap<AttemptId, Reported>,
    pub(crate) objects: HashMap<String, Vec<u8>>,
    pub(crate) attaches: Vec<Attach>,
    /// A runner has attached since it or the server was started.
    pub(crate) is_attached: bool,
    session: u32,
    commands: Vec<NumberedCommand>,
    next_number: u64,
    /// The number of the last command that was sent.
    sent_to: u64,
    pub(crate) leave_when_idle: bool,
    /// If set, ended attempts are not forgotten.
    pub(crate) keeps_spools: bool,
    /// How many answers to accepted pushes are still to be lost.
    pub(crate) lose_answers: u32,
    /// How many pushes are still to be refused because of a stale session.
    pub(crate) refuse_pushes: u32,
    /// Messages that contain this text are refused for good.
    pub(crate) poison: Option<String>,
    /// All commands are sent again with the next ones, and each twice.
    pub(crate) duplicates_commands: bool,
    /// How many times the end of an accepted stream is still to be lost.
    pub(crate) lose_stream_ends: u32,
    /// The next upload breaks off after this many bytes.
    pub(crate) break_upload_after: Option<usize>,
    /// The next download breaks off after this many bytes.
    pub(crate) break_download_after: Option<usize>,
    /// Downloads stop after their first byte.
    pub(crate) stalls_downloads: bool,
    /// The requested objects, each with the first byte.
    pub(crate) downloads: Vec<(String, usize)>,
    /// The standard input of attempts.
    pub(crate) pipes: BTreeMap<AttemptId, Pipe>,
    pub(crate) pushes: u64,
    pub(crate) requests: u64,
    pub(crate) proof_mode: ProofMode,
    /// How many proofs were requested.
    pub(crate) proofs: u64,
    /// Requests with a token before the proof.
    pub(crate) sent_unproved: Vec<String>,
    is_down: bool,
    connections: Vec<TcpStream>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Server {
    state: Arc<Mutex<ServerState>>,
    changed: Arc<Condvar>,
}

impl ServerState {
    /// Keeps starts that no session has sent for the next session, as a real server does.
    fn keep_unsent_starts(&mut self) {
        let sent_to = std::mem::take(&mut self.sent_to);
        self.commands.retain(|sent| sent.number > sent_to && matches!(sent.command, Command::Start(_)));
        self.next_number = 0;
        for command in &mut self.commands {
            self.next_number += 1;
            command.number = self.next_number;
        }
    }
}

impl Server {
    pub(crate) fn state(&self) -> MutexGuard<'_, ServerState> {
        // A failed test must still be able to clean up.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Listens on a free port and returns its address. The server has forgotten its sessions.
    pub(crate) fn open(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        {
            let mut state = self.state();
            (state.is_down, state.is_attached) = (false, false);
            state.session += 1;
            state.commands.clear();
            state.sent_to = 0;
        }
        let server = self.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if server.state().is_down {
                    return;
                }
                server.state().connections.push(stream.try_clone().expect("a second handle"));
                let server = server.clone();
                thread::spawn(move || server.serve(stream));
            }
        });
        format!("http://{address}")
    }

    /// Stops the server: open connections break, new ones are refused.
    pub(crate) fn close(&self, url: &str) {
        {
            let mut state = self.state();
            state.is_down = true;
            for connection in state.connections.drain(..) {
                let _ = connection.shutdown(Shutdown::Both);
            }
        }
        // Wakes the listener, so that it ends.
        let _ = TcpStream::connect(url.trim_start_matches("http://"));
        self.changed.notify_all();
    }

    pub(crate) fn send(&self, command: Command) {
        let mut state = self.state();
        state.next_number += 1;
        let number = state.next_number;
        state.commands.push(NumberedCommand { number, command });
        drop(state);
        self.changed.notify_all();
    }

    /// Waits until `ready` returns a value.
    pub(crate) fn wait<T>(&self, what: &str, mut ready: impl FnMut(&mut ServerState) -> Option<T>) -> T {
        let deadline = Instant::now() + DEADLINE;
        let mut state = self.state();
        loop {
            if let Some(found) = ready(&mut state) {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "waited in vain for {what}; known: {:#?}", state.attempts);
            // Check regularly without news, because some conditions lie outside the server.
            state = self
                .changed
                .wait_timeout(state, left.min(Duration::from_millis(20)))
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    fn serve(&self, stream: TcpStream) {
        let mut out = stream.try_clone().expect("a second handle");
        let mut is_proved = false;
        let mut reader = BufReader::new(stream);
        loop {
            let mut head = Vec::new();
            loop {
                let mut line = String::new();
                match reader.read_line(&mut line) {
                    Ok(1..) if line != "\r\n" => head.push(line.trim_end().to_owned()),
                    Ok(1..) => break,
                    _ => return,
                }
            }
            let header = |name: &str| {
                head.iter().find_map(|line| {
                    let (key, value) = line.split_once(':')?;
                    key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
                })
            };
            let mut words = head[0].split(' ');
            let (method, path) = (words.next().expect("a method").to_owned(), words.next().expect("a path").to_owned());
            let length: usize = header("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
            let break_after = match method.as_str() {
                "PUT" if self.state().break_upload_after.is_some_and(|after| after < length) => {
                    self.state().break_upload_after.take()
                }
                _ => None,
            };
            let mut body = vec![0; break_after.unwrap_or(length)];
            if reader.read_exact(&mut body).is_err() {
                return;
            }
            self.state().requests += 1;
            let offset = header("upload-offset").and_then(|o| o.parse().ok()).unwrap_or(0);
            if path == "/api/v1/proof" {
                match self.prove(&out, &body, header("authorization").as_deref()) {
                    Some(answer) if out.write_all(answer.as_bytes()).is_ok() => {}
                    _ => return,
                }
                is_proved = self.state().proof_mode == ProofMode::Well;
                continue;
            }
            if !is_proved {
                self.state().sent_unproved.push(format!("{method} {path}"));
            }
            let is_known = header("authorization") == Some(format!("Bearer {TOKEN}"));
            let answer = if is_known {
                self.answer(&method, &path, &body, offset, break_after.is_none())
            } else {
                Some((401, String::new(), b"{}".to_vec()))
            };
            self.changed.notify_all();
            let Some((status, headers, body)) = answer.filter(|_| break_after.is_none()) else {
                let _ = out.shutdown(Shutdown::Both);
                return;
            };
            let length = body.len();
            let is_download = method == "GET" && path.starts_with("/api/v1/runner/objects/") && length > 0;
            if is_download && !self.interrupt_download(&mut out, &body) {
                let _ = out.shutdown(Shutdown::Both);
                return;
            }
            let head = format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\n\r\n");
            let body = if method == "HEAD" { Vec::new() } else { body };
            if out.write_all(&[head.as_bytes(), &body].concat()).is_err() {
                return;
            }
        }
    }

    /// The answer to the request for a proof; `None` means no answer.
    fn prove(&self, stream: &TcpStream, body: &[u8], token: Option<&str>) -> Option<String> {
        let mut state = self.state();
        state.proofs += 1;
        if token.is_some() {
            state.sent_unproved.push("the question for a proof".to_owned());
        }
        let asked: AskProof = serde_json::from_slice(body).expect("a question");
        let (nonce, witness) = asked.read().expect("a good question");
        let (here, there) = (stream.local_addr().expect("an end"), stream.peer_addr().ok()?);
        let challenge = Challenge { nonce, witness, server: here, client: there };
        let proof = match state.proof_mode {
            ProofMode::Well => challenge.answer(TOKEN.as_bytes()),
            ProofMode::Wrongly => challenge.answer(b"another"),
            ProofMode::ForAnother => Challenge { client: here, ..challenge }.answer(TOKEN.as_bytes()),
            ProofMode::NotAtAll => return Some("HTTP/1.1 404 X\r\nContent-Length: 2\r\n\r\n{}".to_owned()),
            ProofMode::Never => {
                while !state.is_down {
                    let waited = self.changed.wait_timeout(state, Duration::from_millis(20));
                    state = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
                return None;
            }
        };
        let body = format!("{{\"proof\":\"{proof}\"}}");
        Some(format!("HTTP/1.1 200 X\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
    }

    /// Interrupts or stops a download if a test wants that. Returns whether the caller may send the whole answer.
    fn interrupt_download(&self, out: &mut TcpStream, body: &[u8]) -> bool {
        let mut state = self.state();
        let sent = match state.break_download_after {
            Some(after) if after < body.len() => state.break_download_after.take().expect("it is there"),
            _ if state.stalls_downloads => 1,
            _ => return true,
        };
        let head = format!("HTTP/1.1 200 X\r\nContent-Length: {}\r\n\r\n", body.len());
        let _ = out.write_all(&[head.as_bytes(), &body[..sent]].concat());
        while state.stalls_downloads && !state.is_down {
            state =
                self.changed.wait_timeout(state, Duration::from_millis(20)).unwrap_or_else(PoisonError::into_inner).0;
        }
        false
    }

    /// Status, headers and body; `None` if the answer is lost.
    fn answer(
        &self,
        method: &str,
        path: &str,
        body: &[u8],
        offset: usize,
        is_whole: bool,
    ) -> Option<(u16, String, Vec<u8>)> {
        let json = |value: serde_json::Value| Some((200, String::new(), value.to_string().into_bytes()));
        let stale = || Some((409, String::new(), b"{}".to_vec()));
        let parse_error = "the runner sends good messages";
        if let Some(wanted) = path.strip_prefix("/api/v1/runner/objects/") {
            let (wanted, from) = wanted.split_once("?from=").expect("where to begin");
            let (attempt, digest) = wanted.split_once('/').expect("an attempt and a digest");
            let _: AttemptId = attempt.parse().expect("an attempt");
            let from: usize = from.parse().expect("a number");
            let mut state = self.state();
            state.downloads.push((digest.to_owned(), from));
            return match state.objects.get(digest) {
                Some(bytes) => Some((200, String::new(), bytes[from.min(bytes.len())..].to_vec())),
                None => Some((404, String::new(), b"{}".to_vec())),
            };
        }
        if let Some(asked) = path.strip_prefix("/api/v1/runner/stdin/") {
            return Some(self.next_of_pipe(asked));
        }
        if let Some(digest) = path.strip_prefix("/api/v1/objects/").filter(|digest| *digest != "missing") {
            let mut state = self.state();
            if method == "HEAD" {
                return match state.objects.get(digest) {
                    Some(bytes) if blake3::hash(bytes).to_string() == digest => Some((200, String::new(), Vec::new())),
                    Some(bytes) => Some((206, format!("Upload-Offset: {}\r\n", bytes.len()), Vec::new())),
                    None => Some((404, String::new(), Vec::new())),
                };
            }
            let known = state.objects.get(digest).cloned();
            let mut whole = known.clone().unwrap_or_default();
            if known.is_some() && blake3::hash(&whole).to_string() == digest {
                return json(serde_json::json!({}));
            }
            if whole.len() != offset {
                return Some((409, String::new(), b"{}".to_vec()));
            }
            whole.extend_from_slice(body);
            if is_whole && blake3::hash(&whole).to_string() != digest {
                state.objects.remove(digest);
                return Some((422, String::new(), b"{}".to_vec()));
            }
            state.objects.insert(digest.to_owned(), whole);
            return json(serde_json::json!({}));
        }
        match path {
            "/api/v1/objects/missing" => {
                let mut asked: DigestList = serde_json::from_slice(body).expect(parse_error);
                let state = self.state();
                asked.digests.retain(|digest| !state.objects.contains_key(digest));
                json(serde_json::to_value(asked).expect("a list"))
            }
            "/api/v1/runner/attach" => {
                let attach: Attach = serde_json::from_slice(body).expect(parse_error);
                let mut state = self.state();
                state.session += 1;
                state.keep_unsent_starts();
                let mut extents = Vec::new();
                for held in &attach.attempts {
                    let seen = state.attempts.entry(held.attempt).or_default();
                    extents.extend(seen.streams.iter().map(|(&stream, bytes)| Extent {
                        attempt: held.attempt,
                        stream,
                        bytes: bytes.len() as u64,
                    }));
                }
                state.attaches.push(attach);
                state.is_attached = true;
                let attached = Attached { session: state.session.to_string(), extents };
                json(serde_json::to_value(attached).expect("an answer"))
            }
            "/api/v1/runner/pull" => {
                let pull: Pull = serde_json::from_slice(body).expect(parse_error);
                let deadline = Instant::now() + Duration::from_millis(pull.wait_ms);
                let mut state = self.state();
                loop {
                    if state.is_down {
                        return None;
                    }
                    if pull.session != state.session.to_string() {
                        return stale();
                    }
                    let is_new = |command: &NumberedCommand| command.number > pull.after;
                    if state.commands.iter().any(is_new) || state.leave_when_idle || Instant::now() > deadline {
                        let doubles = state.duplicates_commands;
                        let commands = state.commands.iter().filter(|c| doubles || is_new(c)).cloned();
                        let mut commands: Vec<_> = commands.collect();
                        if doubles {
                            commands.extend(commands.clone());
                        }
                        state.sent_to = commands.iter().map(|sent| sent.number).fold(state.sent_to, u64::max);
                        let pulled = Pulled { commands, leave_when_idle: state.leave_when_idle };
                        return json(serde_json::to_value(pulled).expect("an answer"));
                    }
                    state = self
                        .changed
                        .wait_timeout(state, Duration::from_millis(100))
                        .unwrap_or_else(PoisonError::into_inner)
                        .0;
                }
            }
            "/api/v1/runner/push" if self.is_poisoned(body) => Some((422, String::new(), b"{}".to_vec())),
            "/api/v1/runner/push" => self.push(serde_json::from_slice(body).expect(parse_error)),
            _ => Some((404, String::new(), b"{}".to_vec())),
        }
    }

    fn is_poisoned(&self, body: &[u8]) -> bool {
        let state = self.state();
        state.poison.as_ref().is_some_and(|poison| String::from_utf8_lossy(body).contains(poison.as_str()))
    }

    /// The next bytes of a pipe; `asked` is `<attempt>?from=<byte>&is_over=<bool>`.
    fn next_of_pipe(&self, asked: &str) -> (u16, String, Vec<u8>) {
        let (attempt, place) = asked.split_once("?from=").expect("where to go on");
        let (from, is_over) = place.split_once("&is_over=").expect("whether more is wanted");
        let (attempt, from): (AttemptId, usize) = (attempt.parse().expect("an id"), from.parse().expect("a number"));
        let deadline = Instant::now() + Duration::from_millis(1500);
        let mut state = self.state();
        loop {
            let is_down = state.is_down;
            let pipe = state.pipes.entry(attempt).or_default();
            pipe.read = from;
            pipe.is_over |= is_over == "true";
            let is_late = is_down || Instant::now() > deadline;
            let answer = match pipe.bytes.get(from..) {
                _ if pipe.is_over => Some((204, Vec::new())),
                Some(rest) if !rest.is_empty() => Some((200, rest.to_vec())),
                _ if pipe.is_whole => Some((200, Vec::new())),
                _ if pipe.is_cut_off => Some((410, Vec::new())),
                _ => is_late.then(|| (204, Vec::new())),
            };
            if let Some((status, bytes)) = answer {
                return (status, String::new(), bytes);
            }
            let waited = self.changed.wait_timeout(state, Duration::from_millis(20));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn push(&self, push: Push) -> Option<(u16, String, Vec<u8>)> {
        let mut state = self.state();
        if push.session != state.session.to_string() {
            return Some((409, String::new(), b"{}".to_vec()));
        }
        if state.refuse_pushes > 0 {
            state.refuse_pushes -= 1;
            state.session += 1;
            return Some((409, String::new(), b"{}".to_vec()));
        }
        state.pushes += 1;
        let mut behind = Vec::new();
        let mut forget = BTreeSet::new();
        for event in &push.events {
            if let Event::Stream { attempt, stream, offset, data } = event {
                let data = STANDARD.decode(data).expect("base64");
                assert_eq!(whole_bytes(*stream, &data), data.len(), "whole frames and lines");
                let may_lose = state.lose_stream_ends > 0;
                let bytes = state.attempts.entry(*attempt).or_default().streams.entry(*stream).or_default();
                let offset = *offset as usize;
                if offset <= bytes.len() {
                    let known = (bytes.len() - offset).min(data.len());
                    assert_eq!(bytes[offset..offset + known], data[..known], "an offset keeps its bytes");
                    bytes.extend_from_slice(&data[known..]);
                }
                if offset > bytes.len() || may_lose {
                    bytes.truncate(if may_lose { offset } else { bytes.len() });
                    behind.push(Extent { attempt: *attempt, stream: *stream, bytes: bytes.len() as u64 });
                }
                state.lose_stream_ends -= u32::from(may_lose);
            }
        }
        for event in push.events {
            match event {
                Event::Started { attempt, .. } => state.attempts.entry(attempt).or_default().started += 1,
                Event::Params { attempt, params } => {
                    state.attempts.entry(attempt).or_default().params.extend(params);
                }
                Event::SetAside { attempt, message } => {
                    state.attempts.entry(attempt).or_default().asides.push(*message);
                }
                Event::Ended { attempt, result } if behind.is_empty() => {
                    state.attempts.entry(attempt).or_default().ends.push(*result);
                    forget.insert(attempt);
                }
                Event::Stream { .. } | Event::Ended { .. } => {}
            }
        }
        if !state.keeps_spools {
            for attempt in forget {
                state.next_number += 1;
                let number = state.next_number;
                state.commands.push(NumberedCommand { number, command: Command::Forget { attempt } });
            }
        }
        if state.lose_answers > 0 {
            state.lose_answers -= 1;
            return None;
        }
        Some((200, String::new(), serde_json::to_vec(&Pushed { behind }).expect("an answer")))
    }
}
