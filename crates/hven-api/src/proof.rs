//! The first request of a client on each connection: the server proves that it is the server of the client's home.
//!
//! It is sent without a token. `hven_core::proof` describes the proof. Unlike the rest of this crate this is not plain data:
//! the exchange is short, all security depends on it, and all clients do it in the same way.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use hven_core::{Malformed, proof::Challenge};
use serde::{Deserialize, Serialize};

use crate::PREFIX;

pub use hven_core::proof::Witness;

/// The path of the request, below [`crate::PREFIX`].
pub const PATH: &str = "/proof";
/// The longest answer that a client reads.
const ANSWER_BYTES_MAX: usize = 16 << 10;

/// `POST /proof`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AskProof {
    /// 64 hexadecimal digits, random and never used before.
    pub nonce: String,
    /// The role in which the client will connect: `home`, `runner ID` or `attempt ID`.
    pub witness: String,
}

/// The answer to `POST /proof`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Proved {
    /// 64 hexadecimal digits.
    pub proof: String,
}

impl AskProof {
    pub fn new(challenge: &Challenge) -> Self {
        let nonce = hven_core::Digest::from_bytes(challenge.nonce).to_string();
        Self { nonce, witness: challenge.witness.to_string() }
    }

    /// The nonce and the witness.
    pub fn read(&self) -> Result<([u8; 32], Witness), Malformed> {
        let nonce: hven_core::Digest = self.nonce.parse()?;
        Ok((*nonce.as_bytes(), self.witness.parse()?))
    }
}

/// Why a connection must not be used.
#[derive(Debug)]
pub enum Unproved {
    /// The connection broke: there may be no server at all.
    Broken(io::Error),
    /// Something answers, but it is not the server of this home.
    Foreign(String),
}

impl Unproved {
    fn foreign(why: &str) -> Self {
        Self::Foreign(why.to_owned())
    }
}

