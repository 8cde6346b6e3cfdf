//! Repositories for tests, and their captured code.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use hven_api::runs::{Code, InnerRepository};

use super::super::capture::capture;
use crate::{Apart, CapturedCode, Limits};

pub(super) const LIMITS: Limits = Limits { files_max: 100, bytes_max: 1 << 20 };

pub(super) fn run_git(folder: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
    let output = Command::new("git").args(identity).args(arguments).current_dir(folder).output().expect("git runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

pub(super) fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    run_git(root, &["init", "-q", "-b", "main"]);
    fs::create_dir(root.join("study")).expect("made");
    fs::write(root.join("study/fit.py"), "print(1)\n").expect("written");
    fs::write(root.join("study/plot.svg"), "<svg/>").expect("written");
    fs::write(root.join("other.py"), "print(2)\n").expect("written");
    fs::write(root.join("notes.md"), "old\n").expect("written");
    folder
}

/// A repository with these files in one commit.
pub(super) fn repository_of(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        write(root, path, text);
    }
    run_git(root, &["init", "-q", "-b", "main"]);
    run_git(root, &["add", "."]);
    run_git(root, &["commit", "-q", "-m", "first"]);
}

pub(super) fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("it has one")).expect("made");
    fs::write(path, text).expect("written");
}

pub(super) fn captured_code(root: &Path, cwd: &Path, declared: &[&str]) -> CapturedCode {
    let apart = Apart { declared: declared.iter().map(PathBuf::from).collect(), ..Apart::default() };
    capture(root, cwd, &apart, LIMITS).expect("captured").expect("there is a commit")
}

/// The digest, the named files, and the inner repositories.
pub(super) fn code_parts(root: &Path, cwd: &Path) -> (String, Vec<String>, Vec<InnerRepository>) {
    match captured_code(root, cwd, &[]).code {
        Some(Code::Git { digest, untracked, inner, .. }) => {
            let mut named: Vec<String> = untracked.into_iter().map(|file| file.path).collect();
            named.sort_unstable();
            (digest, named, inner)
        }
        other => panic!("{other:?} is not git's"),
    }
}

pub(super) fn digest(root: &Path, cwd: &Path) -> String {
    code_parts(root, cwd).0
}

pub(super) fn digest_of(code: &CapturedCode) -> String {
    match &code.code {
        Some(Code::Git { digest, .. }) => digest.clone(),
        other => panic!("{other:?} is not git's"),
    }
}

pub(super) fn folder_parts(captured: Option<CapturedCode>) -> (Option<String>, Vec<String>, String) {
    match captured.and_then(|captured| captured.code) {
        Some(Code::Git { diff, untracked, digest, prefix, branch, .. }) => {
            assert_eq!((prefix.as_str(), branch.as_deref()), ("study", Some("main")));
            (diff, untracked.into_iter().map(|file| file.path).collect(), digest)
        }
        other => panic!("{other:?} is not git's"),
    }
}
