//! The server and its home as a whole.

use std::io;

use hven_api::{
    home::{Overview, Server},
    machine::MachineReport,
    objects::Collection,
};
use serde::de::IgnoredAny;
use ureq::http::Method;

use crate::{
    Client, Result,
    query::Query,
    transport::{Call, LONG_READ_TIMEOUT, copy, encode},
};

impl Client {
    pub fn server(&self) -> Result<Server> {
        self.get("/server")
    }

    /// The runners and their use since a time, in at most `points` bins of time.
    pub fn machine(&self, since: Option<&str>, points: Option<usize>) -> Result<MachineReport> {
        let mut query = Query::default();
        query.add_some("since", since).add_some("points", points);
        self.get(query.below("/machine"))
    }

    pub fn overview(&self) -> Result<Overview> {
        self.get("/overview")
    }

    /// Asks the server to finish its work and stop; running tasks continue without it.
    pub fn shutdown(&self) -> Result<()> {
        self.post::<IgnoredAny>("/server/shutdown", &serde_json::Value::Null).map(|_| ())
    }

    /// Removes objects without references, or lists them.
    pub fn collect(&self, dry_run: bool) -> Result<Collection> {
        let mut query = Query::default();
        query.add("dry_run", dry_run);
        let json = encode(&serde_json::Value::Null)?;
        let mut call = Call::new(Method::POST, query.below("/gc"));
        call.json = Some(&json);
        call.read_timeout = LONG_READ_TIMEOUT;
        self.answer(&call)
    }

    /// Writes a tar file of the whole home to `sink`; returns its size.
    pub fn backup(&self, sink: &mut dyn io::Write) -> Result<u64> {
        let mut call = Call::new(Method::GET, "/backup");
        call.read_timeout = LONG_READ_TIMEOUT;
        let (response, url) = self.request(&call)?;
        copy(response, url, sink)
    }
}
