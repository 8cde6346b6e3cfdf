//! Code that a manifest names by globs.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use hven_api::runs::CaptureNote;
use hven_client::Failure;
use hven_core::{file_name, key_file::is_key_file};

use super::{
    CapturedCode, Limits,
    files::Reading,
    folder,
    folder_search::{self, FolderContents},
    key_files,
};

/// Captures the files that these globs name, relative to `cwd`, as code. A glob without wildcards names one file on purpose,
/// even a link or a key file. A file that matches a pattern is read without following links, even one that another process
/// puts in its place.
pub fn globbed(cwd: &Path, globs: &[String], limits: Limits) -> anyhow::Result<CapturedCode> {
    let mut named: BTreeSet<PathBuf> = BTreeSet::new();
    let mut fitting: BTreeMap<PathBuf, (PathBuf, PathBuf)> = BTreeMap::new();
    let mut found = FolderContents::default();
    for text in globs {
        let wrong = |why: String| Failure::new("invalid", format!("the code {text:?} cannot be found: {why}"));
        if !text.contains(['*', '?', '[']) {
            let path = cwd.join(text);
            if !path.is_file() {
                return Err(wrong("no file matches it".to_owned()).into());
            }
            named.insert(path.strip_prefix(cwd).unwrap_or(&path).to_owned());
            continue;
        }
        let pattern = pattern(cwd, text).ok_or_else(|| wrong("the folder's name is not UTF-8".to_owned()))?;
        let mut fits = false;
        let beginning = cwd.join(folder_before_wildcard(text));
        // The folder before the first wildcard is named on purpose, so links in it are followed.
        let meant = fs::canonicalize(&beginning).ok();
        for path in glob::glob(&pattern).map_err(|e| wrong(e.to_string()))? {
            let path = path.map_err(|e| wrong(e.to_string()))?;
            let relative = |path: &Path| path.strip_prefix(cwd).unwrap_or(path).to_owned();
            let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
            let folder = path.parent().and_then(|folder| fs::canonicalize(folder).ok());
            let (Some(folder), Some(meant)) = (folder, &meant) else { continue };
            let Ok(way) = folder.strip_prefix(meant) else {
                // The link is noted once, with its target, instead of each file behind it.
                if let Some(out) = link_outside(meant, &beginning, &path) {
                    found.links.extend(folder_search::link(meant, &out, relative(&out))?);
                    fits = true;
                }
                continue;
            };
            if metadata.is_symlink() {
                found.links.extend(folder_search::link(meant, &path, relative(&path))?);
                fits = true;
            } else if metadata.is_file() {
                let way = way.join(path.file_name().unwrap_or_default());
                let relative = relative(&path);
                if is_key_file(&relative.to_string_lossy()) || key_files::is_private_key(meant, &way) {
                    found.key_files.push(relative);
                } else {
                    fitting.insert(relative, (meant.clone(), way));
                }
                fits = true;
            }
        }
        if !fits {
            return Err(wrong("no file matches it".to_owned()).into());
        }
    }
    fitting.retain(|path, _| !named.contains(path));
    found.links.retain(|link| !named.contains(&link.path));
    found.key_files.retain(|path| !named.contains(path));
    found.files = named.into_iter().chain(fitting.keys().cloned()).collect();
    found.files.sort_unstable();
    found.links.sort_by(|a, b| a.path.cmp(&b.path));
    found.links.dedup_by(|a, b| a.path == b.path);
    found.key_files.sort_unstable();
    found.key_files.dedup();
    let mut notes: Vec<CaptureNote> = found.notes_on_links(&|path| file_name::to_text(path));
    let keys = key_files::states(cwd, cwd, &found.key_files);
    key_files::note(cwd, cwd, &found.key_files, &mut notes);
    let mut code = CapturedCode { notes, ..folder::of_contents(cwd, found, Reading::Mixed(&fitting), limits)? };
    code.seen.files.extend(keys);
    Ok(code)
}

/// The pattern of a glob in this folder. Special characters in the folder's own name are escaped: `scan [1]` is only that
/// folder.
fn pattern(cwd: &Path, glob: &str) -> Option<String> {
    if Path::new(glob).is_absolute() {
        return Some(glob.to_owned());
    }
    let folder = cwd.to_str()?.trim_end_matches('/');
    Some(format!("{}/{glob}", glob::Pattern::escape(folder)))
}

/// The link by which a path leaves the folder `meant`; `beginning` leads to this folder.
fn link_outside(meant: &Path, beginning: &Path, path: &Path) -> Option<PathBuf> {
    let mut way = beginning.to_owned();
    path.strip_prefix(beginning).ok()?.components().find_map(|part| {
        way.push(part);
        fs::canonicalize(&way).is_ok_and(|real| !real.starts_with(meant)).then(|| way.clone())
    })
}

