//! A client of another program's server, which a person names: it reads from it, and never sends it a token of Hven.

use std::{io, time::Duration};

use serde_json::Value;
use ureq::{
    Agent, Body,
    http::{Method, Request, Response, header},
};

use crate::{Error, Result, query::Query};

const ANSWER_BYTES_MAX: u64 = 256 << 20;
const READ_TIMEOUT: Duration = Duration::from_secs(90);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const TRIES: u32 = 4;

/// A server at an address such as `http://127.0.0.1:5000`.
#[derive(Debug)]
pub struct ForeignServer {
    agent: Agent,
    url: String,
    /// The value of the header `Authorization`.
    authorization: Option<String>,
}

impl ForeignServer {
    /// `authorization` is the value of the header, such as `Bearer …`.
    pub fn new(url: &str, authorization: Option<String>) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .user_agent(concat!("hven/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .build();
        Self { agent: config.into(), url: url.trim_end_matches('/').to_owned(), authorization }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    fn send(&self, method: &Method, path: &str, body: Option<&[u8]>) -> Result<Response<Body>> {
        let unreachable = |why: String| Error::Unreachable { url: self.url.clone(), why };
        let mut request = Request::builder().method(method.clone()).uri(format!("{}{path}", self.url));
        if let Some(authorization) = &self.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let limits = |request| self.agent.configure_request(request).timeout_per_read(Some(READ_TIMEOUT)).build();
        let answer = match body {
            Some(body) => {
                let request = request.header(header::CONTENT_TYPE, "application/json").body(body.to_vec());
                let request = request.map_err(|error| unreachable(error.to_string()))?;
                self.agent.run(self.agent.configure_request(request).timeout_per_read(Some(READ_TIMEOUT)).build())
            }
            None => self.agent.run(limits(request.body(()).map_err(|error| unreachable(error.to_string()))?)),
        };
        crate::transport::refused(answer.map_err(|error| unreachable(error.to_string()))?)
    }

    /// The same, again after a failure that may pass. All calls only read.
    fn send_patiently(&self, method: &Method, path: &str, body: Option<&[u8]>) -> Result<Response<Body>> {
        let mut tried = 1;
        loop {
            match self.send(method, path, body) {
                Err(error) if tried < TRIES && may_pass(&error) => {
                    std::thread::sleep(Duration::from_millis(200 << tried));
                    tried += 1;
                }
                answer => return answer,
            }
        }
    }

    fn json(&self, mut response: Response<Body>, path: &str) -> Result<Value> {
        let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
        let not_understood =
            |why: String| Error::NotUnderstood { url: self.url.clone(), why: format!("{path}: {why}") };
        let body = body.map_err(|error| not_understood(error.to_string()))?;
        serde_json::from_slice(&body).map_err(|error| not_understood(error.to_string()))
    }

    /// Reads JSON. The query is escaped here.
    pub fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value> {
        let response = self.send_patiently(&Method::GET, &below(path, query), None)?;
        self.json(response, path)
    }

    /// A search: a call that sends a JSON object and changes nothing.
    pub fn search(&self, path: &str, body: &Value) -> Result<Value> {
        let bytes = crate::transport::encode(body)?;
        let response = self.send_patiently(&Method::POST, path, Some(&bytes))?;
        self.json(response, path)
    }

    /// Writes the bytes of an answer to `sink`; returns their number.
    pub fn download(&self, path: &str, query: &[(&str, &str)], sink: &mut dyn io::Write) -> Result<u64> {
        let response = self.send_patiently(&Method::GET, &below(path, query), None)?;
        crate::transport::copy(response, self.url.clone(), sink)
    }
}

fn below(path: &str, query: &[(&str, &str)]) -> String {
    let mut fields = Query::default();
    for (name, value) in query {
        fields.add(name, value);
    }
    fields.below(path)
}

fn may_pass(error: &Error) -> bool {
    match error {
        Error::Unreachable { .. } => true,
        Error::Api(error) => error.status == 429 || error.status >= 500,
        _ => false,
    }
}
