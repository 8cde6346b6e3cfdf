//! The error report of a command: a stable code, the message, and what to do next.

use std::io;

use hven_client::{
    Failure,
    failure::{FULL, MAKE_ROOM},
};
use hven_core::disk::{is_full, is_read_only};

/// The hint when the server does not know a token. The server cannot know that it was the token of this home.
const DEAD_TOKEN: &str = "is it the token of this home, revoked, erased or expired? `hven down` ends the server without it, and \
                          the next command makes a new one";

/// An error as it is shown: its code, the message with its causes, and a hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorReport {
    pub code: String,
    pub message: String,
    pub hint: Option<String>,
}

impl ErrorReport {
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
                match cause.downcast_ref::<hven_client::Error>()? {
                    hven_client::Error::Sink(file) if is_full(file.kind()) => Some(no_space()),
                    client => Some((client.code().to_owned(), client.hint().map(str::to_owned))),
                }
            })
            .or_else(|| {
                let files = || error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind);
                if files().any(is_full) { Some(no_space()) } else { files().any(is_read_only).then(read_only) }
            })
            .unwrap_or_else(|| ("internal".to_owned(), None));
        let hint = hint.or_else(|| (code == "access.unauthenticated").then(|| DEAD_TOKEN.to_owned()));
        Self { code, message, hint }
    }
}

fn no_space() -> (String, Option<String>) {
    (FULL.to_owned(), Some(MAKE_ROOM.to_owned()))
}

fn read_only() -> (String, Option<String>) {
    ("store.read_only".to_owned(), Some("see that its disk can be written, then try again".to_owned()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use anyhow::Context;

    use super::*;

    #[test]
    fn each_cause_is_shown_once_and_the_hint_is_found() {
        let failure = Failure::new("home.foreign", "it is theirs").hint("take your own");
        let report = ErrorReport::of(&Err::<(), _>(failure).context("the home cannot be used").expect_err("an error"));
        assert_eq!(report.code, "home.foreign");
        assert_eq!(report.message, "the home cannot be used: it is theirs");
        assert_eq!(report.hint.as_deref(), Some("take your own"));
        assert_eq!(ErrorReport::of(&anyhow::anyhow!("oh")).code, "internal");
    }

    #[test]
    fn a_full_disk_is_recognised_in_every_kind_of_error() {
        let check = |error: anyhow::Error| {
            let report = ErrorReport::of(&error);
            assert_eq!((report.code.as_str(), report.hint.as_deref()), ("store.full", Some(MAKE_ROOM)), "{report:?}");
        };
        for kind in [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded, io::ErrorKind::FileTooLarge] {
            check(Err::<(), _>(io::Error::from(kind)).context("a file cannot be written").expect_err("an error"));
            check(hven_client::Error::Sink(kind.into()).into());
            check(Failure::unwritable(Path::new("backup.tar"), &kind.into()).into());
        }
        let read_only =
            Err::<(), _>(io::Error::from(io::ErrorKind::ReadOnlyFilesystem)).context("the home cannot be closed");
        assert_eq!(ErrorReport::of(&read_only.expect_err("an error")).code, "store.read_only");
        let denied = Failure::unwritable(Path::new("backup.tar"), &io::ErrorKind::PermissionDenied.into());
        assert_eq!((denied.code, denied.hint), ("file.unwritable", None));
    }
}
