//! Files that runs left: where they are, and what a folder has.
//!
//! A store names the folder of a run by an address that its writer chose. Only folders inside of the store, or inside of a folder that
//! the user names, are read: a store from elsewhere could name any folder of this machine.

use std::{
    ffi::OsStr,
    fs,
    path::{Component, Path, PathBuf},
};

use hven_core::{file_name, staging::check_path};

use crate::{Error, Faults, Result};

/// A file of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// Its path among the outputs of the run, as [`file_name`] writes it.
    pub path: String,
    pub bytes: ArtifactBytes,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArtifactBytes {
    File(PathBuf),
    /// At a server: a path and a query that it understands.
    Remote {
        path: String,
        query: Vec<(String, String)>,
    },
    /// Read from the store already.
    Here(Vec<u8>),
}

/// The folders in which the files of runs may be.
#[derive(Clone, Debug)]
pub struct ArtifactPlaces {
    roots: Vec<PathBuf>,
    /// Whether one of them is there for such files alone.
    has_own: bool,
}

impl ArtifactPlaces {
    /// `own` are folders for files of runs, `store` is the folder of the store, which is searched last. Folders that do not exist are left
    /// out.
    pub fn new(own: &[PathBuf], store: &Path) -> Self {
        let mut roots: Vec<PathBuf> = own.iter().filter_map(|root| root.canonicalize().ok()).collect();
        let has_own = !roots.is_empty();
        roots.extend(store.canonicalize());
        Self { roots, has_own }
    }

    /// The folder that an address names: the same folder, if it is inside of one of the roots; otherwise the folder in a root with the
    /// same last parts, which must contain `id`, so that a store can be moved together with its files.
    ///
    /// MLflow makes the folder of a run with its first file. So there is `None` where only the folder of the run is missing. `Err` says
    /// why it cannot be known.
    pub fn find(&self, uri: &str, id: &str) -> std::result::Result<Option<PathBuf>, String> {
        let path = local_path(uri)?;
        if let Ok(there) = path.canonicalize()
            && there.is_dir()
            && self.roots.iter().any(|root| there.starts_with(root))
        {
            return Ok(Some(there));
        }
        let mut parts = Vec::new();
        for part in path.components() {
            match part {
                Component::Normal(name) => parts.push(name),
                Component::ParentDir => drop(parts.pop()),
                _ => {}
            }
        }
        let Some(place) = parts.iter().position(|part| *part == id) else {
            return Err(format!("their folder is outside of the store: {uri}"));
        };
        if let Some(there) = self.below_roots(&parts, place, parts.len()) {
            return Ok(Some(there));
        }
        let above = (1..=place).rev().any(|until| self.below_roots(&parts, until - 1, until).is_some());
        if above || (self.has_own && uri.starts_with("mlflow-artifacts:")) {
            return Ok(None);
        }
        let all: PathBuf = parts[..place].iter().collect();
        let why = if path.is_dir() { "outside of the store" } else { "not there" };
        Err(format!("their folder is {why}: below /{}", all.parent().unwrap_or(&all).display()))
    }

    /// The folder below a root whose path is `parts[first..until]`, with `first` from 0 to `last`.
    fn below_roots(&self, parts: &[&OsStr], last: usize, until: usize) -> Option<PathBuf> {
        self.roots.iter().find_map(|root| {
            (0..=last).find_map(|first| {
                let there = root.join(parts[first..until].iter().collect::<PathBuf>()).canonicalize().ok()?;
                // No link leads out of the root.
                (there.is_dir() && there.starts_with(root)).then_some(there)
            })
        })
    }
}

/// The local path of an address.
fn local_path(uri: &str) -> std::result::Result<PathBuf, String> {
    if uri.is_empty() {
        return Err("the store names no folder for them".to_owned());
    }
    let Some((scheme, rest)) = uri.split_once(":/") else { return Ok(PathBuf::from(uri)) };
    match scheme {
        "file" => {
            // `file:/a`, `file:///a`, `file://host/a`.
            let path = match rest.strip_prefix('/') {
                Some(with_host) => with_host.split_once('/').map_or("", |(_, path)| path),
                None => rest,
            };
            Ok(PathBuf::from(format!("/{}", unescape(path))))
        }
        "mlflow-artifacts" => Ok(PathBuf::from(rest.trim_start_matches('/'))),
        other if other.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'-' | b'.')) => {
            Err(format!("they are at an address of the kind `{other}:`, which Hven does not read"))
        }
        _ => Ok(PathBuf::from(uri)),
    }
}

/// `%20` is a blank.
fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%')
            .then(|| bytes.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        plain.push(escaped.unwrap_or(bytes[at]));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8(plain).unwrap_or_else(|_| text.to_owned())
}

const DEPTH_MAX: usize = 64;

