//! Requests and replies with tokens, idempotency keys, and retries while a server is unreachable.

use std::{
    fmt, io,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use hven_api::{IDEMPOTENCY_KEY, PREFIX};
use hven_core::Digest;
use serde::{Serialize, de::DeserializeOwned};
use ureq::{
    Agent, AsSendBody, Body,
    http::{Method, Request, Response, header},
    unversioned::resolver::DefaultResolver,
};

use crate::{
    Address, Error, Locate, Result, Unproved,
    proof::{Proving, SharedProver},
};

/// The maximum size of a JSON answer: lists have at most 1,000 items.
const ANSWER_BYTES_MAX: u64 = 256 << 20;
/// Event streams send something at least every 20 s; other answers start sooner.
const READ_TIMEOUT: Duration = Duration::from_secs(90);
/// For calls that process a whole home before they answer.
pub(crate) const LONG_READ_TIMEOUT: Duration = Duration::from_hours(1);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const DELAY_MIN: Duration = Duration::from_millis(25);
const DELAY_MAX: Duration = Duration::from_secs(2);

/// How long a server may be unreachable before a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience(pub Duration);

impl Default for Patience {
    fn default() -> Self {
        Self(Duration::from_secs(10))
    }
}

/// A connection to one server. Several threads can share it cheaply.
pub struct Client {
    agent: Agent,
    locate: Box<dyn Locate>,
    address: Mutex<Option<Address>>,
    /// The prover for new connections, from the current address.
    prover: SharedProver,
    patience: Patience,
    /// The beginning of all idempotency keys; `None` for random keys.
    key_prefix: Option<String>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("address", &self.address).finish_non_exhaustive()
    }
}

/// The content of a request, so that it can be repeated.
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    /// The prefix of the path: that of the native API, or none.
    pub(crate) below: &'static str,
    /// The path below it.
    pub(crate) path: String,
    pub(crate) json: Option<&'a [u8]>,
    /// A body that is not JSON.
    pub(crate) bytes: Option<&'a [u8]>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) read_timeout: Duration,
    pub(crate) patience: Option<Patience>,
}

impl Call<'_> {
    pub(crate) fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            below: PREFIX,
            path: path.into(),
            json: None,
            bytes: None,
            headers: Vec::new(),
            read_timeout: READ_TIMEOUT,
            patience: None,
        }
    }
}

impl Client {
    /// Creates a client of the server that `locate` finds. It sends nothing yet.
    pub fn new(locate: impl Locate + 'static) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            // Do not send requests to this machine through a proxy.
            .proxy(None)
            .no_delay(true)
            .user_agent(concat!("hven/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .max_idle_connections(8)
            .max_idle_connections_per_host(8)
            .build();
        let prover = SharedProver::default();
        let connector = Proving { prover: Arc::clone(&prover), connect_timeout: CONNECT_TIMEOUT };
        Self {
            agent: Agent::with_parts(config, connector, DefaultResolver::default()),
            locate: Box::new(locate),
            address: Mutex::new(None),
            prover,
            patience: Patience::default(),
            key_prefix: None,
        }
    }

    #[must_use]
    pub fn with_patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// Derives each idempotency key from this prefix and from the request, so that a process that repeats the requests of another
    /// one has no further effect.
    #[must_use]
    pub fn with_key_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.key_prefix = Some(prefix.into());
        self
    }

    /// The address of the server; searches for it if it is unknown.
    pub fn address(&self) -> Result<Address> {
        let mut known = self.address.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(address) = &*known {
            return Ok(address.clone());
        }
        let found = self.locate.locate(None)?.ok_or(Error::NotRunning)?;
        self.check_with(&found);
        *known = Some(found.clone());
        Ok(found)
    }

    /// Searches again for a server whose last address was `failed`.
    fn address_after(&self, failed: &Address) -> Result<Address> {
        let found = self.locate.locate(Some(failed))?.ok_or(Error::NotRunning)?;
        self.check_with(&found);
        *self.address.lock().unwrap_or_else(PoisonError::into_inner) = Some(found.clone());
        Ok(found)
    }

    fn check_with(&self, address: &Address) {
        self.prover.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&address.prover);
    }

    pub fn get<T: DeserializeOwned>(&self, path: impl Into<String>) -> Result<T> {
        self.answer(&Call::new(Method::GET, path))
    }

