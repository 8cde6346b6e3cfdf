//! The code of a folder without git: the digests of its files, up to limits.

use std::{fs, io, path::Path};

use hven_api::runs::{CaptureNote, Code};
use hven_client::Failure;
use hven_core::{Digest, file_name, recorded::Recorded};

use super::{
    Apart, CapturedCode, Limits,
    files::{self, Reading},
    folder_search::{self, FolderContents, FolderSearch, Link, LinkScope},
    is_skipped, is_tool_folder, key_files, seen,
};

/// Lists the folder. A folder above the limits is an error that names the limit.
pub fn capture(cwd: &Path, apart: &Apart, limits: Limits) -> anyhow::Result<CapturedCode> {
    let skip = |relative: &Path| {
        let named = relative.file_name().is_some_and(|name| is_skipped(&name.to_string_lossy()));
        let path = cwd.join(relative);
        named || apart.declared.iter().any(|other| relative == other) || (path.is_dir() && is_tool_folder(&path))
    };
    let is_key_file = |relative: &Path| {
        !apart.is_declared(relative)
            && (apart.is_key_file(relative) || (!skip(relative) && apart.is_private_key(cwd, relative)))
    };
    let search = FolderSearch { skip: &skip, is_key_file: &is_key_file, files_max: limits.files_max, follow: false };
    let mut found = folder_search::find(cwd, &search)?;
    // Skipped files are not code, except those that the user includes.
    for path in apart.included.iter().filter(|path| !apart.is_declared(path)) {
        if !found.files.contains(path) {
            found.files.push(path.clone());
        }
    }
    found.files.sort_unstable();
    let mut notes = found.notes_on_links(&|path| file_name::to_text(path));
    notes.extend(notes_on_links_to_skipped_files(cwd, apart, &found, &skip)?);
    notes.retain(|note| match note {
        CaptureNote::LinkOutside { path, .. } => !apart.leads_to_declared(&file_name::to_path(path)),
        _ => true,
    });
    let keys = key_files::states(cwd, cwd, &found.key_files);
    key_files::note(cwd, cwd, &found.key_files, &mut notes);
    notes.extend(
        found
            .special
            .iter()
            .map(|(path, what)| CaptureNote::Special { path: file_name::to_text(path), what: (*what).to_owned() }),
    );
    let mut code = CapturedCode { notes, ..of_contents(cwd, found, Reading::Beneath, limits)? };
    code.seen.files.extend(keys);
    Ok(code)
}

/// Notes links to skipped files of the folder: the content behind such a link is not recorded.
fn notes_on_links_to_skipped_files(
    cwd: &Path,
    apart: &Apart,
    found: &FolderContents,
    skip: &dyn Fn(&Path) -> bool,
) -> io::Result<Vec<CaptureNote>> {
    let real = fs::canonicalize(cwd)?;
    let is_passed_over = |link: &&Link| {
        let leads_to = fs::canonicalize(cwd.join(&link.path)).ok();
        let Some(leads_to) = leads_to.as_ref().and_then(|path| path.strip_prefix(&real).ok()) else { return false };
        let mut above = leads_to.ancestors().filter(|path| !path.as_os_str().is_empty());
        !apart.is_declared(leads_to) && above.any(skip)
    };
    let note = |link: &Link| CaptureNote::NotCaptured {
        path: file_name::to_text(&link.path),
        why: format!("it is a link to {}, which is skipped because it is not code", file_name::to_text(&link.target)),
    };
    Ok(found.links.iter().filter(|link| link.scope == LinkScope::Inside).filter(is_passed_over).map(note).collect())
}

