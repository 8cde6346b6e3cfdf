//! Decides where each entry is written, and what to do with existing files. All paths are checked before the first file
//! is written.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    os::unix::fs::PermissionsExt,
    path::Path,
};

use hven_client::{Client, Failure};
use hven_core::file_name;
use hven_terminal::FileAction;

use super::entries::{Entry, EntryKind};
use crate::kept_files::{Bytes, IfOccupied, leads_there, lies_there, link_between, put_file, put_link, set_executable};

/// Orders the entries for writing: links come last, so that no file is written through a link. Two entries with one
/// path are refused.
pub(super) fn ordered(entries: &[Entry]) -> Result<Vec<&Entry>, Failure> {
    let mut places: BTreeMap<&Path, &Entry> = BTreeMap::new();
    for entry in entries {
        let place = entry.place.as_path();
        match places.get(place).copied() {
            None => drop(places.insert(place, entry)),
            // The same file, declared by itself and as part of a folder: only the folder records whether it is
            // executable.
            Some(other) if is_same(other, entry) => {
                if matches!(entry.what, EntryKind::File { executable: true, .. }) {
                    places.insert(place, entry);
                }
            }
            Some(other) => return Err(both(other, entry)),
        }
    }
    for (place, entry) in &places {
        let above = place.ancestors().skip(1).find_map(|above| places.get(above));
        if let Some(above) = above.filter(|above| above.what != EntryKind::Folder) {
            return Err(both(above, entry));
        }
    }
    let mut entries: Vec<&Entry> = places.into_values().collect();
    entries.sort_by_key(|entry| matches!(entry.what, EntryKind::Link { .. } | EntryKind::LinkOutside { .. }));
    Ok(entries)
}

fn is_same(one: &Entry, other: &Entry) -> bool {
    match (&one.what, &other.what) {
        (EntryKind::File { digest: one, .. }, EntryKind::File { digest: other, .. }) => one == other,
        (one, other) => one == other,
    }
}

fn both(one: &Entry, other: &Entry) -> Failure {
    let (one, other) = (file_name::shown(&one.path), file_name::shown(&other.path));
    Failure::new("conflict", format!("{one} and {other} cannot both be put into one folder"))
        .hint("name one of them, and fetch the other into another folder with -o")
}

/// The existing content at the path of an entry.
#[derive(Debug, PartialEq, Eq)]
enum Occupant {
    Nothing,
    TheSame,
    /// A file with the same bytes that differs in being executable.
    OtherMode,
    /// A file or a link that can be replaced.
    Other,
    /// A folder instead of a file, or a file or a link instead of a folder. The text describes it.
    Blocking(String),
}

/// The action for each entry. Refuses blocking files and folders, and, without `force`, existing files with other
/// content.
pub(super) fn plan<'a>(
    entries: Vec<&'a Entry>,
    into: &Path,
    force: bool,
) -> anyhow::Result<Vec<(&'a Entry, FileAction)>> {
    let mut planned = Vec::with_capacity(entries.len());
    let (mut others, mut in_the_way) = (Vec::new(), BTreeSet::new());
    for entry in entries {
        if matches!(entry.what, EntryKind::LinkOutside { .. }) {
            planned.push((entry, FileAction::NotMade));
            continue;
        }
        let did = match occupant(entry, into)? {
            Occupant::Nothing => FileAction::Written,
            Occupant::TheSame => FileAction::Nothing,
            Occupant::OtherMode => FileAction::ModeSet,
            Occupant::Other => {
                others.push(entry);
                FileAction::Replaced
            }
            Occupant::Blocking(which) => {
                in_the_way.insert(which);
                continue;
            }
        };
        planned.push((entry, did));
    }
    if let Some(list) = list(in_the_way.into_iter()) {
        let message = format!("blocked: {list}; nothing was written");
        return Err(Failure::new("conflict", message).hint("name another folder with -o").into());
    }
    let others = others.iter().map(|entry| shown(&entry.place));
    match list(others).filter(|_| !force) {
        Some(list) => Err(Failure::new("conflict", format!("existing files differ: {list}; nothing was written"))
            .hint("--force replaces them; -o DIR names another folder")
            .into()),
        None => Ok(planned),
    }
}