    pub(crate) fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: impl Into<String>,
        body: &impl Serialize,
    ) -> Result<T> {
        let json = encode(body)?;
        let mut call = Call::new(method, path);
        call.json = Some(&json);
        self.answer(&call)
    }

    pub fn post<T: DeserializeOwned>(&self, path: impl Into<String>, body: &impl Serialize) -> Result<T> {
        self.send(Method::POST, path, body)
    }

    /// Sends a request and parses the answer as JSON.
    pub(crate) fn answer<T: DeserializeOwned>(&self, call: &Call<'_>) -> Result<T> {
        let (mut response, url) = self.request(call)?;
        let body = read_all(&mut response).map_err(|why| Error::Unreachable { url: url.clone(), why })?;
        // An answer without a body (204) is `null`.
        let body = if body.is_empty() { b"null".as_slice() } else { &body };
        serde_json::from_slice(body).map_err(|e| Error::NotUnderstood { url, why: format!("{}: {e}", call.path) })
    }

    /// Repeats the request until there is an answer or `patience` ends; an answer other than success is an error.
    pub(crate) fn request(&self, call: &Call<'_>) -> Result<(Response<Body>, String)> {
        let key = if call.method == Method::POST { Some(self.key(call)?) } else { None };
        let patience = call.patience.unwrap_or(self.patience).0;
        let begun = Instant::now();
        let mut delay = DELAY_MIN;
        let mut address = self.address()?;
        loop {
            let body = call.json.or(call.bytes).unwrap_or_default();
            let error = match self.once(call, &address, key.as_deref(), body) {
                Ok(response) => match refused(response) {
                    Ok(response) => return Ok((response, address.url)),
                    Err(error) => error,
                },
                Err(error) => error,
            };
            if !may_pass(&error) || begun.elapsed() + delay > patience {
                return Err(error);
            }
            thread::sleep(delay);
            delay = (delay * 2).min(DELAY_MAX);
            address = match self.address_after(&address) {
                Ok(address) => address,
                // During a restart there is no server: try the last address until `patience` ends.
                Err(Error::NotRunning) => address,
                Err(error) => return Err(error),
            };
        }
    }

    fn key(&self, call: &Call<'_>) -> Result<String> {
        let Some(prefix) = &self.key_prefix else { return new_key() };
        let body = call.json.or(call.bytes).unwrap_or_default();
        let request = [prefix.as_bytes(), b"\n", call.path.as_bytes(), b"\n", body].concat();
        Ok(Digest::of(&request).to_string())
    }

    /// Sends the request once to this address.
    pub(crate) fn once(
        &self,
        call: &Call<'_>,
        address: &Address,
        key: Option<&str>,
        body: impl AsSendBody,
    ) -> Result<Response<Body>> {
        let url = format!("{}{}{}", address.url, call.below, call.path);
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(&url)
            .header(header::AUTHORIZATION, format!("Bearer {}", address.token));
        if let Some(key) = key {
            request = request.header(IDEMPOTENCY_KEY, key);
        }
        if call.json.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        let sent = match (call.json.is_some(), call.method == Method::PUT) {
            // Send no body instead of an empty one.
            (false, false) => request.body(()).map(|request| {
                let request = self.agent.configure_request(request).timeout_per_read(Some(call.read_timeout)).build();
                self.agent.run(request)
            }),
            _ => request.body(body).map(|request| {
                let request = self.agent.configure_request(request).timeout_per_read(Some(call.read_timeout)).build();
                self.agent.run(request)
            }),
        };
        match sent {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(ureq::Error::Other(error))) if error.is::<Unproved>() => {
                Err(Error::Foreign { url: address.url.clone(), why: error.to_string() })
            }
            Ok(Err(error)) => Err(Error::Unreachable { url: address.url.clone(), why: reason(&error) }),
            Err(error) => Err(Error::NotUnderstood { url: address.url.clone(), why: error.to_string() }),
        }
    }
}

/// The reason for a missing answer, without the prefix "io:".
fn reason(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) => error.to_string(),
        other => other.to_string(),
    }
}

pub(crate) fn encode(body: &impl Serialize) -> Result<Vec<u8>> {
    // All maps in the wire types have string keys, so this cannot fail.
    serde_json::to_vec(body).map_err(|e| Error::NotUnderstood { url: String::new(), why: e.to_string() })
}

/// Turns an answer other than success into an error.
pub(crate) fn refused(mut response: Response<Body>) -> Result<Response<Body>> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let body = read_all(&mut response).unwrap_or_default();
    Err(Error::from_body(status.as_u16(), &body))
}

fn read_all(response: &mut Response<Body>) -> std::result::Result<Vec<u8>, String> {
    response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec().map_err(|e| reason(&e))
}

/// Whether a retry may help: the server was unreachable, or reported that it is closing.
pub(crate) fn may_pass(error: &Error) -> bool {
    match error {
        // Another program at the old address does not prevent a restart of the server at another address.
        Error::Unreachable { .. } | Error::Foreign { .. } | Error::NotRunning => true,
        Error::Api(error) => error.status == 503,
        _ => false,
    }
}

/// 128 random bits, as 32 hexadecimal digits.
fn new_key() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|e| Error::Random(e.to_string()))?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

/// Copies the bytes of an answer to `sink`.
pub(crate) fn copy(mut response: Response<Body>, url: String, sink: &mut dyn io::Write) -> Result<u64> {
    let mut reader = response.body_mut().with_config().limit(u64::MAX).reader();
    let mut buffer = vec![0; 64 * 1024];
    let mut total = 0;
    loop {
        let n = match io::Read::read(&mut reader, &mut buffer) {
            Ok(0) => return Ok(total),
            Ok(n) => n,
            Err(error) => return Err(Error::Unreachable { url, why: error.to_string() }),
        };
        sink.write_all(&buffer[..n]).map_err(Error::Sink)?;
        total += n as u64;
    }
}
