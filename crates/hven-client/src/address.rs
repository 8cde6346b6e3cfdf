//! The address of a server: its URL, a token, and a way to check its proof; from the files of a home or from the caller.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::proof::Prover;

/// The data that a client needs to call a server.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// The URL, such as `http://127.0.0.1:7878`, without a slash at the end.
    pub url: String,
    pub token: String,
    /// Checks the server's proof before the client sends the token. `None`: a client with a user's token and without the home
    /// cannot check a proof, so it sends the token without one.
    pub prover: Option<Prover>,
}

impl Address {
    /// The address for a client with a token and without the home.
    pub fn of_token(url: impl Into<String>, token: impl Into<String>) -> Self {
        let token = token.into();
        Self { url: url.into(), prover: Prover::of_token(&token), token }
    }
}

impl fmt::Debug for Address {
    /// Omits the token, so that logs do not contain it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address").field("url", &self.url).finish_non_exhaustive()
    }
}

/// `server.json` in a home names its server. The server writes the file when it answers, and removes it when it stops.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerFile {
    pub url: String,
    pub pid: u32,
    pub version: String,
    /// The expected port of the home, if another program occupied it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<u16>,
}

impl ServerFile {
    pub const NAME: &'static str = "server.json";

    /// Reads the file; `None` if it does not exist or is unreadable.
    pub fn read(home: &Path) -> Option<Self> {
        let bytes = fs::read(home.join(Self::NAME)).ok()?;
        serde_json::from_slice(&bytes).ok()
    }
}

/// Reads the token of the home's owner.
pub fn read_token(home: &Path) -> io::Result<String> {
    Ok(fs::read_to_string(home.join("token"))?.trim().to_owned())
}

/// Finds the server of a client: at the first call, and again when the server does not answer.
pub trait Locate: Send + Sync {
    /// `failed` is the address that did not answer, if there was one. Returns `None` if no server runs.
    fn locate(&self, failed: Option<&Address>) -> crate::Result<Option<Address>>;
}

/// A fixed address.
#[derive(Clone, Debug)]
pub struct Fixed(pub Address);

impl Locate for Fixed {
    fn locate(&self, _failed: Option<&Address>) -> crate::Result<Option<Address>> {
        Ok(Some(self.0.clone()))
    }
}

/// Finds the server of a home through its `server.json`, `token` and `key`, even after the server has moved.
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
