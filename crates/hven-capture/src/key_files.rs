//! Key files in a folder of code. They are left out by their names, or because they begin like a private key, and noted with
//! a digest that represents their bytes. A key file that the user includes is code.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Read as _},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use hven_api::runs::CaptureNote;
use hven_client::{Failure, hash_open_file};
use hven_core::{
    Digest, file_name,
    key_file::{HEAD_BYTES, PRIVATE_KEY_BYTES, begins_as_private_key, is_key_file},
    seen::{RecordedFile, RecordedFileKind},
};

use super::{READ_BYTES_MAX, beneath, recorded_path::recorded_path, seen};

/// More key files are not noted one by one: those of a folder are noted together, so that each change still changes the
/// note.
const NOTED_MAX: usize = 400;

/// Checks a file that `--include-key-file` names; returns its path relative to the run's folder.
pub fn included(cwd: &Path, named: &Path) -> anyhow::Result<PathBuf> {
    let refused = |code: &'static str, why: &str| {
        Failure::new(code, format!("the file {} of --include-key-file {why}", named.display()))
    };
    let relative = file_name::to_path(&recorded_path(cwd, &cwd.join(named)));
    if relative.is_absolute() {
        let refused = refused("invalid", "is outside of this folder, so it is not code of the run");
        return Err(refused.hint("give it as an input, with -i").into());
    }
    if fs::symlink_metadata(cwd.join(&relative)).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        let refused = refused("file.missing", "is not there");
        return Err(refused.hint("paths are relative to the current folder").into());
    }
    if relative.ancestors().any(|part| cwd.join(part).is_symlink()) {
        let refused = refused("invalid", "is a link or is behind a link, and code has links as links");
        return Err(refused.hint("name the target of the link, or give it as an input, with -i").into());
    }
    match beneath::open(cwd, &relative) {
        Ok(_) => Ok(relative),
        Err(error) => Err(refused("file.unreadable", &format!("cannot be read: {error}")).into()),
    }
}

/// Whether a file begins like a private key. An unreadable file does not.
pub(super) fn is_private_key(root: &Path, relative: &Path) -> bool {
    let metadata = fs::symlink_metadata(root.join(relative));
    if !metadata.is_ok_and(|metadata| metadata.is_file() && PRIVATE_KEY_BYTES.contains(&metadata.len())) {
        return false;
    }
    let mut head = Vec::with_capacity(HEAD_BYTES);
    let read = beneath::open(root, relative).and_then(|file| file.take(HEAD_BYTES as u64).read_to_end(&mut head));
    read.is_ok() && begins_as_private_key(&head)
}

/// Notes the files of an input that look like key files: their bytes are kept.
pub(super) fn note_inputs<'a>(recorded: impl Iterator<Item = &'a str>, notes: &mut Vec<CaptureNote>) {
    let keys = recorded.filter(|path| is_key_file(path)).take(NOTED_MAX);
    notes.extend(keys.map(|path| CaptureNote::KeyInput { path: path.to_owned() }));
}

/// Notes the key files that are left out. The digest is keyed before it is recorded.
pub(super) fn note(cwd: &Path, root: &Path, paths: &[PathBuf], notes: &mut Vec<CaptureNote>) {
    let shown = |relative: &Path| recorded_path(cwd, &root.join(relative));
    let noted = |relative: &PathBuf| Some((shown(relative), representative_digest(root, relative)?));
    let mut noted: Vec<(String, String)> = paths.iter().filter_map(noted).collect();
    if noted.len() > NOTED_MAX {
        noted = one_note_per_folder(&noted, |path| path.rfind('/').map_or("", |end| &path[..=end]));
    }
    if noted.len() > NOTED_MAX {
        noted = one_note_per_folder(&noted, |_| "");
    }
    notes.extend(noted.into_iter().map(|(path, digest)| CaptureNote::KeyFile { path, digest }));
}

