//! Where files are put, and what lies there already. All of it is looked at before the first is written.

use std::{collections::BTreeMap, fs, io, path::Path};

use hven_client::Client;
use hven_core::file_name;

use super::{
    Did,
    entries::{Entry, What},
};
use crate::{
    failure::Failure,
    kept_files::{Bytes, Other, leads_there, lies_there, link_between, put_file, put_link},
};

/// The entries in the order in which they can be put: links last, so that nothing is written through one. Each has a place of its
/// own.
pub(super) fn each_its_own(entries: &[Entry]) -> Result<Vec<&Entry>, Failure> {
    let mut places: BTreeMap<&Path, &Entry> = BTreeMap::new();
    for entry in entries {
        let place = entry.place.as_path();
        match places.get(place).copied() {
            None => drop(places.insert(place, entry)),
            // The same file, declared by itself and in a folder: only the folder says whether it may be executed.
            Some(other) if is_same(other, entry) => {
                if matches!(entry.what, What::File { executable: true, .. }) {
                    places.insert(place, entry);
                }
            }
            Some(other) => return Err(both(other, entry)),
        }
    }
    for (place, entry) in &places {
        let above = place.ancestors().skip(1).find_map(|above| places.get(above));
        if let Some(above) = above.filter(|above| above.what != What::Folder) {
            return Err(both(above, entry));
        }
    }
    let mut entries: Vec<&Entry> = places.into_values().collect();
    entries.sort_by_key(|entry| matches!(entry.what, What::Link { .. } | What::LinkOutside { .. }));
    Ok(entries)
}

fn is_same(one: &Entry, other: &Entry) -> bool {
    match (&one.what, &other.what) {
        (What::File { digest: one, .. }, What::File { digest: other, .. }) => one == other,
        (one, other) => one == other,
    }
}

fn both(one: &Entry, other: &Entry) -> Failure {
    let (one, other) = (file_name::shown(&one.path), file_name::shown(&other.path));
    Failure::new("conflict", format!("{one} and {other} cannot both be put into one folder"))
        .hint("name one of them, and fetch the other into another folder with -o")
}

/// What lies in the place of something.
#[derive(Debug, PartialEq, Eq)]
enum Lies {
    Nothing,
    TheSame,
    /// A file or a link that could be replaced.
    Other,
    /// A folder where a file belongs, or a file or a link where a folder does.
    InTheWay,
}

/// What is to be done for each. Refused are things in the way, and, unless they are replaced by `force`, other files.
pub(super) fn plan<'a>(entries: Vec<&'a Entry>, into: &Path, force: bool) -> anyhow::Result<Vec<(&'a Entry, Did)>> {
    let mut planned = Vec::with_capacity(entries.len());
    let (mut others, mut in_the_way) = (Vec::new(), Vec::new());
    for entry in entries {
        let did = match lies(entry, into)? {
            Lies::Nothing => Did::Written,
            Lies::TheSame => Did::Nothing,
            Lies::Other => {
                others.push(entry);
                Did::Replaced
            }
            Lies::InTheWay => {
                in_the_way.push(entry);
                continue;
            }
        };
        planned.push((entry, did));
    }
    if let Some(list) = list(&in_the_way) {
        let message = format!("something of another kind lies where this belongs: {list}; nothing was written");
        return Err(Failure::new("conflict", message).hint("name another folder with -o").into());
    }
    match list(&others).filter(|_| !force) {
        Some(list) => {
            Err(Failure::new("conflict", format!("there already, and not the same: {list}; nothing was written"))
                .hint("--force replaces them; -o DIR names another folder")
                .into())
        }
        None => Ok(planned),
    }
}

fn lies(entry: &Entry, into: &Path) -> Result<Lies, Failure> {
    let path = into.join(&entry.place);
    if link_between(&into.join(&entry.root), &path).is_some() {
        return Ok(Lies::InTheWay);
    }
    let found = match fs::symlink_metadata(&path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Lies::Nothing),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Ok(Lies::InTheWay),
        Err(error) => {
            let shown = file_name::to_text(&path);
            let message = format!("{} cannot be looked at: {error}", file_name::shown(&shown));
            return Err(Failure::new("file.unreadable", message));
        }
    };
    let is_same = match &entry.what {
        // It is not made.
        What::LinkOutside { .. } => return Ok(Lies::Nothing),
        What::Folder => return Ok(if path.is_dir() { Lies::TheSame } else { Lies::InTheWay }),
        _ if found.is_dir() => return Ok(Lies::InTheWay),
        What::File { digest, .. } => lies_there(&path, digest),
        What::Link { target } => leads_there(&path, target),
    };
    Ok(if is_same { Lies::TheSame } else { Lies::Other })
}

/// The paths of some entries, the first few by name.
fn list(entries: &[&Entry]) -> Option<String> {
    /// So many are named.
    const NAMED_MAX: usize = 5;
    let mut named: Vec<String> = entries
        .iter()
        .take(NAMED_MAX)
        .map(|entry| file_name::shown(&file_name::to_text(&entry.place)).into_owned())
        .collect();
    if entries.len() > NAMED_MAX {
        named.push(format!("{} more", entries.len() - NAMED_MAX));
    }
    (!named.is_empty()).then(|| named.join(", "))
}

