//! The code of a commit, taken out of a clone of its repository: the commit's files below the run's folder, what differed
//! from them then, and what git did not know.

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::Context as _;
use hven_api::runs::{CaptureNote, FileRef};
use hven_client::Client;
use hven_core::{
    key_file::is_key_file,
    object::{ListedFile, ListedLink},
};

use crate::{
    capture::{
        files::{self, Reading},
        found::{self, Found, Search},
        git,
    },
    failure::Failure,
};

/// More files than this are not uploaded for one run.
const FILES_MAX: usize = 100_000;

/// Which code is wanted: what the record says of it.
#[derive(Debug)]
pub(in crate::commands) struct Of<'a> {
    pub commit: &'a str,
    pub prefix: &'a str,
    pub diff: Option<&'a str>,
    pub untracked: &'a [FileRef],
    /// What was noted when it was taken down.
    pub notes: &'a [CaptureNote],
}

/// Uploads the files and names them relative to the run's folder; `None` when there is no clone here that has the commit.
pub(in crate::commands) fn files_of(client: &Client, cwd: &Path, of: &Of<'_>) -> anyhow::Result<Option<Vec<FileRef>>> {
    let Of { commit, prefix, diff, untracked, notes } = *of;
    let Some(root) = git::find(cwd) else { return Ok(None) };
    if !succeeds(&root, &["cat-file", "-e", &format!("{commit}^{{commit}}")]) {
        return Ok(None);
    }
    let place = tempfile::tempdir().context("no folder for the code can be made")?;
    take_out(&root, commit, prefix, place.path())?;
    if let Some(diff) = diff {
        let mut patch = Vec::new();
        client.object(diff, &mut patch)?;
        apply(place.path(), prefix, &patch)?;
    }
    let folder = place.path().join(prefix);
    let mut found = Found::default();
    if folder.is_dir() {
        let is_key_file = |path: &Path| is_key_file(&path.to_string_lossy());
        found = found::find(&folder, &Search { is_key_file: &is_key_file, ..Search::of_all(FILES_MAX, false) })?;
    }
    if found.len() > FILES_MAX {
        return Err(Failure::new("code.too_large", format!("commit {commit} has more than {FILES_MAX} files")).into());
    }
    let (mut listing, kept) = files::list(&folder, found, Reading::Beneath)?;
    files::send(client, &[], &kept)?;
    for file in untracked {
        let Ok(path) = Path::new(&file.path).strip_prefix(prefix) else { continue };
        let (path, digest) = (path.to_string_lossy().into_owned(), file.digest.parse()?);
        listing.files.push(ListedFile { path, digest, size: file.size, executable: false });
    }
    // Links that git did not know; those of the commit were found.
    listing.links.extend(notes.iter().filter_map(|note| match note {
        CaptureNote::Link { path, target } if !Path::new(path).is_absolute() => {
            Some(ListedLink { path: path.clone(), target: target.clone() })
        }
        _ => None,
    }));
    // What code reads through a link within, it finds there as a file; what a link out leads to is no code.
    let all = listing.through_links().into_iter().map(|file| FileRef {
        path: file.path,
        digest: file.digest.to_string(),
        size: file.size,
        kind: "file".to_owned(),
    });
    Ok(Some(all.collect()))
}

fn succeeds(root: &Path, arguments: &[&str]) -> bool {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(root).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn take_out(root: &Path, commit: &str, prefix: &str, place: &Path) -> anyhow::Result<()> {
    let tar = place.with_extension("tar");
    let mut archive = Command::new("git");
    archive.args(["archive", "--format=tar", "-o"]).arg(&tar).arg(commit).current_dir(root);
    if !prefix.is_empty() {
        archive.arg(prefix);
    }
    let taken = run(&mut archive, None);
    let unpacked = taken.and_then(|()| run(Command::new("tar").arg("-xf").arg(&tar).arg("-C").arg(place), None));
    // It lies in the temporary folder; what is not removed now goes with that.
    let _ = fs::remove_file(&tar);
    unpacked
}

fn apply(place: &Path, prefix: &str, patch: &[u8]) -> anyhow::Result<()> {
    let mut command = Command::new("git");
    // Not as part of a repository that happens to lie above.
    // A patch may come from anybody: it changes nothing outside of the folder.
    command.args(["apply", "--whitespace=nowarn"]).env("GIT_CEILING_DIRECTORIES", place);
    if !prefix.is_empty() {
        command.arg(format!("--include={prefix}/*"));
    }
    run(command.arg("-").current_dir(place), Some(patch))
}

fn run(command: &mut Command, input: Option<&[u8]>) -> anyhow::Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let stdin = if input.is_some() { Stdio::piped() } else { Stdio::null() };
    command.stdin(stdin).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("{program} cannot be started"))?;
    if let (Some(input), Some(mut stdin)) = (input, child.stdin.take()) {
        // It may end before it has read all; what it says then counts.
        let _ = stdin.write_all(input);
    }
    let said = child.wait_with_output()?;
    if said.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&said.stderr);
    let first = why.lines().next().unwrap_or("it did not say why");
    Err(Failure::new("code.git", format!("the code could not be taken out of the repository: {program}: {first}"))
        .into())
}