/// The state of key files that are left out: size and times, without digests. It is taken before they are read.
pub(super) fn states(cwd: &Path, root: &Path, paths: &[PathBuf]) -> Vec<RecordedFile> {
    let state = |relative: &PathBuf| {
        let full = root.join(relative);
        let metadata = fs::metadata(&full).ok().filter(fs::Metadata::is_file)?;
        Some(seen::file_state(recorded_path(cwd, &full), RecordedFileKind::File, &metadata, None))
    };
    paths.iter().filter_map(state).collect()
}

/// A digest that changes with the file: of its bytes, or of its size and time of change if it is large or unreadable. `None`
/// if it no longer exists.
fn representative_digest(root: &Path, relative: &Path) -> Option<String> {
    let digest = |text: String| Some(Digest::of(text.as_bytes()).to_string());
    let metadata = match fs::symlink_metadata(root.join(relative)) {
        Ok(metadata) => metadata,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return None,
        Err(error) => return digest(format!("unreadable: {error}")),
    };
    let changed = || format!("{} {}.{}", metadata.len(), metadata.mtime(), metadata.mtime_nsec());
    if metadata.len() > READ_BYTES_MAX {
        return digest(format!("large {}", changed()));
    }
    match beneath::open(root, relative).and_then(|mut file| hash_open_file(&mut file)) {
        Ok((digest, _)) => Some(digest),
        Err(_) => digest(format!("unreadable {}", changed())),
    }
}