/// Does what was planned for one.
pub(super) fn put(client: &Client, into: &Path, entry: &Entry, did: Did, force: bool) -> anyhow::Result<()> {
    if did == Did::Nothing {
        return Ok(());
    }
    let path = into.join(&entry.place);
    let other = if force { Other::Replaced } else { Other::Stays };
    match &entry.what {
        What::File { digest, executable, .. } => {
            put_file(client, &path, Bytes { digest, executable: *executable }, other)
        }
        What::Folder => Ok(fs::create_dir_all(&path).map_err(|error| Failure::unwritable(&path, &error))?),
        What::Link { target } => put_link(&path, target, other),
        What::LinkOutside { .. } => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::{os::unix::fs::symlink, path::PathBuf};

    use hven_core::Digest;

    use super::*;

    fn entry(path: &str, what: What) -> Entry {
        let root = path.split('/').next().unwrap_or_default();
        Entry { path: path.to_owned(), place: PathBuf::from(path), root: PathBuf::from(root), what }
    }

    fn file(path: &str, text: &str) -> Entry {
        let digest = Digest::of(text.as_bytes()).to_string();
        entry(path, What::File { digest, size: text.len() as u64, executable: false })
    }

    fn link(path: &str, target: &str) -> Entry {
        entry(path, What::Link { target: target.into() })
    }

    #[test]
    fn each_has_a_place_of_its_own_and_links_come_last() {
        let places = |entries: &[Entry]| {
            let entries = each_its_own(entries).map_err(|failure| failure.message)?;
            Ok::<_, String>(entries.iter().map(|entry| entry.path.clone()).collect::<Vec<_>>())
        };
        let good = [link("a", "b"), file("b", "1"), entry("c", What::Folder), file("c/d", "1")];
        assert_eq!(places(&good), Ok(["b", "c", "c/d", "a"].map(str::to_owned).to_vec()));
        let refused = |entries: &[Entry]| places(entries).is_err_and(|why| why.contains("cannot both be put"));
        assert!(refused(&[file("a", "1"), file("a", "2")]));
        assert!(refused(&[file("a", "1"), file("a/b", "1")]));
        assert!(refused(&[link("a", "b"), file("a/b", "1")]));
        let by_itself = file("a", "1");
        let in_a_folder = match by_itself.what.clone() {
            What::File { digest, size, .. } => entry("a", What::File { digest, size, executable: true }),
            other => panic!("{other:?}"),
        };
        for both in [[&by_itself, &in_a_folder], [&in_a_folder, &by_itself]] {
            let both = both.map(Clone::clone);
            assert_eq!(each_its_own(&both).expect("one file"), [&in_a_folder]);
        }
    }

    #[test]
    fn what_lies_there_is_looked_at() {
        let place = tempfile::tempdir().expect("a folder");
        let into = place.path();
        fs::write(into.join("same"), "1").expect("written");
        fs::write(into.join("other"), "2").expect("written");
        fs::create_dir(into.join("folder")).expect("made");
        symlink("same", into.join("link")).expect("linked");
        symlink("..", into.join("folder/up")).expect("linked");
        symlink("folder", into.join("mine")).expect("linked");
        let check = |entry: Entry, wanted: Lies| {
            assert_eq!(lies(&entry, into).expect("it can be looked at"), wanted, "{entry:?}");
        };
        check(file("none", "1"), Lies::Nothing);
        check(file("none/deep", "1"), Lies::Nothing);
        check(file("same", "1"), Lies::TheSame);
        check(file("other", "1"), Lies::Other);
        check(file("folder", "1"), Lies::InTheWay);
        check(file("other/deep", "1"), Lies::InTheWay);
        check(entry("folder", What::Folder), Lies::TheSame);
        check(entry("other", What::Folder), Lies::InTheWay);
        check(link("link", "same"), Lies::TheSame);
        check(link("link", "other"), Lies::Other);
        check(link("folder", "same"), Lies::InTheWay);
        check(file("folder/up/same", "1"), Lies::InTheWay);
        check(entry("folder/up/folder", What::Folder), Lies::InTheWay);
        // What was declared may be a link here: whoever asked for it made that.
        check(file("mine/new", "1"), Lies::Nothing);
    }

    #[test]
    fn other_files_are_named_before_anything_is_written() {
        let place = tempfile::tempdir().expect("a folder");
        fs::write(place.path().join("a"), "2").expect("written");
        let entries = [file("a", "1"), file("b", "1")];
        let planned = |force| {
            let planned = plan(entries.iter().collect(), place.path(), force).map_err(|error| error.to_string())?;
            Ok::<_, String>(planned.into_iter().map(|(_, did)| did).collect::<Vec<_>>())
        };
        assert!(planned(false).is_err_and(|why| why.contains("not the same: a;")));
        assert_eq!(planned(true), Ok(vec![Did::Replaced, Did::Written]));
    }
}
