//! Files and folders by digest: declared inputs, and code that is kept.

use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use hven_api::runs::{CaptureNote, FileRef};
use hven_client::{Client, Failure, hash_file, hash_open_file, open_file};
use hven_core::{
    Digest, file_name,
    object::{ListedFile, ListedLink, Listing, kept_as_code},
    seen::{RecordedFile, RecordedFileKind},
};

pub use super::recorded_path::recorded_path;
use super::{
    beneath,
    folder_search::{self, FolderContents, FolderSearch},
    key_files, seen,
};

/// A file whose bytes are to be kept as an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub path: PathBuf,
    pub digest: String,
    pub size: u64,
}

/// A declared input: its reference in the record, and the files to send.
#[derive(Debug)]
pub struct Input {
    pub file: FileRef,
    pub kept: Vec<Kept>,
    /// The listing, for a folder.
    pub listing: Option<Vec<u8>>,
    /// Findings that are not part of the recorded input.
    pub notes: Vec<CaptureNote>,
    /// The state of the input and of all files in it, before they were read.
    pub seen: Vec<RecordedFile>,
}

/// The largest number of files in an input folder.
const FOLDER_FILES_MAX: usize = 100_000;

/// The state of a declared input, which must exist.
pub fn require(cwd: &Path, named: &Path) -> Result<fs::Metadata, Failure> {
    fs::metadata(cwd.join(named)).map_err(|error| {
        let code = if error.kind() == io::ErrorKind::NotFound { "file.missing" } else { "file.unreadable" };
        Failure::new(code, format!("the input {} cannot be read: {error}", shown(named)))
            .hint("paths are relative to the current folder; a list of several -i ends with --")
    })
}

/// Reads a declared input, a file or a folder. A link that is named itself is followed. A link inside a folder is recorded
/// as a link, unless `follow` is set.
pub fn input(cwd: &Path, named: &Path, follow: bool) -> anyhow::Result<Input> {
    let path = cwd.join(named);
    let metadata = require(cwd, named)?;
    let recorded = recorded_path(cwd, &path);
    let unreadable = |path: &Path, error: &io::Error| {
        Failure::new("file.unreadable", format!("the input {} cannot be read: {error}", shown(path)))
    };
    if metadata.is_file() {
        let state = seen::file_state(recorded.clone(), RecordedFileKind::File, &metadata, None);
        let (digest, size) = hash_file(&path).map_err(|e| unreadable(&path, &e))?;
        let mut notes = Vec::new();
        key_files::note_inputs(std::iter::once(recorded.as_str()), &mut notes);
        let seen = vec![RecordedFile { digest: digest.parse().ok(), ..state }];
        let file = FileRef { path: recorded, digest: digest.clone(), size, kind: "file".to_owned() };
        return Ok(Input { file, kept: vec![Kept { path, digest, size }], listing: None, notes, seen });
    }
    if !metadata.is_dir() {
        return Err(special(named, folder_search::special_kind(metadata.file_type())).into());
    }
    let found = folder_search::find(&path, &FolderSearch::of_all(FOLDER_FILES_MAX, follow))
        .map_err(|e| unreadable(&path, &e))?;
    if found.len() + found.folders.len() > FOLDER_FILES_MAX {
        let message = format!("the input {} has more than {FOLDER_FILES_MAX} files", shown(named));
        return Err(Failure::new("invalid", message).hint("name a smaller folder, or an archive").into());
    }
    if let Some((path, what)) = found.special.first() {
        return Err(special(&named.join(path), what).into());
    }
    let mut notes = found.notes_on_links(&|link| recorded_path(cwd, &path.join(link)));
    let inside: Vec<String> = found.files.iter().map(|file| recorded_path(cwd, &path.join(file))).collect();
    key_files::note_inputs(inside.iter().map(String::as_str), &mut notes);
    let reading = if follow { Reading::Anywhere } else { Reading::Beneath };
    let mut folders: Vec<String> = found.folders.iter().map(file_name::to_text).collect();
    folders.sort_unstable();
    let mut seen: Vec<RecordedFile> = seen::relative_to_run(&recorded, seen::folders(&path, &found)).collect();
    let (listing, kept, files) = list_with_states(&path, found, reading).map_err(|e| unreadable(&path, &e))?;
    seen.extend(seen::relative_to_run(&recorded, files));
    let listing = Listing { folders, ..listing };
    let size = listing.files.iter().map(|file| file.size).sum();
    let bytes = serde_json::to_vec(&listing)?;
    let digest = Digest::of(&bytes).to_string();
    let file = FileRef { path: recorded, digest, size, kind: "folder".to_owned() };
    Ok(Input { file, kept, listing: Some(bytes), notes, seen })
}

