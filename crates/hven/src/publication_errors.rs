//! The errors of reading a publication from elsewhere, with their codes.

use hven_client::Failure;
use hven_publish::Error;

/// The failure, with its code, when a folder or a zip is not accepted.
pub fn refused(error: &Error) -> anyhow::Error {
    let (code, hint) = match error {
        Error::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            ("file.missing", Some("name a folder that `hven publish` made, or the zip of it"))
        }
        Error::Io { .. } => ("file.unreadable", None),
        Error::NotAPublication { .. } => {
            ("publication.unknown", Some("name a folder that `hven publish` made, or the zip of it"))
        }
        Error::UnknownFormat { .. } => ("publication.newer", None),
        Error::UnsafeName { .. } | Error::TooMuch { .. } => {
            ("publication.unsafe", Some("nothing of it was read; the sender may be malicious"))
        }
        Error::Zip { .. } => ("publication.damaged", Some("copy it again, or ask the sender")),
        Error::Tampered { .. } | Error::NotIncluded { .. } => {
            ("publication.damaged", Some("`hven verify` lists the files that differ"))
        }
        _ => ("internal", None),
    };
    let failure = Failure::new(code, error.to_string());
    match hint {
        Some(hint) => failure.hint(hint).into(),
        None => failure.into(),
    }
}
