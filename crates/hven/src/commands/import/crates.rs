//! `hven import crate`: imports a publication from elsewhere. The client sends its objects by their digests; the server
//! creates the record of them from the description in the publication.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use clap::Args;
use hven_api::publications::ImportCrate;
use hven_client::{Client, Failure};
use hven_core::Digest;
use hven_publish::{Archive, FileMismatch, Limits, PUBLICATION_FILE};
use hven_terminal::{Output, exit};

use crate::{context::Context, publication_errors::refused};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven import crate kepler3-v1
  hven import crate kepler3-v1.zip --project others/kepler
  hven reproduce claim/kepler3                  check it yourself

Runs, datasets and claims keep their ids; runs get handles of this home.")]
pub struct CrateArgs {
    /// The folder or the zip
    #[arg(value_hint = clap::ValueHint::AnyPath)]
    pub publication: PathBuf,
    /// The project for everything in the publication [default: the project that each item has in it]
    #[arg(long)]
    pub project: Option<String>,
}

/// The most digests in one request.
const ASKED_AT_ONCE: usize = 1000;

pub(super) fn import(args: &CrateArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let path = context.cwd.join(&args.publication);
    let archive = Archive::open(&path, &Limits::default()).map_err(|error| refused(&error))?;
    refuse_changed(&path)?;
    let client = context.client()?;
    let manifest = archive.manifest_bytes().map_err(|error| refused(&error))?;
    send(&client, &archive)?;
    let fingerprint = client.put_bytes(&manifest)?;
    let Some(description) = archive.manifest().files.get(PUBLICATION_FILE) else {
        return Err(Failure::new("publication.damaged", format!("it has no {PUBLICATION_FILE}")).into());
    };
    let wanted =
        ImportCrate { fingerprint, description: description.blake3.to_string(), project: args.project.clone() };
    output.reply(&client.import_crate(&wanted)?)?;
    Ok(exit::OK)
}

/// Refuses a copy in which a file differs from the manifest. Files whose objects the home has already would not be read
/// later.
fn refuse_changed(path: &Path) -> anyhow::Result<()> {
    let found = hven_publish::verify(path, &Limits::default()).map_err(|error| refused(&error))?;
    let Some(FileMismatch { name, why }) = found.changed.first() else { return Ok(()) };
    let failure = Failure::new("publication.damaged", format!("{name} differs from the manifest: {why}"));
    Err(failure.hint("nothing was imported; `hven verify` lists the files that differ").into())
}

/// Sends the objects that the home does not have. Each is checked.
fn send(client: &Client, archive: &Archive) -> anyhow::Result<()> {
    let wanted: Vec<Digest> = archive.objects().into_iter().collect();
    for digests in wanted.chunks(ASKED_AT_ONCE) {
        for digest in client.missing(digests.iter().map(Digest::to_string).collect())? {
            let digest: Digest = digest.parse()?;
            let mut file = tempfile::tempfile()?;
            let size = archive.copy(digest, &mut file).map_err(|error| refused(&error))?;
            file.flush()?;
            client.put(&digest.to_string(), &mut file, size)?;
        }
    }
    Ok(())
}