fn special(path: &Path, what: &str) -> Failure {
    Failure::new("file.special", format!("the input {} is {what}: it has no bytes that could be recorded", shown(path)))
        .hint("write its output to a file first, and name this file")
}

/// A path for people.
fn shown(path: &Path) -> String {
    file_name::shown(&file_name::to_text(path)).into_owned()
}

/// How the files of a folder are opened.
#[derive(Clone, Copy, Debug)]
pub enum Reading<'a> {
    /// Without following any link below the folder, even one that is created in the meantime.
    Beneath,
    /// By their paths, following links: the user named these files.
    Anywhere,
    /// Files of the map without following links below a folder of their own; the map has this folder and the path in it.
    /// Other files by their paths.
    Mixed(&'a BTreeMap<PathBuf, (PathBuf, PathBuf)>),
}

/// Hashes files below `root` into a listing that includes the links. The caller adds empty folders.
pub fn list(root: &Path, found: FolderContents, reading: Reading<'_>) -> io::Result<(Listing, Vec<Kept>)> {
    list_with_states(root, found, reading).map(|(listing, kept, _)| (listing, kept))
}

/// The same, with the state of each file and link before it was read. Paths are relative to `root`.
pub fn list_with_states(
    root: &Path,
    found: FolderContents,
    reading: Reading<'_>,
) -> io::Result<(Listing, Vec<Kept>, Vec<RecordedFile>)> {
    let mut files = Vec::with_capacity(found.files.len());
    let mut kept = Vec::with_capacity(found.files.len());
    let link = |path: &Path| seen::link(file_name::to_text(path), &root.join(path));
    let mut states: Vec<RecordedFile> = found.links.iter().filter_map(|found| link(&found.path)).collect();
    for relative in found.files {
        let path = root.join(&relative);
        let mut file = match reading {
            Reading::Beneath => beneath::open(root, &relative)?,
            Reading::Anywhere => open_file(&path)?,
            Reading::Mixed(ways) => match ways.get(&relative) {
                Some((folder, way)) => beneath::open(folder, way)?,
                None => open_file(&path)?,
            },
        };
        let metadata = file.metadata()?;
        let executable = metadata.permissions().mode() & 0o111 != 0;
        let before = seen::file_state(file_name::to_text(&relative), RecordedFileKind::File, &metadata, None);
        let (digest, size) = hash_open_file(&mut file)?;
        let parsed = digest.parse().map_err(io::Error::other)?;
        states.push(RecordedFile { digest: Some(parsed), ..before });
        files.push(ListedFile { path: file_name::to_text(&relative), digest: parsed, size, executable });
        kept.push(Kept { path, digest, size });
    }
    let text = |path: &PathBuf| file_name::to_text(path);
    let links = found.links.iter().map(|link| ListedLink { path: text(&link.path), target: text(&link.target) });
    Ok((Listing { files, links: links.collect(), ..Listing::default() }, kept, states))
}

/// The files that are small enough to be kept as code.
pub fn small_enough_to_keep(files: Vec<Kept>) -> Vec<Kept> {
    let is_kept = kept_as_code(files.iter().map(|file| file.size));
    files.into_iter().zip(is_kept).filter_map(|(file, is_kept)| is_kept.then_some(file)).collect()
}

