//! Writes files, links and empty folders from the home to their paths. Each appears complete or not at all, and nothing
//! is written outside of its folder.

use std::{
    fs, io,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Component, Path, PathBuf},
};

use hven_client::Client;
use hven_client::Failure;
use hven_core::{file_name, object::Listing};
#[cfg(any(target_os = "linux", target_os = "macos"))]
use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::partial_cleanup;

/// The content of a file, and whether it is executable.
#[derive(Clone, Copy, Debug)]
pub struct Bytes<'a> {
    pub digest: &'a str,
    pub executable: bool,
}

/// The behaviour when the path has other content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfOccupied {
    /// Replace it. A folder stays, and is an error.
    Replace,
    /// Keep it, and return an error.
    Keep,
}

/// The stored listing of a folder.
pub fn listing(client: &Client, digest: &str) -> anyhow::Result<Listing> {
    let mut bytes = Vec::new();
    client.object(digest, &mut bytes)?;
    if blake3::hash(&bytes).to_hex().as_str() != digest {
        return Err(damaged("the kept list of what is in a folder is damaged").into());
    }
    Ok(serde_json::from_slice(&bytes)?)
}

/// A path of a listing. It must lie within the folder of the listing.
pub fn within(path: &str) -> anyhow::Result<PathBuf> {
    let relative = file_name::to_path(path);
    if relative.components().all(|part| matches!(part, Component::Normal(_))) {
        return Ok(relative);
    }
    Err(Failure::new("store.damaged", format!("the listing names {path:?}, outside of its folder")).into())
}

/// The first link among the folders between `folder` and `path`, which lies below it. They were folders when the
/// listing was stored: through a link, the file would be written elsewhere.
pub fn link_between<'a>(folder: &Path, path: &'a Path) -> Option<&'a Path> {
    path.ancestors().skip(1).take_while(|above| *above != folder).find(|above| above.is_symlink())
}

/// The path for an entry of a listing, below the folder of the listing.
pub fn place_in(folder: &Path, listed: &str) -> anyhow::Result<PathBuf> {
    let place = folder.join(within(listed)?);
    if let Some(link) = link_between(folder, &place) {
        let message = format!("{} is a link, where a folder was: nothing is written through it", shown(link));
        return Err(Failure::new("conflict", message).hint("remove the link; or --fresh runs the command").into());
    }
    Ok(place)
}

/// Whether the file at `path` has this digest.
pub fn lies_there(path: &Path, digest: &str) -> bool {
    hven_client::hash_file(path).is_ok_and(|(found, _)| found == digest)
}

/// Whether `path` is a link to `target`.
pub fn leads_there(path: &Path, target: &Path) -> bool {
    fs::read_link(path).is_ok_and(|found| found == target)
}

/// Writes a file. Its bytes are fetched to another name, and the file is renamed when it is complete.
pub fn put_file(client: &Client, path: &Path, bytes: Bytes<'_>, if_occupied: IfOccupied) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let refused = |error: io::Error| unwritable(path, &error);
    fs::create_dir_all(folder).map_err(refused)?;
    let partial = partial_cleanup::path_in(folder);
    let write = || -> anyhow::Result<()> {
        let mut file = partial_cleanup::create(&partial, 0o666).map_err(refused)?;
        client.object(bytes.digest, &mut file)?;
        if bytes.executable {
            let mode = file.metadata().map_err(refused)?.permissions().mode();
            let permissions = fs::Permissions::from_mode(mode | (mode & 0o444) >> 2);
            file.set_permissions(permissions).map_err(refused)?;
        }
        drop(file);
        let (found, _) = hven_client::hash_file(&partial).map_err(refused)?;
        if found != bytes.digest {
            return Err(damaged(&format!("the kept bytes of {} are damaged", shown(path))).into());
        }
        Ok(rename(&partial, path, if_occupied).map_err(|error| not_renamed(path, &error))?)
    };
    let written = write().inspect_err(|_| drop(fs::remove_file(&partial)));
    partial_cleanup::finished();
    written
}

/// Makes a file executable for the users who may read it, or not executable at all.
pub fn set_executable(path: &Path, executable: bool) -> anyhow::Result<()> {
    let set = || {
        let mode = fs::metadata(path)?.permissions().mode();
        let mode = if executable { mode | (mode & 0o444) >> 2 } else { mode & !0o111 };
        fs::set_permissions(path, fs::Permissions::from_mode(mode))
    };
    Ok(set().map_err(|error| unwritable(path, &error))?)
}