/// The files below a folder, in the order of their paths, with `before` in front of each path. Links are left out: they may lead
/// anywhere.
pub(crate) fn files_below(folder: &Path, before: &str, faults: &mut Faults) -> Result<Vec<Artifact>> {
    let mut found = Vec::new();
    let mut folders = vec![(folder.to_owned(), before.to_owned(), 0)];
    while let Some((folder, before, depth)) = folders.pop() {
        let unreadable = |source| Error::Io { path: folder.clone(), source };
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let path = format!("{before}{}", file_name::to_text(&entry.file_name()));
            let kind = entry.file_type().map_err(unreadable)?;
            if kind.is_dir() && depth < DEPTH_MAX {
                folders.push((entry.path(), format!("{path}/"), depth + 1));
            } else if kind.is_dir() {
                faults.add("files", path, "a folder is nested too deep");
            } else if !kind.is_file() {
                faults.add("files", path, if kind.is_symlink() { "is a link" } else { "is no regular file" });
            } else if let Err(why) = check_path(&path) {
                faults.add("files", path, format!("the path {why}"));
            } else {
                found.push(Artifact { path, bytes: ArtifactBytes::File(entry.path()) });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "6d65f1e9e2a74dddb41096a8370df022";

    #[test]
    fn folders_are_found_where_the_store_was_moved() {
        let root = tempfile::tempdir().expect("a folder");
        let store = root.path().join("store");
        let there = store.join(format!("mlartifacts/1/{RUN}/artifacts"));
        let outside = root.path().join(format!("other/1/{RUN}/artifacts"));
        for folder in [&there, &outside] {
            fs::create_dir_all(folder).expect("made");
        }
        let places = ArtifactPlaces::new(&[store.join("mlartifacts"), store.join("none")], &store);
        let found = |uri: &str| places.find(uri, RUN);
        let there = Some(there.canonicalize().expect("there"));
        for uri in [
            format!("mlflow-artifacts:/1/{RUN}/artifacts"),
            format!("file:///elsewhere/mlartifacts/1/{RUN}/artifacts"),
            format!("/elsewhere/1/{RUN}/artifacts"),
            format!("./mlruns/1/{RUN}/artifacts"),
            store.join(format!("mlartifacts/1/{RUN}/artifacts")).display().to_string(),
            // The folder outside is there, but only the one of the store is read.
            outside.display().to_string(),
        ] {
            assert_eq!(found(&uri), Ok(there.clone()), "{uri}");
        }
        for (uri, why) in [
            (format!("s3://bucket/1/{RUN}/artifacts"), "an address of the kind `s3:`"),
            ("/etc".to_owned(), "outside of the store: /etc"),
            (String::new(), "names no folder"),
            (format!("/x/2/{RUN}/artifacts"), "their folder is not there: below /x"),
            (format!("{}/x/2/{RUN}/artifacts", root.path().display()), "not there"),
        ] {
            assert!(found(&uri).is_err_and(|error| error.contains(why)), "{uri}: {:?}", found(&uri));
        }
        // The folder of the experiment is there: the run has no files.
        let none = "0".repeat(32);
        for uri in [format!("/x/mlartifacts/1/{none}/artifacts"), format!("mlflow-artifacts:/9/{none}/artifacts")] {
            assert_eq!(places.find(&uri, &none), Ok(None), "{uri}");
        }
        let elsewhere = ArtifactPlaces::new(&[], &store.join("mlartifacts/1"));
        assert!(elsewhere.find(&format!("mlflow-artifacts:/9/{none}/artifacts"), &none).is_err());
        let error = elsewhere.find(&format!("{}/7/{none}", root.path().join("other").display()), &none);
        assert!(error.is_err(), "{error:?}");
    }

    #[test]
    fn links_never_lead_out() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join("a");
        fs::create_dir_all(folder.join("below")).expect("made");
        fs::write(folder.join("below/x.txt"), "x").expect("written");
        fs::write(folder.join("y.txt"), "y").expect("written");
        std::os::unix::fs::symlink("/etc/passwd", folder.join("z.txt")).expect("linked");
        std::os::unix::fs::symlink("/etc", folder.join("etc")).expect("linked");
        let mut faults = Faults::default();
        let files = files_below(&folder, "m/", &mut faults).expect("read");
        assert_eq!(files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["m/below/x.txt", "m/y.txt"]);
        assert_eq!(faults.list()[0].count, 2);
        let places = ArtifactPlaces::new(&[], &folder);
        assert!(places.find("/elsewhere/etc", "etc").is_err());
    }

    #[test]
    fn addresses_are_unescaped() {
        assert_eq!(local_path("file:///a%20b/%C3%A9%"), Ok(PathBuf::from("/a b/é%")));
        assert_eq!(local_path("file:/a"), Ok(PathBuf::from("/a")));
        assert_eq!(local_path("file://host/a"), Ok(PathBuf::from("/a")));
        assert_eq!(
            local_path("C:/a"),
            Err("they are at an address of the kind `C:`, which Hven does not read".to_owned())
        );
    }
}