/// Sends the objects that the server does not have. A file that changed since it was read is an error.
pub fn send(client: &Client, documents: &[Vec<u8>], files: &[Kept]) -> hven_client::Result<()> {
    let of_documents: Vec<String> = documents.iter().map(|bytes| Digest::of(bytes).to_string()).collect();
    let mut digests: Vec<String> = of_documents.iter().chain(files.iter().map(|file| &file.digest)).cloned().collect();
    digests.sort_unstable();
    digests.dedup();
    let mut missing = Vec::new();
    for some in digests.chunks(1000) {
        missing.extend(client.missing(some.to_vec())?);
    }
    missing.sort_unstable();
    let mut take = |digest: &String| match missing.binary_search(digest) {
        Ok(place) => {
            missing.remove(place);
            true
        }
        Err(_) => false,
    };
    for (digest, bytes) in of_documents.iter().zip(documents) {
        if take(digest) {
            client.put_bytes(bytes)?;
        }
    }
    for file in files {
        if take(&file.digest) {
            client.put_file(&file.digest, file.size, &file.path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(error: &anyhow::Error) -> &Failure {
        error.downcast_ref().expect("a failure")
    }

    #[test]
    fn paths_are_recorded_relative_when_they_lie_within() {
        let check = |path: &str, wanted: &str| {
            assert_eq!(recorded_path(Path::new("/work/study"), &Path::new("/work/study").join(path)), wanted);
        };
        check("a.csv", "a.csv");
        check("./sub/../a.csv", "a.csv");
        check("../other/a.csv", "/work/other/a.csv");
        check("/data/a.csv", "/data/a.csv");
        check(".", ".");
    }

    #[test]
    fn a_folder_is_its_listing_and_a_missing_input_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(folder.path().join("data/sub")).expect("made");
        fs::write(folder.path().join("data/sub/b"), "b").expect("written");
        fs::write(folder.path().join("data/a"), "a").expect("written");
        let input = input(folder.path(), Path::new("data"), false).expect("an input");
        assert_eq!((input.file.kind.as_str(), input.file.size, input.kept.len()), ("folder", 2, 2));
        let listing: Listing = serde_json::from_slice(&input.listing.expect("a folder has one")).expect("a listing");
        assert_eq!(listing.files.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(), ["a", "sub/b"]);
        let error = super::input(folder.path(), Path::new("nothing"), false).expect_err("there is none");
        assert_eq!(failure(&error).code, "file.missing");
    }

    #[test]
    fn empty_folders_are_part_of_an_input() {
        let place = tempfile::tempdir().expect("a folder");
        let data = place.path().join("data");
        fs::create_dir_all(data.join("b/c")).expect("made");
        fs::create_dir_all(data.join("a")).expect("made");
        let read = || input(place.path(), Path::new("data"), false).expect("an input");
        let both = read();
        let listing: Listing = serde_json::from_slice(both.listing.as_ref().expect("a folder has one")).expect("read");
        assert_eq!((listing.folders, both.kept.len(), both.file.size), (vec!["a".to_owned(), "b/c".to_owned()], 0, 0));
        fs::remove_dir(data.join("a")).expect("removed");
        assert_ne!(read().file.digest, both.file.digest, "it is another input");
        fs::remove_dir_all(data.join("b")).expect("removed");
        assert_eq!(read().file.digest, Listing::digest_of_nothing().to_string());
        assert_eq!(read().listing.as_deref(), Some(hven_core::object::EMPTY_LISTING));
    }

    #[test]
    fn names_of_any_bytes_are_recorded_and_stay_distinct() {
        let place = tempfile::tempdir().expect("a folder");
        fs::create_dir(place.path().join("data")).expect("made");
        let names = ["Gr\u{eff6}\u{efdf}e.txt", "Gr\u{efe4}\u{efdf}e.txt", "two\nlines", "-n", " blank ", "[a]*", "👩"];
        for name in names {
            fs::write(place.path().join("data").join(file_name::from_text(name)), name).expect("written");
            let named = Path::new("data").join(file_name::from_text(name));
            let one = input(place.path(), &named, false).expect("an input");
            assert_eq!(one.file.path, format!("data/{name}"));
        }
        let all = input(place.path(), Path::new("data"), false).expect("an input");
        let listing: Listing = serde_json::from_slice(&all.listing.expect("a folder has one")).expect("read");
        let mut listed: Vec<&str> = listing.files.iter().map(|file| file.path.as_str()).collect();
        listed.sort_unstable();
        let mut wanted = names;
        wanted.sort_unstable();
        assert_eq!(listed, wanted);
        let error = super::input(place.path(), &file_name::to_path("n\u{eff6}ne"), false).expect_err("there is none");
        assert!(error.to_string().contains(r"n\xF6ne"), "{error}");
    }

    #[test]
    fn key_files_among_inputs_are_kept_and_noted() {
        let place = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(place.path().join("data/sub")).expect("made");
        for file in ["data/sub/.env", "data/a.csv", "id_rsa"] {
            fs::write(place.path().join(file), file).expect("written");
        }
        for (named, kept, key) in [("data", 2, "data/sub/.env"), ("id_rsa", 1, "id_rsa")] {
            let input = input(place.path(), Path::new(named), false).expect("an input");
            assert_eq!(input.kept.len(), kept, "{named}");
            assert_eq!(input.notes, [CaptureNote::KeyInput { path: key.to_owned() }], "{named}");
        }
        assert!(input(place.path(), Path::new("data/a.csv"), false).expect("an input").notes.is_empty());
    }

    #[test]
    fn links_in_a_folder_are_followed_only_on_request() {
        let place = tempfile::tempdir().expect("a folder");
        let cwd = place.path().join("study");
        fs::create_dir_all(cwd.join("data")).expect("made");
        fs::write(place.path().join("secret"), "secret").expect("written");
        fs::write(cwd.join("data/a"), "a").expect("written");
        std::os::unix::fs::symlink("../../secret", cwd.join("data/keys.py")).expect("linked");
        std::os::unix::fs::symlink("a", cwd.join("data/b")).expect("linked");
        std::os::unix::fs::symlink("../secret", cwd.join("named")).expect("linked");
        let read = |follow| input(&cwd, Path::new("data"), follow).expect("an input");
        let listed = |input: &Input| -> Listing {
            serde_json::from_slice(input.listing.as_ref().expect("a folder has one")).expect("a listing")
        };
        let plain = read(false);
        assert_eq!(plain.kept.len(), 1, "only the file");
        assert_eq!(listed(&plain).links.len(), 2);
        let outside = CaptureNote::LinkOutside { path: "data/keys.py".into(), target: "../../secret".into() };
        assert_eq!(plain.notes, [outside]);
        let followed = read(true);
        assert_eq!((followed.kept.len(), followed.notes.len(), listed(&followed).links.len()), (3, 0, 0));
        let named = input(&cwd, Path::new("named"), false).expect("a link that is named is followed");
        assert_eq!(named.file.digest, Digest::of(b"secret").to_string());
    }

    #[test]
    fn special_files_are_refused_without_waiting() {
        let place = tempfile::tempdir().expect("a folder");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        fs::create_dir(place.path().join("data")).expect("made");
        rustix::fs::mknodat(rustix::fs::CWD, place.path().join("data/pipe"), rustix::fs::FileType::Fifo, mode, 0)
            .expect("made");
        for (path, what) in [("data/pipe", "a pipe"), ("data", "a pipe"), ("/dev/null", "a device")] {
            let error = input(place.path(), Path::new(path), false).expect_err("refused");
            let failure = failure(&error);
            assert_eq!(failure.code, "file.special");
            assert!(failure.message.contains(what), "{}", failure.message);
        }
    }
}
