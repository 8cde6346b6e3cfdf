//! Where the server is: the address, the token, and how it proves itself; from a home's files or given outright.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::proof::Prover;

/// What is needed to speak to a server.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// Such as `http://127.0.0.1:7878`, without a slash at its end.
    pub url: String,
    pub token: String,
    /// With what the server's proof is checked before the token goes to it. `None`: a user's token without the home has
    /// nothing to check a proof with, so it is sent without one.
    pub prover: Option<Prover>,
}

impl Address {
    /// The address of somebody who has a token, and not the home.
    pub fn of_token(url: impl Into<String>, token: impl Into<String>) -> Self {
        let token = token.into();
        Self { url: url.into(), prover: Prover::of_token(&token), token }
    }
}

impl fmt::Debug for Address {
    /// The token stays out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address").field("url", &self.url).finish_non_exhaustive()
    }
}

/// `server.json` in a home: who serves it. Written by the server when it answers, removed when it ends well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerFile {
    pub url: String,
    pub pid: u32,
    pub version: String,
    /// The port at which the home was expected, when another program had it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<u16>,
}

impl ServerFile {
    pub const NAME: &'static str = "server.json";

    /// `None` when nothing (readable) is there: no server has written it.
    pub fn read(home: &Path) -> Option<Self> {
        let bytes = fs::read(home.join(Self::NAME)).ok()?;
        serde_json::from_slice(&bytes).ok()
    }
}

/// Reads the token of the home's owner.
pub fn read_token(home: &Path) -> io::Result<String> {
    Ok(fs::read_to_string(home.join("token"))?.trim().to_owned())
}

/// How the client finds its server, at first and again when it does not answer any more.
pub trait Locate: Send + Sync {
    /// `failed` is the address that did not answer, when there was one. `None`: there is no server now.
    fn locate(&self, failed: Option<&Address>) -> crate::Result<Option<Address>>;
}

/// One address for good.
#[derive(Clone, Debug)]
pub struct Fixed(pub Address);

impl Locate for Fixed {
    fn locate(&self, _failed: Option<&Address>) -> crate::Result<Option<Address>> {
        Ok(Some(self.0.clone()))
    }
}

/// The server of a home, found through its `server.json`, `token` and `key`, wherever it may have moved.
#[derive(Clone, Debug)]
pub struct InHome(pub PathBuf);

impl Locate for InHome {
    fn locate(&self, _failed: Option<&Address>) -> crate::Result<Option<Address>> {
        let Some(server) = ServerFile::read(&self.0) else { return Ok(None) };
        let unreadable = |name: &str, source| crate::Error::File { path: self.0.join(name), source };
        let token = read_token(&self.0).map_err(|source| unreadable("token", source))?;
        let prover = Prover::in_home(&self.0).map_err(|source| unreadable("key", source))?;
        Ok(Some(Address { url: server.url, token, prover: Some(prover) }))
    }
}
