//! Files and folders by digest: declared inputs, and code that is kept.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Component, Path, PathBuf},
};

use hven_api::runs::FileRef;
use hven_client::{Client, hash_file};
use hven_core::{
    Digest,
    object::{ListedFile, Listing},
};

use crate::failure::Failure;

/// A file whose bytes are to be kept as an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub path: PathBuf,
    pub digest: String,
    pub size: u64,
}

/// A declared input: how the record names it, and what must be sent for it.
#[derive(Debug)]
pub struct Input {
    pub file: FileRef,
    pub kept: Vec<Kept>,
    /// The listing, for a folder.
    pub listing: Option<Vec<u8>>,
}

/// The most files that an input folder may have.
const FOLDER_FILES_MAX: usize = 100_000;

/// Reads a declared input, a file or a folder.
pub fn input(cwd: &Path, named: &Path) -> anyhow::Result<Input> {
    let path = cwd.join(named);
    let metadata = fs::metadata(&path).map_err(|error| {
        let code = if error.kind() == io::ErrorKind::NotFound { "file.missing" } else { "file.unreadable" };
        Failure::new(code, format!("the input {} cannot be read: {error}", named.display()))
            .hint("a path is meant from the folder in which you are; a list of several -i ends with --")
    })?;
    let recorded = recorded_path(cwd, &path);
    let unreadable = |path: &Path, error: &io::Error| {
        Failure::new("file.unreadable", format!("the input {} cannot be read: {error}", path.display()))
    };
    if !metadata.is_dir() {
        let (digest, size) = hash_file(&path).map_err(|e| unreadable(&path, &e))?;
        let file = FileRef { path: recorded, digest: digest.clone(), size, kind: "file".to_owned() };
        return Ok(Input { file, kept: vec![Kept { path, digest, size }], listing: None });
    }
    let mut found = Vec::new();
    walk(&path, &path, &mut found, &|_| false, FOLDER_FILES_MAX).map_err(|e| unreadable(&path, &e))?;
    if found.len() > FOLDER_FILES_MAX {
        let message = format!("the input {} has more than {FOLDER_FILES_MAX} files", named.display());
        return Err(Failure::new("invalid", message).hint("name a smaller folder, or an archive").into());
    }
    let (listing, kept) = list(&path, found).map_err(|e| unreadable(&path, &e))?;
    let size = listing.files.iter().map(|file| file.size).sum();
    let bytes = serde_json::to_vec(&listing)?;
    let digest = Digest::of(&bytes).to_string();
    let file = FileRef { path: recorded, digest, size, kind: "folder".to_owned() };
    Ok(Input { file, kept, listing: Some(bytes) })
}

/// Relative to the working directory, or absolute when the file lies outside.
pub fn recorded_path(cwd: &Path, path: &Path) -> String {
    let path = tidy(path);
    let shown = path.strip_prefix(tidy(cwd)).map_or_else(|_| path.clone(), Path::to_owned);
    if shown.as_os_str().is_empty() { ".".to_owned() } else { shown.to_string_lossy().into_owned() }
}

/// A path without `.` and `..`, by its text alone.
fn tidy(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(out.pop()),
            other => out.push(other),
        }
    }
    out
}

/// Collects the files below `folder`, relative to `root`, in the order of their paths; stops above `files_max`.
/// Symbolic links to folders are not followed, so that there is an end.
pub fn walk(
    root: &Path,
    folder: &Path,
    found: &mut Vec<PathBuf>,
    skip: &dyn Fn(&Path) -> bool,
    files_max: usize,
) -> io::Result<()> {
    let mut entries: Vec<_> = fs::read_dir(folder)?.collect::<io::Result<_>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let relative = path.strip_prefix(root).unwrap_or(&path);
        if skip(relative) {
            continue;
        }
        let kind = entry.file_type()?;
        if kind.is_dir() {
            walk(root, &path, found, skip, files_max)?;
        } else if kind.is_file() || (kind.is_symlink() && fs::metadata(&path).is_ok_and(|m| m.is_file())) {
            found.push(relative.to_owned());
        }
        if found.len() > files_max {
            return Ok(());
        }
    }
    Ok(())
}

/// Hashes files below `root` into a listing.
pub fn list(root: &Path, found: Vec<PathBuf>) -> io::Result<(Listing, Vec<Kept>)> {
    let mut files = Vec::with_capacity(found.len());
    let mut kept = Vec::with_capacity(found.len());
    for relative in found {
        let path = root.join(&relative);
        let (digest, size) = hash_file(&path)?;
        let executable = fs::metadata(&path)?.permissions().mode() & 0o111 != 0;
        let parsed = digest.parse().map_err(io::Error::other)?;
        files.push(ListedFile { path: relative.to_string_lossy().into_owned(), digest: parsed, size, executable });
        kept.push(Kept { path, digest, size });
    }
    Ok((Listing { files }, kept))
}

/// Code files larger than this are named by digest only.
const CODE_FILE_BYTES_MAX: u64 = 1 << 20;
/// The sum above which no more code files are kept.
const CODE_BYTES_MAX: u64 = 16 << 20;

/// The files that are small enough to be kept as code.
pub fn worth_keeping(files: Vec<Kept>) -> Vec<Kept> {
    let mut total = 0;
    let small = files.into_iter().filter(|file| file.size <= CODE_FILE_BYTES_MAX);
    small
        .take_while(|file| {
            total += file.size;
            total <= CODE_BYTES_MAX
        })
        .collect()
}

/// Sends what the server does not have. Files that changed since they were read are an error.
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
        let input = input(folder.path(), Path::new("data")).expect("an input");
        assert_eq!((input.file.kind.as_str(), input.file.size, input.kept.len()), ("folder", 2, 2));
        let listing: Listing = serde_json::from_slice(&input.listing.expect("a folder has one")).expect("a listing");
        assert_eq!(listing.files.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(), ["a", "sub/b"]);
        let error = super::input(folder.path(), Path::new("nothing")).expect_err("there is none");
        assert_eq!(crate::failure::Told::of(&error).code, "file.missing");
    }
}
