//! What a command says when it could not do what it was asked: a stable code, what happened, and what to do next.

use std::{fmt, io};

/// A failure that the command line itself noticed. Those that the server reports are [`hven_client::Error`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub code: &'static str,
    pub message: String,
    pub hint: Option<String>,
}

impl Failure {
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// What to do when the server takes a token for none. Of a home's own token it cannot know that it was one.
const DEAD_TOKEN: &str = "is it the token of this home, revoked, erased or expired? `hven down` ends the server without it, and \
                          the next command makes a new one";

/// An error as it is shown: code, message with its causes, hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub code: String,
    pub message: String,
    pub hint: Option<String>,
}

impl Told {
    pub fn of(error: &anyhow::Error) -> Self {
        let mut message = error.to_string();
        for cause in error.chain().skip(1) {
            let cause = cause.to_string();
            if !message.contains(&cause) {
                message.push_str(": ");
                message.push_str(&cause);
            }
        }
        let (code, hint) = error
            .chain()
            .find_map(|cause| {
                if let Some(failure) = cause.downcast_ref::<Failure>() {
                    return Some((failure.code.to_owned(), failure.hint.clone()));
                }
                let client = cause.downcast_ref::<hven_client::Error>()?;
                Some((client.code().to_owned(), client.hint().map(str::to_owned)))
            })
            .or_else(|| {
                let files = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
                let full = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded, io::ErrorKind::FileTooLarge];
                let is_full = files.map(io::Error::kind).any(|kind| full.contains(&kind));
                is_full.then(|| ("store.full".to_owned(), Some("make room on that disk, then try again".to_owned())))
            })
            .unwrap_or_else(|| ("internal".to_owned(), None));
        let hint = hint.or_else(|| (code == "access.unauthenticated").then(|| DEAD_TOKEN.to_owned()));
        Self { code, message, hint }
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn causes_are_told_once_and_the_hint_is_found() {
        let failure = Failure::new("home.foreign", "it is theirs").hint("take your own");
        let told = Told::of(&Err::<(), _>(failure).context("the home cannot be used").expect_err("an error"));
        assert_eq!(told.code, "home.foreign");
        assert_eq!(told.message, "the home cannot be used: it is theirs");
        assert_eq!(told.hint.as_deref(), Some("take your own"));
        assert_eq!(Told::of(&anyhow::anyhow!("oh")).code, "internal");
        let full = Err::<(), _>(io::Error::from(io::ErrorKind::StorageFull)).context("a file cannot be written");
        assert_eq!(Told::of(&full.expect_err("an error")).code, "store.full");
    }
}
