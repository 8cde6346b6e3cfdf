//! The code of a folder without git: the digests of its files, under a limit.

use std::path::{Path, PathBuf};

use hven_api::runs::Code;
use hven_core::{Digest, recorded::Recorded};

use super::{CapturedCode, Limits, files, is_made_by_a_tool, is_skipped};
use crate::failure::Failure;

/// Lists the folder. More files or bytes than the limits allow is an error that says so.
pub fn capture(cwd: &Path, apart: &[PathBuf], limits: Limits) -> anyhow::Result<CapturedCode> {
    let skip = |relative: &Path| {
        let named = relative.file_name().is_some_and(|name| is_skipped(&name.to_string_lossy()));
        named || apart.iter().any(|other| relative == other) || is_made_by_a_tool(&cwd.join(relative))
    };
    let mut found = Vec::new();
    files::walk(cwd, cwd, &mut found, &skip, limits.files_max)?;
    of_files(cwd, found, limits)
}

/// The same for files that somebody named.
pub fn of_files(cwd: &Path, found: Vec<PathBuf>, limits: Limits) -> anyhow::Result<CapturedCode> {
    if found.len() > limits.files_max {
        let message = Recorded::CodeTooMany { files: limits.files_max }.to_string();
        return Err(Failure::new("code.too_large", message).into());
    }
    let mut bytes: u64 = 0;
    for path in &found {
        bytes += std::fs::metadata(cwd.join(path)).map_or(0, |m| m.len());
        if bytes > limits.bytes_max {
            let message = Recorded::CodeTooLarge { limit_bytes: limits.bytes_max }.to_string();
            return Err(Failure::new("code.too_large", message).into());
        }
    }
    let (listing, kept) = files::list(cwd, found)?;
    let document = serde_json::to_vec(&listing)?;
    let code = Code::Folder {
        listing: Digest::of(&document).to_string(),
        files: listing.files.len() as u64,
        bytes: listing.files.iter().map(|file| file.size).sum(),
    };
    Ok(CapturedCode { code: Some(code), documents: vec![document], files: files::worth_keeping(kept) })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const LIMITS: Limits = Limits { files_max: 10, bytes_max: 1000 };

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("has a parent")).expect("made");
            fs::write(path, text).expect("written");
        }
        folder
    }

    fn listing(code: Option<Code>) -> (String, u64) {
        match code {
            Some(Code::Folder { listing, files, .. }) => (listing, files),
            other => panic!("{other:?} is no folder"),
        }
    }

    #[test]
    fn what_is_no_code_does_not_count() {
        let folder = folder(&[("fit.py", "1"), ("lib/a.py", "2")]);
        let before = listing(capture(folder.path(), &[], LIMITS).expect("captured").code);
        assert_eq!(before.1, 2);
        for noise in [
            ".env",
            "__pycache__/fit.pyc",
            "node_modules/x.js",
            ".venv/lib/y.py",
            "out/plot.svg",
            "home/hven.lock",
            "kepler3-v1/ro-crate-metadata.json",
        ] {
            let path = folder.path().join(noise);
            fs::create_dir_all(path.parent().expect("has a parent")).expect("made");
            fs::write(path, "noise").expect("written");
        }
        let made = [PathBuf::from("out")];
        assert_eq!(listing(capture(folder.path(), &made, LIMITS).expect("captured").code), before);
        fs::write(folder.path().join("fit.py"), "other").expect("written");
        assert_ne!(listing(capture(folder.path(), &made, LIMITS).expect("captured").code), before);
    }

    #[test]
    fn a_large_folder_is_not_captured_and_says_so() {
        let large = "x".repeat(1001);
        let folder = folder(&[("data.bin", &large)]);
        let code = super::super::code(folder.path(), &[], LIMITS).code;
        assert_eq!(code, Some(Code::NotCaptured { why: "the folder's files have more than 1000 bytes".to_owned() }));
    }
}