/// The same for an existing list of files.
pub fn of_contents(
    cwd: &Path,
    found: FolderContents,
    reading: Reading<'_>,
    limits: Limits,
) -> anyhow::Result<CapturedCode> {
    if found.len() > limits.files_max {
        let message = Recorded::CodeTooMany { files: limits.files_max }.to_string();
        return Err(Failure::new("code.too_large", message).into());
    }
    let mut bytes: u64 = 0;
    for path in &found.files {
        bytes += fs::metadata(cwd.join(path)).map_or(0, |m| m.len());
        if bytes > limits.bytes_max {
            let message = Recorded::CodeTooLarge { limit_bytes: limits.bytes_max }.to_string();
            return Err(Failure::new("code.too_large", message).into());
        }
    }
    let (listing, kept, seen) = files::list_with_states(cwd, found, reading)?;
    let document = serde_json::to_vec(&listing)?;
    let code = Code::Folder {
        listing: Digest::of(&document).to_string(),
        files: listing.files.len() as u64,
        bytes: listing.files.iter().map(|file| file.size).sum(),
    };
    let files = files::small_enough_to_keep(kept);
    let seen = seen::list_of_code(seen);
    Ok(CapturedCode { code: Some(code), documents: vec![document], files, notes: Vec::new(), seen })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

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
    fn files_that_are_not_code_do_not_change_the_listing() {
        let folder = folder(&[("fit.py", "1"), ("lib/a.py", "2")]);
        let before = listing(capture(folder.path(), &Apart::default(), LIMITS).expect("captured").code);
        assert_eq!(before.1, 2);
        for noise in [
            ".env",
            "__pycache__/fit.pyc",
            "node_modules/x.js",
            ".venv/lib/y.py",
            "env/pyvenv.cfg",
            "out/plot.svg",
            "home/hven.lock",
            "starting/start.lock",
            "starting/logs/start.log",
            "kepler3-v1/ro-crate-metadata.json",
            "kepler3-v1/publication.json",
            "kepler3-v1/manifest.json",
            "export/BLAKE3SUMS",
            "export/facts.parquet",
            ".fit.py.swp",
            "#fit.py#",
            ".idea/workspace.xml",
            ".nextflow.log.1",
            ".cache/x",
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
    fn hidden_files_and_own_crates_are_code() {
        let folder = folder(&[("fit.py", "1"), (".Rprofile", "1"), (".config/settings.json", "1")]);
        let take = || listing(capture(folder.path(), &Apart::default(), LIMITS).expect("captured").code);
        assert_eq!(take().1, 3);
        for path in [".Rprofile", ".config/settings.json"] {
            let before = take();
            fs::write(folder.path().join(path), "2").expect("written");
            assert_ne!(take(), before, "{path}");
        }
        fs::write(folder.path().join(".config/ro-crate-metadata.json"), "{}").expect("written");
        assert_eq!(take().1, 4, "a publication has more than that");
    }

    #[test]
    fn a_link_to_a_skipped_path_is_noted() {
        let folder = folder(&[("fit.py", "1"), ("lib/a.py", "2"), (".cache/b.py", "3"), ("env/pyvenv.cfg", "")]);
        for (name, target) in [("cached", ".cache"), ("b.py", ".cache/b.py"), ("inside", "lib"), ("python", "env")] {
            std::os::unix::fs::symlink(target, folder.path().join(name)).expect("linked");
        }
        let notes = |declared: &[&str]| {
            let apart = Apart { declared: declared.iter().map(PathBuf::from).collect(), ..Apart::default() };
            let notes = capture(folder.path(), &apart, LIMITS).expect("captured").notes;
            let path = |note: CaptureNote| match note {
                CaptureNote::NotCaptured { path, why } => format!("{path}: {why}"),
                other => panic!("{other:?}"),
            };
            notes.into_iter().map(path).collect::<Vec<_>>()
        };
        let passed_over = |name: &str, target: &str| {
            format!("{name}: it is a link to {target}, which is skipped because it is not code")
        };
        assert_eq!(notes(&[]), [passed_over("b.py", ".cache/b.py"), passed_over("cached", ".cache")]);
        assert_eq!(notes(&[".cache/b.py"]), [passed_over("cached", ".cache")]);
    }

    #[test]
    fn a_large_folder_is_not_captured_and_the_reason_is_recorded() {
        let large = "x".repeat(1001);
        let folder = folder(&[("data.bin", &large)]);
        let code = super::super::code(folder.path(), &Apart::default(), LIMITS).code;
        assert_eq!(code, Some(Code::NotCaptured { why: "the folder's files have more than 1000 bytes".to_owned() }));
    }

    #[test]
    fn outside_links_and_key_files_are_noted_and_left_out() {
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
