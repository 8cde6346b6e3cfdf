//! The record: lists facts, verifies the chain, and erases payloads.

use hven_api::{
    facts::{Audit, AuditProgress, Fact, Redact, Redacted},
    page::Page,
};
use ureq::http::Method;

use crate::{
    Client, Result,
    query::Query,
    transport::{Call, LONG_READ_TIMEOUT, encode},
};

/// The filter of a list of facts.
#[derive(Clone, Debug, Default)]
pub struct FactQuery {
    pub after: Option<u64>,
    pub before: Option<u64>,
    pub newest_first: bool,
    /// The kind, such as `run.finished`.
    pub kind: Option<String>,
    pub run: Option<String>,
    pub limit: Option<usize>,
    pub cursor: Option<String>,
}

impl Client {
    pub fn facts(&self, wanted: &FactQuery) -> Result<Page<Fact>> {
        let mut query = Query::default();
        query.add_some("after", wanted.after);
        query.add_some("before", wanted.before);
        query.add("order", if wanted.newest_first { "newest" } else { "oldest" });
        query.add_some("kind", wanted.kind.as_ref());
        query.add_some("run", wanted.run.as_ref());
        query.add_some("limit", wanted.limit);
        query.add_some("cursor", wanted.cursor.as_ref());
        self.get(query.below("/facts"))
    }

    /// Makes the server recompute every hash of the chain and the digest of every object.
    pub fn audit(&self) -> Result<Audit> {
        let mut call = Call::new(Method::GET, "/audit?objects=true");
        call.read_timeout = LONG_READ_TIMEOUT;
        self.answer(&call)
    }

    /// The progress of the running audit.
    pub fn audit_progress(&self) -> Result<Option<AuditProgress>> {
        self.get("/audit/progress")
    }

    pub fn redact(&self, what: &Redact) -> Result<Redacted> {
        let json = encode(what)?;
        let mut call = Call::new(Method::POST, "/redactions");
        call.json = Some(&json);
        call.read_timeout = LONG_READ_TIMEOUT;
        self.answer(&call)
    }
}
