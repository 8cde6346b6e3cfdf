//! Finds key files in the content of a publication, and patches that contain one.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::{
    Digest,
    key_file::{HEAD_BYTES, PRIVATE_KEY_BYTES, begins_as_private_key, is_key_file},
    object::FileKind,
    publication::{
        description::{Publication, Withheld},
        evidence::Run,
    },
    run::Code,
};

use crate::{
    kernel::error::AppResult,
    publish::{
        floor::Publish,
        publications::{
            files::{PublicationFile, code_files, listed},
            hidden_digests::{HiddenDigests, lists},
        },
    },
};

/// Larger patches are not searched, so they are not included.
const PATCH_MIB_MAX: usize = 16;

/// The reason why a key file is withheld, and a path that names it.
struct Key {
    path: String,
    why: String,
}

/// Removes the digests and sizes of key files, and of patches that contain one, from a publication. Keyed digests
/// replace them, as for key files that the capture leaves out. Listings that name one are rewritten. Returns the reason
/// for each withheld object.
pub(super) async fn hide_keys(
    publish: &Publish,
    publication: &mut Publication,
) -> AppResult<BTreeMap<Digest, Withheld>> {
    let keys = key_files(publish, publication).await?;
    let mut hidden = HiddenDigests::default();
    let mut withheld = BTreeMap::new();
    for (digest, Key { path, why }) in keys {
        let keyed = publish.keys.keyed(&path, digest);
        let why = format!("{why}; the digest that stands here is keyed, so that its bytes cannot be guessed from it");
        withheld.insert(keyed, Withheld::Decided { why });
        hidden.digests.insert(digest, keyed);
    }
    if hidden.digests.is_empty() {
        return Ok(withheld);
    }
    let lists = lists(publication);
    hidden.put_into(publish, publication, lists).await?;
    Ok(withheld)
}

/// The key and password files of all runs, recognised by their names or first bytes, and patches that contain one.
/// Publishing them is never intended.
async fn key_files(publish: &Publish, publication: &Publication) -> AppResult<BTreeMap<Digest, Key>> {
    let mut found = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for run in &publication.runs {
        let files = code_files(publish, run).await?.into_iter().chain(used_files(publish, run).await?);
        for PublicationFile { path, digest, size } in files {
            if is_key_file(&path) && digest != Digest::of(b"") {
                let why = format!("by its name, {path}, it holds keys or passwords");
                found.entry(digest).or_insert(Key { path, why });
            } else if PRIVATE_KEY_BYTES.contains(&size) && seen.insert(digest) && is_private_key(publish, digest).await
            {
                let why = format!("{path} begins as a private key does");
                found.entry(digest).or_insert(Key { path, why });
            }
        }
        if let Some(Code::Git { diff: Some(diff), .. }) = &run.code
            && let Some(why) = shown_by_patch(publish, *diff).await?
        {
            found.entry(*diff).or_insert(Key { path: format!("code of run {}", run.handle), why });
        }
    }
    Ok(found)
}

/// An object that cannot be read is not included either: the press reports it.
async fn is_private_key(publish: &Publish, digest: Digest) -> bool {
    let head = publish.ports.objects.head(digest, HEAD_BYTES).await;
    head.is_ok_and(|head| head.is_some_and(|head| begins_as_private_key(&head)))
}

/// The reason why a patch is withheld. `hven run` leaves key files out of patches; older versions did not.
async fn shown_by_patch(publish: &Publish, patch: Digest) -> AppResult<Option<String>> {
    let bytes_max = PATCH_MIB_MAX << 20;
    let Some(bytes) = publish.ports.objects.head(patch, bytes_max + 1).await? else { return Ok(None) };
    if bytes.len() > bytes_max {
        return Ok(Some(format!("it has more than {PATCH_MIB_MAX} MiB, so it was not looked through for keys")));
    }
    let named = key_file_in(&bytes).map(|path| format!("it shows {path}, which by its name holds keys or passwords"));
    Ok(named.or_else(|| shows_private_key(&bytes).then(|| "it shows a private key".to_owned())))
}

/// Whether a line of a patch, after its mark, is the first line of a private key.
fn shows_private_key(patch: &[u8]) -> bool {
    let lines = patch.split(|&byte| byte == b'\n').filter_map(|line| line.split_first());
    lines.filter(|(mark, _)| b"+- ".contains(mark)).any(|(_, line)| begins_as_private_key(line))
}

/// The first key file that a patch of git names.
fn key_file_in(patch: &[u8]) -> Option<String> {
    let headers = patch.split(|&byte| byte == b'\n').filter_map(|line| line.strip_prefix(b"diff --git "));
    headers.filter_map(file_of_header).find(|path| is_key_file(path))
}

/// The path in `a/PATH b/PATH`. Both paths are equal, because the patch was made without detecting renames. So the
/// second starts behind the middle, also when the path has spaces.
fn file_of_header(names: &[u8]) -> Option<String> {
    let second = names.get(names.len() / 2 + 1..)?;
    let path = String::from_utf8_lossy(second);
    // A path with a quote or an end of line is in quotes, with escapes. The end of the path is the same.
    let path = path.trim_matches('"');
    Some(path.strip_prefix("b/").unwrap_or(path).to_owned())
}

/// The inputs and outputs of a run, with folders replaced by their files, and code that was taken from a clone.
async fn used_files(publish: &Publish, run: &Run) -> AppResult<Vec<PublicationFile>> {
    let mut files = Vec::new();
    for file in run.inputs.iter().chain(&run.outputs).chain(&run.code_files) {
        match file.kind {
            FileKind::File => files.push(PublicationFile::named(file)),
            FileKind::Folder => {
                let inside = listed(publish, file.digest).await?.into_iter().map(PublicationFile::listed);
                // The name of the folder may identify a key file, such as `.ssh`.
                files.extend(inside.map(|one| PublicationFile { path: format!("{}/{}", file.path, one.path), ..one }));
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_with_a_key_file_is_recognised() {
        let patch = |path: &str| {
            let other = "diff --git a/fit.py b/fit.py\n@@ -1 +1 @@\n-diff --git a/.env b/.env\n+2\n";
            format!("{other}diff --git {path}\n@@ -1 +1 @@\n-KEY\n+KEY2\n")
        };
        for (names, path) in [
            ("a/server.pem b/server.pem", "server.pem"),
            ("a/my study b/.env b/my study b/.env", "my study b/.env"),
            ("a/.ssh/config b/.ssh/config", ".ssh/config"),
            ("\"a/sub\\t/id_rsa\" \"b/sub\\t/id_rsa\"", "sub\\t/id_rsa"),
            ("prod.env prod.env", "prod.env"),
        ] {
            assert_eq!(key_file_in(patch(names).as_bytes()).as_deref(), Some(path), "{names}");
        }
        for names in ["a/fit.py b/fit.py", "a/.env.example b/.env.example", "", "x"] {
            assert_eq!(key_file_in(patch(names).as_bytes()), None, "{names}");
        }
    }

    #[test]
    fn a_patch_with_a_private_key_is_recognised() {
        for mark in ["+", "-", " "] {
            let patch = format!("@@ -1 +1 @@\n-a\n{mark}-----BEGIN OPENSSH PRIVATE KEY-----\n+b\n");
            assert!(shows_private_key(patch.as_bytes()), "{patch}");
        }
        for patch in ["", "\n", "+-----BEGIN CERTIFICATE-----\n", "+x -----BEGIN PRIVATE KEY-----\n"] {
            assert!(!shows_private_key(patch.as_bytes()), "{patch}");
        }
    }
}
