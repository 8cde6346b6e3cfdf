//! Outputs that exist before a process starts: files of an earlier run, or of an attempt that was killed. A file that is the
//! same at the end was not written by the process, although it lies at the path of an output. This becomes a note; it does not
//! fail the run.

use std::{
    collections::BTreeMap,
    fs::{self, Metadata},
    os::unix::fs::MetadataExt as _,
    path::{Component, Path, PathBuf},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use hven_api::spool::{AtStart, OutputFileState};
use hven_core::{capture::Note, file_name, seen::within};

use crate::outputs::{self, OutputScope};

/// How many files are named.
const NAMED_MAX: usize = 20;
/// How many files are listed.
const FILES_MAX: usize = 100_000;

/// An upper bound of the resolution of a file system's timestamps.
const STEP_NS: i64 = 20_000_000;
/// The same for a file system with timestamps in whole seconds.
const LONG_STEP_NS: i64 = 2_000_000_000;
const SECOND_NS: i64 = 1_000_000_000;

/// A declared output and its real path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OutputPath {
    /// The path as it is recorded.
    pub(crate) path: String,
    /// The absolute path with resolved links, as far as it exists.
    pub(crate) at: String,
}

/// The paths of declared outputs, which need not exist yet.
pub(crate) fn output_paths(cwd: &Path, declared: &[String]) -> Vec<OutputPath> {
    let place = |declared: &String| {
        let path = outputs::recorded(declared);
        let at = file_name::to_text(&real(&cwd.join(file_name::from_text(&path))));
        OutputPath { path, at }
    };
    declared.iter().map(place).collect()
}

/// A path with resolved links, as far as it exists.
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

/// Lists the outputs that exist. Waits a moment if necessary, so that every later change gives a file another timestamp.
pub(crate) fn before_start(output_scope: &OutputScope<'_>, declared: &[String]) -> AtStart {
    let (found, has_more_outputs) = list(output_scope, declared, FILES_MAX);
    let outputs: Vec<OutputFileState> = found.into_values().collect();
    let now_ns = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as i64);
    let wait_ns = outputs.iter().map(|stood| remaining_ns(stood.changed_ns, now_ns)).max().unwrap_or(0);
    thread::sleep(Duration::from_nanos(wait_ns));
    AtStart { outputs, has_more_outputs, ..AtStart::default() }
}

/// How long it takes until a change of a file with the timestamp `changed_ns` gives it another timestamp.
fn remaining_ns(changed_ns: i64, now_ns: i64) -> u64 {
    let step_ns = if changed_ns % SECOND_NS == 0 { LONG_STEP_NS } else { STEP_NS };
    let age_ns = now_ns.saturating_sub(changed_ns);
    // A timestamp in the future comes from the clock of another machine.
    if (0..step_ns).contains(&age_ns) { (step_ns - age_ns) as u64 } else { 0 }
}

/// Returns notes about the outputs that the process has not written.
pub(crate) fn not_written(before: &AtStart, output_scope: &OutputScope<'_>, declared: &[String]) -> Vec<Note> {
    let mut notes = Vec::new();
    if !before.outputs.is_empty() {
        let (now, _) = list(output_scope, declared, usize::MAX);
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

/// The files and links in the outputs by their paths, and whether there are more than `files_max`.
fn list(
    output_scope: &OutputScope<'_>,
    declared: &[String],
    files_max: usize,
) -> (BTreeMap<String, OutputFileState>, bool) {
    let mut found = BTreeMap::new();
    for output in declared.iter().filter_map(|declared| output_scope.find(declared).ok()) {
        let folder = output_scope.cwd.join(file_name::from_text(&output.path));
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
            // Skip a file that was removed meanwhile.
            if let Ok(metadata) = fs::symlink_metadata(&full) {
                found.insert(path.clone(), stamp_of(path, &metadata));
            }
        }
    }
    (found, false)
}

fn stamp_of(path: String, metadata: &Metadata) -> OutputFileState {
    let ns = |seconds: i64, nanoseconds: i64| seconds.saturating_mul(SECOND_NS).saturating_add(nanoseconds);
    OutputFileState {
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
    fn unchanged_outputs_are_named_and_written_ones_are_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let cwd = folder.path();
        fs::create_dir_all(cwd.join("parts/deep")).expect("made");
        for file in ["old", "same", "longer", "moved", "gone", "parts/1", "parts/deep/2"] {
            fs::write(cwd.join(file), "1").expect("written");
        }
        for link in ["parts/link", "parts/new-link"] {
            symlink("1", cwd.join(link)).expect("linked");
        }
        let output_scope = OutputScope { cwd, home: &cwd.join("home") };
        let outputs = declared(&["old", "./same", "longer", "moved", "gone", "parts/", "new"]);
        let before = before_start(&output_scope, &outputs);
        assert_eq!(before.outputs.len(), 9);
        // Writing the same bytes to the same file counts as a write.
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
        assert_eq!(not_written(&before, &output_scope, &outputs), named);
    }

    #[test]
    fn many_unwritten_outputs_are_counted_and_only_the_first_are_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let cwd = folder.path();
        fs::create_dir(cwd.join("out")).expect("made");
        for number in 10..40 {
            fs::write(cwd.join(format!("out/{number}")), "1").expect("written");
        }
        let output_scope = OutputScope { cwd, home: &cwd.join("home") };
        let outputs = declared(&["out"]);
        let before = before_start(&output_scope, &outputs);
        let notes = not_written(&before, &output_scope, &outputs);
        assert_eq!(notes.len(), 21);
        assert_eq!(notes.last(), Some(&Note::MoreNotWritten { path: "out/30".to_owned(), files: 10 }));
        let (some, has_more) = list(&output_scope, &outputs, 5);
        assert_eq!((some.len(), has_more), (5, true));
        let cut = AtStart { has_more_outputs: true, ..AtStart::default() };
        assert!(matches!(not_written(&cut, &output_scope, &outputs)[..], [Note::NotCompared { .. }]));
    }

    #[test]
    fn a_recent_file_delays_the_start_by_one_timestamp_step() {
        let now_ns = 1_700_000_003 * SECOND_NS;
        let check = |age_ns: i64, wait_ns: u64| assert_eq!(remaining_ns(now_ns - age_ns, now_ns), wait_ns);
        check(STEP_NS, 0);
        check(5_000_000, 15_000_000);
        check(SECOND_NS, 1_000_000_000);
        check(LONG_STEP_NS, 0);
        check(-5, 0);
    }

    #[test]
    fn output_paths_are_resolved_as_far_as_they_exist() {
        let folder = tempfile::tempdir().expect("a folder");
        let cwd = fs::canonicalize(folder.path()).expect("a path");
        fs::create_dir(cwd.join("data")).expect("made");
        symlink("data", cwd.join("alias")).expect("linked");
        let check = |output: &str, path: &str, at: &str| {
            let want = OutputPath { path: path.to_owned(), at: file_name::to_text(&cwd.join(at)) };
            assert_eq!(output_paths(&cwd, &declared(&[output])), [want]);
        };
        check("./data/", "data", "data");
        check("alias/new/a", "alias/new/a", "data/new/a");
        check("none/../a", "none/../a", "a");
        check("/x/a", "/x/a", "/x/a");
    }
}