/// The folder before the first part with a wildcard.
fn folder_before_wildcard(glob: &str) -> PathBuf {
    Path::new(glob)
        .components()
        .take_while(|part| !part.as_os_str().to_string_lossy().contains(['*', '?', '[']))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use hven_core::object::Listing;

    use super::*;

    const LIMITS: Limits = Limits { files_max: 10, bytes_max: 1000 };

    #[test]
    fn a_pattern_skips_links_and_keys_and_a_name_does_not() {
        let place = tempfile::tempdir().expect("a folder");
        let cwd = place.path().join("study");
        fs::create_dir_all(cwd.join("sub")).expect("made");
        for file in ["a.py", "server.pem", "sub/b.py", "../secret.py"] {
            fs::write(cwd.join(file), file).expect("written");
        }
        symlink("../secret.py", cwd.join("keys.py")).expect("linked");
        let names = |globs: &[&str]| {
            let globs: Vec<String> = globs.iter().map(|glob| (*glob).to_owned()).collect();
            let code = globbed(&cwd, &globs, LIMITS).expect("captured");
            let kept: Vec<_> =
                code.files.iter().map(|kept| kept.path.strip_prefix(&cwd).expect("in it").to_owned()).collect();
            (kept.iter().map(|path| path.display().to_string()).collect::<Vec<_>>(), code.notes.len())
        };
        assert_eq!(names(&["*"]), (vec!["a.py".to_owned()], 2));
        assert_eq!(names(&["**/*.py"]), (vec!["a.py".to_owned(), "sub/b.py".to_owned()], 1));
        assert_eq!(names(&["keys.py", "server.pem"]), (vec!["keys.py".to_owned(), "server.pem".to_owned()], 0));
        assert_eq!(names(&["*", "server.pem"]), (vec!["a.py".to_owned(), "server.pem".to_owned()], 1));
        assert_eq!(names(&["a.py", "*.py"]), (vec!["a.py".to_owned()], 1), "it fits, also when it is known already");
        assert!(globbed(&cwd, &["*.rs".to_owned()], LIMITS).is_err());
    }

    #[test]
    fn special_characters_of_a_folder_name_are_escaped() {
        let place = tempfile::tempdir().expect("a folder");
        let folders = ["scan [1]", "scan 1", "scan *", "tag[a-z]", "taga", "[!x]", "y", "a]b", "**", "?"];
        for folder in folders {
            fs::create_dir(place.path().join(folder)).expect("made");
            fs::write(place.path().join(folder).join("fit.py"), folder).expect("written");
        }
        for folder in folders {
            let cwd = place.path().join(folder);
            for glob in ["*.py", "fit.py", "**/*.py", "./f?t.py", "../*/fit.py"] {
                let code = globbed(&cwd, &[glob.to_owned()], LIMITS).expect("captured");
                let text = |kept: &super::super::Kept| fs::read_to_string(&kept.path).expect("text");
                let texts: Vec<String> = code.files.iter().map(text).collect();
                let all = glob.starts_with("..");
                assert!(
                    if all { texts.len() == folders.len() } else { texts == [folder] },
                    "{folder} {glob}: {texts:?}"
                );
            }
        }
    }

    #[test]
    fn files_behind_a_link_outside_are_noted_as_the_link() {
        let place = tempfile::tempdir().expect("a folder");
        let cwd = place.path().join("study");
        fs::create_dir_all(cwd.join("sub")).expect("made");
        fs::create_dir(place.path().join("shared")).expect("made");
        for file in ["sub/b.py", "../shared/c.py", "../shared/d.py"] {
            fs::write(cwd.join(file), file).expect("written");
        }
        symlink("../shared", cwd.join("lib")).expect("linked");
        symlink("sub", cwd.join("within")).expect("linked");
        let take = |glob: &str| {
            let code = globbed(&cwd, &[glob.to_owned()], LIMITS).expect("captured");
            let listing: Listing = serde_json::from_slice(&code.documents[0]).expect("a listing");
            (listing.files.into_iter().map(|file| file.path).collect::<Vec<_>>(), code.notes)
        };
        let link = CaptureNote::LinkOutside { path: "lib".into(), target: "../shared".into() };
        assert_eq!(take("*/*.py"), (vec!["sub/b.py".to_owned(), "within/b.py".to_owned()], vec![link]));
        // A link in the part without wildcards is followed.
        assert_eq!(take("lib/*.py"), (vec!["lib/c.py".to_owned(), "lib/d.py".to_owned()], vec![]));
        assert_eq!(take("./sub/../sub/*.py").0.len(), 1);
        assert_eq!(take("../shared/*.py").0.len(), 2);
    }

    #[test]
    fn a_link_that_replaces_a_file_is_not_followed() {
        let place = tempfile::tempdir().expect("a folder");
        fs::write(place.path().join("secret"), "secret").expect("written");
        let cwd = place.path().join("study");
        fs::create_dir(&cwd).expect("made");
        symlink("../secret", cwd.join("a.py")).expect("linked");
        let found = || FolderContents { files: vec!["a.py".into()], ..FolderContents::default() };
        let fitting = BTreeMap::from([(PathBuf::from("a.py"), (cwd.clone(), PathBuf::from("a.py")))]);
        assert!(folder::of_contents(&cwd, found(), Reading::Mixed(&fitting), LIMITS).is_err());
        let named = BTreeMap::new();
        assert!(folder::of_contents(&cwd, found(), Reading::Mixed(&named), LIMITS).is_ok(), "it was named");
    }
}