/// Creates a link.
pub fn put_link(path: &Path, target: &Path, if_occupied: IfOccupied) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let refused = |error: io::Error| unwritable(path, &error);
    fs::create_dir_all(folder).map_err(refused)?;
    let partial = partial_cleanup::path_in(folder);
    match fs::remove_file(&partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(refused(error).into()),
        _ => {}
    }
    symlink(target, &partial).map_err(refused)?;
    let renamed = rename(&partial, path, if_occupied).inspect_err(|_| drop(fs::remove_file(&partial)));
    Ok(renamed.map_err(|error| not_renamed(path, &error))?)
}

/// The error of writing to a path.
fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let message = format!("{} cannot be written: {error}", shown(path));
    Failure { message, ..Failure::unwritable(path, error) }
}

/// The error of renaming a complete file to its own name.
fn not_renamed(path: &Path, error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::AlreadyExists {
        let message = format!("{} was created in the meantime: it stays as it is", shown(path));
        return Failure::new("conflict", message).hint("look at it; --force replaces it");
    }
    unwritable(path, error)
}

fn shown(path: &Path) -> String {
    file_name::shown(&file_name::to_text(path)).into_owned()
}

/// Renames a complete file to its own name. With `Keep`, where the system supports it, a file that was created there in
/// the meantime is not replaced.
fn rename(from: &Path, to: &Path, if_occupied: IfOccupied) -> io::Result<()> {
    if if_occupied == IfOccupied::Replace {
        return fs::rename(from, to);
    }
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE).map_err(io::Error::from) {
        // File systems without this feature return one of these errors.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {}
        result => return result,
    }
    match to.symlink_metadata() {
        Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(from, to),
    }
}

fn damaged(message: &str) -> Failure {
    Failure::new("store.damaged", message)
        .hint("`hven audit verify` lists all damaged objects; `hven run --fresh` and `hven rerun` run the work again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_existing_file_is_kept_unless_it_is_to_be_replaced() {
        let place = tempfile::tempdir().expect("a folder");
        let (from, to) = (place.path().join("from"), place.path().join("to"));
        let read = |path: &Path| fs::read_to_string(path).expect("it is there");
        fs::write(&from, "new").expect("written");
        rename(&from, &to, IfOccupied::Keep).expect("nothing is there");
        assert_eq!(read(&to), "new");
        fs::write(&from, "newer").expect("written");
        let refused = rename(&from, &to, IfOccupied::Keep).expect_err("something is there");
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!((read(&from), read(&to)), ("newer".to_owned(), "new".to_owned()));
        rename(&from, &to, IfOccupied::Replace).expect("it is replaced");
        assert_eq!(read(&to), "newer");
    }

    #[test]
    fn a_link_replaces_a_file_but_no_folder() {
        let place = tempfile::tempdir().expect("a folder");
        let path = |name: &str| place.path().join(name);
        put_link(&path("deep/link"), Path::new("../target"), IfOccupied::Keep).expect("made");
        assert!(leads_there(&path("deep/link"), Path::new("../target")));
        fs::write(path("file"), "").expect("written");
        put_link(&path("file"), Path::new("target"), IfOccupied::Keep).expect_err("a file is there");
        put_link(&path("file"), Path::new("target"), IfOccupied::Replace).expect("replaced");
        assert!(leads_there(&path("file"), Path::new("target")));
        put_link(&path("deep"), Path::new("target"), IfOccupied::Replace).expect_err("a folder is there");
        assert!(path("deep/link").is_symlink());
        let left = fs::read_dir(place.path())
            .expect("read")
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().ends_with(".partial"));
        assert_eq!(left.count(), 0);
    }

    #[test]
    fn a_path_of_a_listing_stays_within_its_folder() {
        assert_eq!(within("a/b").expect("within"), Path::new("a/b"));
        for outside in ["../a", "/a", "a/../../b"] {
            assert!(within(outside).is_err(), "{outside}");
        }
    }

    #[test]
    fn no_file_is_written_through_a_link() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path().join("out");
        fs::create_dir_all(place.path().join("real/deep")).expect("made");
        // The folder itself may be a link.
        symlink("real", &folder).expect("linked");
        symlink("deep", folder.join("link")).expect("linked");
        for good in ["a", "link", "deep/a", "none/a"] {
            assert_eq!(place_in(&folder, good).expect("no link is between"), folder.join(good));
        }
        for through in ["link/a", "link/b/c"] {
            let refused = place_in(&folder, through).expect_err("a link is between").to_string();
            assert!(refused.contains("out/link is a link"), "{refused}");
        }
        assert_eq!(link_between(place.path(), &folder.join("a")), Some(folder.as_path()));
    }
}
