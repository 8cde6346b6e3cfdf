//! Code that a manifest names by globs.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use hven_api::runs::CaptureNote;
use hven_core::key_file::is_key_file;

use super::{
    CapturedCode, Limits,
    files::Reading,
    folder,
    found::{self, Found, Leads},
};
use crate::failure::Failure;

/// Takes down the files that these globs name, relative to `cwd`, as code. A file that a glob names letter by letter is
/// meant as it is, also a link and a file of keys; one that only fits a pattern is not.
pub fn globbed(cwd: &Path, globs: &[String], limits: Limits) -> anyhow::Result<CapturedCode> {
    let mut files: BTreeSet<PathBuf> = BTreeSet::new();
    let mut found = Found::default();
    for text in globs {
        let wrong = |why: String| Failure::new("invalid", format!("the code {text:?} cannot be looked for: {why}"));
        let pattern = cwd.join(text);
        let pattern = pattern.to_str().ok_or_else(|| wrong("the folder's name is not UTF-8".to_owned()))?;
        let before = files.len() + found.len() + found.key_files.len();
        let is_literal = !text.contains(['*', '?', '[']);
        // What lies behind the part that is written letter by letter is meant, wherever that leads.
        let meant = fs::canonicalize(cwd.join(literal_beginning(text))).ok();
        for path in glob::glob(pattern).map_err(|e| wrong(e.to_string()))? {
            let path = path.map_err(|e| wrong(e.to_string()))?;
            let relative = path.strip_prefix(cwd).unwrap_or(&path).to_owned();
            if is_literal {
                if path.is_file() {
                    files.insert(relative);
                }
                continue;
            }
            let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
            let folder = path.parent().and_then(|folder| fs::canonicalize(folder).ok());
            let (Some(folder), Some(meant)) = (folder, &meant) else { continue };
            if !folder.starts_with(meant) {
                let target = folder.join(path.file_name().unwrap_or_default());
                found.links.push(found::Link { path: relative, target, leads: Leads::Outside });
            } else if metadata.is_symlink() {
                found.links.extend(found::link(meant, &path, relative)?);
            } else if metadata.is_file() && is_key_file(&relative.to_string_lossy()) {
                found.key_files.push(relative);
            } else if metadata.is_file() {
                files.insert(relative);
            }
        }
        if files.len() + found.len() + found.key_files.len() == before {
            return Err(wrong("no file fits it".to_owned()).into());
        }
    }
    found.files = files.into_iter().collect();
    found.links.sort_by(|a, b| a.path.cmp(&b.path));
    found.links.dedup_by(|a, b| a.path == b.path);
    found.key_files.sort_unstable();
    found.key_files.dedup();
    let mut notes: Vec<CaptureNote> = found.notes_on_links(&|path| path.to_string_lossy().into_owned());
    super::note_key_files(cwd, cwd, &found.key_files, &mut notes);
    Ok(CapturedCode { notes, ..folder::of_found(cwd, found, Reading::Anywhere, limits)? })
}

/// The folder before the first part that has a wildcard.
fn literal_beginning(glob: &str) -> PathBuf {
    Path::new(glob)
        .components()
        .take_while(|part| !part.as_os_str().to_string_lossy().contains(['*', '?', '[']))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    const LIMITS: Limits = Limits { files_max: 10, bytes_max: 1000 };

    #[test]
    fn a_pattern_takes_no_links_and_no_keys_and_a_name_does() {
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
        assert!(globbed(&cwd, &["*.rs".to_owned()], LIMITS).is_err());
    }
}
