//! Connections that may carry a token: those to a server that has proved that it serves this home.
//!
//! After a crash, another program may listen at the address of the server. Therefore the client first sends a challenge on
//! each new connection, and uses the connection only after an answer with the secret of the home. A connection that is kept
//! open for later requests was checked when it was opened. With a user's token and without the home, there is no
//! [`Prover`], and the client sends no challenge.

use std::{
    fmt, fs,
    io::{self, Read, Write},
    net::{TcpStream, ToSocketAddrs},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use hven_api::proof::{Unproved, Witness, demand};
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport};

/// The time limit for a proof; it also suffices when a thousand clients connect at once.
const PROOF_TIMEOUT: Duration = Duration::from_secs(10);

/// Checks the proof of a server.
#[derive(Clone, PartialEq, Eq)]
pub struct Prover {
    witness: Witness,
    secret: Vec<u8>,
}

impl fmt::Debug for Prover {
    /// Omits the secret, so that logs do not contain it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prover").field("witness", &self.witness).finish_non_exhaustive()
    }
}

impl Prover {
    /// For a client that can read the key of the home.
    pub fn in_home(home: &Path) -> io::Result<Self> {
        Ok(Self { witness: Witness::Home, secret: fs::read(home.join("key"))? })
    }

    /// For a token that the server derives from its key. The server has only a digest of a user's token and cannot use it for a
    /// proof.
    pub fn of_token(token: &str) -> Option<Self> {
        Some(Self { witness: Witness::of_token(token)?, secret: token.as_bytes().to_vec() })
    }

    /// Requires a proof from the server at the other end.
    fn check(&self, stream: &TcpStream, timeout: Duration) -> Result<(), Unproved> {
        let mut nonce = [0; 32];
        getrandom::fill(&mut nonce).map_err(|error| Unproved::Broken(io::Error::other(error.to_string())))?;
        demand(stream, self.witness, &self.secret, nonce, timeout)
    }

    /// Whether the server of this home answers at the address, within `timeout`.
    pub fn finds(&self, url: &str, timeout: Duration) -> Result<(), Unproved> {
        let place = url.strip_prefix("http://").unwrap_or(url);
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in place.to_socket_addrs().map_err(Unproved::Broken)? {
            match TcpStream::connect_timeout(&address, timeout) {
                Ok(stream) => return self.check(&stream, timeout),
                Err(error) => last = error,
            }
        }
        Err(Unproved::Broken(last))
    }
}

/// The prover for the connections of a client. It may change when the client searches for the server again.
pub(crate) type SharedProver = Arc<Mutex<Option<Prover>>>;

/// Opens connections and checks each of them.
#[derive(Debug)]
pub(crate) struct Proving {
    pub(crate) prover: SharedProver,
    pub(crate) connect_timeout: Duration,
}

impl Connector for Proving {
    type Out = Wire;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Wire>, ureq::Error> {
        let mut last = io::Error::from(io::ErrorKind::ConnectionRefused);
        for address in &details.addrs {
            match TcpStream::connect_timeout(address, self.connect_timeout) {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    let prover = self.prover.lock().unwrap_or_else(PoisonError::into_inner).clone();
                    if let Some(prover) = prover {
                        prover.check(&stream, PROOF_TIMEOUT).map_err(|why| match why {
                            Unproved::Broken(error) => ureq::Error::Io(error),
                            foreign @ Unproved::Foreign(_) => ureq::Error::Other(Box::new(foreign)),
                        })?;
                        stream.set_read_timeout(None)?;
                        stream.set_write_timeout(None)?;
                    }
                    let buffers =
                        LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
                    return Ok(Some(Wire { stream, buffers, read_timeout: None, write_timeout: None }));
                }
                Err(error) => last = error,
            }
        }
        Err(last.into())
    }
}

/// A TCP connection as ureq uses it.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    buffers: LazyBuffers,
    /// The current timeouts of the socket.
    read_timeout: Option<Duration>,
    write_timeout: Option<Duration>,
}

impl Wire {
    fn failed(error: io::Error, timeout: NextTimeout) -> ureq::Error {
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => ureq::Error::Timeout(timeout.reason),
            _ => error.into(),
        }
    }
}

impl Transport for Wire {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        let timeout = timeout.for_write();
        let wanted = timeout.not_zero().map(|wanted| *wanted);
        if wanted != self.write_timeout {
            self.stream.set_write_timeout(wanted)?;
            self.write_timeout = wanted;
        }
        let output = &self.buffers.output()[..amount];
        (&self.stream).write_all(output).map_err(|error| Self::failed(error, timeout))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let timeout = timeout.for_read();
        let wanted = timeout.not_zero().map(|wanted| *wanted);
        if wanted != self.read_timeout {
            self.stream.set_read_timeout(wanted)?;
            self.read_timeout = wanted;
        }
        let input = self.buffers.input_append_buf();
        let amount = loop {
            match (&self.stream).read(input) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read.map_err(|error| Self::failed(error, timeout))?,
            }
        };
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    /// Whether the connection is usable for another request: it contains no unread bytes and is not closed.
    fn is_open(&mut self) -> bool {
        let mut byte = [0];
        let is_quiet = self.stream.set_nonblocking(true).is_ok()
            && matches!((&self.stream).read(&mut byte), Err(error) if error.kind() == io::ErrorKind::WouldBlock);
        is_quiet && self.stream.set_nonblocking(false).is_ok()
    }
}