/// One note for all files of a folder: its digest changes with every changed, new or removed file.
fn one_note_per_folder(files: &[(String, String)], folder: impl Fn(&str) -> &str) -> Vec<(String, String)> {
    let mut folders: BTreeMap<&str, Vec<&(String, String)>> = BTreeMap::new();
    for file in files {
        folders.entry(folder(&file.0)).or_default().push(file);
    }
    let one = |(folder, files): (&str, Vec<&(String, String)>)| {
        if let [only] = files[..] {
            return only.clone();
        }
        let mut hasher = blake3::Hasher::new();
        for (path, digest) in files {
            hasher.update(path.as_bytes()).update(&[0]).update(digest.as_bytes()).update(&[0]);
        }
        (format!("{folder}*"), hasher.finalize().to_hex().to_string())
    };
    folders.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn noted(root: &Path, paths: &[&str]) -> BTreeMap<String, String> {
        let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        let mut notes = Vec::new();
        note(root, root, &paths, &mut notes);
        let key_file = |note: CaptureNote| match note {
            CaptureNote::KeyFile { path, digest } => (path, digest),
            other => panic!("{other:?}"),
        };
        notes.into_iter().map(key_file).collect()
    }

    #[test]
    fn every_key_file_is_noted() {
        let place = tempfile::tempdir().expect("a folder");
        let root = place.path();
        fs::create_dir_all(root.join("sub")).expect("made");
        fs::write(root.join("a.pem"), "key").expect("written");
        fs::write(root.join("sub/b.pem"), "key").expect("written");
        symlink("sub", root.join("link")).expect("linked");
        fs::File::create(root.join("large.pem")).and_then(|file| file.set_len(READ_BYTES_MAX + 1)).expect("made");
        let paths = ["a.pem", "gone.pem", "a.pem/x.pem", "large.pem", "link/b.pem"];
        let before = noted(root, &paths);
        assert_eq!(before.keys().map(String::as_str).collect::<Vec<_>>(), ["a.pem", "large.pem", "link/b.pem"]);
        assert_eq!(before["a.pem"], Digest::of(b"key").to_string());
        // Neither file is read: one is large, and one is behind a link. They are represented by size and time of change.
        assert_ne!(before["link/b.pem"], before["a.pem"]);
        fs::write(root.join("sub/b.pem"), "another key").expect("written");
        fs::File::options()
            .write(true)
            .open(root.join("large.pem"))
            .and_then(|file| file.set_len(READ_BYTES_MAX + 2))
            .expect("changed");
        let after = noted(root, &paths);
        for path in ["large.pem", "link/b.pem"] {
            assert_ne!(before[path], after[path], "{path}");
        }
    }

    #[test]
    fn states_of_key_files_have_size_and_times_only() {
        let place = tempfile::tempdir().expect("a folder");
        let root = place.path();
        fs::create_dir(root.join("study")).expect("made");
        fs::write(root.join("study/.env"), "KEY=1").expect("written");
        fs::write(root.join("server.pem"), "key").expect("written");
        let paths = ["study/.env", "server.pem", "gone.pem", "study"].map(PathBuf::from);
        let states_found = states(&root.join("study"), root, &paths);
        let above = recorded_path(&root.join("study"), &root.join("server.pem"));
        let states_found: Vec<_> =
            states_found.iter().map(|file| (file.path.as_str(), file.size, file.digest)).collect();
        assert_eq!(states_found, [(".env", 5, None), (above.as_str(), 3, None)]);
    }

    #[test]
    fn many_key_files_are_noted_by_folder() {
        let place = tempfile::tempdir().expect("a folder");
        let root = place.path();
        fs::create_dir_all(root.join("tests/certs")).expect("made");
        let paths: Vec<String> = (0..=NOTED_MAX).map(|i| format!("tests/certs/{i}.pem")).collect();
        for path in &paths {
            fs::write(root.join(path), path).expect("written");
        }
        fs::write(root.join(".env"), "KEY=1").expect("written");
        let all: Vec<&str> = [".env"].into_iter().chain(paths.iter().map(String::as_str)).collect();
        let before = noted(root, &all);
        assert_eq!(before.keys().map(String::as_str).collect::<Vec<_>>(), [".env", "tests/certs/*"]);
        fs::write(root.join("tests/certs/7.pem"), "another key").expect("written");
        let after = noted(root, &all);
        assert_eq!(after[".env"], before[".env"]);
        assert_ne!(after["tests/certs/*"], before["tests/certs/*"]);
        // Each file has a folder of its own: one note covers all of them.
        let apart: Vec<String> = (0..=NOTED_MAX).map(|i| format!("{i}/a.pem")).collect();
        for path in &apart {
            fs::create_dir(root.join(path).parent().expect("it has one")).expect("made");
            fs::write(root.join(path), "key").expect("written");
        }
        let apart: Vec<&str> = apart.iter().map(String::as_str).collect();
        assert_eq!(noted(root, &apart).len(), 1);
    }

    #[test]
    fn only_a_file_of_the_folder_can_be_included() {
        let place = tempfile::tempdir().expect("a folder");
        let cwd = place.path().join("study");
        fs::create_dir_all(cwd.join("sub")).expect("made");
        for file in [".env", "sub/server.pem", "../outside.pem"] {
            fs::write(cwd.join(file), "KEY").expect("written");
        }
        symlink(".env", cwd.join("link.env")).expect("linked");
        symlink("sub", cwd.join("way")).expect("linked");
        let check = |named: &str| included(&cwd, Path::new(named)).map_err(|error| error.to_string());
        assert_eq!(check(".env"), Ok(PathBuf::from(".env")));
        assert_eq!(check("./sub/../sub/server.pem"), Ok(PathBuf::from("sub/server.pem")));
        assert_eq!(check(cwd.join(".env").to_str().expect("text")), Ok(PathBuf::from(".env")));
        for (named, why) in [
            ("none.pem", "is not there"),
            ("../outside.pem", "is outside of this folder"),
            ("link.env", "is a link or is behind a link"),
            ("way/server.pem", "is a link or is behind a link"),
            ("sub", "cannot be read: it is not a regular file"),
        ] {
            let refused = check(named).expect_err(why);
            assert!(refused.starts_with(&format!("the file {named} of --include-key-file {why}")), "{refused}");
        }
    }
}
