//! The server's side of the protocol, kept in memory, with faults to order.

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

/// How a server answers when it is to prove itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Proves {
    #[default]
    Well,
    /// With another secret.
    Wrongly,
    /// With the proof of another connection.
    ForAnother,
    /// It knows no such question.
    NotAtAll,
    /// It never answers.
    Never,
}
/// Only a broken runner takes so long.
pub(crate) const DEADLINE: Duration = Duration::from_mins(1);

/// What the server knows of an attempt.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
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
    /// Nothing follows.
    pub(crate) is_whole: bool,
    /// Its sender is gone.
    pub(crate) is_cut_off: bool,
    /// How much the process has read.
    pub(crate) read: usize,
    /// No more was wanted.
    pub(crate) is_over: bool,
}

#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) attempts: BTreeMap<AttemptId, Seen>,
    pub(crate) objects: HashMap<String, Vec<u8>>,
    pub(crate) attaches: Vec<Attach>,
    /// A runner has attached since it or the server was started.
    pub(crate) is_attached: bool,
    session: u32,
    commands: Vec<NumberedCommand>,
    next_number: u64,
    /// The last command that was handed out.
    sent_to: u64,
    pub(crate) leave_when_idle: bool,
    /// Ended attempts are forgotten at once.
    pub(crate) keeps_spools: bool,
    /// So many answers to pushes are lost after the push was taken in.
    pub(crate) lose_answers: u32,
    /// So many pushes are refused as those of an older session.
    pub(crate) refuse_pushes: u32,
    /// Messages that hold this text are refused for good.
    pub(crate) poison: Option<String>,
    /// All commands are sent again with the next ones, and answers twice.
    pub(crate) doubles_commands: bool,
    /// So many times the end of a stream is lost after it was taken in.
    pub(crate) lose_stream_ends: u32,
    /// Uploads break off after so many bytes, once.
    pub(crate) break_upload_after: Option<usize>,
    /// A download breaks off after so many bytes, once.
    pub(crate) break_download_after: Option<usize>,
    /// Downloads stand still after their first byte.
    pub(crate) stalls_downloads: bool,
    /// Which objects were asked for, and from which byte on.
    pub(crate) downloads: Vec<(String, usize)>,
    /// What is sent to the standard input of attempts.
    pub(crate) pipes: BTreeMap<AttemptId, Pipe>,
    pub(crate) pushes: u64,
    pub(crate) requests: u64,
    pub(crate) proves: Proves,
    /// How often a proof was asked for.
    pub(crate) proofs: u64,
    /// What came with a token before there was a proof.
    pub(crate) told_too_early: Vec<String>,
    is_down: bool,
    connections: Vec<TcpStream>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Server {
    world: Arc<Mutex<World>>,
    changed: Arc<Condvar>,
}

