//! `hven verify`: checks that a publication is unchanged. It needs neither a home nor a server.

use std::path::PathBuf;

use clap::Args;
use hven_publish::{FileMismatch, Limits, Verification};
use hven_terminal::{ChangedFile, Output, VerifiedPublication, exit};

use crate::{act::Act, context::Context, publication_errors::refused};

/// Check every digest of a publication, a folder or a zip; needs no home
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven verify kepler3-v1
  hven verify kepler3-v1.zip --fingerprint 3c5e…

It reads every file. It exits with 1 when a file was changed, is missing or was added. Without a fingerprint from another
source, it cannot detect that all files were replaced together with the list of digests.")]
pub struct VerifyArgs {
    /// The folder or the zip
    #[arg(value_hint = clap::ValueHint::AnyPath)]
    pub publication: PathBuf,
    /// The expected fingerprint
    #[arg(long, value_name = "DIGEST")]
    pub fingerprint: Option<String>,
}

impl Act for VerifyArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        verify(&self, context, output)
    }
}

pub fn verify(args: &VerifyArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let path = context.cwd.join(&args.publication);
    let found = hven_publish::verify(&path, &Limits::default()).map_err(|error| refused(&error))?;
    let expected = args.fingerprint.as_ref().map(|wanted| *wanted == found.fingerprint.to_string());
    let is_whole = found.is_whole() && expected != Some(false);
    let Verification { fingerprint, good, bytes, changed, missing, extra } = found;
    let changed = changed.into_iter().map(|FileMismatch { name, why }| ChangedFile { name, why }).collect();
    output.reply(&VerifiedPublication {
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
