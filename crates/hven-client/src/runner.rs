//! The runner's side of its conversation with the server.

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

    /// Waits for commands, as long as the server may (`pull.wait_ms`).
    pub fn pull(&self, pull: &Pull) -> Result<Pulled> {
        let json = encode(pull)?;
        let mut call = Call::new(Method::POST, "/runner/pull");
        call.json = Some(&json);
        call.read_timeout = Duration::from_millis(pull.wait_ms) + Duration::from_secs(30);
        // Whoever pulls does so again and again: it is told of a silence at once.
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
