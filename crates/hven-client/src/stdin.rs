//! Standard input of a run that comes through a pipe.

use std::time::Duration;

use hven_api::stdin::StdinTaken;
use ureq::http::Method;

use crate::{
    Client, Patience, Result,
    query::{Query, escape},
    transport::Call,
};

/// How long the server may be away: it may be restarting, and the run goes on meanwhile.
const PATIENCE: Patience = Patience(Duration::from_mins(2));
/// The server holds it for a day at most.
const HOLD_TIMEOUT: Duration = Duration::from_hours(25);

impl Client {
    /// Holds the standard input of a run open: when nobody does, the process is told that it ends. Answers when no more of
    /// it is wanted, or after a day.
    pub fn hold_stdin(&self, run: &str) -> Result<StdinTaken> {
        let mut call = Call::new(Method::POST, format!("/runs/{}/stdin", escape(run)));
        (call.read_timeout, call.patience) = (HOLD_TIMEOUT, Some(PATIENCE));
        call.json = Some(b"null".as_slice());
        self.answer(&call)
    }

    /// Sends what standard input has from byte `from` on. Answers when the process has read some of it, or after a while:
    /// what it has not read is to be sent again, with what follows.
    pub fn send_stdin(&self, run: &str, from: u64, bytes: &[u8], is_last: bool) -> Result<StdinTaken> {
        let mut query = Query::default();
        query.add("from", from).add("is_last", is_last);
        let mut call = Call::new(Method::PUT, query.below(&format!("/runs/{}/stdin", escape(run))));
        (call.bytes, call.patience) = (Some(bytes), Some(PATIENCE));
        call.headers.push(("Content-Type", "application/octet-stream".to_owned()));
        self.answer(&call)
    }

    /// No more of standard input can be sent: the process is told that it ends.
    pub fn cut_off_stdin(&self, run: &str) -> Result<StdinTaken> {
        let mut query = Query::default();
        query.add("is_cut_off", true);
        self.answer(&Call::new(Method::PUT, query.below(&format!("/runs/{}/stdin", escape(run)))))
    }
}