impl World {
    /// As a real server does: starts that no session has handed out yet are handed out in the new one.
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
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        // A failed test must still be able to tidy up.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Listens on a free port and answers its address. A server that was gone has forgotten its sessions.
    pub(crate) fn open(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        {
            let mut world = self.world();
            (world.is_down, world.is_attached) = (false, false);
            world.session += 1;
            world.commands.clear();
            world.sent_to = 0;
        }
        let server = self.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if server.world().is_down {
                    return;
                }
                server.world().connections.push(stream.try_clone().expect("a second handle"));
                let server = server.clone();
                thread::spawn(move || server.serve(stream));
            }
        });
        format!("http://{address}")
    }

    /// Goes away: open connections break, new ones are refused.
    pub(crate) fn close(&self, url: &str) {
        {
            let mut world = self.world();
            world.is_down = true;
            for connection in world.connections.drain(..) {
                let _ = connection.shutdown(Shutdown::Both);
            }
        }
        // Wakes the listener, so that it closes.
        let _ = TcpStream::connect(url.trim_start_matches("http://"));
        self.changed.notify_all();
    }

    pub(crate) fn send(&self, command: Command) {
        let mut world = self.world();
        world.next_number += 1;
        let number = world.next_number;
        world.commands.push(NumberedCommand { number, command });
        drop(world);
        self.changed.notify_all();
    }

    /// Waits until `ready` finds what it looks for.
    pub(crate) fn wait<T>(&self, what: &str, mut ready: impl FnMut(&mut World) -> Option<T>) -> T {
        let deadline = Instant::now() + DEADLINE;
        let mut world = self.world();
        loop {
            if let Some(found) = ready(&mut world) {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "waited in vain for {what}; known: {:#?}", world.attempts);
            // Looked at now and then also without news: some conditions lie outside.
            world = self
                .changed
                .wait_timeout(world, left.min(Duration::from_millis(20)))
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
                "PUT" if self.world().break_upload_after.is_some_and(|after| after < length) => {
                    self.world().break_upload_after.take()
                }
                _ => None,
            };
            let mut body = vec![0; break_after.unwrap_or(length)];
            if reader.read_exact(&mut body).is_err() {
                return;
            }
            self.world().requests += 1;
            let offset = header("upload-offset").and_then(|o| o.parse().ok()).unwrap_or(0);
            if path == "/api/v1/proof" {
                match self.prove(&out, &body, header("authorization").as_deref()) {
                    Some(answer) if out.write_all(answer.as_bytes()).is_ok() => {}
                    _ => return,
                }
                is_proved = self.world().proves == Proves::Well;
                continue;
            }
            if !is_proved {
                self.world().told_too_early.push(format!("{method} {path}"));
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
            if is_download && !self.hinder(&mut out, &body) {
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

    /// The answer to the question for a proof; `None`: there is none.
    fn prove(&self, stream: &TcpStream, body: &[u8], token: Option<&str>) -> Option<String> {
        let mut world = self.world();
        world.proofs += 1;
        if token.is_some() {
            world.told_too_early.push("the question for a proof".to_owned());
        }
        let asked: AskProof = serde_json::from_slice(body).expect("a question");
        let (nonce, witness) = asked.read().expect("a good question");
        let (here, there) = (stream.local_addr().expect("an end"), stream.peer_addr().ok()?);
        let challenge = Challenge { nonce, witness, server: here, client: there };
        let proof = match world.proves {
            Proves::Well => challenge.answer(TOKEN.as_bytes()),
            Proves::Wrongly => challenge.answer(b"another"),
            Proves::ForAnother => Challenge { client: here, ..challenge }.answer(TOKEN.as_bytes()),
            Proves::NotAtAll => return Some("HTTP/1.1 404 X\r\nContent-Length: 2\r\n\r\n{}".to_owned()),
            Proves::Never => {
                while !world.is_down {
                    let waited = self.changed.wait_timeout(world, Duration::from_millis(20));
                    world = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
                return None;
            }
        };
        let body = format!("{{\"proof\":\"{proof}\"}}");
        Some(format!("HTTP/1.1 200 X\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
    }

    /// Lets a download break off or stand still when a test wants that; answers whether it may go on from its
    /// beginning.
    fn hinder(&self, out: &mut TcpStream, body: &[u8]) -> bool {
        let mut world = self.world();
        let sent = match world.break_download_after {
            Some(after) if after < body.len() => world.break_download_after.take().expect("it is there"),
            _ if world.stalls_downloads => 1,
            _ => return true,
        };
        let head = format!("HTTP/1.1 200 X\r\nContent-Length: {}\r\n\r\n", body.len());
        let _ = out.write_all(&[head.as_bytes(), &body[..sent]].concat());
        while world.stalls_downloads && !world.is_down {
            world =
                self.changed.wait_timeout(world, Duration::from_millis(20)).unwrap_or_else(PoisonError::into_inner).0;
        }
        false
    }

    /// Status, headers and body; `None`: the answer is lost.
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
            let mut world = self.world();
            world.downloads.push((digest.to_owned(), from));
            return match world.objects.get(digest) {
                Some(bytes) => Some((200, String::new(), bytes[from.min(bytes.len())..].to_vec())),
                None => Some((404, String::new(), b"{}".to_vec())),
            };
        }
        if let Some(asked) = path.strip_prefix("/api/v1/runner/stdin/") {
            return Some(self.next_of_pipe(asked));
        }
        if let Some(digest) = path.strip_prefix("/api/v1/objects/").filter(|digest| *digest != "missing") {
            let mut world = self.world();
            if method == "HEAD" {
                return match world.objects.get(digest) {
                    Some(bytes) if blake3::hash(bytes).to_string() == digest => Some((200, String::new(), Vec::new())),
                    Some(bytes) => Some((206, format!("Upload-Offset: {}\r\n", bytes.len()), Vec::new())),
                    None => Some((404, String::new(), Vec::new())),
                };
            }
            let known = world.objects.get(digest).cloned();
            let mut whole = known.clone().unwrap_or_default();
            if known.is_some() && blake3::hash(&whole).to_string() == digest {
                return json(serde_json::json!({}));
            }
            if whole.len() != offset {
                return Some((409, String::new(), b"{}".to_vec()));
            }
            whole.extend_from_slice(body);
            if is_whole && blake3::hash(&whole).to_string() != digest {
                world.objects.remove(digest);
                return Some((422, String::new(), b"{}".to_vec()));
            }
            world.objects.insert(digest.to_owned(), whole);
            return json(serde_json::json!({}));
        }
        match path {
            "/api/v1/objects/missing" => {
                let mut asked: DigestList = serde_json::from_slice(body).expect(parse_error);
                let world = self.world();
                asked.digests.retain(|digest| !world.objects.contains_key(digest));
                json(serde_json::to_value(asked).expect("a list"))
            }
            "/api/v1/runner/attach" => {
                let attach: Attach = serde_json::from_slice(body).expect(parse_error);
                let mut world = self.world();
                world.session += 1;
                world.keep_unsent_starts();
                let mut extents = Vec::new();
                for held in &attach.attempts {
                    let seen = world.attempts.entry(held.attempt).or_default();
                    extents.extend(seen.streams.iter().map(|(&stream, bytes)| Extent {
                        attempt: held.attempt,
                        stream,
                        bytes: bytes.len() as u64,
                    }));
                }
                world.attaches.push(attach);
                world.is_attached = true;
                let attached = Attached { session: world.session.to_string(), extents };
                json(serde_json::to_value(attached).expect("an answer"))
            }
            "/api/v1/runner/pull" => {
                let pull: Pull = serde_json::from_slice(body).expect(parse_error);
                let deadline = Instant::now() + Duration::from_millis(pull.wait_ms);
                let mut world = self.world();
                loop {
                    if world.is_down {
                        return None;
                    }
                    if pull.session != world.session.to_string() {
                        return stale();
                    }
                    let is_new = |command: &NumberedCommand| command.number > pull.after;
                    if world.commands.iter().any(is_new) || world.leave_when_idle || Instant::now() > deadline {
                        let doubles = world.doubles_commands;
                        let commands = world.commands.iter().filter(|c| doubles || is_new(c)).cloned();
                        let mut commands: Vec<_> = commands.collect();
                        if doubles {
                            commands.extend(commands.clone());
                        }
                        world.sent_to = commands.iter().map(|sent| sent.number).fold(world.sent_to, u64::max);
                        let pulled = Pulled { commands, leave_when_idle: world.leave_when_idle };
                        return json(serde_json::to_value(pulled).expect("an answer"));
                    }
                    world = self
                        .changed
                        .wait_timeout(world, Duration::from_millis(100))
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
        let world = self.world();
        world.poison.as_ref().is_some_and(|poison| String::from_utf8_lossy(body).contains(poison.as_str()))
    }

    /// What follows in a pipe: `<attempt>?from=<byte>&is_over=<bool>`.
    fn next_of_pipe(&self, asked: &str) -> (u16, String, Vec<u8>) {
        let (attempt, place) = asked.split_once("?from=").expect("where to go on");
        let (from, is_over) = place.split_once("&is_over=").expect("whether more is wanted");
        let (attempt, from): (AttemptId, usize) = (attempt.parse().expect("an id"), from.parse().expect("a number"));
        let deadline = Instant::now() + Duration::from_millis(1500);
        let mut world = self.world();
        loop {
            let is_down = world.is_down;
            let pipe = world.pipes.entry(attempt).or_default();
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
            let waited = self.changed.wait_timeout(world, Duration::from_millis(20));
            world = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn push(&self, push: Push) -> Option<(u16, String, Vec<u8>)> {
        let mut world = self.world();
        if push.session != world.session.to_string() {
            return Some((409, String::new(), b"{}".to_vec()));
        }
        if world.refuse_pushes > 0 {
            world.refuse_pushes -= 1;
            world.session += 1;
            return Some((409, String::new(), b"{}".to_vec()));
        }
        world.pushes += 1;
        let mut behind = Vec::new();
        let mut forget = BTreeSet::new();
        for event in &push.events {
            if let Event::Stream { attempt, stream, offset, data } = event {
                let data = STANDARD.decode(data).expect("base64");
                assert_eq!(whole_bytes(*stream, &data), data.len(), "whole frames and lines");
                let may_lose = world.lose_stream_ends > 0;
                let bytes = world.attempts.entry(*attempt).or_default().streams.entry(*stream).or_default();
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
                world.lose_stream_ends -= u32::from(may_lose);
            }
        }
        for event in push.events {
            match event {
                Event::Started { attempt, .. } => world.attempts.entry(attempt).or_default().started += 1,
                Event::Params { attempt, params } => {
                    world.attempts.entry(attempt).or_default().params.extend(params);
                }
                Event::SetAside { attempt, message } => {
                    world.attempts.entry(attempt).or_default().asides.push(*message);
                }
                Event::Ended { attempt, result } if behind.is_empty() => {
                    world.attempts.entry(attempt).or_default().ends.push(*result);
                    forget.insert(attempt);
                }
                Event::Stream { .. } | Event::Ended { .. } => {}
            }
        }
        if !world.keeps_spools {
            for attempt in forget {
                world.next_number += 1;
                let number = world.next_number;
                world.commands.push(NumberedCommand { number, command: Command::Forget { attempt } });
            }
        }
        if world.lose_answers > 0 {
            world.lose_answers -= 1;
            return None;
        }
        Some((200, String::new(), serde_json::to_vec(&Pushed { behind }).expect("an answer")))
    }
}
