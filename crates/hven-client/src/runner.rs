//! The runner's calls to the server.

use std::time::Duration;

use hven_api::runner::{Attach, Attached, Pull, Pulled, Push, Pushed};
use ureq::http::Method;

use crate::{
    Client, Patience, Result,
    transport::{Call, encode},
};

impl Client {
    pub fn attach(&self, attach: &Attach) -> Result<Attached> {
        self.post("/runner/attach", attach)
    }

    /// Waits for commands, up to the time that the server allows (`pull.wait_ms`).
    pub fn pull(&self, pull: &Pull) -> Result<Pulled> {
        let json = encode(pull)?;
        let mut call = Call::new(Method::POST, "/runner/pull");
        call.json = Some(&json);
        call.read_timeout = Duration::from_millis(pull.wait_ms) + Duration::from_secs(30);
        // A runner repeats its pulls, so it must learn at once that the server does not answer.
        call.patience = Some(Patience(Duration::ZERO));
        self.answer(&call)
    }

    pub fn push(&self, push: &Push) -> Result<Pushed> {
        let json = encode(push)?;
        let mut call = Call::new(Method::POST, "/runner/push");
        call.json = Some(&json);
        call.patience = Some(Patience(Duration::ZERO));
        self.answer(&call)
    }
}
