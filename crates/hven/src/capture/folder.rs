//! The code of a folder without git: the digests of its files, under a limit.

use std::path::Path;

use hven_api::runs::{CaptureNote, Code};
use hven_core::{Digest, recorded::Recorded};

use super::{
    Apart, CapturedCode, Limits,
    files::{self, Reading},
    found::{self, Found, Search},
    is_made_by_a_tool, is_skipped, key_files,
};
use crate::failure::Failure;

/// Lists the folder. More files or bytes than the limits allow is an error that says so.
pub fn capture(cwd: &Path, apart: &Apart, limits: Limits) -> anyhow::Result<CapturedCode> {
    let skip = |relative: &Path| {
        let named = relative.file_name().is_some_and(|name| is_skipped(&name.to_string_lossy()));
        named || apart.declared.iter().any(|other| relative == other) || is_made_by_a_tool(&cwd.join(relative))
    };
    let is_key_file = |relative: &Path| {
        !apart.is_declared(relative)
            && (apart.is_key_file(relative) || (!skip(relative) && apart.is_private_key(cwd, relative)))
    };
    let search = Search { skip: &skip, is_key_file: &is_key_file, files_max: limits.files_max, follow: false };
    let mut found = found::find(cwd, &search)?;
    // Hidden files are no code, but for those that somebody named.
    for path in apart.included.iter().filter(|path| !apart.is_declared(path)) {
        if !found.files.contains(path) {
            found.files.push(path.clone());
        }
    }
    found.files.sort_unstable();
    let mut notes = found.notes_on_links(&|path| path.to_string_lossy().into_owned());
    notes.retain(|note| match note {
        CaptureNote::LinkOutside { path, .. } => !apart.leads_to_declared(Path::new(path)),
        _ => true,
    });
    key_files::note(cwd, cwd, &found.key_files, &mut notes);
    notes.extend(found.special.iter().map(|(path, what)| CaptureNote::Special {
        path: path.to_string_lossy().into_owned(),
        what: (*what).to_owned(),
    }));
    Ok(CapturedCode { notes, ..of_found(cwd, found, Reading::Beneath, limits)? })
}

/// The same for what was found otherwise.
pub fn of_found(cwd: &Path, found: Found, reading: Reading<'_>, limits: Limits) -> anyhow::Result<CapturedCode> {
    if found.len() > limits.files_max {
        let message = Recorded::CodeTooMany { files: limits.files_max }.to_string();
        return Err(Failure::new("code.too_large", message).into());
    }
    let mut bytes: u64 = 0;
    for path in &found.files {
        bytes += std::fs::metadata(cwd.join(path)).map_or(0, |m| m.len());
        if bytes > limits.bytes_max {
            let message = Recorded::CodeTooLarge { limit_bytes: limits.bytes_max }.to_string();
            return Err(Failure::new("code.too_large", message).into());
        }
    }
    let (listing, kept) = files::list(cwd, found, reading)?;
    let document = serde_json::to_vec(&listing)?;
    let code = Code::Folder {
        listing: Digest::of(&document).to_string(),
        files: listing.files.len() as u64,
        bytes: listing.files.iter().map(|file| file.size).sum(),
    };
    let files = files::worth_keeping(kept);
    Ok(CapturedCode { code: Some(code), documents: vec![document], files, notes: Vec::new() })
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

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
        let before = listing(capture(folder.path(), &Apart::default(), LIMITS).expect("captured").code);
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
        let made = Apart { declared: vec![PathBuf::from("out")], ..Apart::default() };
        assert_eq!(listing(capture(folder.path(), &made, LIMITS).expect("captured").code), before);
        fs::write(folder.path().join("fit.py"), "other").expect("written");
        assert_ne!(listing(capture(folder.path(), &made, LIMITS).expect("captured").code), before);
    }

    #[test]
    fn a_large_folder_is_not_captured_and_says_so() {
        let large = "x".repeat(1001);
        let folder = folder(&[("data.bin", &large)]);
        let code = super::super::code(folder.path(), &Apart::default(), LIMITS).code;
        assert_eq!(code, Some(Code::NotCaptured { why: "the folder's files have more than 1000 bytes".to_owned() }));
    }

    #[test]
    fn links_out_and_key_files_are_noted_and_not_taken() {
        let folder =
            folder(&[("study/fit.py", "1"), ("study/.env", "KEY=1"), ("study/tls/server.pem", "2"), ("secret", "3")]);
        let key = format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n", "A".repeat(60));
        fs::write(folder.path().join("study/zebra"), key).expect("written");
        let cwd = folder.path().join("study");
        for (name, target) in [("keys.py", "../secret"), ("data", "../elsewhere"), ("alias.py", "fit.py")] {
            std::os::unix::fs::symlink(target, cwd.join(name)).expect("linked");
        }
        let notes = |apart: &Apart| {
            let code = capture(&cwd, apart, LIMITS).expect("captured");
            assert!(code.files.iter().all(|kept| !kept.path.ends_with("keys.py")), "{:?}", code.files);
            let paths = code.notes.iter().map(|note| match note {
                CaptureNote::LinkOutside { path, .. } => format!("link {path}"),
                CaptureNote::KeyFile { path, .. } => format!("key {path}"),
                other => format!("{other:?}"),
            });
            (paths.collect::<Vec<_>>(), listing(code.code).1)
        };
        let all = ["link data", "link keys.py", "key .env", "key tls/server.pem", "key zebra"];
        assert_eq!(notes(&Apart::default()), (all.map(str::to_owned).to_vec(), 1));
        let declared = Apart { declared: vec!["data/planets.csv".into()], ..Apart::default() };
        assert_eq!(notes(&declared).0, all[1..], "a link on the way to an input is meant");
        let included =
            Apart { included: vec![".env".into(), "tls/server.pem".into(), "zebra".into()], ..Apart::default() };
        assert_eq!(notes(&included), (all[..2].iter().map(|s| (*s).to_owned()).collect(), 4));
    }
}
