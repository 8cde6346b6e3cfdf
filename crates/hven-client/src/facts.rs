//! The record: its facts, whether its chain holds, and what is to be erased from it.

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

/// Which facts are wanted.
#[derive(Clone, Debug, Default)]
pub struct FactQuery {
    pub after: Option<u64>,
    pub before: Option<u64>,
    pub newest_first: bool,
    /// Such as `run.finished`.
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

    /// Has the server recompute every link of the chain and every object's digest.
    pub fn audit(&self) -> Result<Audit> {
        let mut call = Call::new(Method::GET, "/audit?objects=true");
        call.read_timeout = LONG_READ_TIMEOUT;
        self.answer(&call)
    }

    /// How far the audit is that runs at this moment.
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
