//! Outputs that are there already when a process starts: files of an earlier run, or of an attempt that was killed. What stands
//! at the end just as it stood then was not made by the process, although it lies where its outputs do. That is said; it is no
//! reason to fail.

use std::{
    collections::BTreeMap,
    fs::{self, Metadata},
    os::unix::fs::MetadataExt as _,
    path::{Component, Path, PathBuf},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use hven_api::spool::{AtStart, Stood};
use hven_core::{capture::Note, file_name, seen::within};

use crate::outputs::{self, Grounds};

/// So many files are named.
const NAMED_MAX: usize = 20;
/// So many files are taken down.
const FILES_MAX: usize = 100_000;

/// The clock of a disk goes in steps. They are shorter than this.
const STEP_NS: i64 = 20_000_000;
/// The same of a disk that knows whole seconds alone.
const LONG_STEP_NS: i64 = 2_000_000_000;
const SECOND_NS: i64 = 1_000_000_000;

/// A declared output, and where it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// As it is recorded.
    pub(crate) path: String,
    /// Without links, as far as it is there.
    pub(crate) at: String,
}

/// Where declared outputs lie, or will lie.
pub(crate) fn places(cwd: &Path, declared: &[String]) -> Vec<Place> {
    let place = |declared: &String| {
        let path = outputs::recorded(declared);
        let at = file_name::to_text(&real(&cwd.join(file_name::from_text(&path))));
        Place { path, at }
    };
    declared.iter().map(place).collect()
}

/// A path without links, as far as it is there.
fn real(path: &Path) -> PathBuf {
    if let Ok(real) = fs::canonicalize(path) {
        return real;
    }
    match (path.parent(), path.components().next_back()) {
        (Some(parent), Some(Component::Normal(name))) => real(parent).join(name),
        (Some(parent), Some(Component::ParentDir)) => {
            let mut above = real(parent);
            above.pop();
            above
        }
        _ => path.to_owned(),
    }
}

/// Takes down how the outputs stand that are there. From then on each change gives a file another time: for that it may be
/// necessary to wait a moment.
pub(crate) fn before_start(grounds: &Grounds<'_>, declared: &[String]) -> AtStart {
    let (found, has_more_outputs) = list(grounds, declared, FILES_MAX);
    let outputs: Vec<Stood> = found.into_values().collect();
    let now_ns = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as i64);
    let wait_ns = outputs.iter().map(|stood| left_ns(stood.changed_ns, now_ns)).max().unwrap_or(0);
    thread::sleep(Duration::from_nanos(wait_ns));
    AtStart { outputs, has_more_outputs, ..AtStart::default() }
}

/// How long it takes until a file that was changed then would get another time.
fn left_ns(changed_ns: i64, now_ns: i64) -> u64 {
    let step_ns = if changed_ns % SECOND_NS == 0 { LONG_STEP_NS } else { STEP_NS };
    let age_ns = now_ns.saturating_sub(changed_ns);
    // A time to come is that of another machine's clock, and says nothing.
    if (0..step_ns).contains(&age_ns) { (step_ns - age_ns) as u64 } else { 0 }
}

/// The process has ended: which of the outputs that were there stand as before.
pub(crate) fn not_written(before: &AtStart, grounds: &Grounds<'_>, declared: &[String]) -> Vec<Note> {
    let mut notes = Vec::new();
    if !before.outputs.is_empty() {
        let (now, _) = list(grounds, declared, usize::MAX);
        let mut standing = before.outputs.iter().filter(|&stood| now.get(&stood.path) == Some(stood));
        let named = standing.by_ref().take(NAMED_MAX);
        notes.extend(named.map(|stood| Note::OutputNotWritten { path: stood.path.clone() }));
        if let Some(first) = standing.next() {
            let files = 1 + standing.count() as u64;
            notes.push(Note::MoreNotWritten { path: first.path.clone(), files });
        }
    }
    if before.has_more_outputs {
        let why = "too many files were there before".to_owned();
        notes.push(Note::NotCompared { path: "the rest of its outputs".to_owned(), why });
    }
    notes
}

/// How files and links of outputs stand, by their paths, and whether there are more than `files_max`.
fn list(grounds: &Grounds<'_>, declared: &[String], files_max: usize) -> (BTreeMap<String, Stood>, bool) {
    let mut found = BTreeMap::new();
    for output in declared.iter().filter_map(|declared| grounds.find(declared).ok()) {
        let folder = grounds.cwd.join(file_name::from_text(&output.path));
        let files = output.files.into_iter().map(|item| (item.name, item.path));
        let links = output.links.into_iter().map(|link| {
            let full = folder.join(file_name::from_text(&link.path));
            (link.path, full)
        });
        for (name, full) in files.chain(links) {
            if found.len() >= files_max {
                return (found, true);
            }
            let path = if name.is_empty() { output.path.clone() } else { within(&output.path, &name) };
            // One that is gone by now does not stand.
            if let Ok(metadata) = fs::symlink_metadata(&full) {
                found.insert(path.clone(), stand(path, &metadata));
            }
        }
    }
    (found, false)
}

