//! Standard input of a run through a pipe.

use std::time::Duration;

use hven_api::stdin::StdinTaken;
use ureq::http::Method;

use crate::{
    Client, Patience, Result,
    query::{Query, escape},
    transport::Call,
};

/// How long the server may be unreachable: it may be restarting while the run continues.
const PATIENCE: Patience = Patience(Duration::from_mins(2));
/// The server keeps the call open for a day at most.
const HOLD_TIMEOUT: Duration = Duration::from_hours(25);

impl Client {
    /// Keeps the standard input of a run open; without such a call, the process gets the end of its input. Returns when the
    /// process needs no more input, or after a day.
    pub fn hold_stdin(&self, run: &str) -> Result<StdinTaken> {
        let mut call = Call::new(Method::POST, format!("/runs/{}/stdin", escape(run)));
        (call.read_timeout, call.patience) = (HOLD_TIMEOUT, Some(PATIENCE));
        call.json = Some(b"null".as_slice());
        self.answer(&call)
    }

    /// Sends the bytes of standard input from byte `from` on. Returns when the process has read some of them, or after a while:
    /// the caller must send unread bytes again, together with the next ones.
    pub fn send_stdin(&self, run: &str, from: u64, bytes: &[u8], is_last: bool) -> Result<StdinTaken> {
        let mut query = Query::default();
        query.add("from", from).add("is_last", is_last);
        let mut call = Call::new(Method::PUT, query.below(&format!("/runs/{}/stdin", escape(run))));
        (call.bytes, call.patience) = (Some(bytes), Some(PATIENCE));
        call.headers.push(("Content-Type", "application/octet-stream".to_owned()));
        self.answer(&call)
    }

    /// Reports that no more input can be sent: the process gets the end of its input.
    pub fn cut_off_stdin(&self, run: &str) -> Result<StdinTaken> {
        let mut query = Query::default();
        query.add("is_cut_off", true);
        self.answer(&Call::new(Method::PUT, query.below(&format!("/runs/{}/stdin", escape(run)))))
    }
}
