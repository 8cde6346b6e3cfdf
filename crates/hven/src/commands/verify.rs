//! `hven verify`: whether a publication is still what was written. It needs neither a home nor a server.

use std::path::PathBuf;

use clap::Args;
use hven_client::Failure;
use hven_publish::{Changed, Error, Limits, Verification};
use serde::Serialize;

use crate::{context::Context, exit, output::Output};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven verify kepler3-v1
  hven verify kepler3-v1.zip --fingerprint 3c5e…

It reads every file. It exits with 1 when one was changed, is missing or was added. Without a fingerprint that you have
from elsewhere, it cannot see that everything was replaced together with the list of digests.")]
pub struct VerifyArgs {
    /// The folder or the zip
    #[arg(value_hint = clap::ValueHint::AnyPath)]
    pub publication: PathBuf,
    /// The fingerprint that it should have
    #[arg(long, value_name = "DIGEST")]
    pub fingerprint: Option<String>,
}

/// What was found.
#[derive(Debug, Serialize)]
pub struct Verified {
    pub schema: &'static str,
    pub publication: PathBuf,
    pub whole: bool,
    /// The digest of `manifest.json`.
    pub fingerprint: String,
    /// Whether it is the one that was given; `null` when none was.
    pub expected: Option<bool>,
    /// Files that are as the manifest says, with the manifest.
    pub good: u64,
    pub bytes: u64,
    pub changed: Vec<ChangedFile>,
    pub missing: Vec<String>,
    /// Files that the manifest does not name.
    pub extra: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct ChangedFile {
    pub name: String,
    pub why: String,
}

pub fn verify(args: &VerifyArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let path = context.cwd.join(&args.publication);
    let found = hven_publish::verify(&path, &Limits::default()).map_err(|error| refused(&error))?;
    let expected = args.fingerprint.as_ref().map(|wanted| *wanted == found.fingerprint.to_string());
    let is_whole = found.is_whole() && expected != Some(false);
    let Verification { fingerprint, good, bytes, changed, missing, extra } = found;
    let changed = changed.into_iter().map(|Changed { name, why }| ChangedFile { name, why }).collect();
    output.reply(&Verified {
        schema: "hven.verified/1",
        publication: args.publication.clone(),
        whole: is_whole,
        fingerprint: fingerprint.to_string(),
        expected,
        good,
        bytes,
        changed,
        missing,
        extra,
    })?;
    Ok(if is_whole { exit::OK } else { exit::NOT_WELL })
}

/// Why a folder or a zip from elsewhere was not taken, with its code.
pub(super) fn refused(error: &Error) -> anyhow::Error {
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
