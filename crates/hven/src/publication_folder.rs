//! Fetches the zip of a publication and unpacks it into a local folder, or restores missing files of such a folder.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use hven_api::publications::PublicationDetail;
use hven_client::{Client, Failure};
use hven_core::Digest;
use hven_publish::{Archive, Limits, Verification};
use hven_terminal::PublishedHere;

use crate::{context::Context, kept_files::lies_there, partial_file, publication_errors::refused};

/// The folder for a publication.
pub struct PublicationTarget<'a> {
    pub folder: Option<&'a Path>,
    pub keep_zip: bool,
}

/// Fetches a publication into a folder. Returns what the folder contains now.
pub fn fetch_publication(
    client: &Client,
    publication: PublicationDetail,
    is_new: Option<bool>,
    target: &PublicationTarget<'_>,
    context: &Context,
) -> anyhow::Result<PublishedHere> {
    let Fetched { folder, put_back, extra, zip } = fetch(client, &publication, target, context)?;
    let PublicationDetail { summary, withheld, url, .. } = publication;
    let schema = "hven.published_here/1";
    Ok(PublishedHere { schema, is_new, publication: summary, withheld, folder, put_back, extra, zip, url })
}

/// The content of the folder after fetching.
struct Fetched {
    folder: PathBuf,
    put_back: Vec<String>,
    extra: Vec<String>,
    zip: Option<PathBuf>,
}

/// Fetches the zip and unpacks it. Both are renamed when they are complete. Remains of a killed attempt are removed by
/// the next one. An existing folder gets the files that it lacks.
fn fetch(
    client: &Client,
    publication: &PublicationDetail,
    &PublicationTarget { folder, keep_zip }: &PublicationTarget<'_>,
    context: &Context,
) -> anyhow::Result<Fetched> {
    let summary = &publication.summary;
    let named = format!("{}-v{}", summary.name, summary.version);
    let folder = context.cwd.join(folder.map_or_else(|| PathBuf::from(named), Path::to_owned));
    let mut zip_name = folder.file_name().unwrap_or_default().to_owned();
    zip_name.push(".zip");
    let zip = folder.with_file_name(zip_name);
    let has_zip = keep_zip && zip.symlink_metadata().is_ok();
    if has_zip && !lies_there(&zip, &summary.archive.digest) {
        return Err(occupied(&zip, "another file is there").into());
    }
    let there = there(&folder, &summary.fingerprint)?;
    let has_folder = there.as_ref().is_some_and(|found| found.missing.is_empty());
    let (put_back, extra) = match &there {
        Some(found) => (found.missing.clone(), found.extra.clone()),
        None => (Vec::new(), Vec::new()),
    };
    let fetched = Fetched { folder, put_back, extra, zip: keep_zip.then(|| zip.clone()) };
    if has_folder && (has_zip || !keep_zip) {
        return Ok(fetched);
    }
    let partial = hven_publish::partial(&zip).map_err(|error| refused(&error))?;
    let unwritable = |error: std::io::Error| Failure::unwritable(&partial, &error);
    let mut file = partial_file::create(&partial, 0o666).map_err(unwritable)?;
    let done = (|| -> anyhow::Result<()> {
        client.publication_archive(&summary.id, &mut file)?;
        file.flush().and_then(|()| file.sync_all()).map_err(unwritable)?;
        let (digest, _) = hven_client::hash_file(&partial).map_err(unwritable)?;
        if digest != summary.archive.digest {
            let message = format!("the received zip is not the one that was made: its digest is {digest}");
            return Err(Failure::new("object.wrong_digest", message).into());
        }
        if !has_folder {
            let archive = Archive::open(&partial, &Limits::default()).map_err(|error| refused(&error))?;
            let Fetched { folder, put_back, .. } = &fetched;
            let put = if there.is_some() { archive.write_missing(folder, put_back) } else { archive.unpack(folder) };
            put.map_err(|error| refused(&error))?;
        }
        if keep_zip {
            fs::rename(&partial, &zip).map_err(unwritable)?;
        }
        Ok(())
    })();
    if done.is_err() || !keep_zip {
        // A remaining file is hidden, and the next attempt overwrites it.
        let _ = fs::remove_file(&partial);
    }
    done.map(|()| fetched)
}

/// Checks every file of the folder against the publication; `None` when there is no such folder. Refuses a folder with
/// other content, a folder in which a file of the publication was changed, and a folder in which something else has the
/// path of a file.
fn there(folder: &Path, fingerprint: &str) -> anyhow::Result<Option<Verification>> {
    if folder.symlink_metadata().is_err() {
        return Ok(None);
    }
    if !folder.is_dir() {
        return Err(occupied(folder, if folder.exists() { "a file is there" } else { "a link is there" }).into());
    }
    let manifest = fs::read(folder.join("manifest.json")).ok();
    if manifest.is_none_or(|bytes| Digest::of(&bytes).to_string() != fingerprint) {
        return Err(occupied(folder, "another folder is there").into());
    }
    let found = hven_publish::verify(folder, &Limits::default()).map_err(|error| refused(&error))?;
    if !found.changed.is_empty() {
        return Err(changed_files(folder, &found).into());
    }
    match found.missing.iter().find_map(|name| in_the_way(folder, name)) {
        Some(which) => Err(not_as_published(folder, &format!("In the way: {which}"))
            .hint("Name another folder with -o; or move it away and run the command again: the files are restored")
            .into()),
        None => Ok(Some(found)),
    }
}

/// Describes what has the path of a file of the publication, or of one of its folders.
fn in_the_way(folder: &Path, name: &str) -> Option<String> {
    let is_there = |name: &Path| folder.join(name).symlink_metadata().is_ok();
    if is_there(Path::new(name)) {
        return Some(format!("{name} is a folder where a file belongs"));
    }
    let mut above = Path::new(name).ancestors().skip(1).filter(|above| !above.as_os_str().is_empty());
    let file = above.find(|above| is_there(above) && !folder.join(above).is_dir())?;
    Some(format!("{} is a file where a folder belongs", file.display()))
}

/// A changed file is not overwritten: the changes may be wanted.
fn changed_files(folder: &Path, found: &Verification) -> Failure {
    const NAMED_MAX: usize = 10;
    let changed = found.changed.iter().map(|file| file.name.clone());
    let mut names: Vec<String> = changed.take(NAMED_MAX).collect();
    let more = found.changed.len() - names.len();
    if more > 0 {
        names.push(format!("and {more} more"));
    }
    not_as_published(folder, &format!("Changed: {}", names.join(", "))).hint(
        "`hven verify` lists all differences. Name another folder with -o; or remove the changed files and run the \
         command again: they are restored",
    )
}

fn not_as_published(folder: &Path, what: &str) -> Failure {
    let folder = folder.display();
    let message = format!("{folder} differs from the publication, and nothing was written there. {what}");
    Failure::new("publication.damaged", message)
}

fn occupied(path: &Path, what: &str) -> Failure {
    let message = format!("{} cannot be written: {what}", path.display());
    Failure::new("conflict", message).hint("name another with -o; the publication itself was made and is kept")
}