impl std::fmt::Display for Unproved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Broken(error) => error.fmt(f),
            Self::Foreign(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Unproved {}

/// Makes the server at the other end of a new connection prove itself, within `timeout`. On success the connection can be used;
/// the time-outs set here stay.
pub fn demand(
    mut stream: &TcpStream,
    witness: Witness,
    secret: &[u8],
    nonce: [u8; 32],
    timeout: Duration,
) -> Result<(), Unproved> {
    let started = Instant::now();
    let ends = || Ok((stream.peer_addr()?, stream.local_addr()?));
    let (server, client) = ends().map_err(Unproved::Broken)?;
    let challenge = Challenge { nonce, witness, server, client };
    let body = serde_json::to_string(&AskProof::new(&challenge)).map_err(|error| Unproved::Broken(error.into()))?;
    let length = body.len();
    let request = format!(
        "POST {PREFIX}{PATH} HTTP/1.1\r\nHost: {server}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    let sent = stream.set_write_timeout(Some(timeout)).and_then(|()| stream.write_all(request.as_bytes()));
    sent.map_err(Unproved::Broken)?;
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    let proved = loop {
        if let Some(proved) = read_answer(&answer)? {
            break proved;
        }
        // A program that sends a few bytes now and then does not block its client.
        let left = timeout.saturating_sub(started.elapsed());
        if left.is_zero() {
            return Err(Unproved::foreign("it does not prove itself in time"));
        }
        match stream.set_read_timeout(Some(left)).and_then(|()| stream.read(&mut buffer)) {
            Ok(0) => return Err(Unproved::Broken(io::ErrorKind::UnexpectedEof.into())),
            Ok(read) => answer.extend_from_slice(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
            Err(error) => return Err(Unproved::Broken(error)),
        }
    };
    match proved.proof.parse() {
        Ok(proof) if challenge.is_answered_by(&proof, secret) => Ok(()),
        _ => Err(Unproved::foreign("its proof is wrong")),
    }
}

/// Reads an answer as soon as it is complete. No bytes may follow it: they would be read as the answer to the next request.
fn read_answer(bytes: &[u8]) -> Result<Option<Proved>, Unproved> {
    const BEGINNING: &[u8] = b"HTTP/1.1 ";
    let beginning = bytes.len().min(BEGINNING.len());
    if bytes[..beginning] != BEGINNING[..beginning] {
        // A home's server speaks no older HTTP.
        let speaks_http = bytes.starts_with(b"HTTP/");
        return Err(Unproved::foreign(if speaks_http { "it gives no proof" } else { "it does not speak HTTP" }));
    }
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        let is_short = bytes.len() < ANSWER_BYTES_MAX;
        return if is_short { Ok(None) } else { Err(Unproved::foreign("it says too much")) };
    };
    let head = String::from_utf8_lossy(&bytes[BEGINNING.len()..end]);
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.get(..3)).unwrap_or_default();
    if status != "200" {
        return Err(Unproved::Foreign(format!("it gives no proof (status {status})")));
    }
    let fields = lines.filter_map(|line| line.split_once(':'));
    let mut lengths = fields.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = lengths.next().and_then(|(_, value)| value.trim().parse().ok());
    let Some(length) = length.filter(|length| *length <= ANSWER_BYTES_MAX) else {
        return Err(Unproved::foreign("it gives no proof"));
    };
    let body = &bytes[end + 4..];
    if body.len() < length {
        return Ok(None);
    }
    if body.len() > length {
        return Err(Unproved::foreign("it says more than it was asked"));
    }
    serde_json::from_slice(body).map(Some).map_err(|_| Unproved::foreign("it gives no proof"))
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use super::*;

    const SECRET: &[u8] = b"of this home";

    /// The client's verdict on a server that answers the question with the result of `answer`.
    fn met(answer: impl Fn(&Challenge) -> Vec<u8> + Send + 'static) -> Result<(), String> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let server = thread::spawn(move || {
            let (mut stream, client) = listener.accept().expect("a connection");
            let mut request = Vec::new();
            let mut buffer = [0; 1024];
            while !request.ends_with(b"}") {
                let read = stream.read(&mut buffer).expect("a question");
                request.extend_from_slice(&buffer[..read]);
            }
            let begin = request.windows(4).position(|window| window == b"\r\n\r\n").expect("a head") + 4;
            let asked: AskProof = serde_json::from_slice(&request[begin..]).expect("a question");
            let (nonce, witness) = asked.read().expect("a challenge");
            let challenge = Challenge { nonce, witness, server: stream.local_addr().expect("an end"), client };
            stream.write_all(&answer(&challenge)).expect("answered");
            // Until the client closes the connection.
            let _ = stream.read(&mut buffer);
        });
        let stream = TcpStream::connect(address).expect("connected");
        let proved = demand(&stream, Witness::Home, SECRET, [9; 32], Duration::from_millis(500));
        drop(stream);
        server.join().expect("it ends");
        proved.map_err(|error| error.to_string())
    }

    fn answer(proof: &str) -> Vec<u8> {
        let body = format!("{{\"proof\":\"{proof}\"}}");
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
    }

    #[test]
    fn a_server_with_the_secret_is_believed_and_no_other() {
        assert_eq!(met(|asked| answer(&asked.answer(SECRET).to_string())), Ok(()));
        assert_eq!(met(|asked| answer(&asked.answer(b"of another").to_string())), Err("its proof is wrong".to_owned()));
        // A relay: a valid answer for another connection.
        let relayed = |asked: &Challenge| {
            let elsewhere = Challenge { client: "127.0.0.1:9".parse().expect("an address"), ..*asked };
            answer(&elsewhere.answer(SECRET).to_string())
        };
        assert_eq!(met(relayed), Err("its proof is wrong".to_owned()));
        for (bytes, why) in [
            (answer(&"0".repeat(64)), "its proof is wrong"),
            (answer(""), "its proof is wrong"),
            (b"what?\r\n\r\n".to_vec(), "it does not speak HTTP"),
            (b"HTTP/1.0 501 Unsupported method\r\n\r\n".to_vec(), "it gives no proof"),
            (b"SSH-2.0-OpenSSH_9.6\r\n".to_vec(), "it does not speak HTTP"),
            (b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}".to_vec(), "it gives no proof (status 404)"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".to_vec(), "it gives no proof"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{}".to_vec(), "it gives no proof"),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec(), "it gives no proof"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n{".to_vec(), "it does not prove itself in time"),
            (b"HTTP".to_vec(), "it does not prove itself in time"),
            ([b"HTTP/1.1 200 ".as_slice(), &[b'x'; ANSWER_BYTES_MAX]].concat(), "it says too much"),
        ] {
            assert_eq!(met(move |_| bytes.clone()), Err(why.to_owned()));
        }
        let more = |asked: &Challenge| [answer(&asked.answer(SECRET).to_string()), b"HTTP/1.1 200".to_vec()].concat();
        assert_eq!(met(more), Err("it says more than it was asked".to_owned()));
    }

    #[test]
    fn questions_are_read_as_they_were_asked() {
        let nonce = std::array::from_fn(|i| i as u8 * 8 + 5);
        let here = "127.0.0.1:1".parse().expect("an address");
        let ask = AskProof::new(&Challenge { nonce, witness: Witness::Home, server: here, client: here });
        assert_eq!(ask.read(), Ok((nonce, Witness::Home)));
        assert!(AskProof { nonce: "12".to_owned(), ..ask.clone() }.read().is_err());
        assert!(AskProof { witness: "me".to_owned(), ..ask }.read().is_err());
    }
}