fn occupant(entry: &Entry, into: &Path) -> Result<Occupant, Failure> {
    let path = into.join(&entry.place);
    let in_the_way = |path: &Path, is: &str, belongs: &str| {
        let path = shown(path.strip_prefix(into).unwrap_or(path));
        Occupant::Blocking(format!("{path} is {is} where a {belongs} belongs"))
    };
    let root = into.join(&entry.root);
    // The target folder and a declared folder may be links, because the user chose them.
    let below_root = if path == root { None } else { link_between(&root, &path) };
    let above_root = if root == into { None } else { link_between(into, &root) };
    if let Some(link) = below_root.or(above_root) {
        return Ok(in_the_way(link, "a link", "folder"));
    }
    let found = match fs::symlink_metadata(&path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Occupant::Nothing),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            let is_other = |above: &&Path| above.exists() && !above.is_dir();
            return Ok(in_the_way(path.ancestors().skip(1).find(is_other).unwrap_or(&path), "a file", "folder"));
        }
        Err(error) => {
            let message = format!("{} cannot be looked at: {error}", shown(&path));
            return Err(Failure::new("file.unreadable", message));
        }
    };
    let is_same = match &entry.what {
        // It is not created.
        EntryKind::LinkOutside { .. } => return Ok(Occupant::Nothing),
        EntryKind::Folder if path.is_dir() => return Ok(Occupant::TheSame),
        EntryKind::Folder => {
            return Ok(in_the_way(&path, if found.is_symlink() { "a link" } else { "a file" }, "folder"));
        }
        EntryKind::Link { .. } if found.is_dir() => return Ok(in_the_way(&path, "a folder", "link")),
        EntryKind::File { .. } if found.is_dir() => return Ok(in_the_way(&path, "a folder", "file")),
        EntryKind::File { digest, executable, .. } => {
            let is_same = lies_there(&path, digest);
            // For a file that was declared by itself, it is not recorded whether it is executable.
            let is_recorded = *executable || entry.place != entry.root;
            let may_be_executed = found.permissions().mode() & 0o111 != 0;
            if is_same && is_recorded && found.is_file() && may_be_executed != *executable {
                return Ok(Occupant::OtherMode);
            }
            is_same
        }
        EntryKind::Link { target } => leads_there(&path, target),
    };
    Ok(if is_same { Occupant::TheSame } else { Occupant::Other })
}

/// The first items of a list, and the number of the others.
fn list(all: impl ExactSizeIterator<Item = String>) -> Option<String> {
    /// The most items that are named.
    const NAMED_MAX: usize = 5;
    let more = all.len().saturating_sub(NAMED_MAX);
    let mut named: Vec<String> = all.take(NAMED_MAX).collect();
    if more > 0 {
        named.push(format!("{more} more"));
    }
    (!named.is_empty()).then(|| named.join(", "))
}

fn shown(path: &Path) -> String {
    file_name::shown(&file_name::to_text(path)).into_owned()
}