fn stand(path: String, metadata: &Metadata) -> Stood {
    let ns = |seconds: i64, nanoseconds: i64| seconds.saturating_mul(SECOND_NS).saturating_add(nanoseconds);
    Stood {
        path,
        device: metadata.dev(),
        inode: metadata.ino(),
        size: metadata.len(),
        modified_ns: ns(metadata.mtime(), metadata.mtime_nsec()),
        changed_ns: ns(metadata.ctime(), metadata.ctime_nsec()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn declared(paths: &[&str]) -> Vec<String> {
        paths.iter().map(|&path| path.to_owned()).collect()
    }

    #[test]
    fn what_stands_as_before_is_named_and_what_was_written_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let cwd = folder.path();
        fs::create_dir_all(cwd.join("parts/deep")).expect("made");
        for file in ["old", "same", "longer", "moved", "gone", "parts/1", "parts/deep/2"] {
            fs::write(cwd.join(file), "1").expect("written");
        }
        for link in ["parts/link", "parts/new-link"] {
            symlink("1", cwd.join(link)).expect("linked");
        }
        let grounds = Grounds { cwd, home: &cwd.join("home") };
        let outputs = declared(&["old", "./same", "longer", "moved", "gone", "parts/", "new"]);
        let before = before_start(&grounds, &outputs);
        assert_eq!(before.outputs.len(), 9);
        // The same bytes at once, in the same file: it was written all the same.
        fs::write(cwd.join("same"), "1").expect("written");
        fs::write(cwd.join("longer"), "12").expect("written");
        fs::write(cwd.join("elsewhere"), "1").expect("written");
        fs::rename(cwd.join("elsewhere"), cwd.join("moved")).expect("moved");
        fs::remove_file(cwd.join("gone")).expect("removed");
        fs::write(cwd.join("parts/1"), "2").expect("written");
        fs::write(cwd.join("new"), "2").expect("written");
        fs::remove_file(cwd.join("parts/new-link")).expect("removed");
        symlink("1", cwd.join("parts/new-link")).expect("linked");
        let named = ["old", "parts/deep/2", "parts/link"];
        let named = named.map(|path| Note::OutputNotWritten { path: path.to_owned() });
        assert_eq!(not_written(&before, &grounds, &outputs), named);
    }

    #[test]
    fn of_many_the_first_are_named_and_all_are_counted() {
        let folder = tempfile::tempdir().expect("a folder");
        let cwd = folder.path();
        fs::create_dir(cwd.join("out")).expect("made");
        for number in 10..40 {
            fs::write(cwd.join(format!("out/{number}")), "1").expect("written");
        }
        let grounds = Grounds { cwd, home: &cwd.join("home") };
        let outputs = declared(&["out"]);
        let before = before_start(&grounds, &outputs);
        let notes = not_written(&before, &grounds, &outputs);
        assert_eq!(notes.len(), 21);
        assert_eq!(notes.last(), Some(&Note::MoreNotWritten { path: "out/30".to_owned(), files: 10 }));
        let (some, has_more) = list(&grounds, &outputs, 5);
        assert_eq!((some.len(), has_more), (5, true));
        let cut = AtStart { has_more_outputs: true, ..AtStart::default() };
        assert!(matches!(not_written(&cut, &grounds, &outputs)[..], [Note::NotCompared { .. }]));
    }

    #[test]
    fn a_file_of_a_moment_ago_is_waited_for() {
        let now_ns = 1_700_000_003 * SECOND_NS;
        let check = |age_ns: i64, wait_ns: u64| assert_eq!(left_ns(now_ns - age_ns, now_ns), wait_ns);
        check(STEP_NS, 0);
        check(5_000_000, 15_000_000);
        check(SECOND_NS, 1_000_000_000);
        check(LONG_STEP_NS, 0);
        check(-5, 0);
    }

    #[test]
    fn places_are_without_links_as_far_as_they_are_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let cwd = fs::canonicalize(folder.path()).expect("a path");
        fs::create_dir(cwd.join("data")).expect("made");
        symlink("data", cwd.join("alias")).expect("linked");
        let check = |output: &str, path: &str, at: &str| {
            let want = Place { path: path.to_owned(), at: file_name::to_text(&cwd.join(at)) };
            assert_eq!(places(&cwd, &declared(&[output])), [want]);
        };
        check("./data/", "data", "data");
        check("alias/new/a", "alias/new/a", "data/new/a");
        check("none/../a", "none/../a", "a");
        check("/x/a", "/x/a", "/x/a");
    }
}
