//! Why a publication from elsewhere was not taken, with its code.

use hven_client::Failure;
use hven_publish::Error;

/// Why a folder or a zip from elsewhere was not taken, with its code.
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
            ("publication.unsafe", Some("nothing was read of it; whoever sent it may not mean well"))
        }
        Error::Zip { .. } => ("publication.damaged", Some("copy it once more, or ask whoever sent it")),
        Error::Tampered { .. } | Error::NotIncluded { .. } => {
            ("publication.damaged", Some("`hven verify` says which files are not as they were"))
        }
        _ => ("internal", None),
    };
    let failure = Failure::new(code, error.to_string());
    match hint {
        Some(hint) => failure.hint(hint).into(),
        None => failure.into(),
    }
}