/// Writes one entry as planned.
pub(super) fn put(client: &Client, into: &Path, entry: &Entry, did: FileAction, force: bool) -> anyhow::Result<()> {
    if did == FileAction::Nothing {
        return Ok(());
    }
    let path = into.join(&entry.place);
    if let (FileAction::ModeSet, EntryKind::File { executable, .. }) = (did, &entry.what) {
        return set_executable(&path, *executable);
    }
    let if_occupied = if force { IfOccupied::Replace } else { IfOccupied::Keep };
    match &entry.what {
        EntryKind::File { digest, executable, .. } => {
            put_file(client, &path, Bytes { digest, executable: *executable }, if_occupied)
        }
        EntryKind::Folder => Ok(fs::create_dir_all(&path).map_err(|error| Failure::unwritable(&path, &error))?),
        EntryKind::Link { target } => put_link(&path, target, if_occupied),
        EntryKind::LinkOutside { .. } => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::{os::unix::fs::symlink, path::PathBuf};

    use hven_core::Digest;

    use super::*;

    fn entry(path: &str, what: EntryKind) -> Entry {
        let root = path.split('/').next().unwrap_or_default();
        Entry { path: path.to_owned(), place: PathBuf::from(path), root: PathBuf::from(root), what }
    }

    fn file(path: &str, text: &str) -> Entry {
        let digest = Digest::of(text.as_bytes()).to_string();
        entry(path, EntryKind::File { digest, size: text.len() as u64, executable: false })
    }

    fn link(path: &str, target: &str) -> Entry {
        entry(path, EntryKind::Link { target: target.into() })
    }

    #[test]
    fn each_entry_has_its_own_path_and_links_come_last() {
        let places = |entries: &[Entry]| {
            let entries = ordered(entries).map_err(|failure| failure.message)?;
            Ok::<_, String>(entries.iter().map(|entry| entry.path.clone()).collect::<Vec<_>>())
        };
        let good = [link("a", "b"), file("b", "1"), entry("c", EntryKind::Folder), file("c/d", "1")];
        assert_eq!(places(&good), Ok(["b", "c", "c/d", "a"].map(str::to_owned).to_vec()));
        let refused = |entries: &[Entry]| places(entries).is_err_and(|why| why.contains("cannot both be put"));
        assert!(refused(&[file("a", "1"), file("a", "2")]));
        assert!(refused(&[file("a", "1"), file("a/b", "1")]));
        assert!(refused(&[link("a", "b"), file("a/b", "1")]));
        let by_itself = file("a", "1");
        let in_a_folder = match by_itself.what.clone() {
            EntryKind::File { digest, size, .. } => entry("a", EntryKind::File { digest, size, executable: true }),
            other => panic!("{other:?}"),
        };
        for both in [[&by_itself, &in_a_folder], [&in_a_folder, &by_itself]] {
            let both = both.map(Clone::clone);
            assert_eq!(ordered(&both).expect("one file"), [&in_a_folder]);
        }
    }

    #[test]
    fn the_occupant_of_a_path_is_classified() {
        let place = tempfile::tempdir().expect("a folder");
        let into = place.path();
        fs::write(into.join("same"), "1").expect("written");
        fs::write(into.join("other"), "2").expect("written");
        fs::create_dir(into.join("folder")).expect("made");
        symlink("same", into.join("link")).expect("linked");
        symlink("..", into.join("folder/up")).expect("linked");
        symlink("folder", into.join("mine")).expect("linked");
        let check = |entry: Entry, wanted: Occupant| {
            assert_eq!(occupant(&entry, into).expect("readable"), wanted, "{entry:?}");
        };
        check(file("none", "1"), Occupant::Nothing);
        check(file("none/deep", "1"), Occupant::Nothing);
        check(file("same", "1"), Occupant::TheSame);
        check(file("other", "1"), Occupant::Other);
        let in_the_way = |which: &str| Occupant::Blocking(which.to_owned());
        check(file("folder", "1"), in_the_way("folder is a folder where a file belongs"));
        check(file("other/deep", "1"), in_the_way("other is a file where a folder belongs"));
        check(file("other/very/deep", "1"), in_the_way("other is a file where a folder belongs"));
        check(entry("folder", EntryKind::Folder), Occupant::TheSame);
        check(entry("other", EntryKind::Folder), in_the_way("other is a file where a folder belongs"));
        check(link("link", "same"), Occupant::TheSame);
        check(link("link", "other"), Occupant::Other);
        check(link("folder", "same"), in_the_way("folder is a folder where a link belongs"));
        check(file("folder/up/same", "1"), in_the_way("folder/up is a link where a folder belongs"));
        check(entry("folder/up/folder", EntryKind::Folder), in_the_way("folder/up is a link where a folder belongs"));
        // For files in folders it is recorded whether they are executable.
        fs::write(into.join("folder/tool"), "1").expect("written");
        check(file("folder/tool", "1"), Occupant::TheSame);
        let mut tool = file("folder/tool", "1");
        if let EntryKind::File { executable, .. } = &mut tool.what {
            *executable = true;
        }
        check(tool.clone(), Occupant::OtherMode);
        set_executable(&into.join("folder/tool"), true).expect("set");
        check(tool, Occupant::TheSame);
        check(file("folder/tool", "1"), Occupant::OtherMode);
        set_executable(&into.join("same"), true).expect("set");
        check(file("same", "1"), Occupant::TheSame);
        // A declared folder may be a link here, because the user chose it.
        check(file("mine/new", "1"), Occupant::Nothing);
        // A folder above it must not be a link: the file would be written outside.
        let declared = |path: &str, root: &str| Entry { root: root.into(), ..file(path, "1") };
        check(declared("mine/new", "mine/new"), in_the_way("mine is a link where a folder belongs"));
        check(declared("mine/deep/new", "mine/deep"), in_the_way("mine is a link where a folder belongs"));
        // The target folder may be a link.
        let by_link = into.join("mine");
        assert_eq!(occupant(&declared("new", "new"), &by_link).expect("readable"), Occupant::Nothing);
        assert_eq!(occupant(&declared("new", ""), &by_link).expect("readable"), Occupant::Nothing);
    }

    #[test]
    fn differing_files_are_named_before_anything_is_written() {
        let place = tempfile::tempdir().expect("a folder");
        fs::write(place.path().join("a"), "2").expect("written");
        let entries = [file("a", "1"), file("b", "1")];
        let planned = |force| {
            let planned = plan(entries.iter().collect(), place.path(), force).map_err(|error| error.to_string())?;
            Ok::<_, String>(planned.into_iter().map(|(_, did)| did).collect::<Vec<_>>())
        };
        assert!(planned(false).is_err_and(|why| why.contains("files differ: a;")));
        assert_eq!(planned(true), Ok(vec![FileAction::Replaced, FileAction::Written]));
    }
}
